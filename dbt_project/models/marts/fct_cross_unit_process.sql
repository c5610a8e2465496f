-- Only what is known: a process of which the units or the owner are unknown stands in fct_reference_process.
with processes as (
    select * from {{ ref('int_process__process') }}
    where is_cross_unit and ownership in ('none', 'line_manager')
)

select
    municipality_number,
    period,
    process_key,
    process_id,
    process_name,
    process_name_en,
    process_id is null as is_local,
    n_units,
    ownership,
    case ownership when 'none' then 'owner' else 'mandate_across_units' end as missing,
    volume_per_year
from processes
