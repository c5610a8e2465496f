with source as (
    select * from {{ source('reference', 'data_object') }}
)

select
    cast(data_object_id as varchar) as data_object_id,
    cast(register_id as varchar) as register_id,
    cast(tier as varchar) as tier
from source
