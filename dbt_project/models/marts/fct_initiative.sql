-- Whether what an initiative aims at moved is seen from the processes that it names: their owner, description
-- and measurement in this period against the latest earlier one.
with initiatives as (
    select * from {{ ref('int_process__initiative') }}
    where initiative_name is not null
),

processes as (
    select
        municipality_number,
        period,
        process_key,
        coalesce(process_id, process_name) as process_label,
        ownership <> 'none' as has_owner,
        is_described_recently,
        is_measured
    from {{ ref('int_process__process') }}
),

delivered as (
    select distinct
        municipality_number,
        period
    from processes
),

-- Of one frequency, so of one length, and then in the order of time.
previous as (
    select
        delivered.municipality_number,
        delivered.period,
        max(earlier.period) as previous_period
    from delivered
    inner join delivered as earlier
        on
            delivered.municipality_number = earlier.municipality_number
            and {{ frequency('delivered.period') }} = {{ frequency('earlier.period') }}
            and delivered.period > earlier.period
    group by delivered.municipality_number, delivered.period
),

named as (
    select
        municipality_number,
        period,
        initiative_key,
        {{ each_element('process_keys') }} as process_key
    from initiatives
),

compared as (
    select
        named.municipality_number,
        named.period,
        named.initiative_key,
        coalesce(now_known.process_label, replace(named.process_key, 'local:', '')) as process_label,
        now_known.has_owner as owner_now,
        before_known.has_owner as owner_before,
        now_known.is_described_recently as description_now,
        before_known.is_described_recently as description_before,
        now_known.is_measured as measurement_now,
        before_known.is_measured as measurement_before
    from named
    left join previous
        on
            named.municipality_number = previous.municipality_number
            and named.period = previous.period
    left join processes as now_known
        on
            named.municipality_number = now_known.municipality_number
            and named.period = now_known.period
            and named.process_key = now_known.process_key
    left join processes as before_known
        on
            named.municipality_number = before_known.municipality_number
            and previous.previous_period = before_known.period
            and named.process_key = before_known.process_key
),

movements as (
    select
        municipality_number,
        period,
        initiative_key,
        {{ joined_texts('process_label', 'process_label') }} as processes,
        {{ movement('owner_before', 'owner_now') }} as owner_movement,
        {{ movement('description_before', 'description_now') }} as description_movement,
        {{ movement('measurement_before', 'measurement_now') }} as measurement_movement
    from compared
    group by municipality_number, period, initiative_key
)

select
    initiatives.municipality_number,
    initiatives.period,
    initiatives.initiative_name as initiative,
    initiatives.decided_date,
    initiatives.is_mapped,
    initiatives.is_owned,
    initiatives.is_benefit_measured,
    initiatives.initiative_status,
    movements.processes,
    previous.previous_period,
    coalesce(movements.owner_movement, 'unknown') as owner_movement,
    coalesce(movements.description_movement, 'unknown') as description_movement,
    coalesce(movements.measurement_movement, 'unknown') as measurement_movement
from initiatives
left join movements
    on
        initiatives.municipality_number = movements.municipality_number
        and initiatives.period = movements.period
        and initiatives.initiative_key = movements.initiative_key
left join previous
    on
        initiatives.municipality_number = previous.municipality_number
        and initiatives.period = previous.period
