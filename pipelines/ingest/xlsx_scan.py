"""How large an xlsx workbook would be in memory, told from its XML in pieces, before it is read.

The reader that reads it holds each sheet as a dense grid and gives every cell its own copy of a shared
text. So one cell far out, or one long text in many cells, takes all memory although the file is small.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import ZipInfo

from pipelines.ingest.model import Rejection
from pipelines.ingest.tables import MOST_PLACES, ErrorCells, check_grid
from pipelines.ingest.unpacking import Archive, plain_name, refuse_markup_tricks
from pipelines.settings import Limits

if TYPE_CHECKING:
    from lxml.etree import XMLParser, _Element

_PREFIX = rb"<(?:[^\s<>/:\"']+:)?"
_START = re.compile(_PREFIX + rb"c[\s/>]")
_ENDS = (b" ", b">", b"/", b"\t", b"\n", b"\r")
_PREFIXED = tuple(b":c" + end for end in _ENDS)
_PLAIN_STARTS = tuple(b"<c" + end for end in _ENDS)
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})("[^<>]*)>')
_CELL = re.compile(_PREFIX + rb"c\s(?:[^<>]*?\s)?r\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})([\"'][^<>]*)>")
_ATTRIBUTES = rb"((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)"
_TOKEN = re.compile(_PREFIX + rb"(row|c)(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>")
_PLACE = re.compile(rb"(?:^|\s)r\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{1,7})[\"']")
_ANY_PLACE = re.compile(rb"(?:^|\s)r\s*=")
_ERRORS = (b' t="e"', b" t='e'")
_SHARED = re.compile(rb"\st\s*=\s*[\"']s[\"'][^<>]*>\s*" + _PREFIX + rb"v>\s*([0-9]{1,9})\s*<")
_TEXT_END = re.compile(_PREFIX.replace(b"<", b"</", 1) + rb"si>|" + _PREFIX + rb"si\s*/>")
_SHARED_STRINGS = "xl/sharedstrings.xml"
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# A shared text below this length in every cell that is allowed still fits.
_SHORT_TEXT = 40
_LONGEST_TAG = 8 << 20
# The reader takes such a value for none; a text (<t>) it reads.
_VALUE_IN_CDATA = re.compile(rb"v>\s*<!\[CDATA\[")
_OVERLAP = 16


@dataclass
class _Sheet:
    """What a member's cells span. row, column: the last filled ones, 1-based."""

    row: int = 0
    column: int = 0
    n_tags: int = 0
    errors: ErrorCells = field(default_factory=ErrorCells)
    uses: Counter[int] = field(default_factory=Counter)


class _NeedsWalk(Exception):  # noqa: N818 - it chooses the slower way, it is no error
    """Some cells do not say where they stand, so that rows and cells must be counted one by one."""


def scan_workbook(archive: Archive, limits: Limits) -> dict[str, ErrorCells]:
    """Refuse a workbook whose grids or texts would not fit; by sheet the cells that hold an error.

    Every member is looked through: a sheet may stand under any name.
    """
    lengths = _text_lengths(archive, limits)
    is_long = max(lengths, default=0) > _SHORT_TEXT
    n_cells = 0
    uses: Counter[int] = Counter()
    errors: dict[str, ErrorCells] = {}
    for member in archive.members:
        if plain_name(member.filename) == _SHARED_STRINGS:
            continue
        name = member.filename.rpartition("/")[2].removesuffix(".xml")[:60]
        try:
            sheet = _by_places(_tags_of(archive, member), limits, name, is_long=is_long)
        except _NeedsWalk:
            sheet = _by_walking(_tags_of(archive, member), limits, name, is_long=is_long)
        check_grid(sheet.row, sheet.column, name, limits)
        n_cells += sheet.row * sheet.column
        check_grid(n_cells, 1, name, limits)
        if sheet.errors.count:
            errors[plain_name(member.filename)] = sheet.errors
        uses.update(sheet.uses)
    text = sum(lengths[index] * count for index, count in uses.items() if index < len(lengths))
    if text > limits.max_text_bytes:
        raise Rejection("unpacks_too_big", found=str(text), limit=str(limits.max_text_bytes))
    names = sheet_names(archive) if errors else {}
    return {names.get(member, member): found for member, found in errors.items()}


def _tags_of(archive: Archive, member: ZipInfo) -> Iterator[bytes]:
    is_xml = plain_name(member.filename).endswith((".xml", ".rels"))
    return _whole_tags(archive.pieces(member), is_xml=is_xml)


