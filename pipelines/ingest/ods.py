"""OpenDocument spreadsheets as tables of text, read as a stream with the limits checked on the way.

Read here and not by fastexcel, which unfolds repeated cells before anything can be counted, gives
booleans as 1 and 0 and loses times. A repeated blank costs nothing; a repeated filled cell counts each time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pipelines.ingest.model import Rejection
from pipelines.ingest.tables import ErrorCells, Table, check_cells, check_grid, check_size, frame_of_records
from pipelines.ingest.unpacking import Archive, refuse_markup_tricks
from pipelines.settings import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELL = f"{_TABLE}table-cell"
_CELLS = (_CELL, f"{_TABLE}covered-table-cell")
_ROW = f"{_TABLE}table-row"
_SHEET = f"{_TABLE}table"
_ERROR = re.compile(r"\s*(?:#(?:N/A|I/T|[A-ZÆØÅ0-9/_]+[!?])|Err:[0-9]{3})\s*")
_SPACES = re.compile(r"[ \t\r\n]+")
_TIME = re.compile(r"(-?)P(?:([0-9]+)D)?T?(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,][0-9]+)?S)?")
_PLAIN_INTEGER = re.compile(r"-?[0-9]{1,15}")
# More would be told apart by no person; spreadsheets show as many.
_DIGITS = 15
# Cells that are written out, repeated ones once, each of about so many tags and attributes: the parser
# needs its time and memory for each.
_MOST_CELLS = 500_000
_MARKS_PER_CELL = 7


@dataclass
class _Grid:
    """The sheet that is being read: its filled rows by 0-based place, each up to its last filled cell."""

    name: str
    is_hidden: bool
    rows: list[tuple[int, int, list[str]]] = field(default_factory=list)
    n_rows: int = 0
    width: int = 0
    errors: ErrorCells = field(default_factory=ErrorCells)


@dataclass
class _Reading:
    """What is counted over the whole workbook."""

    limits: Limits
    n_cells: int = 0
    n_bytes: int = 0
    errors: dict[str, ErrorCells] = field(default_factory=dict)


def read_ods(archive: Archive, limits: Limits) -> tuple[list[Table], dict[str, ErrorCells]]:
    """Every sheet in order, and by sheet the cells that hold an error, which are blank.

    Raises Rejection for what is too large or broken.
    """
    from lxml.etree import XMLSyntaxError

    reading = _Reading(limits)
    try:
        tables = [_table(grid, reading) for grid in _grids(archive, reading)]
    except XMLSyntaxError as error:
        raise Rejection("unreadable", found=str(error)[:200]) from None
    return tables, reading.errors


class _Stream(io.RawIOBase):
    """The pieces of a member as the parser wants them."""

    def __init__(self, pieces: Iterable[bytes], limits: Limits) -> None:
        self._pieces = iter(pieces)
        self._n_left = min(limits.max_cells, _MOST_CELLS) * _MARKS_PER_CELL
        self._rest = b""
        self._tail = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most size of them."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
            refuse_markup_tricks(self._tail + self._rest)
            self._n_left -= self._rest.count(b"<") + self._rest.count(b"=")
            if self._n_left < 0:
                raise Rejection("too_many_rows", found=f"> {_MOST_CELLS}", limit=str(_MOST_CELLS))
            self._tail = self._rest[-16:]
        size = size if size > 0 else len(self._rest)
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _grids(archive: Archive, reading: _Reading) -> Iterator[_Grid]:
    from lxml import etree

    member = archive.member("content.xml")
    if member is None:
        raise Rejection("unreadable", found="content.xml")
    style = f"{_STYLE}style"
    events = etree.iterparse(
        _Stream(archive.pieces(member), reading.limits),
        events=("start", "end"),
        tag=(_ROW, _SHEET, style),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    hidden: set[str] = set()
    grid: _Grid | None = None
    for event, element in events:
        tag = element.tag
        if event == "start":
            if tag == _SHEET and grid is None and _is_sheet(element):
                is_hidden = element.get(f"{_TABLE}style-name", "") in hidden
                grid = _Grid(element.get(f"{_TABLE}name", ""), is_hidden)
        elif tag == style:
            hidden |= _hidden_style(element)
        elif grid is not None and tag == _ROW:
            _add_row(grid, element, reading)
            _forget(element)
        elif grid is not None and _is_sheet(element):
            yield grid
            grid = None
            _forget(element)


def _is_sheet(element: _Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == f"{_OFFICE}spreadsheet"


def _hidden_style(style: _Element) -> set[str]:
    shown = [p.get(f"{_TABLE}display") for p in style.iterfind(f"{_STYLE}table-properties")]
    return {style.get(f"{_STYLE}name", "")} if "false" in shown else set()


def _forget(element: _Element) -> None:
    """Free what has been read: the element's content and its elder siblings."""
    element.clear()
    while (previous := element.getprevious()) is not None:
        parent = element.getparent()
        if parent is None:
            return
        parent.remove(previous)


