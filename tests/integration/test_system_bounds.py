"""The closed forms of the bounds of DUP_ and FUN_ agree with the enumeration of every completion.

The enumeration is written from the definitions: it knows cells, marks and functions with the answers
that are still possible, tries each combination, and keeps the least and greatest value of those that
have a denominator. Random cases, whole and cut by focus area: in a cut the systems that carry the area
count, and the functions that the pack places in it. Two and two of them are one municipality today, where
the same object of both is two.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from tests.integration.dbt_support import Build, create_build, insert

CASES = 1_000
MAX_OPEN_CELLS = 10
MAX_COMPLETIONS = 20_000
PERIOD, YEAR = "2026", 2026
AREAS = ("health", "school")
WHOLE_AND_CUTS = ("all", *AREAS)
REGISTERS = {"o1": "register", "o2": None, "o3": "register", "o4": None}
OBJECTS = tuple(REGISTERS)
# Core functions: the objects that the pack expects of their systems, and their area.
EXPECTED = {"f1": {"o1", "o2"}, "f2": {"o2", "o3"}, "f3": set(), "f4": {"o4"}}
AREA_OF = {"f1": "health", "f2": "school", "f3": "health", "f4": None}
NONE, HOLDS, MAINTAINS = 0, 1, 2
EVERY = (NONE, HOLDS, MAINTAINS)
# The systems of a function that nobody answered, as FUN_OVL sees them.
OUT_NO_YES = (0, 1, 2)
# More systems of an open function than this change no least value.
MOST_MORE_SYSTEMS = 3
Whole = npt.NDArray[np.int64]

Said = tuple[str | None, bool | None]  # operations, keeps_copy
Bounds = tuple[Fraction | None, Fraction | None]

# What a row can say → the states that leaves, as the definitions list them.
LISTED: dict[Said, tuple[int, ...]] = {
    ("none", None): (NONE,),
    ("C", None): (MAINTAINS,),
    ("RU", False): (MAINTAINS,),
    ("R", True): (HOLDS,),
    ("R", False): (NONE,),
    ("R", None): (NONE, HOLDS),
    ("x", None): (HOLDS, MAINTAINS),
    (None, None): EVERY,
    (None, True): (HOLDS, MAINTAINS),
    (None, False): (NONE, MAINTAINS),
}


@dataclass(frozen=True)
class System:
    """A row of *Systemer*."""

    key: str
    lifecycle: str | None
    functions: tuple[str, ...]
    areas: tuple[str, ...]
    is_quarantined: bool


@dataclass(frozen=True)
class Cell:
    """What an active system and an object may be to each other; part: whose system it is."""

    part: str
    system: System
    item: str
    states: tuple[int, ...]
    is_expected: bool
    is_master: bool | None

    @property
    def roles(self) -> tuple[tuple[int, int], ...]:
        """Whether it is held and whether it is a master, in every way that is possible."""
        marks = (0, 1) if self.is_master is None else (int(self.is_master),)
        held = [(1, mark) for mark in marks if {HOLDS, MAINTAINS} & set(self.states)]
        return ((0, 0), *held) if NONE in self.states else tuple(held)


@dataclass
class Case:
    """One municipality: its rows, and the cells as far as they are known."""

    number: str
    systems: list[System] = field(default_factory=list)
    rows: list[tuple[str, str, str | None, bool | None, bool | None]] = field(default_factory=list)
    answers: list[tuple[str, tuple[str, ...], bool, bool]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    @property
    def n_completions(self) -> int:
        states = np.prod([len(cell.states) for cell in self.cells], dtype=np.int64)
        roles = np.prod([len(cell.roles) for cell in self.cells if cell.is_expected], dtype=np.int64)
        return int(max(states, roles))

    @property
    def n_open(self) -> int:
        return sum(len(cell.states) > 1 for cell in self.cells)

    def serves(self, system: System) -> set[str]:
        """The functions that a system serves, from both sheets: what FUN_ counts."""
        listed = {function for function, keys, _, _ in self.answers if system.key in keys}
        return {*system.functions, *listed}


Parts = tuple[Case, ...]


def draw(number: str, dice: random.Random) -> Case:
    """Systems with functions, areas, life cycles and listed objects, and answers about functions."""
    case = Case(number)
    for i in range(dice.randint(1, 5)):
        functions = tuple(dice.sample(sorted(EXPECTED), dice.randint(0, 2)))
        lifecycle = dice.choice(["in_use", "in_use", "in_use", "phasing_out", "retired", None])
        areas = tuple(dice.sample(AREAS, dice.choice([0, 1, 1, 2])))
        case.systems.append(System(f"s{i}", lifecycle, functions, areas, dice.random() < 0.1))
    # An answer that names a quarantined system is quarantined with it, and says nothing.
    sound = [system.key for system in case.systems if not system.is_quarantined]
    for function in EXPECTED:
        if dice.random() < 0.8:
            named = tuple(dice.sample(sound, min(len(sound), dice.choice([0, 0, 1]))))
            case.answers.append((function, named, dice.random() < 0.25, dice.random() < 0.5))
    for system in case.systems:
        # What the system's own row names, and no answer about functions.
        wanted = {item for name in system.functions for item in EXPECTED[name]}
        for item in OBJECTS:
            is_listed = dice.random() < (0.8 if item in wanted else 0.4)
            said = dice.choice(list(LISTED)) if is_listed else None
            mark = dice.choice([True, False, None]) if said and said[0] != "none" else None
            if said is not None:
                case.rows.append((system.key, item, *said, mark))
            if system.is_quarantined or system.lifecycle != "retired":
                states = possible(said, item in wanted, system)
                known_mark = None if system.is_quarantined else mark
                case.cells.append(Cell(case.number, system, item, states, item in wanted, known_mark))
    return case


def possible(said: Said | None, is_expected: bool, system: System) -> tuple[int, ...]:
    """The possible states of a cell of an active system."""
    if system.is_quarantined and (said or is_expected):
        return EVERY
    states = LISTED[said] if said else EVERY if is_expected else (NONE,)
    return tuple(sorted({NONE, *states})) if system.lifecycle is None else states


def cases() -> list[Case]:
    """Cases with few enough completions to try them all; the same every time."""
    dice = random.Random(20261231)
    found: list[Case] = []
    while len(found) < CASES:
        case = draw(f"{len(found):04d}", dice)
        if case.n_open <= MAX_OPEN_CELLS and case.n_completions <= MAX_COMPLETIONS:
            found.append(case)
    return found


def in_unit(parts: Parts, area: str) -> list[Cell]:
    """The cells of the systems that carry the area, all of them in the whole."""
    cells = [cell for part in parts for cell in part.cells]
    return [cell for cell in cells if area == "all" or area in cell.system.areas]


def merged(drawn: list[Case]) -> dict[str, Parts]:
    """Municipalities of today with two of the cases as their parts."""
    return {f"m{one.number}": (one, other) for one, other in zip(drawn[::2], drawn[1::2], strict=True)}


def units(drawn: list[Case], area: str) -> dict[str, Parts]:
    """Every unit of an area with its parts, of the merged ones those with few enough completions."""
    alone: dict[str, Parts] = {f"{case.number}:{PERIOD}:delivered:{area}": (case,) for case in drawn}
    together = {f"{number}:{PERIOD}:current:{area}": parts for number, parts in merged(drawn).items()}
    return alone | {
        unit: (one, other)
        for unit, (one, other) in together.items()
        if one.n_completions * other.n_completions <= MAX_COMPLETIONS
    }


def extremes(numerators: Iterable[int], denominators: Iterable[int], scale: int = 100) -> Bounds:
    """The least and greatest value over the completions that have a denominator."""
    pairs = set(zip(numerators, denominators, strict=True))
    ratios = [Fraction(scale * above, below) for above, below in pairs if below]
    return (min(ratios), max(ratios)) if ratios else (None, None)


# --- duplication ----------------------------------------------------------------------------------


def counts(states: Whole, cells: Sequence[Cell], least: int) -> Whole:
    """Systems per object in at least the state ``least``, one row per completion."""
    found = [(states[:, column] >= least).sum(axis=1) for column in by_object(cells).values()]
    return np.stack(found, axis=1) if found else np.zeros((len(states), 0), np.int64)


def by_object(cells: Sequence[Cell]) -> dict[tuple[str, str], list[int]]:
    """The places of the cells of each part's objects."""
    keys = sorted({(cell.part, cell.item) for cell in cells})
    return {key: [i for i, cell in enumerate(cells) if (cell.part, cell.item) == key] for key in keys}


