"""The sender's own workbook with the failing cells marked, to be mended and sent again.

An xlsx or xlsm file keeps its sheets, formats, charts and macros: only marked cells, the styles and a sheet
of findings change. Any other table is put into a new workbook as text, cell by cell in the same places.
What cannot be marked gives a workbook with the findings alone. Cells with personal data hold ``***``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipelines.gate.book import Book
from pipelines.gate.cell_styles import EMPTY, Styles
from pipelines.gate.findings_sheet import findings_sheet
from pipelines.gate.fresh_workbook import fresh_workbook, sheet_name
from pipelines.gate.package import Package, PackageError, local, parse, serialise, tag
from pipelines.gate.sheet_marks import (
    AUTHOR,
    Grid,
    Mark,
    attach_notes,
    clear_marks,
    drawing_xml,
    notes_by_cell,
    notes_xml,
    put_marks,
)
from pipelines.gate.wording import Language, say
from pipelines.ingest import surplus
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import MASK, Rejection
from pipelines.ingest.readers import read_file
from pipelines.ingest.shown import is_personal_sheet, with_sheets_shown
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean
from pipelines.settings import Limits

_TOLD = ("severity", "rule", "sheet", "row_number", "column_name", "value", "sentence_nb")
MARKED = frozenset({"rejected", "quarantine", "cell", "masked"})
_MOST_UNPACKED = 200_000_000
_ZIP = b"PK\x03\x04"
# What is wrong with the file as a whole: it is not opened a second time.
_FILE_RULES = frozenset(
    {
        "empty_file", "file_too_big", "unreadable", "unsupported_format", "password_protected",
        "unpacks_too_big", "too_many_rows", "too_many_columns", "cell_too_long", "unclosed_quote",
        "internal_error",
    }
)  # fmt: skip
_NOTES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

Reports = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """A finding in a workbook: sheet as it is called there, '' where it has none; mark: its cell;
    is_repeat: the same finding stands before, with another cell."""

    finding: Mapping[str, Any]
    sheet: str
    mark: Mark | None
    is_repeat: bool = False


def mark_workbook(content: bytes, reports: Reports, language: Language, limits: Limits) -> bytes:
    """The workbook to send back. reports: those of the file's deliveries, as ``make_report`` makes them.

    Never fails for what a file holds: where it cannot be marked, the findings stand alone.
    """
    if not any(finding["rule"] in _FILE_RULES for report in reports for finding in report["findings"]):
        try:
            return _marked(content, reports, language, limits)
        except (PackageError, Rejection, etree.LxmlError, KeyError, ValueError, IndexError):
            # Broken in a way that the reader forgave; the findings still reach their sender.
            pass
    return _alone(reports, language)


def marked_suffix(content: bytes) -> str:
    """How the marked workbook's name ends: a workbook with macros opens only under its own."""
    is_macro = content.startswith(_ZIP) and b"xl/vbaProject.bin" in content
    return ".xlsm" if is_macro else ".xlsx"


def _marked(content: bytes, reports: Reports, language: Language, limits: Limits) -> bytes:
    is_survey = any(report["kind"] == "survey" and report["findings"] for report in reports)
    is_workbook = content.startswith(_ZIP) and b"xl/workbook" in content
    has_personal = is_workbook and _has_personal_sheet(content)
    tables = _tables(content, reports, limits) if is_survey or has_personal or not is_workbook else ()
    if is_workbook and not has_personal:
        return _mark_package(content, _places(reports, tables, {}, language), reports, language)
    tables = tuple(_with_surplus_header(table, reports, language) for table in tables)
    called = {table.sheet: _called(table.sheet, reports, language) for table in tables}
    numbers = {table.sheet: _number_columns(table.sheet, reports) for table in tables}
    fresh = fresh_workbook(tables, called, numbers)
    lead = [say("marked_as_text", language)]
    return _mark_package(fresh, _places(reports, tables, called, language), reports, language, lead)


def _has_personal_sheet(content: bytes) -> bool:
    """Whether a sheet is called so that it is told otherwise: then the workbook cannot go back as it is."""
    return any(map(is_personal_sheet, Book(Package(content, _MOST_UNPACKED)).sheets))


def _alone(reports: Reports, language: Language) -> bytes:
    places = [Place(finding, "", None) for report in reports for finding in report["findings"]]
    return _mark_package(
        fresh_workbook((), {}, {}),
        places,
        reports,
        language,
        [say("marked_not_copied", language)],
        alone=True,
    )


