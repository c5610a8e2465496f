"""The delivery contract, typed: kinds, sheets, columns, codes and words from contract.yml.

``load_contract`` reads and checks the file once; everything else here is plain data. The templates, the
gate and the lake read the same objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.ingest.text import header_key, key

CONTRACT_FILE = Path(__file__).with_name("contract.yml")
TYPES = ("text", "code", "bool", "int", "decimal", "date", "concept", "operations")
SEPARATORS = r"[;|\n\r]"
# Stands in the first cell of a template's hidden sheet of lists.
TEMPLATE_MARK = "kommunebench-template"
_DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "concept": pl.String(),
    "operations": pl.String(),
    "bool": pl.Boolean(),
    "int": pl.Int64(),
    "decimal": pl.Decimal(18, 2),
    "date": pl.Date(),
}
_FLAGS = ("required", "key", "core", "multi", "not_after_period")
_TEXTS = ("type", "concept", "mask", "header_nb", "header_en", "synonyms", "codes", "min", "max", "sheet")
_WORD_LISTS = ("answer_words", "answer_units", "total_words", "whole_words", "sentence_words")
_COLUMN_KEYS = frozenset({*_FLAGS, *_TEXTS})
# The answers of a survey: one row per respondent and offered item. Not columns of any sheet.
SURVEY_ANSWER: dict[str, pl.DataType] = {
    "respondent_row": pl.Int64(),
    "item_id": pl.String(),
    "answer_status": pl.String(),
    "answer": pl.Int64(),
}


class ContractError(ValueError):
    """contract.yml contradicts itself; names the place and what to do."""


@dataclass(frozen=True)
class Code:
    """A value of a coded column with its labels; synonyms are read, never written."""

    code: str
    label_nb: str
    label_en: str
    synonyms: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is read as this code."""
        return (self.code, self.label_nb, self.label_en, *self.synonyms)


@dataclass(frozen=True)
class Column:
    """One column of a contract sheet. ``name`` is the internal English name, also in the lake."""

    name: str
    type: str
    header_nb: str
    header_en: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    is_key: bool = False
    is_core: bool = False
    is_multi: bool = False
    concept: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    mask: str | None = None
    not_after_period: bool = False
    codes: tuple[Code, ...] = ()
    flat_sheet: str | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the typed column."""
        return pl.List(_DTYPES[self.type]) if self.is_multi else _DTYPES[self.type]

    @cached_property
    def header_keys(self) -> tuple[str, ...]:
        """Every header that is read as this column, as compared."""
        return tuple(
            dict.fromkeys(header_key(t) for t in (self.header_nb, self.header_en, self.name, *self.synonyms))
        )

    @cached_property
    def code_index(self) -> dict[str, str]:
        """Code, label or synonym -> code; compared as headers are, so that underscores are spaces."""
        return {header_key(text): code.code for code in self.codes for text in code.texts}


@dataclass(frozen=True)
class Derived:
    """A column of the data set read out of another column's text (``how`` names the rule)."""

    name: str
    type: str
    source: str
    how: str

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type."""
        return _DTYPES[self.type]


@dataclass(frozen=True)
class Sheet:
    """One contract sheet; ``flat`` columns give rows of another sheet's data set.

    printed: columns that a template fills in from the pack -> the concept that each names, or None.
    """

    id: str
    kind: str
    name_nb: str
    name_en: str
    dataset: str
    columns: tuple[Column, ...]
    derived: tuple[Derived, ...]
    flat: tuple[Column, ...]
    routing: tuple[Column, ...]
    ignored: frozenset[str]
    printed: Mapping[str, str | None]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Every readable column by its internal name."""
        return {column.name: column for column in (*self.columns, *self.flat, *self.routing)}

    @property
    def required(self) -> tuple[Column, ...]:
        """Columns without which the sheet is rejected."""
        return tuple(column for column in self.columns if column.required)

    @cached_property
    def header_index(self) -> dict[str, str]:
        """Compared header -> internal column name."""
        return {h: column.name for column in self.by_name.values() for h in column.header_keys}

    @cached_property
    def schema(self) -> dict[str, pl.DataType]:
        """Typed columns of the data set, without delivery_id, sheet and row_number."""
        typed = {column.name: column.dtype for column in self.columns}
        return typed | {derived.name: derived.dtype for derived in self.derived}


@dataclass(frozen=True)
class Kind:
    """One kind of delivery. ``file_words`` name it in a file's name when its content says nothing."""

    id: str
    name_nb: str
    name_en: str
    file_words: tuple[str, ...]
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Words:
    """Words with a meaning in every column, normalised."""

    yes: frozenset[str]
    no: frozenset[str]
    none: frozenset[str]
    absent: frozenset[str]
    no_date: frozenset[str]
    unknown: frozenset[str]


