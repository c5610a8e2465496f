-- Names for those who read a release without the reference pack.
with names as (
    select * from {{ ref('stg_reference__name') }}
)

select
    kind,
    code,
    name_nb,
    name_en
from names
