-- PRO_GAP: the score of the survey's question on owners (the catalogue says which) minus PRO_OWN of the same
-- unit, in points. Whatever is missing is that of the worse of the two.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'PRO' and item_id is not null and blocking_status is null
),

scores as (
    select * from {{ ref('int_survey__item_score') }}
),

documented as (
    select * from {{ ref('int_process__share') }}
    where indicator_id = 'PRO_OWN'
),

judged as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        {{ worse_status('scores.status', 'documented.status') }} as status,
        scores.n,
        scores.score,
        scores.half_width,
        documented.value as documented_value,
        documented.lower_bound as documented_lower_bound,
        documented.upper_bound as documented_upper_bound,
        documented.coverage
    from questions
    inner join scores
        on
            questions.unit_id = scores.unit_id
            and questions.collection_mode = scores.collection_mode
            and questions.item_id = scores.item_id
    inner join documented on questions.unit_id = documented.unit_id
)

select
    unit_id,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok('score - documented_value') }} as value,
    {{ when_bounded('score - documented_upper_bound') }} as lower_bound,
    {{ when_bounded('score - documented_lower_bound') }} as upper_bound,
    {{ when_ok(clip_percent('score - half_width') ~ ' - documented_value') }} as ci_low,
    {{ when_ok(clip_percent('score + half_width') ~ ' - documented_value') }} as ci_high,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    n,
    coverage
from judged
