"""Benchmarks, positions and neighbours on today's boundaries, for every type of peer group."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from statistics import median

from .cell import HUNDRED, Cell, Key
from .pack import Pack, load

BenchmarkKey = tuple[str, str, str, str, str]  # period, peer group type, peer group, indicator, mode
PositionKey = tuple[str, str, str, str, str]  # municipality, period, indicator, mode, peer group type
NeighbourKey = tuple[str, str, str]  # municipality, period, neighbour
NEAREST = "nearest"
GROUP_TYPES = ("all", "size_class", "kostra_group", "county", "centrality", "owners")
STABLE_TYPES = ("size_class", "kostra_group", NEAREST)
MIN_QUARTILES = 8
MIN_PERCENTILE = 10
MIN_STABLE = 5
N_NEIGHBOURS = 10


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
    others_median: Fraction | None = None
    is_favourable: bool | None = None
    is_stable: bool | None = None


@dataclass(frozen=True)
class Neighbour:
    """One of a municipality's nearest; rank from 1."""

    rank: int
    distance: float


def recompute_peers(
    cells: Mapping[Key, Cell], packs: Sequence[Path]
) -> tuple[dict[BenchmarkKey, Benchmark], dict[PositionKey, Position]]:
    """Benchmarks of every group with at least one value, and positions of every value.

    cells: those of boundary ``current``, whole municipalities.
    """
    pack = load(packs)
    near = neighbours_of(pack, {key[:2] for key in cells})
    members: dict[BenchmarkKey, dict[str, Cell]] = defaultdict(dict)
    for (municipality, period, indicator, mode), cell in cells.items():
        if cell.status == "ok":
            for group_type, group in groups_of(pack, near, municipality, period):
                members[(period, group_type, group, indicator, mode)][municipality] = cell
    benchmarks = {key: benchmark(list(own.values())) for key, own in members.items()}
    positions: dict[PositionKey, Position] = {}
    for (period, group_type, group, indicator, mode), own in members.items():
        better = pack.indicators[indicator]["better"]
        for municipality in own:
            # A group of nearest neighbours is one municipality's: the others only stand in it.
            if group_type != NEAREST or group == municipality:
                key = (municipality, period, indicator, mode, group_type)
                # Of several cooperation bodies the first.
                if key not in positions or group < positions[key].peer_group:
                    positions[key] = position(municipality, own, group, better)
    return benchmarks, with_stability(positions)


def groups_of(
    pack: Pack, near: Mapping[tuple[str, str], Sequence[str]], municipality: str, period: str
) -> list[tuple[str, str]]:
    """The groups, as (type, name), in which a municipality's value stands."""
    found = [
        (group_type, name)
        for group_type in GROUP_TYPES
        for name in peer_groups(pack, municipality, period, group_type)
    ]
    return found + [
        (NEAREST, other)
        for (other, own_period), own in near.items()
        if own_period == period and (municipality == other or municipality in own)
    ]


def peer_groups(pack: Pack, municipality: str, period: str, group_type: str) -> list[str]:
    """The names of the groups; fictional municipalities have groups of their own."""
    row = pack.municipalities[municipality]
    names: dict[str, list[str | None]] = {
        "all": ["all"],
        "size_class": [pack.size_class(municipality, period)],
        "kostra_group": [row.get("kostra_group")],
        "county": [row.get("county_number")],
        "centrality": [row.get("centrality_class")],
        "owners": [r["sbo_id"] for r in pack.rows("owner") if r["municipality_number"] == municipality],
    }
    prefix = "fictional:" if pack.is_fictional(municipality) else ""
    return [prefix + name for name in names[group_type] if name]


def with_stability(positions: Mapping[PositionKey, Position]) -> dict[PositionKey, Position]:
    """Whether size class, KOSTRA group and nearest neighbours with five or more say the same."""
    said: dict[tuple[str, ...], list[str | None]] = defaultdict(list)
    for key, own in positions.items():
        if key[4] in STABLE_TYPES and own.n >= MIN_STABLE:
            said[key[:4]].append(own.conclusion)
    return {key: replace(own, is_stable=_agree(said[key[:4]])) for key, own in positions.items()}


def _agree(conclusions: Sequence[str | None]) -> bool | None:
    return len(set(conclusions)) == 1 if len(conclusions) >= 2 else None


# --- neighbours -----------------------------------------------------------------------------


