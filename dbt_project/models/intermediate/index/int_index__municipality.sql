-- Who is looked at, on both boundaries: participants ∪ deliverers as delivered, also those of whom
-- everything was rejected, and what they are today. A delivery whose municipality or period the reference
-- pack does not know stands in the ledger only.
with participants as (
    select * from {{ ref('stg_reference__participant') }}
),

deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
),

numbers as (
    select * from {{ ref('int_index__number') }}
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

candidates as (
    select
        municipality_number,
        period
    from participants
    union distinct
    select
        municipality_number,
        period
    from deliveries
),

known as (
    select numbers.*
    from numbers
    inner join candidates
        on
            numbers.municipality_number = candidates.municipality_number
            and numbers.period = candidates.period
),

-- Of what a municipality of today consisted then.
compositions as (
    select
        current_number,
        period,
        count(*) as n_parts,
        {{ any_true('municipality_number = current_number') }} as has_itself,
        {{ any_true('is_split') }} as is_break
    from numbers
    group by current_number, period
),

on_boundaries as (
    select distinct
        municipality_number,
        period,
        'delivered' as boundary,
        'delivered' as unit_boundary,
        false as is_break,
        is_fictional
    from known
    union all
    select distinct
        known.current_number as municipality_number,
        known.period,
        'current' as boundary,
        case when compositions.n_parts = 1 and compositions.has_itself then 'delivered' else 'current' end
            as unit_boundary,
        compositions.is_break,
        known.is_fictional
    from known
    inner join compositions
        on
            known.current_number = compositions.current_number
            and known.period = compositions.period
)

select
    on_boundaries.municipality_number,
    on_boundaries.period,
    on_boundaries.boundary,
    on_boundaries.unit_boundary,
    on_boundaries.is_break,
    periods.year,
    periods.reference_date,
    periods.instrument_id,
    on_boundaries.is_fictional
from on_boundaries
inner join periods on on_boundaries.period = periods.period
