-- What values are computed for: a municipality in a period, whole and per focus area. A municipality that
-- is today what it was then has one unit for both boundaries.
with municipalities as (
    select * from {{ ref('int_index__municipality') }}
    where boundary = unit_boundary
),

focus_areas as (
    select 'all' as focus_area
    union all
    select focus_area_id as focus_area
    from {{ ref('stg_reference__focus_area') }}
)

select
    {{ unit_id(
        'municipalities.municipality_number',
        'municipalities.period',
        'municipalities.unit_boundary',
        'focus_areas.focus_area'
    ) }} as unit_id,
    municipalities.municipality_number,
    municipalities.period,
    municipalities.unit_boundary as boundary,
    focus_areas.focus_area,
    municipalities.year,
    municipalities.reference_date,
    municipalities.instrument_id,
    municipalities.is_fictional
from municipalities
cross join focus_areas
