-- One row per core function of the reference pack and municipality that delivered systems: how many systems
-- in use surely serve it, and whether that is all. A system beats a *har ikke*; a system of unknown life
-- cycle, or a quarantined one, leaves the functions that it names open.
with parts as (
    select * from {{ ref('int_index__part') }}
    where focus_area = 'all'
),

statuses as (
    select * from {{ ref('int_index__delivery_status') }}
    where source_kind = 'systems' and collection_mode = 'register' and delivery_status = 'delivered'
),

core_functions as (
    select * from {{ ref('stg_reference__function') }}
    where tier = 'kjerne'
),

systems as (
    select * from {{ ref('stg_lake__system') }}
),

system_functions as (
    select * from {{ ref('int_system__function') }}
),

function_answers as (
    select * from {{ ref('stg_lake__function_answer') }}
    where not is_quarantined and (is_complete or has_none)
),

delivered as (
    select distinct
        parts.part_number as municipality_number,
        parts.period
    from parts
    inner join statuses on parts.unit_id = statuses.unit_id
),

answered as (
    select distinct
        municipality_number,
        period,
        function_id
    from function_answers
),

-- Rows that share a key are one system.
uses as (
    select
        municipality_number,
        period,
        system_key,
        {{ any_true('is_quarantined') }} as is_quarantined,
        coalesce({{ any_true("lifecycle = 'in_use'") }}, false) as is_in_use,
        count(lifecycle) = 0 as is_lifecycle_blank
    from systems
    group by municipality_number, period, system_key
),

served as (
    select
        system_functions.municipality_number,
        system_functions.period,
        system_functions.function_id,
        count(*) filter (where uses.is_in_use and not uses.is_quarantined) as n_sure,
        count(*) filter (where uses.is_quarantined or uses.is_lifecycle_blank) as n_uncertain
    from system_functions
    inner join uses
        on
            system_functions.municipality_number = uses.municipality_number
            and system_functions.period = uses.period
            and system_functions.system_key = uses.system_key
    group by system_functions.municipality_number, system_functions.period, system_functions.function_id
)

select
    delivered.municipality_number,
    delivered.period,
    core_functions.function_id,
    core_functions.focus_area_id,
    coalesce(served.n_sure, 0) as n_sure,
    answered.function_id is not null and coalesce(served.n_uncertain, 0) = 0 as is_settled
from delivered
cross join core_functions
left join answered
    on
        delivered.municipality_number = answered.municipality_number
        and delivered.period = answered.period
        and core_functions.function_id = answered.function_id
left join served
    on
        delivered.municipality_number = served.municipality_number
        and delivered.period = served.period
        and core_functions.function_id = served.function_id
