-- The systems that may hold or maintain a core object, with their focus areas: whose object it is.
with cells as (
    select * from {{ ref('int_system__cell') }}
    where may_hold or may_maintain
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
)

select
    cells.municipality_number,
    cells.period,
    cells.data_object_id,
    cells.system_key,
    not cells.may_be_none as is_sure,
    {{ distinct_list('system_areas.focus_area') }} as focus_areas
from cells
left join system_areas
    on
        cells.municipality_number = system_areas.municipality_number
        and cells.period = system_areas.period
        and cells.system_key = system_areas.system_key
group by cells.municipality_number, cells.period, cells.data_object_id, cells.system_key, cells.may_be_none
