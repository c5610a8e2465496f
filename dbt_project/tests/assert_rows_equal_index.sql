-- fct_indicator_value has exactly the rows of the index, worked out here from the sources of the index and
-- not from its model: (participants ∪ deliverers) × indicator × boundary × collection mode.
with municipalities as (
    select municipality_number from {{ ref('stg_reference__municipality') }}
),

periods as (
    select period from {{ ref('stg_reference__period') }}
),

deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
),

candidates as (
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

looked_at as (
    select candidates.*
    from candidates
    inner join municipalities on candidates.municipality_number = municipalities.municipality_number
    inner join periods on candidates.period = periods.period
),

official as (
    select distinct
        municipality_number,
        period
    from deliveries
    where
        kind = 'survey'
        and collection_mode = 'official'
        and (is_counting or status in ('rejected', 'conflict'))
),

boundaries as (
    select 'delivered' as boundary
    union all
    select 'current' as boundary
),

expected as (
    select
        looked_at.municipality_number,
        looked_at.period,
        indicators.indicator_id,
        'all' as focus_area,
        case when indicators.source_kind = 'survey' then 'respondents' else 'register' end as collection_mode,
        boundaries.boundary
    from looked_at
    cross join {{ ref('stg_reference__indicator') }} as indicators
    cross join boundaries
    union all
    select
        looked_at.municipality_number,
        looked_at.period,
        indicators.indicator_id,
        'all' as focus_area,
        'official' as collection_mode,
        boundaries.boundary
    from looked_at
    inner join official
        on
            looked_at.municipality_number = official.municipality_number
            and looked_at.period = official.period
    inner join {{ ref('stg_reference__indicator') }} as indicators on indicators.source_kind = 'survey'
    cross join boundaries
),

found as (
    select
        municipality_number,
        period,
        indicator_id,
        focus_area,
        collection_mode,
        boundary
    from {{ ref('fct_indicator_value') }}
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
