-- Who is looked at: participants ∪ deliverers, also those of whom everything was rejected. A delivery
-- whose municipality or period the reference pack does not know stands in the ledger only.
with participants as (
    select * from {{ ref('stg_reference__participant') }}
),

deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
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
)

select
    candidates.municipality_number,
    candidates.period,
    periods.year,
    periods.reference_date,
    periods.instrument_id,
    municipalities.is_fictional
from candidates
inner join municipalities on candidates.municipality_number = municipalities.municipality_number
inner join periods on candidates.period = periods.period