def _times(element: _Element, attribute: str) -> int:
    text = element.get(f"{_TABLE}{attribute}")
    if text is None:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Rejection("unreadable", found=f"{attribute}={text[:20]}")
    return max(int(text), 1)


def _add_row(grid: _Grid, element: _Element, reading: _Reading) -> None:
    limits = reading.limits
    row: list[str] = []
    blanks = 0
    for cell in element.iterchildren(*_CELLS):
        # A covered cell is part of a merged one: what it holds is not seen.
        text = _value(cell, reading) if cell.tag == _CELL and (len(cell) or len(cell.attrib) > 1) else ""
        times = _times(cell, "number-columns-repeated")
        if text is None:
            grid.errors.add(grid.n_rows + 1, len(row) + blanks + 1)
        if not text:
            blanks += times
            continue
        check_size(1, len(row) + blanks + times, grid.name, limits)
        row.extend([""] * blanks + [text] * times)
        blanks = 0
    times = _times(element, "number-rows-repeated")
    if row:
        _check_room(grid, row, times, reading)
        grid.rows.append((grid.n_rows, times, row))
        grid.width = max(grid.width, len(row))
    grid.n_rows += times


def _check_room(grid: _Grid, row: list[str], times: int, reading: _Reading) -> None:
    """Refuse what would not fit before it is unfolded."""
    limits, last, width = reading.limits, grid.n_rows + times, max(grid.width, len(row))
    check_size(last, width, grid.name, limits)
    check_grid(reading.n_cells + last * width, 1, grid.name, limits)
    reading.n_bytes += sum(map(len, row)) * times
    if reading.n_bytes > limits.max_text_bytes:
        limit = str(limits.max_text_bytes)
        raise Rejection("unpacks_too_big", sheet=grid.name, found=str(reading.n_bytes), limit=limit)


def _table(grid: _Grid, reading: _Reading) -> Table:
    """A sheet's rows as a frame, with the blank ones between them."""
    if grid.errors.count:
        reading.errors[grid.name] = grid.errors
    if not grid.rows:
        return Table(grid.name, grid.is_hidden, frame_of_records([]))
    rows: list[list[str]] = []
    for place, times, row in grid.rows:
        rows.extend([] for _ in range(place - len(rows)))
        rows.extend(list(row) for _ in range(times))
    reading.n_cells += len(rows) * grid.width
    frame = frame_of_records(rows)
    check_cells(frame, grid.name, reading.limits)
    return Table(grid.name, grid.is_hidden, frame)


# Cells


def _value(cell: _Element, reading: _Reading) -> str | None:
    """A cell's text; None where it holds an error."""
    kind = cell.get(f"{_OFFICE}value-type") or cell.get(f"{_CALCEXT}value-type") or ""
    if kind == "string" and cell.get(f"{_CALCEXT}value-type") != "error":
        return _shown(cell, reading) or cell.get(f"{_OFFICE}string-value", "")
    shown = _shown(cell, reading)
    # Some programs write an error as the number 0 that is shown as #N/A.
    if cell.get(f"{_CALCEXT}value-type") == "error" or _ERROR.fullmatch(shown):
        return None
    return _typed_value(cell, kind) or shown


def _typed_value(cell: _Element, kind: str) -> str:
    """What the cell's attributes say, '' where they say nothing."""
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(f"{_OFFICE}value", ""))
    if kind == "time":
        return _time(cell.get(f"{_OFFICE}time-value", ""))
    return cell.get(f"{_OFFICE}{kind}-value", "") if kind in ("boolean", "date") else ""


def _number(text: str) -> str:
    """A number as a spreadsheet shows it when it shows all of it: 3, not 3.0; no exponent."""
    if _PLAIN_INTEGER.fullmatch(text):
        return text
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return ""
    if not number.is_finite() or abs(number.adjusted()) > 300:
        return "" if not number.is_finite() else text
    rounded = Decimal(f"{number:.{_DIGITS - 1}e}")
    shown = f"{rounded:f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) or "0"


def _time(text: str) -> str:
    """``PT12H30M00S`` as ``12:30:00``."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not any(match.groups()[1:]):
        return text
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    return f"{match[1]}{days * 24 + hours:02}:{minutes:02}:{seconds:02}"


def _shown(cell: _Element, reading: _Reading) -> str:
    """The text of a cell, a line per paragraph; notes fastened to the cell are no part of it."""
    return "\n".join(_paragraph(p, reading) for p in cell.iterchildren(f"{_TEXT}p"))


def _paragraph(paragraph: _Element, reading: _Reading) -> str:
    if not len(paragraph):
        return _SPACES.sub(" ", paragraph.text or "")
    return "".join(_parts(paragraph, reading))


def _parts(element: _Element, reading: _Reading) -> Iterator[str]:
    yield _SPACES.sub(" ", element.text or "")
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            most = reading.limits.max_cell_characters + 1
            yield " " * (min(int(count), most) if count.isdecimal() and len(count) < 10 else 1)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag not in (f"{_OFFICE}annotation", f"{_TEXT}note"):
            yield from _parts(child, reading)
        yield _SPACES.sub(" ", child.tail or "")
