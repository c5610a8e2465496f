with source as (
    select * from {{ source('reference', 'size_class') }}
)

select
    cast(size_class as varchar) as size_class,
    cast(min_population as bigint) as min_population
from source
