"""Legal answers at random, for every column of every sheet of a template, with what they are read as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from pipelines.ingest.contract import Column, load_contract
from pipelines.ingest.text import clean, header_key, key
from pipelines.templates.labels import OPERATIONS, Labels
from pipelines.templates.plan import ITEM, Heading, SheetPlan, TemplatePlan
from pipelines.templates.printing import INFO
from tests.templates_support import Value, pack
from tests.unit.test_ingest_support import is_like_no_name

CONTRACT = load_contract()
_WORDS = CONTRACT.words
_RESERVED = (
    _WORDS.yes | _WORDS.no | _WORDS.none | _WORDS.absent | _WORDS.no_date | _WORDS.unknown
    | CONTRACT.total_words | frozenset(CONTRACT.note_words)
)  # fmt: skip
# No separators, no @, no digits in number enough to be anybody's; what a spreadsheet takes for formulas.
_LETTERS = "abcdefghijklmnoprstuvyæøåäéŠ ABCDEÆØÅ123=+-'\"(),./&%#"
_PACK_TEXTS = {text for concept in pack().concepts.values() for text in concept}


@dataclass
class Answer:
    """A cell as it is filled in, and the value that it is read as."""

    cell: Value
    value: Any


@dataclass
class FilledSheet:
    """Rows in the order of the sheet: heading name -> answer; a printed row that nobody answered too."""

    plan: SheetPlan
    rows: list[dict[str, Answer]] = field(default_factory=list)

    @property
    def cells(self) -> dict[tuple[int, int], Value]:
        """(row, column) of the sheet -> what to write."""
        columns = {heading.name: i for i, heading in enumerate(self.plan.headings, start=1)}
        return {
            (number, columns[name]): answer.cell
            for number, row in enumerate(self.rows, start=2)
            for name, answer in row.items()
        }

    @property
    def answered(self) -> list[dict[str, Any]]:
        """The values of the rows that are delivered, by column."""
        told = [row for row in self.rows if self._is_told(row)]
        return [{name: answer.value for name, answer in row.items()} for row in told]

    def _is_told(self, row: dict[str, Answer]) -> bool:
        """Whether anything but what is printed stands in the row, or it names what the pack does not have."""
        printed = CONTRACT.sheet_by_id[self.plan.id].printed
        return any(
            name not in printed or key(str(answer.cell)) not in pack().concept_index(concept)
            for name, answer in row.items()
            if (concept := printed.get(name)) is not None or name not in printed
        )


def texts() -> st.SearchStrategy[str]:
    """A text that says itself and nothing else."""
    return st.text(_LETTERS, min_size=1, max_size=30).filter(_is_plain)


def _is_plain(text: str) -> bool:
    folded = key(text)
    return (
        len([c for c in folded if c.isalpha()]) >= 2
        and text == clean(text)
        and folded not in _RESERVED
        and folded not in _PACK_TEXTS
        and header_key(text) not in _RESERVED
        and not text.startswith("'")
        and not any(folded.startswith(word) for word in CONTRACT.note_words)
        and is_like_no_name(text)
    )


@lru_cache(maxsize=256)
def _labels_of(period: str, item_id: str) -> list[dict[str, Any]]:
    """The labels of an item's scale."""
    scales = dict(pack().items(period).select("item_id", "scale_id").iter_rows())
    labels = pack().table("scale_label").iter_rows(named=True)
    return [row for row in labels if row["scale_id"] == scales[item_id]]


