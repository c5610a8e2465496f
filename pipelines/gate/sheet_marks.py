"""Marks in one worksheet's XML: cells get a fill and a note; whatever else stands there stays as it is.

Rows and cells are found by their references, or by their order where a writer left the references out.
A missing row or cell is put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lxml import etree

from pipelines.gate.cell_styles import Styles
from pipelines.gate.package import PackageError, local, tag
from pipelines.ingest.model import MASK
from pipelines.ingest.text import column_letter
from pipelines.reference.export_text import cell_text

AUTHOR = "Kommunebench"
# Elements of a worksheet that stand after the drawing of its notes.
_AFTER_NOTES = frozenset(
    {
        "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
        "extLst",
    }
)  # fmt: skip
_BEFORE_DATA = frozenset({"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols"})
_NOTES_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MOST_NOTES = 2_000
_MOST_ROWS = 1_048_576
_COLUMN = re.compile("[A-Za-z]{1,3}")


@dataclass(frozen=True)
class Mark:
    """A cell to mark. row: 1-based; column: 0-based; text: what its note says; is_masked: its content is
    replaced by ``***``."""

    row: int
    column: int
    severity: str
    text: str
    is_masked: bool = False

    @property
    def reference(self) -> str:
        """``B7``."""
        return f"{column_letter(self.column)}{self.row}"


class Grid:
    """The rows and cells of a worksheet."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        data = root.find(tag(root, "sheetData"))
        if data is None:
            data = root.makeelement(tag(root, "sheetData"))
            before = [e for e in root if local(e) in _BEFORE_DATA]
            root.insert(root.index(before[-1]) + 1 if before else 0, data)
        self._data = data
        self._rows = dict(_numbered(data, _row_number, 0))
        self._cells: dict[int, dict[int, etree._Element]] = {}

    def cells(self) -> Iterable[etree._Element]:
        """Every cell that is there."""
        for row in self._data:
            yield from (cell for cell in row if local(cell) == "c")

    def cell(self, row: int, column: int) -> etree._Element:
        """The cell at a place, put there where it is missing."""
        cells = self._cells_of(row)
        if column not in cells:
            element = self._rows[row]
            new = element.makeelement(tag(self.root, "c"), {"r": f"{column_letter(column)}{row}"})
            if (style := self._inherited(element, column)) is not None:
                new.set("s", style)
            # A cell without a reference stands where it does by order, which the new one would change.
            for other, known in cells.items():
                known.set("r", f"{column_letter(other)}{row}")
            _insert(element, new, [cells[c] for c in cells if c < column])
            cells[column] = new
        return cells[column]

    def _cells_of(self, row: int) -> dict[int, etree._Element]:
        if row not in self._rows:
            new = self._data.makeelement(tag(self.root, "row"), {"r": str(row)})
            for other, known in self._rows.items():
                known.set("r", str(other))
            _insert(self._data, new, [self._rows[r] for r in self._rows if r < row])
            self._rows[row] = new
        if row not in self._cells:
            self._cells[row] = dict(_numbered(self._rows[row], _column_number, -1))
        return self._cells[row]

    def _inherited(self, row: etree._Element, column: int) -> str | None:
        """The style that a missing cell has from its row or column."""
        if row.get("s") is not None and row.get("customFormat") in ("1", "true"):
            return row.get("s")
        for group in self.root.iterfind(f"{tag(self.root, 'cols')}/{tag(self.root, 'col')}"):
            if int(group.get("min") or 0) <= column + 1 <= int(group.get("max") or 0):
                return group.get("style")
        return None


def _numbered(
    parent: etree._Element, read: Callable[[etree._Element], int | None], before: int
) -> Iterator[tuple[int, etree._Element]]:
    """Rows or cells with their numbers: as they say, else one after the one before."""
    last = before
    for child in parent:
        if local(child) in ("row", "c"):
            said = read(child)
            last = said if said is not None else last + 1
            yield last, child


def _row_number(row: etree._Element) -> int | None:
    said = row.get("r")
    if not said:
        return None
    if not 1 <= int(said) <= _MOST_ROWS:
        raise PackageError("a row stands where no workbook has one")
    return int(said)


def _column_number(cell: etree._Element) -> int | None:
    letters = (cell.get("r") or "").rstrip("0123456789")
    if not letters:
        return None
    if _COLUMN.fullmatch(letters) is None:
        raise PackageError("a cell stands in a column that no workbook has")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1


