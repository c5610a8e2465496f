-- What is known of each process, per municipality that delivered processes: every reference process of the
-- pack, and the local ones that were delivered. Several rows of one process give the least favourable answer
-- that is known; quarantined rows are blank rows; a process that is not delivered is unknown in everything.
with deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
    where kind = 'processes' and is_counting
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

reference_processes as (
    select * from {{ ref('stg_reference__process') }}
),

process_rows as (
    select * from {{ ref('stg_lake__process') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

delivered as (
    select distinct
        deliveries.municipality_number,
        deliveries.period,
        periods.reference_date
    from deliveries
    inner join periods on deliveries.period = periods.period
),

answers as (
    select
        process_rows.municipality_number,
        process_rows.period,
        process_rows.process_id,
        process_rows.process_name,
        {{ process_key('process_rows.process_id', 'process_rows.process_name') }} as process_key,
        not process_rows.is_quarantined and process_rows.is_absent as says_absent,
        not process_rows.is_quarantined and not process_rows.is_absent as says_present,
        not process_rows.is_quarantined and process_rows.is_answered as says_something,
        case when not process_rows.is_quarantined then process_rows.ownership end as ownership,
        case when not process_rows.is_quarantined then process_rows.n_units end as n_units,
        case when not process_rows.is_quarantined then process_rows.is_measured end as is_measured,
        case when not process_rows.is_quarantined then process_rows.self_service end as self_service,
        case when not process_rows.is_quarantined then process_rows.volume_per_year end as volume_per_year,
        case when not process_rows.is_quarantined then process_rows.system_names end as system_names,
        case
            when not process_rows.is_quarantined
                then {{ is_recent(
                    'process_rows.is_described',
                    'process_rows.described_date',
                    'delivered.reference_date',
                    'thresholds.recent_months'
                ) | indent(16) }}
        end as is_described_recently
    from process_rows
    inner join delivered
        on
            process_rows.municipality_number = delivered.municipality_number
            and process_rows.period = delivered.period
    cross join thresholds
),

-- *Har ikke* yields to any other accepted row; a row that answers nothing delivers nothing.
presence as (
    select
        municipality_number,
        period,
        process_key,
        {{ any_true('says_absent') }} and not {{ any_true('says_present') }} as is_absent,
        {{ any_true('says_something and says_present') }} as has_answer
    from answers
    where process_key is not null
    group by municipality_number, period, process_key
),

combined as (
    select
        municipality_number,
        period,
        process_key,
        min(process_name) as process_name,
        case
            when count(*) filter (where ownership = 'none') > 0 then 'none'
            when count(*) filter (where ownership is null) > 0 then null
            when count(*) filter (where ownership = 'line_manager') > 0 then 'line_manager'
            else 'process_owner'
        end as ownership,
        {{ any_favourable('(n_units >= 2)') }} as is_cross_unit,
        max(n_units) as n_units,
        {{ least_favourable('is_described_recently') }} as is_described_recently,
        {{ least_favourable('is_measured') }} as is_measured,
        case
            when count(*) filter (where self_service = 'no') > 0 then 'no'
            when count(*) filter (where self_service is null) > 0 then null
            when count(*) filter (where self_service = 'not_relevant') > 0 then 'not_relevant'
            else 'yes'
        end as self_service,
        -- A sum over known volumes only would look like the whole.
        case when count(*) = count(volume_per_year) then sum(volume_per_year) end as volume_per_year,
        {{ n_different_names(united_lists('system_names')) }} as n_systems
    from answers
    where process_key is not null and not says_absent
    group by municipality_number, period, process_key
),

things as (
    select
        delivered.municipality_number,
        delivered.period,
        reference_processes.process_id as process_key,
        reference_processes.process_id
    from delivered
    cross join reference_processes
    union all
    select
        municipality_number,
        period,
        process_key,
        null as process_id
    from combined
    where process_key like 'local:%'
)

select
    things.municipality_number,
    things.period,
    things.process_key,
    things.process_id,
    coalesce(reference_processes.name_nb, combined.process_name) as process_name,
    coalesce(reference_processes.name_en, combined.process_name) as process_name_en,
    reference_processes.focus_area_id,
    reference_processes.tier,
    coalesce(reference_processes.is_citizen_facing, false) as is_citizen_facing,
    coalesce(presence.is_absent or presence.has_answer, false) as is_delivered,
    coalesce(presence.is_absent, false) as is_absent,
    combined.ownership,
    combined.is_cross_unit,
    cast(case when combined.is_cross_unit is not null then combined.n_units end as bigint) as n_units,
    combined.is_described_recently,
    combined.is_measured,
    combined.self_service,
    cast(combined.volume_per_year as bigint) as volume_per_year,
    cast(combined.n_systems as bigint) as n_systems
from things
left join reference_processes on things.process_id = reference_processes.process_id
left join presence
    on
        things.municipality_number = presence.municipality_number
        and things.period = presence.period
        and things.process_key = presence.process_key
left join combined
    on
        things.municipality_number = combined.municipality_number
        and things.period = combined.period
        and things.process_key = combined.process_key
