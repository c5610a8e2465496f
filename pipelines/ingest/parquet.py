"""Parquet as a table of text: the column names are row 1, so data rows are numbered as in a spreadsheet.

What it would unpack to is told from its pages before any is unpacked: a page of a few bytes can hold a
column of zeros as long as it likes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import polars as pl

from pipelines.ingest.masking import find_personal
from pipelines.ingest.model import MASK, Finding, Rejection
from pipelines.ingest.tables import Table, check_cells, check_size
from pipelines.ingest.workbook import reader_fault
from pipelines.settings import Limits

_SEPARATOR = "|"
# Below this even every row with the longest text fits.
_FEW_BYTES = 50_000_000
_BATCH = 20_000


def read_parquet(content: bytes, limits: Limits) -> tuple[Table, list[Finding]]:
    """The table, and a warning for each column that no cell of a spreadsheet could hold.

    Raises Rejection for what is too large, encrypted or broken.
    """
    try:
        _check_unpacked(content, limits)
        frame = pl.read_parquet(io.BytesIO(content), use_pyarrow=False)
        check_size(frame.height + 1, frame.width, "", limits)
        _check_text(frame, limits)
        header = pl.DataFrame({f"c{i}": [name] for i, name in enumerate(frame.columns)})
        texts, findings = _as_text(frame)
        table = pl.concat([header, texts]) if frame.width else pl.DataFrame()
        check_cells(table, "", limits)
    except Rejection:
        raise
    except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception; else raised again
        raise reader_fault(error) from None
    return Table("", False, table), findings


def _check_unpacked(content: bytes, limits: Limits) -> None:
    """Refuse more rows, columns or bytes than the limits, as the footer says and as the pages say."""
    import pyarrow.parquet as pq

    metadata = pq.ParquetFile(io.BytesIO(content)).metadata
    shared: set[str] = set()
    check_size(metadata.num_rows + 1, metadata.num_columns, "", limits)
    n_rows = n_bytes = 0
    for group_index in range(metadata.num_row_groups):
        group = metadata.row_group(group_index)
        n_rows += group.num_rows
        for column_index in range(group.num_columns):
            column = group.column(column_index)
            sizes = list(_page_sizes(content, column))
            n_bytes += sum(sizes)
            if column.physical_type.endswith("BYTE_ARRAY"):
                is_shared = max(sizes, default=0) * column.num_values > _FEW_BYTES
                shared |= {column.path_in_schema} if is_shared else set()
            if n_bytes > limits.max_unpacked_bytes:
                limit = str(limits.max_unpacked_bytes)
                raise Rejection("unpacks_too_big", found=str(n_bytes), limit=limit)
            check_size(column.num_values, 1, "", limits)
    if n_rows != metadata.num_rows:
        raise Rejection("unreadable", found=f"Parquet: {n_rows} != {metadata.num_rows}")
    if shared:
        _check_shared_text(content, sorted(shared), limits)


def _check_shared_text(content: bytes, columns: list[str], limits: Limits) -> None:
    """Refuse texts that rows share until each needs its own: a dictionary of one long text."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=columns)
    n_bytes = 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
        for column in batch.columns:
            values = column
            while pa.types.is_nested(values.type):
                values = values.flatten()[0] if pa.types.is_struct(values.type) else values.flatten()
            if pa.types.is_dictionary(values.type):
                lengths = pc.binary_length(values.dictionary).take(values.indices)
            else:
                lengths = pc.binary_length(values)
            n_bytes += pc.sum(lengths.cast(pa.int64())).as_py() or 0
            if n_bytes > limits.max_text_bytes:
                limit = str(limits.max_text_bytes)
                raise Rejection("unpacks_too_big", found=f"> {limit}", limit=limit)


def _page_sizes(content: bytes, column: Any) -> Iterator[int]:
    """The unpacked size of each page of a column chunk, from the pages' own headers."""
    start = column.data_page_offset
    if column.has_dictionary_page and column.dictionary_page_offset:
        start = min(start, column.dictionary_page_offset)
    end = start + column.total_compressed_size
    if not 4 <= start <= end <= len(content):
        raise Rejection("unreadable", found="Parquet: a column beyond the end")
    while start < end:
        header = _Header(content, start)
        yield max(header.unpacked, 0)
        if header.packed < 0 or header.end + header.packed > end:
            raise Rejection("unreadable", found="Parquet: a page beyond its column")
        start = header.end + header.packed


