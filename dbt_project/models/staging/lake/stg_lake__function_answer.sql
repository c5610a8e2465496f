-- A wide form answers about several functions in one row of the file: there the function tells them apart.
with source as (
    select * from {{ source('lake', 'function_answer') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    coalesce(cast(function_id as varchar), '') as function_id,
    {{ as_text_list('system_keys') }} as system_keys,
    coalesce(cast(has_none as boolean), false) as has_none,
    coalesce(cast(is_complete as boolean), false) as is_complete
from source