class Filler:
    """Draws answers for one template."""

    def __init__(self, draw: Callable[..., Any], plan: TemplatePlan, labels: Labels, *, full: bool) -> None:
        self._draw, self._plan, self._labels, self._full = draw, plan, labels, full
        self._systems: list[str] = []
        self._processes: list[str] = []

    def fill(self) -> dict[str, FilledSheet]:
        """Every sheet filled in, those that others refer to first; by sheet id."""
        first = ("systems", "processes")
        ordered = sorted(self._plan.sheets, key=lambda sheet: sheet.id not in first)
        filled = {sheet.id: self._sheet(sheet) for sheet in ordered}
        return {sheet.id: filled[sheet.id] for sheet in self._plan.sheets}

    def _sheet(self, sheet: SheetPlan) -> FilledSheet:
        filled = FilledSheet(sheet)
        seen: dict[str, set[Any]] = {}
        for printed in sheet.rows:
            named = {n: cell for n, cell in printed.items() if cell is not None and n != INFO}
            row = {name: Answer(cell, None) for name, cell in named.items()}
            filled.rows.append(self._row(sheet, row, seen))
        own = sheet.id not in ("functions", "shared_services")
        low = 3 if self._full else 0
        for _ in range(self._draw(st.integers(low, 4)) if own else 0):
            if row := self._new_row(sheet, seen):
                filled.rows.append(row)
        return filled

    def _row(
        self, sheet: SheetPlan, printed: dict[str, Answer], seen: dict[str, set[Any]]
    ) -> dict[str, Answer]:
        """A printed row with some of its other cells filled in."""
        row = {name: Answer(a.cell, self._printed_value(sheet, name, a.cell)) for name, a in printed.items()}
        if sheet.id == "processes" and not self._full and self._draw(st.integers(0, 5)) == 0:
            row["process_name"] = Answer("har ikke", "har ikke")
        for heading in sheet.headings:
            if heading.name not in row and heading.name != INFO and self._takes():
                row |= self._answer(sheet, heading, row)
        return row

    def _new_row(self, sheet: SheetPlan, seen: dict[str, set[Any]]) -> dict[str, Answer] | None:
        """A row of the sender's own, with all that a row must have."""
        row: dict[str, Answer] = {}
        for heading in sheet.headings:
            if heading.is_required or self._takes():
                row |= self._answer(sheet, heading, row)
                if heading.is_required and heading.name not in row:
                    return None
        if sheet.kind == "survey" and not any(name.startswith(ITEM) for name in row):
            first = next(heading for heading in sheet.headings if heading.name.startswith(ITEM))
            row |= self._answer(sheet, first, row)
        return row if self._is_new(sheet, row, seen) else None

    def _is_new(self, sheet: SheetPlan, row: dict[str, Answer], seen: dict[str, set[Any]]) -> bool:
        """Whether no key of the row stands in the sheet already."""
        pairs = {
            "systems": ["system_id", "system_name"],
            "processes": ["process_name"],
            "survey": ["respondent_id"],
            "initiatives": ["initiative_name"],
        }.get(sheet.id, [])
        for name in pairs:
            if name in row:
                texts_seen = seen.setdefault("all", set())
                if key(row[name].value) in texts_seen:
                    return False
                texts_seen.add(key(row[name].value))
        if sheet.id == "system_data_objects":
            cell = (key(row["system_name"].value), key(row["data_object_name"].value))
            if cell in seen.setdefault("cells", set()):
                return False
            seen["cells"].add(cell)
        if sheet.id == "systems":
            self._systems.append(row["system_name"].value)
        if sheet.id == "processes":
            self._processes.append(row["process_name"].value)
        return True

    def _takes(self) -> bool:
        return self._full or self._draw(st.booleans())

    def _printed_value(self, sheet: SheetPlan, name: str, cell: Value) -> Any:
        column = CONTRACT.sheet_by_id[sheet.id].by_name[name]
        if column.codes:
            return column.code_index[header_key(str(cell))]
        if column.concept:
            value = pack().concept_index(column.concept)[key(str(cell))]
            return [value] if column.is_multi else value
        return cell

    # One cell

    def _answer(self, sheet: SheetPlan, heading: Heading, row: dict[str, Answer]) -> dict[str, Answer]:
        """The heading's answer, or none where there is nothing to choose from."""
        if heading.name.startswith(ITEM):
            return {heading.name: self._item(heading.name.removeprefix(ITEM))}
        column = CONTRACT.sheet_by_id[sheet.id].by_name[heading.name]
        answer = self._reference(sheet.id, column, row) or self._of_type(column, row)
        return {} if answer.cell is None else {heading.name: answer}

    def _reference(self, sheet_id: str, column: Column, row: dict[str, Answer]) -> Answer | None:
        named: dict[tuple[str, str], Sequence[str]] = {
            ("system_data_objects", "system_name"): self._systems,
            ("exchanges", "from_system"): self._systems,
            ("exchanges", "to_system"): self._systems,
            ("functions", "system_names"): self._systems,
            ("processes", "system_names"): self._systems,
            ("initiatives", "process_names"): [*self._labels.concepts["process"].values(), *self._processes],
            ("process_data", "process_name"): [*self._labels.concepts["process"].values(), *self._processes],
        }
        choices = named.get((sheet_id, column.name))
        if choices is None:
            return None
        if column.is_multi:
            if sheet_id == "functions" and self._draw(st.integers(0, 3)) == 0:
                return Answer("har ikke", [])
            chosen = (
                self._draw(st.lists(st.sampled_from(choices), max_size=3, unique=True)) if choices else []
            )
            return Answer("; ".join(chosen), sorted(chosen, key=key)) if chosen else Answer(None, None)
        if not choices:
            return Answer(None, None)
        one = self._draw(st.sampled_from(choices))
        return Answer(one, one)

    def _item(self, item_id: str) -> Answer:
        chosen = self._draw(st.sampled_from(_labels_of(self._plan.period, item_id)))
        value = (chosen["answer_status"], chosen["value"])
        as_number = chosen["value"] is not None and self._draw(st.booleans())
        return Answer(chosen["value"] if as_number else chosen[f"label_{self._labels.lang}"], value)

    def _of_type(self, column: Column, row: dict[str, Answer]) -> Answer:
        if column.concept and column.is_multi:
            names = self._labels.concepts[column.concept]
            chosen = self._draw(st.lists(st.sampled_from(list(names)), min_size=1, max_size=3, unique=True))
            return Answer("; ".join(names[i] for i in chosen), sorted(chosen))
        if column.is_multi:
            parts = self._draw(st.lists(texts().filter(_is_unit), min_size=1, max_size=3, unique_by=key))
            return Answer("; ".join(parts), sorted(parts, key=key))
        makers: dict[str, Callable[[], Answer]] = {
            "text": lambda: self._text(column),
            "concept": lambda: self._concept(column),
            "bool": lambda: self._bool(row),
            "code": lambda: self._code(column),
            "operations": self._operations,
            "int": lambda: self._int(column),
            "decimal": self._decimal,
            "date": lambda: self._date(column),
        }
        return makers[column.type]()

    def _text(self, column: Column) -> Answer:
        if column.mask == "role":
            role = self._draw(st.sampled_from(list(self._labels.concepts["role"].values())))
            return Answer(role, role)
        if column.name == "data_object_name" and self._draw(st.booleans()):
            name = self._draw(st.sampled_from(list(self._labels.concepts["data_object"].values())))
            return Answer(name, name)
        text = self._draw(texts())
        return Answer(text, text)

    def _concept(self, column: Column) -> Answer:
        names = self._labels.concepts[column.concept or ""]
        chosen = self._draw(st.sampled_from(list(names)))
        return Answer(names[chosen], chosen)

    def _bool(self, row: dict[str, Answer]) -> Answer:
        # A system that does not have an object neither copies nor masters it.
        may_be = not ("operations" in row and row["operations"].value == "none")
        value = self._draw(st.booleans()) and may_be
        return Answer(self._labels.word("yes" if value else "no"), value)

    def _code(self, column: Column) -> Answer:
        labels = self._labels.codes(column)
        chosen = self._draw(st.sampled_from(list(labels)))
        return Answer(labels[chosen], chosen)

    def _operations(self) -> Answer:
        chosen = self._draw(st.sampled_from([*OPERATIONS, "x", "none"]))
        return Answer(self._labels.word("none") if chosen == "none" else chosen, chosen)

    def _int(self, column: Column) -> Answer:
        high = 10**9 if column.maximum is None else column.maximum
        value = self._draw(st.integers(column.minimum or 0, high))
        return Answer(value, value)

    def _decimal(self) -> Answer:
        value = self._draw(st.decimals(0, 10**9, places=2))
        return Answer(value, value)

    def _date(self, column: Column) -> Answer:
        last = self._plan.reference_date if column.not_after_period else date(2049, 12, 31)
        form = self._draw(st.sampled_from(["day", "year", "no"]))
        day = self._draw(st.dates(date(1970, 1, 1), last))
        if form == "no":
            return Answer(self._labels.word("no"), None)
        return Answer(day.year, date(day.year, 1, 1)) if form == "year" else Answer(day, day)


def _is_unit(text: str) -> bool:
    return "," not in text


def as_read(value: Any) -> Any:
    """A typed value as the frame gives it."""
    return Decimal(value).quantize(Decimal("0.01")) if isinstance(value, Decimal) else value
