-- Survey scores: unweighted mean over valid respondents, with its t interval.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where
        family = 'MOD'
        and dimension_id is not null
        and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

scores as (
    select * from {{ ref('int_survey__respondent_score') }}
),

areas as (
    select * from {{ ref('int_survey__respondent_area') }}
),

t_quantiles as (
    select * from {{ ref('stg_reference__t_quantile') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

placed as (
    {{ in_each_area('scores', 'row_number') }}
),

part_sums as (
    select
        municipality_number,
        period,
        focus_area,
        collection_mode,
        dimension_id,
        max(n_points) as n_points,
        count(*) as n,
        sum({{ wide_integer('score_units') }}) as unit_sum,
        sum({{ wide_integer('score_units') }} * score_units) as unit_square_sum
    from placed
    group by municipality_number, period, focus_area, collection_mode, dimension_id
),

sums as (
    select
        parts.unit_id,
        part_sums.collection_mode,
        part_sums.dimension_id,
        max(part_sums.n_points) as n_points,
        cast(sum(part_sums.n) as bigint) as n,
        sum(part_sums.unit_sum) as unit_sum,
        sum(part_sums.unit_square_sum) as unit_square_sum
    from parts
    inner join part_sums
        on
            parts.part_number = part_sums.municipality_number
            and parts.period = part_sums.period
            and parts.focus_area = part_sums.focus_area
    group by parts.unit_id, part_sums.collection_mode, part_sums.dimension_id
),

judged as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        questions.dimension_id,
        sums.n_points,
        sums.unit_sum,
        coalesce(sums.n, 0) as n,
        {{ respondent_status(
            'questions.collection_mode', 'coalesce(sums.n, 0)', 'thresholds.min_respondents'
        ) }} as status,
        {{ percent('sums.unit_sum', 'sums.n * ' ~ units_per_scale('sums.n_points')) }} as mean_score,
        case
            when questions.collection_mode <> 'official'
                then {{ standard_error_squared(
                    'sums.n', 'sums.unit_sum', 'sums.unit_square_sum', units_per_point()
                ) }}
        end as unit_error_squared
    from questions
    cross join thresholds
    left join sums
        on
            questions.unit_id = sums.unit_id
            and questions.collection_mode = sums.collection_mode
            and questions.dimension_id = sums.dimension_id
),

intervals as (
    select
        judged.*,
        t_quantiles.t_975
        * (100 * sqrt(judged.unit_error_squared) / {{ units_per_scale('judged.n_points') }}) as half_width
    from judged
    left join t_quantiles on judged.n - 1 = t_quantiles.df
)

select
    unit_id,
    indicator_id,
    collection_mode,
    dimension_id,
    status,
    {{ when_ok('mean_score') }} as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    {{ when_ok(clip_percent('mean_score - half_width')) }} as ci_low,
    {{ when_ok(clip_percent('mean_score + half_width')) }} as ci_high,
    coalesce({{ percent('unit_sum', units_per_scale('n_points')) }}, 0) as numerator,
    cast(n as double) as denominator,
    n,
    cast(null as double) as coverage,
    n_points,
    unit_sum,
    {{ when_ok(
        '10000 * unit_error_squared / (cast(' ~ units_per_scale('n_points') ~ ' as double) * '
        ~ units_per_scale('n_points') ~ ')'
    ) }} as standard_error_squared
from intervals
