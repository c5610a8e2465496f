-- The questions put to the families: the index by unit, so that what is the same on both boundaries is
-- computed once.
with index_rows as (
    select * from {{ ref('int_index__indicator') }}
)

select distinct
    unit_id,
    period,
    focus_area,
    indicator_id,
    collection_mode,
    family,
    dimension_id,
    item_id,
    blocking_status
from index_rows
