-- One row per reference process of the pack, delivered or not, so that the municipalities can be laid side by
-- side.
with processes as (
    select * from {{ ref('int_process__process') }}
    where process_id is not null
)

select
    municipality_number,
    period,
    process_id,
    process_name,
    process_name_en,
    focus_area_id as focus_area,
    tier,
    is_delivered,
    is_absent,
    ownership,
    n_units,
    is_described_recently,
    is_measured,
    self_service,
    n_systems,
    volume_per_year
from processes
