-- The catalogue of indicators, as the reference pack has it.
with indicators as (
    select * from {{ ref('stg_reference__indicator') }}
)

select
    indicator_id,
    name_nb,
    name_en,
    description_nb,
    description_en,
    formula,
    unit,
    better,
    tier,
    principle,
    sub_goal,
    source_kind,
    family,
    dimension_id,
    item_id,
    version
from indicators
