"""A plan becomes a workbook: the guide, the sheets to fill in, the hidden lists behind the drop-downs.

The same plan gives the same bytes. The header stands in row 1, so that the reader, a filter and a person
find it at once; nothing is protected, since rows must be added.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from pipelines.ingest.contract import TEMPLATE_MARK
from pipelines.reference.export_text import set_text
from pipelines.templates.choices import GROWING, Choice, Entry, Strictness, make_lists
from pipelines.templates.guide import write_guide
from pipelines.templates.looks import Looks, make_looks, set_up_print
from pipelines.templates.plan import Heading, SheetPlan, TemplatePlan
from pipelines.templates.printing import Row
from pipelines.templates.texts import TemplateTexts

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

# openpyxl stamps the clock into the workbook; the zip format knows no earlier year than 1980.
_STAMP = b"2026-01-01T00:00:00Z"
_ZIP_STAMP = (1980, 1, 1, 0, 0, 0)
_CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:]+Z")
# Drop-downs and help reach this far down; a survey may have many respondents.
_LAST_ROW = {"survey": 5000}
_LAST_ROW_OF_OTHERS = 2000
# Ruled rows below the printed ones, to write in.
_EMPTY_ROWS = {"survey": 60, "systems": 40, "initiatives": 25, "exchanges": 40, "system_data_objects": 60}
_EMPTY_ROWS_OF_OTHERS = 10
_LINE_HEIGHT = 15.5
# Characters across a page, at the smallest size that is read without effort.
_PAGE_WIDTH = 230
_LONGEST_PROMPT = 255
# Below this a number in a cell with a date's format is a year that was typed, not a day.
_YEAR_OR_DAY = 2100


def workbook_bytes(plan: TemplatePlan, texts: TemplateTexts) -> bytes:
    """The template as the bytes of an xlsx file."""
    import openpyxl

    book = openpyxl.Workbook()
    looks = make_looks()
    guide = book.worksheets[0]
    write_guide(guide, plan, texts, looks)
    used = {h.choice.list_name for sheet in plan.sheets for h in sheet.headings if h.choice}
    sheets = [(book.create_sheet(sheet.title), sheet) for sheet in plan.sheets]
    _write_lists(book, plan, texts, make_lists(plan.kinds, used, texts.labels), used)
    for worksheet, sheet in sheets:
        _write_sheet(worksheet, sheet, texts, looks)
    book.properties.creator = "kommunebench"
    book.properties.title = guide["A1"].value
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue())


def _without_clock(content: bytes) -> bytes:
    """The same zip with fixed times of its members and fixed document properties."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            member = zipfile.ZipInfo(name, _ZIP_STAMP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            data = source.read(name)
            target.writestr(member, _CLOCK.sub(_STAMP, data) if name == "docProps/core.xml" else data)
    return result.getvalue()


# Sheets to fill in


def _write_sheet(worksheet: Worksheet, sheet: SheetPlan, texts: TemplateTexts, looks: Looks) -> None:
    from openpyxl.utils import get_column_letter

    last_row = len(sheet.rows) + 1 + _EMPTY_ROWS.get(sheet.id, _EMPTY_ROWS_OF_OTHERS)
    end = _LAST_ROW.get(sheet.id, _LAST_ROW_OF_OTHERS)
    for index, heading in enumerate(sheet.headings, start=1):
        letter = get_column_letter(index)
        worksheet.column_dimensions[letter].width = heading.width
        _write_header(worksheet.cell(1, index), heading, looks)
        for number in range(2, last_row + 1):
            row = sheet.rows[number - 2] if number - 2 < len(sheet.rows) else {}
            _write_cell(worksheet.cell(number, index), row, heading, looks)
        _validate(worksheet, heading, letter, sheet.rows, end, texts)
    worksheet.row_dimensions[1].height = _header_height(sheet.headings)
    for number, row in enumerate(sheet.rows, start=2):
        # Only where it takes more than one line: other rows grow by themselves when they are filled in.
        if (lines := _n_lines(row, sheet.headings)) > 1:
            worksheet.row_dimensions[number].height = lines * _LINE_HEIGHT
    worksheet.freeze_panes = f"{get_column_letter(1 + _n_frozen(sheet))}2"
    worksheet.auto_filter.ref = f"A1:{get_column_letter(len(sheet.headings))}{last_row}"
    worksheet.sheet_properties.tabColor = "1B5E4B" if any(h.is_core for h in sheet.headings) else "44546A"
    # A wide sheet is printed on several pages rather than too small to read; each names its rows.
    pages = ceil(sum(heading.width for heading in sheet.headings) / _PAGE_WIDTH)
    set_up_print(worksheet, texts, pages)
    worksheet.print_title_rows = "1:1"
    if pages > 1:
        worksheet.print_title_cols = f"A:{get_column_letter(_n_frozen(sheet))}"


def _n_lines(row: Row, headings: Iterable[Heading]) -> int:
    """The lines that a row's longest text takes in its column."""
    lengths = ((len(str(row[h.name])), h.width) for h in headings if row.get(h.name) is not None)
    return max((ceil(length * 1.1 / width) for length, width in lengths), default=1)


def _n_frozen(sheet: SheetPlan) -> int:
    """The columns that stay in sight: up to the one that names the row."""
    required = [i for i, heading in enumerate(sheet.headings[:2], start=1) if heading.is_required]
    return max(required, default=1)


def _write_header(cell: Cell | MergedCell, heading: Heading, looks: Looks) -> None:
    set_text(cell, heading.text)
    cell.fill = looks.core if heading.is_core else looks.other
    cell.font, cell.alignment, cell.border = looks.header_font, looks.header_alignment, looks.line


