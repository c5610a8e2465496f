"""The closed forms of the bounds agree with the enumeration of every completion, on random cases.

The enumeration is written from the definitions: it knows cells and processes with the answers that
are still possible, tries each combination, and keeps the least and greatest value of those that have
a denominator.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from tests.integration.dbt_support import Build, create_build, insert

CASES = 400
MAX_OPEN_CELLS = 10
MAX_COMPLETIONS = 20_000
PERIOD = "2026"
OBJECTS = ("o1", "o2", "o3", "o4")
EXPECTED = {"f1": {"o1", "o2"}, "f2": {"o2", "o3"}, "f3": set()}
NONE, HOLDS, MAINTAINS = 0, 1, 2
EVERY = (NONE, HOLDS, MAINTAINS)
Whole = npt.NDArray[np.int64]

Said = tuple[str | None, bool | None]  # operations, keeps_copy

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


@dataclass
class Case:
    """One municipality: the possible states of its cells, and the rows that say so."""

    number: str
    cells: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    expected: set[tuple[str, str]] = field(default_factory=set)
    systems: list[tuple[str, str | None, list[str], bool]] = field(default_factory=list)
    rows: list[tuple[str, str, str | None, bool | None]] = field(default_factory=list)

    @property
    def n_completions(self) -> int:
        return int(np.prod([len(states) for states in self.cells.values()], dtype=np.int64))

    @property
    def n_open(self) -> int:
        return sum(len(states) > 1 for states in self.cells.values())


def draw(number: str, dice: random.Random) -> Case:
    """Systems with functions, life cycles and listed objects, drawn at random."""
    case = Case(number)
    for system in [f"s{i}" for i in range(dice.randint(1, 5))]:
        functions = dice.sample(sorted(EXPECTED), dice.randint(0, 2))
        lifecycle = dice.choice(["in_use", "in_use", "phasing_out", "retired", None])
        is_quarantined = dice.random() < 0.1
        case.systems.append((system, lifecycle, functions, is_quarantined))
        wanted = {item for name in functions for item in EXPECTED[name]}
        for item in OBJECTS:
            is_listed = dice.random() < (0.8 if item in wanted else 0.4)
            said = dice.choice(list(LISTED)) if is_listed else None
            if said is not None:
                case.rows.append((system, item, *said))
            if is_quarantined or lifecycle != "retired":
                is_blank = lifecycle is None
                case.cells[system, item] = possible(said, item in wanted, is_quarantined, is_blank)
            if (system, item) in case.cells and item in wanted:
                case.expected.add((system, item))
    return case


def possible(said: Said | None, is_expected: bool, is_quarantined: bool, is_blank: bool) -> tuple[int, ...]:
    """The possible states of a cell of an active system; ``is_blank``: its life cycle is."""
    if is_quarantined and (said or is_expected):
        return EVERY
    states = LISTED[said] if said else EVERY if is_expected else (NONE,)
    return tuple(sorted({NONE, *states})) if is_blank else states


def cases() -> list[Case]:
    """Cases with few enough completions to try them all; the same every time."""
    dice = random.Random(20261231)
    found: list[Case] = []
    while len(found) < CASES:
        case = draw(f"{len(found):04d}", dice)
        if case.n_open <= MAX_OPEN_CELLS and case.n_completions <= MAX_COMPLETIONS:
            found.append(case)
    return found


def completions(case: Case) -> tuple[Whole, list[tuple[str, str]]]:
    """One row per completion, one column per cell (0 none, 1 holds, 2 maintains)."""
    keys = sorted(case.cells)
    tried = list(product(*(case.cells[key] for key in keys)))
    return np.array(tried, dtype=np.int64).reshape(len(tried), len(keys)), keys


def counts(states: Whole, keys: list[tuple[str, str]], least: int, kept: Iterable[int]) -> Whole:
    """Systems per object in at least the state ``least``, over the columns that are kept."""
    kept = set(kept)
    columns = [[i for i, (_, o) in enumerate(keys) if o == item and i in kept] for item in OBJECTS]
    return np.stack([(states[:, column] >= least).sum(axis=1) for column in columns], axis=1)


def values(holding: Whole, maintaining: Whole) -> dict[str, tuple[Whole, Whole]]:
    """Numerator and denominator of the four formulas, per completion."""
    held, kept = (holding >= 1).sum(axis=1), (maintaining >= 1).sum(axis=1)
    return {
        "DUP_AVG": (holding.sum(axis=1), held),
        "DUP_RED": (holding.sum(axis=1) - held, holding.sum(axis=1)),
        "DUP_MULTI": ((maintaining >= 2).sum(axis=1), kept),
        "DUP_UNC": (maintaining.sum(axis=1) - kept, maintaining.sum(axis=1)),
    }


Bounds = tuple[Fraction | None, Fraction | None]


def enumerate_case(case: Case) -> dict[str, Bounds]:
    """The least and greatest value of each indicator over all completions with a denominator."""
    states, keys = completions(case)
    expected = [i for i, key in enumerate(keys) if key in case.expected]
    found = values(counts(states, keys, HOLDS, range(len(keys))), counts(states, keys, MAINTAINS, expected))
    bounds: dict[str, Bounds] = {}
    for name, (numerator, denominator) in found.items():
        pairs = set(zip(numerator.tolist(), denominator.tolist(), strict=True))
        scale = 1 if name == "DUP_AVG" else 100
        ratios = [Fraction(scale * above, below) for above, below in pairs if below]
        bounds[name] = (min(ratios), max(ratios)) if ratios else (None, None)
    return bounds


# --- processes with unknown scope -----------------------------------------------------------------

SCOPES = (True, False, None)
OWNERS = ("none", "line_manager", "process_owner", None)
PROCESSES = ("p1", "p2", "p3", "p4", "p5", "p6")


def draw_processes(dice: random.Random) -> list[tuple[bool | None, str | None]]:
    """Cross-unit and ownership of up to six core processes; the rest are *har ikke*."""
    return [(dice.choice(SCOPES), dice.choice(OWNERS)) for _ in range(dice.randint(0, len(PROCESSES)))]


def enumerate_processes(drawn: list[tuple[bool | None, str | None]], wanted: str) -> Bounds:
    """The least and greatest share of ``wanted`` among cross-unit processes, over all completions."""
    answers: list[set[bool | None]] = []
    for is_cross_unit, ownership in drawn:
        inside = {True, False} if ownership is None else {ownership == wanted}
        answers.append(
            {None} if is_cross_unit is False else inside | ({None} if is_cross_unit is None else set())
        )
    ratios = [
        Fraction(100 * chosen.count(True), len(chosen) - chosen.count(None))
        for chosen in product(*answers)
        if len(chosen) > chosen.count(None)
    ]
    return (min(ratios), max(ratios)) if ratios else (None, None)


def process_cases() -> dict[str, list[tuple[bool | None, str | None]]]:
    dice = random.Random(20260630)
    return {f"{i:04d}": draw_processes(dice) for i in range(CASES)}


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


def fill_pack(connection: duckdb.DuckDBPyConnection) -> None:
    """A pack of three functions (two expect objects), four objects, six processes and the indicators."""
    insert(
        connection,
        "reference.period",
        "period instrument_id reference_date year",
        [(PERIOD, "none", "2026-12-31", 2026)],
    )
    insert(connection, "reference.threshold", "threshold_id value", list(THRESHOLDS.items()))
    insert(connection, "reference.data_object", "data_object_id tier", [(o, "kjerne") for o in OBJECTS])
    insert(connection, "reference.function", "function_id tier", [(f, "kjerne") for f in EXPECTED])
    pairs = [(name, item) for name, items in EXPECTED.items() for item in sorted(items)]
    insert(connection, "reference.function_object", "function_id data_object_id", pairs)
    insert(connection, "reference.process", "process_id tier", [(p, "kjerne") for p in PROCESSES])
    indicators = [(name, "DUP", "systems") for name in ("DUP_AVG", "DUP_RED", "DUP_MULTI", "DUP_UNC")]
    indicators += [(name, "PRO", "processes") for name in ("PRO_OWNX", "PRO_XUN")]
    insert(connection, "reference.indicator", "indicator_id family source_kind", indicators)


def fill_lake(connection: duckdb.DuckDBPyConnection, drawn: list[Case]) -> None:
    """The cases as deliveries."""
    numbers = [case.number for case in drawn]
    insert(
        connection, "reference.municipality", "municipality_number is_fictional", [(n, True) for n in numbers]
    )
    for kind in ("systems", "processes"):
        insert(
            connection,
            "ledger.delivery",
            "delivery_id municipality_number period kind collection_mode status is_counting",
            [(f"{kind}{n}", n, PERIOD, kind, "register", "accepted", True) for n in numbers],
        )
    insert(connection, "lake.system", f"{ROW} system_key lifecycle function_ids", list(system_rows(drawn)))
    insert(
        connection,
        "lake.system_data_object",
        f"{ROW} system_key data_object_id operations keeps_copy",
        list(object_rows(drawn)),
    )
    insert(
        connection,
        "lake.process",
        f"{ROW} process_id is_absent ownership unit_names",
        list(process_rows(process_cases())),
    )


def system_rows(drawn: list[Case]) -> Iterator[tuple[object, ...]]:
    for case in drawn:
        for row, (system, lifecycle, functions, is_quarantined) in enumerate(case.systems, 2):
            yield (case.number, PERIOD, case.number, "", row, is_quarantined, system, lifecycle, functions)


def object_rows(drawn: list[Case]) -> Iterator[tuple[object, ...]]:
    for case in drawn:
        quarantined = {system for system, _, _, is_quarantined in case.systems if is_quarantined}
        for row, (system, item, operations, keeps_copy) in enumerate(case.rows, 2):
            follows = system in quarantined
            yield (case.number, PERIOD, case.number, "", row, follows, system, item, operations, keeps_copy)


def process_rows(drawn: dict[str, list[tuple[bool | None, str | None]]]) -> Iterator[tuple[object, ...]]:
    units = {True: ["Helse", "Skole"], False: ["Helse"], None: None}
    for number, processes in drawn.items():
        for row, process in enumerate(PROCESSES):
            is_absent = row >= len(processes)
            is_cross_unit, ownership = (None, None) if is_absent else processes[row]
            marks = (number, PERIOD, number, "", row + 2, False)
            yield (*marks, process, is_absent, ownership, units[is_cross_unit])


Published = dict[tuple[str, str], tuple[float | None, float | None]]


@pytest.fixture(scope="module")
def bounds(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Lower and upper bound by municipality and indicator, as dbt computes them."""
    build: Build = create_build(tmp_path_factory.mktemp("bounds"))
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("begin")
        fill_pack(connection)
        fill_lake(connection, cases())
        connection.execute("commit")
    outcome = build.dbt("run", "--select", "+int_system__duplication", "+int_process__share")
    assert outcome.status == 0, outcome.said
    found: Published = {}
    for model in ("int_system__duplication", "int_process__share"):
        rows = build.rows(
            f"select municipality_number, indicator_id, lower_bound, upper_bound from intermediate.{model}"
        )
        found |= {(number, name): (low, high) for number, name, low, high in rows}
    return found


