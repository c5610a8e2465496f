with source as (
    select * from {{ source('lake', 'survey_answer') }}
)

select
    cast(municipality_number as varchar) as municipality_number,
    cast(period as varchar) as period,
    cast(delivery_id as varchar) as delivery_id,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(is_quarantined as boolean) as is_quarantined,
    cast(collection_mode as varchar) as collection_mode,
    cast(respondent_row as bigint) as respondent_row,
    cast(item_id as varchar) as item_id,
    cast(answer_status as varchar) as answer_status,
    cast(answer as integer) as answer
from source
