with source as (
    select * from {{ source('reference', 'municipality') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(name as varchar) as name,
    cast(first_year as integer) as first_year,
    cast(county_number as varchar) as county_number,
    cast(county_name as varchar) as county_name,
    cast(kostra_group as varchar) as kostra_group,
    cast(centrality_class as integer) as centrality_class,
    cast(area_km2 as double) as area_km2,
    cast(is_fictional as boolean) as is_fictional
from source
