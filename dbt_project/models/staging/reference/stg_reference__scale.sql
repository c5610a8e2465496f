with source as (
    select * from {{ source('reference', 'scale') }}
)

select
    cast(scale_id as varchar) as scale_id,
    cast(n_points as integer) as n_points
from source
