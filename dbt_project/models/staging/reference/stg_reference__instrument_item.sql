with source as (
    select * from {{ source('reference', 'instrument_item') }}
)

select
    cast(instrument_id as varchar) as instrument_id,
    cast(item_id as varchar) as item_id,
    cast(dimension_id as varchar) as dimension_id,
    cast(scale_id as varchar) as scale_id,
    cast(is_reversed as boolean) as is_reversed
from source
