-- The CRUD matrix: object by system, as delivered. What stands in it is what the rows say together; `state`
-- is what follows from it by the rules of the cells.
with cells as (
    select * from {{ ref('int_system__cell') }}
),

system_rows as (
    select * from {{ ref('stg_lake__system') }}
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

object_rows as (
    select * from {{ ref('stg_lake__system_data_object') }}
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
),

areas as (
    select
        municipality_number,
        period,
        system_key,
        {{ joined_texts('focus_area', 'focus_area') }} as focus_areas
    from system_areas
    group by municipality_number, period, system_key
),

-- A quarantined row leaves the whole cell open, so nothing is told of it.
listed as (
    select
        municipality_number,
        period,
        system_key,
        data_object_id,
        case when {{ any_true("operations like '%C%'") }} then 'C' else '' end
        || case when {{ any_true("operations like '%R%'") }} then 'R' else '' end
        || case when {{ any_true("operations like '%U%'") }} then 'U' else '' end
        || case when {{ any_true("operations like '%D%'") }} then 'D' else '' end as letters,
        {{ any_true("operations = 'x'") }} as is_there,
        {{ any_true("operations = 'none'") }} as says_none,
        {{ any_true('keeps_copy') }} as keeps_copy,
        {{ joined_different_texts('fed_by') }} as fed_by
    from object_rows
    where system_key is not null and data_object_id is not null
    group by municipality_number, period, system_key, data_object_id
    having not {{ any_true('is_quarantined') }}
)

select
    cells.municipality_number,
    cells.period,
    cells.data_object_id,
    cells.system_key,
    coalesce(names.system_name, cells.system_key) as system_name,
    areas.focus_areas,
    case
        when listed.letters <> '' then listed.letters
        when listed.is_there then 'x'
        when listed.says_none then 'none'
    end as operations,
    listed.keeps_copy,
    case
        when cells.may_be_none and not cells.may_hold and not cells.may_maintain then 'none'
        when cells.may_hold and not cells.may_be_none and not cells.may_maintain then 'holds'
        when cells.may_maintain and not cells.may_be_none and not cells.may_hold then 'maintains'
        else 'open'
    end as state,
    cells.is_expected,
    cells.is_master,
    listed.fed_by
from cells
left join names
    on
        cells.municipality_number = names.municipality_number
        and cells.period = names.period
        and cells.system_key = names.system_key
left join areas
    on
        cells.municipality_number = areas.municipality_number
        and cells.period = areas.period
        and cells.system_key = areas.system_key
left join listed
    on
        cells.municipality_number = listed.municipality_number
        and cells.period = listed.period
        and cells.system_key = listed.system_key
        and cells.data_object_id = listed.data_object_id
