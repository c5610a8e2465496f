-- Which earlier periods an indicator may be compared with: same frequency, and for what comes from a survey
-- the same instrument, or items that are linked one to one on scales of the same length.
with indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

periods as (
    select
        *,
        {{ frequency('period') }} as frequency
    from {{ ref('stg_reference__period') }}
),

instrument_items as (
    select * from {{ ref('stg_reference__instrument_item') }}
),

scales as (
    select * from {{ ref('stg_reference__scale') }}
),

links as (
    select * from {{ ref('stg_reference__item_link') }}
),

composite_parts as (
    select * from {{ ref('stg_reference__composite_part') }}
),

pairs as (
    select
        later.period,
        earlier.period as earlier_period,
        later.reference_date,
        earlier.reference_date as earlier_reference_date,
        later.instrument_id,
        earlier.instrument_id as earlier_instrument_id
    from periods as later
    inner join periods as earlier
        on
            later.frequency = earlier.frequency
            and later.reference_date > earlier.reference_date
),

items as (
    select
        instrument_items.instrument_id,
        instrument_items.item_id,
        instrument_items.dimension_id,
        scales.n_points
    from instrument_items
    inner join scales on instrument_items.scale_id = scales.scale_id
),

linked_items as (
    select
        links.instrument_id,
        links.earlier_instrument_id,
        links.item_id,
        links.earlier_item_id,
        later.dimension_id,
        earlier.dimension_id as earlier_dimension_id
    from links
    inner join items as later
        on
            links.instrument_id = later.instrument_id
            and links.item_id = later.item_id
    inner join items as earlier
        on
            links.earlier_instrument_id = earlier.instrument_id
            and links.earlier_item_id = earlier.item_id
            and later.n_points = earlier.n_points
),

dimensions as (
    select
        instrument_id,
        dimension_id,
        count(*) as n_items
    from items
    group by instrument_id, dimension_id
),

linked_counts as (
    select
        instrument_id,
        earlier_instrument_id,
        dimension_id,
        count(*) as n_links,
        count(distinct item_id) as n_items,
        count(distinct earlier_item_id) as n_earlier_items
    from linked_items
    where dimension_id = earlier_dimension_id
    group by instrument_id, earlier_instrument_id, dimension_id
),

linked_dimensions as (
    select linked_counts.*
    from linked_counts
    inner join dimensions as later
        on
            linked_counts.instrument_id = later.instrument_id
            and linked_counts.dimension_id = later.dimension_id
            and linked_counts.n_items = later.n_items
    inner join dimensions as earlier
        on
            linked_counts.earlier_instrument_id = earlier.instrument_id
            and linked_counts.dimension_id = earlier.dimension_id
            and linked_counts.n_earlier_items = earlier.n_items
    where
        linked_counts.n_links = linked_counts.n_items
        and linked_counts.n_links = linked_counts.n_earlier_items
),

-- A part that neither instrument asks about takes no part in either value.
linked_composites as (
    select
        pairs.period,
        pairs.earlier_period,
        composite_parts.indicator_id
    from pairs
    cross join composite_parts
    inner join dimensions
        on
            composite_parts.dimension_id = dimensions.dimension_id
            and dimensions.instrument_id in (pairs.instrument_id, pairs.earlier_instrument_id)
    left join linked_dimensions
        on
            pairs.instrument_id = linked_dimensions.instrument_id
            and pairs.earlier_instrument_id = linked_dimensions.earlier_instrument_id
            and composite_parts.dimension_id = linked_dimensions.dimension_id
    group by pairs.period, pairs.earlier_period, composite_parts.indicator_id
    having count(*) = count(linked_dimensions.dimension_id)
)

select
    indicators.indicator_id,
    pairs.period,
    pairs.earlier_period,
    pairs.reference_date,
    pairs.earlier_reference_date
from pairs
cross join indicators
left join linked_dimensions
    on
        pairs.instrument_id = linked_dimensions.instrument_id
        and pairs.earlier_instrument_id = linked_dimensions.earlier_instrument_id
        and indicators.dimension_id = linked_dimensions.dimension_id
        and indicators.item_id is null
left join linked_items
    on
        pairs.instrument_id = linked_items.instrument_id
        and pairs.earlier_instrument_id = linked_items.earlier_instrument_id
        and indicators.item_id = linked_items.item_id
        and indicators.item_id = linked_items.earlier_item_id
left join linked_composites
    on
        pairs.period = linked_composites.period
        and pairs.earlier_period = linked_composites.earlier_period
        and indicators.indicator_id = linked_composites.indicator_id
where
    (indicators.source_kind <> 'survey' and coalesce(indicators.second_source_kind, '') <> 'survey')
    or pairs.instrument_id = pairs.earlier_instrument_id
    or linked_dimensions.dimension_id is not null
    or linked_items.item_id is not null
    or linked_composites.indicator_id is not null
