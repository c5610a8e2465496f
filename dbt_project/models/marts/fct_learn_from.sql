-- Who has closed a gap: for each indicator on which a municipality is not the best, the owners of the same
-- cooperation body (without a body: its nearest neighbours) that stand surely better, or have reached the
-- target that it has not reached. First those whose lead is sure whatever the learner's own range hides.
with facts as (
    select * from {{ ref('fct_indicator_value') }}
    where focus_area = 'all' and boundary = 'current' and status = 'ok'
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

targets as (
    select * from {{ ref('stg_reference__target') }}
),

groups as (
    select * from {{ ref('int_peer__group') }}
),

neighbours as (
    select * from {{ ref('int_peer__neighbour') }}
),

-- An owner of several bodies learns from all of them.
owner_pairs as (
    select distinct
        learners.municipality_number,
        learners.period,
        teachers.municipality_number as teacher_number
    from groups as learners
    inner join groups as teachers
        on
            learners.period = teachers.period
            and learners.peer_group_type = teachers.peer_group_type
            and learners.peer_group = teachers.peer_group
            and learners.municipality_number <> teachers.municipality_number
    where learners.peer_group_type = 'owners'
),

owners as (
    select distinct
        municipality_number,
        period
    from groups
    where peer_group_type = 'owners'
),

pairs as (
    select * from owner_pairs
    union all
    select
        neighbours.municipality_number,
        neighbours.period,
        neighbours.neighbour_number as teacher_number
    from neighbours
    left join owners
        on
            neighbours.municipality_number = owners.municipality_number
            and neighbours.period = owners.period
    where owners.municipality_number is null
),

-- Turned so that more is better; at worst the less favourable bound, surely also the interval's end.
turned as (
    select
        facts.municipality_number,
        facts.period,
        facts.indicator_id,
        facts.collection_mode,
        facts.value,
        {{ exact_decimal(least_favourable_end(
            'indicators.better', 'facts.value', 'facts.value'
        )) }} as standing,
        {{ exact_decimal(least_favourable_end(
            'indicators.better',
            'coalesce(facts.lower_bound, facts.value)',
            'coalesce(facts.upper_bound, facts.value)'
        )) }} as standing_at_worst,
        {{ exact_decimal(least_favourable_end(
            'indicators.better', low_end('facts'), high_end('facts')
        )) }} as surely_at_least,
        {{ exact_decimal(most_favourable_end(
            'indicators.better', low_end('facts'), high_end('facts')
        )) }} as surely_at_most,
        {{ exact_decimal(least_favourable_end(
            'indicators.better', 'targets.value', 'targets.value'
        )) }} as target
    from facts
    inner join indicators on facts.indicator_id = indicators.indicator_id
    left join targets on facts.indicator_id = targets.indicator_id
    where indicators.better <> 'neutral'
),

standings as (
    select
        *,
        standing_at_worst >= target as has_reached_target
    from turned
),

lessons as (
    select
        pairs.municipality_number,
        pairs.period,
        learners.indicator_id,
        learners.collection_mode,
        pairs.teacher_number,
        teachers.value as teacher_value,
        learners.value as own_value,
        teachers.has_reached_target,
        teachers.surely_at_least > learners.surely_at_most as is_sure,
        row_number() over (
            partition by
                pairs.municipality_number, pairs.period, learners.indicator_id, learners.collection_mode
            order by
                case when teachers.surely_at_least > learners.surely_at_most then 0 else 1 end asc,
                teachers.standing_at_worst desc,
                teachers.standing desc,
                pairs.teacher_number asc
        ) as place
    from pairs
    inner join standings as learners
        on
            pairs.municipality_number = learners.municipality_number
            and pairs.period = learners.period
    inner join standings as teachers
        on
            pairs.teacher_number = teachers.municipality_number
            and pairs.period = teachers.period
            and learners.indicator_id = teachers.indicator_id
            and learners.collection_mode = teachers.collection_mode
    where
        teachers.standing > learners.standing
        and (
            teachers.surely_at_least > learners.standing
            or (teachers.has_reached_target and not learners.has_reached_target)
        )
)

select
    municipality_number,
    period,
    indicator_id,
    collection_mode,
    place,
    teacher_number,
    teacher_value,
    own_value,
    has_reached_target,
    is_sure
from lessons
where place <= {{ max_teachers() }}
