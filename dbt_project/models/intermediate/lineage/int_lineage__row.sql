-- From a value back to the delivered rows that recompute it: models run on these rows alone give the value
-- again (tests/integration/test_lineage.py). A view, looked up value by value; it never leaves the build,
-- since rows of a survey are single respondents.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

datasets as (
    select * from {{ ref('int_lineage__dataset') }}
),

items as (
    select distinct * from {{ ref('int_lineage__item') }}
),

answers as (
    select * from {{ ref('stg_lake__survey_answer') }}
),

respondents as (
    select * from {{ ref('stg_lake__survey_respondent') }}
),

respondent_areas as (
    select * from {{ ref('int_survey__respondent_area') }}
),

processes as (
    select * from {{ ref('stg_lake__process') }}
),

process_data as (
    select * from {{ ref('stg_lake__process_data') }}
),

initiatives as (
    select * from {{ ref('stg_lake__initiative') }}
),

systems as (
    select * from {{ ref('stg_lake__system') }}
),

function_answers as (
    select * from {{ ref('stg_lake__function_answer') }}
),

cells as (
    select * from {{ ref('stg_lake__system_data_object') }}
),

exchanges as (
    select * from {{ ref('stg_lake__exchange') }}
),

shared_services as (
    select * from {{ ref('stg_lake__shared_service') }}
),

core_processes as (
    select * from {{ ref('stg_reference__process') }}
    where tier = 'kjerne'
),

core_objects as (
    select * from {{ ref('stg_reference__data_object') }}
    where tier = 'kjerne'
),

pairs as (
    select distinct
        process_id,
        data_object_id
    from {{ ref('stg_reference__process_object') }}
),

relevant_services as (
    select * from {{ ref('stg_reference__shared_service') }}
    where is_relevant
)

select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'survey_answer' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.item_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'survey_answer'
inner join parts on questions.unit_id = parts.unit_id
inner join answers as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join items
    on
        questions.indicator_id = items.indicator_id
        and questions.period = items.period
        and lake_rows.item_id = items.item_id
left join respondent_areas
    on
        lake_rows.delivery_id = respondent_areas.delivery_id
        and lake_rows.sheet = respondent_areas.sheet
        and lake_rows.respondent_row = respondent_areas.row_number
        and parts.focus_area = respondent_areas.focus_area
where
    lake_rows.collection_mode = questions.collection_mode
    and not lake_rows.is_quarantined
    and (parts.focus_area = 'all' or respondent_areas.focus_area is not null)
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'survey_respondent' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(parts.focus_area, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'survey_respondent'
inner join parts on questions.unit_id = parts.unit_id
inner join respondents as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join respondent_areas
    on
        lake_rows.delivery_id = respondent_areas.delivery_id
        and lake_rows.sheet = respondent_areas.sheet
        and lake_rows.row_number = respondent_areas.row_number
        and parts.focus_area = respondent_areas.focus_area
where
    lake_rows.collection_mode = questions.collection_mode
    and not lake_rows.is_quarantined
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'process' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.process_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'process'
inner join parts on questions.unit_id = parts.unit_id
inner join processes as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join core_processes on lake_rows.process_id = core_processes.process_id
where
    (parts.focus_area = 'all' or parts.focus_area = core_processes.focus_area_id)
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'process_data' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.process_key || ' · ' || lake_rows.data_object_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'process_data'
inner join parts on questions.unit_id = parts.unit_id
inner join process_data as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join core_processes on lake_rows.process_key = core_processes.process_id
inner join pairs
    on
        lake_rows.process_key = pairs.process_id
        and lake_rows.data_object_id = pairs.data_object_id
where
    (parts.focus_area = 'all' or parts.focus_area = core_processes.focus_area_id)
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'initiative' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.initiative_name, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'initiative'
inner join parts on questions.unit_id = parts.unit_id
inner join initiatives as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'system' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.system_key, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'system'
inner join parts on questions.unit_id = parts.unit_id
inner join systems as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'function_answer' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.function_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'function_answer'
inner join parts on questions.unit_id = parts.unit_id
inner join function_answers as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'system_data_object' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.system_key || ' · ' || lake_rows.data_object_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'system_data_object'
inner join parts on questions.unit_id = parts.unit_id
inner join cells as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join core_objects on lake_rows.data_object_id = core_objects.data_object_id
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'exchange' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.from_system_key || ' → ' || lake_rows.to_system_key, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'exchange'
inner join parts on questions.unit_id = parts.unit_id
inner join exchanges as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
union all
select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'shared_service' as dataset,
    datasets.used_for,
    lake_rows.delivery_id,
    lake_rows.sheet,
    lake_rows.row_number,
    lake_rows.is_quarantined,
    coalesce(lake_rows.service_id, '') as thing
from questions
inner join datasets
    on
        questions.indicator_id = datasets.indicator_id
        and datasets.dataset = 'shared_service'
inner join parts on questions.unit_id = parts.unit_id
inner join shared_services as lake_rows
    on
        parts.part_number = lake_rows.municipality_number
        and parts.period = lake_rows.period
inner join relevant_services on lake_rows.service_id = relevant_services.service_id
