-- The nearest of the period's other municipalities of the same kind, by population, area and centrality.
-- Who lacks one of the three has no neighbours and is nobody's.
with complete as (
    select
        municipality_number,
        period,
        is_fictional,
        log_population,
        log_area,
        centrality_class
    from {{ ref('int_peer__background') }}
    where log_population is not null and log_area is not null and centrality_class is not null
),

index_rows as (
    select * from {{ ref('int_index__municipality') }}
    where boundary = 'current'
),

weights as (
    select * from {{ ref('stg_reference__peer_weight') }}
    where log_population + log_area + centrality_class > 0
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

-- How the municipalities of the pack differ, of each kind; not only those that take part.
spreads as (
    select
        period,
        is_fictional,
        count(*) as n,
        {{ scaled_variance('log_population') }} as log_population,
        {{ scaled_variance('log_area') }} as log_area,
        {{ scaled_variance('centrality_class') }} as centrality_class
    from complete
    group by period, is_fictional
),

members as (
    select complete.*
    from complete
    inner join index_rows
        on
            complete.municipality_number = index_rows.municipality_number
            and complete.period = index_rows.period
),

distances as (
    select
        members.municipality_number,
        members.period,
        others.municipality_number as neighbour_number,
        weights.log_population
        * {{ squared_z_difference(
            'members.log_population', 'others.log_population', 'spreads.n', 'spreads.log_population'
        ) }}
        + weights.log_area
        * {{ squared_z_difference(
            'members.log_area', 'others.log_area', 'spreads.n', 'spreads.log_area'
        ) }}
        + weights.centrality_class
        * {{ squared_z_difference(
            'members.centrality_class', 'others.centrality_class', 'spreads.n', 'spreads.centrality_class'
        ) }} as squared_distance
    from members
    inner join members as others
        on
            members.period = others.period
            and members.is_fictional = others.is_fictional
            and members.municipality_number <> others.municipality_number
    inner join spreads
        on
            members.period = spreads.period
            and members.is_fictional = spreads.is_fictional
    cross join weights
),

ranked as (
    select
        *,
        row_number() over (
            partition by municipality_number, period
            order by {{ exact_decimal('squared_distance') }}, neighbour_number
        ) as neighbour_rank
    from distances
)

select
    ranked.municipality_number,
    ranked.period,
    ranked.neighbour_rank,
    ranked.neighbour_number,
    sqrt(ranked.squared_distance) as distance
from ranked
cross join thresholds
where ranked.neighbour_rank <= thresholds.n_neighbours
