-- What the pack calls the things that the tables name by their ids: one list of all kinds. A question or
-- dimension that several instruments have is called what the latest of them calls it.
with items as (
    select
        instrument_item.item_id,
        instrument_item.text_nb,
        instrument_item.text_en,
        row_number() over (
            partition by instrument_item.item_id
            order by instrument.valid_from desc nulls last, instrument_item.instrument_id desc
        ) as place
    from {{ source('reference', 'instrument_item') }} as instrument_item
    left join {{ source('reference', 'instrument') }} as instrument
        on instrument_item.instrument_id = instrument.instrument_id
),

dimensions as (
    select
        instrument_dimension.dimension_id,
        instrument_dimension.name_nb,
        instrument_dimension.name_en,
        row_number() over (
            partition by instrument_dimension.dimension_id
            order by instrument.valid_from desc nulls last, instrument_dimension.instrument_id desc
        ) as place
    from {{ source('reference', 'instrument_dimension') }} as instrument_dimension
    left join {{ source('reference', 'instrument') }} as instrument
        on instrument_dimension.instrument_id = instrument.instrument_id
),

named as (
    select
        'data_object' as kind,
        data_object_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'data_object') }}
    union all
    select
        'dimension' as kind,
        dimension_id as code,
        name_nb,
        name_en
    from dimensions
    where place = 1
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
        'item' as kind,
        item_id as code,
        text_nb as name_nb,
        text_en as name_en
    from items
    where place = 1
    union all
    select
        'kostra_group' as kind,
        kostra_group as code,
        name_nb,
        name_en
    from {{ source('reference', 'kostra_group') }}
    union all
    select
        'principle' as kind,
        principle_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'principle') }}
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
    union all
    select
        'size_class' as kind,
        size_class as code,
        name_nb,
        name_en
    from {{ source('reference', 'size_class') }}
    union all
    select
        'sub_goal' as kind,
        sub_goal_id as code,
        name_nb,
        name_en
    from {{ source('reference', 'sub_goal') }}
)

select
    cast(kind as varchar) as kind,
    cast(code as varchar) as code,
    cast(name_nb as varchar) as name_nb,
    cast(name_en as varchar) as name_en
from named
