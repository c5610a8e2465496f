-- One row per respondent and dimension for which the respondent is valid, with the score as a whole
-- number of units (see the macro units_per_point): mean of the answered items − 1, exactly.
with answers as (
    select * from {{ ref('stg_lake__survey_answer') }}
    where not is_quarantined
),

items as (
    select * from {{ ref('int_survey__item') }}
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

scored_dimensions as (
    select distinct dimension_id
    from indicators
    where family = 'MOD' and dimension_id is not null
),

counted as (
    select
        answers.municipality_number,
        answers.period,
        answers.collection_mode,
        answers.delivery_id,
        answers.sheet,
        -- A respondent's answers stand in rows of their own where the file has one row per answer.
        answers.respondent_row as row_number,
        items.dimension_id,
        items.n_points,
        count(*) filter (where answers.answer_status <> 'not_relevant') as n_offered,
        count(*) filter (where answers.answer_status = 'ok') as n_answered,
        sum(
            case when items.is_reversed then items.n_points + 1 - answers.answer else answers.answer end
        ) filter (where answers.answer_status = 'ok') as answer_sum
    from answers
    inner join items on answers.period = items.period and answers.item_id = items.item_id
    inner join scored_dimensions on items.dimension_id = scored_dimensions.dimension_id
    group by
        answers.municipality_number,
        answers.period,
        answers.collection_mode,
        answers.delivery_id,
        answers.sheet,
        answers.respondent_row,
        items.dimension_id,
        items.n_points
)

select
    counted.municipality_number,
    counted.period,
    counted.collection_mode,
    counted.delivery_id,
    counted.sheet,
    counted.row_number,
    counted.dimension_id,
    counted.n_points,
    cast(
        counted.answer_sum * {{ whole_division(units_per_point(), 'counted.n_answered') }}
        - {{ units_per_point() }}
        as bigint
    ) as score_units
from counted
cross join thresholds
where
    counted.n_offered >= 1
    and counted.n_answered * thresholds.valid_share_denominator
    >= counted.n_offered * thresholds.valid_share_numerator
