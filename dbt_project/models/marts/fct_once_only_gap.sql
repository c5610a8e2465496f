-- Every pair, also of processes that are not core; what the municipality does not have is no gap.
with pairs as (
    select * from {{ ref('int_process__register_object') }}
    where is_gap and not is_absent
)

select
    municipality_number,
    period,
    process_id,
    data_object_id,
    registers as register,
    gap_collection as collection_mode,
    volume_per_year
from pairs
