-- One row per active system and core data object that is listed for it or that the reference pack expects
-- of its functions: which of none < holds < maintains are possible, and whether the system is marked as
-- the object's master (null: may be or not). Every other cell is none.
with active_systems as (
    select * from {{ ref('int_system__active') }}
),

system_rows as (
    select * from {{ ref('stg_lake__system') }}
),

cell_rows as (
    select * from {{ ref('stg_lake__system_data_object') }}
),

function_objects as (
    select * from {{ ref('stg_reference__function_object') }}
),

core_objects as (
    select * from {{ ref('stg_reference__data_object') }}
    where tier = 'kjerne'
),

-- Only the system's own rows say which objects it is expected to hold: an answer in Funksjoner that is left
-- out must not take an expected cell away.
system_functions as (
    select distinct
        municipality_number,
        period,
        system_key,
        {{ each_element('function_ids') }} as function_id
    from system_rows
),

expected as (
    select distinct
        system_functions.municipality_number,
        system_functions.period,
        system_functions.system_key,
        function_objects.data_object_id
    from system_functions
    inner join function_objects on system_functions.function_id = function_objects.function_id
    inner join core_objects on function_objects.data_object_id = core_objects.data_object_id
),

-- Repeated rows of one cell unite their operations (`x` says that it is there, so it beats reading alone);
-- a quarantined row leaves everything open.
listed as (
    select
        cell_rows.municipality_number,
        cell_rows.period,
        cell_rows.system_key,
        cell_rows.data_object_id,
        {{ any_true('cell_rows.is_quarantined') }} as is_open,
        coalesce({{ any_true("cell_rows.operations = 'none'") }}, false) as says_none,
        coalesce({{ any_true(
            "cell_rows.operations like '%C%' or cell_rows.operations like '%U%' or cell_rows.operations like '%D%'"
        ) }}, false) as says_maintains,
        coalesce({{ any_true("cell_rows.operations like '%R%'") }}, false) as says_reads,
        coalesce({{ any_true("cell_rows.operations = 'x'") }}, false) as says_there,
        {{ any_true('cell_rows.keeps_copy') }} as keeps_copy,
        {{ any_true('cell_rows.is_master') }} as is_master
    from cell_rows
    inner join core_objects on cell_rows.data_object_id = core_objects.data_object_id
    where cell_rows.system_key is not null
    group by cell_rows.municipality_number, cell_rows.period, cell_rows.system_key, cell_rows.data_object_id
),

listed_states as (
    select
        municipality_number,
        period,
        system_key,
        data_object_id,
        case when not is_open then is_master end as is_master,
        case
            when is_open then true
            when says_none then true
            when says_maintains then false
            when says_there then false
            when says_reads then not coalesce(keeps_copy, false)
            else not coalesce(keeps_copy, false)
        end as may_be_none,
        case
            when is_open then true
            when says_none then false
            when says_maintains then false
            when says_there then true
            when says_reads then coalesce(keeps_copy, true)
            else coalesce(keeps_copy, true)
        end as may_hold,
        case
            when is_open then true
            when says_none then false
            when says_maintains then true
            when says_there then true
            when says_reads then false
            else true
        end as may_maintain
    from listed
),

all_cells as (
    select
        municipality_number,
        period,
        system_key,
        data_object_id
    from expected
    union distinct
    select
        municipality_number,
        period,
        system_key,
        data_object_id
    from listed_states
)

select
    all_cells.municipality_number,
    all_cells.period,
    all_cells.system_key,
    all_cells.data_object_id,
    expected.system_key is not null as is_expected,
    active_systems.is_quarantined
    or active_systems.may_be_inactive
    or coalesce(listed_states.may_be_none, true) as may_be_none,
    active_systems.is_quarantined or coalesce(listed_states.may_hold, true) as may_hold,
    active_systems.is_quarantined or coalesce(listed_states.may_maintain, true) as may_maintain,
    case when not active_systems.is_quarantined then listed_states.is_master end as is_master
from all_cells
inner join active_systems
    on
        all_cells.municipality_number = active_systems.municipality_number
        and all_cells.period = active_systems.period
        and all_cells.system_key = active_systems.system_key
left join expected
    on
        all_cells.municipality_number = expected.municipality_number
        and all_cells.period = expected.period
        and all_cells.system_key = expected.system_key
        and all_cells.data_object_id = expected.data_object_id
left join listed_states
    on
        all_cells.municipality_number = listed_states.municipality_number
        and all_cells.period = listed_states.period
        and all_cells.system_key = listed_states.system_key
        and all_cells.data_object_id = listed_states.data_object_id
