-- Only what is sure: a cell that may be none is not counted, as in the indicators' values. A national
-- register that the pack names is the object's master besides those that the municipality has marked.
with cells as (
    select * from {{ ref('int_system__cell') }}
    where not may_be_none
),

objects as (
    select * from {{ ref('stg_reference__data_object') }}
),

system_rows as (
    select * from {{ ref('stg_lake__system') }}
),

-- Rows that share a key are one system; any of its names would do, the first in the alphabet is stable.
names as (
    select
        municipality_number,
        period,
        system_key,
        min(system_name) as system_name
    from system_rows
    group by municipality_number, period, system_key
)

select
    cells.municipality_number,
    cells.period,
    cells.data_object_id,
    count(*) as n_systems,
    count(*) filter (where not cells.may_hold) as n_maintaining,
    count(*) filter (where cells.is_master) as n_masters,
    objects.register_id as master_register,
    {{ joined_texts(
        'coalesce(names.system_name, cells.system_key)',
        'coalesce(names.system_name, cells.system_key), cells.system_key'
    ) }} as systems
from cells
left join objects on cells.data_object_id = objects.data_object_id
left join names
    on
        cells.municipality_number = names.municipality_number
        and cells.period = names.period
        and cells.system_key = names.system_key
group by cells.municipality_number, cells.period, cells.data_object_id, objects.register_id
