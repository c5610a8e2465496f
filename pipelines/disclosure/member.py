"""The member edition's tables, one statement each, each rule with its reason."""

from __future__ import annotations

MEMBER_INDICATOR_VALUE = """
select
    municipality_number, period, indicator_id, focus_area, collection_mode, boundary,
    if(is_hidden, 'suppressed', status) as status,
    released(value, is_hidden, is_people) as value,
    released(lower_bound, is_revealing, is_people) as lower_bound,
    released(upper_bound, is_revealing, is_people) as upper_bound,
    released(ci_low, is_hidden, is_people) as ci_low,
    released(ci_high, is_hidden, is_people) as ci_high,
    -- A sum of answers undoes the rounding of their mean.
    if(is_people and is_on('no_numerator'), null, numerator) as numerator,
    if(is_hidden, null, denominator) as denominator,
    n,
    coverage,
from disclosure.cell
"""

MEMBER_BENCHMARK = """
select
    b.period, b.peer_group_type, b.peer_group, b.indicator_id, b.collection_mode,
    b.n_municipalities,
    released(b.mean, r.period is not null, s.is_people) as mean,
    released(b.median, r.period is not null, s.is_people) as median,
    released(b.q1, r.period is not null, s.is_people) as q1,
    released(b.q3, r.period is not null, s.is_people) as q3,
    if(r.period is not null, 'suppressed', b.status) as status,
from build.main.fct_benchmark as b
left join disclosure.revealing_group as r
    using (period, peer_group_type, peer_group, indicator_id, collection_mode)
left join disclosure.people_source as s using (indicator_id, collection_mode)
"""

# A position tells how a value compares: of a hidden value it may tell nothing, nor may the places of the
# others, which leave open the one that is hidden. A value less its gap is the median of the group, which is
# hidden with the group: of two, the other's value could be worked out from it. The medians of the others are
# as many as the members, and one of them may be a hidden value itself: they are hidden with any member.
# Whether a conclusion is stable rests on several groups: it is hidden when any group of the municipality is.
MEMBER_POSITION = """
with judged as (
    select
        p.*,
        b.period is not null as is_beside_hidden,
        r.period is not null as is_of_revealing_group,
        h.period is not null as is_of_group_with_hidden,
        s.is_people,
        max(b.period is not null) over (
            partition by p.municipality_number, p.period, p.indicator_id, p.collection_mode
        ) as is_any_beside_hidden,
    from build.main.fct_position as p
    left join disclosure.beside_hidden as b
        using (period, peer_group_type, peer_group, indicator_id, collection_mode)
    left join disclosure.revealing_group as r
        using (period, peer_group_type, peer_group, indicator_id, collection_mode)
    left join disclosure.group_with_hidden as h
        using (period, peer_group_type, peer_group, indicator_id, collection_mode)
    left join disclosure.people_source as s using (indicator_id, collection_mode)
)

select
    municipality_number, period, indicator_id, collection_mode, peer_group_type, peer_group,
    n_municipalities,
    if(is_beside_hidden, null, rank) as rank,
    if(is_beside_hidden, null, percentile) as percentile,
    released(gap_to_median, is_beside_hidden or is_of_revealing_group, is_people) as gap_to_median,
    released(others_median, is_of_group_with_hidden, is_people) as others_median,
    if(is_beside_hidden, null, conclusion) as conclusion,
    if(is_beside_hidden, null, is_favourable) as is_favourable,
    if(is_any_beside_hidden, null, is_conclusion_stable) as is_conclusion_stable,
    if(is_beside_hidden, 'suppressed', status) as status,
from judged
anti join (from disclosure.whole_cell where is_hidden) as c
    using (municipality_number, period, indicator_id, collection_mode)
"""

# A change tells of two values: where either is hidden it tells of neither.
MEMBER_CHANGE = """
with marked as (
    select
        f.*,
        coalesce(c.is_people, s.is_people, false) as is_people,
        is_on('change_of_hidden') and (coalesce(c.is_hidden, false) or coalesce(p.is_hidden, false))
            as is_hidden,
    from build.main.fct_change as f
    left join disclosure.whole_cell as c using (municipality_number, period, indicator_id, collection_mode)
    left join disclosure.whole_cell as p
        on
            f.municipality_number = p.municipality_number
            and f.previous_period = p.period
            and f.indicator_id = p.indicator_id
            and f.collection_mode = p.collection_mode
    left join disclosure.people_source as s
        on f.indicator_id = s.indicator_id and f.collection_mode = s.collection_mode
)

select
    municipality_number, period, indicator_id, collection_mode,
    released(value, is_hidden, is_people) as value,
    if(is_hidden, null, previous_period) as previous_period,
    released(previous_value, is_hidden, is_people) as previous_value,
    released(change, is_hidden, is_people) as change,
    released(change_low, is_hidden, is_people) as change_low,
    released(change_high, is_hidden, is_people) as change_high,
    if(is_hidden, null, is_sure) as is_sure,
    if(is_hidden, null, method) as method,
    if(is_hidden, 'suppressed', status) as status,
from marked
"""

