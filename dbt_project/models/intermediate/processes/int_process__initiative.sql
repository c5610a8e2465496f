-- What is known of each initiative, per municipality. Initiatives are told apart by name; several rows of one
-- give the least favourable answer that is known, and quarantined rows are blank rows. A row without a name
-- is an initiative of its own, of which nothing is known.
with initiative_rows as (
    select * from {{ ref('stg_lake__initiative') }}
),

answers as (
    select
        municipality_number,
        period,
        initiative_name,
        coalesce(
            'name:' || lower(trim(initiative_name)),
            'row:' || delivery_id || ':' || sheet || ':' || row_number
        ) as initiative_key,
        case when not is_quarantined then is_mapped_before end as is_mapped,
        case when not is_quarantined then {{ names_a_role('responsible_role') }} end as is_owned,
        case when not is_quarantined then is_benefit_measured end as is_benefit_measured,
        case when not is_quarantined then decided_date end as decided_date,
        case when not is_quarantined then initiative_status end as initiative_status,
        case when not is_quarantined then process_keys end as process_keys,
        case when not is_quarantined then process_names end as process_names
    from initiative_rows
)

select
    municipality_number,
    period,
    initiative_key,
    min(initiative_name) as initiative_name,
    min(decided_date) as decided_date,
    {{ least_favourable('is_mapped') }} as is_mapped,
    {{ least_favourable('is_owned') }} as is_owned,
    {{ least_favourable('is_benefit_measured') }} as is_benefit_measured,
    {{ joined_different_texts('initiative_status') }} as initiative_status,
    {{ united_lists('process_keys') }} as process_keys,
    {{ united_lists('process_names') }} as process_names
from answers
group by municipality_number, period, initiative_key