@dataclass(frozen=True)
class Closeness:
    """Scores, 0 to 100, that decide what becomes of a name that is nearly known.

    link: lowest that links; review: lowest that is put to a person; apart: how much nearer the linked name
    must be than the next; item: lowest that takes a text for a survey question.
    """

    link: float
    review: float
    apart: float
    item: float


@dataclass(frozen=True)
class SurveyTool:
    """A survey tool, known by ``at_least`` so many headers of its own or of its pattern (both compared)."""

    name: str
    at_least: int
    headers: frozenset[str]
    pattern: re.Pattern[str] | None


@dataclass(frozen=True)
class SurveyExports:
    """How survey tools write what they export.

    long_headers: compared header -> item, text or answer of a table with one row per answer; the patterns
    are matched whole against compared headers.
    """

    tools: tuple[SurveyTool, ...]
    ignored_pattern: re.Pattern[str]
    variable_pattern: re.Pattern[str]
    long_headers: dict[str, str]
    comment_words: frozenset[str]
    qualifiers: frozenset[str]
    ticked: frozenset[str]
    structure_sheets: frozenset[str]
    label_sheets: frozenset[str]


@dataclass(frozen=True)
class Contract:
    """All of contract.yml. ``answer_statuses`` maps a normalised text to an answer status."""

    kinds: tuple[Kind, ...]
    words: Words
    answer_statuses: dict[str, str]
    answer_words: frozenset[str]
    answer_units: frozenset[str]
    total_words: frozenset[str]
    whole_words: frozenset[str]
    sentence_words: frozenset[str]
    note_words: tuple[str, ...]
    role_words: frozenset[str]
    respondent_headers: frozenset[str]
    silent_sheets: frozenset[str]
    municipality_words: frozenset[str]
    closeness: Closeness
    survey_exports: SurveyExports

    @property
    def sheets(self) -> Iterator[Sheet]:
        """Every sheet of every kind, in the contract's order."""
        return (sheet for kind in self.kinds for sheet in kind.sheets)

    @cached_property
    def kind_by_id(self) -> dict[str, Kind]:
        """Kinds by id."""
        return {kind.id: kind for kind in self.kinds}

    @cached_property
    def sheet_by_id(self) -> dict[str, Sheet]:
        """Sheets by id; ids are unique over kinds."""
        return {sheet.id: sheet for sheet in self.sheets}

    def kind_of_file_name(self, file_name: str) -> str:
        """The kind a file's name speaks of, else ``unknown``."""
        name = key(file_name)
        found = [k.id for k in self.kinds if any(key(word) in name for word in k.file_words)]
        return found[0] if found else "unknown"


@lru_cache(maxsize=1)
def load_contract() -> Contract:
    """Read contract.yml. Raises ContractError when it contradicts itself."""
    raw = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    routing = tuple(_column(name, spec, "routing") for name, spec in raw["routing"].items())
    words = {name: frozenset(key(w) for w in texts) for name, texts in raw["words"].items()}
    contract = Contract(
        kinds=tuple(_kind(kind_id, spec, routing) for kind_id, spec in raw["kinds"].items()),
        words=Words(**words),
        answer_statuses={key(t): status for status, texts in raw["answer_statuses"].items() for t in texts},
        **{name: frozenset(map(key, raw[name])) for name in _WORD_LISTS},
        note_words=tuple(key(word) for word in raw["note_words"]),
        role_words=frozenset(key(word) for word in raw["role_words"]),
        respondent_headers=frozenset(header_key(h) for h in raw["respondent_headers"]),
        silent_sheets=frozenset(key(name) for name in raw["silent_sheets"]),
        municipality_words=frozenset(key(word) for word in raw["municipality_words"]),
        closeness=_closeness(raw["closeness"]),
        survey_exports=_survey_exports(raw["survey_exports"]),
    )
    for sheet in contract.sheets:
        _check(sheet, contract)
    return contract


def dataset_schema(dataset: str) -> dict[str, pl.DataType]:
    """Typed columns of a data set, without delivery_id, sheet and row_number. KeyError when unknown."""
    if dataset == "survey_answer":
        return dict(SURVEY_ANSWER)
    return next(dict(s.schema) for s in load_contract().sheets if s.dataset == dataset)


def datasets_of_sheet(sheet_id: str) -> tuple[str, ...]:
    """The data sets that a contract sheet's rows are stored in."""
    sheet = load_contract().sheet_by_id[sheet_id]
    return (sheet.dataset, "survey_answer") if sheet.kind == "survey" else (sheet.dataset,)


def _closeness(spec: Mapping[str, Any]) -> Closeness:
    found = Closeness(**{name: float(score) for name, score in spec.items()})
    if not 0 < found.review <= found.link <= 100 or not 0 < found.item <= 100:
        raise ContractError(f"{CONTRACT_FILE.name}, closeness: review must not be above link, nor over 100")
    return found


