"""SILO_OBJ: objects held in several focus areas that no automatic exchange connects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from .cell import HUNDRED, Cell, enough, percent
from .exchanges import ANY_OBJECT, Exchange, components
from .ratio import Choice, greatest_ratio, least_ratio
from .shares import NO, OUT, YES, Options
from .systems import NONE, Grid

Areas = frozenset[str]
CHOICES: dict[str, Choice] = {OUT: (0, 0), NO: (0, 1), YES: (1, 1)}


def silo_objects(
    grid: Grid, exchanges: Sequence[Exchange], areas: Mapping[str, Areas]
) -> list[tuple[str, Options]]:
    """For each core object, what it is in the value (out, yes, no) and what it can be.

    areas: the focus areas of each active system.
    """
    found = []
    for object_id in sorted({key[1] for key in grid.states}):
        cells = {key[0]: states for key, states in grid.states.items() if key[1] == object_id}
        sure = [areas[system] for system, states in sorted(cells.items()) if NONE not in states]
        maybe = [areas[s] for s, states in sorted(cells.items()) if NONE in states and states != {NONE}]
        ways = [e for e in exchanges if e.is_way and e.is_automatic and e.carries(object_id)]
        whole = touched(ways, areas)
        certain = touched([way for way in ways if way.object_id != ANY_OBJECT], areas)
        value = silo_state(sure, whole)
        found.append((value, silo_options(sure, maybe, whole, certain)))
    return found


def touched(ways: Sequence[Exchange], areas: Mapping[str, Areas]) -> list[Areas]:
    """The focus areas that each component of exchanges touches."""
    empty: Areas = frozenset()
    return [frozenset().union(*(areas.get(s, empty) for s in own)) for own in components(ways)]


def silo_state(holders: Sequence[Areas], reach: Sequence[Areas]) -> str:
    """Out when held in fewer than two areas; no when a component or one holder has them all."""
    everywhere: Areas = frozenset().union(*holders)
    if len(everywhere) < 2:
        return OUT
    return NO if any(everywhere <= own for own in (*reach, *holders)) else YES


def silo_options(
    sure: Sequence[Areas], maybe: Sequence[Areas], whole: Sequence[Areas], certain: Sequence[Areas]
) -> Options:
    """Over all completions of the cells, and of what an exchange without object carries.

    sure, maybe: areas of the systems that hold it, or may; whole, certain: what the components touch
    when exchanges with a blank object carry it, and when they do not.
    """
    if any(not own for own in (*sure, *maybe)):
        return frozenset({OUT, NO, YES})
    held: Areas = frozenset().union(*sure)
    found = {OUT} if len(held) < 2 else set()
    if any(_may_connect(held, maybe, own) for own in whole) or any(
        held <= own and len(own) >= 2 for own in (*sure, *maybe)
    ):
        found.add(NO)
    if _may_be_silo(sure, maybe, certain):
        found.add(YES)
    return frozenset(found)


def _may_connect(held: Areas, maybe: Sequence[Areas], reach: Areas) -> bool:
    """Whether some completion is held in two areas or more, all within what one component touches."""
    return held <= reach and len(held.union(*(own for own in maybe if own <= reach))) >= 2


def _may_be_silo(sure: Sequence[Areas], maybe: Sequence[Areas], certain: Sequence[Areas]) -> bool:
    """Whether some completion leaves the object in silos.

    More holders are more areas to reach, so all are taken; only a possible holder that is of all
    the areas by itself is left out, since with it there is no silo whoever else holds the object.
    """
    left = list(maybe)
    while True:
        holders = [*sure, *left]
        state = silo_state(holders, certain)
        if state != NO:
            return state == YES
        everywhere: Areas = frozenset().union(*holders)
        if any(everywhere <= own for own in (*certain, *sure)):
            return False
        left = [own for own in left if not everywhere <= own]


def silo_cell(objects: Sequence[tuple[str, Options]], known: int, expected: int) -> Cell:
    """known of expected: the cells of COV_SYS, which is the coverage."""
    yes = sum(value == YES for value, _ in objects)
    held = sum(value != OUT for value, _ in objects)
    choices = [[CHOICES[one] for one in sorted(options)] for _, options in objects]
    low, high = percent(least_ratio(choices)), percent(greatest_ratio(choices))
    cell = Cell(
        "no_denominator",
        numerator=Fraction(yes),
        denominator=Fraction(held),
        n=sum(options != {OUT} for _, options in objects),
        coverage=HUNDRED * Fraction(known, expected) if expected else HUNDRED,
    )
    if not enough(known, expected):
        return replace(cell, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if not held:
        return cell
    value = HUNDRED * Fraction(yes, held)
    return replace(cell, status="ok", value=value, lower_bound=low, upper_bound=high)
