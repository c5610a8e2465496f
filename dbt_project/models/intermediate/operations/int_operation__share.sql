-- REG_USE, NAT_USE, INT_AUTO, TIME_E, SYS_ROS, SYS_NEW: the share rule over the things of all parts of a
-- unit. All but NAT_USE need COV_SYS beside their own coverage.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family in ('REG', 'NAT', 'INT', 'TIME', 'SYS') and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

things as (
    select * from {{ ref('int_operation__thing') }}
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_SYS'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

-- A thing counts in the whole, and in every area that its system carries.
thing_areas as (
    select
        things.*,
        'all' as focus_area
    from things
    union all
    select
        things.*,
        system_areas.focus_area
    from things
    inner join system_areas
        on
            things.municipality_number = system_areas.municipality_number
            and things.period = system_areas.period
            and things.system_key = system_areas.system_key
),

counts as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        questions.family,
        {{ share_counts(
            'thing_areas.is_in_scope', 'thing_areas.answer', 'thing_areas.thing_id is not null'
        ) | indent(8) }}
    from questions
    inner join parts on questions.unit_id = parts.unit_id
    left join thing_areas
        on
            questions.indicator_id = thing_areas.indicator_id
            and parts.part_number = thing_areas.municipality_number
            and parts.period = thing_areas.period
            and parts.focus_area = thing_areas.focus_area
    group by questions.unit_id, questions.indicator_id, questions.collection_mode, questions.family
),

judged as (
    select
        counts.*,
        {{ share_status('thresholds.min_coverage_percent') }} as status
    from counts
    cross join thresholds
    left join family_coverage
        on
            counts.unit_id = family_coverage.unit_id
            and counts.family <> 'NAT'
)

select
    unit_id,
    indicator_id,
    collection_mode,
    {{ share_columns() }}
from judged
