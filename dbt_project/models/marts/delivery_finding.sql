-- What the gate said of each delivery, in the order of its report.
with findings as (
    select * from {{ ref('stg_ledger__delivery_finding') }}
)

select
    delivery_id,
    finding_number,
    severity,
    rule,
    sheet,
    row_number,
    column_name,
    value,
    sentence_nb,
    sentence_en
from findings
