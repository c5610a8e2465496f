with source as (
    select * from {{ source('reference', 'focus_area') }}
)

select
    cast(focus_area_id as varchar) as focus_area_id,
    cast(name_nb as varchar) as name_nb,
    cast(name_en as varchar) as name_en
from source