def neighbours_of(pack: Pack, index: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """(municipality, period) → its nearest, in their order."""
    found: dict[tuple[str, str], list[str]] = {}
    for (municipality, period, other), _ in sorted(
        neighbours(pack, index).items(), key=lambda item: (item[0][:2], item[1].rank)
    ):
        found.setdefault((municipality, period), []).append(other)
    return found


def neighbours(pack: Pack, index: Iterable[tuple[str, str]]) -> dict[NeighbourKey, Neighbour]:
    """The ten nearest of the period's other participants of the same kind.

    index: the municipalities of the index on today's boundaries, as (number, period).
    """
    by_period: dict[str, set[str]] = defaultdict(set)
    for municipality, period in index:
        by_period[period].add(municipality)
    found: dict[NeighbourKey, Neighbour] = {}
    for period, own in sorted(by_period.items()):
        for kind in (True, False):
            places = standardised(pack, period, kind)
            taking_part = sorted(number for number in own if number in places)
            for municipality in taking_part:
                others = [
                    (distance(pack, places[municipality], places[other]), other)
                    for other in taking_part
                    if other != municipality
                ]
                others.sort(key=lambda item: (round(item[0] ** 2, 12), item[1]))
                for rank, (far, other) in enumerate(others[:N_NEIGHBOURS], start=1):
                    found[(municipality, period, other)] = Neighbour(rank, far)
    return found


def standardised(pack: Pack, period: str, is_fictional: bool) -> dict[str, tuple[float, ...]]:
    """z-scores of ln population, ln area and centrality over all of the kind that have all three.

    The standard deviation has divisor N.
    """
    figures = {
        number: own
        for number in pack.municipalities
        if pack.is_fictional(number) == is_fictional and (own := _figures(pack, number, period))
    }
    scales = []
    for values in zip(*figures.values(), strict=True):
        middle = math.fsum(values) / len(values)
        scales.append((middle, math.sqrt(math.fsum((v - middle) ** 2 for v in values) / len(values))))
    return {
        number: tuple(
            (value - middle) / spread if spread else 0.0
            for value, (middle, spread) in zip(own, scales, strict=True)
        )
        for number, own in figures.items()
    }


def _figures(pack: Pack, number: str, period: str) -> tuple[float, ...]:
    """Empty where one of the three is unknown."""
    row = pack.municipalities[number]
    people, area, centrality = (
        pack.population(number, period),
        row.get("area_km2"),
        row.get("centrality_class"),
    )
    if not people or not area or not centrality or float(area) <= 0:
        return ()
    return math.log(people), math.log(float(area)), float(centrality)


def distance(pack: Pack, one: Sequence[float], two: Sequence[float]) -> float:
    """√Σ weight·(z₁ − z₂)²."""
    given = {row["variable"]: float(row["weight"]) for row in pack.rows("peer_weight")}
    weights = [given.get(name, 1.0) for name in ("log_population", "log_area", "centrality_class")]
    return math.sqrt(math.fsum(w * (a - b) ** 2 for w, a, b in zip(weights, one, two, strict=True)))


# --- one group ------------------------------------------------------------------------------


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
    value = value_of(cell)
    low = value if cell.lower_bound is None else cell.lower_bound
    high = value if cell.upper_bound is None else cell.upper_bound
    if better == "near_zero":
        return -one_decimal(max(abs(low), abs(high)))
    return one_decimal(low) if better == "up" else -one_decimal(high)


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
            percentile = percentile_of(all_values, mine)
    middle = Fraction(median([value_of(cell) for cell in members.values()]))
    others = [value_of(cell) for number, cell in members.items() if number != municipality]
    gap = value_of(own) - middle
    said = conclusion(own, others)
    against = Fraction(median(others)) if others else None
    good = None if said not in ("above", "below") or against is None else favourable(own, against, better)
    return Position(group, n, rank, percentile, gap, said, against, good)


def percentile_of(values: Sequence[Decimal], mine: Decimal) -> Fraction:
    """100·(below + ½·equal) ÷ N; more is better, and the value itself is among the equal."""
    below, equal = sum(value < mine for value in values), sum(value == mine for value in values)
    return HUNDRED * (below + Fraction(equal, 2)) / len(values)


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


def favourable(own: Cell, middle: Fraction, better: str) -> bool | None:
    """Whether the side of ``middle`` that all of the range lies on is the better one.

    None for neutral, and where nearest to 0 is best and the range is neither all nearer nor all farther.
    """
    if better == "neutral":
        return None
    low, high = span(own)
    if better != "near_zero":
        return (low > middle) == (better == "up")
    if -abs(middle) < low and high < abs(middle):
        return True
    return False if low > abs(middle) or high < -abs(middle) else None


def span(cell: Cell) -> tuple[Fraction, Fraction]:
    """The hull of interval and bounds, else the value itself."""
    ends = [Fraction(end) for end in (cell.ci_low, cell.ci_high) if end is not None]
    ends += [end for end in (cell.lower_bound, cell.upper_bound) if end is not None]
    return (min(ends), max(ends)) if ends else (value_of(cell), value_of(cell))
