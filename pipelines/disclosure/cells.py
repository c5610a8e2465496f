"""Which values and groups must be hidden from all: every cell marked, every group of hidden members."""

from __future__ import annotations

# Every value with two marks: does it rest on people's answers, and must it be hidden from all? Bounds are
# told without a value too, so they are judged whatever the status.
CELL = """
create table disclosure.cell as
with cells as (
    select
        v.*,
        -- One official answer is the municipality's word, not a person's: not rounded, not hidden.
        -- An indicator that the catalogue does not know is treated as the strictest kind.
        coalesce(i.source_kind, 'survey') = 'survey' and v.collection_mode = 'respondents' as is_people,
        coalesce(i.unit, 'percent') = 'percent' as is_share,
        coalesce(c.new_number, v.municipality_number) as current_number,
    from build.main.fct_indicator_value as v
    left join build.main.dim_indicator as i using (indicator_id)
    -- Of a number that was split nothing is told on today's boundaries.
    left join build.reference.municipality_change as c
        on v.municipality_number = c.old_number and c.kind <> 'split'
),

-- What the parts of a municipality of today are told to have, together.
parts as (
    select
        current_number, period, indicator_id, collection_mode, focus_area,
        sum(n) as n, sum(numerator) as numerator, sum(denominator) as denominator,
    from cells
    where boundary = 'delivered' and status = 'ok'
    group by all
),

judged as (
    select
        cells.*,
        cells.is_people and (
            tells_of_few(cells.n, cells.is_share, cells.numerator, cells.denominator)
            -- The whole minus a cut gives the rest: the rest must be as large as the cut.
            or (
                is_on('complement')
                and cells.focus_area <> 'all'
                and tells_of_few(
                    whole.n - cells.n,
                    cells.is_share,
                    whole.numerator - cells.numerator,
                    whole.denominator - cells.denominator
                )
            )
            -- What was merged minus the parts that are told gives the part that is not.
            or (
                is_on('merged_rest')
                and cells.boundary = 'delivered'
                and pool.n > parts.n
                and tells_of_few(
                    pool.n - parts.n,
                    cells.is_share,
                    pool.numerator - parts.numerator,
                    pool.denominator - parts.denominator
                )
            )
        ) as tells_alone,
        whole.n as n_whole, whole.numerator as numerator_whole, whole.denominator as denominator_whole,
    from cells
    left join cells as whole
        on
            cells.municipality_number = whole.municipality_number
            and cells.period = whole.period
            and cells.indicator_id = whole.indicator_id
            and cells.collection_mode = whole.collection_mode
            and cells.boundary = whole.boundary
            and whole.focus_area = 'all'
    left join parts
        on
            cells.current_number = parts.current_number
            and cells.period = parts.period
            and cells.indicator_id = parts.indicator_id
            and cells.collection_mode = parts.collection_mode
            and cells.focus_area = parts.focus_area
    left join cells as pool
        on
            cells.current_number = pool.municipality_number
            and cells.period = pool.period
            and cells.indicator_id = pool.indicator_id
            and cells.collection_mode = pool.collection_mode
            and cells.focus_area = pool.focus_area
            and pool.boundary = 'current'
            and pool.status = 'ok'
),

-- Where nobody carries two areas, the whole minus all cuts that are told is who is in none of them: of few,
-- the smallest of the cuts are hidden with them.
rests as (
    select
        municipality_number, period, indicator_id, collection_mode, boundary, focus_area,
        is_on('rest_of_cuts') and n_whole > sum(n) over larger and tells_of_few(
            n_whole - sum(n) over larger,
            is_share,
            numerator_whole - sum(numerator) over larger,
            denominator_whole - sum(denominator) over larger
        ) as tells_together,
    from judged
    where is_people and focus_area <> 'all' and status = 'ok' and not tells_alone
    window larger as (
        partition by municipality_number, period, indicator_id, collection_mode, boundary
        order by n desc, focus_area
        rows between unbounded preceding and current row
    )
)

select
    judged.*,
    tells_alone or coalesce(tells_together, false) as is_revealing,
    is_revealing and status = 'ok' as is_hidden,
from judged
left join rests using (municipality_number, period, indicator_id, collection_mode, boundary, focus_area)
"""

# A composite is the mean of its parts: where one of them is hidden in a cell (a cut whose rest is few in one
# question only), the composite of that cell would give it back.
COMPOSITE_OF_HIDDEN = """
update disclosure.cell as whole
set is_revealing = true, is_hidden = whole.status = 'ok'
from disclosure.cell as part, build.main.dim_indicator as i, build.reference.composite_part as c
where
    is_on('composite_of_hidden')
    and part.is_hidden
    and part.indicator_id = i.indicator_id
    and i.item_id is null
    and i.source_kind = 'survey'
    and i.dimension_id = c.dimension_id
    and c.indicator_id = whole.indicator_id
    and whole.is_people
    and part.municipality_number = whole.municipality_number
    and part.period = whole.period
    and part.focus_area = whole.focus_area
    and part.collection_mode = whole.collection_mode
    and part.boundary = whole.boundary
"""

