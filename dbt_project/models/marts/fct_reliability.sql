-- Cronbach's alpha of each dimension and period, over all respondents with an answer to every item of it,
-- whatever their municipality; fictional and real ones apart. Of two items: Spearman-Brown.
with municipalities as (
    select * from {{ ref('int_index__municipality') }}
    where boundary = 'delivered'
),

items as (
    select * from {{ ref('int_survey__item') }}
),

answers as (
    select * from {{ ref('stg_lake__survey_answer') }}
    where not is_quarantined and answer_status = 'ok' and collection_mode = 'respondents'
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

respondents as (
    select * from {{ ref('stg_lake__survey_respondent') }}
    where not is_quarantined and collection_mode = 'respondents'
),

collection_groups as (
    select distinct
        municipalities.period,
        municipalities.is_fictional,
        case when municipalities.is_fictional then 'fictional:' else '' end || 'all' as collection_group
    from respondents
    inner join municipalities
        on
            respondents.municipality_number = municipalities.municipality_number
            and respondents.period = municipalities.period
),

dimensions as (
    select
        period,
        instrument_id,
        dimension_id,
        count(*) as n_items
    from items
    group by period, instrument_id, dimension_id
),

-- In steps of the scale above its lowest point.
turned as (
    select
        answers.period,
        municipalities.is_fictional,
        answers.delivery_id,
        answers.sheet,
        answers.respondent_row,
        items.dimension_id,
        items.item_id,
        case
            when items.is_reversed then items.n_points - answers.answer
            else answers.answer - 1
        end as step
    from answers
    inner join items
        on
            answers.period = items.period
            and answers.item_id = items.item_id
    inner join municipalities
        on
            answers.municipality_number = municipalities.municipality_number
            and answers.period = municipalities.period
),

-- Respondents with an answer to every item, and the sum of their answers.
totals as (
    select
        turned.period,
        turned.is_fictional,
        turned.delivery_id,
        turned.sheet,
        turned.respondent_row,
        turned.dimension_id,
        sum(turned.step) as total
    from turned
    inner join dimensions
        on
            turned.period = dimensions.period
            and turned.dimension_id = dimensions.dimension_id
    group by
        turned.period,
        turned.is_fictional,
        turned.delivery_id,
        turned.sheet,
        turned.respondent_row,
        turned.dimension_id,
        dimensions.n_items
    having count(*) = dimensions.n_items
),

-- Spread: n · Σx² − (Σx)² = n · (n − 1) · s², a whole number.
total_spreads as (
    select
        period,
        is_fictional,
        dimension_id,
        count(*) as n,
        count(*) * sum({{ wide_integer('total') }} * total)
        - sum({{ wide_integer('total') }}) * sum({{ wide_integer('total') }}) as total_spread
    from totals
    group by period, is_fictional, dimension_id
),

item_spreads as (
    select
        turned.period,
        turned.is_fictional,
        turned.dimension_id,
        turned.item_id,
        count(*) * sum({{ wide_integer('turned.step') }} * turned.step)
        - sum({{ wide_integer('turned.step') }}) * sum({{ wide_integer('turned.step') }}) as item_spread
    from turned
    inner join totals
        on
            turned.delivery_id = totals.delivery_id
            and turned.sheet = totals.sheet
            and turned.respondent_row = totals.respondent_row
            and turned.dimension_id = totals.dimension_id
    group by turned.period, turned.is_fictional, turned.dimension_id, turned.item_id
),

spreads as (
    select
        period,
        is_fictional,
        dimension_id,
        sum(item_spread) as item_spread_sum,
        -- Of two items: the product of their spreads.
        {{ wide_integer('min(item_spread)') }} * max(item_spread) as spread_product
    from item_spreads
    group by period, is_fictional, dimension_id
),

counted as (
    select
        dimensions.period,
        dimensions.instrument_id,
        collection_groups.collection_group,
        dimensions.dimension_id,
        dimensions.n_items,
        total_spreads.total_spread,
        spreads.item_spread_sum,
        spreads.spread_product,
        coalesce(total_spreads.n, 0) as n,
        -- The spread of the sum of two items is that of each and twice what they have in common.
        {{ whole_division('total_spreads.total_spread - spreads.item_spread_sum', 2) }} as common_spread,
        thresholds.min_n_reliability
    from dimensions
    cross join thresholds
    inner join collection_groups on dimensions.period = collection_groups.period
    left join total_spreads
        on
            dimensions.period = total_spreads.period
            and dimensions.dimension_id = total_spreads.dimension_id
            and collection_groups.is_fictional = total_spreads.is_fictional
    left join spreads
        on
            dimensions.period = spreads.period
            and dimensions.dimension_id = spreads.dimension_id
            and collection_groups.is_fictional = spreads.is_fictional
),

judged as (
    select
        *,
        -- Two items of which one never varies, or of which each undoes the other, have no Spearman-Brown.
        {{ first_status({
            'too_few_respondents': 'n < min_n_reliability',
            'no_denominator':
                'n_items < 2 or total_spread = 0 or n_items = 2 and (spread_product = 0'
                ~ ' or common_spread < 0 and common_spread * common_spread = spread_product)',
        }) }} as status
    from counted
)

select
    period,
    instrument_id,
    collection_group,
    dimension_id,
    n,
    n_items,
    {{ when_ok(
        'case when n_items = 2'
        ~ ' then 2 * cast(common_spread as double)'
        ~ ' / (sqrt(cast(spread_product as double)) + cast(common_spread as double))'
        ~ ' else ' ~ ratio('n_items * (total_spread - item_spread_sum)', '(n_items - 1) * total_spread')
        ~ ' end'
    ) }} as alpha,
    status
from judged
