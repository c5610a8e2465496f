"""A table as it stands in an edition's files, and what its columns refer to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ForeignKey:
    """Columns of one table whose values are rows of another (or of the same) table."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class EditionTable:
    """Key, comment, (name, type, comment) per column, and the references that hold in this release."""

    name: str
    key: tuple[str, ...]
    comment: str
    columns: tuple[tuple[str, str, str], ...]
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(name for name, *_ in self.columns)


# Columns that mean the key of another table, wherever they stand.
MEANINGS = (
    ForeignKey(("municipality_number", "period"), "dim_municipality", ("municipality_number", "period")),
    ForeignKey(("teacher_number", "period"), "dim_municipality", ("municipality_number", "period")),
    ForeignKey(("neighbour_number", "period"), "dim_municipality", ("municipality_number", "period")),
    ForeignKey(("indicator_id",), "dim_indicator", ("indicator_id",)),
    ForeignKey(("delivery_id",), "delivery", ("delivery_id",)),
    ForeignKey(("supersedes",), "delivery", ("delivery_id",)),
)


def possible_references(name: str, columns: Collection[str], tables: Collection[str]) -> Sequence[ForeignKey]:
    """What a table's columns refer to by their names, of the tables that the edition holds."""
    return [
        meaning
        for meaning in MEANINGS
        if meaning.table in tables
        and set(meaning.columns) <= set(columns)
        and (name, meaning.columns) != (meaning.table, meaning.references)
    ]
