{#- Arithmetic that gives the same digits on every machine and with every thread count: sums are of
    whole numbers or decimals, only the last step is a double. -#}

{#- 100 · numerator ÷ denominator of two whole numbers; null when the denominator is 0. -#}
{% macro percent(numerator, denominator) -%}
    cast(100 * ({{ numerator }}) as double) / cast(nullif({{ denominator }}, 0) as double)
{%- endmacro %}

{#- numerator ÷ denominator of two whole numbers; null when the denominator is 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / cast(nullif({{ denominator }}, 0) as double)
{%- endmacro %}

{#- lcm(1 … 15): the mean of up to 15 answers is a whole number of these parts of a scale point. -#}
{% macro units_per_point() -%}
    360360
{%- endmacro %}

{#- What a survey score counts 0-100 in: whole units between the ends of a k-point scale. -#}
{% macro units_per_scale(n_points) -%}
    ({{ units_per_point() }} * ({{ n_points }} - 1))
{%- endmacro %}

{#- A double as an exact decimal, so that sums do not depend on the order and equal values are equal. -#}
{% macro exact_decimal(value) -%}
    cast({{ value }} as decimal(28, 12))
{%- endmacro %}

{#- A double as a decimal with all its digits; for terms below 10^17 that are summed and then turned back. -#}
{% macro exact_term(value) -%}
    cast({{ value }} as decimal(38, 20))
{%- endmacro %}

{#- One decimal, half away from zero, after rounding to twelve: how ranks and percentiles see a value. -#}
{% macro one_decimal(value) -%}
    cast(round({{ exact_decimal(value) }}, 1) as decimal(28, 1))
{%- endmacro %}

{#- Clipped to 0-100; null stays null. -#}
{% macro clip_percent(value) -%}
    case
        when {{ value }} < 0 then 0
        when {{ value }} > 100 then 100
        else {{ value }}
    end
{%- endmacro %}

{#- z(0.975) of the normal distribution. -#}
{% macro normal_quantile() -%}
    cast(1.959963984540054 as double)
{%- endmacro %}

{#- Lower end of the Wilson 95 % interval of n_yes of n, in per cent, without continuity correction; the
    upper end is 100 − that of the no. Written so that none of n gives exactly 0. -#}
{% macro wilson_low(n_yes, n) -%}
    100
    * (
        2 * ({{ n_yes }})
        + {{ normal_quantile() }} * {{ normal_quantile() }}
        - {{ normal_quantile() }} * sqrt(
            {{ normal_quantile() }} * {{ normal_quantile() }}
            + {{ ratio('4 * (' ~ n_yes ~ ') * (' ~ n ~ ' - (' ~ n_yes ~ '))', n) }}
        )
    )
    / (2 * ({{ n }} + {{ normal_quantile() }} * {{ normal_quantile() }}))
{%- endmacro %}
