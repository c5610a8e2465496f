-- BAR_1 … BAR_12: respondents who answer one of the two upper points ÷ respondents with a valid answer,
-- with the Wilson interval.
with expected as (
    select * from {{ ref('int_index__indicator') }}
    where family = 'BAR' and boundary = 'delivered' and blocking_status is null
),

answers as (
    select * from {{ ref('stg_lake__survey_answer') }}
    where not is_quarantined and answer_status = 'ok'
),

items as (
    select * from {{ ref('int_survey__item') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

turned as (
    select
        answers.municipality_number,
        answers.period,
        answers.collection_mode,
        answers.item_id,
        items.n_points,
        case when items.is_reversed then items.n_points + 1 - answers.answer else answers.answer end as answer
    from answers
    inner join items on answers.period = items.period and answers.item_id = items.item_id
),

counts as (
    select
        municipality_number,
        period,
        collection_mode,
        item_id,
        count(*) as n,
        count(*) filter (where answer >= n_points - 1) as n_yes
    from turned
    group by municipality_number, period, collection_mode, item_id
),

judged as (
    select
        expected.municipality_number,
        expected.period,
        expected.indicator_id,
        expected.collection_mode,
        coalesce(counts.n, 0) as n,
        coalesce(counts.n_yes, 0) as n_yes,
        {{ first_status({
            'too_few_respondents':
                "expected.collection_mode <> 'official' and coalesce(counts.n, 0) < thresholds.min_respondents",
            'no_denominator': "coalesce(counts.n, 0) = 0",
        }) }} as status
    from expected
    cross join thresholds
    left join counts
        on
            expected.municipality_number = counts.municipality_number
            and expected.period = counts.period
            and expected.collection_mode = counts.collection_mode
            and expected.item_id = counts.item_id
),

intervals as (
    select
        *,
        {{ percent('n_yes', 'n') }} as share,
        case when collection_mode <> 'official' then {{ wilson_low('n_yes', 'n') }} end as wilson_low,
        case when collection_mode <> 'official' then 100 - {{ wilson_low('n - n_yes', 'n') }} end
            as wilson_high
    from judged
)

select
    municipality_number,
    period,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok('share') }} as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    {{ when_ok(clip_percent('wilson_low')) }} as ci_low,
    {{ when_ok(clip_percent('wilson_high')) }} as ci_high,
    cast(n_yes as double) as numerator,
    cast(n as double) as denominator,
    n,
    cast(null as double) as coverage
from intervals
