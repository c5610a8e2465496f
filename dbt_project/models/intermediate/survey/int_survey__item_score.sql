-- The score of each single question that an indicator asks: the mean over the respondents who answered it,
-- with its t interval, and how many of them answered one of the two upper points.
with questions as (
    select distinct
        unit_id,
        period,
        item_id,
        -- An indicator of a register may ask a question of the respondents beside it.
        case when collection_mode = 'register' then 'respondents' else collection_mode end as collection_mode
    from {{ ref('int_index__to_compute') }}
    where item_id is not null and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

answer_counts as (
    select * from {{ ref('int_survey__answer_count') }}
    where point is not null
),

items as (
    select * from {{ ref('int_survey__item') }}
),

t_quantiles as (
    select * from {{ ref('stg_reference__t_quantile') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

turned as (
    select
        answer_counts.municipality_number,
        answer_counts.period,
        answer_counts.focus_area,
        answer_counts.collection_mode,
        answer_counts.item_id,
        answer_counts.n,
        items.n_points,
        case
            when items.is_reversed then items.n_points + 1 - answer_counts.point else answer_counts.point
        end as point
    from answer_counts
    inner join items
        on
            answer_counts.period = items.period
            and answer_counts.item_id = items.item_id
),

-- In steps of the scale above its lowest point.
sums as (
    select
        parts.unit_id,
        turned.collection_mode,
        turned.item_id,
        max(turned.n_points) as n_points,
        cast(sum(turned.n) as bigint) as n,
        cast(coalesce(sum(turned.n) filter (where turned.point >= turned.n_points - 1), 0) as bigint)
            as n_upper,
        sum({{ wide_integer('turned.n') }} * (turned.point - 1)) as step_sum,
        sum({{ wide_integer('turned.n') }} * (turned.point - 1) * (turned.point - 1)) as step_square_sum
    from parts
    inner join turned
        on
            parts.part_number = turned.municipality_number
            and parts.period = turned.period
            and parts.focus_area = turned.focus_area
    group by parts.unit_id, turned.collection_mode, turned.item_id
),

judged as (
    select
        questions.unit_id,
        questions.collection_mode,
        questions.item_id,
        coalesce(sums.n, 0) as n,
        coalesce(sums.n_upper, 0) as n_upper,
        {{ respondent_status(
            'questions.collection_mode', 'coalesce(sums.n, 0)', 'thresholds.min_respondents'
        ) }} as status,
        {{ percent('sums.step_sum', 'sums.n * (sums.n_points - 1)') }} as score,
        t_quantiles.t_975
        * 100
        * sqrt({{ standard_error_squared('sums.n', 'sums.step_sum', 'sums.step_square_sum', 1) }})
        / (sums.n_points - 1) as half_width
    from questions
    cross join thresholds
    left join sums
        on
            questions.unit_id = sums.unit_id
            and questions.collection_mode = sums.collection_mode
            and questions.item_id = sums.item_id
    left join t_quantiles
        on
            sums.n - 1 = t_quantiles.df
            and sums.collection_mode <> 'official'
)

select
    unit_id,
    collection_mode,
    item_id,
    n,
    n_upper,
    status,
    {{ when_ok('score') }} as score,
    {{ when_ok('half_width') }} as half_width
from judged
