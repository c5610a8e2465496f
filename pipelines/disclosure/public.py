"""The public edition's means: what members see of large groups, and less."""

from __future__ import annotations

# What a group's mean says of each of its members: the sum less the most, or the least, that all others can
# have. A mean near the end of the scale is nearly everybody's value. lo and hi: the ends of the scale;
# total_lo and total_hi: between what the sum of n values is known to lie. True where that is closer than the
# threshold.
PINS_ONE = """
create macro pins_one(n, total_lo, total_hi, lo, hi) as
    coalesce(
        n > 0
        and least(hi, total_hi - (n - 1) * lo) - greatest(lo, total_lo - (n - 1) * hi)
        < threshold('protection_points') * (hi - lo) / 100,
        false
    )
"""

# Large groups of the member edition with what their rounded means say of the sum, and whether that alone pins
# a member. Counts and levels have no end that a mean of five or more, in whole numbers, comes near enough to.
PUBLIC_MEAN = """
create table disclosure.public_mean as
with shown as (
    select
        b.*,
        starts_with(b.peer_group, 'fictional:') as is_fictional,
        coalesce(i.unit, 'percent') in ('percent', 'points') as is_scaled,
        -- A gap has two sides.
        if(i.better = 'near_zero', -100.0, 0.0) as lo,
        100.0 as hi,
        if(is_on('rounding'), 0.5, 0.0) as half,
        (whole(b.mean) - half) * b.n_municipalities as total_lo,
        (whole(b.mean) + half) * b.n_municipalities as total_hi,
    from member.fct_benchmark as b
    left join build.main.dim_indicator as i using (indicator_id)
    where
        b.peer_group_type in ('all', 'size_class')
        and (b.n_municipalities >= threshold('public_min_municipalities') or not is_on('public_large_groups'))
)

select
    *,
    is_on('public_extremes') and is_scaled and pins_one(n_municipalities, total_lo, total_hi, lo, hi)
        as is_extreme,
from shown
"""

# Classes, what is left of the whole beside them, and what the whole adds to what is known of each.
PUBLIC_TOGETHER = """
create table disclosure.public_together as
with classes as (
    select
        period, indicator_id, collection_mode, is_fictional,
        sum(n_municipalities) as n_in_classes,
        -- What is hidden of a class is hidden from the whole as well: its side of the scale would show.
        coalesce(bool_or(is_extreme), false) as is_any_extreme,
        coalesce(sum(n_municipalities) filter (not is_extreme and mean is not null), 0) as n_told,
        coalesce(sum(total_lo) filter (not is_extreme), 0) as told_lo,
        coalesce(sum(total_hi) filter (not is_extreme), 0) as told_hi,
    from disclosure.public_mean
    where peer_group_type = 'size_class'
    group by all
),

wholes as (
    select
        w.period, w.indicator_id, w.collection_mode, w.is_fictional, w.is_scaled, w.lo, w.hi,
        w.total_lo, w.total_hi,
        w.n_municipalities - coalesce(c.n_in_classes, 0) as n_rest,
        w.n_municipalities - coalesce(c.n_told, 0) as n_untold,
        coalesce(c.is_any_extreme, false) as is_any_extreme,
        coalesce(c.told_lo, 0) as told_lo,
        coalesce(c.told_hi, 0) as told_hi,
    from disclosure.public_mean as w
    left join classes as c using (period, indicator_id, collection_mode, is_fictional)
    where w.peer_group_type = 'all'
),

-- Of the whole less all other classes, a class that is told is known more closely than by its own mean.
closer as (
    select
        c.period, c.indicator_id, c.collection_mode, c.is_fictional,
        bool_or(
            pins_one(
                c.n_municipalities,
                greatest(c.total_lo, w.total_lo - (w.told_hi - c.total_hi) - w.n_untold * w.hi),
                least(c.total_hi, w.total_hi - (w.told_lo - c.total_lo) - w.n_untold * w.lo),
                c.lo,
                c.hi
            )
        ) as is_any_pinned,
    from disclosure.public_mean as c
    inner join wholes as w using (period, indicator_id, collection_mode, is_fictional)
    where c.peer_group_type = 'size_class' and not c.is_extreme and c.mean is not null
    group by all
)

select
    w.period, w.indicator_id, w.collection_mode, w.is_fictional, w.n_rest,
    is_on('public_extremes')
    and w.is_scaled
    and (
        w.is_any_extreme
        or coalesce(c.is_any_pinned, false)
        or pins_one(w.n_untold, w.total_lo - w.told_hi, w.total_hi - w.told_lo, w.lo, w.hi)
    ) as is_extreme,
from wholes as w
left join closer as c using (period, indicator_id, collection_mode, is_fictional)
"""

# The public sees what members see of large groups, and less: nothing that members do not have.
# Counties, neighbours and size classes together would let every municipality be solved for.
PUBLIC_BENCHMARK = """
with judged as (
    select
        m.*,
        t.n_rest,
        m.is_extreme or (m.peer_group_type = 'all' and coalesce(t.is_extreme, false)) as is_hidden,
    from disclosure.public_mean as m
    left join disclosure.public_together as t using (period, indicator_id, collection_mode, is_fictional)
)

select
    period, peer_group_type, peer_group, indicator_id, collection_mode,
    n_municipalities,
    if(is_hidden, null, whole(mean)) as mean,
    null as median,
    null as q1,
    null as q3,
    if(is_hidden, 'suppressed', status) as status,
from judged
where
    peer_group_type = 'size_class'
    -- The whole less the classes that are shown leaves the classes that are not: nobody or enough.
    or not is_on('public_rest')
    or n_rest = 0
    or n_rest >= threshold('public_min_municipalities')
"""

# Made when the member edition is there.
PUBLIC_MARKS = (PINS_ONE, PUBLIC_MEAN, PUBLIC_TOGETHER)
