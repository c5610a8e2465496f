with source as (
    select * from {{ source('reference', 't_quantile_piece') }}
)

select
    cast(piece as integer) as piece,
    cast(c0 as double) as c0,
    cast(c1 as double) as c1,
    cast(c2 as double) as c2,
    cast(c3 as double) as c3
from source
