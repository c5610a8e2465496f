{#- The change of a value between two periods, and what it is uncertain by. -#}

{#- Degrees of freedom of a difference by Welch and Satterthwaite, from the squared standard errors and n;
    null where neither has any spread. -#}
{% macro welch_degrees(one_squared_error, one_n, other_squared_error, other_n) -%}
    ({{ one_squared_error }} + {{ other_squared_error }})
    * ({{ one_squared_error }} + {{ other_squared_error }})
    / nullif(
        {{ one_squared_error }} * {{ one_squared_error }} / ({{ one_n }} - 1)
        + {{ other_squared_error }} * {{ other_squared_error }} / ({{ other_n }} - 1),
        0
    )
{%- endmacro %}

{#- Which piece of the quantile's curve degrees of freedom fall into: the curve is cut into `n_pieces` of
    equal length in 1/df, from 0 to 1; one degree is the end of the last. -#}
{% macro quantile_piece(df, n_pieces) -%}
    cast(least(floor({{ n_pieces }} / {{ df }}), {{ n_pieces }} - 1) as integer)
{%- endmacro %}

{#- t(0.975) of fractional degrees of freedom, 1 or more, by the cubic of their piece (a row of
    stg_reference__t_quantile_piece); off by less than 1e-10. -#}
{% macro t_quantile_by_piece(df, n_pieces, pieces) -%}
    {%- set x = '(' ~ n_pieces ~ ' / ' ~ df ~ ' - ' ~ pieces ~ '.piece)' -%}
    (
        {{ pieces }}.c0
        + {{ x }} * ({{ pieces }}.c1 + {{ x }} * ({{ pieces }}.c2 + {{ x }} * {{ pieces }}.c3))
    )
{%- endmacro %}

{#- How far an end of Newcombe's interval of a difference of shares (hybrid score) lies from it: from the
    distances of both shares to the ends of their Wilson intervals that stretch it that way. -#}
{% macro newcombe_distance(one, one_end, other, other_end) -%}
    sqrt(
        ({{ one }} - {{ one_end }}) * ({{ one }} - {{ one_end }})
        + ({{ other }} - {{ other_end }}) * ({{ other }} - {{ other_end }})
    )
{%- endmacro %}

{#- How often is collected, from the period's name; periods of one frequency compare. -#}
{% macro frequency(period) -%}
    case when {{ period }} like '%-H_' then 'half_year' else 'year' end
{%- endmacro %}
