-- Not built yet: the published shape, without rows.
select
    cast(null as varchar) as period,
    cast(null as varchar) as function_id,
    cast(null as bigint) as n_owners,
    cast(null as bigint) as n_products,
    cast(null as double) as product_diversity,
    cast(null as varchar) as products,
    cast(null as decimal(18, 2)) as annual_cost,
    cast(null as date) as next_contract_end
where false
