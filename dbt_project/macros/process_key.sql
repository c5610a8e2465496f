{#- What a process is known by: the pack's id, else its own name as names are compared. -#}
{% macro process_key(process_id, process_name) -%}
    coalesce({{ process_id }}, 'local:' || {{ compared_name(process_name) }})
{%- endmacro %}