def tried(options: Sequence[Sequence[object]], *shape: int) -> Whole:
    """Every combination of the options, one row each."""
    rows = list(product(*options))
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(options), *shape)


def enumerate_duplication(parts: Parts, area: str) -> dict[str, Bounds]:
    """The bounds of the formulas on counts, over the states of every cell."""
    cells = in_unit(parts, area)
    wanted = [cell for cell in cells if cell.is_expected]
    holding = counts(tried([cell.states for cell in cells]), cells, HOLDS)
    maintaining = counts(tried([cell.states for cell in wanted]), wanted, MAINTAINS)
    held, kept = (holding >= 1).sum(axis=1), (maintaining >= 1).sum(axis=1)
    n, m = holding.sum(axis=1), maintaining.sum(axis=1)
    many = (maintaining >= 2).sum(axis=1)
    return {
        "DUP_AVG": extremes(n.tolist(), held.tolist(), 1),
        "DUP_RED": extremes((n - held).tolist(), n.tolist()),
        "DUP_MULTI": extremes(many.tolist(), kept.tolist()),
        "DUP_UNC": extremes((m - kept).tolist(), m.tolist()),
    }


def enumerate_masters(parts: Parts, area: str) -> Bounds:
    """The bounds of DUP_SOR, over the states and marks of the expected cells."""
    cells = [cell for cell in in_unit(parts, area) if cell.is_expected]
    roles = tried([cell.roles for cell in cells], 2)
    held, single = np.zeros(len(roles), np.int64), np.zeros(len(roles), np.int64)
    for (_, item), column in by_object(cells).items():
        is_held = roles[:, column, 0].sum(axis=1) >= 1
        n_masters = roles[:, column, 1].sum(axis=1) + (REGISTERS[item] is not None)
        held += is_held
        single += is_held & (n_masters == 1)
    return extremes(single.tolist(), held.tolist())


