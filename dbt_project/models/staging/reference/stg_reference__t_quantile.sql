with source as (
    select * from {{ source('reference', 't_quantile') }}
)

select
    cast(df as integer) as df,
    cast(t_975 as double) as t_975
from source
