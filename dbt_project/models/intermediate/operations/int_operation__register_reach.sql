-- Which systems an object comes to from a register along directed automatic exchanges of it, over any number
-- of systems: surely, or only where what is unknown turns out well (the source of the first cell, the object
-- or *automatisk* of an exchange on the way). Rows that are already there are not added again, so cycles end.
with recursive cells as (
    select * from {{ ref('int_operation__register_cell') }}
),

exchanges as (
    select * from {{ ref('int_operation__exchange') }}
    where is_way and coalesce(is_automatic, true)
),

objects as (
    select distinct
        municipality_number,
        period,
        data_object_id
    from cells
    where coalesce(is_fed, true)
),

-- An exchange without an object may carry any of them.
steps as (
    select
        objects.municipality_number,
        objects.period,
        objects.data_object_id,
        exchanges.from_system_key,
        exchanges.to_system_key,
        exchanges.data_object_id <> '*' and coalesce(exchanges.is_automatic, false) as is_sure
    from objects
    inner join exchanges
        on
            objects.municipality_number = exchanges.municipality_number
            and objects.period = exchanges.period
            and exchanges.data_object_id in (objects.data_object_id, '*')
),

reached as (
    select
        steps.municipality_number,
        steps.period,
        steps.data_object_id,
        steps.to_system_key as system_key,
        coalesce(cells.is_fed, false) and steps.is_sure as is_sure
    from cells
    inner join steps
        on
            cells.municipality_number = steps.municipality_number
            and cells.period = steps.period
            and cells.data_object_id = steps.data_object_id
            and cells.system_key = steps.from_system_key
    where coalesce(cells.is_fed, true)
    union distinct
    select
        steps.municipality_number,
        steps.period,
        steps.data_object_id,
        steps.to_system_key as system_key,
        reached.is_sure and steps.is_sure as is_sure
    from reached
    inner join steps
        on
            reached.municipality_number = steps.municipality_number
            and reached.period = steps.period
            and reached.data_object_id = steps.data_object_id
            and reached.system_key = steps.from_system_key
)

select
    municipality_number,
    period,
    data_object_id,
    system_key,
    {{ any_true('is_sure') }} as is_sure
from reached
group by municipality_number, period, data_object_id, system_key
