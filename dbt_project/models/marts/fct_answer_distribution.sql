-- Not built yet: the published shape, without rows.
select
    cast(null as varchar) as period,
    cast(null as varchar) as item_id,
    cast(null as varchar) as collection_mode,
    cast(null as varchar) as peer_group_type,
    cast(null as varchar) as peer_group,
    cast(null as varchar) as answer,
    cast(null as bigint) as n,
    cast(null as varchar) as status
where false
