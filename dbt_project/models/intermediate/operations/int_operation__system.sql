-- What is known of each active system: whether it is fit, new, assessed. A quarantined one is in scope and
-- unknown in everything; one whose life cycle is blank may be out of scope. Rows of one key are quarantined
-- where there are several, so the aggregates only make sure of one row.
with active_systems as (
    select * from {{ ref('int_system__active') }}
),

system_rows as (
    select * from {{ ref('stg_lake__system') }}
    where not is_quarantined
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

answers as (
    select
        system_rows.municipality_number,
        system_rows.period,
        system_rows.system_key,
        case
            when
                system_rows.functional_fit >= {{ adequate_fit() }}
                or system_rows.technical_fit >= {{ adequate_fit() }}
                then false
            when
                system_rows.functional_fit < {{ adequate_fit() }}
                and system_rows.technical_fit < {{ adequate_fit() }}
                then true
        end as is_unfit,
        {{ is_recent(
            'system_rows.is_acquired',
            'system_rows.acquired_date',
            'periods.reference_date',
            'thresholds.recent_months'
        ) | indent(8) }} as is_acquired_recently,
        system_rows.has_personal_data,
        {{ is_recent(
            'system_rows.is_risk_assessed',
            'system_rows.risk_assessed_date',
            'periods.reference_date',
            'thresholds.recent_months'
        ) | indent(8) }} as is_assessed_recently,
        system_rows.has_owner_role,
        system_rows.role_key
    from system_rows
    inner join periods on system_rows.period = periods.period
    cross join thresholds
),

combined as (
    select
        municipality_number,
        period,
        system_key,
        {{ least_favourable('is_unfit') }} as is_unfit,
        {{ least_favourable('is_acquired_recently') }} as is_acquired_recently,
        {{ any_favourable('has_personal_data') }} as has_personal_data,
        {{ least_favourable('is_assessed_recently') }} as is_assessed_recently,
        {{ least_favourable('has_owner_role') }} as has_owner_role,
        min(role_key) as role_key
    from answers
    group by municipality_number, period, system_key
)

select
    active_systems.municipality_number,
    active_systems.period,
    active_systems.system_key,
    active_systems.is_quarantined,
    case when not active_systems.may_be_inactive then true end as is_in_scope,
    case when not active_systems.is_quarantined then combined.is_unfit end as is_unfit,
    case when not active_systems.is_quarantined then combined.is_acquired_recently end
        as is_acquired_recently,
    case when not active_systems.is_quarantined then combined.has_personal_data end as has_personal_data,
    case when not active_systems.is_quarantined then combined.is_assessed_recently end
        as is_assessed_recently,
    case when not active_systems.is_quarantined then combined.has_owner_role end as has_owner_role,
    case when not active_systems.is_quarantined then combined.role_key end as role_key
from active_systems
left join combined
    on
        active_systems.municipality_number = combined.municipality_number
        and active_systems.period = combined.period
        and active_systems.system_key = combined.system_key
