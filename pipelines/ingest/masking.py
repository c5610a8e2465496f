"""People's data stays out: identity numbers, e-mail, phone numbers, persons' names in role columns.

A cell that holds one is replaced whole by ``***`` before it is typed or stored. Pure functions; a
vectorised look over a frame finds the few columns that need a closer one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.ingest.model import MASK
from pipelines.ingest.text import clean, key

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_NATIONAL_ID = re.compile(r"(?<!\d)(\d{6})[\s.\u00a0-]?(\d{5})(?!\d)")
_PHONE = re.compile(
    r"(?<![\d.,+])(?:"
    r"(?:\+|00)\d{1,3}[\s\u00a0-]?\d(?:[\s\u00a0-]?\d){6,11}"  # +47 22 33 44 55
    r"|[2-9]\d[\s\u00a0]\d{2}[\s\u00a0]\d{2}[\s\u00a0]\d{2}"  # 22 33 44 55
    r"|[489]\d{2}[\s\u00a0]\d{2}[\s\u00a0]\d{3}"  # 912 34 567
    r"|[2-9]\d{7}"  # 22334455
    r"|\(?\d{3}\)?[\s.-]\d{3}[.-]\d{4}"  # (415) 555-0123
    r")(?![\d])(?![.,]\d)"
)
_SUSPICIOUS = r"@|\d(?:[\s.\-()\u00a0]?\d){7}"
_NAME_WORD = re.compile(
    r"[A-ZÆØÅÄÖÜÉÈ][a-zæøåäöüéèóòáàíúñ]+(?:-[A-ZÆØÅÄÖÜÉ][a-zæøåäöüéèóòáàíúñ]+)?|[A-ZÆØÅ]\."
)
_WEIGHTS_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_WEIGHTS_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class Masked:
    """One masked cell: position in the column and the rule that masked it."""

    index: int
    rule: str


def find_personal(text: str, *, with_phone: bool) -> str | None:
    """The masking rule that a text calls for, or None."""
    if "@" in text and _EMAIL.search(text):
        return "masked_email"
    if any(is_national_id(a + b) for a, b in _NATIONAL_ID.findall(text)):
        return "masked_national_id"
    if with_phone and any(not _is_plain_date(found) for found in _PHONE.findall(text)):
        return "masked_phone"
    return None


def is_national_id(digits: str) -> bool:
    """Whether 11 digits have both check digits of a national identity or D-number (modulus 11)."""
    n = [int(d) for d in digits]
    if len(n) != 11:
        return False
    first = 11 - sum(w * d for w, d in zip(_WEIGHTS_1, n, strict=False)) % 11
    second = 11 - sum(w * d for w, d in zip(_WEIGHTS_2, n, strict=False)) % 11
    return n[9] == first % 11 and n[10] == second % 11 and 10 not in (first, second) and _has_day(digits)


def is_person_name(
    text: str, known_roles: Collection[str], known_words: Collection[str], endings: Iterable[str]
) -> bool:
    """Whether two capitalised words in a row belong to no role.

    known_roles: normalised roles; known_words: single words of the field, normalised; endings: how
    words for roles end.
    """
    if key(text) in known_roles:
        return False
    endings, run = tuple(endings), 0
    for word in re.split(r"[\s,/;()]+", clean(text)):
        folded = word.casefold()
        is_name = _NAME_WORD.fullmatch(word) and folded not in known_words and not folded.endswith(endings)
        run = run + 1 if is_name else 0
        if run == 2:
            return True
    return False


def mask_frame(
    frame: pl.DataFrame, judge: Callable[[str, str], str | None], always: Collection[str]
) -> tuple[pl.DataFrame, dict[str, list[Masked]]]:
    """Mask a frame of text columns.

    judge(column, text) gives a rule or None. Only columns that hold a suspicious pattern, and those in
    ``always``, are looked at text by text.
    """
    if not frame.width or not frame.height:
        return frame, {}
    suspicious = frame.select(pl.all().str.contains(_SUSPICIOUS).any()).row(0, named=True)
    masked: dict[str, list[Masked]] = {}
    columns = []
    for name in frame.columns:
        if suspicious[name] or name in always:
            series, hits = _mask_column(frame[name], name, judge)
            if hits:
                masked[name] = hits
                columns.append(series)
    return (frame.with_columns(columns) if columns else frame), masked


def _mask_column(
    series: pl.Series, name: str, judge: Callable[[str, str], str | None]
) -> tuple[pl.Series, list[Masked]]:
    texts = series.unique().drop_nulls().to_list()
    rules = {text: rule for text in texts if (rule := judge(name, text)) is not None}
    if not rules:
        return series, []
    found = series.is_in(list(rules))
    indexes = found.fill_null(value=False).arg_true().to_list()
    hits = [Masked(index, rules[series[index]]) for index in indexes]
    return pl.select(pl.when(found).then(pl.lit(MASK)).otherwise(series).alias(name)).to_series(), hits


def _has_day(digits: str) -> bool:
    """The first two digits are a day, or a D-number's day plus 40."""
    day = int(digits[:2])
    return 1 <= (day - 40 if day > 40 else day) <= 31


def _is_plain_date(found: str) -> bool:
    """20240501 is a date, not a phone number."""
    if not (found.isdecimal() and len(found) == 8 and found.startswith(("19", "20"))):
        return False
    try:
        date(int(found[:4]), int(found[4:6]), int(found[6:]))
    except ValueError:
        return False
    return True
