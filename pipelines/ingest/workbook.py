"""Workbooks as tables of text: xlsx, xlsm and xls through fastexcel, after they were found to fit."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.ingest.model import Rejection
from pipelines.ingest.tables import Table, check_cells, check_grid, check_size
from pipelines.settings import Limits


def read_workbook(content: bytes, limits: Limits) -> list[Table]:
    """Every sheet, in the workbook's order.

    Formula cells give their cached value, errors a blank; macros and links to other files are never
    followed. Raises Rejection for what is too large, protected or broken.
    """
    try:
        return _sheets(content, limits)
    except Rejection:
        raise
    except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception; else raised again
        raise reader_fault(error) from None


def reader_fault(error: BaseException) -> Rejection:
    """A fault of the Rust readers as the answer to the sender; any other fault is raised again.

    They panic on some broken files, and a panic is not an Exception.
    """
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    lines = str(error).splitlines()
    text = lines[0][:200] if lines else type(error).__name__
    if "password" in text.casefold() or "encrypted" in text.casefold():
        return Rejection("password_protected", found="")
    return Rejection("unreadable", found=text)


def _sheets(content: bytes, limits: Limits) -> list[Table]:
    import fastexcel

    tables: list[Table] = []
    reader = fastexcel.read_excel(content)
    n_cells = 0
    for index, name in enumerate(reader.sheet_names):
        # skip_rows=0 keeps blank rows at the top, so that index + 1 is the sheet's row.
        loaded = reader.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
        check_size(loaded.total_height, loaded.width, name, limits)
        n_cells += loaded.total_height * loaded.width
        check_grid(n_cells, 1, name, limits)
        frame = _text_frame(loaded)
        check_cells(frame, name, limits)
        tables.append(Table(name, loaded.visible != "visible", frame))
    return tables


def _text_frame(loaded: Any) -> pl.DataFrame:
    if not loaded.width:
        return pl.DataFrame()
    frame: pl.DataFrame = loaded.to_polars()
    frame = frame.rename({name: f"c{i}" for i, name in enumerate(frame.columns)})
    return frame.cast(pl.String) if any(t != pl.String for t in frame.dtypes) else frame
