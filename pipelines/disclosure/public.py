"""The public edition's tables: what members see of large groups, and less."""

from __future__ import annotations

# The public sees what members see of large groups, and less: nothing that members do not have.
# Counties, neighbours and size classes together would let every municipality be solved for.
PUBLIC_BENCHMARK = """
with shown as (
    select *
    from member.fct_benchmark
    where
        peer_group_type in ('all', 'size_class')
        and (n_municipalities >= threshold('public_min_municipalities') or not is_on('public_large_groups'))
),

-- The whole less the classes that are shown leaves the classes that are not: nobody or enough.
classes as (
    select
        period, indicator_id, collection_mode,
        starts_with(peer_group, 'fictional:') as is_fictional,
        sum(n_municipalities) as n_in_classes,
    from shown
    where peer_group_type = 'size_class'
    group by all
),

judged as (
    select
        s.*,
        s.n_municipalities - coalesce(c.n_in_classes, 0) as n_rest,
    from shown as s
    left join classes as c
        on
            s.period = c.period
            and s.indicator_id = c.indicator_id
            and s.collection_mode = c.collection_mode
            and starts_with(s.peer_group, 'fictional:') = c.is_fictional
)

select
    period, peer_group_type, peer_group, indicator_id, collection_mode,
    n_municipalities,
    whole(mean) as mean,
    null as median,
    null as q1,
    null as q3,
    status,
from judged
where
    peer_group_type = 'size_class'
    or not is_on('public_rest')
    or n_rest = 0
    or n_rest >= threshold('public_min_municipalities')
"""
