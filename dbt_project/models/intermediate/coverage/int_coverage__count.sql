-- How much of what a family rests on is known, counted in whole numbers, where the kind was delivered:
-- COV_SYS: expected cells with one possible state; settled_cells: those settled as none or not none;
-- COV_FUN: core functions answered; COV_PRO: core processes delivered or answered *har ikke*.
with delivered as (
    select * from {{ ref('int_index__delivery_status') }}
    where delivery_status = 'delivered' and collection_mode = 'register'
),

cells as (
    select * from {{ ref('int_system__cell') }}
    where is_expected
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

cell_counts as (
    select
        municipality_number,
        period,
        count(*) filter (
            where cast(may_be_none as integer) + cast(may_hold as integer) + cast(may_maintain as integer) = 1
        ) as n_one_state,
        count(*) filter (where not may_be_none or not (may_hold or may_maintain)) as n_settled,
        count(*) as n_all
    from cells
    group by municipality_number, period
),

function_counts as (
    select
        function_answers.municipality_number,
        function_answers.period,
        count(distinct function_answers.function_id) as n_known
    from function_answers
    inner join core_functions on function_answers.function_id = core_functions.function_id
    group by function_answers.municipality_number, function_answers.period
),

function_total as (
    select count(*) as n_all
    from core_functions
),

process_counts as (
    select
        municipality_number,
        period,
        count(*) filter (where is_delivered) as n_known,
        count(*) as n_all
    from processes
    group by municipality_number, period
),

counts as (
    select
        delivered.municipality_number,
        delivered.period,
        'COV_SYS' as coverage_id,
        cell_counts.n_one_state as n_known,
        cell_counts.n_all
    from delivered
    left join cell_counts
        on
            delivered.municipality_number = cell_counts.municipality_number
            and delivered.period = cell_counts.period
    where delivered.source_kind = 'systems'
    union all
    select
        delivered.municipality_number,
        delivered.period,
        'settled_cells' as coverage_id,
        cell_counts.n_settled as n_known,
        cell_counts.n_all
    from delivered
    left join cell_counts
        on
            delivered.municipality_number = cell_counts.municipality_number
            and delivered.period = cell_counts.period
    where delivered.source_kind = 'systems'
    union all
    select
        delivered.municipality_number,
        delivered.period,
        'COV_FUN' as coverage_id,
        function_counts.n_known,
        function_total.n_all
    from delivered
    cross join function_total
    left join function_counts
        on
            delivered.municipality_number = function_counts.municipality_number
            and delivered.period = function_counts.period
    where delivered.source_kind = 'systems'
    union all
    select
        delivered.municipality_number,
        delivered.period,
        'COV_PRO' as coverage_id,
        process_counts.n_known,
        process_counts.n_all
    from delivered
    left join process_counts
        on
            delivered.municipality_number = process_counts.municipality_number
            and delivered.period = process_counts.period
    where delivered.source_kind = 'processes'
)

select
    municipality_number,
    period,
    coverage_id,
    coalesce(n_known, 0) as n_known,
    coalesce(n_all, 0) as n_all
from counts
