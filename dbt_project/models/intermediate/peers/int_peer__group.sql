-- Who stands in which peer group in a period. Fictional and real municipalities never share one: the groups
-- of the fictional carry a prefix, but for the nearest, which are called by a municipality's own number.
-- `is_own_group`: the one group of that type that the municipality itself is placed in. It also stands in
-- the groups of those that it is a near neighbour of, and in those of its other cooperation bodies.
with index_rows as (
    select * from {{ ref('int_index__municipality') }}
    where boundary = 'current'
),

background as (
    select * from {{ ref('int_peer__background') }}
),

ownerships as (
    select * from {{ ref('stg_reference__ownership') }}
),

neighbours as (
    select * from {{ ref('int_peer__neighbour') }}
),

members as (
    select
        background.*,
        case when background.is_fictional then 'fictional:' else '' end as prefix
    from background
    inner join index_rows
        on
            background.municipality_number = index_rows.municipality_number
            and background.period = index_rows.period
),

first_bodies as (
    select
        municipality_number,
        min(sbo_id) as sbo_id
    from ownerships
    group by municipality_number
),

grouped as (
    select
        municipality_number,
        period,
        'all' as peer_group_type,
        prefix || 'all' as peer_group,
        true as is_own_group
    from members
    union all
    select
        municipality_number,
        period,
        'size_class' as peer_group_type,
        prefix || size_class as peer_group,
        true as is_own_group
    from members
    union all
    select
        municipality_number,
        period,
        'kostra_group' as peer_group_type,
        prefix || kostra_group as peer_group,
        true as is_own_group
    from members
    union all
    select
        municipality_number,
        period,
        'county' as peer_group_type,
        prefix || county_number as peer_group,
        true as is_own_group
    from members
    union all
    select
        municipality_number,
        period,
        'centrality' as peer_group_type,
        prefix || cast(centrality_class as varchar) as peer_group,
        true as is_own_group
    from members
    union all
    select
        members.municipality_number,
        members.period,
        'owners' as peer_group_type,
        members.prefix || ownerships.sbo_id as peer_group,
        first_bodies.sbo_id = ownerships.sbo_id as is_own_group
    from members
    inner join ownerships on members.municipality_number = ownerships.municipality_number
    inner join first_bodies on members.municipality_number = first_bodies.municipality_number
    union all
    select
        municipality_number,
        period,
        'nearest' as peer_group_type,
        municipality_number as peer_group,
        true as is_own_group
    from members
    where log_population is not null and log_area is not null and centrality_class is not null
    union all
    select
        neighbour_number as municipality_number,
        period,
        'nearest' as peer_group_type,
        municipality_number as peer_group,
        false as is_own_group
    from neighbours
)

select
    municipality_number,
    period,
    peer_group_type,
    peer_group,
    is_own_group
from grouped
where peer_group is not null
