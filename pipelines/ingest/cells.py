"""One cell's text to a typed value: numbers, dates, yes and no, codes, concepts, operations.

Every reader takes a text that is not blank and gives ``(value, rule)``: the value and None, or None and
the id of the rule that was broken. A multi-valued reader keeps what was legal and names the rule for the
rest. Called once per distinct text, so plain Python is fast enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipelines.ingest.contract import SEPARATORS, Column, Words
from pipelines.ingest.model import MASK
from pipelines.ingest.naming import ConceptNames
from pipelines.ingest.patterns import splitter
from pipelines.ingest.text import clean, header_key, key

Result = tuple[Any, str | None]
Reader = Callable[[str], Result]

_INT64 = 2**63 - 1
_MOST_PIECES = 30
_DECIMAL = Decimal(10) ** 16
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = (18_264, 73_050)  # 1950-01-01 to 2099-12-31
_YEARS = (1900, 9999)

_CURRENCY = re.compile(r"^(?:kr|nok)\.?\s*|\s*(?:kr|nok)\.?$")
_SPACED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?")
_APOSTROPHES = re.compile(r"[0-9]{1,3}(?:['’][0-9]{3})+(?:[.,][0-9]+)?")
_DOTS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_SEVERAL_DOTS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")
_DOTS_COMMA = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_COMMAS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_COMMAS_DOT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]+)?e[+-]?[0-9]{1,2}")

_TIME = re.compile(
    r"[t ](?:kl\.? ?)?[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:\.[0-9]+)?)?(?:z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_ISO = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})")
_BASIC = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_NORWEGIAN = re.compile(r"([0-9]{1,2})[.-] ?([0-9]{1,2})[.-] ?([0-9]{4}|[0-9]{2})")
SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_NAMED = re.compile(r"(?:([0-9]{1,2})\.? )?([a-zæøå]{3,9})\.?,? ([0-9]{4})")
_NAMED_US = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2}), ([0-9]{4})")
_MONTH_OF_YEAR = re.compile(r"([0-9]{1,2})[./]([0-9]{4})")
_YEAR_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_YEAR = re.compile(r"((?:19|20)[0-9]{2})(?:\.0+)?")
_SERIAL = re.compile(r"([0-9]{5})(?:[.,][0-9]+)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan", "februar february feb", "mars march mar", "april apr", "mai may",
            "juni june jun", "juli july jul", "august aug", "september sept sep", "oktober october okt oct",
            "november nov", "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_OPERATION_WORDS = {
    "opprette": "c", "oppretter": "c", "opprett": "c", "registrere": "c", "create": "c",
    "lese": "r", "leser": "r", "les": "r", "vise": "r", "read": "r",
    "oppdatere": "u", "oppdaterer": "u", "oppdater": "u", "endre": "u", "update": "u",
    "slette": "d", "sletter": "d", "slett": "d", "delete": "d",
}  # fmt: skip


def reader_for(
    column: Column,
    words: Words,
    concepts: Mapping[str, ConceptNames],
    *,
    separators: str = SEPARATORS,
    day_first: bool = False,
    dot_is_decimal: bool = False,
) -> Reader:
    """The reader of a column.

    separators: regular expression between the values of a multi-valued cell; day_first: how 03/04/2025
    is read; dot_is_decimal: 1.234 is a fraction (a workbook's number), not 1 234.
    """
    names = concepts[column.concept] if column.concept else None
    if column.is_multi:
        index, find = (names.exact, names.find) if names else (None, None)
        return multi_reader(index, f"unknown_{column.concept}", words, separators, find=find)
    readers: dict[str, Callable[[], Reader]] = {
        "text": lambda: lambda text: (clean(text), None),
        "bool": lambda: bool_reader(words),
        "code": lambda: index_reader(column.code_index, "unknown_code", words, compared=header_key),
        "concept": lambda: concept_reader(concepts[column.concept or ""], words),
        "int": lambda: int_reader(words, column.minimum, column.maximum, dot_is_decimal=dot_is_decimal),
        "decimal": lambda: decimal_reader(words, column.minimum, dot_is_decimal=dot_is_decimal),
        "date": lambda: date_reader(words, day_first=day_first),
        "operations": lambda: operations_reader(words),
    }
    return readers[column.type]()


def multi_reader(
    index: Mapping[str, str] | None,
    rule: str,
    words: Words,
    separators: str = SEPARATORS,
    *,
    find: Callable[[str], str | None] | None = None,
) -> Reader:
    """Several values in a cell: distinct, in normalised order. An empty list is known to be none
    (``ingen``); None is unknown.

    index: normalised text -> id, or None for free text: there ``ingen`` beside names is no name, and a
    masked part makes the whole unknown; find: what else a part may mean (``naming``).
    """
    split = splitter(separators)

    def read(text: str) -> Result:
        whole = key(text)
        if index is not None and whole in index:
            return [index[whole]], None
        if whole in words.none:
            return [], None
        if whole in words.unknown:
            return None, None
        parts = {key(part): clean(part) for part in reversed(split.split(text)) if key(part)}
        if index is None:
            return _names(parts, words), None
        ids = {part: index.get(part) or (find(part) if find else None) for part in parts}
        found = sorted({one for one in ids.values() if one is not None})
        unknown = [part for part, one in ids.items() if one is None]
        if unknown and all(parted_by_comma(part, index) for part in unknown):
            return found or None, "comma_between_values"
        return found or None, (rule if unknown else None)

    return read


def parted_by_comma(text: str, known: Container[str]) -> list[str]:
    """The values of a text that has commas between known ones, as written; none where any is unknown.

    known: normalised texts; a name may have commas of its own, so the longest known one is taken first.
    """
    pieces = clean(text).split(",")[: _MOST_PIECES + 1]
    values: list[str] = []
    start = 0
    while start < len(pieces) <= _MOST_PIECES:
        ends = range(len(pieces), start, -1)
        end = next((end for end in ends if key(",".join(pieces[start:end])) in known), None)
        if end is None:
            return []
        values.append(clean(",".join(pieces[start:end])))
        start = end
    return values if len(values) > 1 else []


def _names(parts: Mapping[str, str], words: Words) -> list[str] | None:
    """Free names of a cell, compared text -> as written, in order; None where nothing is told."""
    # What stood under a mask may have been one name, several or none.
    if not parts or MASK in parts:
        return None
    return [parts[part] for part in sorted(set(parts) - words.none)]


def index_reader(
    index: Mapping[str, str], rule: str, words: Words, *, compared: Callable[[str], str] = key
) -> Reader:
    """A code or concept by its exact text, label or alias, as the index's texts are compared."""

    def read(text: str) -> Result:
        if (found := index.get(compared(text))) is not None:
            return found, None
        return None, None if key(text) in words.unknown else rule

    return read


def concept_reader(names: ConceptNames, words: Words) -> Reader:
    """A concept by id, name or alias, or by a text so like one that it means it."""

    def read(text: str) -> Result:
        if (found := names.exact.get(key(text))) is not None:
            return found, None
        if key(text) in words.unknown:
            return None, None
        found = names.find(text)
        return found, None if found is not None else f"unknown_{names.concept}"

    return read


def bool_reader(words: Words) -> Reader:
    """Yes and no in either language."""

    def read(text: str) -> Result:
        folded = key(text)
        if folded in words.yes or folded in words.no:
            return folded in words.yes, None
        return None, None if folded in words.unknown else "not_yes_no"

    return read


def parse_number(text: str, *, dot_is_decimal: bool = False) -> Decimal | None:
    """A number with decimal comma or dot and space, NBSP, apostrophe, dot or comma between thousands.

    ``1.234`` and ``1,234`` are 1 234: three digits behind are thousands, unless a workbook's own number.
    A number of its own never ends in a nought behind the dot and never has two, so ``98.000`` and
    ``1.234.567`` are text there, and 98 000 and 1 234 567.
    """
    cut = _CURRENCY.sub("", clean(text).casefold().replace("−", "-")).removesuffix(",-").strip()
    negative, cut = cut.startswith("-"), cut.removeprefix("-").strip()
    for pattern, thousands in (
        (_SPACED, " "),
        (_APOSTROPHES, "'’"),
        (_DOTS_COMMA, "."),
        (_COMMAS_DOT, ","),
        (_COMMAS, ","),
        (_SEVERAL_DOTS if dot_is_decimal and not cut.endswith("0") else _DOTS, "."),
        (_PLAIN, ""),
        (_SCIENTIFIC, ""),
    ):
        if pattern.fullmatch(cut):
            digits = "".join(c for c in cut if c not in thousands).replace(",", ".")
            return -Decimal(digits) if negative else Decimal(digits)
    return None


def int_reader(
    words: Words, minimum: int | None, maximum: int | None, *, dot_is_decimal: bool = False
) -> Reader:
    """A whole number within bounds (64 bits without others)."""

    def read(text: str) -> Result:
        if key(text) in words.unknown:
            return None, None
        number = parse_number(text, dot_is_decimal=dot_is_decimal)
        if number is None:
            return None, "not_a_number"
        if abs(number) > _INT64 or (minimum is not None and number < minimum):
            return None, "out_of_range"
        if number != int(number):
            return None, "not_a_whole_number"
        return (None, "out_of_range") if maximum is not None and number > maximum else (int(number), None)

    return read


def decimal_reader(words: Words, minimum: int | None, *, dot_is_decimal: bool = False) -> Reader:
    """An amount with two decimals, rounded half up."""

    def read(text: str) -> Result:
        if key(text) in words.unknown:
            return None, None
        number = parse_number(text, dot_is_decimal=dot_is_decimal)
        if number is None:
            return None, "not_a_number"
        if abs(number) >= _DECIMAL or (minimum is not None and number < minimum):
            return None, "out_of_range"
        return number.quantize(Decimal("0.01"), ROUND_HALF_UP), None

    return read


def date_reader(words: Words, *, day_first: bool = False) -> Reader:
    """A date; ``nei`` and the like give None without a fault."""

    def read(text: str) -> Result:
        folded = key(text)
        if folded in words.no_date or folded in words.unknown:
            return None, None
        return parse_date(text, day_first=day_first)

    return read


def parse_date(text: str, *, day_first: bool = False) -> Result:
    """dd.mm.yyyy, ISO, US, named months, month and year (its first day), a year (1 January), Excel serial.

    Impossible days and texts that are no date: ``not_a_date``; a year outside 1900-9999: ``out_of_range``.
    """
    cut = _TIME.sub("", clean(text).casefold())
    parts = _date_parts(cut, day_first=day_first)
    if parts is None:
        return _from_serial(cut)
    year, month, day = parts
    if not _YEARS[0] <= year <= _YEARS[1]:
        return None, "out_of_range"
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "not_a_date"


def _date_parts(cut: str, *, day_first: bool) -> tuple[int, int, int] | None:
    """(year, month, day) as written, or None."""
    if m := SLASHED.fullmatch(cut):
        first, second = int(m[1]), int(m[2])
        is_day_first = first > 12 or (day_first and second <= 12)
        return (_year(m[3]), second, first) if is_day_first else (_year(m[3]), first, second)
    for pattern, parts in _DATE_FORMS:
        if (m := pattern.fullmatch(cut)) and (found := parts(m)) is not None:
            return found
    return None


def _year(text: str) -> int:
    """Two digits are a year from 1970 to 2069."""
    return int(text) + (2000 if int(text) < 70 else 1900) if len(text) == 2 else int(text)


def _with_month(year: str, month: str, day: str | None) -> tuple[int, int, int] | None:
    return (int(year), _MONTHS[month], int(day or 1)) if month in _MONTHS else None


_DATE_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int, int] | None]], ...] = (
    (_ISO, lambda m: (int(m[1]), int(m[2]), int(m[3]))),
    (_BASIC, lambda m: (int(m[1]), int(m[2]), int(m[3]))),
    (_NORWEGIAN, lambda m: (_year(m[3]), int(m[2]), int(m[1]))),
    (_MONTH_OF_YEAR, lambda m: (int(m[2]), int(m[1]), 1)),
    (_YEAR_MONTH, lambda m: (int(m[1]), int(m[2]), 1)),
    (_YEAR, lambda m: (int(m[1]), 1, 1)),
    (_NAMED, lambda m: _with_month(m[3], m[2], m[1])),
    (_NAMED_US, lambda m: _with_month(m[3], m[1], m[2])),
)


def _from_serial(cut: str) -> Result:
    """A number of days as spreadsheets count them."""
    if (m := _SERIAL.fullmatch(cut)) and _SERIALS[0] <= int(m[1]) <= _SERIALS[1]:
        return _EXCEL_EPOCH + timedelta(days=int(m[1])), None
    return None, "not_a_date"


def operations_reader(words: Words) -> Reader:
    """Letters of CRUD in that order, ``none``, or ``x`` (only known to be there)."""

    def read(text: str) -> Result:
        folded = key(text)
        if folded in words.none:
            return "none", None
        if folded in words.unknown:
            return None, None
        if folded == "x":
            return "x", None
        found: set[str] = set()
        for token in re.findall(r"[^\W\d_]+|[^\s,;|/+.&-]+", folded):
            if token in ("og", "and"):
                continue
            letters = _OPERATION_WORDS.get(token, token)
            if set(letters) - set("crud"):
                return None, "unknown_operation"
            found |= set(letters)
        return (
            ("".join(c for c in "CRUD" if c.lower() in found), None) if found else (None, "unknown_operation")
        )

    return read
