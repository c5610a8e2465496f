"""Colours, fonts and borders of the templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.styles import Alignment, Border, Font, PatternFill
    from openpyxl.worksheet.worksheet import Worksheet

    from pipelines.templates.texts import TemplateTexts

# White on both is above 7:1.
CORE_COLOUR, OTHER_COLOUR = "1B5E4B", "44546A"
PRINTED_COLOUR, LINE_COLOUR = "F0F0F0", "C8CDD3"
_FONT = "Calibri"


@dataclass(frozen=True)
class Looks:
    """The styles, made once per workbook."""

    core: PatternFill
    other: PatternFill
    printed: PatternFill
    header_font: Font
    title_font: Font
    section_font: Font
    bold_font: Font
    font: Font
    header_alignment: Alignment
    cell_alignment: Alignment
    day_alignment: Alignment
    line: Border


def make_looks() -> Looks:
    """The styles of a template."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    side = Side(style="thin", color=LINE_COLOUR)
    return Looks(
        core=PatternFill("solid", fgColor=CORE_COLOUR),
        other=PatternFill("solid", fgColor=OTHER_COLOUR),
        printed=PatternFill("solid", fgColor=PRINTED_COLOUR),
        header_font=Font(name=_FONT, size=11, bold=True, color="FFFFFF"),
        title_font=Font(name=_FONT, bold=True, size=18, color=CORE_COLOUR),
        section_font=Font(name=_FONT, bold=True, size=13, color=CORE_COLOUR),
        bold_font=Font(name=_FONT, size=11, bold=True),
        font=Font(name=_FONT, size=11),
        header_alignment=Alignment(wrap_text=True, vertical="center", horizontal="left"),
        cell_alignment=Alignment(wrap_text=True, vertical="top"),
        day_alignment=Alignment(vertical="top", horizontal="left"),
        line=Border(left=side, right=side, top=side, bottom=side),
    )


def set_up_print(worksheet: Worksheet, texts: TemplateTexts, pages: int = 1) -> None:
    """A4 across, as wide as so many pages, with the sheet's name and the page's number below."""
    from openpyxl.worksheet.properties import PageSetupProperties

    setup = worksheet.page_setup
    setup.orientation, setup.paperSize = "landscape", worksheet.PAPERSIZE_A4
    setup.fitToWidth, setup.fitToHeight = pages, 0
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer = worksheet.oddFooter
    if footer is not None and footer.left is not None and footer.right is not None:
        footer.left.text, footer.right.text = "&A", texts.text("page")
