-- An object that is none of the pack's is the municipality's own: it is not every object, as none named is.
with source as (
    select * from {{ source('lake', 'exchange') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(from_system as varchar) as from_system,
    cast(to_system as varchar) as to_system,
    cast(from_system_key as varchar) as from_system_key,
    cast(to_system_key as varchar) as to_system_key,
    coalesce(cast(data_object_id as varchar), 'local:' || {{ compared_name('data_object_name') }})
        as data_object_id,
    cast(is_automatic as boolean) as is_automatic
from source
