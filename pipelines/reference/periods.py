"""Periods: a year (``2026``) or a half of one (``2026-H1``), and the last day of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

_PERIOD = re.compile(r"([12][0-9]{3})(?:-H([12]))?", re.ASCII)


@dataclass(frozen=True)
class Period:
    """A year, or its first or second half (``half`` is 1 or 2; None for the whole year)."""

    year: int
    half: int | None = None

    @property
    def frequency(self) -> Literal["year", "half"]:
        """How often such periods come; one installation uses one frequency."""
        return "year" if self.half is None else "half"

    @property
    def reference_date(self) -> date:
        """The last day of the period."""
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.half is None else f"{self.year:04d}-H{self.half}"


def parse_period(text: str) -> Period:
    """Read ``YYYY``, ``YYYY-H1`` or ``YYYY-H2`` exactly; anything else raises ValueError."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a period; write a year (2026) or a half-year (2026-H1, 2026-H2)")
    year, half = found.groups()
    return Period(int(year), int(half) if half else None)


def reference_date(period: str | Period) -> date:
    """The last day of the period; raises ValueError where the text is no period."""
    return (parse_period(period) if isinstance(period, str) else period).reference_date
