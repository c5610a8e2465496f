-- KEY1: load of the most loaded role ÷ things with a role; of several parts the loads and the things are
-- added up. A thing whose role is unknown may be owned by any role or, as *ingen*, be out; one whose scope is
-- unknown may be out.
--
-- Least: the unknown are owned by one role each, so a part's greatest load is what is known of it. Of the
-- things of unknown scope those come in that leave it there. A part may let its greatest load rise to the
-- next level if that lets more of them in (from 0 to 1 the unknown as well); the levels are taken over all
-- parts, those that let in the most per step first, and one of these stages is the least ratio.
-- Greatest: the unknown are owned by the part's most loaded role, and its things of unknown scope come in.
-- Which role that is may depend on the ratio reached: (load − ratio · things let in) decides. It changes only
-- at the ratios where two roles of a part are equal (`switches`), so the best role of each part just below
-- every switch, and below 1, gives the greatest ratio for one of them.
-- tests/integration/test_operations_bounds.py holds both against every way the unknown can turn out.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'KEY' and blocking_status is null
),

parts as (
    select * from {{ ref('int_index__part') }}
),

things as (
    select * from {{ ref('int_operation__owned_thing') }}
),

loads as (
    select * from {{ ref('int_operation__role_load') }}
),

coverage as (
    select * from {{ ref('int_coverage__count') }}
),

thresholds as (
    select * from {{ ref('stg_reference__threshold') }}
),

asked as (
    select
        questions.unit_id,
        questions.indicator_id,
        questions.collection_mode,
        parts.part_number,
        parts.period
    from questions
    inner join parts on questions.unit_id = parts.unit_id
),

part_counts as (
    select
        municipality_number,
        period,
        count(*) as n_things,
        count(*) filter (where is_in_scope and role_keys is not null) as n_known,
        count(*) filter (where role_keys is null) as n_unknown
    from things
    group by municipality_number, period
),

greatest_loads as (
    select
        municipality_number,
        period,
        max(n_owned) as n_greatest
    from loads
    group by municipality_number, period
),

-- `n_level`: the greatest load among what is known, and the least that it can be; 0 where all may be out.
part_levels as (
    select
        part_counts.municipality_number,
        part_counts.period,
        part_counts.n_things,
        part_counts.n_known,
        part_counts.n_unknown,
        coalesce(greatest_loads.n_greatest, 0) as n_level
    from part_counts
    left join greatest_loads
        on
            part_counts.municipality_number = greatest_loads.municipality_number
            and part_counts.period = greatest_loads.period
),

-- The things that a part counts at its least level.
at_level as (
    select
        part_levels.municipality_number,
        part_levels.period,
        part_levels.n_level,
        case when part_levels.n_level = 0 then 0 else part_levels.n_known + part_levels.n_unknown end
        + coalesce(cast(sum(least(loads.n_open, part_levels.n_level - loads.n_owned)) as bigint), 0)
            as n_counted
    from part_levels
    left join loads
        on
            part_levels.municipality_number = loads.municipality_number
            and part_levels.period = loads.period
    group by
        part_levels.municipality_number,
        part_levels.period,
        part_levels.n_level,
        part_levels.n_known,
        part_levels.n_unknown
),

-- The levels at which fewer roles have things left to let in; from 0 to 1 the unknown come in as well.
stage_ends as (
    select
        municipality_number,
        period,
        n_owned + n_open as n_level
    from loads
    union distinct
    select
        municipality_number,
        period,
        1 as n_level
    from part_levels
    where n_level = 0
),

stages as (
    select
        stage_ends.municipality_number,
        stage_ends.period,
        stage_ends.n_level,
        stage_ends.n_level - lag(stage_ends.n_level, 1, part_levels.n_level) over (
            partition by stage_ends.municipality_number, stage_ends.period
            order by stage_ends.n_level asc
        ) as n_steps,
        case when part_levels.n_level = 0 and stage_ends.n_level = 1 then part_levels.n_unknown else 0 end
            as n_unknown
    from stage_ends
    inner join part_levels
        on
            stage_ends.municipality_number = part_levels.municipality_number
            and stage_ends.period = part_levels.period
    where stage_ends.n_level > part_levels.n_level
),

gains as (
    select
        stages.municipality_number,
        stages.period,
        stages.n_level,
        stages.n_steps,
        stages.n_unknown + count(loads.role_key) as n_per_step
    from stages
    left join loads
        on
            stages.municipality_number = loads.municipality_number
            and stages.period = loads.period
            and stages.n_level <= loads.n_owned + loads.n_open
    group by stages.municipality_number, stages.period, stages.n_level, stages.n_steps, stages.n_unknown
),

unit_starts as (
    select
        asked.unit_id,
        cast(sum(at_level.n_level) as bigint) as n_load,
        cast(sum(at_level.n_counted) as bigint) as n_counted
    from asked
    inner join at_level
        on
            asked.part_number = at_level.municipality_number
            and asked.period = at_level.period
    group by asked.unit_id
),

