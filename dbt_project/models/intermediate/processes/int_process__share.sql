-- PRO_OWN, PRO_OWNX, PRO_XUN, PRO_X, PRO_DOC, PRO_MEAS, PRO_SELF: the share rule over the core processes of
-- all parts of a unit, in a cut those that the pack places in the area. (PRO_GAP, the one with a survey
-- item, has a model of its own.)
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'PRO' and item_id is null and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

processes as (
    select * from {{ ref('int_process__core_process') }}
    where not is_absent
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_PRO'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

unit_processes as (
    select
        parts.unit_id,
        processes.*
    from parts
    inner join processes
        on
            parts.part_number = processes.municipality_number
            and parts.period = processes.period
            and (parts.focus_area = 'all' or parts.focus_area = processes.focus_area_id)
),

things as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        unit_processes.process_id is not null
        and (questions.indicator_id <> 'PRO_SELF' or unit_processes.is_citizen_facing) as is_thing,
        case
            when questions.indicator_id in ('PRO_OWNX', 'PRO_XUN') then unit_processes.is_cross_unit
            else true
        end as is_in_scope,
        case questions.indicator_id
            when 'PRO_OWN' then unit_processes.ownership <> 'none'
            when 'PRO_OWNX' then unit_processes.ownership = 'process_owner'
            when 'PRO_XUN' then unit_processes.ownership = 'none'
            when 'PRO_X' then unit_processes.is_cross_unit
            when 'PRO_DOC' then unit_processes.is_described_recently
            when 'PRO_MEAS' then unit_processes.is_measured
            when 'PRO_SELF' then unit_processes.has_self_service
        end as answer
    from questions
    left join unit_processes on questions.unit_id = unit_processes.unit_id
),

counts as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        {{ share_counts('is_in_scope', 'answer', 'is_thing') | indent(8) }}
    from things
    group by unit_id, indicator_id, collection_mode
),

judged as (
    select
        counts.*,
        {{ share_status('thresholds.min_coverage_percent') }} as status
    from counts
    cross join thresholds
    inner join family_coverage on counts.unit_id = family_coverage.unit_id
)

select
    unit_id,
    indicator_id,
    collection_mode,
    {{ share_columns() }}
from judged
