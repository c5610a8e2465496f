{#- What the maturity index is made of. -#}

{#- The four dimensions of which none may be missing; the maturity level is the least of them. -#}
{% macro core_dimensions() -%}
    {{ return(['PU', 'PO', 'CS', 'EN']) }}
{%- endmacro %}

{#- The principles, of which one may be missing; together they weigh as much as the four. -#}
{% macro principle_dimensions() -%}
    {{ return(['P1', 'P2', 'P3', 'P4', 'P5']) }}
{%- endmacro %}

{#- All parts as rows: dimension_id, is_core. -#}
{% macro maturity_parts() -%}
    {%- for dimension in core_dimensions() + principle_dimensions() %}
    select
        '{{ dimension }}' as dimension_id,
        {{ 'true' if dimension in core_dimensions() else 'false' }} as is_core
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
