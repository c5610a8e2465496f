with source as (
    select * from {{ source('reference', 'process') }}
)

select
    cast(process_id as varchar) as process_id,
    cast(focus_area_id as varchar) as focus_area_id,
    cast(tier as varchar) as tier
from source
