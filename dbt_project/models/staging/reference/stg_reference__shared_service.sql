with source as (
    select * from {{ source('reference', 'shared_service') }}
)

select
    cast(service_id as varchar) as service_id,
    cast(is_relevant as boolean) as is_relevant
from source