least_steps as (
    select
        unit_id,
        n_load,
        n_counted
    from unit_starts
    union all
    select
        asked.unit_id,
        unit_starts.n_load + cast(sum(gains.n_steps) over so_far as bigint) as n_load,
        unit_starts.n_counted + cast(sum(gains.n_steps * gains.n_per_step) over so_far as bigint) as n_counted
    from asked
    inner join unit_starts on asked.unit_id = unit_starts.unit_id
    inner join gains
        on
            asked.part_number = gains.municipality_number
            and asked.period = gains.period
    window so_far as (
        partition by asked.unit_id
        order by gains.n_per_step desc, asked.part_number asc, gains.n_level asc
        rows between unbounded preceding and current row
    )
),

lower_bounds as (
    select
        unit_id,
        min({{ percent('n_load', 'n_counted') }}) as lower_bound
    from least_steps
    group by unit_id
),

-- Each role that the unknown may make the most loaded, or none of those that are named.
candidates as (
    select
        municipality_number,
        period,
        n_open,
        max(n_owned + n_open) as n_load
    from loads
    group by municipality_number, period, n_open
    union distinct
    select
        municipality_number,
        period,
        0 as n_open,
        n_level as n_load
    from part_levels
),

switches as (
    select distinct
        asked.unit_id,
        more.n_load - less.n_load as numerator,
        more.n_open - less.n_open as denominator
    from asked
    inner join candidates as more
        on
            asked.part_number = more.municipality_number
            and asked.period = more.period
    inner join candidates as less
        on
            more.municipality_number = less.municipality_number
            and more.period = less.period
            and more.n_open > less.n_open
            and more.n_load > less.n_load
            and more.n_load - less.n_load < more.n_open - less.n_open
    union distinct
    select
        unit_id,
        1 as numerator,
        1 as denominator
    from asked
),

ranked as (
    select
        switches.unit_id,
        switches.numerator,
        switches.denominator,
        candidates.n_load,
        candidates.n_open,
        part_levels.n_known,
        part_levels.n_unknown,
        row_number() over (
            partition by switches.unit_id, switches.numerator, switches.denominator, asked.part_number
            order by
                candidates.n_load * switches.denominator - candidates.n_open * switches.numerator desc,
                candidates.n_open desc,
                candidates.n_load desc
        ) as place
    from switches
    inner join asked on switches.unit_id = asked.unit_id
    inner join part_levels
        on
            asked.part_number = part_levels.municipality_number
            and asked.period = part_levels.period
    inner join candidates
        on
            part_levels.municipality_number = candidates.municipality_number
            and part_levels.period = candidates.period
),

most_loaded as (
    select
        unit_id,
        numerator,
        denominator,
        {{ percent('sum(n_load + n_unknown)', 'sum(n_known + n_open + n_unknown)') }} as upper_bound
    from ranked
    where place = 1
    group by unit_id, numerator, denominator
),

upper_bounds as (
    select
        unit_id,
        max(upper_bound) as upper_bound
    from most_loaded
    group by unit_id
),

sums as (
    select
        asked.unit_id,
        asked.indicator_id,
        asked.collection_mode,
        cast(coalesce(sum(part_levels.n_level), 0) as bigint) as n_load,
        cast(coalesce(sum(part_levels.n_known), 0) as bigint) as n_known,
        cast(coalesce(sum(part_levels.n_things), 0) as bigint) as n_things
    from asked
    left join part_levels
        on
            asked.part_number = part_levels.municipality_number
            and asked.period = part_levels.period
    group by asked.unit_id, asked.indicator_id, asked.collection_mode
),

family_coverage as (
    select
        coverage.unit_id,
        {{ any_true(is_below_coverage(
            'coverage.n_known', 'coverage.n_all', 'thresholds.min_coverage_percent'
        )) }} as is_low
    from coverage
    cross join thresholds
    where coverage.coverage_id in ('COV_PRO', 'COV_FUN')
    group by coverage.unit_id
),

judged as (
    select
        sums.*,
        lower_bounds.lower_bound,
        upper_bounds.upper_bound,
        {{ first_status({
            'insufficient_coverage':
                'family_coverage.is_low or '
                ~ is_below_coverage('sums.n_known', 'sums.n_things', 'thresholds.min_coverage_percent'),
            'no_denominator': 'sums.n_known = 0',
        }) }} as status
    from sums
    cross join thresholds
    inner join family_coverage on sums.unit_id = family_coverage.unit_id
    left join lower_bounds on sums.unit_id = lower_bounds.unit_id
    left join upper_bounds on sums.unit_id = upper_bounds.unit_id
)

select
    unit_id,
    indicator_id,
    collection_mode,
    status,
    {{ when_ok(percent('n_load', 'n_known')) }} as value,
    {{ when_bounded('lower_bound') }} as lower_bound,
    {{ when_bounded('upper_bound') }} as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(n_load as double) as numerator,
    cast(n_known as double) as denominator,
    n_things as n,
    {{ percent('n_known', 'n_things') }} as coverage
from judged
