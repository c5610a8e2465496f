-- What the owners of cooperation bodies have in use, for each function it serves: one row per delivered row
-- and function, under the number that the owner has today.
with owners as (
    select * from {{ ref('stg_reference__owner') }}
),

municipalities as (
    select * from {{ ref('stg_reference__municipality') }}
),

-- Fictional owners never stand beside real ones: where there are real ones, they are left out.
counted_owners as (
    select municipality_number
    from (
        select
            owners.municipality_number,
            cast(municipalities.is_fictional as integer) as is_fictional,
            min(cast(municipalities.is_fictional as integer)) over () as is_all_fictional
        from owners
        inner join municipalities on owners.municipality_number = municipalities.municipality_number
    ) as owner_kinds
    where is_fictional = is_all_fictional
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

system_functions as (
    select * from {{ ref('int_system__function') }}
),

known_products as (
    select * from {{ ref('stg_reference__product') }}
),

delivered_systems as (
    select * from {{ ref('stg_lake__system') }}
),

-- In use, and not on the way out. The product that the pack knows, else vendor and name, says what was
-- bought.
systems as (
    select
        delivered_systems.municipality_number,
        delivered_systems.period,
        delivered_systems.delivery_id,
        delivered_systems.sheet,
        delivered_systems.row_number,
        delivered_systems.system_key,
        coalesce(
            lower(known_products.product_name),
            trim(
                lower(
                    coalesce(trim(delivered_systems.vendor), '')
                    || ' '
                    || coalesce(trim(delivered_systems.system_name), '')
                )
            )
        ) as product,
        delivered_systems.annual_cost,
        delivered_systems.contract_end_date
    from delivered_systems
    left join known_products on delivered_systems.product_id = known_products.product_id
    where delivered_systems.lifecycle = 'in_use' and not delivered_systems.is_quarantined
),

-- An owner votes with what all its parts had then; a number that was split is nobody's.
numbers as (
    select * from {{ ref('int_index__number') }}
    where not is_split
)

select
    counted_owners.municipality_number,
    systems.period,
    system_functions.function_id,
    systems.municipality_number as part_number,
    systems.delivery_id,
    systems.sheet,
    systems.row_number,
    systems.product,
    systems.annual_cost,
    case when systems.contract_end_date >= periods.reference_date then systems.contract_end_date end
        as contract_end_date
from systems
inner join numbers
    on
        systems.municipality_number = numbers.municipality_number
        and systems.period = numbers.period
inner join counted_owners on numbers.current_number = counted_owners.municipality_number
inner join periods on systems.period = periods.period
inner join system_functions
    on
        systems.municipality_number = system_functions.municipality_number
        and systems.period = system_functions.period
        and systems.system_key = system_functions.system_key
