-- How each value has changed since the latest earlier period that it compares with, with what the change is
-- uncertain by. No change is told across a break: the boundaries of the earlier value were others.
with facts as (
    select * from {{ ref('fct_indicator_value') }}
    where focus_area = 'all' and boundary = 'current'
),

index_rows as (
    select * from {{ ref('int_index__indicator') }}
    where focus_area = 'all' and boundary = 'current'
),

earlier_periods as (
    select * from {{ ref('int_peer__earlier_period') }}
),

periods as (
    select * from {{ ref('stg_reference__period') }}
),

numbers as (
    select * from {{ ref('int_index__number') }}
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

dimensions as (
    select * from {{ ref('int_survey__dimension') }}
),

composites as (
    select * from {{ ref('int_survey__maturity') }}
),

pieces as (
    select * from {{ ref('stg_reference__t_quantile_piece') }}
),

piece_count as (
    select count(*) as n_pieces
    from pieces
),

-- When a number was valid that led to a municipality and to others too, whether it was looked at or not.
breaks as (
    select
        numbers.current_number as municipality_number,
        periods.reference_date
    from numbers
    inner join periods on numbers.period = periods.period
    where numbers.is_split
),

standard_errors as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        standard_error_squared
    from dimensions
    union all
    select
        unit_id,
        indicator_id,
        collection_mode,
        standard_error_squared
    from composites
),

described as (
    select
        facts.*,
        standard_errors.standard_error_squared
    from facts
    inner join index_rows
        on
            facts.municipality_number = index_rows.municipality_number
            and facts.period = index_rows.period
            and facts.indicator_id = index_rows.indicator_id
            and facts.collection_mode = index_rows.collection_mode
    left join standard_errors
        on
            index_rows.unit_id = standard_errors.unit_id
            and index_rows.indicator_id = standard_errors.indicator_id
            and index_rows.collection_mode = standard_errors.collection_mode
),

-- The latest earlier period with a value, and whether something earlier broke off.
found as (
    select
        later.municipality_number,
        later.period,
        later.indicator_id,
        later.collection_mode,
        max(earlier_periods.reference_date) as reference_date,
        max(earlier_periods.earlier_reference_date) filter (where earlier.status = 'ok') as earlier_date,
        count(*) filter (where earlier.status = 'break_in_series') as n_broken
    from facts as later
    inner join earlier_periods
        on
            later.period = earlier_periods.period
            and later.indicator_id = earlier_periods.indicator_id
    inner join facts as earlier
        on
            earlier_periods.earlier_period = earlier.period
            and later.municipality_number = earlier.municipality_number
            and later.indicator_id = earlier.indicator_id
            and later.collection_mode = earlier.collection_mode
    where later.status = 'ok'
    group by later.municipality_number, later.period, later.indicator_id, later.collection_mode
),

broken as (
    select distinct
        found.municipality_number,
        found.period,
        found.indicator_id,
        found.collection_mode
    from found
    left join breaks
        on
            found.municipality_number = breaks.municipality_number
            and found.earlier_date < breaks.reference_date
            and found.reference_date > breaks.reference_date
    where breaks.municipality_number is not null or (found.earlier_date is null and found.n_broken > 0)
),

judged as (
    select
        later.*,
        indicators.family,
        case
            when later.status <> 'ok' then later.status
            when broken.municipality_number is not null then 'break_in_series'
            when found.earlier_date is null then 'no_earlier_value'
            else 'ok'
        end as change_status,
        found.earlier_date
    from described as later
    inner join indicators on later.indicator_id = indicators.indicator_id
    left join found
        on
            later.municipality_number = found.municipality_number
            and later.period = found.period
            and later.indicator_id = found.indicator_id
            and later.collection_mode = found.collection_mode
    left join broken
        on
            later.municipality_number = broken.municipality_number
            and later.period = broken.period
            and later.indicator_id = broken.indicator_id
            and later.collection_mode = broken.collection_mode
),

-- Welch's degrees of freedom are 1 or more; rounding may say a little less.
compared as (
    select
        later.municipality_number,
        later.period,
        later.indicator_id,
        later.collection_mode,
        earlier.period as previous_period,
        earlier.value as previous_value,
        later.value - earlier.value as change,
        later.value,
        later.ci_low,
        later.ci_high,
        earlier.ci_low as previous_ci_low,
        earlier.ci_high as previous_ci_high,
        {{ low_end('later') }} as low_end,
        {{ high_end('later') }} as high_end,
        {{ low_end('earlier') }} as previous_low_end,
        {{ high_end('earlier') }} as previous_high_end,
        sqrt(later.standard_error_squared + earlier.standard_error_squared) as standard_error,
        greatest(1, {{ welch_degrees(
            'later.standard_error_squared', 'later.n', 'earlier.standard_error_squared', 'earlier.n'
        ) }}) as df,
        case
            when later.collection_mode = 'official' then 'difference'
            when later.standard_error_squared is not null and earlier.standard_error_squared is not null
                then 'welch'
            when later.family = 'BAR' then 'newcombe'
            when later.family <> 'COV' and later.lower_bound is not null and earlier.lower_bound is not null
                then 'bounds'
            else 'difference'
        end as method
    from judged as later
    inner join earlier_periods
        on
            later.period = earlier_periods.period
            and later.indicator_id = earlier_periods.indicator_id
            and later.earlier_date = earlier_periods.earlier_reference_date
    inner join described as earlier
        on
            earlier_periods.earlier_period = earlier.period
            and later.municipality_number = earlier.municipality_number
            and later.indicator_id = earlier.indicator_id
            and later.collection_mode = earlier.collection_mode
    where later.change_status = 'ok'
),

-- Without any spread the change is certain.
margins as (
    select
        compared.*,
        case
            when compared.method <> 'welch' then null
            when compared.standard_error = 0 then 0
            else {{ t_quantile_by_piece('compared.df', 'piece_count.n_pieces', 'pieces') }}
        end * compared.standard_error as half_width
    from compared
    cross join piece_count
    left join pieces
        on {{ quantile_piece('compared.df', 'piece_count.n_pieces') }} = pieces.piece
),

ranges as (
    select
        *,
        case method
            when 'welch' then change - half_width
            when 'newcombe'
                then change - {{ newcombe_distance('value', 'ci_low', 'previous_value', 'previous_ci_high') }}
            when 'bounds' then low_end - previous_high_end
        end as change_low,
        case method
            when 'welch' then change + half_width
            when 'newcombe'
                then change + {{ newcombe_distance('value', 'ci_high', 'previous_value', 'previous_ci_low') }}
            when 'bounds' then high_end - previous_low_end
        end as change_high
    from margins
)

select
    judged.municipality_number,
    judged.period,
    judged.indicator_id,
    judged.collection_mode,
    judged.value,
    ranges.previous_period,
    ranges.previous_value,
    ranges.change,
    ranges.change_low,
    ranges.change_high,
    -- As decimals: an end that is 0 may come out of two doubles as a little less or more.
    {{ exact_decimal('ranges.change_low') }} > 0 or {{ exact_decimal('ranges.change_high') }} < 0 as is_sure,
    ranges.method,
    judged.change_status as status
from judged
left join ranges
    on
        judged.municipality_number = ranges.municipality_number
        and judged.period = ranges.period
        and judged.indicator_id = ranges.indicator_id
        and judged.collection_mode = ranges.collection_mode
