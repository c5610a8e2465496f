"""What the gate tells the senders: failing rows and cells as findings with sentences.

A finding of a survey is told once per delivery, column and value with how many rows it concerns, so
that a million answers do not make a million findings. What respondents wrote freely is not told: the lake
holds their invalid answers masked (pipelines.ingest.tellable), background columns are masked here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.gate.cell_words import QUOTES, ReferenceWords, choices, of_cell, of_reading
from pipelines.gate.checks import FLAT, ROW_ERROR, Check, Plan
from pipelines.gate.expectations import Outcome
from pipelines.gate.references import References
from pipelines.gate.rows import ROW, Rows, columns_of
from pipelines.gate.rules import SEVERITIES, load_rules
from pipelines.gate.wording import bare_header, joined
from pipelines.ingest.cells import parted_by_comma
from pipelines.ingest.contract import SEPARATORS, Column, load_contract
from pipelines.ingest.model import MASK
from pipelines.ingest.naming import ConceptNames, concept_names
from pipelines.ingest.tellable import tellable_names, tellable_number
from pipelines.ingest.text import clean, key
from pipelines.storage.lake import DeliveryMeta

if TYPE_CHECKING:
    from pipelines.ingest.model import Finding
    from pipelines.reference.pack import ReferencePack

FINDING_SCHEMA: dict[str, pl.DataType] = {
    "delivery_id": pl.String(),
    "finding_number": pl.Int32(),
    "severity": pl.String(),
    "rule": pl.String(),
    "sheet": pl.String(),
    "row_number": pl.Int64(),
    "column_name": pl.String(),
    "value": pl.String(),
    "sentence_nb": pl.String(),
    "sentence_en": pl.String(),
}
_MAX_OTHERS = 20
# So many names can be read in a sentence.
_MAX_SHOWN = 12
_MAX_TEXT = 500
# Rows of a long survey: the reader told of them, since only there its cells are known.
_TOLD_BY_READER = ("respondent_missing", "unknown_item", "repeated_answer")


@dataclass(frozen=True)
class Told:
    """A finding before it has sentences; column is the header as in the file."""

    delivery_id: str
    rule: str
    severity: str
    sheet: str | None = None
    row_number: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


def as_frame(groups: Iterable[Sequence[Told]]) -> pl.DataFrame:
    """FINDING_SCHEMA: in each delivery the gravest first, then by place, numbered from 1."""
    rules = load_rules()
    rows = [
        (told, *rules.sentences(told.rule, told.severity, _words(told))) for group in groups for told in group
    ]
    columns: dict[str, list[Any]] = {
        "delivery_id": [t.delivery_id for t, _, _ in rows],
        "severity": [t.severity for t, _, _ in rows],
        "rule": [t.rule for t, _, _ in rows],
        "sheet": [t.sheet for t, _, _ in rows],
        "row_number": [t.row_number for t, _, _ in rows],
        "column_name": [t.column for t, _, _ in rows],
        "value": [t.value for t, _, _ in rows],
        "sentence_nb": [nb for _, nb, _ in rows],
        "sentence_en": [en for _, _, en in rows],
    }
    schema = {name: FINDING_SCHEMA[name] for name in columns}
    weight = pl.col("severity").replace_strict(
        {name: number for number, name in enumerate(SEVERITIES)}, return_dtype=pl.Int8
    )
    order = ["delivery_id", "weight", "sheet", "row_number", "column_name", "rule", "value", "sentence_nb"]
    return (
        pl.DataFrame(columns, schema=schema)
        .unique()
        .with_columns(weight=weight)
        .sort(order, nulls_last=False)
        .with_columns(finding_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("delivery_id"))
        .select(list(FINDING_SCHEMA))
    )


def told_by_reader(metas: Mapping[str, DeliveryMeta], notes: Mapping[str, Sequence[Finding]]) -> list[Told]:
    """What the reader and the ledger said already."""
    return [
        Told(name, f.rule, f.severity, f.sheet, f.row_number, f.column, _value(f), _given(f))
        for name in sorted(metas)
        for f in (*metas[name].all_findings, *notes.get(name, ()))
    ]


def cell_findings(
    rows: Rows,
    plans: Mapping[str, Plan],
    outcomes: Sequence[Outcome],
    references: References,
    pack: ReferencePack,
) -> list[Told]:
    """A finding for each cell that a check failed on, and one per bad name of a reference."""
    told: list[Told] = []
    words = ReferenceWords(rows, references, pack)
    for outcome in outcomes:
        check, places = outcome.check, list(outcome.places)
        # What is wrong with a row as a whole the reader told.
        if not places or check.on == ROW_ERROR:
            continue
        if check.sort == "legal_answer":
            told += _answers(rows, plans[check.dataset].narrow[places])
        elif check.on.endswith("__reference"):
            told += edge_findings(rows, _faulty(references, check, places), check.severity, words)
        else:
            told += _cells(rows, plans[check.dataset], check, places, pack)
    return told


def edge_findings(
    rows: Rows, edges: pl.DataFrame, severity: str = "quarantine", words: ReferenceWords | None = None
) -> list[Told]:
    """A finding for each reference in ``edges``, which has a column ``rule``. words: of unresolved ones."""
    found = []
    wanted = edges.select("dataset", "place", "column", *ROW, "value", "rule", "lookup").unique()
    for dataset, place, column, delivery, sheet, row, value, rule, lookup in wanted.iter_rows():
        header = rows.header_at(dataset, place, column)
        params = words.of(rule, delivery, lookup, value) if words else {}
        found.append(Told(delivery, rule, severity, sheet, row, header, value, params))
    return found


def _faulty(references: References, check: Check, places: Sequence[int]) -> pl.DataFrame:
    is_here = (pl.col("dataset") == check.dataset) & (pl.col("column") == check.column)
    return references.edges.filter(
        is_here & pl.col("fault").is_not_null() & pl.col("place").is_in(list(places))
    ).with_columns(rule="fault")


def _cells(rows: Rows, plan: Plan, check: Check, places: list[int], pack: ReferencePack) -> list[Told]:
    """Findings of one check on one column."""
    frame = rows.frames[check.dataset]
    where, value = _said(check, frame)
    failing = frame[places].select(
        *ROW,
        "place",
        "period",
        where=where,
        value=value,
        rule=pl.lit(check.rule) if check.rule else plan.narrow[check.on][places],
        others=_others(plan, check, places, frame),
        count=pl.lit(1, dtype=pl.Int64),
    )
    failing = failing.filter(~pl.col("rule").is_in(_TOLD_BY_READER))
    is_background = check.dataset == "survey_respondent" and check.severity == "cell"
    if is_background:
        failing = _once_per_value(failing)
    column = next(c for c in columns_of(check.dataset) if c.name == check.column)
    told = []
    for (
        delivery,
        sheet,
        row,
        place,
        period,
        where,
        value,
        rule,
        others,
        count,
    ) in failing.iter_rows():
        has_nearest = rule.startswith("unknown_") and not is_background
        params = {
            "expected": _split(pack, column, value or "", is_background=is_background)
            if rule == "comma_between_values"
            else _expected(column, pack),
            "other": others or "",
            "count": str(count),
            "date": f"{pack.reference_date(period):%d.%m.%Y}" if check.sort == "not_after" else "",
            "nearest": _nearest(pack, column, value or "") if has_nearest else "",
            **of_cell(rule, column, value or ""),
        }
        header = rows.header_at(check.dataset, place, where)
        # Masked only now: each text is a finding of its own, so that its sender finds the row.
        found = _of_respondent(column, value, pack) if is_background else value
        told.append(Told(delivery, rule, check.severity, sheet, row, header, found, _filled(params)))
    return told


def _said(check: Check, frame: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """In which column of each row the fault stands, and what stands there, as the sender wrote it.

    A row may break a rule in one of several columns: a system without an id is known by its name, and
    that an object is used may be said by more than the operations.
    """
    if check.on.endswith(FLAT):
        # The flat column's cell names several objects; the row is about one of them.
        return pl.lit(check.column), pl.col(check.column)
    where = pl.lit(check.column)
    if check.rule == "repeated_key" and check.dataset == "system":
        where = pl.when(pl.col("system_id").is_null()).then(pl.lit("system_name")).otherwise(where)
    elif check.rule == "contradiction":
        where = (
            pl.when(pl.col("operations").is_not_null())
            .then(where)
            .when(pl.col("keeps_copy"))
            .then(pl.lit("keeps_copy"))
            .when(pl.col("is_master"))
            .then(pl.lit("is_master"))
            .otherwise(pl.lit("data_object_name"))
        )
    value = pl.lit(None, dtype=pl.String)
    for column in columns_of(check.dataset):
        raw = f"{column.name}__raw"
        if raw in frame.columns:
            value = pl.when(where == column.name).then(pl.col(raw)).otherwise(value)
    return where, value


def _once_per_value(failing: pl.DataFrame) -> pl.DataFrame:
    """The first row of each delivery and value, with how many there are."""
    return (
        failing.sort(ROW)
        .group_by("delivery_id", "value", "rule", maintain_order=True)
        .agg(pl.exclude("count").first(), count=pl.len().cast(pl.Int64))
        .select(failing.columns)
    )


def _of_respondent(column: Column, value: str | None, pack: ReferencePack) -> str | None:
    """A faulty background of a respondent as it may be told: a short number, or the pack's own names."""
    if value is None:
        return None
    if column.type == "int":
        return tellable_number(value, load_contract().answer_units)
    return tellable_names(value, pack.concept_index(column.concept)) if column.concept else MASK


