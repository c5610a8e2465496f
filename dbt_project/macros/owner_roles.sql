{#- How owner roles are told apart: by the reference pack's role, else by what is written, ignoring case and
    surrounding white space; null where no role is named. The two ways cannot be mistaken for each other. -#}
{% macro role_key() -%}
    case
        when {{ names_a_role('owner_role') | indent(8) }}
            then coalesce('role:' || owner_role_id, 'text:' || lower(trim(owner_role)))
    end
{%- endmacro %}
