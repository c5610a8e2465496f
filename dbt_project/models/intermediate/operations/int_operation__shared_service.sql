-- The national shared services that the reference pack calls relevant, per municipality that delivered
-- systems: whether each is in use. Not listed and quarantined is unknown.
with deliveries as (
    select distinct
        municipality_number,
        period
    from {{ ref('stg_ledger__delivery') }}
    where kind = 'systems' and is_counting
),

services as (
    select * from {{ ref('stg_reference__shared_service') }}
    where is_relevant
),

answers as (
    select
        municipality_number,
        period,
        service_id,
        {{ least_favourable('case when not is_quarantined then is_used end') }} as is_used
    from {{ ref('stg_lake__shared_service') }}
    group by municipality_number, period, service_id
)

select
    deliveries.municipality_number,
    deliveries.period,
    services.service_id,
    answers.is_used
from deliveries
cross join services
left join answers
    on
        deliveries.municipality_number = answers.municipality_number
        and deliveries.period = answers.period
        and services.service_id = answers.service_id
