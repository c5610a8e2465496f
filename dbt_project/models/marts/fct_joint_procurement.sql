-- Functions for which the owners have systems in use, and how alike their products are.
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
),

owned as (
    select
        counted_owners.municipality_number,
        systems.period,
        system_functions.function_id,
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
),

products as (
    select distinct
        period,
        function_id,
        municipality_number,
        product
    from owned
),

-- One vote per owner, split evenly over its products; as decimals, so that the order of sums is no matter.
votes as (
    select
        period,
        function_id,
        municipality_number,
        product,
        {{ exact_term(ratio('1', 'count(*) over (partition by period, function_id, municipality_number)')) }}
            as vote
    from products
),

n_owners as (
    select
        period,
        function_id,
        count(distinct municipality_number) as n_owners
    from products
    group by period, function_id
),

shares as (
    select
        votes.period,
        votes.function_id,
        votes.product,
        {{ ratio('sum(votes.vote)', 'n_owners.n_owners') }} as share
    from votes
    inner join n_owners on votes.period = n_owners.period and votes.function_id = n_owners.function_id
    group by votes.period, votes.function_id, votes.product, n_owners.n_owners
),

diversity as (
    select
        period,
        function_id,
        count(*) as n_products,
        {{ joined_texts('product', 'product') }} as products,
        cast(sum({{ exact_term('share * share') }}) as double) as sum_of_squares
    from shares
    group by period, function_id
),

money as (
    select
        period,
        function_id,
        -- A sum over known costs only would look like the whole.
        case when count(*) = count(annual_cost) then sum(annual_cost) end as annual_cost,
        min(contract_end_date) as next_contract_end
    from owned
    group by period, function_id
)

select
    diversity.period,
    diversity.function_id,
    n_owners.n_owners,
    diversity.n_products,
    case
        when n_owners.n_owners >= 2 then 1 - diversity.sum_of_squares
    end as product_diversity,
    diversity.products,
    cast(money.annual_cost as decimal(38, 2)) as annual_cost,
    money.next_contract_end
from diversity
inner join n_owners on diversity.period = n_owners.period and diversity.function_id = n_owners.function_id
inner join money on diversity.period = money.period and diversity.function_id = money.function_id
