"""DUP_, COV_SYS and COV_FUN: systems, what they serve, and the cells of system × core data object."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from .calendar import read_date
from .cell import HUNDRED, MIN_COVERAGE, Cell
from .names import norm, parts
from .pack import Pack
from .processes import MEANS_NO, NO, OUT, YES, Options, coverage_cell, extreme, yes_no
from .sheets import Sheet

LIFECYCLE = {
    "planlagt": "planned",
    "i bruk": "in_use",
    "under utfasing": "phasing_out",
    "avviklet": "retired",
    "planned": "planned",
    "in use": "in_use",
    "phasing out": "phasing_out",
    "retired": "retired",
}
NO_OPERATIONS = {"ingen", "none"}

# The states of a cell, in their order.
NONE, HOLDS, MAINTAINS = 0, 1, 2
States = frozenset[int]
ALL_STATES: States = frozenset({NONE, HOLDS, MAINTAINS})


@dataclass
class System:
    """One separately contracted product; lifecycle None is blank (or illegal)."""

    key: str
    names: set[str]
    functions: set[str]
    lifecycle: str | None
    is_quarantined: bool
    listed_objects: list[str] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return self.is_quarantined or self.lifecycle in {None, "in_use", "phasing_out"}

    @property
    def may_be_gone(self) -> bool:
        """A blank lifecycle adds none to every cell."""
        return self.lifecycle is None and not self.is_quarantined


@dataclass(frozen=True)
class ObjectRow:
    """One row of *Dataobjekter*: operations are letters, ``none`` or ``x``; empty is blank."""

    operations: frozenset[str]
    keeps_copy: bool | None = None
    is_master: bool | None = None


def read_systems(sheet: Sheet | None, pack: Pack, period: str) -> list[System]:
    """The systems of *Systemer*; rows that share a key are one quarantined system."""
    functions = pack.concepts("function")
    grouped: dict[str, list[System]] = defaultdict(list)
    for number, cells in sheet.rows if sheet else []:
        system = _read_system(number, cells, functions, pack.reference_date(period))
        grouped[system.key].append(system)
    return [_one_system(systems) for systems in grouped.values()]


def _read_system(number: int, cells: dict[str, str], functions: dict[str, str], reference: date) -> System:
    name, identifier = norm(cells.get("systemnavn", "")), norm(cells.get("system id", ""))
    named = parts(cells.get("funksjon", ""))
    known = {functions[norm(text)] for text in named if norm(text) in functions}
    illegal = any(norm(text) not in functions for text in named)
    # The end of a contract lies ahead by its nature; the other dates are of things that happened.
    dates = [read_date(cells.get(column, "")) for column in ("anskaffet", "ros dato")]
    late = any(day is not None and day > reference for day in dates)
    faulty = not name or not named or illegal or late
    return System(
        key=identifier or name or f"row:{number}",
        names={text for text in (name, identifier) if text},
        functions=known,
        lifecycle=LIFECYCLE.get(norm(cells.get("livsløp", ""))),
        is_quarantined=faulty,
        listed_objects=parts(cells.get("dataobjekter", "")),
    )


def _one_system(systems: list[System]) -> System:
    if len(systems) == 1:
        return systems[0]
    return System(
        systems[0].key,
        {name for system in systems for name in system.names},
        {function for system in systems for function in system.functions},
        None,
        True,
        [text for system in systems for text in system.listed_objects],
    )


class Resolver:
    """From a name or id as written in another sheet to a system; None where it is not exactly one."""

    def __init__(self, systems: Iterable[System]) -> None:
        self._by_name: dict[str, list[System]] = defaultdict(list)
        for system in systems:
            for name in system.names:
                self._by_name[name].append(system)

    def find(self, text: str) -> System | None:
        found = self._by_name.get(norm(text), [])
        return found[0] if len(found) == 1 else None

    def follows(self, text: str) -> bool:
        """Whether a row that needs this reference is quarantined: unresolved, ambiguous or quarantined."""
        return self.find(text) is None or self.is_quarantined(text)

    def is_quarantined(self, text: str) -> bool:
        """Whether the reference leads to a quarantined system: then any row follows it."""
        system = self.find(text)
        return system is not None and system.is_quarantined


def answered_functions(sheet: Sheet | None, resolver: Resolver, pack: Pack) -> set[str]:
    """The functions that accepted rows of *Funksjoner* mark komplett or har ikke.

    Accepted rows also give their function to the systems they list (a side effect on ``System``).
    """
    functions = pack.concepts("function")
    rows = sheet.rows if sheet else []
    ids = [functions.get(norm(cells.get("funksjon", ""))) for _, cells in rows]
    repeated = {key for key, count in Counter(ids).items() if count > 1}
    answered = set()
    for function_id, (_, cells) in zip(ids, rows, strict=True):
        named = parts(cells.get("systemer", ""))
        has_none = any(norm(text) in MEANS_NO for text in named)
        listed = [text for text in named if norm(text) not in MEANS_NO]
        if function_id is None or function_id in repeated or any(resolver.follows(text) for text in listed):
            continue
        for text in listed:
            system = resolver.find(text)
            if system is not None:
                system.functions.add(function_id)
        if has_none or yes_no(cells.get("komplett", "")):
            answered.add(function_id)
    return answered


def read_operations(text: str) -> frozenset[str]:
    """Letters of CRUD, ``x`` or ``none``; blank and anything illegal are empty."""
    plain = norm(text)
    if plain in NO_OPERATIONS:
        return frozenset({"none"})
    if plain == "x":
        return frozenset({"x"})
    letters = frozenset(letter for letter in plain.upper() if letter not in " ,;/|+&-\n")
    return letters if letters <= set("CRUD") else frozenset()


Listed = dict[tuple[str, str], list[ObjectRow]]


def listed_cells(sheet: Sheet | None, systems: Sequence[System], resolver: Resolver, pack: Pack) -> Listed:
    """The rows of each cell (system key, core data object), also those that follow a quarantine."""
    objects = pack.concepts("data_object")
    listed: Listed = defaultdict(list)
    for system in systems:
        for text in system.listed_objects:
            if norm(text) in objects:
                listed[(system.key, objects[norm(text)])].append(ObjectRow(frozenset({"x"})))
    for _, cells in sheet.rows if sheet else []:
        found = resolver.find(cells.get("systemnavn", ""))
        object_id = objects.get(norm(cells.get("dataobjekt", "")))
        if found is None or object_id is None:
            continue
        row = ObjectRow(
            read_operations(cells.get("operasjoner", "")),
            yes_no(cells.get("lagrer kopi", "")),
            yes_no(cells.get("master", "")),
        )
        listed[(found.key, object_id)].append(row)
    return listed


def states_of(rows: Sequence[ObjectRow]) -> States:
    """The possible states of a listed cell; repeated rows unite, a contradiction leaves all three."""
    operations = frozenset(letter for row in rows for letter in row.operations)
    copies = {row.keeps_copy for row in rows}
    copy = True if True in copies else False if False in copies else None
    if "none" in operations:
        contradicted = operations != {"none"} or copy is True or any(row.is_master for row in rows)
        return ALL_STATES if contradicted else frozenset({NONE})
    if operations & set("CUD"):
        return frozenset({MAINTAINS})
    if "x" in operations:
        return frozenset({HOLDS, MAINTAINS})
    if "R" in operations:
        return {True: frozenset({HOLDS}), False: frozenset({NONE}), None: frozenset({NONE, HOLDS})}[copy]
    if copy is None:
        return ALL_STATES
    return ALL_STATES - {NONE} if copy else ALL_STATES - {HOLDS}


def cell_states(system: System, rows: Sequence[ObjectRow], is_expected: bool) -> States:
    """The possible states of any cell of an active system."""
    if system.is_quarantined and (rows or is_expected):
        return ALL_STATES
    unlisted = ALL_STATES if is_expected else frozenset({NONE})
    states = states_of(rows) if rows else unlisted
    return states | {NONE} if system.may_be_gone else states


@dataclass(frozen=True)
class Grid:
    """Every cell of active systems × core objects: its states, and whether the pack expects it."""

    states: Mapping[tuple[str, str], States]
    expected: frozenset[tuple[str, str]]


def build_grid(systems: Sequence[System], listed: Listed, pack: Pack) -> Grid:
    core = pack.core("data_object")
    held = defaultdict(set)
    for row in pack.rows("function_object"):
        held[row["function_id"]].add(row["data_object_id"])
    states: dict[tuple[str, str], States] = {}
    expected = set()
    for system in systems:
        if not system.is_active:
            continue
        wanted = {object_id for function in system.functions for object_id in held[function]}
        for object_id in core:
            key = (system.key, object_id)
            if object_id in wanted:
                expected.add(key)
            states[key] = cell_states(system, listed.get(key, []), object_id in wanted)
    return Grid(states, frozenset(expected))


# --- the four DUP_ indicators ---------------------------------------------------------------

Range = tuple[int, int]


def count_ranges(cells: Mapping[tuple[str, str], States], least_state: int) -> list[Range]:
    """Per object, the least and the greatest number of systems in at least that state."""
    ranges: dict[str, Range] = {}
    for (_, object_id), states in cells.items():
        low, high = ranges.get(object_id, (0, 0))
        ranges[object_id] = (low + (min(states) >= least_state), high + (max(states) >= least_state))
    return [ranges[object_id] for object_id in sorted(ranges)]


def least_average(ranges: Sequence[Range]) -> Fraction | None:
    """(Σa + #opt) ÷ (#{a ≥ 1} + #opt), opt = {a = 0, b ≥ 1}."""
    forced = [low for low, _ in ranges if low >= 1]
    optional = sum(1 for low, high in ranges if low == 0 and high >= 1)
    count = len(forced) + optional
    return Fraction(sum(forced) + optional, count) if count else None


def greatest_average(ranges: Sequence[Range]) -> Fraction | None:
    """Σb over {a ≥ 1}, then opt objects by falling b while b exceeds the current ratio."""
    total = sum(high for low, high in ranges if low >= 1)
    count = sum(1 for low, _ in ranges if low >= 1)
    for high in sorted((high for low, high in ranges if low == 0 and high >= 1), reverse=True):
        if count and high * count <= total:
            break
        total, count = total + high, count + 1
    return Fraction(total, count) if count else None


def redundancy(average: Fraction | None) -> Fraction | None:
    """100·(1 − 1 ÷ average)."""
    return None if average is None else HUNDRED * (1 - 1 / average)


def multi_options(masters: Range) -> Options:
    """What an object with so many maintaining systems can be for DUP_MULTI."""
    low, high = masters
    possible = {OUT: low == 0, NO: low <= 1 <= high, YES: high >= 2}
    return frozenset(option for option, is_possible in possible.items() if is_possible)


@dataclass(frozen=True)
class Measure:
    """Numerator and denominator of the value, its scale, the bounds, and n."""

    numerator: int
    denominator: int
    scale: Fraction
    bounds: tuple[Fraction | None, Fraction | None]
    n: int


def measures(grid: Grid) -> dict[str, Measure]:
    """The four DUP_ formulas on the least state of each cell, and their bounds."""
    all_counts = count_ranges(grid.states, HOLDS)
    kept = {key: states for key, states in grid.states.items() if key in grid.expected}
    masters = count_ranges(kept, MAINTAINS)
    least, most = least_average(all_counts), greatest_average(all_counts)
    held = [low for low, _ in all_counts if low >= 1]
    in_play = sum(1 for _, high in all_counts if high >= 1)
    maintained = [low for low, _ in masters if low >= 1]
    options = [o for masters_range in masters if (o := multi_options(masters_range)) != frozenset({OUT})]
    multi = (extreme(options, NO, YES), extreme(options, YES, NO)) if options else (None, None)
    unc = redundancy(least_average(masters)), redundancy(greatest_average(masters))
    excess = sum(low - 1 for low in maintained)
    return {
        "DUP_AVG": Measure(sum(held), len(held), Fraction(1), (least, most), in_play),
        "DUP_RED": Measure(
            sum(held) - len(held), sum(held), HUNDRED, (redundancy(least), redundancy(most)), in_play
        ),
        "DUP_MULTI": Measure(
            sum(1 for low in maintained if low >= 2), len(maintained), HUNDRED, multi, len(options)
        ),
        "DUP_UNC": Measure(excess, sum(maintained), HUNDRED, unc, len(options)),
    }


def dup_cell(measure: Measure, known: int, expected: int, answered: Fraction) -> Cell:
    """Status and numbers of one DUP_ indicator.

    known of expected: its own cells; answered: COV_FUN's value, on which it rests as well, so that
    the coverage is the lesser of the two.
    """
    own = HUNDRED * Fraction(known, expected) if expected else HUNDRED
    coverage = min(own, answered)
    plain = Cell(
        "no_denominator",
        numerator=Fraction(measure.numerator),
        denominator=Fraction(measure.denominator),
        n=measure.n,
        coverage=coverage,
    )
    low, high = measure.bounds
    if coverage < MIN_COVERAGE:
        return replace(plain, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if measure.denominator == 0:
        return plain
    value = measure.scale * Fraction(measure.numerator, measure.denominator)
    return replace(plain, status="ok", value=value, lower_bound=low, upper_bound=high)


def system_cells(sheets: Mapping[str, Sheet], pack: Pack, period: str) -> dict[str, Cell]:
    """The four DUP_ indicators, COV_SYS and COV_FUN of one municipality's system deliveries."""
    systems = read_systems(sheets.get("systems"), pack, period)
    resolver = Resolver(systems)
    core_functions = pack.core("function")
    answered = answered_functions(sheets.get("functions"), resolver, pack) & set(core_functions)
    listed = listed_cells(sheets.get("system_data_objects"), systems, resolver, pack)
    grid = build_grid(systems, listed, pack)
    expected = [grid.states[key] for key in grid.expected]
    known = sum(1 for states in expected if len(states) == 1)
    settled = sum(1 for states in expected if states == {NONE} or NONE not in states)
    functions = coverage_cell(len(answered), len(core_functions))
    assert functions.value is not None
    own = measures(grid)
    cells = {
        indicator: dup_cell(own[indicator], count, len(expected), functions.value)
        for indicator, count in (
            ("DUP_AVG", settled),
            ("DUP_RED", settled),
            ("DUP_MULTI", known),
            ("DUP_UNC", known),
        )
    }
    cells["COV_SYS"] = coverage_cell(known, len(expected))
    cells["COV_FUN"] = functions
    return cells
