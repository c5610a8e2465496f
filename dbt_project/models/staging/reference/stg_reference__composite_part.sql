with source as (
    select * from {{ source('reference', 'composite_part') }}
)

select
    cast(indicator_id as varchar) as indicator_id,
    cast(dimension_id as varchar) as dimension_id,
    cast(is_required as boolean) as is_required
from source