def assert_agrees(bounds: Published, key: tuple[str, str], enumerated: Bounds, case: object) -> None:
    for found, exact in zip(bounds[key], enumerated, strict=True):
        assert found == (None if exact is None else pytest.approx(float(exact), abs=1e-9)), (key, case)


def test_duplication_bounds_agree_with_enumeration(bounds: Published) -> None:
    drawn = cases()
    for case in drawn:
        for name, enumerated in enumerate_case(case).items():
            assert_agrees(bounds, (case.number, name), enumerated, case)
    assert sum(case.n_open >= 5 for case in drawn) > CASES / 4, "the cases leave too little open to tell much"


def test_unknown_scope_bounds_agree_with_enumeration(bounds: Published) -> None:
    for number, processes in process_cases().items():
        for name, wanted in (("PRO_OWNX", "process_owner"), ("PRO_XUN", "none")):
            assert_agrees(bounds, (number, name), enumerate_processes(processes, wanted), processes)


def test_the_comparison_can_fail(bounds: Published) -> None:
    case = next(case for case in cases() if case.n_open >= 3 and enumerate_case(case)["DUP_AVG"][1])
    low, high = enumerate_case(case)["DUP_AVG"]
    assert high is not None
    with pytest.raises(AssertionError):
        assert_agrees(bounds, (case.number, "DUP_AVG"), (low, high + Fraction(1, 1000)), case)
