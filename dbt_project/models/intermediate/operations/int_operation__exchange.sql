-- The listed exchanges between systems. Several rows with the same ends and object are one, and the least
-- favourable counts; a quarantined row is unknown. Something gets through (`is_way`) only between two active
-- systems that are known and not quarantined. `*` is an exchange that names no object.
with exchanges as (
    select * from {{ ref('stg_lake__exchange') }}
),

active_systems as (
    select * from {{ ref('int_system__active') }}
    where not is_quarantined
),

-- An end that could not be resolved is told by what stands there; a blank one is nobody else's.
ended as (
    select
        municipality_number,
        period,
        from_system_key,
        to_system_key,
        coalesce(
            'key:' || from_system_key,
            'name:' || lower(trim(from_system)),
            'row:' || delivery_id || ':' || sheet || ':' || row_number
        ) as from_end,
        coalesce(
            'key:' || to_system_key,
            'name:' || lower(trim(to_system)),
            'row:' || delivery_id || ':' || sheet || ':' || row_number
        ) as to_end,
        coalesce(data_object_id, '*') as data_object_id,
        case when not is_quarantined then is_automatic end as is_automatic
    from exchanges
),

combined as (
    select
        municipality_number,
        period,
        from_end,
        to_end,
        data_object_id,
        min(from_system_key) as from_system_key,
        min(to_system_key) as to_system_key,
        {{ least_favourable('is_automatic') }} as is_automatic
    from ended
    group by municipality_number, period, from_end, to_end, data_object_id
)

select
    combined.municipality_number,
    combined.period,
    combined.from_end,
    combined.to_end,
    combined.data_object_id,
    combined.from_system_key,
    combined.to_system_key,
    combined.is_automatic,
    senders.system_key is not null
    and receivers.system_key is not null
    and senders.system_key <> receivers.system_key as is_way
from combined
left join active_systems as senders
    on
        combined.municipality_number = senders.municipality_number
        and combined.period = senders.period
        and combined.from_system_key = senders.system_key
left join active_systems as receivers
    on
        combined.municipality_number = receivers.municipality_number
        and combined.period = receivers.period
        and combined.to_system_key = receivers.system_key
