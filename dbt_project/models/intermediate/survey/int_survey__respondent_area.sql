-- The focus areas that a respondent carries, each of which counts the respondent. Who carries none counts
-- in the whole only, and so do official answers.
with respondents as (
    select * from {{ ref('stg_lake__survey_respondent') }}
    where not is_quarantined and collection_mode = 'respondents'
),

carried as (
    select
        delivery_id,
        sheet,
        row_number,
        {{ each_element('focus_area_ids') }} as focus_area
    from respondents
)

select distinct
    delivery_id,
    sheet,
    row_number,
    focus_area
from carried
where focus_area is not null
