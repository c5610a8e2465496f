"""Periods and names: small functions that every room relies on."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reference.names import normalise
from pipelines.reference.periods import Period, parse_period, reference_date


@pytest.mark.parametrize(
    ("text", "period", "last_day"),
    [
        ("2026", Period(2026), date(2026, 12, 31)),
        ("2026-H1", Period(2026, 1), date(2026, 6, 30)),
        ("2026-H2", Period(2026, 2), date(2026, 12, 31)),
    ],
)
def test_periods_are_read_exactly(text: str, period: Period, last_day: date) -> None:
    assert parse_period(text) == period
    assert str(period) == text
    assert reference_date(text) == reference_date(period) == last_day


@pytest.mark.parametrize(
    "text", ["", "26", "2026-H3", "2026-h1", "2026H1", " 2026", "2026\n", "2026-01", "٢٠٢٦", "0026"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        parse_period(text)


def test_frequency() -> None:
    assert [parse_period(text).frequency for text in ("2026", "2026-H2")] == ["year", "half"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Økonomi,\nHR  og lønn ", "økonomi, hr og lønn"),
        ("A\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}B", "a b"),
        ("Systemnavn *", "systemnavn *"),
        ("Er du enig ?", "er du enig"),
        ("Navn:", "navn"),
        ("A\N{COMBINING RING ABOVE}s", "ås"),
        ("f.eks. dette", "f.eks. dette"),
        (" ?:. ", ""),
    ],
)
def test_names_are_made_comparable(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
