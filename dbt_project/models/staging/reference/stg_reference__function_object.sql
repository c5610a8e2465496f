with source as (
    select * from {{ source('reference', 'function_object') }}
)

select
    cast(function_id as varchar) as function_id,
    cast(data_object_id as varchar) as data_object_id
from source
