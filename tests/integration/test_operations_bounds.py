"""The bounds of REG_USE, NAT_USE, INT_AUTO, SILO_OBJ, TIME_E, SYS_ and KEY1 agree with enumeration.

The enumeration is written from the definitions: it takes the rows as delivered, answers everything that
is unknown in every way that is possible, and keeps the least and greatest value of those completions
that have a denominator. Where the answers of two things, objects or parts of a merged municipality do
not depend on each other, it is their numerators and denominators that are combined, in every way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement, product

import duckdb
import pytest

from tests.integration.dbt_support import Build, create_build, insert

CASES = 1_000
MAX_OPEN = 10
PERIOD = "2026"
AREAS = ("health", "roads", "school")
REGISTERS = {"o1": "register", "o2": None, "o3": "register"}
EXPECTED = {"f0": set[str](), "f1": {"o1"}, "f2": {"o2", "o3"}}
SERVICES = ("id", "mail", "post", "sign")
PROCESSES = ("p1", "p2", "p3")
FIT = 3
TOO_OLD, RECENT = "2024-12-31", "2025-01-01"

Pair = tuple[int, int]  # numerator, denominator
Bounds = tuple[Fraction | None, Fraction | None]
OUT, NO, YES = (0, 0), (0, 1), (1, 1)

# What a row of *Dataobjekter* can say → whether the system may have, and may not have, the object.
LISTED: dict[tuple[str | None, bool | None], set[bool]] = {
    ("none", None): {False},
    ("C", None): {True},
    ("R", True): {True},
    ("R", False): {False},
    ("R", None): {False, True},
    ("x", None): {True},
    (None, None): {False, True},
}


@dataclass(frozen=True)
class System:
    """A row of *Systemer*; the dates are (date, is_dated)."""

    key: str
    lifecycle: str | None
    functions: tuple[str, ...]
    areas: tuple[str, ...]
    is_quarantined: bool
    fits: tuple[int | None, int | None]
    acquired: tuple[str | None, bool | None]
    assessed: tuple[str | None, bool | None]
    has_personal_data: bool | None
    role: str | None

    @property
    def is_active(self) -> bool:
        return self.is_quarantined or self.lifecycle in ("in_use", "phasing_out", None)

    @property
    def scopes(self) -> set[bool]:
        """Whether it may be among the active systems, and may not."""
        return {True, False} if self.lifecycle is None and not self.is_quarantined else {self.is_active}


@dataclass(frozen=True)
class Listed:
    """A row of *Dataobjekter*."""

    system: str
    item: str
    operations: str | None
    keeps_copy: bool | None
    fed_by: str | None
    is_quarantined: bool


@dataclass(frozen=True)
class Exchange:
    """A row of *Integrasjoner*; a system that is not listed quarantines it."""

    sender: str
    receiver: str
    item: str | None
    is_automatic: bool | None
    is_quarantined: bool


@dataclass
class Case:
    """One municipality: its rows."""

    number: str
    systems: list[System] = field(default_factory=list)
    cells: list[Listed] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    services: list[tuple[str, bool | None, bool]] = field(default_factory=list)
    # Reference process → what its rows say: absent, a role, *ingen*, blank (None) or quarantined.
    processes: dict[str, list[str | None]] = field(default_factory=dict)

    @property
    def n_open(self) -> int:
        """Cells and exchanges of which something is unknown."""
        held = [len(self.held(system, item)) > 1 for system in self.systems for item in REGISTERS]
        blank = [None in (row.item, row.is_automatic) for row in self.exchanges]
        return sum(held) + sum(blank)

    def held(self, system: System, item: str) -> set[bool]:
        """Whether the system may have the object, and may not."""
        if not system.is_active:
            return {False}
        rows = [row for row in self.cells if (row.system, row.item) == (system.key, item)]
        expected = any(item in EXPECTED[name] for name in system.functions)
        if system.is_quarantined or any(row.is_quarantined for row in rows):
            return {False, True} if rows or expected else {False}
        if not rows:
            return {False, True} if expected else {False}
        ways = LISTED[rows[0].operations, rows[0].keeps_copy]
        return ways | {False} if system.lifecycle is None else ways

    def ways(self) -> Iterator[Exchange]:
        """The exchanges between two different active systems that are not quarantined."""
        sound = {system.key for system in self.systems if system.is_active and not system.is_quarantined}
        for row in self.exchanges:
            if row.sender != row.receiver and {row.sender, row.receiver} <= sound:
                yield row


# --- what is drawn --------------------------------------------------------------------------------

DATES: tuple[tuple[str | None, bool | None], ...] = (
    (None, None),
    (None, False),
    (TOO_OLD, True),
    (RECENT, True),
)
ROLES = ("rector", "director", "engineer", None, "ingen")


def draw_system(key: str, dice: random.Random) -> System:
    return System(
        key,
        lifecycle=dice.choice(["in_use", "in_use", "in_use", "phasing_out", "retired", None]),
        functions=tuple(dice.sample(sorted(EXPECTED), dice.choice([1, 1, 2]))),
        areas=tuple(sorted(dice.sample(AREAS, dice.choice([0, 1, 1, 1, 1, 2, 2, 3])))),
        is_quarantined=dice.random() < 0.08,
        fits=(dice.choice([None, 1, 2, FIT, 5]), dice.choice([None, 1, 2, FIT, 5])),
        acquired=dice.choice(DATES),
        assessed=dice.choice(DATES),
        has_personal_data=dice.choice([True, True, False, None]),
        role=dice.choice(ROLES),
    )


def draw_of_roles(number: str, dice: random.Random) -> Case:
    """Systems of which only the role matters, and which are often not sure to be in use."""
    case = Case(number)
    roles = ["rector", "director", "engineer", "clerk", "nurse"]
    case.processes = {process: [dice.choice(roles)] for process in PROCESSES}
    for i in range(dice.randint(5, 8)):
        role = dice.choice([*roles, *roles, *roles, None])
        lifecycle, unrated = dice.choice(["in_use", None]), (None, None)
        system = System(f"s{i}", lifecycle, ("f0",), (), False, unrated, DATES[0], DATES[0], False, role)
        case.systems.append(system)
    return case


def draw_of_exchanges(number: str, dice: random.Random) -> Case:
    """Systems in use that hold one object, in an area each, with exchanges of it or of no name."""
    case = Case(number)
    for i in range(dice.randint(3, 5)):
        areas = tuple(sorted(dice.sample(AREAS, dice.choice([1, 1, 1, 2]))))
        fits = dice.choice([(1, 2), (FIT, 2)])
        case.systems.append(
            System(f"s{i}", "in_use", ("f0",), areas, False, fits, DATES[1], DATES[3], True, "rector")
        )
        if dice.random() < 0.8:
            said = dice.choice([("C", None), ("C", None), ("R", None)])
            fed_by = dice.choice(["register_auto", "own_entry", "own_entry", None])
            case.cells.append(Listed(f"s{i}", "o1", *said, fed_by, is_quarantined=False))
    keys = [system.key for system in case.systems]
    for _ in range(dice.randint(1, 5)):
        sender, receiver = dice.sample(keys, 2)
        item, automatic = dice.choice(["o1", "o1", None]), dice.choice([True, True, True, True, None])
        case.exchanges.append(Exchange(sender, receiver, item, automatic, is_quarantined=False))
    return case


def draw_exchanges(keys: list[str], sound: set[str], dice: random.Random) -> Iterator[Exchange]:
    """Exchanges, of which some stand twice; ``keys`` holds one system that is not listed."""
    for _ in range(dice.choice([0, 2, 4, 5])):
        sender, receiver = dice.choice(keys), dice.choice(keys)
        item = dice.choice([*REGISTERS, *REGISTERS, None])
        for _ in range(dice.choice([1, 1, 1, 2])):
            automatic = dice.choice([True, True, True, False, None])
            yield Exchange(sender, receiver, item, automatic, not {sender, receiver} <= sound)


def draw_of_all(number: str, dice: random.Random) -> Case:
    """Systems, cells and exchanges of every sort."""
    case = Case(number, [draw_system(f"s{i}", dice) for i in range(dice.randint(1, 4))])
    for system in case.systems:
        for item in REGISTERS:
            if dice.random() < 0.6:
                said = dice.choice(list(LISTED))
                fed_by = dice.choice(["register_auto", "own_entry", "system_auto", None])
                is_aside = system.is_quarantined or dice.random() < 0.05
                case.cells.append(Listed(system.key, item, *said, fed_by, is_aside))
    keys = [system.key for system in case.systems]
    sound = {system.key for system in case.systems if not system.is_quarantined}
    case.exchanges = list(draw_exchanges([*keys, *keys, "unlisted"], sound, dice))
    return case


def draw(number: str, dice: random.Random) -> Case:
    """A municipality; one system is in use and expects something, so that coverage is asked for."""
    case = dice.choice([draw_of_all, draw_of_all, draw_of_roles, draw_of_exchanges])(number, dice)
    case.systems.append(System("s", "in_use", ("f1",), (), False, (5, 5), DATES[1], DATES[1], False, "ingen"))
    case.cells.append(Listed("s", "o1", "none", None, None, is_quarantined=False))
    for service in (*SERVICES, "other"):
        for _ in range(dice.choice([0, 1, 1, 1])):
            case.services.append((service, dice.choice([True, False, None]), dice.random() < 0.1))
    for process in sorted(set(PROCESSES) - set(case.processes)):
        said_of_it = [
            dice.choice([*ROLES, "absent", "quarantined"]) for _ in range(dice.choice([0, 1, 1, 2]))
        ]
        case.processes[process] = said_of_it
    return case


def cases() -> list[Case]:
    """Cases with at most ten open cells and exchanges; the same every time."""
    dice = random.Random(20261231)
    found: list[Case] = []
    while len(found) < CASES:
        case = draw(f"{len(found):04d}", dice)
        if case.n_open <= MAX_OPEN:
            found.append(case)
    return found


def merged(drawn: list[Case]) -> dict[str, list[Case]]:
    """The municipalities of today, of two and three parts in turn."""
    found: dict[str, list[Case]] = {}
    left = list(drawn)
    while left:
        n_parts = 2 + len(found) % 2
        found[f"m{len(found):03d}"], left = left[:n_parts], left[n_parts:]
    return {number: parts for number, parts in found.items() if len(parts) > 1}


# --- enumeration ----------------------------------------------------------------------------------


def combined(sets: Iterable[set[Pair]]) -> set[Pair]:
    """Every sum of one pair of each set."""

    def add(some: set[Pair], more: set[Pair]) -> set[Pair]:
        return {(a + c, b + d) for a, b in some for c, d in more}

    return reduce(add, sets, {OUT})


def extremes(pairs: Iterable[Pair]) -> Bounds:
    """The least and greatest value over the completions that have a denominator."""
    ratios = [Fraction(100 * above, below) for above, below in pairs if below]
    return (min(ratios), max(ratios)) if ratios else (None, None)


def of_systems(case: Case, unit: str) -> Iterator[System]:
    for system in case.systems:
        if unit == "all" or unit in system.areas:
            yield system


def fit(case: Case, unit: str) -> set[Pair]:
    """TIME_E: every rating that is missing may be anything on the scale."""
    found = []
    for system in of_systems(case, unit):
        known = (None, None) if system.is_quarantined else system.fits
        ratings = [range(1, 6) if one is None else (one,) for one in known]
        answers = {YES if max(both) < FIT else NO for both in product(*ratings)}
        found.append(scoped(system.scopes, answers))
    return combined(found)


def scoped(scopes: set[bool], answers: set[Pair]) -> set[Pair]:
    """A thing that may be in scope, with those answers, or out."""
    return (answers if True in scopes else set()) | ({OUT} if False in scopes else set())


def dated(given: tuple[str | None, bool | None]) -> set[Pair]:
    """What a date may say: recent or not."""
    day, is_dated = given
    if is_dated is None:
        return {YES, NO}
    return {YES if day == RECENT else NO}


def acquired(case: Case, unit: str) -> set[Pair]:
    """SYS_NEW."""
    unknown = (None, None)
    return combined(
        scoped(system.scopes, dated(unknown if system.is_quarantined else system.acquired))
        for system in of_systems(case, unit)
    )


def assessed(case: Case, unit: str) -> set[Pair]:
    """SYS_ROS: in scope with personal data; a quarantined system is in and unknown."""
    found = []
    for system in of_systems(case, unit):
        if system.is_quarantined:
            found.append({YES, NO})
            continue
        personal = {True, False} if system.has_personal_data is None else {system.has_personal_data}
        scopes = {all(both) for both in product(system.scopes, personal)}
        found.append(scoped(scopes, dated(system.assessed)))
    return combined(found)


def services(case: Case, unit: str) -> set[Pair]:
    """NAT_USE: a service with several rows is in use where all say so."""
    found = []
    for service in SERVICES:
        rows = [None if aside else used for name, used, aside in case.services if name == service]
        ways = product(*[{True, False} if used is None else {used} for used in rows or [None]])
        found.append({YES if all(way) else NO for way in ways})
    return combined(found)


def automatic(case: Case, unit: str) -> set[Pair]:
    """INT_AUTO: the rows of one sender, receiver and object are one exchange."""
    rows: dict[tuple[str, str, str | None], list[bool | None]] = {}
    for row in case.exchanges:
        known = None if row.is_quarantined else row.is_automatic
        rows.setdefault((row.sender, row.receiver, row.item), []).append(known)
    found = []
    for said in rows.values():
        ways = product(*[{True, False} if one is None else {one} for one in said])
        found.append({YES if all(way) else NO for way in ways})
    return combined(found)


def listed_ways(case: Case) -> dict[tuple[str, str, str | None], bool | None]:
    """The exchanges by ends and object: automatic where all rows say so, unknown where none says no."""
    found: dict[tuple[str, str, str | None], bool | None] = {}
    for row in case.ways():
        ends = row.sender, row.receiver, row.item
        both = (found.get(ends, True), row.is_automatic)
        found[ends] = False if False in both else None if None in both else True
    return found


def fed(case: Case, unit: str) -> set[Pair]:
    """REG_USE: sources, objects and *automatisk* that are unknown may be anything."""
    keys = {system.key for system in of_systems(case, unit)}
    return combined(fed_cells(case, item, keys) for item, register in REGISTERS.items() if register)


def fed_cells(case: Case, item: str, keys: set[str]) -> set[Pair]:
    """The pairs of one object, over every completion of what is said of it."""
    held = {system.key: case.held(system, item) for system in case.systems}
    cells = [key for key, ways in held.items() if True in ways]
    aside = {system.key for system in case.systems if system.is_quarantined}
    rows = {row.system: row for row in case.cells if row.item == item}
    aside |= {key for key, row in rows.items() if row.is_quarantined}
    sources = []
    for key in cells:
        source = rows[key].fed_by if key in rows and key not in aside else None
        sources.append((True, False) if source is None else (source == "register_auto",))
    edges = [(ends, known) for ends, known in listed_ways(case).items() if ends[2] in (item, None)]
    passing = [
        (True, False) if known is None or (known and ends[2] is None) else (known,) for ends, known in edges
    ]
    found: set[Pair] = set()
    for drawn in set(product(*sources)):
        for kept in product(*passing):
            links = [ends[:2] for (ends, _), is_kept in zip(edges, kept, strict=True) if is_kept]
            starts = {key for key, is_fed in zip(cells, drawn, strict=True) if is_fed}
            yes = reached(starts, links)
            answers = [scoped(held[key], {YES if key in yes else NO}) for key in cells if key in keys]
            found |= combined(answers)
    return found


def reached(starts: set[str], links: list[tuple[str, str]]) -> set[str]:
    """The systems that are fed, and those that something comes to from them."""
    found, size = set(starts), -1
    while len(found) != size:
        size = len(found)
        found |= {receiver for sender, receiver in links if sender in found}
    return found


def silos(case: Case, unit: str) -> set[Pair]:
    """SILO_OBJ: over who holds each object, and which exchanges without a name carry it."""
    return combined(silo_ways(case, item) for item in REGISTERS)


def silo_ways(case: Case, item: str) -> set[Pair]:
    """What one object may be."""
    areas = {system.key: set(system.areas) for system in case.systems}
    held = {system.key: case.held(system, item) for system in case.systems}
    if any(True in ways and not areas[key] for key, ways in held.items()):
        return {OUT, YES, NO}
    automatic_ways = [ends for ends, known in listed_ways(case).items() if known]
    named = [ends[:2] for ends in automatic_ways if ends[2] == item]
    nameless = [ends[:2] for ends in automatic_ways if ends[2] is None]
    found = set()
    for chosen in product(*held.values()):
        holders = [key for key, is_held in zip(held, chosen, strict=True) if is_held]
        for carried in product((True, False), repeat=len(nameless)):
            links = named + [ends for ends, is_kept in zip(nameless, carried, strict=True) if is_kept]
            found.add(silo(holders, links, areas))
    return found


def silo(holders: list[str], links: list[tuple[str, str]], areas: dict[str, set[str]]) -> Pair:
    """Whether an object with those holders stands in a silo; out with fewer than two areas."""
    touched = set[str]().union(*(areas[key] for key in holders))
    if len(touched) < 2:
        return OUT
    both_ways = links + [(receiver, sender) for sender, receiver in links]
    groups = [reached({key}, both_ways) for ends in links for key in ends]
    joined = [set[str]().union(*(areas[key] for key in group)) for group in groups]
    joined += [areas[key] for key in holders]
    return NO if any(touched <= one for one in joined) else YES


def loads(case: Case, unit: str) -> set[Pair]:
    """KEY1: the greatest load and the things with a role, over who owns what is unknown."""
    sure: list[set[str]] = []  # roles of things in scope
    open_ones: list[str] = []  # role of a thing that may be out
    n_unknown = 0
    for rows in case.processes.values():
        present = [said for said in rows if said != "absent"]
        # *Har ikke* yields to another accepted row only.
        if "absent" in rows and set(present) <= {"quarantined"}:
            continue
        if not present or None in present or "quarantined" in present:
            n_unknown += 1
        elif set(present) != {"ingen"}:
            sure.append({said for said in present if said is not None and said != "ingen"})
    for system in case.systems:
        role = None if system.is_quarantined else system.role
        if not system.is_active or role == "ingen":
            continue
        if role is None:
            n_unknown += 1
        elif False in system.scopes:
            open_ones.append(role)
        else:
            sure.append({role})
    return load_ways(sure, open_ones, n_unknown)


def load_ways(sure: list[set[str]], open_ones: list[str], n_unknown: int) -> set[Pair]:
    """Every way in which things of unknown scope come in and things of unknown role get one or none."""
    found = set()
    for kept in set(product((True, False), repeat=len(open_ones))):
        known = sure + [{role} for role, is_in in zip(open_ones, kept, strict=True) if is_in]
        for n_named in range(n_unknown + 1):
            names = {*(role for roles in known for role in roles), *(f"new {i}" for i in range(n_named))}
            for given in combinations_with_replacement(sorted(names), n_named):
                owned = [role for roles in known for role in roles] + list(given)
                found.add((max(map(owned.count, names), default=0), len(known) + n_named))
    return found


Enumerate = Callable[[Case, str], set[Pair]]
WITH_CUTS: dict[str, Enumerate] = {"REG_USE": fed, "TIME_E": fit, "SYS_ROS": assessed, "SYS_NEW": acquired}
WHOLE: dict[str, Enumerate] = {"NAT_USE": services, "INT_AUTO": automatic, "SILO_OBJ": silos, "KEY1": loads}
FAMILIES = {name: name.split("_")[0] for name in (*WITH_CUTS, *WHOLE)} | {"KEY1": "KEY"}


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
MODELS = ("int_operation__share", "int_operation__silo", "int_operation__key_role")


def fill_pack(connection: duckdb.DuckDBPyConnection, today: dict[str, list[Case]]) -> None:
    """The pack, with the municipalities of today, which the parts become after the period."""
    columns = "period instrument_id reference_date year"
    insert(connection, "reference.period", columns, [(PERIOD, "none", "2026-12-31", 2026)])
    insert(connection, "reference.threshold", "threshold_id value", list(THRESHOLDS.items()))
    insert(connection, "reference.focus_area", "focus_area_id", [(area,) for area in AREAS])
    objects = [(item, register, "kjerne") for item, register in REGISTERS.items()]
    insert(connection, "reference.data_object", "data_object_id register_id tier", objects)
    insert(connection, "reference.function", "function_id tier", [(name, "kjerne") for name in EXPECTED])
    pairs = [(name, item) for name, items in EXPECTED.items() for item in sorted(items)]
    insert(connection, "reference.function_object", "function_id data_object_id", pairs)
    insert(connection, "reference.process", "process_id tier", [(name, "kjerne") for name in PROCESSES])
    relevant = [(name, True) for name in SERVICES]
    insert(connection, "reference.shared_service", "service_id is_relevant", [*relevant, ("other", False)])
    indicators = [
        (name, family, "systems", "processes" if name == "KEY1" else None, name in WITH_CUTS)
        for name, family in FAMILIES.items()
    ]
    columns = "indicator_id family source_kind second_source_kind has_focus_area_cut"
    insert(connection, "reference.indicator", columns, indicators)
    columns = "municipality_number is_fictional first_year"
    insert(connection, "reference.municipality", columns, [(number, True, 2027) for number in today])
    changes = [(part.number, 2026, number, "merged") for number, parts in today.items() for part in parts]
    columns = "old_number last_year new_number kind"
    insert(connection, "reference.municipality_change", columns, changes)


def fill_lake(connection: duckdb.DuckDBPyConnection, drawn: list[Case]) -> None:
    """The cases as deliveries."""
    deliveries = [
        (f"{case.number}{kind}", case.number, PERIOD, kind, "register", "accepted", True)
        for case in drawn
        for kind in ("systems", "processes")
    ]
    columns = "delivery_id municipality_number period kind collection_mode status is_counting"
    insert(connection, "ledger.delivery", columns, deliveries)
    for table, columns, rows in (
        (
            "system",
            "system_key lifecycle function_ids focus_area_ids functional_fit technical_fit acquired_date "
            "is_acquired risk_assessed_date is_risk_assessed has_personal_data owner_role",
            system_rows,
        ),
        ("system_data_object", "system_key data_object_id operations keeps_copy source_kind", cell_rows),
        (
            "exchange",
            "from_system to_system from_system_key to_system_key data_object_id is_automatic",
            exchange_rows,
        ),
        ("shared_service", "service_id is_used", service_rows),
        ("process", "process_name process_id is_absent owner_role", process_rows),
    ):
        numbered = [
            (case.number, PERIOD, case.number, "", row, *told)
            for case in drawn
            for row, told in enumerate(rows(case), 2)
        ]
        insert(connection, f"lake.{table}", f"{ROW} {columns}", numbered)


def system_rows(case: Case) -> Iterator[tuple[object, ...]]:
    for one in case.systems:
        told = (one.key, one.lifecycle, list(one.functions), list(one.areas))
        dates = (*one.acquired, *one.assessed)
        yield one.is_quarantined, *told, *one.fits, *dates, one.has_personal_data, one.role


def cell_rows(case: Case) -> Iterator[tuple[object, ...]]:
    for row in case.cells:
        yield row.is_quarantined, row.system, row.item, row.operations, row.keeps_copy, row.fed_by


def exchange_rows(case: Case) -> Iterator[tuple[object, ...]]:
    for row in case.exchanges:
        ends = (row.sender, row.receiver)
        keys = [None if end == "unlisted" else end for end in ends]
        yield row.is_quarantined, *ends, *keys, row.item, row.is_automatic


def service_rows(case: Case) -> Iterator[tuple[object, ...]]:
    for service, is_used, is_quarantined in case.services:
        yield is_quarantined, service, is_used


def process_rows(case: Case) -> Iterator[tuple[object, ...]]:
    for process, rows in case.processes.items():
        for said in rows:
            role = None if said in ("absent", "quarantined") else said
            yield said == "quarantined", process, process, said == "absent", role


@dataclass(frozen=True)
class Published:
    """What dbt computes of an indicator for a unit."""

    low: float | None
    high: float | None
    numerator: float
    denominator: float


Found = dict[tuple[str, str], Published]


@pytest.fixture(scope="module")
def drawn() -> list[Case]:
    return cases()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, drawn: list[Case]) -> Found:
    """By unit and indicator, as dbt computes it."""
    build: Build = create_build(tmp_path_factory.mktemp("bounds"))
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("begin")
        fill_pack(connection, merged(drawn))
        fill_lake(connection, drawn)
        connection.execute("commit")
    outcome = build.dbt("run", "--select", *[f"+{model}" for model in MODELS])
    assert outcome.status == 0, outcome.said
    columns = "unit_id, indicator_id, lower_bound, upper_bound, numerator, denominator"
    rows = [row for model in MODELS for row in build.rows(f"select {columns} from intermediate.{model}")]
    return {(unit, name): Published(*numbers) for unit, name, *numbers in rows}


def unit_id(number: str, unit: str = "all", boundary: str = "delivered") -> str:
    return f"{number}:{PERIOD}:{boundary}:{unit}"


def agrees(number: float | None, exact: Fraction | None) -> bool:
    if number is None or exact is None:
        return number is None and exact is None
    return abs(number - float(exact)) <= 1e-9


def assert_agrees(one: Published, exact: Bounds, told: object) -> None:
    assert agrees(one.low, exact[0]), (one, exact, told)
    assert agrees(one.high, exact[1]), (one, exact, told)


@pytest.mark.parametrize("unit", ["all", *AREAS])
@pytest.mark.parametrize("name", WITH_CUTS)
def test_bounds_of_cuts_agree_with_enumeration(found: Found, drawn: list[Case], name: str, unit: str) -> None:
    for case in drawn:
        exact = extremes(WITH_CUTS[name](case, unit))
        assert_agrees(found[unit_id(case.number, unit), name], exact, case)


@pytest.mark.parametrize("name", WHOLE)
def test_bounds_agree_with_enumeration(found: Found, drawn: list[Case], name: str) -> None:
    for case in drawn:
        exact = extremes(WHOLE[name](case, "all"))
        assert_agrees(found[unit_id(case.number), name], exact, case)


@pytest.mark.parametrize("name", [*WITH_CUTS, *WHOLE])
def test_bounds_of_merged_municipalities_agree_with_enumeration(
    found: Found, drawn: list[Case], name: str
) -> None:
    ways = (WITH_CUTS | WHOLE)[name]
    for number, parts in merged(drawn).items():
        exact = extremes(combined(ways(part, "all") for part in parts))
        assert_agrees(found[unit_id(number, boundary="current"), name], exact, parts)


@pytest.mark.parametrize("name", [*WITH_CUTS, *WHOLE])
def test_the_value_lies_within_its_bounds(found: Found, name: str) -> None:
    own = [one for (_, indicator), one in found.items() if indicator == name and one.denominator]
    assert len(own) > CASES / 2
    for one in own:
        assert one.low is not None
        assert one.high is not None
        assert one.low - 1e-9 <= 100 * one.numerator / one.denominator <= one.high + 1e-9, (name, one)


@pytest.mark.parametrize("name", [*WITH_CUTS, *WHOLE])
def test_the_cases_have_every_outcome_and_the_comparison_can_fail(found: Found, name: str) -> None:
    own = [one for (_, indicator), one in found.items() if indicator == name]
    known = [(one.low, one.high) for one in own if one.low is not None and one.high is not None]
    assert any(low < high for low, high in known)
    assert any(0 < low == high for low, high in known)
    # Something may always be in scope of these two here.
    assert len(known) < len(own) or name in ("NAT_USE", "KEY1")
    one = next(one for one in own if one.low)
    low, high = Fraction(one.low or 0), Fraction(one.high or 0)
    assert_agrees(one, (low, high), one)
    with pytest.raises(AssertionError):
        assert_agrees(one, (low, high + Fraction(1, 1000)), one)
