"""The lake's rows made ready for the gate: whose they are, of which sheet, whether they count.

A row of a delivery is known by delivery_id, sheet and row_number, in every dataset it gave rows to;
within a frame by its place, so that what the gate finds can be set beside the rows without a join.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.ingest.contract import Column, load_contract
from pipelines.ingest.text import key
from pipelines.storage.lake import IDENTITY, DeliveryMeta

ROW = list(IDENTITY)
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Cells:
    """How a wide table names its cells.

    by: the column with the thing's name; headers: column → that name → the header of its cell.
    """

    by: str
    headers: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Rows:
    """All rows of all deliveries that were not rejected whole.

    frames: dataset → the lake's frame with place (UInt32, the row's place in it), municipality_number,
    period, kind, contract_sheet, is_counting, is_shared (delivered by the SBO for its owners), lookup
    (where its references are looked up) and stands_for (the municipality's own system that a shared one is);
    headers: (delivery_id, contract sheet, column) → the header as in the file;
    files: delivery_id → the name of its file;
    cells: (delivery_id, sheet) → how a table names its cells where one row of the file gave several.
    """

    frames: dict[str, pl.DataFrame]
    deliveries: pl.DataFrame
    headers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cells] = field(default_factory=dict)

    def in_cell(self, dataset: str, column: str) -> pl.Series:
        """Whether the column of each row stood in a cell of its own, beside others in one row of the file."""
        frame = self.frames[dataset]
        wide = [place for place, cells in self.cells.items() if column in cells.headers]
        if not wide:
            return pl.Series([False], dtype=pl.Boolean).new_from_index(0, frame.height)
        schema = {"delivery_id": pl.String, "sheet": pl.String}
        marks = pl.DataFrame(wide, schema=schema, orient="row").with_columns(in_cell=pl.lit(value=True))
        found = frame.select("delivery_id", "sheet").join(
            marks, on=["delivery_id", "sheet"], how="left", maintain_order="left"
        )
        return found["in_cell"].fill_null(value=False)

    def header_at(self, dataset: str, place: int, column: str) -> str:
        """The header above what a row of a dataset says in a column, also for a cell of a wide table."""
        frame = self.frames[dataset]
        delivery, sheet, contract_sheet = frame.select("delivery_id", "sheet", "contract_sheet").row(place)
        cells = self.cells.get((delivery, sheet))
        if cells is not None and column in cells.headers and f"{cells.by}__raw" in frame.columns:
            header = cells.headers[column].get(frame[f"{cells.by}__raw"][place] or "")
            if header is not None:
                return header
        return self.header(delivery, contract_sheet, column)

    def header(self, delivery_id: str, contract_sheet: str, column: str) -> str:
        """The header of a contract column as in the file, else as in the template."""
        given = self.headers.get((delivery_id, contract_sheet, column))
        if given is not None:
            return given
        sheet = load_contract().sheet_by_id[contract_sheet]
        if column in sheet.by_name:
            return sheet.by_name[column].header_nb
        # A row that a flat column gave: what it says of another sheet's column stood in the flat one.
        of_others = load_contract().sheet_by_id
        for flat in sheet.flat:
            if column in of_others[flat.flat_sheet or ""].by_name:
                return self.header(delivery_id, contract_sheet, flat.name)
        return column


def prepare(frames: Frames, metas: Mapping[str, DeliveryMeta], counting: pl.DataFrame) -> Rows:
    """Set beside every row whose it is and whether it counts. Rows of unknown deliveries raise."""
    ordered = [metas[name] for name in sorted(metas) if metas[name].rejection is None]
    deliveries = _deliveries(ordered)
    sheets, headers = _sheets(ordered)
    prepared = {
        dataset: _prepare(dataset, frame, deliveries, sheets, counting)
        for dataset, frame in sorted(frames.items())
    }
    names = {meta.delivery_id: meta.file_name for meta in ordered}
    return Rows(prepared, deliveries, headers, names, _cells(ordered))


def columns_of(dataset: str) -> tuple[Column, ...]:
    """The contract's columns of a dataset."""
    return next((s.columns for s in load_contract().sheets if s.dataset == dataset), ())


def default_sheet(dataset: str) -> str:
    """The contract sheet that a dataset's rows come from, flat columns of other sheets apart."""
    if dataset == "survey_answer":
        return "survey"
    return next(sheet.id for sheet in load_contract().sheets if sheet.dataset == dataset)


def is_flat(dataset: str) -> pl.Expr:
    """Whether a row was derived from a flat column of another sheet, as ``dataobjekter`` of *Systemer*."""
    return pl.col("contract_sheet") != default_sheet(dataset)


def mapped(values: pl.Series, function: Callable[[str], str | None]) -> pl.Series:
    """A text column through a Python function, called once per distinct value."""
    distinct = [value for value in values.unique().to_list() if value is not None]
    results = [function(value) for value in distinct]
    return values.replace_strict(
        pl.Series(distinct, dtype=pl.String),
        pl.Series(results, dtype=pl.String),
        default=None,
        return_dtype=pl.String,
    )


def with_key(frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """``frame`` with ``column`` as names are compared; a blank name is null."""
    return frame.with_columns(mapped(frame[column], lambda text: key(text) or None).alias(name))


def _deliveries(metas: list[DeliveryMeta]) -> pl.DataFrame:
    rows = [
        (m.delivery_id, m.municipality_number, m.period, m.kind, m.collection_mode, m.rows_received)
        for m in metas
    ]
    schema = {
        "delivery_id": pl.String,
        "municipality_number": pl.String,
        "period": pl.String,
        "kind": pl.String,
        "collection_mode": pl.String,
        "rows_received": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _sheets(metas: list[DeliveryMeta]) -> tuple[pl.DataFrame, dict[tuple[str, str, str], str]]:
    """Workbook sheet → contract sheet, and the headers, as the reader recognised them."""
    rows: dict[tuple[str, str], str] = {}
    headers: dict[tuple[str, str, str], str] = {}
    for meta in metas:
        for sheet in recognised_sheets(meta.recognised):
            rows[(meta.delivery_id, sheet["sheet"])] = sheet["contract_sheet"]
            for column, header in sheet["columns"].items():
                headers[(meta.delivery_id, sheet["contract_sheet"], column)] = header
    table = [(delivery, sheet, contract_sheet) for (delivery, sheet), contract_sheet in sorted(rows.items())]
    schema = {"delivery_id": pl.String, "sheet": pl.String, "recognised_sheet": pl.String}
    return pl.DataFrame(table, schema=schema, orient="row"), headers


def _cells(metas: list[DeliveryMeta]) -> dict[tuple[str, str], Cells]:
    """The tables whose headers name things, as the reader recognised them."""
    return {
        (meta.delivery_id, sheet["sheet"]): Cells(sheet["cells"]["by"], sheet["cells"]["headers"])
        for meta in metas
        for sheet in recognised_sheets(meta.recognised)
        if sheet.get("cells")
    }


def recognised_sheets(recognised: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables that the reader found: sheet, contract_sheet, header_row, columns (column → header)."""
    found: list[dict[str, Any]] = recognised.get("sheets", [])
    return found


def _prepare(
    dataset: str,
    frame: pl.DataFrame,
    deliveries: pl.DataFrame,
    sheets: pl.DataFrame,
    counting: pl.DataFrame,
) -> pl.DataFrame:
    own = {sheet.id for sheet in load_contract().sheets if sheet.dataset == dataset}
    own |= {
        sheet.id
        for sheet in load_contract().sheets
        for column in sheet.flat
        if default_sheet(dataset) == column.flat_sheet
    }
    is_own = pl.col("recognised_sheet").is_in(sorted(own | {default_sheet(dataset)}))
    marked = (
        frame.with_row_index("place")
        .join(deliveries.drop("rows_received"), on="delivery_id", how="left", maintain_order="left")
        .join(sheets, on=["delivery_id", "sheet"], how="left", maintain_order="left")
        .with_columns(
            contract_sheet=pl.when(is_own).then("recognised_sheet").otherwise(pl.lit(default_sheet(dataset)))
        )
        .drop("recognised_sheet")
    )
    if marked["kind"].null_count():
        stray = marked.filter(pl.col("kind").is_null())["delivery_id"][0]
        raise ValueError(
            f"dataset {dataset} has rows of the delivery {stray}, which was rejected or is unknown"
        )
    counts = counting.select("delivery_id", "contract_sheet", "is_shared", is_counting=pl.lit(value=True))
    place = pl.concat_str("municipality_number", "period", separator="|")
    return marked.join(
        counts, on=["delivery_id", "contract_sheet"], how="left", maintain_order="left"
    ).with_columns(
        pl.col("is_counting", "is_shared").fill_null(value=False),
        lookup=pl.when(pl.col("is_counting").fill_null(value=False)).then(place).otherwise("delivery_id"),
        stands_for=pl.lit(None, dtype=pl.String),
    )
