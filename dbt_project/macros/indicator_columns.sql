{#- The columns that every family's model ends with: key, status, numbers. -#}
{% macro indicator_columns() -%}
    municipality_number,
    period,
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
