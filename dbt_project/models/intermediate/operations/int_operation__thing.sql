-- The things of the shares of this room, once per delivering municipality: whether each is in scope (true,
-- or null where that is unknown) and its answer (null is unknown). `system_key` says whose focus areas a
-- thing is cut by; null where there are no cuts.
with systems as (
    select * from {{ ref('int_operation__system') }}
),

services as (
    select * from {{ ref('int_operation__shared_service') }}
),

exchanges as (
    select * from {{ ref('int_operation__exchange') }}
),

register_cells as (
    select * from {{ ref('int_operation__register_cell') }}
),

reached as (
    select * from {{ ref('int_operation__register_reach') }}
)

select
    municipality_number,
    period,
    'TIME_E' as indicator_id,
    system_key as thing_id,
    system_key,
    is_in_scope,
    is_unfit as answer
from systems
union all
select
    municipality_number,
    period,
    'SYS_NEW' as indicator_id,
    system_key as thing_id,
    system_key,
    is_in_scope,
    is_acquired_recently as answer
from systems
union all
select
    municipality_number,
    period,
    'SYS_ROS' as indicator_id,
    system_key as thing_id,
    system_key,
    case when is_quarantined or has_personal_data then is_in_scope end as is_in_scope,
    is_assessed_recently as answer
from systems
where coalesce(has_personal_data, true)
union all
select
    municipality_number,
    period,
    'NAT_USE' as indicator_id,
    service_id as thing_id,
    null as system_key,
    true as is_in_scope,
    is_used as answer
from services
union all
select
    municipality_number,
    period,
    'INT_AUTO' as indicator_id,
    from_end || ' > ' || to_end || ' > ' || data_object_id as thing_id,
    null as system_key,
    true as is_in_scope,
    is_automatic as answer
from exchanges
union all
select
    register_cells.municipality_number,
    register_cells.period,
    'REG_USE' as indicator_id,
    register_cells.system_key || ' > ' || register_cells.data_object_id as thing_id,
    register_cells.system_key,
    register_cells.is_in_scope,
    case
        when register_cells.is_fed or reached.is_sure then true
        when register_cells.is_fed is null or reached.system_key is not null then null
        else false
    end as answer
from register_cells
left join reached
    on
        register_cells.municipality_number = reached.municipality_number
        and register_cells.period = reached.period
        and register_cells.data_object_id = reached.data_object_id
        and register_cells.system_key = reached.system_key
