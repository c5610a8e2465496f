-- Whom each municipality is compared with as its nearest neighbours, and how far they are.
with neighbours as (
    select * from {{ ref('int_peer__neighbour') }}
)

select
    municipality_number,
    period,
    neighbour_rank,
    neighbour_number,
    distance
from neighbours
