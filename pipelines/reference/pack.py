"""Load a reference pack (a base folder and overlays), typed and checked, and look things up in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.reference import rules
from pipelines.reference.numbers import TODAY, MunicipalityNumbers
from pipelines.reference.periods import parse_period, reference_date
from pipelines.reference.reading import Record, Records, Value, read_folders
from pipelines.reference.schema import TABLES, ColumnType, PackError, Problem, Table

DTYPES: dict[ColumnType, pl.DataType] = {
    "text": pl.String(),
    "int": pl.Int64(),
    "float": pl.Float64(),
    "decimal": pl.Decimal(18, 6),
    "bool": pl.Boolean(),
    "date": pl.Date(),
}


@dataclass(frozen=True, eq=False)
class ReferencePack:
    """A checked reference pack.

    tables: every table of the schema, typed and sorted by its key (a table without rows is there too);
    pack_hash: SHA-256 of the content, the same whatever the folders, line ends and row order;
    concepts, scales, item_texts: normalised texts as ``concept_index``, ``scale_index`` and
    ``item_index`` give them.
    """

    tables: dict[str, pl.DataFrame]
    pack_hash: str
    concepts: dict[str, dict[str, str]]
    scales: dict[str, dict[str, tuple[str, int | None]]]
    item_texts: dict[str, dict[str, str]]

    def table(self, name: str) -> pl.DataFrame:
        """The table of that name; KeyError names the tables there are."""
        if name not in self.tables:
            raise KeyError(f"no reference table {name!r}; there are {', '.join(sorted(self.tables))}")
        return self.tables[name]

    @cached_property
    def _is_fictional(self) -> dict[str, bool]:
        frame = self.table("municipality")
        return dict(zip(frame["municipality_number"], frame["is_fictional"], strict=True))

    @cached_property
    def municipality_numbers(self) -> frozenset[str]:
        """The numbers of the municipalities there are now (of another year: ``valid_numbers``)."""
        return frozenset(self._is_fictional)

    @cached_property
    def numbers(self) -> MunicipalityNumbers:
        """Today's and former numbers through the years."""
        return MunicipalityNumbers(self.table("municipality"), self.table("municipality_change"))

    def year(self, period: str) -> int:
        """The year whose numbers a period's deliveries use; ``TODAY`` for a period the pack does not have."""
        return parse_period(period).year if period in self._instruments else TODAY

    def valid_numbers(self, period: str) -> frozenset[str]:
        """The numbers valid in a period's year, former ones among them; today's for an unknown period."""
        return self.numbers.valid_in(self.year(period))

    def is_fictional(self, number: str) -> bool:
        """Whether a municipality, of today or a former one, is invented; KeyError for an unknown number."""
        return self._is_fictional[self.numbers.leads_to(number)[0]]

    @cached_property
    def _instruments(self) -> dict[str, str]:
        frame = self.table("period")
        return dict(zip(frame["period"], frame["instrument_id"], strict=True))

    @property
    def periods(self) -> list[str]:
        """The periods of the pack, oldest first."""
        return list(self._instruments)

    def reference_date(self, period: str) -> date:
        """The last day of a period of the pack; KeyError for another."""
        self.instrument(period)
        return reference_date(period)

    def instrument(self, period: str) -> str:
        """The instrument that a period's survey uses; KeyError for a period the pack does not have."""
        if period not in self._instruments:
            raise KeyError(f"the pack has no period {period!r}; it has {', '.join(self.periods)}")
        return self._instruments[period]

    def successors(self, old_number: str) -> list[tuple[str, str, str]]:
        """(number, name, kind) of what followed an old municipality number, by number.

        Several only after a split; none for a number that was never changed.
        """
        frame = self.table("municipality_change").filter(pl.col("old_number") == old_number)
        return list(frame.select("new_number", "new_name", "kind").iter_rows())

    def concept_index(self, concept: str) -> dict[str, str]:
        """Normalised id, Norwegian and English name and aliases → id; KeyError for an unknown concept."""
        if concept not in self.concepts:
            raise KeyError(f"no concept {concept!r}; there are {', '.join(sorted(self.concepts))}")
        return self.concepts[concept]

    def items(self, period: str) -> pl.DataFrame:
        """The survey items of the period's instrument (columns of instrument_item), by sort_order."""
        instrument = self.instrument(period)
        items = self.table("instrument_item").filter(pl.col("instrument_id") == instrument)
        return items.sort("sort_order", "item_id")

    def item_index(self, period: str) -> dict[str, str]:
        """Normalised item id, question text (nb, en) or its alias → item id, for the period's instrument."""
        return self.item_texts[self.instrument(period)]

    def scale_index(self, scale_id: str) -> dict[str, tuple[str, int | None]]:
        """Normalised label (nb, en) → (answer status, value; None for the statuses without one)."""
        if scale_id not in self.scales:
            raise KeyError(f"no scale {scale_id!r}; there are {', '.join(sorted(self.scales))}")
        return self.scales[scale_id]


def load_pack(folders: Sequence[Path]) -> ReferencePack:
    """Read, type and check the pack of these folders: the base first, overlays after it.

    An overlay holds any subset of the tables; its rows are added. Raises PackError with every
    fault found, each with file, row, column, what stands there and what to do.
    """
    if not folders:
        raise PackError([Problem(Path(), None, None, "no folder was given", "name the base pack")])
    problems: list[Problem] = []
    records = read_folders(folders, problems)
    _raise_if_any(problems)
    problems.extend(rules.check_all(records, folders[0]))
    concepts = rules.build_concepts(records, problems)
    scales = rules.build_scales(records, problems)
    item_texts = rules.build_items(records, problems)
    _raise_if_any(problems)
    rows = {name: _sorted(TABLES[name], found) for name, found in records.items()}
    return ReferencePack(
        tables={name: _frame(TABLES[name], found) for name, found in rows.items()},
        pack_hash=_content_hash(rows),
        concepts=concepts,
        scales=scales,
        item_texts=item_texts,
    )


def _raise_if_any(problems: list[Problem]) -> None:
    if problems:
        raise PackError(problems)


def _sorted(table: Table, records: list[Record]) -> list[Record]:
    """By key, blanks first; a key stands once, so the order is total."""

    def order(record: Record) -> list[tuple[bool, Value]]:
        return [(record.values[name] is not None, record.values[name]) for name in table.key]

    return sorted(records, key=order)


def _frame(table: Table, records: list[Record]) -> pl.DataFrame:
    """The records as a frame with the schema's columns, in its order and types."""
    return pl.DataFrame(
        {name: [record.values[name] for record in records] for name in table.column_names},
        schema={column.name: DTYPES[column.type] for column in table.columns},
    )


def _content_hash(rows: Records) -> str:
    """SHA-256 over one canonical line per table and per row, tables by name, rows by key."""
    digest = hashlib.sha256()
    for name in sorted(rows):
        columns = TABLES[name].column_names
        digest.update(_line([name, *columns]))
        for record in rows[name]:
            digest.update(_line([_canonical(record.values[column]) for column in columns]))
    return digest.hexdigest()


def _line(parts: Sequence[object]) -> bytes:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _canonical(value: Value) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value
