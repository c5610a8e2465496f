-- What the pack calls the things that the findings name by their ids: one list of all kinds.
with named as (
    select
        'data_object' as kind,
        data_object_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'data_object') }}
    union all
    select
        'focus_area' as kind,
        focus_area_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'focus_area') }}
    union all
    select
        'function' as kind,
        function_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'function') }}
    union all
    select
        'kostra_group' as kind,
        kostra_group as code,
        name_nb,
        name_en
    from {{ source('reference', 'kostra_group') }}
    union all
    select
        'process' as kind,
        process_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'process') }}
    union all
    select
        'register' as kind,
        register_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'register') }}
    union all
    select
        'sbo' as kind,
        sbo_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'sbo') }}
)

select
    cast(kind as varchar) as kind,
    cast(code as varchar) as code,
    cast(name_nb as varchar) as name_nb,
    cast(name_en as varchar) as name_en
from named
