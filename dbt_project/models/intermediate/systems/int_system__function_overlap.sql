-- FUN_OVL and FUN_RED, over the core functions of a unit. A function that is not settled may have any
-- number of systems from its sure ones on, so with one it is not out, and with two it overlaps whatever
-- else is found. FUN_RED is the least when each open function without a system gets one, which adds to both
-- sides. It has no greatest value while a function is open; 100 is what it stays below.
{%- set counted = [
    'n_yes',
    'n_no',
    'n_unknown',
    'n_open_yes',
    'n_open_no',
    'n_open_unknown',
    'n_systems',
    'n_served',
    'n_open_without',
    'n_open',
] %}
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

functions_by_area as (
    select
        *,
        'all' as focus_area
    from functions
    union all
    select
        *,
        focus_area_id as focus_area
    from functions
    where focus_area_id is not null
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_FUN'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

-- Once per delivering municipality, then added up over the parts of each unit.
part_counts as (
    select
        municipality_number,
        period,
        focus_area,
        {{ share_counts('is_in_scope', 'is_overlapping', 'true') | indent(8) }},
        sum(n_sure) as n_systems,
        count(*) filter (where n_sure >= 1) as n_served,
        count(*) filter (where n_sure = 0) as n_open_without,
        count(*) filter (where not is_settled) as n_open
    from functions_by_area
    group by municipality_number, period, focus_area
),

counts as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        {%- for count in counted %}
        cast(coalesce(sum(part_counts.{{ count }}), 0) as bigint) as {{ count }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from questions
    inner join parts on questions.unit_id = parts.unit_id
    left join part_counts
        on
            parts.part_number = part_counts.municipality_number
            and parts.period = part_counts.period
            and parts.focus_area = part_counts.focus_area
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
