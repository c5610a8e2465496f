-- ONCE_GAP: the share rule over the pairs of core process and object for which the pack grants a register,
-- of all parts of a unit. The pairs of a process that was not delivered are unknown.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'ONCE' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

pairs as (
    select * from {{ ref('int_process__register_object') }}
    where tier = 'kjerne' and not is_absent
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_PRO'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

unit_pairs as (
    select
        parts.unit_id,
        pairs.data_object_id,
        case when pairs.is_delivered then pairs.is_gap end as is_gap
    from parts
    inner join pairs
        on
            parts.part_number = pairs.municipality_number
            and parts.period = pairs.period
            and (parts.focus_area = 'all' or parts.focus_area = pairs.focus_area_id)
),

counts as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        {{ share_counts('true', 'unit_pairs.is_gap', 'unit_pairs.data_object_id is not null') | indent(8) }}
    from questions
    left join unit_pairs on questions.unit_id = unit_pairs.unit_id
    group by questions.unit_id, questions.indicator_id, questions.collection_mode
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
