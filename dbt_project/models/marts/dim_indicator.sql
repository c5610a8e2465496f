-- The catalogue of indicators, as the reference pack has it.
with indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

targets as (
    select * from {{ ref('stg_reference__target') }}
)

select
    indicators.indicator_id,
    indicators.name_nb,
    indicators.name_en,
    indicators.description_nb,
    indicators.description_en,
    indicators.formula,
    indicators.unit,
    indicators.better,
    indicators.tier,
    indicators.principle,
    indicators.sub_goal,
    indicators.source_kind,
    indicators.family,
    indicators.dimension_id,
    indicators.item_id,
    indicators.version,
    cast(targets.value as double) as target
from indicators
left join targets on indicators.indicator_id = targets.indicator_id
