{#- How owner roles are told apart: by the reference pack's role, else by what is written, ignoring case and
    surrounding white space; null where no role is named. The two ways cannot be mistaken for each other. -#}
{% macro role_key() -%}
    case
        when has_owner_role then coalesce('role:' || owner_role_id, 'text:' || lower(trim(owner_role)))
    end
{%- endmacro %}
