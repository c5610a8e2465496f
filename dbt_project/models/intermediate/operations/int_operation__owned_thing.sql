-- The core processes and active systems of a municipality with the roles that own them: null where that is
-- not known (a blank or masked role, a quarantined row, a process that is not delivered). A thing that is
-- said to have no role is out, and so is a process that the municipality does not have.
with core_processes as (
    select * from {{ ref('int_process__core_process') }}
    where not is_absent
),

process_rows as (
    select * from {{ ref('stg_lake__process') }}
    where is_quarantined or not is_absent
),

systems as (
    select * from {{ ref('int_operation__system') }}
),

processes as (
    select
        core_processes.municipality_number,
        core_processes.period,
        core_processes.process_id,
        -- Without a row the outer join gives one that answers nothing.
        count(*) filter (
            where process_rows.has_owner_role is null or process_rows.is_quarantined
        ) > 0 as is_unknown,
        {{ distinct_list('process_rows.role_key') }} as role_keys
    from core_processes
    left join process_rows
        on
            core_processes.municipality_number = process_rows.municipality_number
            and core_processes.period = process_rows.period
            and core_processes.process_id = process_rows.process_id
    group by core_processes.municipality_number, core_processes.period, core_processes.process_id
),

things as (
    select
        municipality_number,
        period,
        'process' as thing_kind,
        process_id as thing_id,
        true as is_in_scope,
        case when not is_unknown then role_keys end as role_keys
    from processes
    union all
    select
        municipality_number,
        period,
        'system' as thing_kind,
        system_key as thing_id,
        is_in_scope,
        case
            when has_owner_role then {{ list_of('role_key') }}
            when not has_owner_role then {{ list_of() }}
        end as role_keys
    from systems
)

select
    municipality_number,
    period,
    thing_kind,
    thing_id,
    is_in_scope,
    role_keys
from things
where role_keys is null or {{ n_elements('role_keys') }} > 0
