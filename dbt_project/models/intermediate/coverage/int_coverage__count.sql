-- How much of what a family rests on is known, counted in whole numbers over all parts of a unit, where the
-- kind was delivered: COV_SYS: expected cells with one possible state; settled_cells: those settled as none
-- or not none; COV_FUN: core functions answered; COV_PRO: core processes delivered or answered *har ikke*.
with units as (
    select
        parts.unit_id,
        parts.period,
        parts.focus_area,
        parts.part_number,
        statuses.source_kind
    from {{ ref('int_index__part') }} as parts
    inner join {{ ref('int_index__delivery_status') }} as statuses on parts.unit_id = statuses.unit_id
    where
        statuses.delivery_status = 'delivered'
        and statuses.collection_mode = 'register'
        and statuses.source_kind in ('systems', 'processes')
),

cells as (
    select
        municipality_number,
        period,
        system_key,
        cast(may_be_none as integer) + cast(may_hold as integer) + cast(may_maintain as integer) = 1
            as has_one_state,
        not may_be_none or not (may_hold or may_maintain) as is_settled
    from {{ ref('int_system__cell') }}
    where is_expected
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

core_functions as (
    select * from {{ ref('stg_reference__function') }}
    where tier = 'kjerne'
),

function_answers as (
    select * from {{ ref('stg_lake__function_answer') }}
    where not is_quarantined and (is_complete or has_none)
),

processes as (
    select * from {{ ref('int_process__core_process') }}
),

reference_processes as (
    select * from {{ ref('stg_reference__process') }}
),

-- Everything counts in the whole, and in the area that it carries.
function_areas as (
    select
        function_id,
        'all' as focus_area
    from core_functions
    union all
    select
        function_id,
        focus_area_id as focus_area
    from core_functions
    where focus_area_id is not null
),

process_areas as (
    select
        process_id,
        'all' as focus_area
    from reference_processes
    union all
    select
        process_id,
        focus_area_id as focus_area
    from reference_processes
    where focus_area_id is not null
),

cell_counts as (
    select
        municipality_number,
        period,
        'all' as focus_area,
        count(*) filter (where has_one_state) as n_one_state,
        count(*) filter (where is_settled) as n_settled,
        count(*) as n_all
    from cells
    group by municipality_number, period
    union all
    select
        cells.municipality_number,
        cells.period,
        system_areas.focus_area,
        count(*) filter (where cells.has_one_state) as n_one_state,
        count(*) filter (where cells.is_settled) as n_settled,
        count(*) as n_all
    from cells
    inner join system_areas
        on
            cells.municipality_number = system_areas.municipality_number
            and cells.period = system_areas.period
            and cells.system_key = system_areas.system_key
    group by cells.municipality_number, cells.period, system_areas.focus_area
),

function_counts as (
    select
        function_answers.municipality_number,
        function_answers.period,
        function_areas.focus_area,
        count(distinct function_answers.function_id) as n_known
    from function_answers
    inner join function_areas on function_answers.function_id = function_areas.function_id
    group by function_answers.municipality_number, function_answers.period, function_areas.focus_area
),

function_totals as (
    select
        focus_area,
        count(*) as n_all
    from function_areas
    group by focus_area
),

process_counts as (
    select
        processes.municipality_number,
        processes.period,
        process_areas.focus_area,
        count(*) filter (where processes.is_delivered) as n_known,
        count(*) as n_all
    from processes
    inner join process_areas on processes.process_id = process_areas.process_id
    group by processes.municipality_number, processes.period, process_areas.focus_area
),

-- One row per part: an area of which a part has nothing counts 0 of 0.
counts as (
    select
        units.unit_id,
        'COV_SYS' as coverage_id,
        cell_counts.n_one_state as n_known,
        cell_counts.n_all
    from units
    left join cell_counts
        on
            units.part_number = cell_counts.municipality_number
            and units.period = cell_counts.period
            and units.focus_area = cell_counts.focus_area
    where units.source_kind = 'systems'
    union all
    select
        units.unit_id,
        'settled_cells' as coverage_id,
        cell_counts.n_settled as n_known,
        cell_counts.n_all
    from units
    left join cell_counts
        on
            units.part_number = cell_counts.municipality_number
            and units.period = cell_counts.period
            and units.focus_area = cell_counts.focus_area
    where units.source_kind = 'systems'
    union all
    select
        units.unit_id,
        'COV_FUN' as coverage_id,
        function_counts.n_known,
        function_totals.n_all
    from units
    left join function_totals on units.focus_area = function_totals.focus_area
    left join function_counts
        on
            units.part_number = function_counts.municipality_number
            and units.period = function_counts.period
            and units.focus_area = function_counts.focus_area
    where units.source_kind = 'systems'
    union all
    select
        units.unit_id,
        'COV_PRO' as coverage_id,
        process_counts.n_known,
        process_counts.n_all
    from units
    left join process_counts
        on
            units.part_number = process_counts.municipality_number
            and units.period = process_counts.period
            and units.focus_area = process_counts.focus_area
    where units.source_kind = 'processes'
)

select
    unit_id,
    coverage_id,
    cast(coalesce(sum(n_known), 0) as bigint) as n_known,
    cast(coalesce(sum(n_all), 0) as bigint) as n_all
from counts
group by unit_id, coverage_id
