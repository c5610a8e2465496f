-- How the answers to each question fall, in each peer group but the nearest: the respondents of the group's
-- municipalities of today together, or its official answers. Every answer that could be given to a question
-- that was asked has a row.
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
        cast({{ each_whole_number('n_points') }} as varchar) as answer,
        true as is_point
    from items
    union all
    select
        items.period,
        items.item_id,
        without_point.answer,
        false as is_point
    from items
    cross join (
        values ('dont_know'), ('not_relevant'), ('blank'), ('invalid')
    ) as without_point (answer)
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

possible as (
    select distinct
        counted.period,
        counted.item_id,
        counted.collection_mode,
        counted.peer_group_type,
        counted.peer_group,
        possible_answers.answer,
        possible_answers.is_point
    from counted
    inner join possible_answers
        on
            counted.period = possible_answers.period
            and counted.item_id = possible_answers.item_id
),

filled as (
    select
        possible.*,
        coalesce(counted.n, 0) as n_answers,
        -- Who did not answer, or not validly, hides nobody among them.
        sum(case when possible.is_point then coalesce(counted.n, 0) else 0 end) over (
            partition by
                possible.period,
                possible.item_id,
                possible.collection_mode,
                possible.peer_group_type,
                possible.peer_group
        ) as n_answered
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
        {{ first_status({
            'too_few_respondents':
                "filled.collection_mode <> 'official' and filled.n_answered < thresholds.min_respondents",
        }) }} as status
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
