-- SILO_OBJ: the value over the objects that the sure holders hold in two areas or more; the bounds over all
-- that each object may turn out to be. It rests on COV_SYS alone.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'SILO' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

objects as (
    select * from {{ ref('int_operation__silo_object') }}
    where may_be_silo or may_be_joined
),

family_coverage as (
    select * from {{ ref('int_coverage__count') }}
    where coverage_id = 'COV_SYS'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

things as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        objects.data_object_id is not null as is_thing,
        objects.is_silo,
        case when not objects.may_be_out then true end as is_in_scope,
        case when not objects.may_be_joined then true when not objects.may_be_silo then false end as answer
    from questions
    inner join parts on questions.unit_id = parts.unit_id
    left join objects
        on
            parts.part_number = objects.municipality_number
            and parts.period = objects.period
),

counts as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        count(*) filter (where is_silo) as n_silo,
        count(*) filter (where not is_silo) as n_joined,
        {{ share_counts('is_in_scope', 'answer', 'is_thing') | indent(8) }}
    from things
    group by unit_id, indicator_id, collection_mode
),

judged as (
    select
        counts.*,
        family_coverage.n_known as n_cells_known,
        family_coverage.n_all as n_cells,
        {{ first_status({
            'insufficient_coverage':
                is_below_coverage(
                    'family_coverage.n_known', 'family_coverage.n_all', 'thresholds.min_coverage_percent'
                ),
            'no_denominator': 'counts.n_silo + counts.n_joined = 0',
        }) }} as status
    from counts
    cross join thresholds
    inner join family_coverage on counts.unit_id = family_coverage.unit_id
)

select
    unit_id,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok(percent('n_silo', 'n_silo + n_joined')) }} as value,
    {{ when_bounded(share_lower_bound()) }} as lower_bound,
    {{ when_bounded(share_upper_bound()) }} as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(n_silo as double) as numerator,
    cast(n_silo + n_joined as double) as denominator,
    {{ share_all() }} as n,
    {{ coverage_percent('n_cells_known', 'n_cells') }} as coverage
from judged
