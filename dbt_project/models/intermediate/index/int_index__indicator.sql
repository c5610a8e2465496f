-- The index of everything that is to have a status: municipality × period × indicator × collection mode
-- × boundary. It exists before any number does, so nothing can vanish.
with municipalities as (
    select * from {{ ref('int_index__municipality') }}
),

delivery_statuses as (
    select * from {{ ref('int_index__delivery_status') }}
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

items as (
    select * from {{ ref('int_survey__item') }}
),

boundaries as (
    select 'delivered' as boundary
    union all
    select 'current' as boundary
),

offered_dimensions as (
    select distinct
        period,
        dimension_id
    from items
),

register_kinds as (
    select distinct source_kind
    from indicators
    where source_kind <> 'survey'
),

-- `official` is looked at only where official answers were sent.
collection_modes as (
    select
        municipality_number,
        period,
        'survey' as source_kind,
        'respondents' as collection_mode
    from municipalities
    union all
    select
        municipality_number,
        period,
        source_kind,
        collection_mode
    from delivery_statuses
    where collection_mode = 'official'
    union all
    select
        municipalities.municipality_number,
        municipalities.period,
        register_kinds.source_kind,
        'register' as collection_mode
    from municipalities
    cross join register_kinds
)

select
    collection_modes.municipality_number,
    collection_modes.period,
    indicators.indicator_id,
    collection_modes.collection_mode,
    boundaries.boundary,
    indicators.family,
    indicators.dimension_id,
    indicators.item_id,
    -- What rules a value out before it is computed; null where the family's model decides.
    case
        when
            indicators.family = 'MOD'
            and indicators.dimension_id is not null
            and offered_dimensions.period is null
            then 'not_applicable'
        when indicators.family = 'BAR' and items.period is null then 'not_applicable'
        when delivery_statuses.delivery_status is null then 'not_delivered'
        when delivery_statuses.delivery_status = 'rejected' then 'rejected'
    end as blocking_status
from collection_modes
inner join indicators on collection_modes.source_kind = indicators.source_kind
cross join boundaries
left join delivery_statuses
    on
        collection_modes.municipality_number = delivery_statuses.municipality_number
        and collection_modes.period = delivery_statuses.period
        and collection_modes.source_kind = delivery_statuses.source_kind
        and collection_modes.collection_mode = delivery_statuses.collection_mode
left join offered_dimensions
    on
        collection_modes.period = offered_dimensions.period
        and indicators.dimension_id = offered_dimensions.dimension_id
left join items
    on
        collection_modes.period = items.period
        and indicators.item_id = items.item_id