class _Header:
    """A page header in Thrift's compact form: the two sizes, and where the header ends."""

    def __init__(self, content: bytes, start: int) -> None:
        self._content = content
        self.end = start
        self.unpacked = self.packed = -1
        self._read_struct(0)
        if self.unpacked < 0 or self.packed < 0:
            raise Rejection("unreadable", found="Parquet: a page without its size")

    def _byte(self) -> int:
        if self.end >= len(self._content):
            raise Rejection("unreadable", found="Parquet: cut off")
        self.end += 1
        return self._content[self.end - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 70:
                return value

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _read_struct(self, depth: int) -> None:
        field = 0
        while (mark := self._byte()) != 0:
            delta = mark >> 4
            field = field + delta if delta else self._integer()
            kind = mark & 15
            if depth == 0 and kind == 5 and field in (2, 3):
                size = self._integer()
                self.unpacked, self.packed = (size, self.packed) if field == 2 else (self.unpacked, size)
            else:
                self._skip(kind, depth)

    def _skip(self, kind: int, depth: int) -> None:
        if depth > 8:
            raise Rejection("unreadable", found="Parquet: a page header too deep")
        if kind == 3:
            self._byte()
        elif kind in (4, 5, 6):
            self._varint()
        elif kind == 7:
            self.end += 8
        elif kind == 8:
            length = self._varint()
            self.end += length
        elif kind in (9, 10):
            size = self._byte()
            count = size >> 4 if size >> 4 < 15 else self._varint()
            if count > len(self._content):
                raise Rejection("unreadable", found="Parquet: a page header too long")
            for _ in range(count):
                self._skip(size & 15, depth + 1)
        elif kind == 12:
            self._read_struct(depth + 1)
        elif kind not in (1, 2):
            raise Rejection("unreadable", found="Parquet: a page header that nobody writes")


# Columns


def _check_text(frame: pl.DataFrame, limits: Limits) -> None:
    """Refuse texts that share their bytes until each cell needs its own."""
    n_bytes = 0
    for series in frame.iter_columns():
        flat = series.explode() if isinstance(series.dtype, pl.List | pl.Array) else series
        if flat.dtype in (pl.String, pl.Binary):
            size = flat.str.len_bytes() if flat.dtype == pl.String else flat.bin.size()
            n_bytes += int(size.cast(pl.Int64).sum() or 0)
    if n_bytes > limits.max_text_bytes:
        raise Rejection("unpacks_too_big", found=str(n_bytes), limit=str(limits.max_text_bytes))


def _as_text(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    columns, findings = [], []
    for index, series in enumerate(frame.iter_columns()):
        text = _text_of(series)
        if text is None:
            text = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
            shown = MASK if find_personal(series.name, with_phone=True) else series.name
            findings.append(Finding("nested_column", "warning", "", 1, shown, params={"found": shown}))
        columns.append(text.alias(f"c{index}"))
    return pl.DataFrame(columns), findings


def _text_of(series: pl.Series) -> pl.Series | None:
    """A typed column as a spreadsheet would show it, or None where a cell would be a table of its own."""
    kind = series.dtype
    if isinstance(kind, pl.List | pl.Array):
        return _list_text(series, pl.Series(dtype=kind.inner).dtype)
    if isinstance(kind, pl.Datetime | pl.Time):
        return _moment_text(series)
    if kind.is_decimal() or kind.is_float():
        return _fraction_text(series)
    if isinstance(kind, pl.Decimal):
        return series.cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1").str.replace(r"\.$", "")
    if isinstance(kind, pl.Binary):
        return _text_of_bytes(series)
    return series.cast(pl.String) if _is_plain(kind) else None


def _fraction_text(series: pl.Series) -> pl.Series:
    """3, not 3.0; a decimal without zeros at the end, which a process-wide setting of Polars may write."""
    if series.dtype.is_float():
        finite = series.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first())).to_series()
        return finite.cast(pl.String).str.replace(r"\.0$", "")
    trimmed = series.cast(pl.String).str.replace(r"(\.[0-9]*?)0+$", "$1")
    return trimmed.str.replace(r"\.$", "")


def _moment_text(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, pl.Time):
        return series.dt.strftime("%H:%M:%S")
    return series.dt.replace_time_zone(None).dt.strftime("%Y-%m-%d %H:%M:%S")


def _text_of_bytes(series: pl.Series) -> pl.Series | None:
    """Older writers do not say that their bytes are text."""
    try:
        return series.cast(pl.String)
    except pl.exceptions.PolarsError:
        return None


def _list_text(series: pl.Series, inner: pl.DataType) -> pl.Series | None:
    """The values of each list, joined; None where a value is a list or a record itself."""
    if not _is_plain(inner):
        return None
    texts = series.cast(pl.List(pl.String)).list.drop_nulls().list.join(_SEPARATOR)
    texts = texts.str.replace_all(r"\.0(\||$)", "${1}") if inner.is_float() else texts
    return texts.replace("", None)


def _is_plain(kind: pl.DataType) -> bool:
    is_text = isinstance(kind, pl.String | pl.Categorical | pl.Enum)
    return is_text or kind.is_numeric() or isinstance(kind, pl.Boolean | pl.Date | pl.Null)
