"""INT_AUTO, REG_USE and the ways that objects go: the exchanges of *Integrasjoner*."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .names import norm
from .pack import Pack
from .processes import yes_no
from .shares import NO, OUT, YES, Options, least_favourable, option
from .sheets import Sheet
from .systems import NONE, Cells, Grid, Resolver

ANY_OBJECT = ""


@dataclass(frozen=True)
class Exchange:
    """One exchange of an object between two systems; is_automatic None is unknown.

    start, end: keys of systems; object_id: a core object, a local one by its text, or ANY_OBJECT;
    is_way: whether both ends are active systems that stand, so that anything can go there.
    """

    start: str
    end: str
    object_id: str
    is_automatic: bool | None
    is_way: bool

    def carries(self, object_id: str) -> bool:
        return self.object_id in {object_id, ANY_OBJECT}


def read_exchanges(sheet: Sheet | None, resolver: Resolver, pack: Pack) -> list[Exchange]:
    """Rows with the same ends and object are one exchange, of which the least favourable counts."""
    objects = pack.concepts("data_object")
    grouped: dict[tuple[str, str, str], list[tuple[bool | None, bool]]] = defaultdict(list)
    for number, cells in sheet.rows if sheet else []:
        start, end = cells.get("fra system", ""), cells.get("til system", "")
        text = norm(cells.get("dataobjekt", ""))
        follows = resolver.follows(start) or resolver.follows(end)
        ends = [_end(resolver, name, number) for name in (start, end)]
        is_way = (
            not follows
            and ends[0] != ends[1]
            and all((s := resolver.find(name)) and s.is_active for name in (start, end))
        )
        answer = None if follows else yes_no(cells.get("automatisk", ""))
        key = (ends[0], ends[1], objects.get(text, f"local:{text}" if text else ANY_OBJECT))
        grouped[key].append((answer, is_way))
    return [
        Exchange(*key, least_favourable([answer for answer, _ in rows]), all(is_way for _, is_way in rows))
        for key, rows in grouped.items()
    ]


def _end(resolver: Resolver, text: str, number: int) -> str:
    system = resolver.find(text)
    return system.key if system else f"unknown:{norm(text) or number}"


def automatic_options(exchanges: Iterable[Exchange]) -> list[Options]:
    """INT_AUTO: every listed exchange, automatic or not."""
    return [option(exchange.is_automatic) for exchange in exchanges]


def register_options(
    grid: Grid, exchanges: Sequence[Exchange], with_register: Collection[str]
) -> dict[Cells, Options]:
    """REG_USE: each cell that may hold or maintain an object with a register."""
    found: dict[Cells, Options] = {}
    for object_id in sorted(with_register):
        cells = [key for key in sorted(grid.states) if key[1] == object_id and grid.states[key] != {NONE}]
        sources = {key[0] for key in cells if grid.fed.get(key)}
        # A blank *kilde* may be the register, and then feeds what lies behind it.
        maybe = {key[0] for key in cells if grid.fed.get(key) is not False}
        ways = [e for e in exchanges if e.is_way and e.carries(object_id)]
        sure = [e for e in ways if e.object_id == object_id and e.is_automatic]
        surely = reached(sources, sure)
        perhaps = reached(maybe, [e for e in ways if e.is_automatic is not False])
        for key in cells:
            inside = _fed(grid.fed.get(key), key[0] in surely, key[0] in perhaps)
            found[key] = inside | {OUT} if NONE in grid.states[key] else inside
    return found


def _fed(is_fed: bool | None, is_reached: bool, may_be_reached: bool) -> Options:
    if is_fed or is_reached:
        return frozenset({YES})
    return frozenset({YES, NO} if is_fed is None or may_be_reached else {NO})


def reached(sources: Iterable[str], ways: Iterable[Exchange]) -> set[str]:
    """The systems that lie at the end of a directed way from a source, sources among them."""
    following: dict[str, set[str]] = defaultdict(set)
    for way in ways:
        following[way.start].add(way.end)
    seen = set(sources)
    waiting = list(seen)
    while waiting:
        for system in following[waiting.pop()] - seen:
            seen.add(system)
            waiting.append(system)
    return seen


def components(ways: Iterable[Exchange]) -> list[set[str]]:
    """The connected components of undirected exchanges."""
    found: list[set[str]] = []
    for way in ways:
        own = {way.start, way.end}
        for other in [one for one in found if one & own]:
            own |= other
            found.remove(other)
        found.append(own)
    return found
