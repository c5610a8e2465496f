with source as (
    select * from {{ source('reference', 'participant') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period
from source
