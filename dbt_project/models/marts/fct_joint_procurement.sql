-- Functions for which the owners have systems in use, and how alike their products are.
with owned as (
    select * from {{ ref('int_system__owned') }}
),

products as (
    select * from {{ ref('fct_owner_product') }}
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
