-- Which focus areas the automatic exchanges of an object join, whichever way they run: the areas of all
-- systems of a group that hangs together, once for each set of areas. An exchange that names no object (`*`)
-- may carry any: with it (`is_named_only` false) and without it. An object of which no exchange has the name
-- is joined by the nameless alone, which stand once, as the object `*`. Areas are passed on along the
-- exchanges, and a row that is already there is not added again, so cycles end.
with recursive exchanges as (
    select * from {{ ref('int_operation__exchange') }}
    where is_way and is_automatic
),

system_areas as (
    select * from {{ ref('int_system__focus_area') }}
),

both_ways as (
    select
        municipality_number,
        period,
        data_object_id,
        from_system_key as system_key,
        to_system_key as other_key
    from exchanges
    union distinct
    select
        municipality_number,
        period,
        data_object_id,
        to_system_key as system_key,
        from_system_key as other_key
    from exchanges
),

named_objects as (
    select distinct
        municipality_number,
        period,
        data_object_id
    from exchanges
    where data_object_id <> '*'
),

links as (
    select
        municipality_number,
        period,
        data_object_id,
        true as is_named_only,
        system_key,
        other_key
    from both_ways
    where data_object_id <> '*'
    union all
    select
        municipality_number,
        period,
        data_object_id,
        false as is_named_only,
        system_key,
        other_key
    from both_ways
    union all
    select
        both_ways.municipality_number,
        both_ways.period,
        named_objects.data_object_id,
        false as is_named_only,
        both_ways.system_key,
        both_ways.other_key
    from both_ways
    inner join named_objects
        on
            both_ways.municipality_number = named_objects.municipality_number
            and both_ways.period = named_objects.period
    where both_ways.data_object_id = '*'
),

touched as (
    select
        links.municipality_number,
        links.period,
        links.data_object_id,
        links.is_named_only,
        links.system_key,
        system_areas.focus_area
    from links
    inner join system_areas
        on
            links.municipality_number = system_areas.municipality_number
            and links.period = system_areas.period
            and links.system_key = system_areas.system_key
    union distinct
    select
        links.municipality_number,
        links.period,
        links.data_object_id,
        links.is_named_only,
        links.other_key as system_key,
        touched.focus_area
    from touched
    inner join links
        on
            touched.municipality_number = links.municipality_number
            and touched.period = links.period
            and touched.data_object_id = links.data_object_id
            and touched.is_named_only = links.is_named_only
            and touched.system_key = links.system_key
),

of_systems as (
    select
        municipality_number,
        period,
        data_object_id,
        is_named_only,
        system_key,
        {{ distinct_list('focus_area') }} as focus_areas
    from touched
    group by municipality_number, period, data_object_id, is_named_only, system_key
)

select distinct
    municipality_number,
    period,
    data_object_id,
    is_named_only,
    focus_areas
from of_systems
