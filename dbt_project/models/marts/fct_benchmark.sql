-- What a peer group looks like: municipalities with status `ok` in the same collection mode. A group in
-- which nobody has a value keeps its row, without numbers.
with index_rows as (
    select * from {{ ref('fct_indicator_value') }}
    where focus_area = 'all' and boundary = 'current'
),

groups as (
    select * from {{ ref('int_peer__group') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

grouped as (
    select
        index_rows.period,
        groups.peer_group_type,
        groups.peer_group,
        index_rows.indicator_id,
        index_rows.collection_mode,
        count(index_rows.value) as n_municipalities,
        cast(sum({{ exact_decimal('index_rows.value') }}) as double) as value_sum,
        {{ interpolated_quantile('index_rows.value', 0.5) }} as median,
        {{ interpolated_quantile('index_rows.value', 0.25) }} as q1,
        {{ interpolated_quantile('index_rows.value', 0.75) }} as q3
    from index_rows
    inner join groups
        on
            index_rows.municipality_number = groups.municipality_number
            and index_rows.period = groups.period
    group by
        index_rows.period,
        groups.peer_group_type,
        groups.peer_group,
        index_rows.indicator_id,
        index_rows.collection_mode
)

select
    grouped.period,
    grouped.peer_group_type,
    grouped.peer_group,
    grouped.indicator_id,
    grouped.collection_mode,
    grouped.n_municipalities,
    {{ ratio('grouped.value_sum', 'grouped.n_municipalities') }} as mean,
    grouped.median,
    case when grouped.n_municipalities >= thresholds.min_n_quartiles then grouped.q1 end as q1,
    case when grouped.n_municipalities >= thresholds.min_n_quartiles then grouped.q3 end as q3,
    {{ first_status({'no_denominator': 'grouped.n_municipalities = 0'}) }} as status
from grouped
cross join thresholds
