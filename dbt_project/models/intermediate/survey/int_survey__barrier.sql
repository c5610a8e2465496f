-- BAR_1 … BAR_12: respondents who answer one of the two upper points ÷ respondents with a valid answer,
-- with the Wilson interval.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'BAR' and blocking_status is null
),

scores as (
    select * from {{ ref('int_survey__item_score') }}
),

intervals as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        scores.status,
        scores.n,
        scores.n_upper,
        {{ percent('scores.n_upper', 'scores.n') }} as share,
        case
            when questions.collection_mode <> 'official'
                then {{ wilson_low('scores.n_upper', 'scores.n') }}
        end as wilson_low,
        case
            when questions.collection_mode <> 'official'
                then 100 - {{ wilson_low('scores.n - scores.n_upper', 'scores.n') }}
        end as wilson_high
    from questions
    inner join scores
        on
            questions.unit_id = scores.unit_id
            and questions.collection_mode = scores.collection_mode
            and questions.item_id = scores.item_id
)

select
    unit_id,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok('share') }} as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    {{ when_ok(clip_percent('wilson_low')) }} as ci_low,
    {{ when_ok(clip_percent('wilson_high')) }} as ci_high,
    cast(n_upper as double) as numerator,
    cast(n as double) as denominator,
    n,
    cast(null as double) as coverage
from intervals
