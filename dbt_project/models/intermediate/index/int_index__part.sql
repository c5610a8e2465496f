-- The delivering municipalities behind a unit: itself as delivered, or all that it consisted of then.
with units as (
    select * from {{ ref('int_index__unit') }}
),

numbers as (
    select * from {{ ref('int_index__number') }}
)

select
    unit_id,
    period,
    focus_area,
    reference_date,
    municipality_number as part_number
from units
where boundary = 'delivered'
union all
select
    units.unit_id,
    units.period,
    units.focus_area,
    units.reference_date,
    numbers.municipality_number as part_number
from units
inner join numbers
    on
        units.municipality_number = numbers.current_number
        and units.period = numbers.period
where units.boundary = 'current'
