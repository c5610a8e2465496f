"""What a case of the corpus is: a file, where it lies, and what must become of it.

Expectations are written from the contract of deliveries and ``docs/decisions.md``; they name rows as the
sender sees them (row 1 is the first row of the sheet or file; a Parquet file's column names are its row 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.settings import Limits
from tests.writers import Rows, table_bytes

ALL = ("csv", "tsv", "xlsx", "xlsm", "xls", "ods", "parquet")
TEXTS = ("csv", "tsv")
BOOKS = ("xlsx", "xlsm", "xls", "ods")
GRIDS = (*TEXTS, *BOOKS)

# The lines of the contract's table "What bad input gets", each with the formats in which it can occur.
LINES: dict[str, tuple[str, ...]] = {
    "empty file": ALL,
    "unreadable file": ALL,
    "wrong kind": ALL,
    "password-protected workbook": BOOKS,
    "zip that unpacks past the limit": ("xlsx", "xlsm", "ods"),
    "required column missing": ALL,
    "unknown municipality": ALL,
    "unknown period": ALL,
    "row that breaks a rule": ALL,
    "unknown extra column": ALL,
    "masked: national identity number": ALL,
    "masked: D-number": ALL,
    "masked: e-mail": ALL,
    "masked: phone number": ALL,
    "masked: person's name in a role column": ALL,
    "same file again": ALL,
    "corrected file": ALL,
    "header that matches two contract columns": ALL,
    # A Parquet file cannot have the very same name twice, but it can in another case.
    "two columns with the same header": ALL,
    "read: semicolon": ("csv",),
    "read: comma": ("csv",),
    "read: tab": ("csv", "tsv"),
    "read: UTF-8 with BOM": TEXTS,
    "read: UTF-8 without BOM": TEXTS,
    "read: cp1252": TEXTS,
    "read: UTF-16": TEXTS,
    # In a typed column there is no comma; as text there may be one in every format.
    "read: decimal comma": ALL,
    "read: NBSP thousands": ALL,
    "read: dd.mm.yyyy": ALL,
    "read: ISO date": ALL,
    "read: US date": ALL,
    "read: Excel serial date": ALL,
    "read: title rows above the header": GRIDS,
    # A text file has no merged cells, but its group row has blanks in their place.
    "read: merged headers": GRIDS,
    "read: two-row headers": GRIDS,
    "read: hidden sheets": BOOKS,
    "read: trailing empty rows and columns": ALL,
    "read: notes and totals below the table": ALL,
    "formula cell: its cached value": BOOKS,
    # In a text file and in Parquet a formula is only text; so it may be in a workbook.
    "text that starts as a formula": ALL,
}

Row = tuple[str, int]
Told = tuple[str, int | None, str | None]


@dataclass(frozen=True)
class Delivery:
    """What must become of one delivery.

    accepted: the accepted rows; aside: quarantined row -> its rules; rejected: the rule, else None;
    told: (rule, row, header) of every warning, illegal cell and masked cell; values: ``dataset.column`` ->
    the typed values of that delivery in the file's order. Sheets stand as '' where there is one only.
    """

    kind: str
    accepted: tuple[Row, ...] = ()
    aside: Mapping[Row, tuple[str, ...]] = field(default_factory=dict)
    rejected: str | None = None
    told: tuple[Told, ...] = ()
    values: Mapping[str, Sequence[object]] = field(default_factory=dict)
    municipality: str = "9901"
    mode: str | None = None


@dataclass(frozen=True)
class Case:
    """One file. foreign: who made it, where not our own writers; lines: what of the contract it shows."""

    name: str
    file_name: str
    content: Callable[[], bytes]
    expected: tuple[Delivery, ...]
    lines: tuple[str, ...] = ()
    kind: str | None = None
    municipality: str = "9901"
    period: str = "2026"
    mapping: str | None = None
    limits: Limits = field(default_factory=Limits)
    foreign: str | None = None

    @property
    def file_format(self) -> str:
        """The format by the file's ending."""
        return self.file_name.rsplit(".", 1)[-1]


def taken(
    kind: str,
    rows: str | Mapping[str, str],
    *,
    aside: Mapping[int | Row, str] | None = None,
    told: Sequence[Told] = (),
    values: Mapping[str, Sequence[object]] | None = None,
    municipality: str = "9901",
    mode: str | None = None,
) -> Delivery:
    """A delivery that is used. rows: the accepted ones, ``2-4 7``, by sheet where there are several."""
    by_sheet = {"": rows} if isinstance(rows, str) else rows
    accepted = tuple((sheet, row) for sheet, text in by_sheet.items() for row in numbers(text))
    set_aside = {
        (row if isinstance(row, tuple) else ("", row)): tuple(sorted(rules.split()))
        for row, rules in (aside or {}).items()
    }
    return Delivery(
        kind, accepted, set_aside, None, tuple(told), values or {}, municipality=municipality, mode=mode
    )


def refused(kind: str, rule: str, *, municipality: str = "9901", told: Sequence[Told] = ()) -> Delivery:
    """A delivery that is rejected whole."""
    return Delivery(kind, rejected=rule, municipality=municipality, told=tuple(told))


def numbers(text: str) -> list[int]:
    """``2-4 7`` as 2, 3, 4, 7."""
    found: list[int] = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def in_formats(
    name: str,
    rows: Rows,
    *expected: Delivery,
    formats: Sequence[str] = ALL,
    lines: Sequence[str] = (),
    stem: str = "systemer",
    kind: str | None = None,
    municipality: str = "9901",
    period: str = "2026",
    mapping: str | None = None,
    sheet: str = "Ark1",
    limits: Limits | None = None,
) -> list[Case]:
    """The same table in several formats, each a case of its own."""
    return [
        Case(
            name=f"{name} ({file_format})",
            file_name=f"{stem}.{file_format}",
            content=_writer(rows, file_format, sheet),
            expected=expected,
            lines=tuple(lines),
            kind=kind,
            municipality=municipality,
            period=period,
            mapping=mapping,
            limits=limits or Limits(),
        )
        for file_format in formats
    ]


def _writer(rows: Rows, file_format: str, sheet: str) -> Callable[[], bytes]:
    return lambda: table_bytes(rows, file_format, sheet=sheet)
