"""From the bytes of a file to tables of text: CSV and xlsx, with the limits checked before unpacking.

A table is a frame of text columns ``c0, c1, ...`` whose first row is row 1 of the sheet. Nothing here
knows the contract; headers and data rows are told apart elsewhere.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.ingest.dialect import Score, decode, read_records
from pipelines.ingest.model import Rejection
from pipelines.settings import Limits

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_XLS_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_NO_SHEETS = ("xl/sharedStrings", "xl/styles", "xl/theme/", "docProps/", "[Content_Types]")
# Deflate cannot shrink more than about this, so a smaller archive cannot lie about its size.
_BEST_RATIO = 1_040
# The reader holds a sheet as a dense grid; one cell far out would take all memory.
_MAX_GRID = 30_000_000
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*?(/?)>')


@dataclass(frozen=True)
class Table:
    """One sheet or file as text. sheet: its name ('' for CSV); frame: n rows x columns c0.. of String."""

    sheet: str
    is_hidden: bool
    frame: pl.DataFrame

    def head(self, n: int) -> list[tuple[str | None, ...]]:
        """The first n rows."""
        return self.frame.head(n).rows()


@dataclass(frozen=True)
class ReadFile:
    """Everything a file holds, and how it was read. delimiter: None for a workbook."""

    tables: tuple[Table, ...]
    file_format: str
    encoding: str | None
    delimiter: str | None
    n_broken: int
    has_broken_quotes: bool


def read_file(
    content: bytes,
    limits: Limits,
    score: Score,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> ReadFile:
    """Read any delivered file.

    score: how many known headers some first records hold (it chooses the delimiter). Raises Rejection
    for what is empty, too big, protected, of another format or broken.
    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise Rejection("empty_file", found="0 byte" if not content else "only blanks")
    if len(content) > limits.max_file_bytes:
        raise Rejection("file_too_big", found=str(len(content)), limit=str(limits.max_file_bytes))
    if content.startswith(_OLE):
        raise _ole_rejection(content)
    if content.startswith(_ZIP):
        return _read_workbook(content, limits)
    if content.startswith(b"%PDF"):
        raise Rejection("unsupported_format", found="PDF")
    return _read_csv(content, limits, score, encoding, delimiter)


def _ole_rejection(content: bytes) -> Rejection:
    if _ENCRYPTED in content:
        return Rejection("password_protected", found="xlsx")
    is_xls = any(stream in content for stream in _XLS_STREAMS)
    return Rejection("unsupported_format", found="xls" if is_xls else "OLE")


# CSV


def _read_csv(
    content: bytes, limits: Limits, score: Score, encoding: str | None, delimiter: str | None
) -> ReadFile:
    decoded = decode(content, encoding)
    records = read_records(decoded.text, score, delimiter)
    _check_size(len(records.rows), max(map(len, records.rows), default=0), "", limits)
    frame = _frame_of_records(records.rows)
    _check_cells(frame, "", limits)
    return ReadFile(
        tables=(Table("", False, frame),),
        file_format="csv",
        encoding=decoded.encoding,
        delimiter=records.delimiter,
        n_broken=decoded.n_broken,
        has_broken_quotes=records.has_broken_quotes,
    )


def _frame_of_records(rows: list[list[str]]) -> pl.DataFrame:
    """Records of any width as a frame; short ones end in blanks."""
    width = max(map(len, rows), default=0)
    for row in rows:
        if len(row) < width:
            row.extend([""] * (width - len(row)))
    columns = zip(*rows, strict=True)
    return pl.DataFrame([pl.Series(f"c{i}", values, dtype=pl.String) for i, values in enumerate(columns)])


# Workbooks


def _read_workbook(content: bytes, limits: Limits) -> ReadFile:
    _check_archive(content, limits)
    tables = tuple(_sheets(content, limits))
    return ReadFile(tables, "xlsx", None, None, 0, False)


def _sheets(content: bytes, limits: Limits) -> Sequence[Table]:
    import fastexcel

    tables = []
    try:
        reader = fastexcel.read_excel(content)
        for name in reader.sheet_names:
            # skip_rows=0 keeps blank rows at the top, so that index + 1 is the sheet's row.
            loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            _check_size(loaded.total_height, loaded.width, name, limits)
            frame = _text_frame(loaded)
            _check_cells(frame, name, limits)
            tables.append(Table(name, loaded.visible != "visible", frame))
    except Rejection:
        raise
    except BaseException as error:
        # The Rust reader panics on some broken files, which is not an Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise Rejection(
                "unreadable", found=str(error).splitlines()[0][:200] if str(error) else ""
            ) from None
        raise
    return tables


