with source as (
    select * from {{ source('reference', 'product') }}
)

select
    cast(product_id as varchar) as product_id,
    cast(name as varchar) as product_name
from source
