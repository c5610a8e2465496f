-- A wide form answers about several services in one row of the file: there the service tells them apart.
with source as (
    select * from {{ source('lake', 'shared_service') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    coalesce(cast(service_id as varchar), '') as service_id,
    cast(is_used as boolean) as is_used
from source
