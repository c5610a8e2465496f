-- The survey items that an indicator of a period is computed from: its own, those of its dimension, or those
-- of the dimensions that it is made of.
with indicators as (
    select * from {{ ref('stg_reference__indicator') }}
    where source_kind = 'survey'
),

parts as (
    select * from {{ ref('stg_reference__composite_part') }}
),

items as (
    select * from {{ ref('int_survey__item') }}
)

select
    indicators.indicator_id,
    items.period,
    items.item_id
from indicators
inner join items on indicators.item_id = items.item_id
union all
select
    indicators.indicator_id,
    items.period,
    items.item_id
from indicators
inner join items on indicators.dimension_id = items.dimension_id
where indicators.item_id is null
union all
select
    indicators.indicator_id,
    items.period,
    items.item_id
from indicators
inner join parts on indicators.indicator_id = parts.indicator_id
inner join items on parts.dimension_id = items.dimension_id
