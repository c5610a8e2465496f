-- One row per core process of the reference pack and municipality that delivered processes: what is
-- known of it. Several rows of one process give the least favourable answer that is known; quarantined
-- rows are blank rows; a process that is not delivered is unknown in everything.
with delivered as (
    select
        municipalities.municipality_number,
        municipalities.period,
        municipalities.reference_date
    from {{ ref('int_index__municipality') }} as municipalities
    inner join {{ ref('int_index__delivery_status') }} as statuses
        on
            municipalities.municipality_number = statuses.municipality_number
            and municipalities.period = statuses.period
    where statuses.source_kind = 'processes' and statuses.delivery_status = 'delivered'
),

core_processes as (
    select * from {{ ref('stg_reference__process') }}
    where tier = 'kjerne'
),

process_rows as (
    select * from {{ ref('stg_lake__process') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

answers as (
    select
        process_rows.municipality_number,
        process_rows.period,
        process_rows.process_id,
        process_rows.is_quarantined,
        not process_rows.is_quarantined and process_rows.is_absent as says_absent,
        not process_rows.is_quarantined and not process_rows.is_absent as says_present,
        case when not process_rows.is_quarantined then process_rows.ownership end as ownership,
        case when not process_rows.is_quarantined then process_rows.n_units >= 2 end as is_cross_unit,
        case when not process_rows.is_quarantined then process_rows.is_measured end as is_measured,
        case
            when process_rows.is_quarantined then null
            when not process_rows.is_described then false
            when process_rows.described_date > delivered.reference_date then null
            else
                process_rows.described_date
                > {{ months_before('delivered.reference_date', 'thresholds.recent_months') }}
        end as is_described_recently
    from process_rows
    inner join delivered
        on
            process_rows.municipality_number = delivered.municipality_number
            and process_rows.period = delivered.period
    cross join thresholds
    where process_rows.process_id is not null
),

presence as (
    select
        municipality_number,
        period,
        process_id,
        {{ any_true('says_absent') }} and not {{ any_true('says_present') }} as is_absent,
        {{ any_true('says_absent or says_present') }} as is_delivered
    from answers
    group by municipality_number, period, process_id
),

combined as (
    select
        municipality_number,
        period,
        process_id,
        case
            when count(*) filter (where ownership = 'none') > 0 then 'none'
            when count(*) filter (where ownership is null) > 0 then null
            when count(*) filter (where ownership = 'line_manager') > 0 then 'line_manager'
            else 'process_owner'
        end as ownership,
        {{ any_favourable('is_cross_unit') }} as is_cross_unit,
        {{ least_favourable('is_described_recently') }} as is_described_recently,
        {{ least_favourable('is_measured') }} as is_measured
    from answers
    where not says_absent
    group by municipality_number, period, process_id
)

select
    delivered.municipality_number,
    delivered.period,
    core_processes.process_id,
    coalesce(presence.is_delivered, false) as is_delivered,
    coalesce(presence.is_absent, false) as is_absent,
    combined.ownership,
    combined.is_cross_unit,
    combined.is_described_recently,
    combined.is_measured
from delivered
cross join core_processes
left join presence
    on
        delivered.municipality_number = presence.municipality_number
        and delivered.period = presence.period
        and core_processes.process_id = presence.process_id
left join combined
    on
        delivered.municipality_number = combined.municipality_number
        and delivered.period = combined.period
        and core_processes.process_id = combined.process_id
