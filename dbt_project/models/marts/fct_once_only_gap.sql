-- Not built yet: the published shape, without rows.
select
    cast(null as varchar) as municipality_number,
    cast(null as varchar) as period,
    cast(null as varchar) as process_id,
    cast(null as varchar) as data_object_id,
    cast(null as varchar) as register,
    cast(null as varchar) as collection_mode,
    cast(null as bigint) as volume_per_year
where false
