-- The data objects of a flat system table, or the cells of a matrix, all stand in one row of the file: there
-- the names tell them apart, and an object named twice in one cell is there once. Names that were masked
-- are alike too: of them the first stands, and it counts nowhere, since nobody knows what it is.
with source as (
    select * from {{ source('lake', 'system_data_object') }}
),

typed as (
    select
        cast(municipality_number as varchar) as municipality_number,
        cast(period as varchar) as period,
        cast(delivery_id as varchar) as delivery_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        cast(is_quarantined as boolean) as is_quarantined,
        cast(system_key as varchar) as system_key,
        coalesce(cast(system_name as varchar), '') as system_name,
        cast(data_object_id as varchar) as data_object_id,
        coalesce(cast(data_object_name as varchar), cast(data_object_id as varchar), '') as data_object_name,
        cast(operations as varchar) as operations,
        cast(keeps_copy as boolean) as keeps_copy,
        cast(is_master as boolean) as is_master,
        cast(source_kind as varchar) as fed_by
    from source
),

numbered as (
    select
        *,
        row_number() over (
            partition by delivery_id, sheet, row_number, system_name, data_object_name
            order by
                is_quarantined desc,
                system_key asc nulls last,
                data_object_id asc nulls last,
                operations asc nulls last,
                keeps_copy asc nulls last,
                is_master asc nulls last,
                fed_by asc nulls last
        ) as name_number
    from typed
)

select
    municipality_number,
    period,
    delivery_id,
    sheet,
    row_number,
    is_quarantined,
    system_key,
    system_name,
    data_object_id,
    data_object_name,
    operations,
    keeps_copy,
    is_master,
    fed_by
from numbered
where name_number = 1
