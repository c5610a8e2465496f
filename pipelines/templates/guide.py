"""The first sheet of a template: what it is, how it is filled in, what the answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.reference.export_text import set_text
from pipelines.templates.looks import Looks, set_up_print
from pipelines.templates.plan import ITEM, UNCHANGED, TemplatePlan
from pipelines.templates.printing import INFO
from pipelines.templates.texts import TemplateTexts

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTHS = (26, 32, 18, 84)
_LINE_HEIGHT = 15.5
_WIDE = sum(_WIDTHS)


def write_guide(worksheet: Worksheet, plan: TemplatePlan, texts: TemplateTexts, looks: Looks) -> None:
    """Write the guide into an empty worksheet."""
    worksheet.title = texts.text("guide_sheet")
    for letter, width in zip("ABCD", _WIDTHS, strict=True):
        worksheet.column_dimensions[letter].width = width
    worksheet.sheet_view.showGridLines = False
    page = _Page(worksheet, looks)
    kinds = ", ".join(kind.name_en if texts.lang == "en" else kind.name_nb for kind in plan.kinds)
    page.line(texts.text("title", period=plan.period, kinds=kinds), looks.title_font, height=30)
    place = texts.text("place", name=plan.municipality_name, number=plan.municipality_number)
    page.line(place, looks.bold_font)
    page.line(texts.text("reference_date", day=f"{plan.reference_date:%d.%m.%Y}"))
    page.section(texts.text("what_title"))
    page.lines(texts.lines("what"))
    page.section(texts.text("how_title"))
    page.lines(texts.lines("how"), is_numbered=True)
    _write_sheets(page, plan, texts)
    _write_signs(page, plan, texts)
    _write_last(page, plan, texts)
    page.section(texts.text("privacy_title"))
    page.lines(texts.lines("privacy"))
    _write_columns(page, plan, texts)
    set_up_print(worksheet, texts)


def _write_sheets(page: _Page, plan: TemplatePlan, texts: TemplateTexts) -> None:
    page.section(texts.text("sheets_title"))
    page.header(texts.lines("sheets_header"))
    for sheet in plan.sheets:
        about = texts.about(sheet.id)
        page.row([sheet.title, str(len(sheet.rows) or "–"), sheet.from_period or "–", about])


def _write_signs(page: _Page, plan: TemplatePlan, texts: TemplateTexts) -> None:
    page.section(texts.text("signs_title"))
    kinds = [kind.id for kind in plan.kinds]
    general = ["signs"] if set(kinds) - {"survey"} else []
    for name in (*general, *(f"signs_{kind}" for kind in kinds)):
        for sign, meaning in texts.pairs(name):
            page.pair(sign, meaning)


def _write_last(page: _Page, plan: TemplatePlan, texts: TemplateTexts) -> None:
    """What was filled in from before, and what was not."""
    if not any(sheet.n_last for sheet in plan.sheets):
        return
    page.section(texts.text("last_title"))
    page.lines([line.format(period=plan.period) for line in texts.lines("last")])
    if plan.left_out:
        named = [texts.text("left_out_one", sheet=sheet, n=n) for sheet, n in plan.left_out.items()]
        page.line(texts.text("left_out", sheets=", ".join(named)))


def _write_columns(page: _Page, plan: TemplatePlan, texts: TemplateTexts) -> None:
    page.new_page()
    page.section(texts.text("columns_title"))
    page.header(texts.lines("columns_header"))
    for sheet in plan.sheets:
        items = [heading for heading in sheet.headings if heading.name.startswith(ITEM)]
        for heading in sheet.headings:
            if heading in items[1:] or heading.name in (INFO, UNCHANGED):
                continue
            text = f"{items[0].text.split('.')[0]} …" if heading in items else heading.text
            required = texts.text("required") if heading.is_required else ""
            page.row([sheet.title, text, required, heading.help], is_core=heading.is_core)


class _Page:
    """Writes from the top down."""

    def __init__(self, worksheet: Worksheet, looks: Looks) -> None:
        self._worksheet, self._looks, self._row = worksheet, looks, 0

    def line(self, text: str, font: Font | None = None, height: float | None = None) -> None:
        """A paragraph over the whole width."""
        self._row += 1
        cell = self._put(1, text, font)
        self._worksheet.merge_cells(start_row=self._row, end_row=self._row, start_column=1, end_column=4)
        self._high(height or self._lines(text, _WIDE) * _LINE_HEIGHT)
        cell.alignment = self._looks.cell_alignment

    def lines(self, texts: Sequence[str], *, is_numbered: bool = False) -> None:
        """Paragraphs, or steps with their numbers."""
        for number, text in enumerate(texts, start=1):
            self.line(f"{number}. {text}" if is_numbered else text)

    def section(self, text: str) -> None:
        """A heading with room above it."""
        self._row += 1
        self.line(text, self._looks.section_font, height=22)

    def new_page(self) -> None:
        """What follows is printed on a page of its own."""
        from openpyxl.worksheet.pagebreak import Break

        self._worksheet.row_breaks.append(Break(id=self._row))

    def pair(self, left: str, right: str) -> None:
        """A sign and its meaning."""
        self._row += 1
        self._put(1, left, self._looks.bold_font)
        self._put(2, right)
        self._worksheet.merge_cells(start_row=self._row, end_row=self._row, start_column=2, end_column=4)
        self._high(max(self._lines(left, _WIDTHS[0]), self._lines(right, _WIDE - _WIDTHS[0])) * _LINE_HEIGHT)

    def header(self, texts: Sequence[str]) -> None:
        """The head of a table."""
        self._row += 1
        for column, text in enumerate(texts, start=1):
            cell = self._put(column, text, self._looks.header_font, self._looks.other)
            cell.border = self._looks.line
        self._high(_LINE_HEIGHT + 3)

    def row(self, values: Sequence[str], *, is_core: bool = False) -> None:
        """A row of a table; what is asked of everybody stands out."""
        self._row += 1
        for column, value in enumerate(values, start=1):
            font = self._looks.bold_font if is_core and column == 2 else None
            self._put(column, value, font).border = self._looks.line
        heights = [self._lines(v, w) for v, w in zip(values, _WIDTHS, strict=True)]
        self._high(max(heights) * _LINE_HEIGHT)

    def _put(
        self, column: int, value: str, font: Font | None = None, fill: PatternFill | None = None
    ) -> Cell | MergedCell:
        cell = self._worksheet.cell(self._row, column)
        set_text(cell, value)
        cell.alignment, cell.font = self._looks.cell_alignment, font or self._looks.font
        if fill is not None:
            cell.fill = fill
        return cell

    def _high(self, height: float) -> None:
        self._worksheet.row_dimensions[self._row].height = height

    @staticmethod
    def _lines(text: str, width: int) -> int:
        return max(1, -(-len(text) * 11 // (width * 10)))
