with source as (
    select * from {{ source('reference', 'item_link') }}
)

select
    cast(instrument_id as varchar) as instrument_id,
    cast(item_id as varchar) as item_id,
    cast(earlier_instrument_id as varchar) as earlier_instrument_id,
    cast(earlier_item_id as varchar) as earlier_item_id
from source
