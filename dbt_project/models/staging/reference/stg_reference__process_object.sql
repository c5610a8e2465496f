with source as (
    select * from {{ source('reference', 'process_object') }}
)

select
    cast(process_id as varchar) as process_id,
    cast(data_object_id as varchar) as data_object_id,
    cast(register_id as varchar) as register_id
from source
