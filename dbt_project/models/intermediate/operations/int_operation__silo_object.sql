-- Whether each core object stands in a silo: held in two focus areas or more, and nothing joins them all,
-- neither a group of systems with automatic exchanges of it nor one holder that is of all the areas. The
-- verdict takes the sure holders; beside it stands what the object may turn out to be.
--
-- It may be out where the sure holders have fewer than two areas.
-- It may be joined where something covers all areas of the sure holders, and the holders that it covers have
-- two areas or more together: those can be the only ones.
-- It may be in a silo where for some m the holders of at most m areas, all sure ones among them, have more
-- than m areas together, so that none of them has all, and no group with exchanges of that name has all.
-- No other choice of holders needs a look: start from all of them; one that has every area of the rest can be
-- in no choice that makes a silo, so it goes; what is left when none has is the holders of at most m areas,
-- and every choice that makes a silo lies within it, with fewer areas at most, which are easier to join.
-- tests/integration/test_operations_bounds.py holds this against every way the unknown can turn out.
with holders as (
    select * from {{ ref('int_operation__holder') }}
),

groups as (
    select * from {{ ref('int_operation__connected_area') }}
),

objects as (
    select
        holders.municipality_number,
        holders.period,
        holders.data_object_id,
        {{ any_true(n_elements('holders.focus_areas') ~ ' = 0') }} as has_holder_without_area,
        max({{ n_elements('holders.focus_areas') }}) filter (where holders.is_sure) as n_most_sure
    from holders
    group by holders.municipality_number, holders.period, holders.data_object_id
),

holder_areas as (
    select
        municipality_number,
        period,
        data_object_id,
        system_key,
        is_sure,
        {{ n_elements('focus_areas') }} as n_areas,
        {{ each_element('focus_areas') }} as focus_area
    from holders
),

sure_areas as (
    select
        municipality_number,
        period,
        data_object_id,
        {{ distinct_list('focus_area', 'is_sure') }} as focus_areas
    from holder_areas
    group by municipality_number, period, data_object_id
),

named_objects as (
    select distinct
        municipality_number,
        period,
        data_object_id
    from groups
    where not is_named_only
),

-- What may join areas: the groups of the object, with the nameless exchanges and without, and its holders.
covers as (
    select distinct
        objects.municipality_number,
        objects.period,
        objects.data_object_id,
        groups.is_named_only,
        false as is_holder,
        false as is_sure_holder,
        groups.focus_areas
    from objects
    left join named_objects
        on
            objects.municipality_number = named_objects.municipality_number
            and objects.period = named_objects.period
            and objects.data_object_id = named_objects.data_object_id
    inner join groups
        on
            objects.municipality_number = groups.municipality_number
            and objects.period = groups.period
            and coalesce(named_objects.data_object_id, '*') = groups.data_object_id
    union distinct
    select
        municipality_number,
        period,
        data_object_id,
        false as is_named_only,
        true as is_holder,
        is_sure as is_sure_holder,
        focus_areas
    from holders
),

verdicts as (
    select
        sure_areas.municipality_number,
        sure_areas.period,
        sure_areas.data_object_id,
        {{ n_elements('sure_areas.focus_areas') }} as n_sure_areas,
        coalesce({{ any_true(
            '(covers.is_sure_holder or not covers.is_holder) and '
            ~ holds_all('covers.focus_areas', 'sure_areas.focus_areas')
        ) }}, false) as is_joined
    from sure_areas
    left join covers
        on
            sure_areas.municipality_number = covers.municipality_number
            and sure_areas.period = covers.period
            and sure_areas.data_object_id = covers.data_object_id
            and not covers.is_named_only
    group by
        sure_areas.municipality_number, sure_areas.period, sure_areas.data_object_id, sure_areas.focus_areas
),

