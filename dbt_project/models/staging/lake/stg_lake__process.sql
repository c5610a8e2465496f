with source as (
    select * from {{ source('lake', 'process') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(process_name as varchar) as process_name,
    cast(process_id as varchar) as process_id,
    coalesce(cast(is_absent as boolean), false) as is_absent,
    cast(ownership as varchar) as ownership,
    cast({{ n_different_names('unit_names') }} as integer) as n_units,
    cast(described_date as date) as described_date,
    cast(is_described as boolean) as is_described,
    cast(is_measured as boolean) as is_measured,
    cast(focus_area_ids as varchar[]) as focus_area_ids,
    cast(has_owner_role as boolean) as has_owner_role,
    {{ role_key() }} as role_key
from source
