-- The composites MOD_IDX and MOD_LVL, from the dimensions that the pack says they are made of. Also where
-- nothing was delivered, since the status is that of the worst missing part, and a part may be missing for an
-- earlier reason.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'MOD'
),

indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

composite_parts as (
    select * from {{ ref('stg_reference__composite_part') }}
),

dimensions as (
    select * from {{ ref('int_survey__dimension') }}
),

scores as (
    select * from {{ ref('int_survey__respondent_score') }}
),

areas as (
    select * from {{ ref('int_survey__respondent_area') }}
),

unit_parts as (
    select * from {{ ref('int_index__part') }}
),

t_quantiles as (
    select * from {{ ref('stg_reference__t_quantile') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

composites as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        indicators.unit = 'level' as is_level
    from questions
    inner join indicators on questions.indicator_id = indicators.indicator_id
    where questions.dimension_id is null
),

recipes as (
    select
        indicator_id,
        count(*) filter (where is_required) as n_required,
        count(*) filter (where not is_required) as n_optional
    from composite_parts
    group by indicator_id
),

-- One row per composite and part. A part about which no question was put is not applicable: the catalogue
-- lacks it, or the instrument does, which stands in the whole's questions only and not in those of a cut.
parts as (
    select
        composites.unit_id,
        composites.indicator_id,
        composites.collection_mode,
        composites.is_level,
        composite_parts.dimension_id,
        composite_parts.is_required,
        dimensions.value,
        dimensions.n,
        dimensions.n_points,
        dimensions.unit_sum,
        coalesce(part_questions.blocking_status, dimensions.status, 'not_applicable') as status
    from composites
    inner join composite_parts on composites.indicator_id = composite_parts.indicator_id
    left join questions as part_questions
        on
            composites.unit_id = part_questions.unit_id
            and composites.collection_mode = part_questions.collection_mode
            and composite_parts.dimension_id = part_questions.dimension_id
    left join dimensions
        on
            composites.unit_id = dimensions.unit_id
            and composites.collection_mode = dimensions.collection_mode
            and composite_parts.dimension_id = dimensions.dimension_id
),

counts as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        count(*) filter (where is_required and status = 'ok') as n_required,
        count(*) filter (where not is_required and status = 'ok') as n_optional,
        {{ worst_status('status', "status <> 'ok'") }} as worst_missing,
        -- That of the parts that are present, also where the composite is missing.
        min(n) filter (where status = 'ok') as n
    from parts
    group by unit_id, indicator_id, collection_mode
),

judged as (
    select
        composites.unit_id,
        composites.indicator_id,
        composites.collection_mode,
        composites.is_level,
        counts.n_required,
        counts.n_optional,
        counts.n,
        case
            when
                counts.n_required = recipes.n_required
                and counts.n_optional + thresholds.max_missing_parts >= recipes.n_optional
                and counts.n_required + counts.n_optional > 0
                then 'ok'
            else coalesce(counts.worst_missing, 'not_applicable')
        end as status
    from composites
    cross join thresholds
    left join recipes on composites.indicator_id = recipes.indicator_id
    left join counts
        on
            composites.unit_id = counts.unit_id
            and composites.indicator_id = counts.indicator_id
            and composites.collection_mode = counts.collection_mode
),

-- The level, in whole numbers: 1 + ⌊score ÷ 25⌋ of each part, the least, at most 5.
levels as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        min({{ whole_division('4 * unit_sum', 'n * ' ~ units_per_scale('n_points')) }}) as least_quarter
    from parts
    where is_level and status = 'ok'
    group by unit_id, indicator_id, collection_mode
),

-- The weights in whole numbers over a common denominator: of R required and P optional parts that are
-- present, each required one has 1 ÷ 2R = P ÷ 2RP, each optional one 1 ÷ 2P = R ÷ 2RP. Where there are
-- only parts of one sort, these share all.
weighted as (
    select
        parts.unit_id,
        parts.indicator_id,
        parts.collection_mode,
        parts.dimension_id,
        parts.value,
        parts.n,
        parts.n_points,
        case
            when judged.n_required = 0 or judged.n_optional = 0 then 1
            when parts.is_required then judged.n_optional
            else judged.n_required
        end as weight,
        case
            when judged.n_required = 0 or judged.n_optional = 0 then judged.n_required + judged.n_optional
            else 2 * judged.n_required * judged.n_optional
        end as weight_total
    from parts
    inner join judged
        on
            parts.unit_id = judged.unit_id
            and parts.indicator_id = judged.indicator_id
            and parts.collection_mode = judged.collection_mode
    where not parts.is_level and parts.status = 'ok' and judged.status = 'ok'
),

means as (
    select
        unit_id,
        indicator_id,
        collection_mode,
        cast(sum({{ exact_term('value * weight / weight_total') }}) as double) as index_value
    from weighted
    group by unit_id, indicator_id, collection_mode
),

weighed_dimensions as (
    select distinct composite_parts.dimension_id
    from composite_parts
    inner join indicators on composite_parts.indicator_id = indicators.indicator_id
    where indicators.unit <> 'level'
),

