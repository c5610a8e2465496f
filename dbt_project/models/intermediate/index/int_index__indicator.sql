-- The index of everything that is to have a status: municipality × period × boundary × indicator ×
-- collection mode, whole, and per focus area where nothing rules the whole out. It exists before any number
-- does, so nothing can vanish.
with municipalities as (
    select
        *,
        {{ unit_id('municipality_number', 'period', 'unit_boundary', "'all'") }} as whole_unit_id
    from {{ ref('int_index__municipality') }}
),

parts as (
    select * from {{ ref('int_index__part') }}
    where focus_area = 'all'
),

deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
),

delivery_statuses as (
    select * from {{ ref('int_index__delivery_status') }}
),

-- What concerns all owners together is no value of a municipality.
indicators as (
    select * from {{ ref('stg_reference__indicator') }}
    where family <> 'SBO'
),

items as (
    select * from {{ ref('int_survey__item') }}
),

focus_areas as (
    select * from {{ ref('stg_reference__focus_area') }}
),

survey_areas as (
    select * from {{ ref('int_index__survey_area') }}
),

offered_dimensions as (
    select distinct
        period,
        dimension_id
    from items
),

-- `official` is looked at only where official answers were sent.
official_units as (
    select distinct parts.unit_id
    from parts
    inner join deliveries
        on
            parts.part_number = deliveries.municipality_number
            and parts.period = deliveries.period
    where
        deliveries.kind = 'survey'
        and deliveries.collection_mode = 'official'
        and (deliveries.is_counting or deliveries.status in ('rejected', 'conflict'))
),

asked as (
    select
        municipalities.municipality_number,
        municipalities.period,
        municipalities.boundary,
        municipalities.unit_boundary,
        municipalities.whole_unit_id,
        municipalities.is_break,
        indicators.indicator_id,
        case when indicators.source_kind = 'survey' then 'respondents' else 'register' end
            as collection_mode
    from municipalities
    cross join indicators
    union all
    select
        municipalities.municipality_number,
        municipalities.period,
        municipalities.boundary,
        municipalities.unit_boundary,
        municipalities.whole_unit_id,
        municipalities.is_break,
        indicators.indicator_id,
        'official' as collection_mode
    from municipalities
    inner join official_units on municipalities.whole_unit_id = official_units.unit_id
    inner join indicators on indicators.source_kind = 'survey'
),

described as (
    select
        asked.municipality_number,
        asked.period,
        asked.boundary,
        asked.unit_boundary,
        asked.whole_unit_id,
        asked.is_break,
        asked.indicator_id,
        asked.collection_mode,
        indicators.source_kind,
        indicators.family,
        indicators.has_focus_area_cut,
        indicators.dimension_id,
        indicators.item_id,
        case when indicators.item_id is null then offered_dimensions.period else items.period end is null
        and indicators.dimension_id is not null as is_not_asked,
        own.delivery_status,
        -- Without a second kind the first one speaks for both.
        case
            when indicators.second_source_kind is null then own.delivery_status
            else second.delivery_status
        end as second_status
    from asked
    inner join indicators on asked.indicator_id = indicators.indicator_id
    left join offered_dimensions
        on
            asked.period = offered_dimensions.period
            and indicators.dimension_id = offered_dimensions.dimension_id
    left join items
        on
            asked.period = items.period
            and indicators.item_id = items.item_id
    left join delivery_statuses as own
        on
            asked.whole_unit_id = own.unit_id
            and indicators.source_kind = own.source_kind
            and asked.collection_mode = own.collection_mode
    left join delivery_statuses as second
        on
            asked.whole_unit_id = second.unit_id
            and indicators.second_source_kind = second.source_kind
            and case indicators.second_source_kind when 'survey' then 'respondents' else 'register' end
            = second.collection_mode
),

-- What rules a value out before it is computed; null where the family's model decides.
judged as (
    select
        *,
        nullif({{ first_status({
            'not_applicable': 'is_not_asked',
            'not_delivered': 'delivery_status is null or second_status is null',
            'rejected': "'rejected' in (delivery_status, second_status)",
            'break_in_series': 'is_break',
        }) }}, 'ok') as blocking_status
    from described
),

cut_areas as (
    select
        judged.*,
        focus_areas.focus_area_id as focus_area,
        {{ unit_id(
            'judged.municipality_number', 'judged.period', 'judged.unit_boundary', 'focus_areas.focus_area_id'
        ) }} as unit_id
    from judged
    cross join focus_areas
    where
        judged.has_focus_area_cut
        and judged.collection_mode <> 'official'
        and judged.blocking_status is null
)

select
    municipality_number,
    period,
    boundary,
    'all' as focus_area,
    indicator_id,
    collection_mode,
    whole_unit_id as unit_id,
    family,
    dimension_id,
    item_id,
    blocking_status
from judged
union all
select
    cut_areas.municipality_number,
    cut_areas.period,
    cut_areas.boundary,
    cut_areas.focus_area,
    cut_areas.indicator_id,
    cut_areas.collection_mode,
    cut_areas.unit_id,
    cut_areas.family,
    cut_areas.dimension_id,
    cut_areas.item_id,
    cut_areas.blocking_status
from cut_areas
left join survey_areas on cut_areas.unit_id = survey_areas.unit_id
where cut_areas.source_kind <> 'survey' or survey_areas.unit_id is not null
