-- is_answered: a row may hold no more than what a template prints (name, reference process, type, area).
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
    coalesce(
        ownership, owner_role, owner_unit, cast(unit_names as varchar), cast(system_names as varchar),
        cast(described_date as varchar), cast(is_described as varchar), cast(is_measured as varchar),
        self_service, cast(volume_per_year as varchar)
    ) is not null as is_answered,
    cast(ownership as varchar) as ownership,
    cast(owner_role as varchar) as owner_role,
    cast({{ n_different_names('unit_names') }} as integer) as n_units,
    {{ as_text_list('system_names') }} as system_names,
    cast(described_date as date) as described_date,
    cast(is_described as boolean) as is_described,
    cast(is_measured as boolean) as is_measured,
    cast(self_service as varchar) as self_service,
    cast(volume_per_year as bigint) as volume_per_year,
    {{ as_text_list('focus_area_ids') }} as focus_area_ids,
    {{ names_a_role('owner_role') | indent(4) }} as has_owner_role,
    {{ role_key() }} as role_key
from source
