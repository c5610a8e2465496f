with source as (
    select * from {{ source('reference', 'target') }}
)

select
    cast(indicator_id as varchar) as indicator_id,
    cast(value as decimal(18, 6)) as value
from source