# What is compared between municipalities and periods: whole, on today's boundaries.
WHOLE_CELL = """
create view disclosure.whole_cell as
select * from disclosure.cell where focus_area = 'all' and boundary = 'current'
"""

# Which pairs of indicator and collection mode are people's answers, for tables without a cell each.
PEOPLE_SOURCE = """
create table disclosure.people_source as
select distinct i.indicator_id, 'respondents' as collection_mode, true as is_people
from build.main.dim_indicator as i
where i.source_kind = 'survey'
"""

# Groups whose figures would give hidden cells back: the mean times N, less those that are shown.
# With three or more hidden only their sum is known, where groups do not overlap: size classes, and the
# whole less the classes that are shown, which is a group too. Other kinds of group overlap each other and
# these, and the difference of two sums is another sum: one hidden member is enough to hide them.
# Who belongs to a group stands in fct_position, of nearest neighbours in fct_neighbour; where these rows do
# not make up the group, the hidden ones cannot be counted and are taken for few.
GROUP_WITH_HIDDEN = """
create table disclosure.group_with_hidden as
with memberships as (
    select municipality_number, period, peer_group_type, peer_group, indicator_id, collection_mode,
    from build.main.fct_position
    where peer_group_type <> 'nearest'
    union all
    select
        c.municipality_number, c.period, 'nearest' as peer_group_type,
        c.municipality_number as peer_group, c.indicator_id, c.collection_mode,
    from disclosure.cell as c
    where c.focus_area = 'all' and c.boundary = 'current' and c.status = 'ok'
    union all
    select
        c.municipality_number, c.period, 'nearest' as peer_group_type,
        n.municipality_number as peer_group, c.indicator_id, c.collection_mode,
    from build.main.fct_neighbour as n
    inner join disclosure.cell as c
        on n.neighbour_number = c.municipality_number and n.period = c.period
    where c.focus_area = 'all' and c.boundary = 'current' and c.status = 'ok'
),

members as (
    select
        p.period, p.peer_group_type, p.peer_group, p.indicator_id, p.collection_mode,
        count(*) as n_listed,
        count(*) filter (where c.is_hidden) as n_hidden,
    from memberships as p
    inner join disclosure.cell as c
        using (municipality_number, period, indicator_id, collection_mode)
    where c.focus_area = 'all' and c.boundary = 'current'
    group by all
),

hidden_somewhere as (
    select distinct period, indicator_id, collection_mode from disclosure.cell where is_hidden
),

judged as (
    select
        b.period, b.peer_group_type, b.peer_group, b.indicator_id, b.collection_mode,
        starts_with(b.peer_group, 'fictional:') as is_fictional,
        coalesce(m.n_hidden, 0) as n_hidden,
        coalesce(m.n_listed, 0) <> b.n_municipalities
        or if(b.peer_group_type in ('all', 'size_class'), m.n_hidden between 1 and 2, m.n_hidden > 0)
            as is_revealing,
    from build.main.fct_benchmark as b
    semi join hidden_somewhere as h using (period, indicator_id, collection_mode)
    left join members as m using (period, peer_group_type, peer_group, indicator_id, collection_mode)
    where b.n_municipalities > 0
)

select * from judged
where is_revealing or n_hidden > 0
"""

# Where a member of a group is hidden, the places of the others tell where it stands: the rank that is
# missing, the median that moves. One hidden member is enough, whatever the kind of the group.
BESIDE_HIDDEN = """
create view disclosure.beside_hidden as
select period, peer_group_type, peer_group, indicator_id, collection_mode
from disclosure.group_with_hidden
where is_on('position_beside_hidden')
"""

REVEALING_GROUP = """
create table disclosure.revealing_group as
with hidden_in_shown_classes as (
    select period, indicator_id, collection_mode, is_fictional, sum(n_hidden) as n_hidden,
    from disclosure.group_with_hidden
    where peer_group_type = 'size_class' and not is_revealing
    group by all
)

select j.period, j.peer_group_type, j.peer_group, j.indicator_id, j.collection_mode
from disclosure.group_with_hidden as j
left join hidden_in_shown_classes as s using (period, indicator_id, collection_mode, is_fictional)
where
    is_on('group_of_hidden')
    and (
        j.is_revealing
        or (j.peer_group_type = 'all' and j.n_hidden - coalesce(s.n_hidden, 0) between 1 and 2)
    )
"""

# In this order: what a later one reads is made by an earlier one.
MARKS = (
    CELL,
    COMPOSITE_OF_HIDDEN,
    WHOLE_CELL,
    PEOPLE_SOURCE,
    GROUP_WITH_HIDDEN,
    BESIDE_HIDDEN,
    REVEALING_GROUP,
)
