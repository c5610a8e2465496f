{#- The share rule: each thing in scope is yes, no or unknown; the scope itself may be unknown.
    The counts have these names wherever they are used:
    n_yes, n_no, n_unknown (in scope), n_open_yes, n_open_no, n_open_unknown (scope unknown). -#}

{#- Aggregate: the six counts. `is_in_scope`: true or null (unknown), never false; `answer`: true, false or
    null (unknown); `is_thing`: the row is a thing at all (false where an outer join found none). -#}
{% macro share_counts(is_in_scope, answer, is_thing) -%}
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} and {{ answer }}) as n_yes,
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} and not {{ answer }}) as n_no,
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} and {{ answer }} is null) as n_unknown,
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} is null and {{ answer }}) as n_open_yes,
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} is null and not {{ answer }}) as n_open_no,
    count(*) filter (where {{ is_thing }} and {{ is_in_scope }} is null and {{ answer }} is null) as n_open_unknown
{%- endmacro %}

{#- Things whose answer and scope are known: the denominator of the value. -#}
{% macro share_known() -%}
    (n_yes + n_no)
{%- endmacro %}

{#- All things, known or not, and those whose scope is unknown. -#}
{% macro share_all() -%}
    (n_yes + n_no + n_unknown + n_open_yes + n_open_no + n_open_unknown)
{%- endmacro %}

{#- yes ÷ (yes + no), in per cent. -#}
{% macro share_value() -%}
    {{ percent('n_yes', share_known()) }}
{%- endmacro %}

{#- The least value over all completions that have a denominator: the unknown say no, those of unknown
    scope that can only say yes stay out, unless nothing else is there. -#}
{% macro share_lower_bound() -%}
    case
        when n_yes + n_no + n_unknown + n_open_no + n_open_unknown > 0
            then {{ percent('n_yes', 'n_yes + n_no + n_unknown + n_open_no + n_open_unknown') }}
        when n_open_yes > 0 then 100
    end
{%- endmacro %}

{#- The greatest: the unknown say yes, those of unknown scope that can only say no stay out, unless
    nothing else is there. -#}
{% macro share_upper_bound() -%}
    case
        when n_yes + n_no + n_unknown + n_open_yes + n_open_unknown > 0
            then {{ percent(
                'n_yes + n_unknown + n_open_yes + n_open_unknown',
                'n_yes + n_no + n_unknown + n_open_yes + n_open_unknown'
            ) }}
        when n_open_no > 0 then 0
    end
{%- endmacro %}

{#- Whether known ÷ all is below the least coverage, in whole numbers; nothing to cover is covered. -#}
{% macro is_below_coverage(known, total, min_coverage_percent) -%}
    (100 * ({{ known }}) < {{ min_coverage_percent }} * ({{ total }}))
{%- endmacro %}

{#- Coverage in per cent, 100 when there is nothing to cover. -#}
{% macro coverage_percent(known, total) -%}
    case when ({{ total }}) = 0 then 100 else {{ percent(known, total) }} end
{%- endmacro %}

{#- Aggregate over the rows of one thing: no if any row says no, else unknown if any is blank, else yes. -#}
{% macro least_favourable(answer) -%}
    case
        when count(*) filter (where not {{ answer }}) > 0 then false
        when count(*) filter (where {{ answer }} is null) > 0 then null
        else true
    end
{%- endmacro %}

{#- Aggregate over the rows of one thing: yes if any row says yes, else unknown if any is blank, else no. -#}
{% macro any_favourable(answer) -%}
    case
        when count(*) filter (where {{ answer }}) > 0 then true
        when count(*) filter (where {{ answer }} is null) > 0 then null
        else false
    end
{%- endmacro %}

{#- The status of a share of things: of what it needs to know itself, and of the coverage of its family
    (columns n_known and n_all of the relation `family_coverage`). -#}
{% macro share_status(min_coverage_percent) -%}
    {{ first_status({
        'insufficient_coverage':
            is_below_coverage(share_known(), share_all(), min_coverage_percent)
            ~ ' or '
            ~ is_below_coverage('family_coverage.n_known', 'family_coverage.n_all', min_coverage_percent),
        'no_denominator': share_known() ~ ' = 0',
    }) }}
{%- endmacro %}

{#- The columns of `indicator_columns` after the key, of a relation with the six counts and `status`. -#}
{% macro share_columns() -%}
    status,
    {{ when_ok(share_value()) }} as value,
    {{ when_bounded(share_lower_bound()) }} as lower_bound,
    {{ when_bounded(share_upper_bound()) }} as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(n_yes as double) as numerator,
    cast({{ share_known() }} as double) as denominator,
    {{ share_all() }} as n,
    {{ percent(share_known(), share_all()) }} as coverage
{%- endmacro %}

{#- Aggregate: how the answers of some things moved from one period to the next: improved or worsened where a
    thing went from no to yes or from yes to no, mixed where both happened, unchanged where all are known and
    stayed; else unknown. -#}
{% macro movement(before, now) -%}
    case
        when
            count(*) filter (where {{ now }} and not {{ before }}) > 0
            and count(*) filter (where {{ before }} and not {{ now }}) > 0 then 'mixed'
        when count(*) filter (where {{ now }} and not {{ before }}) > 0 then 'improved'
        when count(*) filter (where {{ before }} and not {{ now }}) > 0 then 'worsened'
        when count(*) = count({{ before }}) and count(*) = count({{ now }}) then 'unchanged'
        else 'unknown'
    end
{%- endmacro %}

{#- Whether a date is recent: null where it is unknown or after the reference date; `is_dated` is false for
    *nei*. -#}
{% macro is_recent(is_dated, dated, reference_date, n_months) -%}
    case
        when not {{ is_dated }} then false
        when {{ dated }} > {{ reference_date }} then null
        else {{ dated }} > {{ months_before(reference_date, n_months) }}
    end
{%- endmacro %}

{#- From which fit on a system is no candidate for phasing out: the middle of the contract's scale 1-5. -#}
{% macro adequate_fit() -%}
    3
{%- endmacro %}
