-- What groups and neighbours are made of: every municipality of today in every period, with the population
-- of that period's year, else of the latest earlier one. Logarithms are exact decimals, so that sums do not
-- depend on the order.
with municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

populations as (
    select * from {{ ref('stg_reference__population') }}
),

size_classes as (
    select * from {{ ref('stg_reference__size_class') }}
),

latest_years as (
    select
        populations.municipality_number,
        periods.period,
        max(populations.year) as population_year
    from populations
    inner join periods on populations.year <= periods.year
    group by populations.municipality_number, periods.period
),

counted as (
    select
        latest_years.municipality_number,
        latest_years.period,
        populations.population,
        max(size_classes.min_population) as class_min_population
    from latest_years
    inner join populations
        on
            latest_years.municipality_number = populations.municipality_number
            and latest_years.population_year = populations.year
    left join size_classes on populations.population >= size_classes.min_population
    group by latest_years.municipality_number, latest_years.period, populations.population
)

select
    municipalities.municipality_number,
    periods.period,
    municipalities.is_fictional,
    size_classes.size_class,
    municipalities.kostra_group,
    municipalities.county_number,
    municipalities.centrality_class,
    case when counted.population > 0 then {{ exact_decimal('ln(counted.population)') }} end as log_population,
    case when municipalities.area_km2 > 0 then {{ exact_decimal('ln(municipalities.area_km2)') }} end
        as log_area
from municipalities
cross join periods
left join counted
    on
        municipalities.municipality_number = counted.municipality_number
        and periods.period = counted.period
left join size_classes on counted.class_min_population = size_classes.min_population
