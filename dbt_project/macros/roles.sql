{#- What a role column may hold beside a role. The words are those of pipelines/ingest/contract.yml (`none`
    and `unknown`); a test holds the lists together. -#}

{#- Words that say that there is none, as names are compared. -#}
{% macro none_words() -%}
    {{ return([
        'ingen', 'nei', 'har ikke', 'none', 'no', 'does not have', 'do not have', 'not applicable here',
    ]) }}
{%- endmacro %}

{#- Words that say nothing, as names are compared; a lone question mark is compared as empty text. -#}
{% macro unknown_words() -%}
    {{ return(['ukjent', 'vet ikke', 'unknown', 'don\'t know', 'dont know', '-', '–', '']) }}
{%- endmacro %}

{#- What stands in a cell whose content was personal and has been masked. -#}
{% macro masked_text() -%}
    '***'
{%- endmacro %}

{#- Whether a role column names a role: false where it says that there is none, null where it is blank, says
    nothing or was masked. -#}
{% macro names_a_role(role) -%}
    case
        when {{ role }} is null or trim({{ role }}) = {{ masked_text() }} then null
        when {{ compared_name(role) }} in {{ text_list(unknown_words()) }} then null
        else {{ compared_name(role) }} not in {{ text_list(none_words()) }}
    end
{%- endmacro %}

{#- Texts as a list in SQL. -#}
{% macro text_list(texts) -%}
    (
        {%- for text in texts -%}
        '{{ text | replace("'", "''") }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
