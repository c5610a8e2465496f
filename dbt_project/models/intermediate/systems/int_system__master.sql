-- Per core data object, in the whole and in each focus area, over the cells that the reference pack expects:
-- whether it may be held by no system (out), have exactly one master (yes) or none or several (no). A
-- national register named by the pack is a master besides those of the systems.
with cells as (
    select * from {{ ref('int_system__cell') }}
    where is_expected
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

objects as (
    select * from {{ ref('stg_reference__data_object') }}
),

cells_by_area as (
    select
        municipality_number,
        period,
        'all' as focus_area,
        data_object_id,
        may_be_none,
        may_hold or may_maintain as may_be_held,
        is_master
    from cells
    union all
    select
        cells.municipality_number,
        cells.period,
        system_areas.focus_area,
        cells.data_object_id,
        cells.may_be_none,
        cells.may_hold or cells.may_maintain as may_be_held,
        cells.is_master
    from cells
    inner join system_areas
        on
            cells.municipality_number = system_areas.municipality_number
            and cells.period = system_areas.period
            and cells.system_key = system_areas.system_key
),

-- Between which numbers the masters among the systems lie; each number between is reached.
counts as (
    select
        cells_by_area.municipality_number,
        cells_by_area.period,
        cells_by_area.focus_area,
        cells_by_area.data_object_id,
        count(*) filter (where not cells_by_area.may_be_none) as n_surely_held,
        count(*) filter (where cells_by_area.may_be_held and cells_by_area.is_master is distinct from true)
            as n_held_without_mark,
        count(*) filter (where not cells_by_area.may_be_none and cells_by_area.is_master) as n_masters_least,
        count(*) filter (where cells_by_area.may_be_held and cells_by_area.is_master is distinct from false)
            as n_masters_most
    from cells_by_area
    group by
        cells_by_area.municipality_number,
        cells_by_area.period,
        cells_by_area.focus_area,
        cells_by_area.data_object_id
),

reached as (
    select
        counts.municipality_number,
        counts.period,
        counts.focus_area,
        counts.data_object_id,
        counts.n_surely_held > 0 as is_held,
        counts.n_masters_least + case when objects.register_id is null then 0 else 1 end as n_masters,
        objects.register_id is not null as has_register,
        counts.n_surely_held = 0 as may_be_out,
        -- Held, with no system marked as master; with one; with more.
        counts.n_masters_least = 0 and counts.n_held_without_mark > 0 as may_be_unmarked,
        counts.n_masters_least <= 1 and counts.n_masters_most >= 1 as may_have_one,
        counts.n_masters_most >= 2 as may_have_many
    from counts
    inner join objects on counts.data_object_id = objects.data_object_id
)

select
    municipality_number,
    period,
    focus_area,
    data_object_id,
    is_held,
    is_held and n_masters = 1 as has_one_master,
    may_be_out,
    case when has_register then may_be_unmarked else may_have_one end as may_be_yes,
    case when has_register then may_have_one or may_have_many else may_be_unmarked or may_have_many end
        as may_be_no
from reached
