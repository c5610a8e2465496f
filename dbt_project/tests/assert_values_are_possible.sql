-- Only `ok` has a value, and every `ok` has one; numbers lie within their unit's range and in order. Equal
-- bounds may differ from the value in the last digit, so they are compared at twelve decimals.
with facts as (
    select * from {{ ref('fct_indicator_value') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

numbers as (
    select
        facts.*,
        -- A gap between two percentages may lie on either side of 0.
        case
            when indicators.better = 'near_zero' then -100
            when indicators.unit = 'level' then 1
            else 0
        end as least_possible,
        case indicators.unit when 'level' then 5 when 'count' then null else 100 end as greatest_possible,
        {{ exact_decimal('facts.value') }} as exact_value,
        {{ exact_decimal('facts.lower_bound') }} as exact_lower,
        {{ exact_decimal('facts.upper_bound') }} as exact_upper,
        {{ exact_decimal('facts.ci_low') }} as exact_low,
        {{ exact_decimal('facts.ci_high') }} as exact_high
    from facts
    inner join indicators on facts.indicator_id = indicators.indicator_id
),

judged as (
    select
        *,
        case
            when (status = 'ok') <> (value is not null) then 'a value without ok, or ok without a value'
            when status <> 'ok' and (ci_low is not null or ci_high is not null) then 'an interval without ok'
            when
                status not in ('ok', 'insufficient_coverage')
                and (lower_bound is not null or upper_bound is not null)
                then 'bounds with a status that has none'
            when (lower_bound is null) <> (upper_bound is null) then 'one bound without the other'
            when (ci_low is null) <> (ci_high is null) then 'one end of an interval without the other'
            when exact_lower > exact_upper or exact_low > exact_high then 'ends in the wrong order'
            when exact_value < exact_lower or exact_value > exact_upper then 'value outside its bounds'
            when exact_value < exact_low or exact_value > exact_high then 'value outside its interval'
            when least(value, lower_bound, ci_low) < least_possible then 'below the least possible'
            when greatest(value, upper_bound, ci_high) > greatest_possible then 'above the greatest possible'
            when coverage < 0 or coverage > 100 then 'coverage outside 0-100'
            when n < 0 or denominator < 0 then 'a negative count'
        end as fault
    from numbers
)

select *
from judged
where fault is not null
