with source as (
    select * from {{ source('reference', 'indicator') }}
)

select
    cast(indicator_id as varchar) as indicator_id,
    cast(name_nb as varchar) as name_nb,
    cast(name_en as varchar) as name_en,
    cast(description_nb as varchar) as description_nb,
    cast(description_en as varchar) as description_en,
    cast(formula as varchar) as formula,
    cast(unit as varchar) as unit,
    cast(better as varchar) as better,
    cast(tier as varchar) as tier,
    cast(principle as varchar) as principle,
    cast(sub_goal as varchar) as sub_goal,
    cast(source_kind as varchar) as source_kind,
    cast(second_source_kind as varchar) as second_source_kind,
    cast(family as varchar) as family,
    cast(has_focus_area_cut as boolean) as has_focus_area_cut,
    cast(dimension_id as varchar) as dimension_id,
    cast(item_id as varchar) as item_id,
    cast(version as integer) as version
from source
