-- COV_SYS, COV_FUN, COV_PRO as indicators: `ok` whenever the kind was delivered, 100 when nothing is
-- expected. They have no bounds: what is known is known.
with questions as (
    select * from {{ ref('int_index__to_compute') }}
    where family = 'COV' and blocking_status is null
),

coverage as (
    select * from {{ ref('int_coverage__count') }}
)

select
    questions.unit_id,
    questions.indicator_id,
    questions.collection_mode,
    'ok' as status,
    {{ coverage_percent('coverage.n_known', 'coverage.n_all') }} as value,
    cast(null as double) as lower_bound,
    cast(null as double) as upper_bound,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(coverage.n_known as double) as numerator,
    cast(coverage.n_all as double) as denominator,
    coverage.n_all as n,
    cast(100 as double) as coverage
from questions
inner join coverage
    on
        questions.unit_id = coverage.unit_id
        and questions.indicator_id = coverage.coverage_id
