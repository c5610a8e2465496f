"""What is masked before anything is read: identity numbers, e-mail and telephone numbers."""

from __future__ import annotations

import re
from datetime import date

from .names import MASK

EMAIL = re.compile(r"[^\s@;,|<>]+@[^\s@;,|<>]+\.[^\s@;,|<>.]+")
ELEVEN = re.compile(r"(?<!\d)(\d{6})[ .\u00a0-]?(\d{5})(?!\d)")
PHONE = re.compile(
    r"(?<![\d.,+])(?:(?:\+|00)\d{1,3}[ -]?\d(?:[ -]?\d){6,11}"
    r"|[2-9]\d \d{2} \d{2} \d{2}|[489]\d{2} \d{2} \d{3}|[2-9]\d{7})(?!\d)(?![.,]\d)"
)
WEIGHTS = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
# Columns where many digits in a row are no telephone number.
NUMBERS = {
    *("system id", "respondent", "municipality", "anskaffet", "avtaleslutt", "ros dato", "beskrevet dato"),
    *("besluttet dato", "årlig kostnad", "brukere", "volum per år", "personopplysninger", "måles"),
    *("komplett", "lagrer kopi", "master", "automatisk", "i bruk", "kartlagt før", "gevinst måles"),
}


def masked(text: str, column: str) -> str:
    """The cell's text, or the mask where it holds something personal."""
    found = EMAIL.search(text) or any(is_identity(a + b) for a, b in ELEVEN.findall(text))
    if not found and column not in NUMBERS:
        found = any(not _is_date(number) for number in PHONE.findall(text))
    return MASK if found else text


def is_identity(digits: str) -> bool:
    """A national identity or D-number: a day of birth (plus 40), and both check digits right."""
    day = int(digits[:2])
    is_day = 1 <= day <= 31 or 41 <= day <= 71
    numbers = [int(digit) for digit in digits]
    return is_day and all(sum(map(int.__mul__, weights, numbers)) % 11 == 0 for weights in WEIGHTS)


def _is_date(number: str) -> bool:
    if not re.fullmatch(r"(19|20)\d{6}", number):
        return False
    try:
        date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except ValueError:
        return False
    return True
