{#- Statuses and their order: the one place where the precedence is written. -#}

{#- Every status an indicator can have, the one that wins first. -#}
{% macro status_precedence() -%}
    {{ return([
        'not_applicable',
        'not_delivered',
        'rejected',
        'break_in_series',
        'too_few_respondents',
        'insufficient_coverage',
        'no_denominator',
        'suppressed',
        'ok',
    ]) }}
{%- endmacro %}

{#- The status of a row from `conditions` (status → SQL condition): the first in the order of
    precedence whose condition holds, however the dictionary is ordered; else `ok`. -#}
{% macro first_status(conditions) -%}
    case
        {%- for status in status_precedence() if status in conditions %}
        when {{ conditions[status] }} then '{{ status }}'
        {%- endfor %}
        else 'ok'
    end
{%- endmacro %}

{#- The place of a status in the order of precedence, 1 first; null for null. -#}
{% macro status_rank(status) -%}
    case {{ status }}
        {%- for known in status_precedence() %}
        when '{{ known }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The status at a place in the order of precedence. -#}
{% macro status_at(rank) -%}
    case {{ rank }}
        {%- for known in status_precedence() %}
        when {{ loop.index }} then '{{ known }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- Aggregate: the status among the rows that comes first in the order of precedence. -#}
{% macro worst_status(status, condition='true') -%}
    {{ status_at('min(' ~ status_rank(status) ~ ') filter (where ' ~ condition ~ ')') }}
{%- endmacro %}

{#- Of two statuses, either of which may be null, the one that comes first. -#}
{% macro worse_status(one, other) -%}
    {{ status_at('least(' ~ status_rank(one) ~ ', ' ~ status_rank(other) ~ ')') }}
{%- endmacro %}

{#- Only `ok` has a value and an interval. Needs a column `status`. -#}
{% macro when_ok(expression) -%}
    case when status = 'ok' then {{ expression }} end
{%- endmacro %}

{#- `ok` and `insufficient_coverage` have bounds. Needs a column `status`. -#}
{% macro when_bounded(expression) -%}
    case when status in ('ok', 'insufficient_coverage') then {{ expression }} end
{%- endmacro %}