# --- functions ------------------------------------------------------------------------------------


def served(parts: Parts, area: str) -> list[tuple[int, bool]]:
    """For each part's core functions: the systems in use that surely serve it, and whether that is all."""
    return [
        known(case, function)
        for case in parts
        for function, own_area in AREA_OF.items()
        if area in ("all", own_area)
    ]


def known(case: Case, function: str) -> tuple[int, bool]:
    own = [system for system in case.systems if function in case.serves(system)]
    open_ones = [system for system in own if system.is_quarantined or system.lifecycle is None]
    sure = [system for system in own if system.lifecycle == "in_use" and not system.is_quarantined]
    is_answered = any(name == function and (none or all_) for name, _, none, all_ in case.answers)
    return len(sure), is_answered and not open_ones


def enumerate_overlap(functions: list[tuple[int, bool]]) -> Bounds:
    """The bounds of FUN_OVL: an open function is out, no or yes, whatever sure systems it has."""
    n = tried([(sure,) if is_all else OUT_NO_YES for sure, is_all in functions])
    return extremes((n >= 2).sum(axis=1).tolist(), (n >= 1).sum(axis=1).tolist())


def enumerate_redundancy(functions: list[tuple[int, bool]], most_more: int) -> Bounds:
    """The bounds of FUN_RED when each open function has up to ``most_more`` systems besides its sure ones."""
    n = tried([(sure,) if is_all else range(sure, sure + most_more + 1) for sure, is_all in functions])
    used, total = (n >= 1).sum(axis=1), n.sum(axis=1)
    return extremes((total - used).tolist(), total.tolist())


# --- the same through dbt -------------------------------------------------------------------------

THRESHOLDS = {
    "min_respondents": 5,
    # More than everything: no value is shown, and every bound is.
    "min_coverage_percent": 101,
    "min_n_quartiles": 8,
    "min_n_percentile": 10,
    "recent_months": 24,
    "valid_share_numerator": 2,
    "valid_share_denominator": 3,
}
ROW = "municipality_number period delivery_id sheet row_number is_quarantined"
DUPLICATION = ("DUP_AVG", "DUP_RED", "DUP_MULTI", "DUP_UNC", "DUP_SOR")
FUNCTIONS = ("FUN_OVL", "FUN_RED")


