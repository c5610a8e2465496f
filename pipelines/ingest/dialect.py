"""From bytes to text and from text to records: encoding, delimiter, quotes. Knows nothing of contracts.

Encodings: UTF-8 with or without BOM, UTF-16 with BOM, else cp1252 (which reads any byte, so what it
cannot name is kept as U+FFFD and told). Delimiters: semicolon, comma, tab; quotes are doubled.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.ingest.model import Rejection

DELIMITERS = (";", ",", "\t")
_SAMPLE_CHARACTERS = 100_000
_SAMPLE_RECORDS = 40
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Score = Callable[[Sequence[Sequence[str]]], int]


@dataclass(frozen=True)
class Decoded:
    """Text and how it was read; n_broken: characters that could not be read or were broken before."""

    text: str
    encoding: str
    n_broken: int


@dataclass(frozen=True)
class Records:
    """The records of a CSV file, blank ones included, so that index + 1 is the row number."""

    rows: list[list[str]]
    delimiter: str
    has_broken_quotes: bool


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Read bytes as text in the given encoding, or the one that the bytes tell.

    Raises Rejection ``unreadable`` when it is no text.
    """
    name = encoding or _encoding_of(content)
    try:
        text = content.decode(name)
    except (UnicodeError, LookupError):
        if encoding:
            raise Rejection("unreadable", found=f"bytes that are not {encoding}") from None
        if name != "utf-8":
            raise Rejection(
                "unreadable", found=f"bytes that are not {name}, which the file says it is"
            ) from None
        name, text = "cp1252", content.decode("cp1252", errors="replace")
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise Rejection("unreadable", found="binary content")
    return Decoded(text, name, text.count("\ufffd"))


def read_records(text: str, score: Score, delimiter: str | None = None) -> Records:
    """Split text into records with the delimiter that makes most sense, or the one given.

    score: how many known headers the first records hold. Raises Rejection ``unclosed_quote`` when a
    quotation mark swallows the rest of the file, ``cell_too_long`` when a field is beyond csv's limit.
    """
    chosen = delimiter or detect_delimiter(text, score)
    rows, error = _read_all(text, chosen, strict=True)
    if error is None:
        return Records(rows, chosen, False)
    if "unexpected end of data" in error:
        raise Rejection("unclosed_quote", sheet="", row=len(rows) + 1, found='"')
    rows, error = _read_all(text, chosen, strict=False)
    if error is not None:
        limit = str(csv.field_size_limit())
        raise Rejection("cell_too_long", sheet="", row=len(rows) + 1, found=f"> {limit}", limit=limit)
    return Records(rows, chosen, True)


def detect_delimiter(text: str, score: Score) -> str:
    """The delimiter under which most headers are known; then the one that splits most evenly."""
    sample = text[:_SAMPLE_CHARACTERS]
    candidates = [d for d in DELIMITERS if d in sample] or [DELIMITERS[0]]
    if len(candidates) == 1:
        return candidates[0]
    ranked = []
    for delimiter in candidates:
        rows = _sample_rows(sample, delimiter)
        ranked.append((score(rows), _evenness(rows), -DELIMITERS.index(delimiter), delimiter))
    return max(ranked)[-1]


def _encoding_of(content: bytes) -> str:
    return next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")


def _reader(text: str, delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _read_all(text: str, delimiter: str, *, strict: bool) -> tuple[list[list[str]], str | None]:
    """All records, or those before the first fault and what it is."""
    rows: list[list[str]] = []
    try:
        rows.extend(_reader(text, delimiter, strict=strict))
    except csv.Error as error:
        return rows, str(error)
    return rows, None


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """The first records; the sample's end may cut the last one, which then hardly matters."""
    try:
        return list(islice(_reader(sample, delimiter, strict=False), _SAMPLE_RECORDS))
    except csv.Error:
        return []


def _evenness(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """Share of the non-blank records that have the most usual width, and that width."""
    widths = [len(row) for row in rows if row]
    usual = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 1
    return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 1)
