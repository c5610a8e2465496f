"""From text to records: delimiter, quotes, ends of lines. Knows nothing of contracts.

Delimiters: semicolon, comma, tab, and the vertical bar where it clearly is one; quotes are doubled; lines
end in any of CR, LF, CRLF, also mixed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.ingest.model import Rejection

DELIMITERS = (";", ",", "\t", "|")
# Between values of one cell as often as between cells, so it must split every line alike.
_DOUBTFUL = "|"
_SAMPLE_CHARACTERS = 100_000
_SAMPLE_RECORDS = 40
# Excel writes this line, and hides it, where the delimiter is not the machine's own.
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?[;,]*[ ]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_OTHER_LINES = re.compile("[\u2028\u2029\u0085]")

Score = Callable[[Sequence[Sequence[str]]], int]
# Known headers, evenness, preference, delimiter.
_Ranked = tuple[int, tuple[float, int], int, str]


@dataclass(frozen=True)
class Records:
    """The records of a CSV file, blank ones included, so that index + 1 is the row number."""

    rows: list[list[str]]
    delimiter: str
    has_broken_quotes: bool


def read_records(
    text: str, score: Score, delimiter: str | None = None, *, max_cells: int | None = None
) -> Records:
    """Split text into records with the delimiter that makes most sense, or the one given.

    score: how many known headers the first records hold. Raises Rejection ``unclosed_quote`` when a
    quotation mark swallows the rest of the file, ``cell_too_long`` when a field is beyond csv's limit,
    ``too_many_rows`` for more than max_cells cells.
    """
    told, text = _told_delimiter(_with_usual_lines(text))
    chosen = delimiter or told or detect_delimiter(text, score)
    n_cells = text.count(chosen) + max(text.count("\n"), text.count("\r"))
    if max_cells is not None and n_cells > max_cells:
        raise Rejection("too_many_rows", sheet="", found=str(n_cells), limit=str(max_cells))
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
    candidates = [d for d in DELIMITERS if d in sample]
    if not set(candidates) - {_DOUBTFUL}:
        candidates = [DELIMITERS[0], *candidates]
    ranked: list[_Ranked] = []
    for delimiter in candidates:
        rows = _sample_rows(sample, delimiter)
        evenness = _evenness(rows)
        n_known = score(rows)
        if delimiter == _DOUBTFUL and (_is_settled(ranked) or (evenness[0] < 1 and n_known < 2)):
            continue
        ranked.append((n_known, evenness, -DELIMITERS.index(delimiter), delimiter))
    return max(ranked)[-1]


def _is_settled(ranked: Sequence[_Ranked]) -> bool:
    """Whether a usual delimiter makes sense already: then a bar parts the values within a cell."""
    return any(n_known >= 2 for n_known, *_ in ranked)


def _with_usual_lines(text: str) -> str:
    """Lines that are parted by Unicode's own separators and nothing else, parted by line feeds."""
    if "\n" in text or "\r" in text:
        return text
    return _OTHER_LINES.sub("\n", text)


def _told_delimiter(text: str) -> tuple[str | None, str]:
    """The delimiter that the line ``sep=;`` names, and the text without that line, as Excel shows it."""
    match = _SEP_LINE.match(text)
    return (match[1], text[match.end() :]) if match else (None, text)


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
