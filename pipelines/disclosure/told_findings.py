"""What the member edition tells of findings: never what a person answered, nor shielded cells."""

from __future__ import annotations

# A finding without what stood in the cell. Between quotation marks where the sentence has it there: a bare
# "9" would be struck out of item codes and counts as well.
WITHOUT_VALUE = """
create macro without_value(sentence, found) as
    case
        when contains(sentence, '«' || found || '»') then replace(sentence, '«' || found || '»', '«…»')
        when contains(sentence, '“' || found || '”') then replace(sentence, '“' || found || '”', '“…”')
        when found <> '' then replace(sentence, found, '…')
        else sentence
    end
"""

# "rad 7", "row 7" and the list of rows in parentheses: the sentences of rules.yml that name rows.
WITHOUT_ROWS = r"""
create macro without_rows(sentence) as
    regexp_replace(
        regexp_replace(sentence, '\b(rad|row) [0-9]+', '\1 …', 'g'),
        '\([0-9]+(, [0-9]+)*\)', '(…)', 'g'
    )
"""

FINDING_MACROS = (WITHOUT_VALUE, WITHOUT_ROWS)

# Rules about keys and references: what their sender must find again in the app, and members see anyway.
TOLD_IN_FULL = (
    "repeated_key",
    "unresolved_system",
    "ambiguous_system",
    "unresolved_process",
    "ambiguous_process",
    "follows_quarantined_system",
    "follows_quarantined_process",
    "unknown_function",
    "unknown_process",
    "unknown_data_object",
    "unknown_shared_service",
    "unknown_focus_area",
    "comma_between_values",
)

# The whole of a finding stands in its sender's own report (HOME/reports); the members see all senders'.
MEMBER_DELIVERY_FINDING = f"""
with judged as (
    select
        f.*,
        -- Who answered what must not be told, nor which row is whose. A file that was not recognised,
        -- or whose delivery is lost, may be a survey.
        coalesce(d.kind, 'unknown') not in ('processes', 'systems') as is_people,
        -- Cells of systems and processes: costs, risk assessments, contracts and who answers for what are
        -- shielded from other owners, well written or not. By what may be told, so that a new rule is
        -- shielded from the start.
        coalesce(d.kind in ('systems', 'processes'), false)
        and f.severity in ('quarantine', 'cell')
        and f.rule not in {TOLD_IN_FULL} as is_shielded,
    from build.main.delivery_finding as f
    left join build.main.delivery as d using (delivery_id)
)

select
    delivery_id, finding_number, severity, rule, sheet,
    if(is_people, null, row_number) as row_number,
    column_name,
    if(is_people or is_shielded, null, value) as value,
    case
        when is_people then without_rows(without_value(sentence_nb, coalesce(value, '')))
        when is_shielded then without_value(sentence_nb, coalesce(value, ''))
        else sentence_nb
    end as sentence_nb,
    case
        when is_people then without_rows(without_value(sentence_en, coalesce(value, '')))
        when is_shielded then without_value(sentence_en, coalesce(value, ''))
        else sentence_en
    end as sentence_en,
from judged
"""  # noqa: S608 our own names
