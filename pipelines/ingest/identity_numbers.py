"""National identity numbers in any writing: with spaces, dots or hyphens, and as numbers of a spreadsheet.

D-numbers (day + 40), H-numbers and synthetic ones (month + 40 or + 80) are told as well. A number counts
only with both check digits and a legal date, so that an account number is seldom taken for one. Pure.
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal

# What people write between the parts of a number: a class of characters, in Rust's regular expressions too.
BETWEEN = r"\s./_\u00a0\u2010-\u2015-"
# 010180 12345, 01.01.80-12345, 010180 123 45. Looking ahead, since one may hide in a longer row of digits.
_WRITTEN = re.compile(
    rf"(?<!\d)(?=(\d\d)[{BETWEEN}]?(\d\d)[{BETWEEN}]?(\d\d)[{BETWEEN}]{{0,3}}(\d{{3}})[{BETWEEN}]?(\d\d)(?!\d))"
)
# A cell that a spreadsheet made a number of: the zero in front is gone, and there may be a fraction of zeros.
_NUMBER = re.compile(r"\s*(\d{10,11})(?:[.,]0+)?\s*")
_SCIENTIFIC = re.compile(r"\s*(\d[.,]\d{1,12})[eE]\+?0?(?:9|10)\s*")
_WEIGHTS_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_WEIGHTS_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MONTH_OFFSETS = (0, 40, 80)
_DAY_OFFSET = 40
# The two digits of a year do not tell the century: a leap year in one is one in the other, but for 1900.
_A_CENTURY = 2000


def has_national_id(text: str) -> bool:
    """Whether a national identity number stands anywhere in a text, or the whole of it is one as a number."""
    if any(is_national_id("".join(parts)) for parts in _WRITTEN.findall(text)):
        return True
    number = _as_number(text)
    return number is not None and is_national_id(number)


def spans_of_national_ids(text: str) -> list[tuple[int, int]]:
    """Where in a text identity numbers stand."""
    return [
        (found.start(1), found.end(5))
        for found in _WRITTEN.finditer(text)
        if is_national_id("".join(found.groups()))
    ]


def is_national_id(digits: str) -> bool:
    """Whether 11 digits are a national identity, D-, H- or synthetic number: two check digits and a date."""
    n = [int(d) for d in digits]
    if len(n) != 11:
        return False
    first = 11 - sum(w * d for w, d in zip(_WEIGHTS_1, n, strict=False)) % 11
    second = 11 - sum(w * d for w, d in zip(_WEIGHTS_2, n, strict=False)) % 11
    return n[9] == first % 11 and n[10] == second % 11 and 10 not in (first, second) and _has_date(digits)


def _as_number(text: str) -> str | None:
    """The eleven digits of a cell that is a number and nothing else."""
    if found := _NUMBER.fullmatch(text):
        return found[1].zfill(11)
    if found := _SCIENTIFIC.fullmatch(text):
        value = Decimal(text.strip().replace(",", "."))
        return str(int(value)).zfill(11) if value == int(value) else None
    return None


def _has_date(digits: str) -> bool:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    months = [month - offset for offset in _MONTH_OFFSETS if 1 <= month - offset <= 12]
    if not months:
        return False
    days = calendar.monthrange(_A_CENTURY + year, months[0])[1]
    return 1 <= (day - _DAY_OFFSET if day > _DAY_OFFSET else day) <= days
