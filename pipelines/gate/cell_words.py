"""What a sentence about a cell or a reference may name, and which variant of a rule's sentences fits.

The variants stand in rules.yml. Pure: plain data in and out.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import polars as pl

from pipelines.gate.references import References
from pipelines.gate.rows import Rows
from pipelines.gate.wording import bare_header, joined
from pipelines.ingest.contract import Column, load_contract
from pipelines.ingest.naming import concept_names
from pipelines.ingest.text import key
from pipelines.reference.closeness import closest
from pipelines.reference.pack import ReferencePack

QUOTES = "«»"
# Dates that *nei* says nothing about: a system has been acquired, and has a contract that ends or not known.
DATE_ONLY = frozenset({"acquired_date", "contract_end_date"})
# Rules whose params are headers as in the file.
OF_HEADERS = frozenset(
    {"unknown_column", "duplicate_header", "two_headers_one_column", "required_column_missing"}
)
_DAY_LIKE = re.compile(r"\d{1,2}[.]\s?\d{1,2}[.]\s?(?:\d{2}|\d{4})|\d{4}-\d{1,2}-\d{1,2}")
_NEAR_LETTERS = 0.8
_BINARY = "binary content"


def of_cell(rule: str, column: Column, value: str) -> dict[str, str]:
    """The variant, and what it names, for a cell of a column."""
    if rule in ("not_a_number", "not_a_whole_number") and column.maximum is not None:
        return {"variant": "scale", "low": str(column.minimum), "high": str(column.maximum)}
    if rule == "not_a_number" and column.type == "int":
        return {"variant": "count"}
    if rule == "not_a_date" and _DAY_LIKE.fullmatch(value.strip()):
        return {"variant": "no_such_day"}
    is_date_only = column.name in DATE_ONLY and rule in ("not_a_date", "date_after_period")
    return {"variant": "date_only"} if is_date_only else {}


def of_reading(rule: str, params: Mapping[str, str]) -> dict[str, str]:
    """The same for what the reader told."""
    found = params.get("found", "")
    if rule == "unreadable" and found == _BINARY:
        return {"variant": "binary"}
    if rule == "rows_below_table":
        return _rows_told(found)
    return {n: bare_header(v) for n, v in params.items() if n != "expected"} if rule in OF_HEADERS else {}


def _rows_told(found: str) -> dict[str, str]:
    """``9, 12, 14`` as it is said: ``9, 12 og 14``."""
    head, _, last = found.rpartition(", ")
    told = {f"rows_{lang}": f"{head} {word} {last}" if head else last for lang, word in _AND.items()}
    return told if head else {**told, "variant": "one"}


_AND = {"nb": "og", "en": "and"}


def choices(column: Column) -> str:
    """The codes of a column as the template's drop-down shows them, quoted."""
    return joined([code.label_nb.replace("_", " ") for code in column.codes], QUOTES)


class ReferenceWords:
    """Which names an unresolved reference may have meant."""

    def __init__(self, rows: Rows, references: References, pack: ReferencePack) -> None:
        self._rows, self._pack = rows, pack
        self._places = {
            name: (number, period)
            for name, number, period in rows.deliveries.select(
                "delivery_id", "municipality_number", "period"
            ).iter_rows()
        }
        systems = references.things.filter(pl.col("concept") == "system")
        self._listed = frozenset(systems["lookup"].unique().to_list())
        self._names: dict[tuple[str, tuple[str, str]], dict[str, str]] = {}

    def of(self, rule: str, delivery_id: str, lookup: str, value: str | None) -> dict[str, str]:
        """The variant, and what it names, of a reference with a fault."""
        if rule == "unresolved_system" and lookup not in self._listed:
            return {"variant": "no_list"}
        if rule not in ("unresolved_system", "unresolved_process") or not value:
            return {}
        names = self._known(rule.removeprefix("unresolved_"), self._places[delivery_id])
        text = key(value)
        near = closest(text, {name: name for name in names}, load_contract().closeness.review)
        # Short names are all alike to a measure of words; there letters tell.
        close = [near.id] if near else difflib.get_close_matches(text, names, n=2, cutoff=_NEAR_LETTERS)
        return {"variant": "near", "near": names[close[0]]} if len(close) == 1 else {}

    def _known(self, concept: str, place: tuple[str, str]) -> dict[str, str]:
        """Compared → written: the municipality's own systems or processes, and the pack's processes."""
        if (concept, place) not in self._names:
            frame = self._rows.frames[concept].drop_nulls(f"{concept}_name")
            number, period = place
            own = frame.filter(pl.col("municipality_number") == number, pl.col("period") == period)
            written = sorted(own[f"{concept}_name"].unique().to_list())
            if concept == "process":
                shown = concept_names(self._pack, load_contract().closeness)["process"].shown
                written += shown.values()
            self._names[concept, place] = {key(text): text for text in written}
        return self._names[concept, place]
