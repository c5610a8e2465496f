with source as (
    select * from {{ source('ledger', 'delivery') }}
)

select
    cast(delivery_id as varchar) as delivery_id,
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(kind as varchar) as kind,
    cast(collection_mode as varchar) as collection_mode,
    cast(file_name as varchar) as file_name,
    cast(sha256 as varchar) as sha256,
    cast(status as varchar) as status,
    cast(is_counting as boolean) as is_counting,
    cast(rows_received as bigint) as rows_received,
    cast(rows_accepted as bigint) as rows_accepted,
    cast(rows_quarantined as bigint) as rows_quarantined,
    cast(supersedes as varchar) as supersedes
from source
