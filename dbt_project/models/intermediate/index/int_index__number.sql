-- Which municipality numbers were valid in a period, and what they are on today's boundaries. A number
-- that was split has one row per municipality that received a part.
with periods as (
    select * from {{ ref('stg_reference__period') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

changes as (
    select * from {{ ref('stg_reference__municipality_change') }}
)

select
    municipalities.municipality_number,
    periods.period,
    municipalities.municipality_number as current_number,
    false as is_split,
    municipalities.is_fictional
from municipalities
inner join periods on coalesce(municipalities.first_year, periods.year) <= periods.year
union all
select
    changes.old_number as municipality_number,
    periods.period,
    changes.new_number as current_number,
    changes.kind = 'split' as is_split,
    municipalities.is_fictional
from changes
inner join periods
    on
        coalesce(changes.first_year, periods.year) <= periods.year
        and changes.last_year >= periods.year
inner join municipalities on changes.new_number = municipalities.municipality_number
