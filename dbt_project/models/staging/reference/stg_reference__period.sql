with source as (
    select * from {{ source('reference', 'period') }}
)

select
    cast(period as varchar) as period,
    cast(instrument_id as varchar) as instrument_id,
    cast(reference_date as date) as reference_date,
    cast(year as integer) as year
from source
