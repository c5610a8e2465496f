{#- What is DuckDB's own dialect, named for what it does; another engine replaces this file. -#}

{#- Whole-number division, towards zero; exact for numbers of any size. -#}
{% macro whole_division(numerator, denominator) -%}
    ({{ numerator }}) // ({{ denominator }})
{%- endmacro %}

{#- A whole number wide enough for sums of squares over millions of rows. -#}
{% macro wide_integer(value) -%}
    cast({{ value }} as hugeint)
{%- endmacro %}

{#- Aggregate: true when any row is true, null when all are null. -#}
{% macro any_true(condition) -%}
    bool_or({{ condition }})
{%- endmacro %}

{#- The date a number of months earlier; the last day of a shorter month stands for a day that it
    does not have. -#}
{% macro months_before(date_column, n_months) -%}
    cast({{ date_column }} - to_months(cast({{ n_months }} as integer)) as date)
{%- endmacro %}

{#- One row per element of a list column. -#}
{% macro each_element(list_column) -%}
    unnest({{ list_column }})
{%- endmacro %}

{#- One row per whole number from 1 to n. -#}
{% macro each_whole_number(n) -%}
    unnest(generate_series(1, {{ n }}))
{%- endmacro %}

{#- How many different names a list holds, ignoring case and surrounding white space; 0 for an
    empty list, which is known to name none, and null for null, which is unknown. -#}
{% macro n_different_names(list_column) -%}
    len(list_distinct(list_transform({{ list_column }}, lambda name : lower(trim(name)))))
{%- endmacro %}

{#- Aggregate: quantile with linear interpolation (type 7). -#}
{% macro interpolated_quantile(value, fraction) -%}
    quantile_cont({{ value }}, {{ fraction }})
{%- endmacro %}

{#- Aggregate: the values as a list in a total order. -#}
{% macro ordered_list(value, order_by) -%}
    list({{ value }} order by {{ order_by }})
{%- endmacro %}

{#- The element of a list at a 1-based place. -#}
{% macro element(list_column, place) -%}
    list_extract({{ list_column }}, cast({{ place }} as bigint))
{%- endmacro %}

{#- A text as names and words are compared: case, surrounding white space and closing marks ignored. -#}
{% macro compared_name(text) -%}
    rtrim(lower(trim({{ text }})), ' .:?')
{%- endmacro %}

{#- Aggregate over a list column: all its different elements in order, as one list; null where no row
    has a list. -#}
{% macro united_lists(list_column) -%}
    list_sort(list_distinct(flatten(list({{ list_column }}) filter (where {{ list_column }} is not null))))
{%- endmacro %}

{#- Whether a list column holds every element of another; an empty list is held by all. -#}
{% macro holds_all(list_column, wanted) -%}
    list_has_all({{ list_column }}, {{ wanted }})
{%- endmacro %}

{#- Aggregate: the different elements among the rows, in order, as a list; empty where no row counts. -#}
{% macro distinct_list(value, condition='true') -%}
    list_sort(coalesce(list(distinct {{ value }}) filter (where {{ condition }} and {{ value }} is not null), []))
{%- endmacro %}

{#- How many elements a list has. -#}
{% macro n_elements(list_column) -%}
    len({{ list_column }})
{%- endmacro %}

{#- Aggregate: texts one after the other in a total order. -#}
{% macro joined_texts(value, order_by) -%}
    string_agg({{ value }}, '; ' order by {{ order_by }})
{%- endmacro %}

{#- Aggregate: ids one after the other, as they are written in a running text. -#}
{% macro joined_ids(value) -%}
    string_agg({{ value }}, ', ' order by {{ value }})
{%- endmacro %}

{#- Aggregate: the different texts one after the other, in their own order; null where there is none. By
    lists: string_agg(distinct … order by …) takes three times as long over a million groups. -#}
{% macro joined_different_texts(value) -%}
    nullif(array_to_string(list_sort(list_distinct(list({{ value }}))), '; '), '')
{%- endmacro %}

{#- A list of one value, or of none. -#}
{% macro list_of(value='') -%}
    [{{ value }}]
{%- endmacro %}

{#- A column as a list of texts. -#}
{% macro as_text_list(column) -%}
    cast({{ column }} as varchar[])
{%- endmacro %}
