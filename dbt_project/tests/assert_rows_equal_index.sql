-- fct_indicator_value has exactly the rows of the index, worked out here from the sources of the index and
-- not from its models: (participants ∪ deliverers, as they were and as they are today) × indicator ×
-- collection mode, and the cuts of what nothing rules out.
with periods as (
    select * from {{ ref('stg_reference__period') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

changes as (
    select * from {{ ref('stg_reference__municipality_change') }}
),

deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
),

respondents as (
    select * from {{ ref('stg_lake__survey_respondent') }}
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
    where family <> 'SBO'
),

facts as (
    select * from {{ ref('fct_indicator_value') }}
),

named as (
    select
        municipality_number,
        period
    from {{ ref('stg_reference__participant') }}
    union distinct
    select
        municipality_number,
        period
    from deliveries
),

-- What each is today; a number of today that was not valid yet is nobody.
led as (
    select
        named.municipality_number,
        named.period,
        municipalities.municipality_number as current_number
    from named
    inner join periods on named.period = periods.period
    inner join municipalities on named.municipality_number = municipalities.municipality_number
    where municipalities.first_year is null or municipalities.first_year <= periods.year
    union all
    select
        named.municipality_number,
        named.period,
        changes.new_number as current_number
    from named
    inner join periods on named.period = periods.period
    inner join changes on named.municipality_number = changes.old_number
    where
        (changes.first_year is null or changes.first_year <= periods.year)
        and changes.last_year >= periods.year
),

looked_at as (
    select distinct
        municipality_number,
        period,
        'delivered' as boundary,
        municipality_number as part_number
    from led
    union all
    select distinct
        current_number as municipality_number,
        period,
        'current' as boundary,
        municipality_number as part_number
    from led
),

register_kinds as (
    select distinct source_kind from indicators
    where source_kind <> 'survey'
),

modes as (
    select distinct
        municipality_number,
        period,
        boundary,
        'survey' as source_kind,
        'respondents' as collection_mode
    from looked_at
    union all
    select distinct
        looked_at.municipality_number,
        looked_at.period,
        looked_at.boundary,
        'survey' as source_kind,
        'official' as collection_mode
    from looked_at
    inner join deliveries
        on
            looked_at.part_number = deliveries.municipality_number
            and looked_at.period = deliveries.period
    where
        deliveries.kind = 'survey'
        and deliveries.collection_mode = 'official'
        and (deliveries.is_counting or deliveries.status in ('rejected', 'conflict'))
    union all
    select distinct
        looked_at.municipality_number,
        looked_at.period,
        looked_at.boundary,
        register_kinds.source_kind,
        'register' as collection_mode
    from looked_at
    cross join register_kinds
),

whole as (
    select
        modes.municipality_number,
        modes.period,
        modes.boundary,
        modes.collection_mode,
        indicators.indicator_id,
        indicators.source_kind,
        indicators.has_focus_area_cut
    from modes
    inner join indicators on modes.source_kind = indicators.source_kind
),

carried as (
    select
        municipality_number,
        period,
        {{ each_element('focus_area_ids') }} as focus_area
    from respondents
    where collection_mode = 'respondents' and not is_quarantined
),

-- Register kinds are cut by every area, a survey by those that an accepted respondent carries.
areas as (
    select
        'register' as collection_mode,
        looked_at.municipality_number,
        looked_at.period,
        looked_at.boundary,
        focus_areas.focus_area_id as focus_area
    from looked_at
    cross join {{ ref('stg_reference__focus_area') }} as focus_areas
    union distinct
    select
        'respondents' as collection_mode,
        looked_at.municipality_number,
        looked_at.period,
        looked_at.boundary,
        carried.focus_area
    from looked_at
    inner join carried
        on
            looked_at.part_number = carried.municipality_number
            and looked_at.period = carried.period
),

expected as (
    select
        municipality_number,
        period,
        indicator_id,
        'all' as focus_area,
        collection_mode,
        boundary
    from whole
    union all
    select
        whole.municipality_number,
        whole.period,
        whole.indicator_id,
        areas.focus_area,
        whole.collection_mode,
        whole.boundary
    from whole
    inner join areas
        on
            whole.municipality_number = areas.municipality_number
            and whole.period = areas.period
            and whole.boundary = areas.boundary
            and whole.collection_mode = areas.collection_mode
    inner join facts
        on
            whole.municipality_number = facts.municipality_number
            and whole.period = facts.period
            and whole.boundary = facts.boundary
            and whole.collection_mode = facts.collection_mode
            and whole.indicator_id = facts.indicator_id
            and facts.focus_area = 'all'
    where
        whole.has_focus_area_cut
        and facts.status not in ('not_applicable', 'not_delivered', 'rejected', 'break_in_series')
),

found as (
    select
        municipality_number,
        period,
        indicator_id,
        focus_area,
        collection_mode,
        boundary
    from facts
),

missing as (
    select * from expected
    except all
    select * from found
),

unexpected as (
    select * from found
    except all
    select * from expected
)

select
    *,
    'missing' as fault
from missing
union all
select
    *,
    'unexpected' as fault
from unexpected