def column_number(letters: bytes) -> int:
    """The 1-based number of a column: A -> 1, AA -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _whole_tags(pieces: Iterable[bytes], *, is_xml: bool) -> Iterator[bytes]:
    """Pieces that end where a row or a text ends, or at least before a tag begins."""
    kept = b""
    for piece in pieces:
        if is_xml:
            refuse_markup_tricks(kept[-_OVERLAP:] + piece)
        kept += piece
        cut = max(kept.rfind(b"</row>"), kept.rfind(b"</si>"))
        cut = cut if cut > 0 else kept.rfind(b"<")
        if cut > 0:
            yield kept[:cut]
            kept = kept[cut:]
        elif len(kept) > _LONGEST_TAG:
            raise Rejection("unreadable", found=f"XML > {_LONGEST_TAG}")
    yield kept


def _by_places(pieces: Iterable[bytes], limits: Limits, name: str, *, is_long: bool) -> _Sheet:
    """The span of cells that all say where they stand."""
    sheet = _Sheet()
    for piece in pieces:
        n_cells = _n_cells(piece)
        if not n_cells:
            continue
        _count(sheet, piece, n_cells, limits, name, is_long=is_long)
        _note_errors(sheet, piece)
        cells = _USUAL_CELL.findall(piece)
        if len(cells) != n_cells:
            cells = _CELL.findall(piece)
        if len(cells) != n_cells:
            raise _NeedsWalk
        if b"/>" in piece:
            cells = [cell for cell in cells if not cell[2].endswith(b"/")]
        if cells:
            letters, rows, _ = zip(*cells, strict=True)
            sheet.row = max(sheet.row, *map(int, set(rows)))
            sheet.column = max(sheet.column, *map(column_number, set(letters)))
    return sheet


def _note_errors(sheet: _Sheet, piece: bytes) -> None:
    """Count the cells of a piece that hold an error, and note where the first of them stand."""
    count = sum(piece.count(mark) for mark in _ERRORS)
    if count and len(sheet.errors.places) < MOST_PLACES:
        for found in _TOKEN.finditer(piece):
            place = _PLACE.search(found[2]) if any(mark in b" " + found[2] for mark in _ERRORS) else None
            if found[1] == b"c" and place and len(sheet.errors.places) < MOST_PLACES:
                sheet.errors.places.append((int(place[2]), column_number(place[1])))
    sheet.errors.count += count


def sheet_names(archive: Archive) -> dict[str, str]:
    """The sheets' names by the member that holds each, as far as the workbook's own lists tell."""
    from lxml import etree

    try:
        book, relations = (etree.fromstring(archive.read(name), _parser()) for name in (_BOOK, _RELATIONS))
    except etree.XMLSyntaxError:
        return {}
    targets = {e.get("Id"): e.get("Target", "") for e in relations.iter() if _local(e) == "Relationship"}
    names: dict[str, str] = {}
    for sheet in book.iter():
        target = next((targets.get(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), None)
        if _local(sheet) == "sheet" and target:
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            names[plain_name(member)] = sheet.get("name", "")
    return names


def _parser() -> XMLParser:
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _n_cells(piece: bytes) -> int:
    """How many cells begin in a piece; counted plainly where tags have no prefix, which is much faster."""
    if any(mark in piece for mark in _PREFIXED):
        return len(_START.findall(piece))
    return sum(piece.count(mark) for mark in _PLAIN_STARTS)


def _by_walking(pieces: Iterable[bytes], limits: Limits, name: str, *, is_long: bool) -> _Sheet:
    """The span of cells of which some follow upon the one before."""
    sheet, row, column = _Sheet(), 0, 0
    for piece in pieces:
        n_cells = _n_cells(piece)
        _count(sheet, piece, n_cells, limits, name, is_long=is_long)
        for tag, attributes, closed in _TOKEN.findall(piece):
            place = _PLACE.search(attributes)
            if place is None and _ANY_PLACE.search(attributes):
                raise Rejection("unreadable", found=f"{name}: r=")
            if tag == b"row":
                row, column = int(place[2]) if place else row + 1, 0
                continue
            column = column_number(place[1]) if place else column + 1
            row = int(place[2]) if place else row
            if any(mark in b" " + attributes for mark in _ERRORS):
                sheet.errors.add(row, column)
            if not closed:
                sheet.row, sheet.column = max(sheet.row, row), max(sheet.column, column)
    return sheet


def _count(sheet: _Sheet, piece: bytes, n_cells: int, limits: Limits, name: str, *, is_long: bool) -> None:
    sheet.n_tags += n_cells
    # Blank cells that only have a format cost no memory, but their time.
    check_grid(sheet.n_tags, 1, name, limits)
    if b"<![CDATA[" in piece and _VALUE_IN_CDATA.search(piece):
        raise Rejection("unreadable", found=f"{name}: CDATA")
    if is_long and n_cells:
        sheet.uses.update(map(int, _SHARED.findall(piece)))


def _text_lengths(archive: Archive, limits: Limits) -> list[int]:
    """Bytes of each shared text, its tags included."""
    member = archive.member(_SHARED_STRINGS)
    lengths: list[int] = []
    if member is None:
        return lengths
    if member.file_size > limits.max_text_bytes:
        raise Rejection("unpacks_too_big", found=str(member.file_size), limit=str(limits.max_text_bytes))
    rest, n_texts = 0, 0
    for piece in _tags_of(archive, member):
        start = 0
        for end in _TEXT_END.finditer(piece):
            lengths.append(rest + end.start() - start)
            rest, start = 0, end.end()
        rest += len(piece) - start
        n_texts = len(lengths)
        check_grid(n_texts, 1, _SHARED_STRINGS, limits)
    return lengths
