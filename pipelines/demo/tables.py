"""What a municipality fills in, before it becomes a file: tables, deliveries, planted faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Cell = str | int | Decimal | date | None
Row = list[Cell]


@dataclass
class Table:
    """One sheet: rows of cells in the order of the headers; titles are rows above the header.

    ``name`` is the workbook sheet's name and, in lower case without special letters, a CSV file's.
    """

    name: str
    headers: list[str]
    rows: list[Row]
    titles: list[str] = field(default_factory=list)

    def column(self, header: str) -> int:
        """The position of a header, which must be there."""
        return self.headers.index(header)

    def row_number(self, index: int) -> int:
        """The 1-based row in the file of the 0-based data row; a blank row follows the titles."""
        above = len(self.titles) + 1 if self.titles else 0
        return above + 1 + index + 1


@dataclass
class Delivery:
    """One kind's tables of one municipality and period."""

    kind: str
    tables: list[Table]

    def table(self, name: str) -> Table | None:
        """The table of that name, or None when the municipality does not send it."""
        return next((table for table in self.tables if table.name == name), None)


@dataclass(frozen=True)
class PlantedFault:
    """A fault put in on purpose, and what the pipeline must say of it.

    path is relative to the inbox, sheet the workbook sheet's name ('' in CSV), row the 1-based row;
    outcome is one of rejected, quarantined, cell, masked, warning, accepted; rule is the gate's ('' when
    nothing is to be found).
    """

    fault: str
    path: str
    sheet: str
    row: int | None
    column: str | None
    outcome: str
    rule: str
