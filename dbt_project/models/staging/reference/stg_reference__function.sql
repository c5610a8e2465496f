with source as (
    select * from {{ source('reference', 'function') }}
)

select
    cast(function_id as varchar) as function_id,
    cast(focus_area_id as varchar) as focus_area_id,
    cast(tier as varchar) as tier
from source
