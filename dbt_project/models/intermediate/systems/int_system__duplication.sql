-- DUP_AVG, DUP_RED (from `holding`), DUP_UNC, DUP_MULTI (from `maintaining`), DUP_SOR (from the masters). The
-- value takes the least count of each object; the bounds are the least and greatest value over all
-- completions that have a denominator, by closed forms that agree with enumeration
-- (tests/integration/test_system_bounds.py). An object of another part of a merged unit is another object.
with questions as (
    select
        *,
        case
            when indicator_id in ('DUP_AVG', 'DUP_RED') then 'holding'
            when indicator_id in ('DUP_MULTI', 'DUP_UNC') then 'maintaining'
            else 'mastering'
        end as measure
    from {{ ref('int_index__to_compute') }}
    where family = 'DUP' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

objects as (
    select * from {{ ref('int_system__object') }}
    where n_most >= 1
),

masters as (
    select * from {{ ref('int_system__master') }}
    where may_be_yes or may_be_no
),

coverage as (
    select * from {{ ref('int_coverage__count') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

unit_objects as (
    select
        parts.unit_id,
        objects.measure,
        objects.municipality_number,
        objects.data_object_id,
        objects.n_least,
        objects.n_most
    from parts
    inner join objects
        on
            parts.part_number = objects.municipality_number
            and parts.period = objects.period
            and parts.focus_area = objects.focus_area
),

-- `forced`: objects that are there in every completion; `optional`: those that may be.
totals as (
    select
        unit_id,
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
    from unit_objects
    group by unit_id, measure
),

-- The optional objects by falling greatest count: taking the first so many of them, none included.
steps as (
    select
        unit_id,
        measure,
        row_number() over (
            partition by unit_id, measure
            order by n_most desc, municipality_number asc, data_object_id asc
        ) as n_added,
        cast(sum(n_most) over (
            partition by unit_id, measure
            order by n_most desc, municipality_number asc, data_object_id asc
            rows between unbounded preceding and current row
        ) as bigint) as added_sum
    from unit_objects
    where n_least = 0
    union all
    select
        unit_id,
        measure,
        0 as n_added,
        0 as added_sum
    from totals
),

-- The greatest of Σn ÷ objects and of (Σn − objects) ÷ Σn is reached after one of the steps.
greatest_values as (
    select
        totals.unit_id,
        totals.measure,
        max({{ ratio('totals.forced_most_sum + steps.added_sum', 'totals.n_forced + steps.n_added') }})
            as greatest_average,
        max({{ percent(
            'totals.forced_most_sum + steps.added_sum - totals.n_forced - steps.n_added',
            'totals.forced_most_sum + steps.added_sum'
        ) }}) as greatest_redundancy
    from totals
    inner join steps on totals.unit_id = steps.unit_id and totals.measure = steps.measure
    group by totals.unit_id, totals.measure
),

-- As shares of things: an object may be in scope or not, and yes or no, as far as its cells allow.
master_counts as (
    select
        parts.unit_id,
        count(*) filter (where masters.is_held) as n_held,
        count(*) filter (where masters.has_one_master) as n_one_master,
        {{ share_counts(
            'case when not masters.may_be_out then true end',
            'case when not masters.may_be_no then true when not masters.may_be_yes then false end',
            'true'
        ) | indent(8) }}
    from parts
    inner join masters
        on
            parts.part_number = masters.municipality_number
            and parts.period = masters.period
            and parts.focus_area = masters.focus_area
    group by parts.unit_id
),

master_bounds as (
    select
        unit_id,
        n_held,
        n_one_master,
        {{ share_all() }} as n_possible,
        {{ share_lower_bound() | indent(8) }} as lower_bound,
        {{ share_upper_bound() | indent(8) }} as upper_bound
    from master_counts
),

coverages as (
    select
        functions.unit_id,
        functions.n_known as n_functions_known,
        functions.n_all as n_functions,
        cells.coverage_id,
        cells.n_known as n_cells_known,
        cells.n_all as n_cells
    from coverage as functions
    inner join coverage as cells on functions.unit_id = cells.unit_id
    where functions.coverage_id = 'COV_FUN'
),

computed as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        coverages.n_functions_known,
        coverages.n_functions,
        coverages.n_cells_known,
        coverages.n_cells,
        coalesce(totals.n_possible, master_bounds.n_possible, 0) as n,
        case questions.indicator_id
            when 'DUP_AVG' then totals.least_sum
            when 'DUP_MULTI' then totals.n_surely_many
            when 'DUP_SOR' then master_bounds.n_one_master
            else totals.least_sum - totals.n_forced
        end as numerator,
        case questions.indicator_id
            when 'DUP_AVG' then totals.n_forced
            when 'DUP_MULTI' then totals.n_forced
            when 'DUP_SOR' then master_bounds.n_held
            else totals.least_sum
        end as denominator,
        case questions.indicator_id
            when 'DUP_AVG'
                then {{ ratio(
                    'totals.least_sum + totals.n_optional', 'totals.n_forced + totals.n_optional'
                ) }}
            when 'DUP_MULTI'
                then {{ percent('totals.n_surely_many', 'totals.n_surely_many + totals.n_possibly_one') }}
            when 'DUP_SOR' then master_bounds.lower_bound
            else {{ percent('totals.least_sum - totals.n_forced', 'totals.least_sum + totals.n_optional') }}
        end as lower_bound,
        case
            when questions.indicator_id = 'DUP_AVG' then greatest_values.greatest_average
            when questions.indicator_id = 'DUP_SOR' then master_bounds.upper_bound
            when questions.indicator_id <> 'DUP_MULTI' then greatest_values.greatest_redundancy
            -- Yes before out before no; where an object can only be out or no, it is no.
            when totals.n_possibly_many + totals.n_surely_one > 0
                then {{ percent('totals.n_possibly_many', 'totals.n_possibly_many + totals.n_surely_one') }}
            when totals.n_possible > 0 then 0
        end as upper_bound
    from questions
    inner join coverages
        on
            questions.unit_id = coverages.unit_id
            and coverages.coverage_id
            = case questions.measure when 'holding' then 'settled_cells' else 'COV_SYS' end
    left join totals
        on
            questions.unit_id = totals.unit_id
            and questions.measure = totals.measure
    left join greatest_values
        on
            questions.unit_id = greatest_values.unit_id
            and questions.measure = greatest_values.measure
    left join master_bounds
        on
            questions.unit_id = master_bounds.unit_id
            and questions.measure = 'mastering'
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
    unit_id,
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