def _insert(parent: etree._Element, new: etree._Element, before: Sequence[etree._Element]) -> None:
    """Put an element after the last of those that stand before it."""
    places = [parent.index(element) for element in before]
    parent.insert(max(places) + 1 if places else 0, new)


def clear_marks(grid: Grid, styles: Styles) -> None:
    """Take the fills of an earlier marking away."""
    for cell in grid.cells():
        style = int(cell.get("s") or 0)
        if (own := styles.unmarked(style)) != style:
            cell.set("s", str(own))


def put_marks(grid: Grid, marks: Iterable[Mark], styles: Styles) -> list[tuple[etree._Element, str]]:
    """Fill the cells, and put ``***`` where personal data stood.

    The masked cells as they were: type and value (an index where the text is shared), for the caller to
    take the text out of the package.
    """
    masked = []
    for mark in marks:
        cell = grid.cell(mark.row, mark.column)
        cell.set("s", str(styles.marked(int(cell.get("s") or 0), mark.severity)))
        if mark.is_masked:
            masked.append((cell, _shared_index(cell)))
            _mask(cell)
    return masked


def _shared_index(cell: etree._Element) -> str:
    value = next((e.text or "" for e in cell if local(e) == "v"), "")
    return value if cell.get("t") == "s" else ""


def _mask(cell: etree._Element) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.set("t", "inlineStr")
    holder = etree.SubElement(cell, tag(cell, "is"))
    etree.SubElement(holder, tag(cell, "t")).text = MASK


def attach_notes(root: etree._Element, relationship: str, namespace: str) -> None:
    """Say in the worksheet where the drawing of its notes lies."""
    element = root.makeelement(tag(root, "legacyDrawing"), {f"{{{namespace}}}id": relationship})
    after = [e for e in root if local(e) in _AFTER_NOTES or local(e) == "AlternateContent"]
    data = next(i for i, e in enumerate(root) if local(e) == "sheetData")
    places = [root.index(e) for e in after if root.index(e) > data]
    root.insert(min(places) if places else len(root), element)


def notes_by_cell(marks: Iterable[Mark]) -> dict[Mark, str]:
    """The first mark of each cell → all that is said of the cell."""
    first: dict[tuple[int, int], Mark] = {}
    said: dict[tuple[int, int], list[str]] = {}
    for mark in marks:
        place = (mark.row, mark.column)
        first.setdefault(place, mark)
        said.setdefault(place, []).append(mark.text)
    ordered = sorted(first)[:MOST_NOTES]
    return {first[place]: "\n".join(dict.fromkeys(filter(None, said[place]))) for place in ordered}


def notes_xml(notes: Mapping[Mark, str]) -> bytes:
    """The comments part."""
    body = "".join(
        f'<comment ref="{mark.reference}" authorId="0"><text><r><rPr><sz val="9"/><rFont val="Tahoma"/></rPr>'
        f'<t xml:space="preserve">{escape(cell_text(text), quote=False)}</t></r></text></comment>'
        for mark, text in notes.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{_NOTES_NS}">'
        f"<authors><author>{AUTHOR}</author></authors><commentList>{body}</commentList></comments>"
    ).encode()


def drawing_xml(notes: Mapping[Mark, str]) -> bytes:
    """The drawing that older and newer spreadsheets alike want beside the comments part."""
    shapes = "".join(_shape(number, mark, text) for number, (mark, text) in enumerate(notes.items()))
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
        '<o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" '
        'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        f'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{shapes}</xml>'
    ).encode()


def _shape(number: int, mark: Mark, text: str) -> str:
    column, row = mark.column, mark.row - 1
    # About 45 letters stand on a line of a box that is four columns wide.
    lines = 2 + sum(len(line) // 45 + 1 for line in text.split("\n"))
    return (
        f'<v:shape id="_x0000_s{1025 + number}" type="#_x0000_t202" style="position:absolute;'
        f"margin-left:60pt;margin-top:2pt;width:240pt;height:{12 * lines}pt;z-index:{number + 1};"
        'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column + 1}, 15, {max(row - 1, 0)}, 2, {column + 5}, 15, {row + lines}, 2</x:Anchor>"
        f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>"
        "</x:ClientData></v:shape>"
    )
