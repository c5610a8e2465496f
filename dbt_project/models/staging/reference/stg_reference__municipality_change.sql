with source as (
    select * from {{ source('reference', 'municipality_change') }}
)

select
    cast(old_number as varchar) as old_number,
    cast(old_name as varchar) as old_name,
    cast(first_year as integer) as first_year,
    cast(last_year as integer) as last_year,
    cast(new_number as varchar) as new_number,
    cast(kind as varchar) as kind
from source
