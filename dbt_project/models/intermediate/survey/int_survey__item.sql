-- What the survey of a period asks: the items of its instrument with the length of their scale.
with periods as (
    select * from {{ ref('stg_reference__period') }}
),

items as (
    select * from {{ ref('stg_reference__instrument_item') }}
),

scales as (
    select * from {{ ref('stg_reference__scale') }}
)

select
    periods.period,
    periods.instrument_id,
    items.item_id,
    items.dimension_id,
    items.is_reversed,
    scales.n_points
from periods
inner join items on periods.instrument_id = items.instrument_id
inner join scales on items.scale_id = scales.scale_id
