-- How many things each role owns, per municipality: those in scope, and those whose scope is unknown.
with things as (
    select
        municipality_number,
        period,
        is_in_scope,
        {{ each_element('role_keys') }} as role_key
    from {{ ref('int_operation__owned_thing') }}
)

select
    municipality_number,
    period,
    role_key,
    count(*) filter (where is_in_scope) as n_owned,
    count(*) filter (where is_in_scope is null) as n_open
from things
group by municipality_number, period, role_key
