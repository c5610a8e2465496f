"""A new workbook that holds tables as text, every cell in its place: for files that were no workbook.

Text stays text: nothing in it is a formula, and what looks like one keeps its style's quotePrefix.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from pipelines.gate.cell_styles import EMPTY
from pipelines.ingest.tables import Table
from pipelines.ingest.text import column_letter
from pipelines.reference.export_text import cell_text, starts_formula

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_THOUSANDS = re.compile(r"\s*[1-9]\d{0,2}(\.\d{3})+\s*")
_QUOTED = 1
_STATES = {True: "hidden", False: "visible"}


def sheet_name(text: str) -> str:
    """A sheet's name as a workbook can hold it."""
    return _NOT_IN_NAME.sub(" ", text).strip("' ")[:31] or "Data"


def fresh_workbook(
    tables: Sequence[Table], called: Mapping[str, str], numbers: Mapping[str, frozenset[int]]
) -> bytes:
    """An xlsx file. called: a table's sheet → its name in the workbook; numbers: sheet → columns in which
    dots part thousands. Without tables it has one empty sheet."""
    sheets = [(called[t.sheet], t.is_hidden, _sheet(t, numbers.get(t.sheet, frozenset()))) for t in tables]
    if not sheets:
        sheets = [("Data", False, _document(""))]
    if all(hidden for _, hidden, _ in sheets):
        sheets[0] = (sheets[0][0], False, sheets[0][2])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _parts(sheets):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _parts(sheets: Sequence[tuple[str, bool, str]]) -> Iterator[tuple[str, bytes | str]]:
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{overrides}</Types>',
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" state="{_STATES[hidden]}" r:id="rId{n}"/>'
        for n, (name, hidden, _) in zip(numbers, sheets, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
    yield "xl/styles.xml", EMPTY
    for n, (_, _, xml) in zip(numbers, sheets, strict=True):
        yield f"xl/worksheets/sheet{n}.xml", xml


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    body = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def _sheet(table: Table, numbers: frozenset[int]) -> str:
    letters = [column_letter(i) for i in range(table.frame.width)]
    rows = []
    for number, row in enumerate(table.frame.iter_rows(), start=1):
        cells = "".join(
            _cell(f"{letters[i]}{number}", _plain(text) if i in numbers else text)
            for i, text in enumerate(row)
            if text
        )
        if cells:
            rows.append(f'<row r="{number}">{cells}</row>')
    return _document("".join(rows))


def _plain(text: str) -> str:
    return text.replace(".", "") if _THOUSANDS.fullmatch(text) else text


def _cell(reference: str, text: str) -> str:
    style = f' s="{_QUOTED}"' if starts_formula(text) else ""
    held = escape(cell_text(text), quote=False)
    return f'<c r="{reference}"{style} t="inlineStr"><is><t xml:space="preserve">{held}</t></is></c>'


def _document(rows: str) -> str:
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetFormatPr defaultRowHeight="15"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