def fill_pack(connection: duckdb.DuckDBPyConnection) -> None:
    """A pack of four functions, four objects of which two have a register, two areas and the indicators."""
    insert(
        connection,
        "reference.period",
        "period instrument_id reference_date year",
        [(PERIOD, "none", f"{YEAR}-12-31", YEAR)],
    )
    insert(connection, "reference.threshold", "threshold_id value", list(THRESHOLDS.items()))
    insert(connection, "reference.focus_area", "focus_area_id", [(area,) for area in AREAS])
    objects = [(item, register, "kjerne") for item, register in REGISTERS.items()]
    insert(connection, "reference.data_object", "data_object_id register_id tier", objects)
    functions = [(name, AREA_OF[name], "kjerne") for name in EXPECTED]
    insert(connection, "reference.function", "function_id focus_area_id tier", functions)
    # One that is not of the core: what is said of it is no matter.
    insert(connection, "reference.function", "function_id focus_area_id tier", [("f5", "health", "utvidet")])
    pairs = [(name, item) for name, items in EXPECTED.items() for item in sorted(items)]
    insert(connection, "reference.function_object", "function_id data_object_id", pairs)
    indicators = [(name, "DUP", "systems", True) for name in DUPLICATION]
    indicators += [(name, "FUN", "systems", True) for name in FUNCTIONS]
    columns = "indicator_id family source_kind has_focus_area_cut"
    insert(connection, "reference.indicator", columns, indicators)


def fill_lake(connection: duckdb.DuckDBPyConnection, drawn: list[Case]) -> None:
    """The cases as deliveries."""
    numbers = [case.number for case in drawn]
    together = merged(drawn)
    columns = "municipality_number first_year is_fictional"
    insert(connection, "reference.municipality", columns, [(n, YEAR + 1, True) for n in together])
    changes = [(part.number, YEAR, number, "merged") for number, parts in together.items() for part in parts]
    columns = "old_number last_year new_number kind"
    insert(connection, "reference.municipality_change", columns, changes)
    insert(
        connection,
        "ledger.delivery",
        "delivery_id municipality_number period kind collection_mode status is_counting",
        [(n, n, PERIOD, "systems", "register", "accepted", True) for n in numbers],
    )
    insert(
        connection,
        "lake.system",
        f"{ROW} system_key lifecycle function_ids focus_area_ids",
        list(system_rows(drawn)),
    )
    insert(
        connection,
        "lake.system_data_object",
        f"{ROW} system_key data_object_id operations keeps_copy is_master",
        list(object_rows(drawn)),
    )
    insert(
        connection,
        "lake.function_answer",
        f"{ROW} function_id system_keys has_none is_complete",
        list(answer_rows(drawn)),
    )


def marks(case: Case, row: int, is_quarantined: bool) -> tuple[object, ...]:
    return case.number, PERIOD, case.number, "", row, is_quarantined


def system_rows(drawn: list[Case]) -> Iterator[tuple[object, ...]]:
    for case in drawn:
        for row, system in enumerate(case.systems, 2):
            told = system.key, system.lifecycle, list(system.functions), list(system.areas)
            yield *marks(case, row, system.is_quarantined), *told


def object_rows(drawn: list[Case]) -> Iterator[tuple[object, ...]]:
    for case in drawn:
        quarantined = {system.key for system in case.systems if system.is_quarantined}
        for row, said in enumerate(case.rows, 2):
            yield *marks(case, row, said[0] in quarantined), *said


def answer_rows(drawn: list[Case]) -> Iterator[tuple[object, ...]]:
    for case in drawn:
        for row, (function, keys, has_none, is_complete) in enumerate(case.answers, 2):
            yield *marks(case, row, is_quarantined=False), function, list(keys), has_none, is_complete


Published = dict[tuple[str, str], tuple[float | None, float | None]]


@pytest.fixture(scope="module")
def drawn() -> list[Case]:
    return cases()