def _split(pack: ReferencePack, column: Column, value: str, *, is_background: bool) -> str:
    """The values of a cell with commas between them, as it should be written. Of a respondent only how:
    the sentence is read by more than the sender, and what somebody chose is not for them."""
    if is_background or column.concept is None:
        return "A; B"
    known = pack.concept_index(column.concept)
    parts = [part for part in re.split(SEPARATORS, value) if key(part)]
    return "; ".join(one for part in parts for one in parted_by_comma(part, known) or [clean(part)])


def _others(plan: Plan, check: Check, places: list[int], frame: pl.DataFrame) -> pl.Series:
    """The rows that a row stands in conflict with, as text; null where the check knows of none."""
    if check.rule in ("contradiction", "system_despite_none"):
        return plan.narrow[check.on][places]
    if check.sort != "unique":
        return pl.Series([None] * len(places), dtype=pl.String)
    shared = plan.narrow[places].select("delivery_id", "key", row=frame["row_number"][places])
    listed = pl.col("row").sort().head(_MAX_OTHERS).cast(pl.String).str.join(", ")
    return shared.select(listed.over("delivery_id", "key")).to_series()


def _answers(rows: Rows, failing: pl.DataFrame) -> list[Told]:
    """One finding per delivery, item and text."""
    return [
        Told(
            one["delivery_id"],
            "unknown_answer",
            "cell",
            one["sheet"],
            one["row_number"],
            _answer_header(rows, one["delivery_id"], one["item_id"]),
            one["value"],
            {"item": one["item_id"], "count": str(one["count"])},
        )
        for one in failing.iter_rows(named=True)
    ]


