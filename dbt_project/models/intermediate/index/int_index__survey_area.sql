-- The focus areas that an accepted respondent of a unit carries: what its survey can be cut by.
with parts as (
    select * from {{ ref('int_index__part') }}
    where focus_area <> 'all'
),

respondents as (
    select * from {{ ref('stg_lake__survey_respondent') }}
    where not is_quarantined and collection_mode = 'respondents'
),

carried as (
    select distinct
        municipality_number,
        period,
        {{ each_element('focus_area_ids') }} as focus_area
    from respondents
)

select distinct
    parts.unit_id,
    parts.focus_area
from parts
inner join carried
    on
        parts.part_number = carried.municipality_number
        and parts.period = carried.period
        and parts.focus_area = carried.focus_area
