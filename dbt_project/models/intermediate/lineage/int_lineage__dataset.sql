-- Which delivered rows each indicator is computed from: those its value is made of, and those that only its
-- family's coverage rests on.
with indicators as (
    select * from {{ ref('stg_reference__indicator') }}
),

-- By family; the coverages each rest on their own.
sources as (
    select
        family,
        indicator_id,
        dataset,
        used_for
    from (
        values
            ('MOD', null, 'survey_answer', 'value'),
            ('MOD', null, 'survey_respondent', 'value'),
            ('BAR', null, 'survey_answer', 'value'),
            ('BAR', null, 'survey_respondent', 'value'),
            ('PRO', null, 'process', 'value'),
            ('PRO', null, 'survey_answer', 'value'),
            ('PRO', null, 'survey_respondent', 'value'),
            ('INI', null, 'initiative', 'value'),
            ('INI', null, 'process', 'coverage'),
            ('ONCE', null, 'process_data', 'value'),
            ('ONCE', null, 'process', 'value'),
            ('DUP', null, 'system', 'value'),
            ('DUP', null, 'function_answer', 'coverage'),
            ('DUP', null, 'system_data_object', 'value'),
            ('FUN', null, 'function_answer', 'value'),
            ('FUN', null, 'system', 'value'),
            ('REG', null, 'system_data_object', 'value'),
            ('REG', null, 'exchange', 'value'),
            ('REG', null, 'system', 'value'),
            ('NAT', null, 'shared_service', 'value'),
            ('INT', null, 'exchange', 'value'),
            ('INT', null, 'system', 'coverage'),
            ('INT', null, 'system_data_object', 'coverage'),
            ('SILO', null, 'system', 'value'),
            ('SILO', null, 'system_data_object', 'value'),
            ('SILO', null, 'exchange', 'value'),
            ('TIME', null, 'system', 'value'),
            ('TIME', null, 'system_data_object', 'coverage'),
            ('SYS', null, 'system', 'value'),
            ('SYS', null, 'system_data_object', 'coverage'),
            ('KEY', null, 'process', 'value'),
            ('KEY', null, 'system', 'value'),
            ('KEY', null, 'function_answer', 'coverage'),
            ('COV', 'COV_SYS', 'system', 'value'),
            ('COV', 'COV_SYS', 'system_data_object', 'value'),
            ('COV', 'COV_FUN', 'function_answer', 'value'),
            ('COV', 'COV_PRO', 'process', 'value')
    ) as listed (family, indicator_id, dataset, used_for)
)

select
    indicators.indicator_id,
    sources.dataset,
    sources.used_for
from indicators
inner join sources
    on
        indicators.family = sources.family
        and (sources.indicator_id is null or sources.indicator_id = indicators.indicator_id)
where
    -- Only what asks a survey question is computed from one.
    sources.dataset not in ('survey_answer', 'survey_respondent')
    or indicators.source_kind = 'survey'
