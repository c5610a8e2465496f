-- Where a municipality with status `ok` stands in its peer groups.
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
members as (
    select
        values_ok.municipality_number,
        values_ok.period,
        values_ok.indicator_id,
        values_ok.collection_mode,
        groups.peer_group_type,
        groups.peer_group,
        indicators.better,
        values_ok.value,
        values_ok.coverage,
        {{ exact_decimal('values_ok.value') }} as exact_value,
        {{ exact_decimal('coalesce(values_ok.ci_low, values_ok.lower_bound, values_ok.value)') }}
            as low_end,
        {{ exact_decimal('coalesce(values_ok.ci_high, values_ok.upper_bound, values_ok.value)') }}
            as high_end,
        case indicators.better
            when 'up' then {{ one_decimal('coalesce(values_ok.lower_bound, values_ok.value)') }}
            when 'down' then {{ one_decimal('coalesce(values_ok.upper_bound, values_ok.value)') }}
        end as compared_value
    from values_ok
    inner join indicators on values_ok.indicator_id = indicators.indicator_id
    inner join groups
        on
            values_ok.municipality_number = groups.municipality_number
            and values_ok.period = groups.period
),

placed as (
    select
        *,
        row_number() over (
            partition by period, indicator_id, collection_mode, peer_group_type, peer_group
            order by exact_value, municipality_number
        ) as place,
        rank() over (
            partition by period, indicator_id, collection_mode, peer_group_type, peer_group
            order by compared_value asc
        ) - 1 as n_below,
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
        -- Below, with half of the equal, in halves of a municipality.
        2 * placed.n_below + placed.n_equal as halves_below,
        1 + case
            when placed.better = 'up' then group_values.n_municipalities - placed.n_below - placed.n_equal
            else placed.n_below
        end as rank_from_best,
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
)

select
    compared.municipality_number,
    compared.period,
    compared.indicator_id,
    compared.collection_mode,
    compared.peer_group_type,
    compared.peer_group,
    compared.n_municipalities,
    case
        when compared.better in ('up', 'down') and compared.n_municipalities < thresholds.min_n_percentile
            then compared.rank_from_best
    end as rank,
    case
        when compared.n_municipalities < thresholds.min_n_percentile then null
        when compared.better = 'up'
            then {{ percent('compared.halves_below', '2 * compared.n_municipalities') }}
        when compared.better = 'down'
            then {{ percent(
                '2 * compared.n_municipalities - compared.halves_below', '2 * compared.n_municipalities'
            ) }}
    end as percentile,
    compared.value - benchmarks.median as gap_to_median,
    case
        when compared.median_of_others is null then null
        when compared.low_end > compared.median_of_others then 'above'
        when compared.high_end < compared.median_of_others then 'below'
        when compared.coverage < 100 then 'unresolved'
        else 'across'
    end as conclusion,
    cast(null as boolean) as is_conclusion_stable
from compared
cross join thresholds
inner join benchmarks
    on
        compared.period = benchmarks.period
        and compared.peer_group_type = benchmarks.peer_group_type
        and compared.peer_group = benchmarks.peer_group
        and compared.indicator_id = benchmarks.indicator_id
        and compared.collection_mode = benchmarks.collection_mode
