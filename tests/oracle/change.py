"""Change since the latest earlier value on today's boundaries, with its interval or bounds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from .calendar import reference_date
from .cell import Cell, Key
from .pack import Pack, Row
from .peers import span
from .survey import t_quantile, wilson

NO_EARLIER = "no_earlier_value"
BROKEN = "break_in_series"


@dataclass(frozen=True)
class Change:
    """Status is the value's own where it is not ok, and ``no_earlier_value`` where nothing compares."""

    status: str
    value: Fraction | None = None
    previous_period: str | None = None
    previous_value: Fraction | None = None
    change: Fraction | None = None
    change_low: float | Fraction | None = None
    change_high: float | Fraction | None = None
    is_sure: bool | None = None


def recompute_change(cells: Mapping[Key, Cell], pack: Pack) -> dict[Key, Change]:
    """One for each whole municipality on today's boundaries, period, indicator and mode."""
    series: dict[tuple[str, str, str], dict[str, Cell]] = defaultdict(dict)
    for (municipality, period, indicator, mode), cell in cells.items():
        series[(municipality, indicator, mode)][period] = cell
    found: dict[Key, Change] = {}
    for (municipality, indicator, mode), own in series.items():
        row = pack.indicators[indicator]
        for period, cell in own.items():
            found[(municipality, period, indicator, mode)] = _change(
                municipality, own, period, cell, row, mode, pack
            )
    return found


def _change(
    municipality: str, own: Mapping[str, Cell], period: str, cell: Cell, row: Row, mode: str, pack: Pack
) -> Change:
    if cell.status != "ok" or cell.value is None:
        return Change(cell.status)
    previous = previous_period(municipality, own, period, row, pack)
    if previous is None or previous == BROKEN:
        return Change(previous or NO_EARLIER, cell.value)
    before = own[previous]
    assert before.value is not None, "status ok without a value"
    low, high = ends(before, cell, row, mode)
    is_sure = None if low is None or high is None else above_zero(low) or above_zero(-high)
    return Change("ok", cell.value, previous, before.value, cell.value - before.value, low, high, is_sure)


def above_zero(end: float | Fraction) -> bool:
    """To twelve decimals, as values are told apart elsewhere: an end that touches 0 is not above it."""
    return Fraction(end) > Fraction(1, 2 * 10**12)


def previous_period(
    municipality: str, own: Mapping[str, Cell], period: str, row: Row, pack: Pack
) -> str | None:
    """The latest earlier one with status ok, of the same frequency and a comparable instrument.

    BROKEN where a period of the pack in which a number that was split was valid lies before it.
    """
    earlier = [p for p in pack.periods if reference_date(p) < reference_date(period)]
    for other in sorted(earlier, key=reference_date, reverse=True):
        if any(pack.is_split(number) for number in pack.parts(municipality, other)):
            return BROKEN
        is_alike = len(other) == len(period) and is_comparable(other, period, row, pack)
        if is_alike and other in own and own[other].status == "ok":
            return other
    return None


def is_comparable(earlier: str, period: str, row: Row, pack: Pack) -> bool:
    """A survey's values compare with the same instrument, or where all their items are linked."""
    if "survey" not in (row["source_kind"], row.get("second_source_kind", "")):
        return True
    if pack.instrument(earlier) == pack.instrument(period):
        return True
    return all(_linked(earlier, period, items, pack) for items in _item_sets(row, pack))


def _item_sets(row: Row, pack: Pack) -> list[tuple[str, str]]:
    """What must be linked: (column, value) of the instrument's items."""
    if row["item_id"]:
        return [("item_id", row["item_id"])]
    if row["indicator_id"] == "PRO_GAP":
        return [("item_id", "PO1")]
    if row["dimension_id"]:
        return [("dimension_id", row["dimension_id"])]
    parts = [r for r in pack.rows("composite_part") if r["indicator_id"] == row["indicator_id"]]
    return [("dimension_id", part["dimension_id"]) for part in parts]


def _linked(earlier: str, period: str, chosen: tuple[str, str], pack: Pack) -> bool:
    """Whether each item of both instruments is linked with one of the other, on equally long scales."""
    column, value = chosen
    now = {i.item_id: i.points for i in pack.items(period) if getattr(i, column) == value}
    links = {
        row["item_id"]: row["earlier_item_id"]
        for row in pack.rows("item_link")
        if row["instrument_id"] == pack.instrument(period)
        and row["earlier_instrument_id"] == pack.instrument(earlier)
    }
    if column == "item_id":
        value = links.get(value, "")
    then = {i.item_id: i.points for i in pack.items(earlier) if getattr(i, column) == value}
    pairs = {item: links.get(item, "") for item in now}
    return bool(now) and set(pairs.values()) == set(then) and all(now[a] == then[b] for a, b in pairs.items())


def ends(
    before: Cell, after: Cell, row: Row, mode: str
) -> tuple[float | Fraction | None, float | Fraction | None]:
    """The interval or the bounds of the change; neither for levels, coverages and official answers."""
    indicator, family = row["indicator_id"], row["family"]
    if indicator == "MOD_LVL" or family == "COV" or mode == "official":
        return None, None
    if family == "MOD":
        return welch(before, after)
    if family == "BAR":
        return newcombe(before, after)
    if before.lower_bound is None or after.lower_bound is None:
        return None, None
    # PRO_GAP has an interval besides its bounds: of both the hull, as in the positions.
    earlier, later = span(before), span(after)
    return later[0] - earlier[1], later[1] - earlier[0]


def welch(before: Cell, after: Cell) -> tuple[float, float]:
    """Welch's t interval of a difference of two means, from their standard errors and n."""
    errors = [one.error_variance or 0.0 for one in (before, after)]
    degrees = [(one.n or 0) - 1 for one in (before, after)]
    middle = float((after.value or 0) - (before.value or 0))
    total = sum(errors)
    if total == 0:
        return middle, middle
    freedom = total**2 / sum(error**2 / df for error, df in zip(errors, degrees, strict=True))
    half = t_quantile(freedom) * math.sqrt(total)
    return middle - half, middle + half


def newcombe(before: Cell, after: Cell) -> tuple[float, float]:
    """Newcombe's interval (his method 10) of the difference of two shares, from Wilson's intervals."""
    shares = [float(one.value or 0) for one in (before, after)]
    spans = [wilson(int(one.numerator or 0), int(one.denominator or 0)) for one in (before, after)]
    middle = shares[1] - shares[0]
    down = math.hypot(shares[1] - spans[1][0], spans[0][1] - shares[0])
    up = math.hypot(spans[1][1] - shares[1], shares[0] - spans[0][0])
    return middle - down, middle + up
