{#- Aggregate over the thresholds: the one of that name as a column; null where the pack lacks it. -#}
{% macro threshold(threshold_id, data_type='integer') -%}
    cast(max(value) filter (where threshold_id = '{{ threshold_id }}') as {{ data_type }}) as {{ threshold_id }}
{%- endmacro %}
