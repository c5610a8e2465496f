-- Every delivery that was ever received, whether it counts or not.
with deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
)

select
    delivery_id,
    municipality_number,
    period,
    kind,
    collection_mode,
    file_name,
    sha256,
    status,
    is_counting,
    rows_received,
    rows_accepted,
    rows_quarantined,
    supersedes
from deliveries
