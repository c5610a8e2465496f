-- FUN_OVL and FUN_RED, over the core functions of a unit. A function that is not settled may have any
-- number of systems from its sure ones on, so with one it is not out, and with two it overlaps whatever
-- else is found. FUN_RED is the least when each open function without a system gets one, which adds to both
-- sides. It has no greatest value while a function is open; 100 is what it stays below.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'FUN' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

functions as (
    select
        *,
        case
            when n_sure >= 2 then true
            when is_settled and n_sure = 1 then false
        end as is_overlapping,
        -- Null: may be out.
        case when n_sure >= 1 then true end as is_in_scope
    from {{ ref('int_system__core_function') }}
    where n_sure >= 1 or not is_settled
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_FUN'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

counts as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        {{ share_counts('is_in_scope', 'is_overlapping', 'functions.function_id is not null') | indent(8) }},
        cast(coalesce(sum(functions.n_sure), 0) as bigint) as n_systems,
        count(*) filter (where functions.n_sure >= 1) as n_served,
        count(*) filter (where functions.n_sure = 0) as n_open_without,
        count(*) filter (where not functions.is_settled) as n_open
    from questions
    inner join parts on questions.unit_id = parts.unit_id
    left join functions
        on
            parts.part_number = functions.municipality_number
            and parts.period = functions.period
            and (parts.focus_area = 'all' or parts.focus_area = functions.focus_area_id)
    group by questions.unit_id, questions.indicator_id, questions.collection_mode
),

computed as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        {{ share_all() }} as n,
        {{ share_known() }} as n_known,
        case indicator_id
            when 'FUN_OVL' then n_yes
            else n_systems - n_served
        end as numerator,
        case indicator_id
            when 'FUN_OVL' then {{ share_known() }}
            else n_systems
        end as denominator,
        case indicator_id
            when 'FUN_OVL' then {{ share_lower_bound() | indent(12) }}
            else {{ percent('n_systems - n_served', 'n_systems + n_open_without') }}
        end as lower_bound,
        case
            when indicator_id = 'FUN_OVL' then {{ share_upper_bound() | indent(12) }}
            when n_open > 0 then 100
            else {{ percent('n_systems - n_served', 'n_systems') }}
        end as upper_bound
    from counts
),

judged as (
    select
        computed.*,
        family_coverage.n_known as n_answered,
        family_coverage.n_all as n_functions,
        {{ percent('computed.numerator', 'computed.denominator') }} as computed_value,
        {{ first_status({
            'insufficient_coverage':
                is_below_coverage(
                    'family_coverage.n_known', 'family_coverage.n_all', 'thresholds.min_coverage_percent'
                )
                ~ " or computed.indicator_id = 'FUN_OVL' and "
                ~ is_below_coverage('computed.n_known', 'computed.n', 'thresholds.min_coverage_percent'),
            'no_denominator': 'computed.denominator = 0',
        }) }} as status
    from computed
    cross join thresholds
    inner join family_coverage on computed.unit_id = family_coverage.unit_id
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
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    n,
    case indicator_id
        when 'FUN_OVL' then {{ percent('n_known', 'n') }}
        else {{ coverage_percent('n_answered', 'n_functions') }}
    end as coverage
from judged
