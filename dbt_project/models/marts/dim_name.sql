-- Names for those who read a release without the reference pack: of what the pack has, of the peer groups,
-- and of the codes that the tables use.
with pack_names as (
    select * from {{ ref('stg_reference__name') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

groups as (
    select distinct
        peer_group_type,
        peer_group
    from {{ ref('int_peer__group') }}
),

counties as (
    select
        county_number,
        min(county_name) as county_name
    from municipalities
    group by county_number
),

parted_groups as (
    select
        peer_group_type,
        peer_group,
        case peer_group_type when 'owners' then 'sbo' else peer_group_type end as pack_kind,
        peer_group like 'fictional:%' as is_fictional,
        replace(peer_group, 'fictional:', '') as member_code
    from groups
),

group_names as (
    select
        parted_groups.peer_group_type || ':' || parted_groups.peer_group as code,
        parted_groups.is_fictional,
        case parted_groups.peer_group_type
            when 'all' then 'Alle kommuner'
            when 'county' then counties.county_name
            when 'centrality' then 'Sentralitetsklasse ' || parted_groups.member_code
            when 'nearest' then 'Nærmeste naboer til ' || municipalities.name
            else pack_names.name_nb
        end as name_nb,
        case parted_groups.peer_group_type
            when 'all' then 'All municipalities'
            when 'county' then counties.county_name
            when 'centrality' then 'Centrality class ' || parted_groups.member_code
            when 'nearest' then 'Nearest neighbours of ' || municipalities.name
            else pack_names.name_en
        end as name_en
    from parted_groups
    left join pack_names
        on
            parted_groups.pack_kind = pack_names.kind
            and parted_groups.member_code = pack_names.code
    left join counties
        on
            parted_groups.peer_group_type = 'county'
            and parted_groups.member_code = counties.county_number
    left join municipalities
        on
            parted_groups.peer_group_type = 'nearest'
            and parted_groups.member_code = municipalities.municipality_number
),

named as (
    select
        kind,
        code,
        name_nb,
        name_en
    from pack_names
    union all
    select
        'peer_group' as kind,
        code,
        name_nb || case when is_fictional then ' (fiktive)' else '' end as name_nb,
        name_en || case when is_fictional then ' (fictional)' else '' end as name_en
    from group_names
    {%- for kind, codes in words().items() %}
    {%- for code, name_nb, name_en in codes %}
    union all
    select
        '{{ kind }}' as kind,
        '{{ code }}' as code,
        '{{ name_nb }}' as name_nb,
        '{{ name_en }}' as name_en
    {%- endfor %}
    {%- endfor %}
)

select
    kind,
    code,
    name_nb,
    name_en
from named
