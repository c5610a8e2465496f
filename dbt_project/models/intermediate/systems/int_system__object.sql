-- Per core data object and measure, between which whole numbers the count of systems lies, in the whole and
-- in each focus area (of the systems that carry it): `holding`: n(o), over all cells; `maintaining`: M(o),
-- over the cells that the reference pack expects.
with cells as (
    select * from {{ ref('int_system__cell') }}
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

cells_by_area as (
    select
        municipality_number,
        period,
        'all' as focus_area,
        data_object_id,
        is_expected,
        may_be_none,
        may_hold,
        may_maintain
    from cells
    union all
    select
        cells.municipality_number,
        cells.period,
        system_areas.focus_area,
        cells.data_object_id,
        cells.is_expected,
        cells.may_be_none,
        cells.may_hold,
        cells.may_maintain
    from cells
    inner join system_areas
        on
            cells.municipality_number = system_areas.municipality_number
            and cells.period = system_areas.period
            and cells.system_key = system_areas.system_key
)

select
    municipality_number,
    period,
    focus_area,
    data_object_id,
    'holding' as measure,
    count(*) filter (where not may_be_none) as n_least,
    count(*) filter (where may_hold or may_maintain) as n_most
from cells_by_area
group by municipality_number, period, focus_area, data_object_id
union all
select
    municipality_number,
    period,
    focus_area,
    data_object_id,
    'maintaining' as measure,
    count(*) filter (where not may_be_none and not may_hold) as n_least,
    count(*) filter (where may_maintain) as n_most
from cells_by_area
where is_expected
group by municipality_number, period, focus_area, data_object_id
