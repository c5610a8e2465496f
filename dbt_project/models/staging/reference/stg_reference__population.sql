with source as (
    select * from {{ source('reference', 'population') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(year as integer) as year,
    cast(population as bigint) as population
from source
