-- DUP_AVG, DUP_RED (from `holding`), DUP_UNC, DUP_MULTI (from `maintaining`). The value takes the least
-- count of each object; the bounds are the least and greatest value over all completions that have a
-- denominator, by closed forms that agree with enumeration (tests/integration/test_dup_bounds.py).
with expected as (
    select
        *,
        case when indicator_id in ('DUP_AVG', 'DUP_RED') then 'holding' else 'maintaining' end as measure
    from {{ ref('int_index__indicator') }}
    where
        indicator_id in ('DUP_AVG', 'DUP_RED', 'DUP_MULTI', 'DUP_UNC')
        and boundary = 'delivered'
        and blocking_status is null
),

objects as (
    select * from {{ ref('int_system__object') }}
    where n_most >= 1
),

coverage as (
    select * from {{ ref('int_coverage__count') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

-- `forced`: objects that are there in every completion; `optional`: those that may be.
totals as (
    select
        municipality_number,
        period,
        measure,
        count(*) as n_possible,
        count(*) filter (where n_least >= 1) as n_forced,
        count(*) filter (where n_least = 0) as n_optional,
        cast(sum(n_least) as bigint) as least_sum,
        cast(coalesce(sum(n_most) filter (where n_least >= 1), 0) as bigint) as forced_most_sum,
        count(*) filter (where n_least >= 2) as n_surely_many,
        count(*) filter (where n_least <= 1) as n_possibly_one,
        count(*) filter (where n_most >= 2) as n_possibly_many,
        count(*) filter (where n_least = 1 and n_most = 1) as n_surely_one
    from objects
    group by municipality_number, period, measure
),

-- The optional objects by falling greatest count: taking the first so many of them, none included.
steps as (
    select
        municipality_number,
        period,
        measure,
        row_number() over (
            partition by municipality_number, period, measure
            order by n_most desc, data_object_id asc
        ) as n_added,
        cast(sum(n_most) over (
            partition by municipality_number, period, measure
            order by n_most desc, data_object_id asc
            rows between unbounded preceding and current row
        ) as bigint) as added_sum
    from objects
    where n_least = 0
    union all
    select
        municipality_number,
        period,
        measure,
        0 as n_added,
        0 as added_sum
    from totals
),

-- The greatest of Σn ÷ objects and of (Σn − objects) ÷ Σn is reached after one of the steps.
greatest_values as (
    select
        totals.municipality_number,
        totals.period,
        totals.measure,
        max({{ ratio('totals.forced_most_sum + steps.added_sum', 'totals.n_forced + steps.n_added') }})
            as greatest_average,
        max({{ percent(
            'totals.forced_most_sum + steps.added_sum - totals.n_forced - steps.n_added',
            'totals.forced_most_sum + steps.added_sum'
        ) }}) as greatest_redundancy
    from totals
    inner join steps
        on
            totals.municipality_number = steps.municipality_number
            and totals.period = steps.period
            and totals.measure = steps.measure
    group by totals.municipality_number, totals.period, totals.measure
),

coverages as (
    select
        functions.municipality_number,
        functions.period,
        functions.n_known as n_functions_known,
        functions.n_all as n_functions,
        cells.coverage_id,
        cells.n_known as n_cells_known,
        cells.n_all as n_cells
    from coverage as functions
    inner join coverage as cells
        on
            functions.municipality_number = cells.municipality_number
            and functions.period = cells.period
    where functions.coverage_id = 'COV_FUN'
),

computed as (
    select
        expected.municipality_number,
        expected.period,
        expected.indicator_id,
        expected.collection_mode,
        coverages.n_functions_known,
        coverages.n_functions,
        coverages.n_cells_known,
        coverages.n_cells,
        coalesce(totals.n_possible, 0) as n,
        case expected.indicator_id
            when 'DUP_AVG' then totals.least_sum
            when 'DUP_MULTI' then totals.n_surely_many
            else totals.least_sum - totals.n_forced
        end as numerator,
        case
            when expected.indicator_id in ('DUP_AVG', 'DUP_MULTI') then totals.n_forced
            else totals.least_sum
        end as denominator,
        case expected.indicator_id
            when 'DUP_AVG'
                then {{ ratio(
                    'totals.least_sum + totals.n_optional', 'totals.n_forced + totals.n_optional'
                ) }}
            when 'DUP_MULTI'
                then {{ percent('totals.n_surely_many', 'totals.n_surely_many + totals.n_possibly_one') }}
            else {{ percent('totals.least_sum - totals.n_forced', 'totals.least_sum + totals.n_optional') }}
        end as lower_bound,
        case
            when expected.indicator_id = 'DUP_AVG' then greatest_values.greatest_average
            when expected.indicator_id <> 'DUP_MULTI' then greatest_values.greatest_redundancy
            -- Yes before out before no; where an object can only be out or no, it is no.
            when totals.n_possibly_many + totals.n_surely_one > 0
                then {{ percent('totals.n_possibly_many', 'totals.n_possibly_many + totals.n_surely_one') }}
            when totals.n_possible > 0 then 0
        end as upper_bound
    from expected
    inner join coverages
        on
            expected.municipality_number = coverages.municipality_number
            and expected.period = coverages.period
            and coverages.coverage_id
            = case expected.measure when 'holding' then 'settled_cells' else 'COV_SYS' end
    left join totals
        on
            expected.municipality_number = totals.municipality_number
            and expected.period = totals.period
            and expected.measure = totals.measure
    left join greatest_values
        on
            expected.municipality_number = greatest_values.municipality_number
            and expected.period = greatest_values.period
            and expected.measure = greatest_values.measure
),

judged as (
    select
        computed.*,
        case
            when computed.indicator_id = 'DUP_AVG'
                then {{ ratio('computed.numerator', 'computed.denominator') }}
            else {{ percent('computed.numerator', 'computed.denominator') }}
        end as computed_value,
        {{ first_status({
            'insufficient_coverage':
                is_below_coverage(
                    'computed.n_functions_known', 'computed.n_functions', 'thresholds.min_coverage_percent'
                )
                ~ ' or '
                ~ is_below_coverage(
                    'computed.n_cells_known', 'computed.n_cells', 'thresholds.min_coverage_percent'
                ),
            'no_denominator': 'coalesce(computed.denominator, 0) = 0',
        }) }} as status
    from computed
    cross join thresholds
)

select
    municipality_number,
    period,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok('computed_value') }} as value,
    {{ when_bounded('lower_bound') }} as lower_bound,
    {{ when_bounded('upper_bound') }} as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(coalesce(numerator, 0) as double) as numerator,
    cast(coalesce(denominator, 0) as double) as denominator,
    n,
    least(
        {{ coverage_percent('n_functions_known', 'n_functions') }},
        {{ coverage_percent('n_cells_known', 'n_cells') }}
    ) as coverage
from judged