def _tables(content: bytes, reports: Reports, limits: Limits) -> tuple[Table, ...]:
    """The file's tables as text, read the way its reader found right."""
    recognised: Mapping[str, Any] = next((r["recognised"] for r in reports if r["recognised"]), {})
    read = read_file(
        content,
        limits,
        lambda rows: max((len(row) for row in rows), default=0),
        encoding=recognised.get("encoding"),
        delimiter=recognised.get("delimiter"),
    )
    return with_sheets_shown(read)[0].tables


def _with_surplus_header(table: Table, reports: Reports, language: Language) -> Table:
    """The table; where rows have too many fields, with a header above those, which tells of them again."""
    for report in reports:
        found = _sheet_of(report, table.sheet)
        if found is not None and any(finding["rule"] == surplus.RULE for finding in report["findings"]):
            named = max((i + 1 for columns in found["positions"].values() for i in columns), default=0)
            return surplus.with_header(table, found["header_row"] - 1, named, surplus.HEADERS[language])
    return table


def _sheet_of(report: Mapping[str, Any], sheet: str | None) -> Mapping[str, Any] | None:
    """What was recognised of a sheet."""
    sheets = (report["recognised"] or {}).get("sheets", ())
    return next((s for s in sheets if s["sheet"] == (sheet or "")), None)


def _called(sheet: str, reports: Reports, language: Language) -> str:
    """What a table is called in a workbook; a text file's is called as in the template."""
    if sheet:
        return sheet_name(sheet)
    found = next((s for report in reports if (s := _sheet_of(report, "")) is not None), None)
    known = load_contract().sheet_by_id.get(found["contract_sheet"]) if found else None
    if known is None:
        return say("data_sheet", language)
    return sheet_name(known.name_nb if language == "nb" else known.name_en)


def _number_columns(sheet: str, reports: Reports) -> frozenset[int]:
    """Columns in which ``1.234`` of a text file is a thousand and some: in a workbook it would be 1,234."""
    columns: set[int] = set()
    for report in reports:
        found = _sheet_of(report, sheet)
        known = load_contract().sheet_by_id.get(found["contract_sheet"]) if found else None
        if found is None or known is None or report["recognised"].get("format") not in ("csv", "tsv", "txt"):
            continue
        for target, header in found["columns"].items():
            column = known.by_name.get(target)
            if column is not None and column.type in ("int", "decimal"):
                columns |= set(found.get("positions", {}).get(header, ()))
    return frozenset(columns)


# Where findings stand


def _places(
    reports: Reports, tables: Sequence[Table], called: Mapping[str, str], language: Language
) -> list[Place]:
    """Every finding with its cell; a fault that a survey's finding tells once is marked wherever it is."""
    by_name = {table.sheet: table for table in tables}
    places = []
    told: set[tuple[Any, ...]] = set()
    for report in reports:
        for finding in report["findings"]:
            # A file of shared systems is a delivery for each owner, with the same faults in all.
            same = tuple(finding[part] for part in _TOLD)
            if same in told:
                continue
            told.add(same)
            sheet = finding["sheet"] or ""
            found, table = _sheet_of(report, sheet), by_name.get(sheet)
            marks = _marks(finding, found, table if report["kind"] == "survey" else None, language)
            name = called.get(sheet, sheet)
            places.append(Place(finding, name, marks[0] if marks else None))
            places += [Place(finding, name, mark, is_repeat=True) for mark in marks[1:]]
    return places


def _marks(
    finding: Mapping[str, Any], found: Mapping[str, Any] | None, table: Table | None, language: Language
) -> list[Mark]:
    """The cells of one finding; none for what is only a note, or where no cell is known.

    table: where equal cells are at fault too, though the finding names only the first.
    """
    severity = finding["severity"]
    if severity not in MARKED or found is None:
        return []
    columns = _columns(finding, found)
    row = finding["row_number"] or found["header_row"]
    if not columns:
        return []
    # A header that stands twice is marked twice.
    columns = columns if severity == "rejected" else columns[:1]
    rows = [row] if table is None or severity == "rejected" else _same_rows(table, row, columns[0])
    said = finding[f"sentence_{language}"]
    return [Mark(r, column, severity, said, severity == "masked") for r in rows for column in columns]


def _columns(finding: Mapping[str, Any], found: Mapping[str, Any]) -> list[int]:
    positions: Mapping[str, list[int]] = found.get("positions", {})
    columns = list(positions.get(finding["column_name"] or "", ()))
    if columns or finding["severity"] == "rejected":
        return columns
    # The row is at fault; it is marked where it begins.
    return [min((c for group in positions.values() for c in group), default=0)]


