"""Whom to learn from: the owners of the same body, else the nearest neighbours, that stand better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from .cell import Cell, Key
from .pack import Pack
from .peers import neighbours_of, span, value_of

LessonKey = tuple[str, str, str, str, str]  # municipality, period, indicator, mode, teacher
MOST = 5


@dataclass(frozen=True)
class Lesson:
    """One to learn from; place from 1."""

    place: int
    teacher_value: Fraction
    own_value: Fraction
    has_reached: bool | None
    is_sure: bool


@dataclass(frozen=True)
class Standing:
    """A value turned so that more is better: itself, at its worst bound, and both ends of its range."""

    value: Decimal
    at_worst: Decimal
    worst: Decimal
    best: Decimal
    has_reached: bool | None


def lessons(cells: Mapping[Key, Cell], pack: Pack) -> dict[LessonKey, Lesson]:
    """cells: whole municipalities on today's boundaries."""
    index = {key[:2] for key in cells}
    near = neighbours_of(pack, index)
    targets = {row["indicator_id"]: Fraction(row["value"]) for row in pack.rows("target")}
    standings = {
        key: standing(cell, pack.indicators[key[2]]["better"], targets.get(key[2]))
        for key, cell in cells.items()
        if cell.status == "ok" and pack.indicators[key[2]]["better"] != "neutral"
    }
    found: dict[LessonKey, Lesson] = {}
    for key, own in standings.items():
        better = []
        for other in teachers(pack, near, key[0], key[1]):
            there = standings.get((other, *key[1:]))
            if there is not None and teaches(there, own):
                is_sure = there.worst > own.best
                better.append((not is_sure, -there.at_worst, -there.value, other))
        for place, (is_unsure, _, _, other) in enumerate(sorted(better)[:MOST], start=1):
            theirs = (other, *key[1:])
            found[(*key, other)] = Lesson(
                place,
                value_of(cells[theirs]),
                value_of(cells[key]),
                standings[theirs].has_reached,
                not is_unsure,
            )
    return found


def teachers(
    pack: Pack, near: Mapping[tuple[str, str], list[str]], municipality: str, period: str
) -> set[str]:
    """The other owners of its bodies, of the same kind; of one that owns none its neighbours."""
    owners = [(row["sbo_id"], row["municipality_number"]) for row in pack.rows("owner")]
    bodies = {body for body, number in owners if number == municipality}
    if not bodies:
        return set(near.get((municipality, period), ()))
    kind = pack.is_fictional(municipality)
    together = {number for body, number in owners if body in bodies and pack.is_fictional(number) == kind}
    return together - {municipality}


def teaches(there: Standing, own: Standing) -> bool:
    """Better, and either better at the worst of its range or on the target that the other has missed."""
    closed = there.has_reached is True and own.has_reached is False
    return there.value > own.value and (there.worst > own.value or closed)


def standing(cell: Cell, better: str, target: Fraction | None) -> Standing:
    value = value_of(cell)
    bounds = (
        value if cell.lower_bound is None else cell.lower_bound,
        value if cell.upper_bound is None else cell.upper_bound,
    )
    at_worst = twelve(worst(better, *bounds))
    reached = None if target is None else at_worst >= twelve(worst(better, target, target))
    low, high = span(cell)
    return Standing(
        twelve(worst(better, value, value)),
        at_worst,
        twelve(worst(better, low, high)),
        twelve(best(better, low, high)),
        reached,
    )


def worst(better: str, low: Fraction, high: Fraction) -> Fraction:
    if better == "near_zero":
        return -max(abs(low), abs(high))
    return low if better == "up" else -high


def best(better: str, low: Fraction, high: Fraction) -> Fraction:
    if better == "near_zero":
        return Fraction(0) if low <= 0 <= high else -min(abs(low), abs(high))
    return high if better == "up" else -low


def twelve(value: Fraction) -> Decimal:
    """Twelve decimals: what is alike to that is alike."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal("1e-12"), ROUND_HALF_UP)
