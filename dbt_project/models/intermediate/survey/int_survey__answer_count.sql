-- How many respondents of a municipality gave each answer to each question, in the whole and per focus area.
-- A million answers are read once here; what is asked of single questions is computed from the counts.
with answers as (
    select
        municipality_number,
        period,
        collection_mode,
        delivery_id,
        sheet,
        respondent_row,
        item_id,
        case when answer_status = 'ok' then cast(answer as varchar) else answer_status end as answer,
        case when answer_status = 'ok' then answer end as point
    from {{ ref('stg_lake__survey_answer') }}
    where not is_quarantined and item_id is not null
),

areas as (
    select * from {{ ref('int_survey__respondent_area') }}
),

placed as (
    {{ in_each_area('answers', 'respondent_row') }}
)

select
    municipality_number,
    period,
    focus_area,
    collection_mode,
    item_id,
    answer,
    point,
    count(*) as n
from placed
group by municipality_number, period, focus_area, collection_mode, item_id, answer, point
