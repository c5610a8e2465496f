with source as (
    select * from {{ source('lake', 'survey_respondent') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(collection_mode as varchar) as collection_mode,
    cast(role_group_id as varchar) as role_group_id,
    {{ as_text_list('focus_area_ids') }} as focus_area_ids,
    cast(n_invited as bigint) as n_invited
from source
