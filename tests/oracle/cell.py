"""One number of the benchmark, and the few things every family says the same way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Key = tuple[str, str, str, str]  # municipality number, period, indicator, collection mode

# The order in which a status wins over the ones after it.
PRECEDENCE = (
    "not_applicable",
    "not_delivered",
    "rejected",
    "break_in_series",
    "too_few_respondents",
    "insufficient_coverage",
    "no_denominator",
    "suppressed",
    "ok",
)
HUNDRED = Fraction(100)
MIN_COVERAGE = Fraction(70)


@dataclass(frozen=True)
class Cell:
    """Status and numbers of one municipality, period, indicator and collection mode.

    Percentages and scores are 0-100; ``coverage`` likewise, None for the survey. error_variance: of
    a survey score, the square of its standard error, which the change over time needs.
    """

    status: str
    value: Fraction | None = None
    lower_bound: Fraction | None = None
    upper_bound: Fraction | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    n: int | None = None
    coverage: Fraction | None = None
    error_variance: float | None = None


def worst(statuses: list[str]) -> str:
    """The status that comes first in the order of precedence."""
    return min(statuses, key=PRECEDENCE.index)


def enough(known: int, everything: int) -> bool:
    """Coverage of 70 % or more, in whole numbers; nothing expected is nothing missing."""
    return 10 * known >= 7 * everything


def percent(ratio: Fraction | None) -> Fraction | None:
    """0-1 as 0-100."""
    return None if ratio is None else HUNDRED * ratio
