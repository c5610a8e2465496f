"""The reference pack as text rows, read with ``csv``: base folder and overlays, appended."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from .calendar import reference_date
from .names import header, norm

Row = dict[str, str]


@dataclass(frozen=True)
class Item:
    """One question of the instrument; ``labels`` leads a normalised label to (status, value)."""

    item_id: str
    dimension_id: str
    is_reversed: bool
    points: int
    headers: frozenset[str]
    labels: dict[str, tuple[str, int | None]]


@dataclass(frozen=True)
class Pack:
    """Every table of the pack as rows of text."""

    tables: dict[str, list[Row]]

    def rows(self, table: str) -> list[Row]:
        return self.tables.get(table, [])

    def core(self, table: str) -> list[str]:
        """Ids of the kjerne rows of ``function``, ``process`` or ``data_object``, sorted."""
        return sorted(row[f"{table}_id"] for row in self.rows(table) if row["tier"] == "kjerne")

    @cached_property
    def periods(self) -> list[str]:
        return sorted(row["period"] for row in self.rows("period"))

    @cached_property
    def municipalities(self) -> dict[str, Row]:
        return {row["municipality_number"]: row for row in self.rows("municipality")}

    @cached_property
    def indicators(self) -> dict[str, Row]:
        return {row["indicator_id"]: row for row in self.rows("indicator")}

    def reference_date(self, period: str) -> date:
        return reference_date(period)

    def instrument(self, period: str) -> str:
        return next(row["instrument_id"] for row in self.rows("period") if row["period"] == period)

    def dimensions(self, period: str) -> set[str]:
        wanted = self.instrument(period)
        return {r["dimension_id"] for r in self.rows("instrument_dimension") if r["instrument_id"] == wanted}

    def items(self, period: str) -> list[Item]:
        """The items of the period's instrument."""
        wanted = self.instrument(period)
        return [self._item(row) for row in self.rows("instrument_item") if row["instrument_id"] == wanted]

    def _item(self, row: Row) -> Item:
        code = row["item_id"]
        texts = [row["text_nb"], row["text_en"]]
        texts += [a["alias"] for a in self.rows("alias") if (a["concept"], a["concept_id"]) == ("item", code)]
        names = [code, *texts, *(f"{code}{sep}{text}" for text in texts for sep in (" ", ". ", ": ", " - "))]
        points = next(int(s["n_points"]) for s in self.rows("scale") if s["scale_id"] == row["scale_id"])
        labels: dict[str, tuple[str, int | None]] = {}
        for label in self.rows("scale_label"):
            if label["scale_id"] == row["scale_id"]:
                meaning = (label["answer_status"], int(label["value"]) if label["value"] else None)
                labels[norm(label["label_nb"])] = meaning
                labels[norm(label["label_en"])] = meaning
        return Item(
            code,
            row["dimension_id"],
            row["is_reversed"] == "true",
            points,
            frozenset(header(name) for name in names),
            labels,
        )

    def concepts(self, concept: str) -> dict[str, str]:
        """Normalised id, name or alias → id, for function, process or data_object."""
        found: dict[str, str] = {}
        for row in self.rows(concept):
            for column in (f"{concept}_id", "name_nb", "name_en"):
                found[norm(row[column])] = row[f"{concept}_id"]
        for row in self.rows("alias"):
            if row["concept"] == concept:
                found[norm(row["alias"])] = row["concept_id"]
        return found

    def size_class(self, municipality: str, period: str) -> str | None:
        """By the population of 1 January of the period's year, else the latest earlier one."""
        known = {
            int(row["year"]): int(row["population"])
            for row in self.rows("population")
            if row["municipality_number"] == municipality and int(row["year"]) <= int(period[:4])
        }
        if not known:
            return None
        population = known[max(known)]
        for row in self.rows("size_class"):
            top = row["max_population"]
            if int(row["min_population"]) <= population and (not top or population <= int(top)):
                return row["size_class"]
        return None

    def threshold(self, threshold_id: str) -> Fraction:
        return next(Fraction(r["value"]) for r in self.rows("threshold") if r["threshold_id"] == threshold_id)


def load(folders: Sequence[Path]) -> Pack:
    """Read every CSV file of the folders, in their order; rows of overlays are appended."""
    tables: dict[str, list[Row]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8-sig", newline="") as file:
                tables.setdefault(path.stem, []).extend(dict(row) for row in csv.DictReader(file))
    return Pack(tables)
