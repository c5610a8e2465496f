-- How the answers to each question fall, in each peer group but the nearest: the respondents of the group's
-- municipalities of today together, or its official answers. Every answer that could be given has a row.
with peer_groups as (
    select * from {{ ref('int_peer__group') }}
    where peer_group_type <> 'nearest'
),

-- A municipality that received a part of another has no numbers of its own for that time, and the
-- respondents of the one that was split would be counted in each of those.
municipalities as (
    select
        municipality_number,
        period,
        {{ unit_id('municipality_number', 'period', 'unit_boundary', "'all'") }} as unit_id
    from {{ ref('int_index__municipality') }}
    where boundary = 'current' and not is_break
),

delivered as (
    select * from {{ ref('int_index__delivery_status') }}
    where source_kind = 'survey' and delivery_status = 'delivered'
),

parts as (
    select * from {{ ref('int_index__part') }}
),

items as (
    select * from {{ ref('int_survey__item') }}
),

answer_counts as (
    select * from {{ ref('int_survey__answer_count') }}
    where focus_area = 'all'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

members as (
    select
        peer_groups.period,
        peer_groups.peer_group_type,
        peer_groups.peer_group,
        delivered.collection_mode,
        delivered.unit_id
    from peer_groups
    inner join municipalities
        on
            peer_groups.municipality_number = municipalities.municipality_number
            and peer_groups.period = municipalities.period
    inner join delivered on municipalities.unit_id = delivered.unit_id
),

possible_answers as (
    select
        period,
        item_id,
        cast({{ each_whole_number('n_points') }} as varchar) as answer
    from items
    union all
    select
        items.period,
        items.item_id,
        without_point.answer
    from items
    cross join (
        values ('dont_know'), ('not_relevant'), ('blank'), ('invalid')
    ) as without_point (answer)
),

possible as (
    select distinct
        members.period,
        possible_answers.item_id,
        members.collection_mode,
        members.peer_group_type,
        members.peer_group,
        possible_answers.answer
    from members
    inner join possible_answers on members.period = possible_answers.period
),

counted as (
    select
        members.period,
        answer_counts.item_id,
        members.collection_mode,
        members.peer_group_type,
        members.peer_group,
        answer_counts.answer,
        cast(sum(answer_counts.n) as bigint) as n
    from members
    inner join parts on members.unit_id = parts.unit_id
    inner join answer_counts
        on
            parts.part_number = answer_counts.municipality_number
            and parts.period = answer_counts.period
            and members.collection_mode = answer_counts.collection_mode
    group by
        members.period,
        answer_counts.item_id,
        members.collection_mode,
        members.peer_group_type,
        members.peer_group,
        answer_counts.answer
),

filled as (
    select
        possible.*,
        coalesce(counted.n, 0) as n_answers,
        sum(coalesce(counted.n, 0)) over (
            partition by
                possible.period,
                possible.item_id,
                possible.collection_mode,
                possible.peer_group_type,
                possible.peer_group
        ) as n_respondents
    from possible
    left join counted
        on
            possible.period = counted.period
            and possible.item_id = counted.item_id
            and possible.collection_mode = counted.collection_mode
            and possible.peer_group_type = counted.peer_group_type
            and possible.peer_group = counted.peer_group
            and possible.answer = counted.answer
),

judged as (
    select
        filled.*,
        {{ respondent_status(
            'filled.collection_mode', 'filled.n_respondents', 'thresholds.min_respondents'
        ) }} as status
    from filled
    cross join thresholds
)

select
    period,
    item_id,
    collection_mode,
    peer_group_type,
    peer_group,
    answer,
    {{ when_ok('n_answers') }} as n,
    status
from judged
