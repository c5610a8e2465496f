-- Not built yet: the published shape, without rows.
select
    cast(null as varchar) as municipality_number,
    cast(null as varchar) as period,
    cast(null as varchar) as data_object_id,
    cast(null as bigint) as n_systems,
    cast(null as bigint) as n_maintaining,
    cast(null as bigint) as n_masters,
    cast(null as varchar) as systems
where false
