-- MOD_IDX and MOD_LVL, from the dimensions. Also where nothing was delivered, since the status is that
-- of the worst missing part, and a part may be missing for an earlier reason.
with expected as (
    select * from {{ ref('int_index__indicator') }}
    where family = 'MOD' and boundary = 'delivered'
),

dimensions as (
    select * from {{ ref('int_survey__dimension') }}
),

scores as (
    select * from {{ ref('int_survey__respondent_score') }}
),

t_quantiles as (
    select * from {{ ref('stg_reference__t_quantile') }}
),

part_list as (
    {{ maturity_parts() }}
),

-- One row per composite and part. A part that the catalogue lacks is not applicable.
parts as (
    select
        composite.municipality_number,
        composite.period,
        composite.collection_mode,
        composite.indicator_id,
        part_list.dimension_id,
        part_list.is_core,
        dimensions.value,
        dimensions.n,
        dimensions.n_points,
        dimensions.unit_sum,
        coalesce(part.blocking_status, dimensions.status, 'not_applicable') as status
    from expected as composite
    inner join part_list on composite.indicator_id = 'MOD_IDX' or part_list.is_core
    left join expected as part
        on
            composite.municipality_number = part.municipality_number
            and composite.period = part.period
            and composite.collection_mode = part.collection_mode
            and part_list.dimension_id = part.dimension_id
    left join dimensions
        on
            composite.municipality_number = dimensions.municipality_number
            and composite.period = dimensions.period
            and composite.collection_mode = dimensions.collection_mode
            and part_list.dimension_id = dimensions.dimension_id
    where composite.indicator_id in ('MOD_IDX', 'MOD_LVL')
),

composites as (
    select
        municipality_number,
        period,
        collection_mode,
        indicator_id,
        count(*) filter (where is_core and status = 'ok') as n_core,
        count(*) filter (where not is_core and status = 'ok') as n_principles,
        {{ worst_status('status', "status <> 'ok'") }} as worst_missing,
        -- That of the parts that are present, also where the composite is missing.
        min(n) filter (where status = 'ok') as n
    from parts
    group by municipality_number, period, collection_mode, indicator_id
),

judged as (
    select
        municipality_number,
        period,
        collection_mode,
        indicator_id,
        n_principles,
        case
            when n_core < {{ core_dimensions() | length }} then worst_missing
            when indicator_id = 'MOD_IDX' and n_principles < {{ principle_dimensions() | length }} - 1
                then worst_missing
            else 'ok'
        end as status,
        n
    from composites
),

-- The level, in whole numbers: 1 + ⌊score ÷ 25⌋ of each of the four, the least, at most 5.
levels as (
    select
        municipality_number,
        period,
        collection_mode,
        indicator_id,
        min({{ whole_division('4 * unit_sum', 'n * ' ~ units_per_scale('n_points')) }}) as least_quarter
    from parts
    where indicator_id = 'MOD_LVL' and status = 'ok'
    group by municipality_number, period, collection_mode, indicator_id
),

-- The weights in whole fortieths: an eighth for each of the four, a half shared by four or five principles.
weighted as (
    select
        parts.municipality_number,
        parts.period,
        parts.collection_mode,
        parts.dimension_id,
        parts.value,
        parts.n,
        parts.n_points,
        case when parts.is_core then 5 else {{ whole_division(20, 'judged.n_principles') }} end as fortieths
    from parts
    inner join judged
        on
            parts.municipality_number = judged.municipality_number
            and parts.period = judged.period
            and parts.collection_mode = judged.collection_mode
            and parts.indicator_id = judged.indicator_id
    where parts.indicator_id = 'MOD_IDX' and parts.status = 'ok' and judged.status = 'ok'
),

means as (
    select
        municipality_number,
        period,
        collection_mode,
        cast(sum({{ exact_term('value * fortieths / 40') }}) as double) as index_value
    from weighted
    group by municipality_number, period, collection_mode
),

-- Respondents who are valid for both of two dimensions.
pairs as (
    select
        one.municipality_number,
        one.period,
        one.dimension_id as one_id,
        other.dimension_id as other_id,
        count(*) as n_both,
        sum({{ wide_integer('one.score_units') }}) as one_sum,
        sum({{ wide_integer('other.score_units') }}) as other_sum,
        sum({{ wide_integer('one.score_units') }} * other.score_units) as product_sum
    from scores as one
    inner join scores as other
        on
            one.delivery_id = other.delivery_id
            and one.sheet = other.sheet
            and one.row_number = other.row_number
    where one.collection_mode = 'respondents' and other.collection_mode = 'respondents'
    group by one.municipality_number, one.period, one.dimension_id, other.dimension_id
),

-- wᵢ wⱼ s_ij n_ij ÷ (nᵢ nⱼ), where s_ij = (n_ij Σxy − Σx Σy) ÷ (n_ij (n_ij − 1)), per scale step. In whole
-- numbers (10¹² parts of a unit², weights in fortieths), so that terms that cancel do cancel.
covariance_terms as (
    select
        pairs.municipality_number,
        pairs.period,
        {{ whole_division(
            wide_integer(1000000000000)
            ~ ' * (pairs.n_both * pairs.product_sum - pairs.one_sum * pairs.other_sum)',
            wide_integer('pairs.n_both - 1') ~ ' * one.n * other.n'
        ) }} as covariance,
        one.fortieths * other.fortieths as weight,
        (one.n_points - 1) * (other.n_points - 1) as scale_steps
    from pairs
    inner join weighted as one
        on
            pairs.municipality_number = one.municipality_number
            and pairs.period = one.period
            and pairs.one_id = one.dimension_id
            and one.collection_mode = 'respondents'
    inner join weighted as other
        on
            pairs.municipality_number = other.municipality_number
            and pairs.period = other.period
            and pairs.other_id = other.dimension_id
            and other.collection_mode = 'respondents'
    where pairs.n_both >= 2
),

variances as (
    select
        municipality_number,
        period,
        'respondents' as collection_mode,
        -- (100 ÷ 360360)² ÷ (10¹² · 40²), in points².
        cast(greatest(0, sum({{ whole_division('covariance * weight', 'scale_steps') }})) as double)
        / cast({{ wide_integer(160000000000) }} * {{ units_per_point() }} * {{ units_per_point() }} as double)
            as index_variance
    from covariance_terms
    group by municipality_number, period
),

assembled as (
    select
        judged.municipality_number,
        judged.period,
        judged.indicator_id,
        judged.collection_mode,
        judged.status,
        judged.n,
        case
            when judged.indicator_id = 'MOD_IDX' then means.index_value
            else cast(least(5, 1 + levels.least_quarter) as double)
        end as composite_value,
        case
            when judged.indicator_id = 'MOD_IDX' then t_quantiles.t_975 * sqrt(variances.index_variance)
        end as half_width
    from judged
    left join means
        on
            judged.municipality_number = means.municipality_number
            and judged.period = means.period
            and judged.collection_mode = means.collection_mode
    left join variances
        on
            judged.municipality_number = variances.municipality_number
            and judged.period = variances.period
            and judged.collection_mode = variances.collection_mode
    left join levels
        on
            judged.municipality_number = levels.municipality_number
            and judged.period = levels.period
            and judged.collection_mode = levels.collection_mode
            and judged.indicator_id = levels.indicator_id
    left join t_quantiles on judged.n - 1 = t_quantiles.df
)

select
    municipality_number,
    period,
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
    cast(null as double) as coverage
from assembled
