"""People who do not exist: identity numbers with valid check digits, made from invented dates of birth."""

from __future__ import annotations

from itertools import count

_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

EMAIL = "ukjent.person@eksempel.invalid"
PHONE = "22 00 00 01"
MOBILE = "+47 900 00 001"
NAME = "Tordis Fjelldalen"


def identity_number(
    day: int, month: int, year: int, *, d_number: bool = False, synthetic: bool = False
) -> str:
    """The first identity number of an invented date of birth; a D-number has 40 added to the day.

    synthetic: 80 added to the month, as in the tax authority's test population.
    """
    born = f"{day + 40 * d_number:02d}{month + 80 * synthetic:02d}{year % 100:02d}"
    for individual in count(501 if year >= 2000 else 1):
        digits = [int(digit) for digit in f"{born}{individual:03d}"]
        first = _check_digit(digits, _FIRST)
        second = _check_digit([*digits, first], _SECOND) if first < 10 else 10
        if second < 10:
            return f"{born}{individual:03d}{first}{second}"
    raise AssertionError("there is always one")


def _check_digit(digits: list[int], weights: tuple[int, ...]) -> int:
    """Modulus 11; 10 means that the number is not given out."""
    return (11 - sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11) % 11


NATIONAL_ID = identity_number(29, 2, 1996)
D_NUMBER = identity_number(30, 11, 1988, d_number=True)
SYNTHETIC_ID = identity_number(31, 12, 1975, synthetic=True)
# Eleven digits whose last check digit is wrong: a number like any other.
NO_ID = NATIONAL_ID[:-1] + str((int(NATIONAL_ID[-1]) + 1) % 10)