@pytest.fixture(scope="module")
def bounds(tmp_path_factory: pytest.TempPathFactory, drawn: list[Case]) -> Published:
    """Lower and upper bound by unit and indicator, as dbt computes them."""
    build: Build = create_build(tmp_path_factory.mktemp("bounds"))
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("begin")
        fill_pack(connection)
        fill_lake(connection, drawn)
        connection.execute("commit")
    models = ("int_system__duplication", "int_system__function_overlap")
    outcome = build.dbt("run", "--select", *[f"+{model}" for model in models])
    assert outcome.status == 0, outcome.said
    found: Published = {}
    for model in models:
        rows = build.rows(f"select unit_id, indicator_id, lower_bound, upper_bound from intermediate.{model}")
        found |= {(unit, name): (low, high) for unit, name, low, high in rows}
    return found


def agrees(found: float | None, exact: Fraction | None) -> bool:
    if found is None or exact is None:
        return found is None and exact is None
    return abs(found - float(exact)) <= 1e-9


def assert_agrees(bounds: Published, key: tuple[str, str], enumerated: Bounds, case: object) -> None:
    assert all(map(agrees, bounds[key], enumerated)), (key, bounds[key], enumerated, case)


@pytest.mark.parametrize("area", WHOLE_AND_CUTS)
def test_duplication_bounds_agree_with_enumeration(bounds: Published, drawn: list[Case], area: str) -> None:
    for unit, parts in units(drawn, area).items():
        for name, enumerated in enumerate_duplication(parts, area).items():
            assert_agrees(bounds, (unit, name), enumerated, parts)


@pytest.mark.parametrize("area", WHOLE_AND_CUTS)
def test_bounds_of_one_master_agree_with_enumeration(bounds: Published, drawn: list[Case], area: str) -> None:
    for unit, parts in units(drawn, area).items():
        assert_agrees(bounds, (unit, "DUP_SOR"), enumerate_masters(parts, area), parts)


@pytest.mark.parametrize("area", WHOLE_AND_CUTS)
def test_overlap_bounds_agree_with_enumeration(bounds: Published, drawn: list[Case], area: str) -> None:
    for unit, parts in units(drawn, area).items():
        functions = served(parts, area)
        assert_agrees(bounds, (unit, "FUN_OVL"), enumerate_overlap(functions), parts)
        low, high = enumerate_redundancy(functions, MOST_MORE_SYSTEMS if len(parts) == 1 else 2)
        if any(not is_all for _, is_all in functions):
            high = Fraction(100)
        assert_agrees(bounds, (unit, "FUN_RED"), (low, high), parts)


def test_redundancy_comes_as_near_to_100_as_one_likes() -> None:
    """With one open function no completion reaches 100, and there is always one that comes nearer."""
    functions = [(2, True), (1, True), (0, False)]
    tops = [enumerate_redundancy(functions, more)[1] for more in (3, 30, 3_000)]
    found = [high for high in tops if high is not None]
    assert len(found) == 3
    assert found == sorted(found)
    assert Fraction(998, 10) < found[-1] < 100


def test_the_cases_leave_much_open_and_cover_every_outcome(bounds: Published, drawn: list[Case]) -> None:
    assert sum(case.n_open >= 5 for case in drawn) > CASES / 4
    assert len(units(drawn, "all")) > CASES * 1.1, "few of the merged ones are tried"
    settled = [[is_all for _, is_all in served((case,), "all")] for case in drawn]
    assert sum(all(one) for one in settled) > CASES / 100
    assert sum(not any(one) for one in settled) > CASES / 100
    for name in (*DUPLICATION, *FUNCTIONS):
        own = [found for (_, indicator), found in bounds.items() if indicator == name]
        assert len(own) == len(WHOLE_AND_CUTS) * (CASES + len(merged(drawn)))
        assert any(low is None for low, _ in own)
        assert any(low is not None and high is not None and low < high for low, high in own)
        assert any(low is not None and high is not None and low == high > 0 for low, high in own)


@pytest.mark.parametrize("name", [*DUPLICATION, *FUNCTIONS])
def test_the_comparison_can_fail(bounds: Published, drawn: list[Case], name: str) -> None:
    key = next(key for key, (low, _) in bounds.items() if key[1] == name and low)
    low, high = (None if bound is None else Fraction(bound) for bound in bounds[key])
    assert low is not None
    assert_agrees(bounds, key, (low, high), key)
    with pytest.raises(AssertionError):
        assert_agrees(bounds, key, (low + Fraction(1, 1000), high), key)
