"""Text that leaves for a spreadsheet: never a formula.

Pure. Every writer of a CSV file or workbook takes its text through here, so that a cell that a sender
wrote as ``=1+1`` opens as those four characters and runs nothing. The readers take the apostrophe of
:func:`neutral_csv` away again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell

# What a spreadsheet takes for the start of a formula; tab and carriage return lead to one too.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# A sign, digits in groups, decimals, a percent sign: harmless, and a number has to stay one.
_NUMBER = re.compile(r"[+-]?\d[\d\u00a0\u202f ]*([.,]\d+)*([eE][+-]?\d+)?\s*%?")
# What XML 1.0 cannot hold; a workbook with one of them does not open.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A workbook's cell holds no more.
MAX_CELL_TEXT = 32_767


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet that opens this text in a CSV file might calculate it."""
    if text.startswith(("\t", "\r")):
        return True
    bare = text.lstrip()
    return bare.startswith(FORMULA_STARTS) and _NUMBER.fullmatch(bare.rstrip()) is None


def neutral_csv(text: str) -> str:
    """The text for a CSV cell: an apostrophe before what might be a formula, all other text unchanged."""
    return f"'{text}" if starts_formula(text) else text


def cell_text(text: str) -> str:
    """The text as a workbook's cell can hold it: no control characters, at most 32 767 characters."""
    clean = _NOT_XML.sub("\ufffd", text)
    return clean if len(clean) <= MAX_CELL_TEXT else clean[: MAX_CELL_TEXT - 1] + "…"


def set_text(cell: Cell | MergedCell, text: str) -> None:
    """Put text in a workbook's cell as text: never a formula, never a number, not changed by a mark.

    The style's quotePrefix keeps it text also when a person opens the cell and presses Enter.
    """
    cell.value = cell_text(text)
    if not text:
        return
    cell.data_type = "s"
    if starts_formula(text):
        cell.quotePrefix = True