def _header_height(headings: Iterable[Heading]) -> float:
    """Room for the longest header; a filter's arrow takes some of the width."""
    lines = max(ceil(len(h.text) * 1.15 / (h.width - 3)) for h in headings)
    return max(2, lines) * _LINE_HEIGHT + 4


def _write_cell(cell: Cell | MergedCell, row: Row, heading: Heading, looks: Looks) -> None:
    cell.border, cell.alignment = looks.line, looks.cell_alignment
    value = row.get(heading.name)
    if heading.is_printed and row:
        cell.fill = looks.printed
    if value is None:
        return
    if isinstance(value, str):
        set_text(cell, value)
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format, cell.alignment = "DD.MM.YYYY", looks.day_alignment
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    elif heading.form == "int":
        cell.number_format = "#,##0"


# Help and drop-downs


def _validate(
    worksheet: Worksheet, heading: Heading, letter: str, rows: Iterable[Row], end: int, texts: TemplateTexts
) -> None:
    """The column's help beside each cell, its drop-down, the bounds of its numbers."""
    rule = _rule(heading, texts)
    rule.promptTitle = heading.text[:32]
    rule.prompt = heading.help[:_LONGEST_PROMPT]
    rule.showInputMessage, rule.allowBlank = True, True
    days = [n for n, row in enumerate(rows, start=2) if isinstance(row.get(heading.name), date)]
    for first, last in _gaps(days, 2, end):
        rule.add(f"{letter}{first}" if first == last else f"{letter}{first}:{letter}{last}")
    worksheet.add_data_validation(rule)
    for day in days:
        _guard_day(worksheet, f"{letter}{day}", rule, texts)


def _gaps(taken: Iterable[int], first: int, last: int) -> Iterable[tuple[int, int]]:
    """The runs of rows between those taken."""
    start = first
    for row in taken:
        if row > start:
            yield start, row - 1
        start = row + 1
    if start <= last:
        yield start, last


def _guard_day(worksheet: Worksheet, place: str, like: DataValidation, texts: TemplateTexts) -> None:
    """A year typed over a date would become a day of 1905, since the cell keeps the date's format."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(
        type="custom",
        formula1=f"OR(ISTEXT({place}),{place}>{_YEAR_OR_DAY})",
        promptTitle=like.promptTitle,
        prompt=like.prompt,
        showInputMessage=True,
        allowBlank=True,
    )
    _refuse(rule, "stop", texts.text("not_a_day"), texts)
    rule.add(place)
    worksheet.add_data_validation(rule)


def _rule(heading: Heading, texts: TemplateTexts) -> DataValidation:
    from openpyxl.worksheet.datavalidation import DataValidation

    if heading.choice is not None:
        rule = DataValidation(type="list", formula1=_defined_name(heading.choice.list_name))
        return _strict(rule, heading.choice, texts)
    if heading.form in ("int", "decimal"):
        rule = DataValidation(
            type="whole" if heading.form == "int" else "decimal",
            operator="greaterThanOrEqual",
            formula1=str(heading.low or 0),
        )
        return _refuse(rule, "stop", texts.text("not_a_number"), texts)
    return DataValidation(showErrorMessage=False)


def _strict(rule: DataValidation, choice: Choice, texts: TemplateTexts) -> DataValidation:
    if choice.strictness == "open":
        rule.showErrorMessage = False
        return rule
    return _refuse(rule, choice.strictness, texts.text(choice.strictness), texts)


def _refuse(rule: DataValidation, style: Strictness, text: str, texts: TemplateTexts) -> DataValidation:
    rule.showErrorMessage = True
    rule.errorStyle = "stop" if style == "stop" else "warning"
    rule.errorTitle, rule.error = texts.text("not_in_list_title"), text
    return rule


# Lists


def _write_lists(
    book: Workbook,
    plan: TemplatePlan,
    texts: TemplateTexts,
    lists: Mapping[str, tuple[Entry, ...]],
    used: Iterable[str],
) -> None:
    """Every list in a column of a hidden sheet, under a name of its own."""
    from openpyxl.utils import get_column_letter
    from openpyxl.workbook.defined_name import DefinedName

    worksheet = book.create_sheet(texts.text("lists_sheet"))
    worksheet.sheet_state = "hidden"
    worksheet["A1"] = TEMPLATE_MARK
    for index, (name, entries) in enumerate(sorted(lists.items()), start=2):
        worksheet.cell(1, index, name)
        for number, entry in enumerate(entries, start=2):
            if isinstance(entry, str):
                set_text(worksheet.cell(number, index), entry)
            else:
                worksheet.cell(number, index, entry)
        letter = get_column_letter(index)
        place = f"'{worksheet.title}'!${letter}$2:${letter}${len(entries) + 1}"
        book.defined_names[_defined_name(name)] = DefinedName(_defined_name(name), attr_text=place)
    for name in sorted(set(used) & set(GROWING)):
        book.defined_names[_defined_name(name)] = DefinedName(
            _defined_name(name), attr_text=_growing(plan, name)
        )


def _growing(plan: TemplatePlan, name: str) -> str:
    """A list of what stands in a column by now, without the empty cells below it."""
    from openpyxl.utils import get_column_letter

    sheet_id, column = GROWING[name]
    sheet = next(sheet for sheet in plan.sheets if sheet.id == sheet_id)
    index = 1 + [heading.name for heading in sheet.headings].index(column)
    letter, title = get_column_letter(index), f"'{sheet.title}'"
    return (
        f"OFFSET({title}!${letter}$2,0,0,"
        f"MAX(1,COUNTA({title}!${letter}$2:${letter}${_LAST_ROW_OF_OTHERS})),1)"
    )


def _defined_name(list_name: str) -> str:
    return f"list_{list_name}"
