-- The cells that may hold or maintain an object with a national register, and what their own rows say of
-- where it comes from: `is_fed` true where every row says automatically from the register, false where any
-- names another source, null where that is unknown, as of a quarantined row or system.
with cells as (
    select * from {{ ref('int_system__cell') }}
    where may_hold or may_maintain
),

register_objects as (
    select * from {{ ref('stg_reference__data_object') }}
    where register_id is not null
),

active_systems as (
    select * from {{ ref('int_system__active') }}
),

sources as (
    select
        municipality_number,
        period,
        system_key,
        data_object_id,
        {{ any_true('is_quarantined') }} as is_quarantined,
        {{ least_favourable("fed_by = 'register_auto'") }} as is_fed
    from {{ ref('stg_lake__system_data_object') }}
    where system_key is not null and data_object_id is not null
    group by municipality_number, period, system_key, data_object_id
)

select
    cells.municipality_number,
    cells.period,
    cells.system_key,
    cells.data_object_id,
    case when not cells.may_be_none then true end as is_in_scope,
    case
        when not active_systems.is_quarantined and not coalesce(sources.is_quarantined, false)
            then sources.is_fed
    end as is_fed
from cells
inner join register_objects on cells.data_object_id = register_objects.data_object_id
inner join active_systems
    on
        cells.municipality_number = active_systems.municipality_number
        and cells.period = active_systems.period
        and cells.system_key = active_systems.system_key
left join sources
    on
        cells.municipality_number = sources.municipality_number
        and cells.period = sources.period
        and cells.system_key = sources.system_key
        and cells.data_object_id = sources.data_object_id
