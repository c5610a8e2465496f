with source as (
    select * from {{ source('lake', 'system') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(system_key as varchar) as system_key,
    cast(system_name as varchar) as system_name,
    cast(vendor as varchar) as vendor,
    cast(product as varchar) as product,
    cast(product_id as varchar) as product_id,
    cast(lifecycle as varchar) as lifecycle,
    cast(contract_end_date as date) as contract_end_date,
    cast(annual_cost as decimal(18, 2)) as annual_cost,
    {{ as_text_list('function_ids') }} as function_ids,
    {{ as_text_list('focus_area_ids') }} as focus_area_ids,
    cast(acquired_date as date) as acquired_date,
    cast(is_acquired as boolean) as is_acquired,
    cast(has_personal_data as boolean) as has_personal_data,
    cast(risk_assessed_date as date) as risk_assessed_date,
    cast(is_risk_assessed as boolean) as is_risk_assessed,
    cast(functional_fit as integer) as functional_fit,
    cast(technical_fit as integer) as technical_fit,
    {{ names_a_role('owner_role') | indent(4) }} as has_owner_role,
    {{ role_key() }} as role_key
from source