def _same_rows(table: Table, row: int, column: int) -> list[int]:
    """The rows whose cell in a column says the same as that of the given row."""
    if column >= table.frame.width or row > table.frame.height:
        return [row]
    texts = table.frame.to_series(column).to_list()
    wanted = clean(texts[row - 1] or "")
    same = [i + 1 for i, text in enumerate(texts) if i + 1 > row and text and clean(text) == wanted]
    return [row, *same] if wanted else [row]


# The package


def _mark_package(
    content: bytes,
    places: Sequence[Place],
    reports: Reports,
    language: Language,
    lead: Sequence[str] = (),
    *,
    alone: bool = False,
) -> bytes:
    package = Package(content, _MOST_UNPACKED)
    book = Book(package)
    styles = Styles(package.read(book.styles) if book.styles else EMPTY)
    marks: dict[str, list[Mark]] = {}
    for place in places:
        if place.mark is not None:
            marks.setdefault(place.sheet, []).append(place.mark)
    masked = False
    for name, part in book.sheets.items():
        own = marks.get(name, [])
        if own or styles.has_marks:
            masked |= _mark_sheet(package, part, own, styles, book)
    if masked:
        _forget_masked(package, book)
    told = [place for place in places if not place.is_repeat]
    sheet = findings_sheet(told, reports, styles, language, lead)
    book.put_findings(sheet, language, alone=alone)
    book.put_styles(styles)
    return package.to_bytes()


def _mark_sheet(package: Package, part: str, marks: list[Mark], styles: Styles, book: Book) -> bool:
    """Mark one worksheet; whether personal data was taken out of it."""
    root = parse(package.read(part))
    grid = Grid(root)
    if styles.has_marks:
        clear_marks(grid, styles)
    _remove_our_notes(package, part, root)
    masked = put_marks(grid, marks, styles)
    book.masked_strings |= {index for _, index in masked if index}
    has_notes = package.kinds_related(part) & {"comments", "threadedComment", "vmlDrawing"}
    if marks and not has_notes and root.find(tag(root, "legacyDrawing")) is None:
        notes = notes_by_cell(marks)
        _add_notes(package, part, root, book, notes_xml(notes), drawing_xml(notes))
    package.put(part, serialise(root))
    return bool(masked)


def _add_notes(
    package: Package, part: str, root: etree._Element, book: Book, notes: bytes, drawing: bytes
) -> None:
    notes_part = package.free_name("xl/kommunebenchNotes{}.xml")
    drawing_part = package.free_name("xl/drawings/kommunebenchNotes{}.vml")
    package.put(notes_part, notes)
    package.set_type(notes_part, _NOTES_TYPE)
    package.put(drawing_part, drawing)
    package.set_default("vml", _DRAWING_TYPE)
    package.relate(part, "comments", notes_part)
    attach_notes(root, package.relate(part, "vmlDrawing", drawing_part), book.relations)


def _remove_our_notes(package: Package, part: str, root: etree._Element) -> None:
    """Take the notes of an earlier marking away, where a sheet has no others."""
    notes = list(package.related(part, "comments").values())
    if len(notes) != 1 or not package.has(notes[0]):
        return
    authors = [e.text for e in parse(package.read(notes[0])).iter() if local(e) == "author"]
    drawings = list(package.related(part, "vmlDrawing").values())
    if set(authors) != {AUTHOR} or len(drawings) > 1:
        return
    kinds = set(re.findall(rb'ObjectType="(\w+)"', package.read(drawings[0]))) if drawings else set()
    if kinds - {b"Note"}:
        return
    for other in (*notes, *drawings):
        package.unrelate(part, other)
        package.remove(other)
    element = root.find(tag(root, "legacyDrawing"))
    if element is not None:
        root.remove(element)


def _forget_masked(package: Package, book: Book) -> None:
    """Take masked texts out of the shared strings where no other cell uses them, and kept formulas out."""
    if book.calculation:
        package.unrelate(book.part, book.calculation)
        package.remove(book.calculation)
    if not book.strings or not book.masked_strings:
        return
    used: set[str] = set()
    for part in book.sheets.values():
        for cell in Grid(parse(package.read(part))).cells():
            if cell.get("t") == "s":
                used |= {child.text or "" for child in cell if local(child) == "v"}
    root = parse(package.read(book.strings))
    items = [item for item in root if local(item) == "si"]
    for index in book.masked_strings - used:
        if index.isdecimal() and int(index) < len(items):
            item = items[int(index)]
            for child in list(item):
                item.remove(child)
            etree.SubElement(item, tag(root, "t")).text = MASK
    package.put(book.strings, serialise(root))
