"""Of which period a row is: the folder's, or a period column. Pure look-ups in the pack.

In a period's folder every row must be of that period. A file straight in the inbox is divided by its
period and municipality columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.column_texts import Source, cleaned, column_text
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.routing import ROUTED, is_routed

PERIOD = "period"
_YEAR_HALF = re.compile(r"([12][0-9]{3})(?:[.,]0+)?(?:[ ./-]*[hH]([12]))?")
_HALF_YEAR = re.compile(r"[hH]([12])[ ./-]*([12][0-9]{3})")
# What may be told of a cell of the period column: a person's number is longer, a name has no digit.
_TELLABLE = re.compile(r"(?=.*[0-9])[\w ./-]{1,12}")
_MANY_DIGITS = re.compile(r"[0-9]{8}")


def find_period(text: str, periods: Sequence[str], home: str = "") -> str | None:
    """The period of the pack that a cell means, or None.

    A year alone means the period of that year; of two halves only the folder's, ``home``.
    """
    if text in periods:
        return text
    if found := _YEAR_HALF.fullmatch(text):
        year, half = found.groups()
    elif found := _HALF_YEAR.fullmatch(text):
        half, year = found.groups()
    else:
        return None
    if half:
        return name if (name := f"{year}-H{half}") in periods else None
    of_year = [period for period in periods if period[:4] == year]
    if home in of_year:
        return home
    return of_year[0] if len(of_year) == 1 else None


def other_period(bodies: Iterable[Body], source: Source, home: str) -> Rejection | None:
    """Why a file in a period's folder cannot be used: rows of another one. A blank cell is the folder's."""
    periods = source.vocabulary.pack.periods
    for body in bodies:
        texts = [text for text in _texts(body, source).unique().to_list() if text]
        others = sorted(text for text in texts if find_period(text, periods, home) != home)
        if others:
            found = ", ".join(dict.fromkeys(map(_told, others)))[:300]
            return Rejection("other_period", sheet=body.match.table.sheet, found=found, expected=home)
    return None


def rows_of(body: Body, source: Source, period: str) -> Body:
    """The rows of one period; of '' those whose period is blank or none of the pack's."""
    if PERIOD not in body.match.targets:
        return body if period == "" else replace(body, rows=body.rows.clear(), findings=())
    texts = _texts(body, source)
    periods = source.vocabulary.pack.periods
    own = [text for text in texts.unique().to_list() if (find_period(text, periods) or "") == period]
    is_own = texts.is_in(own)
    return body if is_own.all() else replace(body, rows=body.rows.filter(is_own))


def count_periods(bodies: Iterable[Body], source: Source) -> Counter[str]:
    """How many rows each period has; '' for those whose period is blank or none of the pack's."""
    periods = source.vocabulary.pack.periods
    texts = (text for body in bodies for text in _texts(body, source).to_list())
    times = Counter(texts)
    found: Counter[str] = Counter()
    for text, n in times.items():
        found[find_period(text, periods) or ""] += n
    return found


def undated_fault(bodies: Sequence[Body], source: Source) -> Finding:
    """Why rows of a file straight in the inbox belong to no period or nobody."""
    missing = [] if all(PERIOD in body.match.targets for body in bodies) else [PERIOD]
    missing += [] if all(map(is_routed, bodies)) else [ROUTED[0]]
    sheet = bodies[0].match.table.sheet
    columns = bodies[0].match.sheet.by_name
    if missing:
        expected = ", ".join(columns[name].header_nb for name in missing)
        return Finding("unplaced_file", "rejected", sheet, params={"expected": expected})
    texts = sorted({text for body in bodies for text in _texts(body, source).to_list()})
    found = ", ".join(dict.fromkeys(_told(text) if text else "(tom)" for text in texts))[:300]
    expected = ", ".join(source.vocabulary.pack.periods)
    return Finding("unknown_period", "rejected", sheet, params={"found": found, "expected": expected})


def _texts(body: Body, source: Source) -> pl.Series:
    """Each row's period as written; '' where blank, and where the table has no such column."""
    if PERIOD not in body.match.targets:
        return pl.Series([""], dtype=pl.String).new_from_index(0, body.rows.height)
    text = column_text(body, body.rows, body.match.sheet.by_name[PERIOD], source).read
    return cleaned(text).fill_null("")


def _told(text: str) -> str:
    """A cell of the period column as it may be shown: anything else than a short date may be a person's."""
    return text if _TELLABLE.fullmatch(text) and not _MANY_DIGITS.search(text) else "…"
