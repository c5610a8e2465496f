-- Rows that say of which process and object they are; a wide form answers about several in one row of the
-- file, so the answer is part of what tells them apart.
with source as (
    select * from {{ source('lake', 'process_data') }}
)

select distinct
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(coalesce(process_key, process_id) as varchar) as process_key,
    cast(data_object_id as varchar) as data_object_id,
    coalesce(cast(collection as varchar), 'blank') as collection
from source
where coalesce(process_key, process_id) is not null and data_object_id is not null
