-- One row, one column per variable; one that the pack does not name weighs as it is: 1.
with source as (
    select * from {{ source('reference', 'peer_weight') }}
)

select
    coalesce(cast(max(weight) filter (where variable = 'log_population') as double), 1) as log_population,
    coalesce(cast(max(weight) filter (where variable = 'log_area') as double), 1) as log_area,
    coalesce(cast(max(weight) filter (where variable = 'centrality_class') as double), 1) as centrality_class
from source
