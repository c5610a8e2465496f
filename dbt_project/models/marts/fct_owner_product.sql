-- Who has what product in use for what function. Costs and contracts are the owners' own, and stay out.
with owned as (
    select * from {{ ref('int_system__owned') }}
)

select distinct
    municipality_number,
    period,
    function_id,
    product
from owned
