-- PRO_OWN, PRO_OWNX, PRO_XUN, PRO_X, PRO_DOC, PRO_MEAS: the share rule over the core processes.
with expected as (
    select * from {{ ref('int_index__indicator') }}
    where
        indicator_id in ('PRO_OWN', 'PRO_OWNX', 'PRO_XUN', 'PRO_X', 'PRO_DOC', 'PRO_MEAS')
        and boundary = 'delivered'
        and blocking_status is null
),

processes as (
    select * from {{ ref('int_process__core_process') }}
    where not is_absent
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_PRO'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

things as (
    select
        expected.municipality_number,
        expected.period,
        expected.indicator_id,
        expected.collection_mode,
        processes.process_id is not null as is_thing,
        case
            when expected.indicator_id in ('PRO_OWNX', 'PRO_XUN') then processes.is_cross_unit
            else true
        end as is_in_scope,
        case expected.indicator_id
            when 'PRO_OWN' then processes.ownership <> 'none'
            when 'PRO_OWNX' then processes.ownership = 'process_owner'
            when 'PRO_XUN' then processes.ownership = 'none'
            when 'PRO_X' then processes.is_cross_unit
            when 'PRO_DOC' then processes.is_described_recently
            when 'PRO_MEAS' then processes.is_measured
        end as answer
    from expected
    left join processes
        on
            expected.municipality_number = processes.municipality_number
            and expected.period = processes.period
),

counts as (
    select
        municipality_number,
        period,
        indicator_id,
        collection_mode,
        {{ share_counts('is_in_scope', 'answer', 'is_thing') | indent(8) }}
    from things
    group by municipality_number, period, indicator_id, collection_mode
),

judged as (
    select
        counts.*,
        {{ first_status({
            'insufficient_coverage':
                is_below_coverage(share_known(), share_all(), 'thresholds.min_coverage_percent')
                ~ ' or '
                ~ is_below_coverage(
                    'family_coverage.n_known', 'family_coverage.n_all', 'thresholds.min_coverage_percent'
                ),
            'no_denominator': share_known() ~ ' = 0',
        }) }} as status
    from counts
    cross join thresholds
    inner join family_coverage
        on
            counts.municipality_number = family_coverage.municipality_number
            and counts.period = family_coverage.period
)

select
    municipality_number,
    period,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok(share_value()) }} as value,
    {{ when_bounded(share_lower_bound()) }} as lower_bound,
    {{ when_bounded(share_upper_bound()) }} as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(n_yes as double) as numerator,
    cast({{ share_known() }} as double) as denominator,
    {{ share_all() }} as n,
    {{ percent(share_known(), share_all()) }} as coverage
from judged
