-- The functions of a system: those of its own row, also a quarantined one, and those that list it.
with systems as (
    select * from {{ ref('stg_lake__system') }}
),

function_answers as (
    select * from {{ ref('stg_lake__function_answer') }}
    where not is_quarantined
),

named as (
    select
        municipality_number,
        period,
        system_key,
        {{ each_element('function_ids') }} as function_id
    from systems
    union distinct
    select
        municipality_number,
        period,
        {{ each_element('system_keys') }} as system_key,
        function_id
    from function_answers
)

select
    municipality_number,
    period,
    system_key,
    function_id
from named
