"""Text for a spreadsheet is never a formula, and a number stays a number."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from pipelines.reference.export_text import MAX_CELL_TEXT, cell_text, neutral_csv, set_text

FORMULAS = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /c calc'!A0", "+47 a", "-"]
HARMLESS = ["", "Alfa", "+4", "-5,5", "-1 234,50", "+12 %", "-1e5", "#N/A", "a=b", "'=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_might_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutral_csv(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_all_other_text_is_as_it_was(text: str) -> None:
    assert neutral_csv(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS, "00123", "TRUE", "2026-01-01"])
def test_a_workbook_holds_the_text_itself_as_text(text: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    set_text(sheet["A1"], text)
    stream = io.BytesIO()
    book.save(stream)
    cell = load_workbook(io.BytesIO(stream.getvalue())).active["A1"]  # type: ignore[index] # it has a sheet
    assert (cell.value or "").replace("\r\n", "\n").replace("\n", "\r") == text.replace("\n", "\r")
    assert cell.data_type not in ("f", "n", "e") or not text
    assert cell.quotePrefix == (text in FORMULAS)


def test_what_a_workbook_cannot_hold_is_replaced_or_cut() -> None:
    assert cell_text("a\x00b\x1fc") == "a\ufffdb\ufffdc"
    assert len(cell_text("x" * 100_000)) == MAX_CELL_TEXT
