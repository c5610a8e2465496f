with source as (
    select * from {{ source('reference', 'process') }}
)

select
    cast(process_id as varchar) as process_id,
    cast(name_nb as varchar) as name_nb,
    cast(name_en as varchar) as name_en,
    cast(focus_area_id as varchar) as focus_area_id,
    cast(tier as varchar) as tier,
    coalesce(cast(is_citizen_facing as boolean), false) as is_citizen_facing
from source