-- The areas of the holders that a cover covers.
covered as (
    select
        covers.municipality_number,
        covers.period,
        covers.data_object_id,
        covers.focus_areas,
        count(distinct holder_areas.focus_area) as n_areas
    from covers
    inner join sure_areas
        on
            covers.municipality_number = sure_areas.municipality_number
            and covers.period = sure_areas.period
            and covers.data_object_id = sure_areas.data_object_id
            and {{ holds_all('covers.focus_areas', 'sure_areas.focus_areas') }}
    inner join holders
        on
            covers.municipality_number = holders.municipality_number
            and covers.period = holders.period
            and covers.data_object_id = holders.data_object_id
            and {{ holds_all('covers.focus_areas', 'holders.focus_areas') }}
    inner join holder_areas
        on
            holders.municipality_number = holder_areas.municipality_number
            and holders.period = holder_areas.period
            and holders.data_object_id = holder_areas.data_object_id
            and holders.system_key = holder_areas.system_key
    where not covers.is_named_only
    group by covers.municipality_number, covers.period, covers.data_object_id, covers.focus_areas
),

joinable as (
    select distinct
        municipality_number,
        period,
        data_object_id
    from covered
    where n_areas >= 2
),

-- The holders of at most m areas together, for each m that adds some.
sizes as (
    select distinct
        holder_areas.municipality_number,
        holder_areas.period,
        holder_areas.data_object_id,
        holder_areas.n_areas as n_at_most
    from holder_areas
    inner join objects
        on
            holder_areas.municipality_number = objects.municipality_number
            and holder_areas.period = objects.period
            and holder_areas.data_object_id = objects.data_object_id
    where holder_areas.n_areas >= coalesce(objects.n_most_sure, 0)
),

unions as (
    select
        sizes.municipality_number,
        sizes.period,
        sizes.data_object_id,
        sizes.n_at_most,
        {{ distinct_list('holder_areas.focus_area') }} as focus_areas
    from sizes
    inner join holder_areas
        on
            sizes.municipality_number = holder_areas.municipality_number
            and sizes.period = holder_areas.period
            and sizes.data_object_id = holder_areas.data_object_id
            and sizes.n_at_most >= holder_areas.n_areas
    group by sizes.municipality_number, sizes.period, sizes.data_object_id, sizes.n_at_most
),

-- The lists are compared within each object: a condition on them in the join would compare all with all.
apart_at_size as (
    select
        unions.municipality_number,
        unions.period,
        unions.data_object_id,
        unions.n_at_most
    from unions
    left join covers
        on
            unions.municipality_number = covers.municipality_number
            and unions.period = covers.period
            and unions.data_object_id = covers.data_object_id
            and covers.is_named_only
    where {{ n_elements('unions.focus_areas') }} > unions.n_at_most
    group by unions.municipality_number, unions.period, unions.data_object_id, unions.n_at_most
    having not coalesce({{ any_true(holds_all('covers.focus_areas', 'unions.focus_areas')) }}, false)
),

apart as (
    select distinct
        municipality_number,
        period,
        data_object_id
    from apart_at_size
)

select
    objects.municipality_number,
    objects.period,
    objects.data_object_id,
    case
        when coalesce(verdicts.n_sure_areas, 0) < 2 then null
        else not verdicts.is_joined
    end as is_silo,
    objects.has_holder_without_area or coalesce(verdicts.n_sure_areas, 0) < 2 as may_be_out,
    objects.has_holder_without_area or apart.data_object_id is not null as may_be_silo,
    objects.has_holder_without_area or joinable.data_object_id is not null as may_be_joined
from objects
left join verdicts
    on
        objects.municipality_number = verdicts.municipality_number
        and objects.period = verdicts.period
        and objects.data_object_id = verdicts.data_object_id
left join joinable
    on
        objects.municipality_number = joinable.municipality_number
        and objects.period = joinable.period
        and objects.data_object_id = joinable.data_object_id
left join apart
    on
        objects.municipality_number = apart.municipality_number
        and objects.period = apart.period
        and objects.data_object_id = apart.data_object_id
