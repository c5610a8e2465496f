"""From the bytes of a file to tables of text: the door to the formats, told by the bytes and not by the name.

Limits are checked before anything is unpacked to memory. Nothing here knows the contract; headers and data
rows are told apart elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.ingest.dialect import Score, read_records
from pipelines.ingest.encodings import Decoded, decode
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.ods import read_ods
from pipelines.ingest.parquet import read_parquet
from pipelines.ingest.signatures import container_of
from pipelines.ingest.tables import (
    ErrorCells,
    Table,
    check_cells,
    check_size,
    frame_of_records,
    tidy,
)
from pipelines.ingest.unpacking import format_of, open_archive
from pipelines.ingest.workbook import read_workbook
from pipelines.ingest.xls_scan import scan_xls
from pipelines.ingest.xlsx_scan import scan_workbook
from pipelines.settings import Limits

TYPED_FORMATS = frozenset({"xlsx", "xlsm", "xls", "ods", "parquet"})


@dataclass(frozen=True)
class ReadFile:
    """Everything a file holds, and how it was read.

    file_format: csv, xlsx, xlsm, xls, ods or parquet; encoding, delimiter: None but for csv; findings:
    what a sender should know of the reading, each with its sheet where it is one sheet's.
    """

    tables: tuple[Table, ...]
    file_format: str
    encoding: str | None
    delimiter: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_typed(self) -> bool:
        """Whether numbers come from typed cells, so that 1.234 is a fraction."""
        return self.file_format in TYPED_FORMATS

    @property
    def has_sheets(self) -> bool:
        """Whether the tables have names that somebody gave them."""
        return self.file_format not in ("csv", "parquet")


def read_file(
    content: bytes,
    limits: Limits,
    score: Score,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> ReadFile:
    """Read any delivered file.

    score: how many known headers some first records hold (it chooses the delimiter); encoding, delimiter:
    of a text file, where a mapping names them. Raises Rejection for what is empty, too big, protected, of
    another format or broken.
    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Rejection("empty_file", found="0 byte" if not content else "only blanks")
    if len(content) > limits.max_file_bytes:
        raise Rejection("file_too_big", found=str(len(content)), limit=str(limits.max_file_bytes))
    container = container_of(content)
    if container == "text":
        return _read_text(content, limits, score, encoding, delimiter)
    if container == "ole":
        errors = scan_xls(content, limits)
        return _typed("xls", read_workbook(content, limits), errors)
    if container == "parquet":
        table, findings = read_parquet(content, limits)
        return _typed("parquet", [table], {}, findings)
    archive = open_archive(content, limits)
    file_format = format_of(archive)
    if file_format == "ods":
        return _typed("ods", *read_ods(archive, limits))
    errors = scan_workbook(archive, limits)
    return _typed(file_format, read_workbook(content, limits), errors)


def _typed(
    file_format: str, tables: Sequence[Table], errors: Mapping[str, ErrorCells], told: Sequence[Finding] = ()
) -> ReadFile:
    """errors: by sheet; of a sheet that is not among the tables they are told of the file as a whole."""
    sheets = {table.sheet for table in tables}
    findings = [e.finding(sheet if sheet in sheets else None) for sheet, e in errors.items()]
    findings += told
    tidied, more = _tidy_all(tables, is_typed=True)
    return ReadFile(tidied, file_format, None, None, (*findings, *more))


def _tidy_all(tables: Sequence[Table], *, is_typed: bool) -> tuple[tuple[Table, ...], list[Finding]]:
    pairs = [tidy(table, is_typed=is_typed) for table in tables]
    return tuple(table for table, _ in pairs), [finding for _, own in pairs for finding in own]


def _read_text(
    content: bytes, limits: Limits, score: Score, encoding: str | None, delimiter: str | None
) -> ReadFile:
    decoded = decode(content, encoding)
    records = read_records(decoded.text, score, delimiter, max_cells=limits.max_cells)
    width = max(map(len, records.rows), default=0)
    check_size(len(records.rows), width, "", limits)
    frame = frame_of_records(records.rows, filler=None)
    check_cells(frame, "", limits)
    tables, tidied = _tidy_all([Table("", False, frame)], is_typed=False)
    findings = _dialect_findings(decoded, has_broken_quotes=records.has_broken_quotes)
    return ReadFile(tables, "csv", decoded.encoding, records.delimiter, (*findings, *tidied))


def _dialect_findings(decoded: Decoded, *, has_broken_quotes: bool) -> list[Finding]:
    findings = []
    if decoded.n_broken:
        findings.append(Finding("broken_characters", "warning", params={"found": str(decoded.n_broken)}))
    if decoded.is_guess:
        findings.append(Finding("encoding_guessed", "warning", params={"found": decoded.encoding}))
    if decoded.was_garbled:
        findings.append(Finding("garbled_text_repaired", "warning", params={"found": "Ã¸, Ã¥, Ã¦"}))
    if has_broken_quotes:
        findings.append(Finding("broken_quotes", "warning"))
    return findings