def _survey_exports(spec: Mapping[str, Any]) -> SurveyExports:
    tools = tuple(
        SurveyTool(
            name,
            tool["at_least"],
            frozenset(header_key(h) for h in tool.get("headers", ())),
            re.compile(tool["pattern"]) if "pattern" in tool else None,
        )
        for name, tool in spec["tools"].items()
    )
    return SurveyExports(
        tools=tools,
        ignored_pattern=re.compile(spec["ignored_pattern"]),
        variable_pattern=re.compile(spec["variable_pattern"]),
        long_headers={header_key(h): part for part, headers in spec["long"].items() for h in headers},
        comment_words=frozenset(key(word) for word in spec["comment_words"]),
        qualifiers=frozenset(header_key(word) for word in spec["header_qualifiers"]),
        ticked=frozenset(key(word) for word in spec["ticked"]),
        structure_sheets=frozenset(key(name) for name in spec["structure_sheets"]),
        label_sheets=frozenset(key(name) for name in spec["label_sheets"]),
    )


def _kind(kind_id: str, spec: Mapping[str, Any], routing: tuple[Column, ...]) -> Kind:
    sheets = tuple(_sheet(sheet_id, kind_id, s, routing) for sheet_id, s in spec["sheets"].items())
    return Kind(kind_id, spec["name_nb"], spec["name_en"], tuple(spec["file_words"]), sheets)


def _sheet(sheet_id: str, kind_id: str, spec: Mapping[str, Any], routing: tuple[Column, ...]) -> Sheet:
    return Sheet(
        id=sheet_id,
        kind=kind_id,
        name_nb=spec["name_nb"],
        name_en=spec["name_en"],
        dataset=spec["dataset"],
        columns=tuple(_column(name, s, sheet_id) for name, s in spec["columns"].items()),
        derived=tuple(
            Derived(name, s["type"], s["from"], s["how"]) for name, s in spec.get("derived", {}).items()
        ),
        flat=tuple(_column(name, s, sheet_id) for name, s in spec.get("flat", {}).items()),
        routing=routing,
        ignored=frozenset(header_key(h) for h in spec.get("ignored_headers", ())),
        printed=spec.get("printed", {}),
    )


def _column(name: str, spec: Mapping[str, Any], place: str) -> Column:
    if unknown := sorted(set(spec) - _COLUMN_KEYS):
        raise ContractError(f"{CONTRACT_FILE.name}, {place}.{name}: unknown setting {unknown[0]!r}")
    if spec["type"] not in TYPES:
        raise ContractError(f"{CONTRACT_FILE.name}, {place}.{name}: unknown type {spec['type']!r}")
    codes = tuple(
        Code(code, c["nb"], c["en"], tuple(c.get("synonyms", ())))
        for code, c in spec.get("codes", {}).items()
    )
    return Column(
        name=name,
        type=spec["type"],
        header_nb=spec["header_nb"],
        header_en=spec["header_en"],
        synonyms=tuple(spec.get("synonyms", ())),
        required=spec.get("required", False),
        is_key=spec.get("key", False),
        is_core=spec.get("core", False),
        is_multi=spec.get("multi", False),
        concept=spec.get("concept"),
        minimum=spec.get("min"),
        maximum=spec.get("max"),
        mask=spec.get("mask"),
        not_after_period=spec.get("not_after_period", False),
        codes=codes,
        flat_sheet=spec.get("sheet"),
    )


def _check(sheet: Sheet, contract: Contract) -> None:
    """Headers and code labels must be unambiguous, derived and flat columns must have their source."""
    place = f"{CONTRACT_FILE.name}, {sheet.kind}.{sheet.id}"
    seen: dict[str, str] = {}
    for column in sheet.by_name.values():
        for header in column.header_keys:
            if seen.setdefault(header, column.name) != column.name:
                raise ContractError(f"{place}: header {header!r} means both {seen[header]} and {column.name}")
        labels = [t for code in column.codes for t in dict.fromkeys(map(header_key, code.texts))]
        if len(labels) != len(set(labels)):
            raise ContractError(f"{place}.{column.name}: one label stands for two codes")
        if (column.type == "code") != bool(column.codes) or (column.type == "concept") != bool(
            column.concept
        ):
            raise ContractError(f"{place}.{column.name}: codes and concept must fit the type {column.type}")
        if column.flat_sheet and column.flat_sheet not in contract.sheet_by_id:
            raise ContractError(f"{place}.{column.name}: there is no sheet {column.flat_sheet!r}")
    if unknown := sorted(set(sheet.printed) - {column.name for column in sheet.columns}):
        raise ContractError(f"{place}: printed names {unknown[0]!r}, which is no column of the sheet")
    for derived in sheet.derived:
        if derived.source not in {column.name for column in sheet.columns}:
            raise ContractError(f"{place}.{derived.name}: there is no column {derived.source!r}")
