with source as (
    select * from {{ source('lake', 'initiative') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(initiative_name as varchar) as initiative_name,
    {{ as_text_list('process_names') }} as process_names,
    {{ as_text_list('process_keys') }} as process_keys,
    cast(decided_date as date) as decided_date,
    cast(is_mapped_before as boolean) as is_mapped_before,
    cast(responsible_role as varchar) as responsible_role,
    cast(is_benefit_measured as boolean) as is_benefit_measured,
    cast(initiative_status as varchar) as initiative_status
from source