def _answer_header(rows: Rows, delivery_id: str, item_id: str) -> str:
    """The header above an item's answers: its own, or that of all answers in a long table."""
    of_all = rows.headers.get((delivery_id, "survey", "long:answer"))
    return of_all or rows.header(delivery_id, "survey", f"item:{item_id}").removeprefix("item:")


def _words(told: Told) -> dict[str, str]:
    """What a sentence may name."""
    plain = {
        "found": told.value,
        "column": bare_header(told.column) if told.column else None,
        "row": None if told.row_number is None else str(told.row_number),
        "sheet": told.sheet,
    }
    return {**_filled(plain), **_filled(told.params)}


def _filled(params: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}


def _value(finding: Finding) -> str | None:
    """What stood there. Of a table nobody knows the first words are cells too: a release leaves them out."""
    return finding.params.get("found") if finding.rule == "not_recognised" else finding.value


def _given(finding: Finding) -> dict[str, str]:
    """A finding's params as text; for a name that nobody knows, ``expected`` is what looks most like it."""
    params = {name: str(value) for name, value in finding.params.items()}
    if finding.rule == "unknown_municipality":
        params["nearest"] = params.pop("expected", "")
    return params | of_reading(finding.rule, params)


def _expected(column: Column, pack: ReferencePack) -> str:
    """What is allowed in a column, as its sender would write it; of a concept, where it has few names."""
    if column.concept:
        shown = concept_names(pack, load_contract().closeness)[column.concept].shown.values()
        return joined(shown) if len(shown) <= _MAX_SHOWN else ""
    if column.codes:
        return choices(column)
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum}–{column.maximum}"
    return f"≥ {column.minimum}" if column.minimum is not None else ""


@lru_cache(maxsize=4096)
def _nearest(pack: ReferencePack, column: Column, value: str) -> str:
    """Names of the reference pack that look most like the part of the text that is unknown."""
    if column.concept is None:
        return ""
    names = concept_names(pack, load_contract().closeness)[column.concept]
    parts = [part for part in re.split(SEPARATORS, value[:_MAX_TEXT]) if key(part)]
    unknown = [part for part in parts if names.find(part) is None]
    return joined(dict.fromkeys(name for part in unknown[:3] for name in _mentioned(names, part)), QUOTES)


def _mentioned(names: ConceptNames, text: str) -> list[str]:
    """Likely names: those near by their words, else those that share most letters."""
    if near := names.mentioned(text):
        return near
    close = difflib.get_close_matches(key(text), names.exact, n=3, cutoff=0.6)
    return [names.shown[names.exact[match]] for match in close]
