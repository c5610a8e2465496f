"""For the tests of the templates: the pack, a home that has read deliveries, a template filled in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from pipelines.gate.single import Checked, check_deliveries
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits, Settings
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.lake import ingest_pending
from tests.support import BASE_PACK, FICTIONAL_PACK

Value = str | int | Decimal | date | None
MUNICIPALITY, PERIOD = "9901", "2026"


@lru_cache(maxsize=1)
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def read(
    content: bytes,
    name: str = "mal.xlsx",
    *,
    number: str = MUNICIPALITY,
    kind: str | None = None,
    period: str = PERIOD,
) -> list[ParsedDelivery]:
    return parse_file(content, name, period, number, pack(), Limits(), None, kind)


def judge(deliveries: Sequence[ParsedDelivery], settings: Settings | None = None) -> Checked:
    return check_deliveries(deliveries, pack(), settings)


def fill(content: bytes, answers: Mapping[str, Mapping[tuple[int, int], Value]]) -> bytes:
    """The workbook with values written as a person would: sheet title -> (row, column) -> value."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for title, cells in answers.items():
        for (row, column), value in cells.items():
            cell = book[title].cell(row, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells_of(content: bytes, title: str) -> list[list[Any]]:
    """A sheet's values without its header, blank rows at the end cut off."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = [list(row) for row in book[title].iter_rows(min_row=2, values_only=True)]
    rows = [[c.date() if isinstance(c, datetime) else c for c in row] for row in rows]
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    return rows


def home_with(folder: Path, inbox: Path) -> Settings:
    """A home that has taken in an inbox, without building anything of it."""
    settings = Settings(home=folder, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=(inbox,))
    folder.mkdir(parents=True, exist_ok=True)
    scan_inboxes(settings, pack())
    ingest_pending(settings, pack(), Archive(settings).arrivals())
    return settings


def typed(delivery: ParsedDelivery, dataset: str) -> pl.DataFrame:
    """A data set's typed columns, without where the rows stood."""
    frame = delivery.datasets[dataset]
    own = [c for c in frame.columns if not c.endswith(("__raw", "__error"))]
    return frame.select(own).drop("delivery_id", "sheet", "row_number")
