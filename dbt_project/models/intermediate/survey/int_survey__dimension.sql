-- MOD_PU … MOD_P5: unweighted mean over valid respondents, with its t interval.
with expected as (
    select * from {{ ref('int_index__indicator') }}
    where
        family = 'MOD'
        and dimension_id is not null
        and boundary = 'delivered'
        and blocking_status is null
),

scores as (
    select * from {{ ref('int_survey__respondent_score') }}
),

t_quantiles as (
    select * from {{ ref('stg_reference__t_quantile') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

sums as (
    select
        municipality_number,
        period,
        collection_mode,
        dimension_id,
        max(n_points) as n_points,
        count(*) as n,
        sum({{ wide_integer('score_units') }}) as unit_sum,
        sum({{ wide_integer('score_units') }} * score_units) as unit_square_sum
    from scores
    group by municipality_number, period, collection_mode, dimension_id
),

judged as (
    select
        expected.municipality_number,
        expected.period,
        expected.indicator_id,
        expected.collection_mode,
        expected.dimension_id,
        sums.n_points,
        sums.unit_sum,
        sums.unit_square_sum,
        coalesce(sums.n, 0) as n,
        {{ first_status({
            'too_few_respondents':
                "expected.collection_mode <> 'official' and coalesce(sums.n, 0) < thresholds.min_respondents",
            'no_denominator': "coalesce(sums.n, 0) = 0",
        }) }} as status
    from expected
    cross join thresholds
    left join sums
        on
            expected.municipality_number = sums.municipality_number
            and expected.period = sums.period
            and expected.collection_mode = sums.collection_mode
            and expected.dimension_id = sums.dimension_id
),

-- Variance × 12 · n · (n − 1) in whole units: that of the answers, at least that of a score spread
-- evenly over one step of the scale, (100 ÷ ((k − 1) · √12))².
spread as (
    select
        *,
        {{ percent('unit_sum', 'n * ' ~ units_per_scale('n_points')) }} as mean_score,
        greatest(
            12 * (n * unit_square_sum - unit_sum * unit_sum),
            {{ wide_integer(units_per_point()) }} * {{ units_per_point() }} * n * (n - 1)
        ) as variance_numerator,
        12 * {{ wide_integer('n') }} * (n - 1) as variance_denominator
    from judged
),

intervals as (
    select
        spread.*,
        t_quantiles.t_975
        * (
            100 * sqrt({{ ratio('spread.variance_numerator', 'spread.variance_denominator * spread.n') }})
            / {{ units_per_scale('spread.n_points') }}
        ) as half_width
    from spread
    left join t_quantiles
        on
            spread.n - 1 = t_quantiles.df
            and spread.collection_mode <> 'official'
)

select
    municipality_number,
    period,
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
    unit_sum
from intervals
