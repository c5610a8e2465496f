-- Municipalities of the index, as they were in the period: those that deliver under their number of then,
-- and what they are today. Of a former one only the name is known.
with index_rows as (
    select distinct
        municipality_number,
        period,
        year,
        is_fictional
    from {{ ref('int_index__municipality') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

changes as (
    select * from {{ ref('stg_reference__municipality_change') }}
),

populations as (
    select * from {{ ref('stg_reference__population') }}
),

size_classes as (
    select * from {{ ref('stg_reference__size_class') }}
),

ownerships as (
    select * from {{ ref('stg_reference__ownership') }}
),

owners as (
    select
        municipality_number,
        {{ joined_ids('sbo_id') }} as sbo_ids
    from ownerships
    group by municipality_number
),

names as (
    select
        municipality_number,
        name
    from municipalities
    union all
    select distinct
        old_number as municipality_number,
        old_name as name
    from changes
),

-- That of 1 January of the period's year, else the latest earlier one.
latest_years as (
    select
        index_rows.municipality_number,
        index_rows.period,
        max(populations.year) as population_year
    from index_rows
    inner join populations
        on
            index_rows.municipality_number = populations.municipality_number
            and index_rows.year >= populations.year
    group by index_rows.municipality_number, index_rows.period
),

counted as (
    select
        latest_years.municipality_number,
        latest_years.period,
        latest_years.population_year,
        populations.population,
        max(size_classes.min_population) as class_min_population
    from latest_years
    inner join populations
        on
            latest_years.municipality_number = populations.municipality_number
            and latest_years.population_year = populations.year
    left join size_classes on populations.population >= size_classes.min_population
    group by
        latest_years.municipality_number,
        latest_years.period,
        latest_years.population_year,
        populations.population
)

select
    index_rows.municipality_number,
    index_rows.period,
    names.name,
    municipalities.county_number,
    municipalities.county_name,
    counted.population,
    counted.population_year,
    size_classes.size_class,
    municipalities.kostra_group,
    municipalities.centrality_class,
    owners.municipality_number is not null as is_owner,
    owners.sbo_ids,
    index_rows.is_fictional
from index_rows
inner join names on index_rows.municipality_number = names.municipality_number
left join municipalities on index_rows.municipality_number = municipalities.municipality_number
left join counted
    on
        index_rows.municipality_number = counted.municipality_number
        and index_rows.period = counted.period
left join size_classes on counted.class_min_population = size_classes.min_population
left join owners on index_rows.municipality_number = owners.municipality_number
