"""The recomputation's bounds against enumeration of all completions, for every family that has its own."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest

from tests.oracle import functions, key_roles, ratio, silos, systems
from tests.oracle.exchanges import ANY_OBJECT, Exchange, components, register_options
from tests.oracle.functions import Served
from tests.oracle.key_roles import Loads
from tests.oracle.shares import NO, OUT, YES
from tests.oracle.systems import Grid, States

N, H, M = systems.NONE, systems.HOLDS, systems.MAINTAINS
STATE_SETS: list[States] = [
    frozenset(states) for states in ({N}, {H}, {M}, {N, H}, {H, M}, {N, M}, {N, H, M})
]
Bounds = tuple[Fraction | None, Fraction | None]


def bounds_of(values: Sequence[Fraction | None]) -> Bounds:
    found = [value for value in values if value is not None]
    return (min(found), max(found)) if found else (None, None)


def percent(top: int, bottom: int) -> Fraction | None:
    return Fraction(100 * top, bottom) if bottom else None


def test_extreme_ratios_agree_with_enumeration() -> None:
    draw = random.Random(20264)
    choices = [(0, 0), (0, 1), (1, 1), (2, 2), (1, 2), (3, 1), (0, 3)]
    for _ in range(1000):
        things = [draw.sample(choices, draw.randint(1, 3)) for _ in range(draw.randint(1, 6))]
        seen = [
            Fraction(sum(c[0] for c in chosen), bottom)
            for chosen in itertools.product(*things)
            if (bottom := sum(c[1] for c in chosen))
        ]
        assert (ratio.least_ratio(things), ratio.greatest_ratio(things)) == bounds_of(seen), things


# --- DUP_SOR --------------------------------------------------------------------------------


def random_grid(draw: random.Random) -> Grid:
    states: dict[tuple[str, str], States] = {}
    masters: dict[tuple[str, str], bool] = {}
    unknown = 0
    for name in "ab"[: draw.randint(1, 2)]:
        for place in range(draw.randint(1, 3)):
            key = (f"s{place}", name)
            states[key] = draw.choice(STATE_SETS if unknown < 8 else STATE_SETS[:3])
            unknown += len(states[key]) > 1
            answer = draw.choice([True, False, None] if unknown < 8 else [True, False])
            unknown += answer is None
            if answer is not None:
                masters[key] = answer
    return Grid(states, frozenset(key for key in states if draw.random() < 0.9), masters)


def completions(grid: Grid) -> Iterator[dict[tuple[str, str], tuple[int, bool]]]:
    """Every state and every answer to *master* of the expected cells."""
    keys = sorted(grid.expected)
    options = [
        [
            (state, is_master)
            for state in sorted(grid.states[key])
            for is_master in ([grid.masters[key]] if key in grid.masters else [True, False])
        ]
        for key in keys
    ]
    for chosen in itertools.product(*options):
        yield dict(zip(keys, chosen, strict=True))


def one_master(completion: dict[tuple[str, str], tuple[int, bool]], registers: set[str]) -> Fraction | None:
    """The definition, word for word, where everything is known."""
    held = {name for (_, name), (state, _) in completion.items() if state >= H}
    masters = Counter(name for (_, name), (state, is_m) in completion.items() if state >= H and is_m)
    masters.update(registers)
    return percent(sum(1 for name in held if masters[name] == 1), len(held))


def test_one_master_agrees_with_enumeration() -> None:
    draw = random.Random(20265)
    for _ in range(300):
        grid = random_grid(draw)
        registers = {name for name in "ab" if draw.random() < 0.4}
        seen = [one_master(completion, registers) for completion in completions(grid)]
        assert systems.one_master(grid, registers).bounds == bounds_of(seen), (grid, registers)


def test_one_master_by_hand() -> None:
    states = {("s0", "a"): {M}, ("s1", "a"): {H}, ("s0", "b"): {M}, ("s1", "b"): {N, H}, ("s0", "c"): {N}}
    grid = Grid(
        {key: frozenset(own) for key, own in states.items()},
        frozenset(states),
        {("s0", "a"): True, ("s1", "a"): False, ("s0", "b"): True, ("s1", "b"): True},
    )
    # a: one master; b: one for sure, a second perhaps; c: not held.
    plain = systems.one_master(grid, set())
    assert (plain.numerator, plain.denominator, plain.n, plain.bounds) == (2, 2, 2, (50, 100))
    # With the register as another master of a, only b has one.
    assert systems.one_master(grid, {"a"}).numerator == 1


# --- FUN_RED --------------------------------------------------------------------------------


def test_redundant_systems_agree_with_enumeration() -> None:
    draw = random.Random(20266)
    for _ in range(300):
        own = [Served(draw.randint(0, 3), draw.random() < 0.7) for _ in range(draw.randint(1, 5))]
        # An unanswered function has its sure systems or up to three more.
        options = [[f.n_systems] if f.is_answered else range(f.n_systems, f.n_systems + 4) for f in own]
        seen = [percent(sum(s - 1 for s in c if s), sum(c)) for c in itertools.product(*options)]
        low, high = bounds_of(seen)
        cell = functions.function_cells(own, sum(f.is_answered for f in own))["FUN_RED"]
        assert cell.lower_bound == low, own
        if all(f.is_answered for f in own):
            assert cell.upper_bound == high
        else:
            assert cell.upper_bound == 100


def test_functions_by_hand() -> None:
    answered = [Served(2, True), Served(1, True), Served(1, True), Served(0, True)]
    cells = functions.function_cells([*answered, Served(1, False)], 4)
    # Four of five are answered; of these three have a system: known 3 of 4 in scope.
    assert cells["FUN_OVL"].status == "ok"
    assert cells["FUN_OVL"].value == Fraction(100, 3)
    assert (cells["FUN_OVL"].lower_bound, cells["FUN_OVL"].upper_bound) == (25, 50)
    # Two sure systems are no answer.
    open_overlap = functions.function_cells([*answered, Served(2, False)], 4)["FUN_OVL"]
    assert (open_overlap.value, open_overlap.coverage) == (Fraction(100, 3), 75)
    # Five systems surely serve, of which one is one too many.
    assert cells["FUN_RED"].value == 20
    assert (cells["FUN_RED"].lower_bound, cells["FUN_RED"].upper_bound) == (20, 100)


# --- KEY1 -----------------------------------------------------------------------------------


def random_loads(draw: random.Random) -> Loads:
    fixed = Counter({role: draw.randint(0, 2) for role in "ab"})
    fixed = +fixed
    return Loads(
        fixed,
        fixed.total(),
        draw.randint(0, 2),
        +Counter({role: draw.randint(0, 2) for role in "ac"}),
    )


def loads_enumerated(loads: Loads) -> set[tuple[int, int]]:
    """(load of the most loaded role, things) of every completion; u, v, w are roles of nobody else."""
    roles = ["a", "b", "c", "u", "v", "w"]
    things: list[list[str | None]] = [[role] for role in loads.fixed.elements()]
    things += [[*roles, None] for _ in range(loads.n_unknown)]
    things += [[role, None] for role in loads.open_roles.elements()]
    found = set()
    for chosen in itertools.product(*things):
        inside = [role for role in chosen if role is not None]
        found.add((max(Counter(inside).values(), default=0), len(inside)))
    return found


def test_most_loaded_role_agrees_with_enumeration() -> None:
    draw = random.Random(20267)
    for _ in range(150):
        parts = [random_loads(draw)]
        if parts[0].n <= 4 and draw.random() < 0.5:
            parts.append(random_loads(draw))
        seen = [
            percent(sum(c[0] for c in chosen), sum(c[1] for c in chosen))
            for chosen in itertools.product(*(sorted(loads_enumerated(part)) for part in parts))
        ]
        cell = key_roles.key_role_cell(parts, False)
        assert (cell.lower_bound, cell.upper_bound) == bounds_of(seen), parts


def test_most_loaded_role_is_the_formula_where_nothing_is_open() -> None:
    loads = Loads(Counter({"a": 3, "b": 1}), 4, 1, Counter())
    cell = key_roles.key_role_cell([loads], True)
    assert (cell.value, cell.lower_bound, cell.upper_bound) == (75, 60, 80)
    assert (cell.numerator, cell.denominator, cell.n, cell.coverage) == (3, 4, 5, 80)
    unknown = key_roles.key_role_cell([Loads(Counter(), 0, 4, Counter())], True)
    assert (unknown.status, unknown.lower_bound, unknown.upper_bound) == ("insufficient_coverage", 25, 100)


# --- SILO_OBJ -------------------------------------------------------------------------------


def silo_enumerated(
    cells: dict[str, States], ways: Sequence[Exchange], areas: dict[str, frozenset[str]]
) -> set[str]:
    """What the object is in each completion of its cells and of what the blank exchanges carry."""
    blank = [way for way in ways if way.object_id == ANY_OBJECT]
    sure = [way for way in ways if way.object_id != ANY_OBJECT]
    found = set()
    for states in itertools.product(*(sorted(cells[s]) for s in sorted(cells))):
        holders = [areas[s] for s, state in zip(sorted(cells), states, strict=True) if state >= H]
        everywhere = frozenset().union(*holders)
        if len(everywhere) < 2:
            found.add(OUT)
            continue
        for carried in itertools.product([True, False], repeat=len(blank)):
            own = sure + [way for way, is_carried in zip(blank, carried, strict=True) if is_carried]
            touched = [frozenset().union(*(areas[s] for s in one)) for one in components(own)]
            connected = any(everywhere <= reach for reach in [*touched, *holders])
            found.add(NO if connected else YES)
    return found


def test_silos_agree_with_enumeration() -> None:
    draw = random.Random(20268)
    for _ in range(1000):
        names = [f"s{place}" for place in range(draw.randint(1, 5))]
        areas = {name: frozenset(draw.sample("xyz", draw.choice([1, 1, 1, 2, 2, 3]))) for name in names}
        cells = {name: draw.choice(STATE_SETS) for name in names}
        ways = [
            Exchange(draw.choice(names), draw.choice(names), draw.choice(["a", "a", ANY_OBJECT]), True, True)
            for _ in range(draw.randint(0, 4))
        ]
        grid = Grid({(name, "a"): states for name, states in cells.items()}, frozenset())
        [(value, options)] = silos.silo_objects(grid, ways, areas)
        assert options == silo_enumerated(cells, ways, areas), (cells, ways, areas)
        assert value in options


def test_exchanges_without_object_carry_all_and_blank_ways_none() -> None:
    areas = {"s0": frozenset("x"), "s1": frozenset("y"), "s2": frozenset("z")}
    grid = Grid({("s0", "a"): frozenset({M}), ("s1", "a"): frozenset({H})}, frozenset())
    way = Exchange("s0", "s1", ANY_OBJECT, True, True)
    assert silos.silo_objects(grid, [way], areas) == [(NO, frozenset({NO, YES}))]
    for other in (
        Exchange("s0", "s1", "b", True, True),
        Exchange("s0", "s1", "a", None, True),
        Exchange("s0", "s1", "a", True, False),
        Exchange("s0", "s2", "a", True, True),
    ):
        assert silos.silo_objects(grid, [other], areas) == [(YES, frozenset({YES}))]


def test_a_system_without_area_leaves_the_object_open() -> None:
    areas: dict[str, frozenset[str]] = {"s0": frozenset("x"), "s1": frozenset()}
    grid = Grid({("s0", "a"): frozenset({M}), ("s1", "a"): frozenset({N, H})}, frozenset())
    assert silos.silo_objects(grid, [], areas) == [(OUT, frozenset({OUT, NO, YES}))]


def test_silo_share_by_hand() -> None:
    objects = [(YES, frozenset({YES})), (NO, frozenset({NO, YES})), (OUT, frozenset({OUT, YES}))]
    cell = silos.silo_cell(objects, 7, 10)
    assert (cell.status, cell.value, cell.n, cell.coverage) == ("ok", 50, 3, 70)
    assert cell.lower_bound == 50
    assert cell.upper_bound == 100
    assert silos.silo_cell(objects, 6, 10).status == "insufficient_coverage"
    assert silos.silo_cell([], 0, 0).status == "no_denominator"


# --- REG_USE --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchanges", "expected"),
    [
        ([], {NO}),
        ([Exchange("s0", "s1", "a", True, True)], {YES}),
        # Through a system that holds nothing, but not against the direction.
        ([Exchange("s0", "s2", "a", True, True), Exchange("s2", "s1", "a", True, True)], {YES}),
        ([Exchange("s1", "s0", "a", True, True)], {NO}),
        ([Exchange("s0", "s1", ANY_OBJECT, True, True)], {NO, YES}),
        ([Exchange("s0", "s1", "a", None, True)], {NO, YES}),
        ([Exchange("s0", "s1", "a", False, True)], {NO}),
        ([Exchange("s0", "s1", "b", True, True)], {NO}),
        ([Exchange("s0", "s1", "a", True, False)], {NO}),
    ],
)
def test_a_cell_is_fed_along_automatic_exchanges(exchanges: list[Exchange], expected: set[str]) -> None:
    states = {("s0", "a"): frozenset({M}), ("s1", "a"): frozenset({H}), ("s2", "a"): frozenset({N})}
    grid = Grid(states, frozenset(), {}, {("s0", "a"): True, ("s1", "a"): False})
    assert register_options(grid, exchanges, {"a"}) == {("s0", "a"): {YES}, ("s1", "a"): expected}


def test_a_cell_that_may_be_none_may_be_out() -> None:
    states = {("s0", "a"): frozenset({N, H}), ("s1", "a"): frozenset({N, H, M})}
    grid = Grid(states, frozenset(), {}, {("s0", "a"): True})
    assert register_options(grid, [], {"a"}) == {("s0", "a"): {YES, OUT}, ("s1", "a"): {YES, NO, OUT}}
