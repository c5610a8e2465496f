-- INI_MAP, INI_OWN, INI_BEN: the share rule over the initiatives of all parts of a unit.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'INI' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

initiatives as (
    select * from {{ ref('int_process__initiative') }}
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_PRO'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

unit_initiatives as (
    select
        parts.unit_id,
        initiatives.*
    from parts
    inner join initiatives
        on
            parts.part_number = initiatives.municipality_number
            and parts.period = initiatives.period
),

things as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        unit_initiatives.initiative_key is not null as is_thing,
        case questions.indicator_id
            when 'INI_MAP' then unit_initiatives.is_mapped
            when 'INI_OWN' then unit_initiatives.is_owned
            when 'INI_BEN' then unit_initiatives.is_benefit_measured
        end as answer
    from questions
    left join unit_initiatives on questions.unit_id = unit_initiatives.unit_id
),

counts as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        {{ share_counts('true', 'answer', 'is_thing') | indent(8) }}
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
