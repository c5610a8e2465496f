-- Per core data object and measure, between which whole numbers the count of systems lies:
-- `holding`: n(o), over all cells; `maintaining`: M(o), over the cells that the reference pack expects.
with cells as (
    select * from {{ ref('int_system__cell') }}
)

select
    municipality_number,
    period,
    data_object_id,
    'holding' as measure,
    count(*) filter (where not may_be_none) as n_least,
    count(*) filter (where may_hold or may_maintain) as n_most
from cells
group by municipality_number, period, data_object_id
union all
select
    municipality_number,
    period,
    data_object_id,
    'maintaining' as measure,
    count(*) filter (where not may_be_none and not may_hold) as n_least,
    count(*) filter (where may_maintain) as n_most
from cells
where is_expected
group by municipality_number, period, data_object_id
