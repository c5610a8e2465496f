"""Which municipality numbers were valid when, what they were called, and what they lead to today.

Made from the municipality table (today's numbers) and the change table (former ones). Changes take effect
on 1 January, so a number is valid in whole years. Pure look-ups, for any year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Final, Literal

import polars as pl

from pipelines.reference.names import normalise

# A year in which today's numbers are valid and no former one is.
TODAY: Final = date.max.year
_EARLIEST: Final = date.min.year
_BETWEEN = re.compile(r"\s+[-–—]\s+|\s*/\s*")
_PARENTHESIS = re.compile(r"\s*\(.*?\)")

Standing = Literal["valid", "former", "later"]


class MunicipalityNumbers:
    """The numbers of a pack, today's and former ones, through the years."""

    def __init__(self, municipalities: pl.DataFrame, changes: pl.DataFrame) -> None:
        """municipalities, changes: the pack's tables ``municipality`` and ``municipality_change``."""
        self.names: dict[str, str] = {}
        self._years: dict[str, tuple[int, int]] = {}
        self._leads_to: dict[str, tuple[str, ...]] = {}
        self._valid_in: dict[int, frozenset[str]] = {}
        today = municipalities.select("municipality_number", "name", "first_year")
        for number, name, first_year in today.iter_rows():
            self._know(number, name, first_year, TODAY, number)
        former = changes.select("old_number", "old_name", "first_year", "last_year", "new_number")
        for number, name, first_year, last_year, target in former.iter_rows():
            self._know(number, name, first_year, last_year, target)

    def _know(self, number: str, name: str, first_year: int | None, last_year: int, target: str) -> None:
        self.names[number] = name
        self._years[number] = (_EARLIEST if first_year is None else first_year, last_year)
        self._leads_to[number] = tuple(sorted({*self._leads_to.get(number, ()), target}))

    @cached_property
    def _parts_of(self) -> dict[str, tuple[str, ...]]:
        """Today's number → every number, of any year, that leads to it."""
        found: dict[str, list[str]] = {}
        for number, targets in self._leads_to.items():
            for target in targets:
                found.setdefault(target, []).append(number)
        return {target: tuple(sorted(numbers)) for target, numbers in found.items()}

    def valid_in(self, year: int) -> frozenset[str]:
        """The numbers valid in a year; of ``TODAY`` those of today."""
        if year not in self._valid_in:
            own = (number for number, (first, last) in self._years.items() if first <= year <= last)
            self._valid_in[year] = frozenset(own)
        return self._valid_in[year]

    def standing(self, number: str, year: int) -> Standing | None:
        """Whether a number was valid in a year, was a former one or yet to come; None: no number."""
        if number not in self._years:
            return None
        first, last = self._years[number]
        return "later" if year < first else "former" if year > last else "valid"

    def leads_to(self, number: str) -> tuple[str, ...]:
        """Today's numbers that a number leads to: itself, its successor, or several after a split."""
        return self._leads_to[number]

    def parts(self, number: str, year: int) -> tuple[str, ...]:
        """The numbers valid in a year that lead to where this one leads; KeyError for no number.

        For one of today's they are what the municipality was then; for a former one, what stood in its
        place. Sorted.
        """
        valid = self.valid_in(year)
        parts = {part for target in self._leads_to[number] for part in self._parts_of[target]}
        return tuple(sorted(parts & valid))

    def heirs(self, number: str, year: int) -> tuple[str, ...]:
        """What a number that has gone out of use is in a later year; several: which of them is not known.

        Today it is the successor, or the targets of a split. In a year between, when the successor may not
        have been there yet, it is the only number in its place, or the one of several that kept its name.
        A split is nobody's: the part that kept the name is not what was divided.
        """
        after, own = self.parts(number, year), self._leads_to[number]
        if len(own) > 1:
            kept = [one for one in after if self._leads_to[one] == own]
        else:
            kept = [one for one in after if self.is_called_alike(one, number)]
        return tuple(kept) if len(kept) == 1 else after

    def earlier(self, number: str, year: int) -> str | None:
        """The number that the same municipality had in an earlier year: itself, or the one it replaced.

        None where it was several municipalities then, or part of one.
        """
        parts = self.parts(number, year)
        if number in parts:
            return number
        is_same = len(parts) == 1 and self._leads_to[parts[0]] == self._leads_to[number]
        return parts[0] if is_same else None

    def is_called_alike(self, one: str, other: str) -> bool:
        """Whether two numbers' municipalities have a name in common, the county beside it apart."""
        return not _called(self.names[one]).isdisjoint(_called(self.names[other]))

    def told(self, numbers: Iterable[str]) -> list[str]:
        """Numbers with their names, as they are shown."""
        return [f"{number} {self.names[number]}" for number in numbers]


def _called(name: str) -> frozenset[str]:
    """The names in a name of several languages, as compared."""
    return frozenset(normalise(part) for part in _BETWEEN.split(_PARENTHESIS.sub("", name)))
