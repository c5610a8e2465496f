-- One row, one column per threshold: one that the pack lacks is null and fails the key test.
with source as (
    select * from {{ source('reference', 'threshold') }}
)

select
    {{ threshold('min_respondents') }},
    {{ threshold('min_coverage_percent', 'decimal(18, 6)') }},
    {{ threshold('min_n_quartiles') }},
    {{ threshold('min_n_percentile') }},
    {{ threshold('min_n_stable') }},
    {{ threshold('n_neighbours') }},
    {{ threshold('min_n_reliability') }},
    {{ threshold('max_missing_parts') }},
    {{ threshold('recent_months') }},
    {{ threshold('valid_share_numerator') }},
    {{ threshold('valid_share_denominator') }}
from source