# Whom to learn from tells two values and their order. The places close up over what is left out, so that a
# gap does not tell that somebody hidden stands in it. At most five are listed, so a list that is shorter than
# it could be tells that somebody hidden stands before who is not on it: where a possible teacher is hidden
# (another owner of the municipality's bodies, without one a nearest neighbour), there is no list.
MEMBER_LEARN_FROM = """
with of_owners as (
    select distinct
        m.municipality_number, m.period, h.indicator_id, h.collection_mode,
    from build.main.dim_municipality as m
    inner join disclosure.beside_hidden as h
        on
            m.period = h.period
            and h.peer_group_type = 'owners'
            and list_contains(
                string_split(m.sbo_ids, ', '), regexp_replace(h.peer_group, '^fictional:', '')
            )
),

of_neighbours as (
    select
        m.municipality_number, m.period, h.indicator_id, h.collection_mode,
    from build.main.dim_municipality as m
    inner join disclosure.beside_hidden as h
        on
            m.period = h.period
            and h.peer_group_type = 'nearest'
            and m.municipality_number = h.peer_group
    where m.sbo_ids is null
),

told as (
    select f.*
    from build.main.fct_learn_from as f
    anti join of_owners using (municipality_number, period, indicator_id, collection_mode)
    anti join of_neighbours using (municipality_number, period, indicator_id, collection_mode)
)

select
    f.municipality_number, f.period, f.indicator_id, f.collection_mode,
    row_number() over (
        partition by f.municipality_number, f.period, f.indicator_id, f.collection_mode
        order by f.place
    ) as place,
    f.teacher_number,
    released(f.teacher_value, false, s.is_people) as teacher_value,
    released(f.own_value, false, s.is_people) as own_value,
    f.has_reached_target, f.is_sure,
from told as f
left join disclosure.people_source as s using (indicator_id, collection_mode)
anti join (from disclosure.whole_cell where is_hidden) as own
    using (municipality_number, period, indicator_id, collection_mode)
anti join (from disclosure.whole_cell where is_hidden) as teacher
    on
        f.teacher_number = teacher.municipality_number
        and f.period = teacher.period
        and f.indicator_id = teacher.indicator_id
        and f.collection_mode = teacher.collection_mode
"""

# How the answers of a group fall, in whole fives (the least number of respondents): who is alone with an
# answer is not seen, nor is one municipality when a group is taken from another that holds it. As for
# shares, a group of few is hidden. Official answers are counted as they are.
MEMBER_ANSWER_DISTRIBUTION = """
with judged as (
    select
        *,
        collection_mode <> 'official' as is_people,
        -- By the valid answers, the points of the scale: the others hide nobody among them.
        coalesce(sum(n) filter (regexp_full_match(answer, '[0-9]+')) over (
            partition by period, item_id, collection_mode, peer_group_type, peer_group
        ), 0) < threshold('min_n_share_release') as is_few,
    from build.main.fct_answer_distribution
)

select
    period, item_id, collection_mode, peer_group_type, peer_group, answer,
    case
        when not is_people or not is_on('answers_in_fives') then n
        when not is_few then threshold('min_respondents') * round(n / threshold('min_respondents'))
    end as n,
    if(is_people and is_few and status = 'ok', 'suppressed', status) as status,
from judged
"""

# Two decimals of it are what is read; more would tell of single respondents when releases are compared.
MEMBER_RELIABILITY = """
select
    period, instrument_id, collection_group, dimension_id, n, n_items,
    round(round(alpha, 12), 2) + 0.0 as alpha,
    status,
from build.main.fct_reliability
"""

# What the owners pay and when a contract ends is the vendor's and the owner's business: told only where
# enough owners stand behind it. (The sum is null too where a cost is unknown.)
MEMBER_JOINT_PROCUREMENT = """
with judged as (
    select
        *,
        is_on('shielded_of_few') and coalesce(n_owners, 0) < threshold('min_owners_shielded') as is_of_few,
    from build.main.fct_joint_procurement
)

select
    period, function_id, n_owners, n_products, product_diversity, products,
    if(is_of_few, null, annual_cost) as annual_cost,
    if(is_of_few, null, next_contract_end) as next_contract_end,
from judged
"""
