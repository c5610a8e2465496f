-- Who owns which cooperation body; a municipality may own several.
with source as (
    select * from {{ source('reference', 'owner') }}
)

select
    cast(sbo_id as varchar) as sbo_id,
    cast(municipality_number as varchar) as municipality_number
from source
