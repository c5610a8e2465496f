"""Periods, months and the date formats that deliveries use."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

EXCEL_EPOCH = date(1899, 12, 30)


def reference_date(period: str) -> date:
    """The last day of ``YYYY``, ``YYYY-H1`` or ``YYYY-H2``."""
    year = int(period[:4])
    return date(year, 6, 30) if period.endswith("H1") else date(year, 12, 31)


def months_before(day: date, months: int) -> date:
    """So many calendar months earlier; the last day stands for a day the month does not have."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_recent(day: date, reference: date, months: int = 24) -> bool:
    """After the reference date less ``months``, and not after the reference date."""
    return months_before(reference, months) < day <= reference


def read_date(text: str) -> date | None:
    """A date as delivered (ISO, dd.mm.yyyy, US, Excel serial, a year = its 1 January), else None."""
    plain = text.strip()
    patterns = (
        (r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?"),
        (r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
        (r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"),
    )
    for pattern in patterns:
        if match := re.fullmatch(pattern, plain):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return _from_number(plain)


def _from_number(plain: str) -> date | None:
    if re.fullmatch(r"(19|20)\d{2}(\.0)?", plain):
        return date(int(plain[:4]), 1, 1)
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        return EXCEL_EPOCH + timedelta(days=int(float(plain)))
    return None
