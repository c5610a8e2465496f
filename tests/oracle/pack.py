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
        if wanted not in self._items:
            rows = [row for row in self.rows("instrument_item") if row["instrument_id"] == wanted]
            self._items[wanted] = [self._item(row) for row in rows]
        return self._items[wanted]

    @cached_property
    def _items(self) -> dict[str, list[Item]]:
        return {}

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
        return self.names(concept, f"{concept}_id")

    def names(self, concept: str, key: str) -> dict[str, str]:
        """Normalised id, name or alias → id, of a table whose key is ``key``."""
        if concept not in self._names:
            found: dict[str, str] = {}
            for row in self.rows(concept):
                for column in (key, "name_nb", "name_en", "name"):
                    if row.get(column):
                        found[norm(row[column])] = row[key]
            for row in self.rows("alias"):
                if row["concept"] == concept:
                    found[norm(row["alias"])] = row["concept_id"]
            self._names[concept] = found
        return self._names[concept]

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        return {}

    @cached_property
    def focus_areas(self) -> dict[str, str]:
        return self.names("focus_area", "focus_area_id")

    @cached_property
    def areas(self) -> list[str]:
        return sorted(row["focus_area_id"] for row in self.rows("focus_area"))

    @cached_property
    def roles(self) -> dict[str, str]:
        return self.names("role", "role_id")

    def area_of(self, table: str) -> dict[str, str]:
        """The pack's focus area of each function or process."""
        return {row[f"{table}_id"]: row.get("focus_area_id", "") for row in self.rows(table)}

    @cached_property
    def registers(self) -> dict[str, str]:
        """The national register of each data object that has one."""
        rows = self.rows("data_object")
        return {row["data_object_id"]: row["register_id"] for row in rows if row.get("register_id")}

    def is_fictional(self, number: str) -> bool:
        ends = [number] if number in self.municipalities else self.successors(number)
        return any(self.municipalities[end].get("is_fictional") == "true" for end in ends)

    # --- numbers and their years ---------------------------------------------------------------

    def is_valid(self, number: str, period: str) -> bool:
        """Whether a municipality had the number in the period's year."""
        year = int(period[:4])
        return any(first <= year <= last for first, last in self._years.get(number, ()))

    @cached_property
    def _years(self) -> dict[str, list[tuple[int, int]]]:
        years: dict[str, list[tuple[int, int]]] = {}
        for row in self.rows("municipality"):
            span = (int(row.get("first_year") or 0), 9999)
            years.setdefault(row["municipality_number"], []).append(span)
        for row in self.rows("municipality_change"):
            span = (int(row["first_year"] or 0), int(row["last_year"] or 9999))
            years.setdefault(row["old_number"], []).append(span)
        return years

    @cached_property
    def _next(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.rows("municipality_change"):
            found.setdefault(row["old_number"], []).append(row["new_number"])
        return found

    def successors(self, number: str) -> list[str]:
        """Today's municipalities that a number leads to, itself where it is one of them."""
        if number in self.municipalities:
            return [number]
        found, waiting, seen = set(), [number], {number}
        while waiting:
            for following in self._next.get(waiting.pop(), []):
                if following in self.municipalities:
                    found.add(following)
                elif following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return sorted(found)

    def parts(self, municipality: str, period: str) -> list[str]:
        """The numbers of the period that lead to one of today's municipalities."""
        return self._parts(period).get(municipality, [])

    def _parts(self, period: str) -> dict[str, list[str]]:
        if period not in self._parts_of:
            found: dict[str, list[str]] = {}
            for number in sorted(self._years):
                if self.is_valid(number, period):
                    for end in self.successors(number):
                        found.setdefault(end, []).append(number)
            self._parts_of[period] = found
        return self._parts_of[period]

    @cached_property
    def _parts_of(self) -> dict[str, dict[str, list[str]]]:
        return {}

    def is_split(self, number: str) -> bool:
        """Whether the number leads to more than one of today's municipalities."""
        return len(self.successors(number)) > 1

    # --- peers ---------------------------------------------------------------------------------

    def population(self, municipality: str, period: str) -> int | None:
        """Of 1 January of the period's year, else of the latest earlier one."""
        known = [
            (year, people) for year, people in self._people.get(municipality, []) if year <= int(period[:4])
        ]
        return max(known)[1] if known else None

    @cached_property
    def _people(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for row in self.rows("population"):
            entry = (int(row["year"]), int(row["population"]))
            found.setdefault(row["municipality_number"], []).append(entry)
        return found

    def size_class(self, municipality: str, period: str) -> str | None:
        population = self.population(municipality, period)
        if population is None:
            return None
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
