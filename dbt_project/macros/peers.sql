{#- The median of a group without one of its members, from the group's `sorted_values` (a list of the
    n_municipalities values in order) and the member's 1-based `place` in it; null where it is alone. -#}
{% macro median_of_others(sorted_values, place, n) -%}
    case
        when {{ n }} < 2 then null
        else (
            {{ element_of_others(sorted_values, place, whole_division(n, 2)) }}
            + {{ element_of_others(sorted_values, place, whole_division(n ~ ' + 1', 2)) }}
        ) / 2.0
    end
{%- endmacro %}

{#- The element that stands at `wanted` once the member at `place` is gone. -#}
{% macro element_of_others(sorted_values, place, wanted) -%}
    {{ element(
        sorted_values,
        wanted ~ ' + case when ' ~ place ~ ' <= ' ~ wanted ~ ' then 1 else 0 end'
    ) }}
{%- endmacro %}

{#- The worst that may lie between two ends, turned so that more is better: of the interval or bounds
    low … high the less favourable end. Null for neutral indicators. Give the value twice for the value. -#}
{% macro least_favourable_end(better, low, high) -%}
    case {{ better }}
        when 'up' then {{ low }}
        when 'down' then -({{ high }})
        when 'near_zero' then -greatest(abs({{ low }}), abs({{ high }}))
    end
{%- endmacro %}

{#- The best that may lie between the same ends, turned so that more is better. -#}
{% macro most_favourable_end(better, low, high) -%}
    case {{ better }}
        when 'up' then {{ high }}
        when 'down' then -({{ low }})
        when 'near_zero'
            then case
                when {{ low }} <= 0 and {{ high }} >= 0 then 0
                else -least(abs({{ low }}), abs({{ high }}))
            end
    end
{%- endmacro %}

{#- Both ends of what is known of a value: the hull of its interval and its bounds, else the value. -#}
{% macro low_end(row) -%}
    coalesce(least({{ row }}.ci_low, {{ row }}.lower_bound), {{ row }}.ci_low, {{ row }}.lower_bound, {{ row }}.value)
{%- endmacro %}

{% macro high_end(row) -%}
    coalesce(greatest({{ row }}.ci_high, {{ row }}.upper_bound), {{ row }}.ci_high, {{ row }}.upper_bound, {{ row }}.value)
{%- endmacro %}

{#- Aggregate: N² · variance (divisor N) of an exact column, as an exact decimal. -#}
{% macro scaled_variance(value) -%}
    count(*) * sum({{ value }} * {{ value }}) - sum({{ value }}) * sum({{ value }})
{%- endmacro %}

{#- The squared difference of two z-scores: (x − y)² ÷ variance, with the variance as `scaled_variance`
    gives it for n municipalities; 0 where all are alike. -#}
{% macro squared_z_difference(one, other, n, variance) -%}
    coalesce(
        cast(({{ one }} - {{ other }}) * ({{ one }} - {{ other }}) as double)
        * cast({{ n }} * {{ n }} as double)
        / cast(nullif({{ variance }}, 0) as double),
        0
    )
{%- endmacro %}

{#- How many to learn from are named at most, for one indicator of one municipality. -#}
{% macro max_teachers() -%}
    5
{%- endmacro %}
