{#- The columns that every family's model ends with: key, status, numbers. -#}
{% macro indicator_columns() -%}
    unit_id,
    indicator_id,
    collection_mode,
    status,
    value,
    lower_bound,
    upper_bound,
    ci_low,
    ci_high,
    numerator,
    denominator,
    n,
    coverage
{%- endmacro %}

{#- The key of a unit: what a value is computed for. -#}
{% macro unit_id(municipality_number, period, boundary, focus_area) -%}
    {{ municipality_number }} || ':' || {{ period }} || ':' || {{ boundary }} || ':' || {{ focus_area }}
{%- endmacro %}
