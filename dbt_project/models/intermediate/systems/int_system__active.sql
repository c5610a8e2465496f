-- The systems whose cells are looked at: in use, being phased out, of unknown life cycle, or quarantined.
-- Rows that share a key are one system.
with systems as (
    select * from {{ ref('stg_lake__system') }}
),

combined as (
    select
        municipality_number,
        period,
        system_key,
        {{ any_true('is_quarantined') }} as is_quarantined,
        coalesce({{ any_true("lifecycle in ('in_use', 'phasing_out')") }}, false) as is_known_active,
        {{ any_true('lifecycle is null') }} as is_lifecycle_blank
    from systems
    group by municipality_number, period, system_key
)

select
    municipality_number,
    period,
    system_key,
    is_quarantined,
    not is_quarantined and not is_known_active as may_be_inactive
from combined
where is_quarantined or is_known_active or is_lifecycle_blank
