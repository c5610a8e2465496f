-- What came of each kind: `delivered` where something counts; `rejected` where nothing counts and at
-- least one delivery was rejected or in conflict. No row: nothing delivered, or only withdrawn.
with municipalities as (
    select * from {{ ref('int_index__municipality') }}
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
        {{ any_true('is_counting') }} as has_counting,
        {{ any_true("status in ('rejected', 'conflict')") }} as has_rejected
    from deliveries
    group by municipality_number, period, source_kind, collection_mode
)

select
    by_kind.municipality_number,
    by_kind.period,
    by_kind.source_kind,
    by_kind.collection_mode,
    case when by_kind.has_counting then 'delivered' else 'rejected' end as delivery_status
from by_kind
inner join municipalities
    on
        by_kind.municipality_number = municipalities.municipality_number
        and by_kind.period = municipalities.period
where by_kind.has_counting or by_kind.has_rejected
