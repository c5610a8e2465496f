-- A municipality may own several cooperation bodies; here it counts once.
with source as (
    select * from {{ source('reference', 'owner') }}
)

select distinct cast(municipality_number as varchar) as municipality_number
from source
