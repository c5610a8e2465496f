-- The systems that may hold or maintain a core object, with their focus areas: whose object it is.
with cells as (
    select * from {{ ref('int_system__cell') }}
    where may_hold or may_maintain
),

-- Once per system, of which there are far fewer than cells.
system_areas as (
    select
        municipality_number,
        period,
        system_key,
        {{ distinct_list('focus_area') }} as focus_areas
    from {{ ref('int_system__focus_area') }}
    group by municipality_number, period, system_key
)

select
    cells.municipality_number,
    cells.period,
    cells.data_object_id,
    cells.system_key,
    not cells.may_be_none as is_sure,
    coalesce(system_areas.focus_areas, {{ list_of() }}) as focus_areas
from cells
left join system_areas
    on
        cells.municipality_number = system_areas.municipality_number
        and cells.period = system_areas.period
        and cells.system_key = system_areas.system_key
