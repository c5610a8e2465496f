-- Where a municipality with status `ok` stands in its own peer groups.
with values_ok as (
    select * from {{ ref('fct_indicator_value') }}
    where focus_area = 'all' and boundary = 'current' and status = 'ok'
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

groups as (
    select * from {{ ref('int_peer__group') }}
),

benchmarks as (
    select * from {{ ref('fct_benchmark') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

-- Rank and percentile see the less favourable bound, so that silence never pays; neutral has neither.
described as (
    select
        values_ok.municipality_number,
        values_ok.period,
        values_ok.indicator_id,
        values_ok.collection_mode,
        values_ok.value,
        values_ok.coverage,
        indicators.better,
        {{ exact_decimal('values_ok.value') }} as exact_value,
        {{ exact_decimal(low_end('values_ok')) }} as low_end,
        {{ exact_decimal(high_end('values_ok')) }} as high_end,
        {{ one_decimal(least_favourable_end(
            'indicators.better',
            'coalesce(values_ok.lower_bound, values_ok.value)',
            'coalesce(values_ok.upper_bound, values_ok.value)'
        )) }} as compared_value
    from values_ok
    inner join indicators on values_ok.indicator_id = indicators.indicator_id
),

-- All that stand in a group, also those for whom it is another's group of nearest neighbours.
members as (
    select
        described.*,
        groups.peer_group_type,
        groups.peer_group,
        groups.is_own_group
    from described
    inner join groups
        on
            described.municipality_number = groups.municipality_number
            and described.period = groups.period
),

placed as (
    select
        *,
        row_number() over (
            partition by period, indicator_id, collection_mode, peer_group_type, peer_group
            order by exact_value, municipality_number
        ) as place,
        -- Null, as for all of a neutral indicator, is like null.
        rank() over (
            partition by period, indicator_id, collection_mode, peer_group_type, peer_group
            order by compared_value desc
        ) - 1 as n_better,
        count(*) over (
            partition by period, indicator_id, collection_mode, peer_group_type, peer_group, compared_value
        ) as n_equal
    from members
),

group_values as (
    select
        period,
        indicator_id,
        collection_mode,
        peer_group_type,
        peer_group,
        count(*) as n_municipalities,
        {{ ordered_list('exact_value', 'exact_value, municipality_number') }} as sorted_values
    from members
    group by period, indicator_id, collection_mode, peer_group_type, peer_group
),

compared as (
    select
        placed.*,
        group_values.n_municipalities,
        -- Worse, with half of the equal, in halves of a municipality.
        2 * (group_values.n_municipalities - placed.n_better) - placed.n_equal as halves_below,
        {{ exact_decimal(median_of_others(
            'group_values.sorted_values', 'placed.place', 'group_values.n_municipalities'
        )) }} as median_of_others
    from placed
    inner join group_values
        on
            placed.period = group_values.period
            and placed.indicator_id = group_values.indicator_id
            and placed.collection_mode = group_values.collection_mode
            and placed.peer_group_type = group_values.peer_group_type
            and placed.peer_group = group_values.peer_group
    where placed.is_own_group
),

concluded as (
    select
        *,
        case
            when median_of_others is null then null
            when low_end > median_of_others then 'above'
            when high_end < median_of_others then 'below'
            when coverage < 100 then 'unresolved'
            else 'across'
        end as conclusion,
        -- Turned so that more is better: the worst and the best that it may be, and what it is held against.
        {{ least_favourable_end('better', 'low_end', 'high_end') }} as worst_end,
        {{ most_favourable_end('better', 'low_end', 'high_end') }} as best_end,
        {{ least_favourable_end('better', 'median_of_others', 'median_of_others') }} as turned_median
    from compared
),

-- Groups that are chosen by different measures, and large enough to count.
opinions as (
    select
        concluded.municipality_number,
        concluded.period,
        concluded.indicator_id,
        concluded.collection_mode,
        count(*) as n_groups,
        count(distinct concluded.conclusion) as n_conclusions
    from concluded
    cross join thresholds
    where
        concluded.peer_group_type in ('size_class', 'kostra_group', 'nearest')
        and concluded.n_municipalities >= thresholds.min_n_stable
    group by
        concluded.municipality_number,
        concluded.period,
        concluded.indicator_id,
        concluded.collection_mode
)

select
    concluded.municipality_number,
    concluded.period,
    concluded.indicator_id,
    concluded.collection_mode,
    concluded.peer_group_type,
    concluded.peer_group,
    concluded.n_municipalities,
    case
        when concluded.compared_value is not null and concluded.n_municipalities < thresholds.min_n_percentile
            then 1 + concluded.n_better
    end as rank,
    case
        when concluded.n_municipalities < thresholds.min_n_percentile then null
        when concluded.compared_value is not null
            then {{ percent('concluded.halves_below', '2 * concluded.n_municipalities') }}
    end as percentile,
    concluded.value - benchmarks.median as gap_to_median,
    cast(concluded.median_of_others as double) as others_median,
    concluded.conclusion,
    case
        when concluded.conclusion not in ('above', 'below') then null
        when concluded.worst_end > concluded.turned_median then true
        when concluded.best_end < concluded.turned_median then false
    end as is_favourable,
    case when opinions.n_groups >= 2 then opinions.n_conclusions = 1 end as is_conclusion_stable
from concluded
cross join thresholds
inner join benchmarks
    on
        concluded.period = benchmarks.period
        and concluded.peer_group_type = benchmarks.peer_group_type
        and concluded.peer_group = benchmarks.peer_group
        and concluded.indicator_id = benchmarks.indicator_id
        and concluded.collection_mode = benchmarks.collection_mode
left join opinions
    on
        concluded.municipality_number = opinions.municipality_number
        and concluded.period = opinions.period
        and concluded.indicator_id = opinions.indicator_id
        and concluded.collection_mode = opinions.collection_mode
