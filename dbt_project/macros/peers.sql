{#- The median of a group without one of its members, from the group's `sorted_values` (a list of the
    n_municipalities values in order) and the member's 1-based `place` in it; null where it is alone. -#}
{% macro median_of_others(sorted_values, place, n) -%}
    case
        when {{ n }} < 2 then null
        else (
            {{ element_of_others(sorted_values, place, whole_division(n, 2)) }}
            + {{ element_of_others(sorted_values, place, whole_division(n ~ ' + 1', 2)) }}
        ) / 2.0
    end
{%- endmacro %}

{#- The element that stands at `wanted` once the member at `place` is gone. -#}
{% macro element_of_others(sorted_values, place, wanted) -%}
    {{ element(
        sorted_values,
        wanted ~ ' + case when ' ~ place ~ ' <= ' ~ wanted ~ ' then 1 else 0 end'
    ) }}
{%- endmacro %}
