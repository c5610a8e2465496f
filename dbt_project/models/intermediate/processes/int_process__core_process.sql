-- The core processes of the reference pack: the things of the PRO_ indicators, the same for everybody.
with processes as (
    select * from {{ ref('int_process__process') }}
)

select
    municipality_number,
    period,
    process_id,
    focus_area_id,
    is_citizen_facing,
    is_delivered,
    is_absent,
    ownership,
    is_cross_unit,
    is_described_recently,
    is_measured,
    -- *Ikke relevant* is neither yes nor no: the pack says for which processes it is asked.
    case self_service when 'yes' then true when 'no' then false end as has_self_service
from processes
where tier = 'kjerne'
