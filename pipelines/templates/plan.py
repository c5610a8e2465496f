"""What a template asks and what stands in it already: sheets, columns, rows. Pure, knows no workbook.

Columns and their order are the contract's, rows are printed from the reference pack (functions,
processes, register objects, shared services) and from what the municipality answered last time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pipelines.ingest.contract import Column, Kind, Sheet
from pipelines.ingest.vocabulary import Vocabulary
from pipelines.templates.choices import Choice, choice_of, scale_list
from pipelines.templates.labels import CORE, heading_text
from pipelines.templates.last import LastAnswers
from pipelines.templates.printing import INFO, INFORMED, Printer, Row
from pipelines.templates.texts import TemplateTexts

UNCHANGED = "unchanged"
ITEM = "item:"
Form = Literal["text", "date", "int", "decimal"]
_FORMS: dict[str, Form] = {"date": "date", "int": "int", "decimal": "decimal"}
# In characters of the standard font.
_WIDTHS = {
    "text": 26, "code": 19, "bool": 13, "int": 14, "decimal": 15, "date": 16, "concept": 38, "operations": 16,
}  # fmt: skip
_MULTI_WIDTH, _ITEM_WIDTH, _ID_WIDTH = 38, 27, 14


@dataclass(frozen=True)
class Heading:
    """A column of a template's sheet.

    name: the contract's column, ``item:ID``, ``info`` or ``unchanged``; text: the header as printed;
    form: how its cells are typed; low, high: bounds of a number; choice: its drop-down, or None.
    """

    name: str
    text: str
    help: str
    form: Form
    width: int
    is_core: bool = False
    is_required: bool = False
    is_printed: bool = False
    choice: Choice | None = None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class SheetPlan:
    """A sheet of a template: its headings, and rows by heading name. from_period: of last answers."""

    id: str
    kind: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    n_last: int = 0
    from_period: str | None = None


@dataclass(frozen=True)
class TemplatePlan:
    """All that a template holds. left_out: sheet title -> rows of last time that are not filled in;
    unread: earlier files that this version has not read, so that nothing of them is filled in.
    """

    kinds: tuple[Kind, ...]
    municipality_number: str
    municipality_name: str
    period: str
    reference_date: date
    sheets: tuple[SheetPlan, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0


def make_plan(
    kinds: Sequence[str],
    municipality_number: str,
    vocabulary: Vocabulary,
    texts: TemplateTexts,
    last: LastAnswers,
) -> TemplatePlan:
    """The plan of a workbook for these kinds. vocabulary: of a period that the pack has."""
    pack, contract = vocabulary.pack, vocabulary.contract
    chosen = tuple(contract.kind_by_id[kind] for kind in kinds)
    sheets = [sheet for kind in chosen for sheet in kind.sheets]
    ids = {sheet.id for sheet in sheets}
    return TemplatePlan(
        kinds=chosen,
        municipality_number=municipality_number,
        municipality_name=pack.numbers.names[municipality_number],
        period=vocabulary.period,
        reference_date=pack.reference_date(vocabulary.period),
        sheets=tuple(_sheet(sheet, ids, vocabulary, texts, last) for sheet in sheets),
        left_out={
            texts.labels.sheet(contract.sheet_by_id[s]): n for s, n in sorted(last.left_out.items()) if n
        },
        unread=last.unread,
    )


# Headings


def _sheet(
    sheet: Sheet, sheet_ids: Collection[str], vocabulary: Vocabulary, texts: TemplateTexts, last: LastAnswers
) -> SheetPlan:
    labels = texts.labels
    headings = [_heading(sheet, column, texts, sheet_ids) for column in sheet.columns]
    if sheet.id in INFORMED:
        headings.insert(1, _info(sheet, texts))
    if sheet.kind == "survey":
        headings += _items(vocabulary, texts)
    n_last = len(last.rows.get(sheet.id, ()))
    if n_last:
        headings.append(_unchanged(texts))
    return SheetPlan(
        id=sheet.id,
        kind=sheet.kind,
        title=labels.sheet(sheet),
        headings=tuple(headings),
        rows=tuple(Printer(labels, last).rows(sheet)),
        n_last=n_last,
        from_period=last.periods.get(sheet.id) if n_last else None,
    )


def _heading(sheet: Sheet, column: Column, texts: TemplateTexts, sheet_ids: Collection[str]) -> Heading:
    form = _FORMS.get(column.type, "text")
    choice = choice_of(sheet, column, sheet_ids)
    return Heading(
        name=column.name,
        text=heading_text(texts.labels.header(column), is_core=column.is_core, is_required=column.required),
        help=texts.help(sheet.id, column.name),
        form="text" if column.is_multi else form,
        width=_width(column, choice),
        is_core=column.is_core,
        is_required=column.required,
        is_printed=column.name in sheet.printed,
        choice=choice,
        low=column.minimum,
        high=column.maximum,
    )


def _width(column: Column, choice: Choice | None) -> int:
    # Free text with a list names something that has a long name.
    if column.is_multi or (column.type == "text" and choice is not None):
        return _MULTI_WIDTH
    return _ID_WIDTH if column.mask == "id" else _WIDTHS[column.type]


def _items(vocabulary: Vocabulary, texts: TemplateTexts) -> list[Heading]:
    """The instrument's questions, in its order; the header holds code and question."""
    return [
        Heading(
            name=f"{ITEM}{item['item_id']}",
            text=heading_text(
                texts.labels.item_header(item), is_core=item["tier"] == CORE, is_required=False
            ),
            help=texts.help("survey", "item"),
            form="text",
            width=_ITEM_WIDTH,
            is_core=item["tier"] == CORE,
            choice=Choice(scale_list(item["scale_id"]), "stop"),
        )
        for item in vocabulary.pack.items(vocabulary.period).iter_rows(named=True)
    ]


def _info(sheet: Sheet, texts: TemplateTexts) -> Heading:
    """What helps to find one's way among the printed rows; the reader passes it over."""
    return Heading(
        name=INFO,
        text=texts.text(f"info_{sheet.id}"),
        help=texts.text("info_help"),
        form="text",
        width=_WIDTHS["concept"] - 8,
        is_printed=True,
    )


def _unchanged(texts: TemplateTexts) -> Heading:
    """For the sender's own overview; the reader passes it over."""
    return Heading(
        name=UNCHANGED,
        text=texts.text("unchanged_header"),
        help=texts.text("unchanged_help"),
        form="text",
        width=_WIDTHS["bool"],
        choice=Choice("yes_no", "stop"),
    )
