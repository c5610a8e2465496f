{#- What the survey's models share. -#}

{#- s² ÷ n of n whole numbers, from their sum and the sum of their squares, in squared units.
    An s below that of a score spread evenly over one step of the scale (`units_per_step` ÷ √12) is replaced
    by it. Null below two. Sums exact, the last step a double. -#}
{% macro standard_error_squared(n, total, square_total, units_per_step) -%}
    {{ ratio(
        'greatest(12 * (' ~ n ~ ' * ' ~ square_total ~ ' - ' ~ total ~ ' * ' ~ total ~ '), '
        ~ wide_integer(units_per_step) ~ ' * ' ~ units_per_step ~ ' * ' ~ n ~ ' * (' ~ n ~ ' - 1))',
        '12 * ' ~ wide_integer(n) ~ ' * (' ~ n ~ ' - 1) * ' ~ n
    ) }}
{%- endmacro %}

{#- The status of a value that rests on n respondents: at least the least number, but for official answers,
    of which there must be one. -#}
{% macro respondent_status(collection_mode, n, min_respondents) -%}
    {{ first_status({
        'too_few_respondents': collection_mode ~ " <> 'official' and " ~ n ~ ' < ' ~ min_respondents,
        'no_denominator': n ~ ' = 0',
    }) }}
{%- endmacro %}

{#- The answers, or scores, of `relation` per municipality in the whole and in each focus area that the
    respondent carries, as `focus_area`: `relation` and int_survey__respondent_area as `areas` are CTEs,
    `respondent_row` names the respondent's row in `relation`. -#}
{% macro in_each_area(relation, respondent_row) -%}
    select
        {{ relation }}.*,
        'all' as focus_area
    from {{ relation }}
    union all
    select
        {{ relation }}.*,
        areas.focus_area
    from {{ relation }}
    inner join areas
        on
            {{ relation }}.delivery_id = areas.delivery_id
            and {{ relation }}.sheet = areas.sheet
            and {{ relation }}.{{ respondent_row }} = areas.row_number
{%- endmacro %}
