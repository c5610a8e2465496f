with source as (
    select * from {{ source('ledger', 'delivery_finding') }}
)

select
    cast(delivery_id as varchar) as delivery_id,
    cast(finding_number as integer) as finding_number,
    cast(severity as varchar) as severity,
    cast(rule as varchar) as rule,
    cast(sheet as varchar) as sheet,
    cast(row_number as bigint) as row_number,
    cast(column_name as varchar) as column_name,
    cast(value as varchar) as value,
    cast(sentence_nb as varchar) as sentence_nb,
    cast(sentence_en as varchar) as sentence_en
from source
