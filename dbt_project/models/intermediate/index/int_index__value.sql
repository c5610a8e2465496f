-- All families in one long table: what was computed. Not every row of the index is here.
{%- set family_models = [
    'int_survey__dimension',
    'int_survey__maturity',
    'int_survey__barrier',
    'int_process__share',
    'int_process__ownership_gap',
    'int_process__initiative_share',
    'int_process__once_only',
    'int_system__duplication',
    'int_system__function_overlap',
    'int_coverage__indicator',
    'int_operation__share',
    'int_operation__silo',
    'int_operation__key_role',
] %}
{%- for family_model in family_models %}
select
    {{ indicator_columns() }}
from {{ ref(family_model) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
