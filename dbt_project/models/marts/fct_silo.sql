-- The silo matrix: what each pair of focus areas shares, as delivered; a focus area beside itself (a = b)
-- shows all that it has. Only what is sure counts: systems that are active and not quarantined, objects that
-- such a system surely holds, exchanges that are surely automatic.
with deliveries as (
    select * from {{ ref('stg_ledger__delivery') }}
    where is_counting and kind in ('processes', 'systems')
),

focus_areas as (
    select * from {{ ref('stg_reference__focus_area') }}
),

process_rows as (
    select * from {{ ref('stg_lake__process') }}
    where not is_quarantined and not is_absent
),

active_systems as (
    select * from {{ ref('int_system__active') }}
    where not is_quarantined and not may_be_inactive
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

holders as (
    select * from {{ ref('int_operation__holder') }}
    where is_sure
),

exchanges as (
    select * from {{ ref('int_operation__exchange') }}
    where is_way and is_automatic
),

delivered as (
    select
        municipality_number,
        period,
        {{ any_true("kind = 'processes'") }} as has_processes,
        {{ any_true("kind = 'systems'") }} as has_systems
    from deliveries
    group by municipality_number, period
),

pairs as (
    select
        first_areas.focus_area_id as focus_area_a,
        second_areas.focus_area_id as focus_area_b
    from focus_areas as first_areas
    inner join focus_areas as second_areas on first_areas.focus_area_id <= second_areas.focus_area_id
),

-- What carries focus areas: a process in all its rows, a system, an object through its holders.
carried as (
    select
        municipality_number,
        period,
        'process' as kind,
        {{ process_key('process_id', 'process_name') }} as thing_id,
        {{ each_element('focus_area_ids') }} as focus_area
    from process_rows
    union distinct
    select
        active_systems.municipality_number,
        active_systems.period,
        'system' as kind,
        active_systems.system_key as thing_id,
        system_areas.focus_area
    from active_systems
    inner join system_areas
        on
            active_systems.municipality_number = system_areas.municipality_number
            and active_systems.period = system_areas.period
            and active_systems.system_key = system_areas.system_key
    union distinct
    select
        municipality_number,
        period,
        'object' as kind,
        data_object_id as thing_id,
        {{ each_element('focus_areas') }} as focus_area
    from holders
),

shared as (
    select
        first_ones.municipality_number,
        first_ones.period,
        first_ones.focus_area as focus_area_a,
        second_ones.focus_area as focus_area_b,
        count(distinct first_ones.thing_id) filter (where first_ones.kind = 'process') as n_processes,
        count(distinct first_ones.thing_id) filter (where first_ones.kind = 'system') as n_systems,
        count(distinct first_ones.thing_id) filter (where first_ones.kind = 'object') as n_objects
    from carried as first_ones
    inner join carried as second_ones
        on
            first_ones.municipality_number = second_ones.municipality_number
            and first_ones.period = second_ones.period
            and first_ones.kind = second_ones.kind
            and first_ones.thing_id = second_ones.thing_id
            and first_ones.focus_area <= second_ones.focus_area
    group by
        first_ones.municipality_number, first_ones.period, first_ones.focus_area, second_ones.focus_area
),

-- An exchange counts once for each pair of areas that it runs between, whichever way.
crossings as (
    select distinct
        exchanges.municipality_number,
        exchanges.period,
        exchanges.from_end,
        exchanges.to_end,
        exchanges.data_object_id,
        least(from_areas.focus_area, to_areas.focus_area) as focus_area_a,
        greatest(from_areas.focus_area, to_areas.focus_area) as focus_area_b
    from exchanges
    inner join system_areas as from_areas
        on
            exchanges.municipality_number = from_areas.municipality_number
            and exchanges.period = from_areas.period
            and exchanges.from_system_key = from_areas.system_key
    inner join system_areas as to_areas
        on
            exchanges.municipality_number = to_areas.municipality_number
            and exchanges.period = to_areas.period
            and exchanges.to_system_key = to_areas.system_key
),

exchanged as (
    select
        municipality_number,
        period,
        focus_area_a,
        focus_area_b,
        count(*) as n_exchanges
    from crossings
    group by municipality_number, period, focus_area_a, focus_area_b
)

select
    delivered.municipality_number,
    delivered.period,
    pairs.focus_area_a,
    pairs.focus_area_b,
    case when delivered.has_processes then coalesce(shared.n_processes, 0) end as n_processes,
    case when delivered.has_systems then coalesce(shared.n_systems, 0) end as n_systems,
    case when delivered.has_systems then coalesce(shared.n_objects, 0) end as n_objects,
    case when delivered.has_systems then coalesce(exchanged.n_exchanges, 0) end as n_exchanges
from delivered
cross join pairs
left join shared
    on
        delivered.municipality_number = shared.municipality_number
        and delivered.period = shared.period
        and pairs.focus_area_a = shared.focus_area_a
        and pairs.focus_area_b = shared.focus_area_b
left join exchanged
    on
        delivered.municipality_number = exchanged.municipality_number
        and delivered.period = exchanged.period
        and pairs.focus_area_a = exchanged.focus_area_a
        and pairs.focus_area_b = exchanged.focus_area_b
