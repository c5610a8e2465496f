-- Each pair of reference process and object for which the pack grants a register, per municipality that
-- delivered processes: how the information is got. *Spurt bruker* or *tastet manuelt* in any row is a gap;
-- else a blank or quarantined row leaves it unknown; a pair without a row is unknown.
with processes as (
    select * from {{ ref('int_process__process') }}
),

grants as (
    select * from {{ ref('stg_reference__process_object') }}
),

data_rows as (
    select * from {{ ref('stg_lake__process_data') }}
),

-- A pair counts once, however many registers the pack names for it.
pairs as (
    select
        process_id,
        data_object_id,
        {{ joined_texts('register_id', 'register_id') }} as registers
    from grants
    group by process_id, data_object_id
),

collections as (
    select
        municipality_number,
        period,
        process_key,
        data_object_id,
        case
            when is_quarantined then null
            when collection in ('asked_user', 'typed_manually') then true
            when collection <> 'blank' then false
        end as is_gap,
        case when not is_quarantined then collection end as collection
    from data_rows
),

combined as (
    select
        municipality_number,
        period,
        process_key,
        data_object_id,
        {{ any_favourable('is_gap') }} as is_gap,
        case
            when count(*) filter (where collection = 'asked_user') > 0 then 'asked_user'
            when count(*) filter (where collection = 'typed_manually') > 0 then 'typed_manually'
        end as gap_collection
    from collections
    group by municipality_number, period, process_key, data_object_id
)

select
    processes.municipality_number,
    processes.period,
    processes.process_id,
    pairs.data_object_id,
    processes.focus_area_id,
    processes.tier,
    processes.is_delivered,
    processes.is_absent,
    pairs.registers,
    processes.volume_per_year,
    combined.is_gap,
    combined.gap_collection
from processes
inner join pairs on processes.process_id = pairs.process_id
left join combined
    on
        processes.municipality_number = combined.municipality_number
        and processes.period = combined.period
        and processes.process_key = combined.process_key
        and pairs.data_object_id = combined.data_object_id