weighed_scores as (
    select scores.*
    from scores
    inner join weighed_dimensions on scores.dimension_id = weighed_dimensions.dimension_id
    where scores.collection_mode = 'respondents'
),

placed as (
    {{ in_each_area('weighed_scores', 'row_number') }}
),

-- Respondents who are valid for both of two dimensions; each pair once, and each dimension with itself.
part_pairs as (
    select
        one.municipality_number,
        one.period,
        one.focus_area,
        one.dimension_id as one_id,
        other.dimension_id as other_id,
        count(*) as n_both,
        sum({{ wide_integer('one.score_units') }}) as one_sum,
        sum({{ wide_integer('other.score_units') }}) as other_sum,
        sum({{ wide_integer('one.score_units') }} * other.score_units) as product_sum
    from placed as one
    inner join weighed_scores as other
        on
            one.delivery_id = other.delivery_id
            and one.sheet = other.sheet
            and one.row_number = other.row_number
            and one.dimension_id <= other.dimension_id
    group by one.municipality_number, one.period, one.focus_area, one.dimension_id, other.dimension_id
),

pairs as (
    select
        unit_parts.unit_id,
        part_pairs.one_id,
        part_pairs.other_id,
        cast(sum(part_pairs.n_both) as bigint) as n_both,
        sum(part_pairs.one_sum) as one_sum,
        sum(part_pairs.other_sum) as other_sum,
        sum(part_pairs.product_sum) as product_sum
    from unit_parts
    inner join part_pairs
        on
            unit_parts.part_number = part_pairs.municipality_number
            and unit_parts.period = part_pairs.period
            and unit_parts.focus_area = part_pairs.focus_area
    group by unit_parts.unit_id, part_pairs.one_id, part_pairs.other_id
),

-- wᵢ wⱼ s_ij n_ij ÷ (nᵢ nⱼ), where s_ij = (n_ij Σxy − Σx Σy) ÷ (n_ij (n_ij − 1)), per scale step. In whole
-- numbers (10¹² parts of a unit², weights over their common denominator), so that what cancels does cancel.
covariance_terms as (
    select
        one.unit_id,
        one.indicator_id,
        one.weight_total,
        {{ whole_division(
            wide_integer(1000000000000)
            ~ ' * (pairs.n_both * pairs.product_sum - pairs.one_sum * pairs.other_sum)',
            wide_integer('pairs.n_both - 1') ~ ' * one.n * other.n'
        ) }} as covariance,
        one.weight * other.weight as weight,
        (one.n_points - 1) * (other.n_points - 1) as scale_steps,
        -- A pair of two dimensions stands for both of its orders.
        case when pairs.one_id = pairs.other_id then 1 else 2 end as n_orders
    from pairs
    inner join weighted as one
        on
            pairs.unit_id = one.unit_id
            and pairs.one_id = one.dimension_id
            and one.collection_mode = 'respondents'
    inner join weighted as other
        on
            one.unit_id = other.unit_id
            and one.indicator_id = other.indicator_id
            and one.collection_mode = other.collection_mode
            and pairs.other_id = other.dimension_id
    where pairs.n_both >= 2
),

variances as (
    select
        unit_id,
        indicator_id,
        'respondents' as collection_mode,
        -- (100 ÷ 360360)² ÷ (10¹² · common denominator²), in points².
        cast(
            greatest(0, sum({{ whole_division('covariance * weight', 'scale_steps') }} * n_orders)) as double
        )
        / cast(
            {{ wide_integer(100000000) }}
            * weight_total * weight_total
            * {{ units_per_point() }} * {{ units_per_point() }} as double
        ) as index_variance
    from covariance_terms
    group by unit_id, indicator_id, weight_total
),

assembled as (
    select
        judged.unit_id,
        judged.indicator_id,
        judged.collection_mode,
        judged.status,
        judged.n,
        case
            when judged.is_level then cast(least(5, 1 + levels.least_quarter) as double)
            else means.index_value
        end as composite_value,
        variances.index_variance,
        t_quantiles.t_975 * sqrt(variances.index_variance) as half_width
    from judged
    left join means
        on
            judged.unit_id = means.unit_id
            and judged.indicator_id = means.indicator_id
            and judged.collection_mode = means.collection_mode
    left join variances
        on
            judged.unit_id = variances.unit_id
            and judged.indicator_id = variances.indicator_id
            and judged.collection_mode = variances.collection_mode
    left join levels
        on
            judged.unit_id = levels.unit_id
            and judged.indicator_id = levels.indicator_id
            and judged.collection_mode = levels.collection_mode
    left join t_quantiles on judged.n - 1 = t_quantiles.df
)

select
    unit_id,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok('composite_value') }} as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    {{ when_ok(clip_percent('composite_value - half_width')) }} as ci_low,
    {{ when_ok(clip_percent('composite_value + half_width')) }} as ci_high,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    n,
    cast(null as double) as coverage,
    {{ when_ok('index_variance') }} as standard_error_squared
from assembled
