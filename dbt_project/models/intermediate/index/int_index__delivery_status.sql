-- What came of each kind for a unit: `delivered` where something counts of every part; `rejected` where that
-- fails only because deliveries were rejected or in conflict. No row: nothing delivered, or only withdrawn.
-- The official answers of several parts are not one answer, so they do not make a delivered one.
with parts as (
    select * from {{ ref('int_index__part') }}
),

deliveries as (
    select
        municipality_number,
        period,
        kind as source_kind,
        status,
        is_counting,
        -- A survey that could not be read has not told its collection mode.
        coalesce(collection_mode, case when kind = 'survey' then 'respondents' else 'register' end)
            as collection_mode
    from {{ ref('stg_ledger__delivery') }}
),

by_kind as (
    select
        municipality_number,
        period,
        source_kind,
        collection_mode,
        {{ any_true('is_counting') }} as has_counting
    from deliveries
    where is_counting or status in ('rejected', 'conflict')
    group by municipality_number, period, source_kind, collection_mode
),

part_counts as (
    select
        unit_id,
        count(*) as n_parts
    from parts
    group by unit_id
),

came as (
    select
        parts.unit_id,
        by_kind.source_kind,
        by_kind.collection_mode,
        count(*) as n_came,
        count(*) filter (where by_kind.has_counting) as n_delivered
    from parts
    inner join by_kind
        on
            parts.part_number = by_kind.municipality_number
            and parts.period = by_kind.period
    group by parts.unit_id, by_kind.source_kind, by_kind.collection_mode
)

select
    came.unit_id,
    came.source_kind,
    came.collection_mode,
    case when came.n_delivered = part_counts.n_parts then 'delivered' else 'rejected' end as delivery_status
from came
inner join part_counts on came.unit_id = part_counts.unit_id
where
    came.n_came = part_counts.n_parts
    and (came.collection_mode <> 'official' or part_counts.n_parts = 1)
