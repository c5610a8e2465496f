-- In which peer groups a municipality stands in a period. Fictional and real municipalities never share
-- one: the groups of the fictional carry a prefix.
with municipalities as (
    select * from {{ ref('dim_municipality') }}
),

kinds as (
    select
        municipality_number,
        period,
        size_class,
        case when is_fictional then 'fictional:' else '' end as prefix
    from municipalities
)

select
    municipality_number,
    period,
    'all' as peer_group_type,
    prefix || 'all' as peer_group
from kinds
union all
select
    municipality_number,
    period,
    'size_class' as peer_group_type,
    prefix || size_class as peer_group
from kinds
where size_class is not null
