-- The focus areas that a system carries, from every row of it, also a quarantined one: what its cuts are
-- made by. A system without any counts in `all` only, which has no row here.
with systems as (
    select * from {{ ref('stg_lake__system') }}
)

select distinct
    municipality_number,
    period,
    system_key,
    {{ each_element('focus_area_ids') }} as focus_area
from systems
