"""Benchmarks and positions for the peer groups ``all`` and ``size_class``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from statistics import median

from .cell import HUNDRED, Cell, Key
from .pack import Pack, load

BenchmarkKey = tuple[str, str, str, str, str]  # period, peer group type, peer group, indicator, mode
PositionKey = tuple[str, str, str, str, str]  # municipality, period, indicator, mode, peer group type
GROUP_TYPES = ("all", "size_class")
MIN_QUARTILES = 8
MIN_PERCENTILE = 10


@dataclass(frozen=True)
class Benchmark:
    """The distribution of one indicator in one peer group; n counts status ok."""

    n: int
    mean: Fraction | None
    median: Fraction | None
    q1: Fraction | None
    q3: Fraction | None


@dataclass(frozen=True)
class Position:
    """Where one municipality stands in one peer group."""

    peer_group: str
    n: int
    rank: int | None
    percentile: Fraction | None
    gap_to_median: Fraction
    conclusion: str | None


def recompute_peers(
    cells: Mapping[Key, Cell], packs: Sequence[Path]
) -> tuple[dict[BenchmarkKey, Benchmark], dict[PositionKey, Position]]:
    """Benchmarks of every group with at least one value, and positions of every value."""
    pack = load(packs)
    groups: dict[BenchmarkKey, dict[str, Cell]] = defaultdict(dict)
    for (municipality, period, indicator, mode), cell in cells.items():
        if cell.status != "ok":
            continue
        for group_type in GROUP_TYPES:
            group = peer_group(pack, municipality, period, group_type)
            if group is not None:
                groups[(period, group_type, group, indicator, mode)][municipality] = cell
    benchmarks = {key: benchmark(list(members.values())) for key, members in groups.items()}
    positions: dict[PositionKey, Position] = {}
    for (period, group_type, group, indicator, mode), members in groups.items():
        better = pack.indicators[indicator]["better"]
        for municipality in members:
            key = (municipality, period, indicator, mode, group_type)
            positions[key] = position(municipality, members, group, better)
    return benchmarks, positions


def peer_group(pack: Pack, municipality: str, period: str, group_type: str) -> str | None:
    """The group's name; fictional municipalities have groups of their own."""
    name = "all" if group_type == "all" else pack.size_class(municipality, period)
    if name is None:
        return None
    is_fictional = pack.municipalities[municipality]["is_fictional"] == "true"
    return f"fictional:{name}" if is_fictional else name


def value_of(cell: Cell) -> Fraction:
    assert cell.value is not None, "status ok without a value"
    return cell.value


def benchmark(members: Sequence[Cell]) -> Benchmark:
    values = sorted(value_of(cell) for cell in members)
    n = len(values)
    q1, q3 = (None, None) if n < MIN_QUARTILES else (quantile(values, 1), quantile(values, 3))
    return Benchmark(n, sum(values, Fraction(0)) / n, Fraction(median(values)), q1, q3)


def quantile(ordered: Sequence[Fraction], quarter: int) -> Fraction:
    """Type 7: linear interpolation at (N − 1)·quarter ÷ 4."""
    place = Fraction((len(ordered) - 1) * quarter, 4)
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def one_decimal(value: Fraction) -> Decimal:
    """Twelve decimals first, then one, half away from zero."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        twelve = exact.quantize(Decimal("1e-12"), ROUND_HALF_EVEN)
        return twelve.quantize(Decimal("0.1"), ROUND_HALF_UP)


def compared(cell: Cell, better: str) -> Decimal:
    """The less favourable bound where there are bounds, turned so that more is better."""
    bound = cell.lower_bound if better == "up" else cell.upper_bound
    shown = one_decimal(value_of(cell) if bound is None else bound)
    return shown if better == "up" else -shown


def position(municipality: str, members: Mapping[str, Cell], group: str, better: str) -> Position:
    own = members[municipality]
    n = len(members)
    rank, percentile = None, None
    if better != "neutral":
        mine = compared(own, better)
        all_values = [compared(cell, better) for cell in members.values()]
        if n < MIN_PERCENTILE:
            rank = 1 + sum(value > mine for value in all_values)
        else:
            below, equal = (sum(v < mine for v in all_values), sum(v == mine for v in all_values))
            percentile = HUNDRED * (below + Fraction(equal, 2)) / n
    middle = Fraction(median([value_of(cell) for cell in members.values()]))
    others = [value_of(cell) for number, cell in members.items() if number != municipality]
    gap = value_of(own) - middle
    return Position(group, n, rank, percentile, gap, conclusion(own, others))


def conclusion(own: Cell, others: Sequence[Fraction]) -> str | None:
    """Interval or bounds against the median of the others; touching is across."""
    if not others:
        return None
    middle = Fraction(median(others))
    low, high = span(own)
    if low > middle:
        return "above"
    if high < middle:
        return "below"
    return "unresolved" if own.coverage is not None and own.coverage < HUNDRED else "across"


def span(cell: Cell) -> tuple[Fraction, Fraction]:
    """Interval, else bounds, else the value itself."""
    if cell.ci_low is not None and cell.ci_high is not None:
        return Fraction(cell.ci_low), Fraction(cell.ci_high)
    if cell.lower_bound is not None and cell.upper_bound is not None:
        return cell.lower_bound, cell.upper_bound
    return value_of(cell), value_of(cell)