def _text_frame(loaded: Any) -> pl.DataFrame:
    if not loaded.width:
        return pl.DataFrame()
    frame: pl.DataFrame = loaded.to_polars()
    frame = frame.rename({name: f"c{i}" for i, name in enumerate(frame.columns)})
    return frame.cast(pl.String) if any(t != pl.String for t in frame.dtypes) else frame


def _check_archive(content: bytes, limits: Limits) -> None:
    """Look at the zip's directory before anything is unpacked, and at where the cells lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            _check_members(names, any(member.flag_bits & 1 for member in members))
            _check_unpacked(archive, members, limits)
            for member in members:
                if member.filename.endswith(".xml") and not member.filename.startswith(_NO_SHEETS):
                    _check_grid(archive.read(member), member.filename)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,  # what zipfile raises for a compression that it does not know
        ValueError,
        RuntimeError,
    ) as e:
        raise Rejection("unreadable", found=str(e)[:200]) from None


def _check_members(names: set[str], is_encrypted: bool) -> None:
    if is_encrypted:
        raise Rejection("password_protected", found="zip")
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise Rejection("unsupported_format", found="xlsb")
    if "content.xml" in names:
        raise Rejection("unsupported_format", found="OpenDocument")
    raise Rejection("unsupported_format", found="zip")


def _check_unpacked(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse an archive that unpacks past the limit, as its directory says or as it really does."""
    said = sum(member.file_size for member in members)
    if said > limits.max_unpacked_bytes:
        raise Rejection("unpacks_too_big", found=str(said), limit=str(limits.max_unpacked_bytes))
    if sum(member.compress_size for member in members) * _BEST_RATIO <= limits.max_unpacked_bytes:
        return
    for member in members:
        if _unpacks_beyond(archive, member):
            raise Rejection("unpacks_too_big", found=member.filename, limit=str(limits.max_unpacked_bytes))


def _unpacks_beyond(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether a deflated member holds more than its directory entry says, counted in pieces."""
    if member.compress_type != zipfile.ZIP_DEFLATED or archive.fp is None:
        return member.compress_type == zipfile.ZIP_STORED and member.compress_size != member.file_size
    archive.fp.seek(member.header_offset + 26)
    name_length, extra_length = (int.from_bytes(archive.fp.read(2), "little") for _ in range(2))
    archive.fp.seek(member.header_offset + 30 + name_length + extra_length)
    stream, count, left = zlib.decompressobj(-15), 0, member.compress_size
    while left > 0 and (piece := archive.fp.read(min(left, 1 << 16))):
        left -= len(piece)
        while piece:
            count += len(stream.decompress(piece, 1 << 20))
            piece = stream.unconsumed_tail
            if count > member.file_size:
                return True
    return False


def _check_grid(xml: bytes, name: str) -> None:
    """Refuse a sheet whose filled cells span a grid that would not fit in memory."""
    rows, columns = 1, 1
    for letters, row, closed in set(_CELL.findall(xml)) if len(xml) < 1 << 20 else _CELL.findall(xml):
        if not closed:
            rows, columns = max(rows, int(row)), max(columns, _column_number(letters))
    if rows * columns > _MAX_GRID:
        raise Rejection("too_many_rows", found=f"{name}: {rows} x {columns}", limit=str(_MAX_GRID))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# Limits


def _check_size(n_rows: int, n_columns: int, sheet: str, limits: Limits) -> None:
    if n_rows > limits.max_rows:
        raise Rejection("too_many_rows", sheet=sheet, found=str(n_rows), limit=str(limits.max_rows))
    if n_columns > limits.max_columns:
        raise Rejection("too_many_columns", sheet=sheet, found=str(n_columns), limit=str(limits.max_columns))


def _check_cells(frame: pl.DataFrame, sheet: str, limits: Limits) -> None:
    if not frame.height or not frame.width:
        return
    # Bytes are counted first: they are known without reading the text, and never fewer.
    longest = frame.select(pl.all().str.len_bytes().max()).row(0)
    for index, length in enumerate(longest):
        if length is not None and length > limits.max_cell_characters:
            characters = frame.to_series(index).str.len_chars()
            if (characters > limits.max_cell_characters).any():
                row = (characters > limits.max_cell_characters).arg_max()
                raise Rejection(
                    "cell_too_long",
                    sheet=sheet,
                    row=(row or 0) + 1,
                    found=str(characters.max()),
                    limit=str(limits.max_cell_characters),
                )
