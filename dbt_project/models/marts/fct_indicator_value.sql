-- The index, filled: every row has a status, only `ok` has a value. A row that no family computed has no
-- status and fails the contract.
with index_rows as (
    select * from {{ ref('int_index__indicator') }}
),

computed as (
    select * from {{ ref('int_index__value') }}
)

select
    index_rows.municipality_number,
    index_rows.period,
    index_rows.indicator_id,
    index_rows.focus_area,
    index_rows.collection_mode,
    index_rows.boundary,
    {{ worse_status('index_rows.blocking_status', 'computed.status') }} as status,
    computed.value,
    computed.lower_bound,
    computed.upper_bound,
    computed.ci_low,
    computed.ci_high,
    computed.numerator,
    computed.denominator,
    computed.n,
    computed.coverage
from index_rows
left join computed
    on
        index_rows.unit_id = computed.unit_id
        and index_rows.indicator_id = computed.indicator_id
        and index_rows.collection_mode = computed.collection_mode
