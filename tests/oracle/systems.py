"""DUP_, COV_SYS and COV_FUN: systems, what they serve, and the cells of system × core data object."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from .calendar import is_recent, read_date
from .cell import HUNDRED, MIN_COVERAGE, Cell, percent
from .names import norm, parts
from .pack import Pack
from .processes import only_no, yes_no
from .ratio import greatest_ratio, least_ratio
from .roles import MEANS_NO, read_role
from .shares import NO, OUT, YES, Options, coverage_cell, extreme, known_answer, least_favourable
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
    areas: frozenset[str] = frozenset()
    role: str | None = None
    is_personal: bool | None = None
    is_assessed: bool | None = None
    is_new: bool | None = None
    functional: int | None = None
    technical: int | None = None
    product: str = ""
    vendor: str = ""
    name: str = ""
    cost: Fraction | None = None
    contract_end: date | None = None
    listed_functions: set[str] = field(default_factory=set)

    @property
    def serves(self) -> set[str]:
        """The functions of both sheets; only those of its own rows make cells expected."""
        return self.functions | self.listed_functions

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
    source: str | None = None


def read_systems(sheet: Sheet | None, pack: Pack, period: str) -> list[System]:
    """The systems of *Systemer*; rows that share a key are one quarantined system."""
    functions = pack.concepts("function")
    grouped: dict[str, list[System]] = defaultdict(list)
    for number, cells in sheet.rows if sheet else []:
        system = _read_system(number, cells, functions, pack, pack.reference_date(period))
        grouped[system.key].append(system)
    return [_one_system(systems) for systems in grouped.values()]


def _read_system(
    number: int, cells: dict[str, str], functions: dict[str, str], pack: Pack, reference: date
) -> System:
    name, identifier = norm(cells.get("systemnavn", "")), norm(cells.get("system id", ""))
    named = parts(cells.get("funksjon", ""))
    known = {functions[norm(text)] for text in named if norm(text) in functions}
    illegal = any(norm(text) not in functions for text in named)
    # The end of a contract lies ahead by its nature; the other dates are of things that happened.
    dates = [read_date(cells.get(column, "")) for column in ("anskaffet", "ros dato")]
    late = any(day is not None and day > reference for day in dates)
    faulty = not name or not named or illegal or late
    areas = {pack.focus_areas.get(norm(text)) for text in parts(cells.get("satsingsområde", ""))}
    return System(
        key=identifier or name or f"row:{number}",
        names={text for text in (name, identifier) if text},
        functions=known,
        lifecycle=LIFECYCLE.get(norm(cells.get("livsløp", ""))),
        is_quarantined=faulty,
        listed_objects=parts(cells.get("dataobjekter", "")),
        areas=frozenset(area for area in areas if area),
        role=None if faulty else read_role(cells.get("systemeier rolle", ""), pack),
        is_personal=yes_no(cells.get("personopplysninger", "")),
        is_assessed=_recent(cells.get("ros dato", ""), reference),
        is_new=_recent(cells.get("anskaffet", ""), reference),
        functional=_rating(cells.get("funksjonell egnethet", "")),
        technical=_rating(cells.get("teknisk egnethet", "")),
        product=cells.get("produkt", ""),
        vendor=cells.get("leverandør", ""),
        name=cells.get("systemnavn", ""),
        cost=read_amount(cells.get("årlig kostnad", "")),
        contract_end=read_date(cells.get("avtaleslutt", "")),
    )


def _recent(text: str, reference: date) -> bool | None:
    """Whether a date column tells of the last 24 months; *nei* is no, blank and nonsense are unknown."""
    day = read_date(text)
    return only_no(text) if day is None else is_recent(day, reference)


def _rating(text: str) -> int | None:
    plain = norm(text).removesuffix(",0").removesuffix(".0")
    return int(plain) if plain in {"1", "2", "3", "4", "5"} else None


def read_amount(text: str) -> Fraction | None:
    """A sum of money: spaces part thousands, a comma or a dot the decimals."""
    plain = "".join(text.split()).replace(",", ".")
    try:
        return Fraction(plain) if plain and "/" not in plain else None
    except ValueError:
        return None


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
        frozenset(area for system in systems for area in system.areas),
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
                system.listed_functions.add(function_id)
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
            _source(cells.get("kilde", "")),
        )
        listed[(found.key, object_id)].append(row)
    return listed


SOURCES = {
    *("register_auto", "register_manuell", "egenregistrert", "system_auto", "system_manuell"),
    *("register_automatic", "register_manual", "own_registration", "system_automatic", "system_manual"),
}
FROM_REGISTER = {"register_auto", "register_automatic"}


def _source(text: str) -> str | None:
    plain = norm(text).replace(" ", "_")
    return plain if plain in SOURCES else None


def is_contradicted(rows: Sequence[ObjectRow]) -> bool:
    """*Ingen* beside operations, a copy or a master: the rows are quarantined."""
    operations = frozenset(letter for row in rows for letter in row.operations)
    other = any(row.keeps_copy or row.is_master for row in rows)
    return "none" in operations and (operations != {"none"} or other)


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


Cells = tuple[str, str]  # system key, data object


@dataclass(frozen=True)
class Grid:
    """Every cell of active systems × core objects: its states, and whether the pack expects it.

    masters: what is known of each listed cell; fed: whether its *kilde* is a register, automatically.
    What is missing from them is unknown.
    """

    states: Mapping[Cells, States]
    expected: frozenset[Cells]
    masters: Mapping[Cells, bool] = field(default_factory=dict)
    fed: Mapping[Cells, bool] = field(default_factory=dict)

    def of(self, systems: Collection[str]) -> Grid:
        """The rows of some systems only."""
        return Grid(
            {key: states for key, states in self.states.items() if key[0] in systems},
            frozenset(key for key in self.expected if key[0] in systems),
            {key: known for key, known in self.masters.items() if key[0] in systems},
            {key: known for key, known in self.fed.items() if key[0] in systems},
        )


def unite_grids(grids: Mapping[str, Grid]) -> Grid:
    """The grids of a unit's parts; each part's systems and objects stay its own."""
    states, expected, masters, fed = {}, set(), {}, {}
    for part, grid in grids.items():
        states.update({within(part, key): one for key, one in grid.states.items()})
        expected |= {within(part, key) for key in grid.expected}
        masters.update({within(part, key): known for key, known in grid.masters.items()})
        fed.update({within(part, key): known for key, known in grid.fed.items()})
    return Grid(states, frozenset(expected), masters, fed)


def within(part: str, key: Cells) -> Cells:
    return f"{part}/{key[0]}", f"{part}/{key[1]}"


def build_grid(systems: Sequence[System], listed: Listed, pack: Pack) -> Grid:
    core = pack.core("data_object")
    held = defaultdict(set)
    for row in pack.rows("function_object"):
        held[row["function_id"]].add(row["data_object_id"])
    states: dict[Cells, States] = {}
    masters: dict[Cells, bool] = {}
    fed: dict[Cells, bool] = {}
    expected = set()
    for system in systems:
        if not system.is_active:
            continue
        wanted = {object_id for function in system.functions for object_id in held[function]}
        for object_id in core:
            key = (system.key, object_id)
            rows = listed.get(key, [])
            if object_id in wanted:
                expected.add(key)
            states[key] = cell_states(system, rows, object_id in wanted)
            if system.is_quarantined or is_contradicted(rows):
                continue
            if (is_master := known_answer([row.is_master for row in rows])) is not None:
                masters[key] = is_master
            sources = [None if row.source is None else row.source in FROM_REGISTER for row in rows]
            if (is_fed := least_favourable(sources) if sources else None) is not None:
                fed[key] = is_fed
    return Grid(states, frozenset(expected), masters, fed)


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


# --- DUP_SOR --------------------------------------------------------------------------------

Reach = tuple[bool, int]  # whether the object is held, and its masters up to two


def reachable(grid: Grid, object_id: str, has_register: bool) -> set[Reach]:
    """The pairs that the expected cells of one object can come to."""
    found = {(False, int(has_register))}
    for key in grid.expected:
        if key[1] == object_id:
            found = {_add(one, step) for one in found for step in _steps(grid, key)}
    return found


def _steps(grid: Grid, key: Cells) -> set[Reach]:
    """What one cell can add: nothing, or a holding system that is a master or not."""
    steps: set[Reach] = {(False, 0)} if NONE in grid.states[key] else set()
    if grid.states[key] - {NONE}:
        answers = {True: {1}, False: {0}, None: {0, 1}}[grid.masters.get(key)]
        steps |= {(True, masters) for masters in answers}
    return steps


def _add(one: Reach, step: Reach) -> Reach:
    return one[0] or step[0], min(2, one[1] + step[1])


def one_master(grid: Grid, with_register: Collection[str]) -> Measure:
    """DUP_SOR on the least state of each cell, a blank *master* as no; and its bounds."""
    objects = sorted({object_id for _, object_id in grid.expected})
    choices, yes, held = [], 0, 0
    for object_id in objects:
        reach = reachable(grid, object_id, object_id in with_register)
        choices.append(sorted({(int(r[0] and r[1] == 1), int(r[0])) for r in reach}))
        sure = [key for key in grid.expected if key[1] == object_id and NONE not in grid.states[key]]
        masters = sum(1 for key in sure if grid.masters.get(key)) + (object_id in with_register)
        held += bool(sure)
        yes += bool(sure) and masters == 1
    bounds = percent(least_ratio(choices)), percent(greatest_ratio(choices))
    return Measure(yes, held, HUNDRED, bounds, sum(1 for one in choices if one != [(0, 0)]))


# --- the whole of a delivery ----------------------------------------------------------------


def settled_cells(grid: Grid) -> tuple[int, int, int]:
    """Expected cells with one possible state, those settled as none or not none, and all."""
    expected = [grid.states[key] for key in grid.expected]
    known = sum(1 for states in expected if len(states) == 1)
    settled = sum(1 for states in expected if states == {NONE} or NONE not in states)
    return known, settled, len(expected)


def system_cells(
    grid: Grid, n_answered: int, n_functions: int, with_register: Collection[str]
) -> dict[str, Cell]:
    """The DUP_ indicators, COV_SYS and COV_FUN.

    n_answered of n_functions: core functions; with_register: the grid's objects that have one.
    """
    known, settled, expected = settled_cells(grid)
    functions = coverage_cell(n_answered, n_functions)
    assert functions.value is not None
    own = {**measures(grid), "DUP_SOR": one_master(grid, with_register)}
    on_settled = {"DUP_AVG", "DUP_RED"}
    cells = {
        indicator: dup_cell(measure, settled if indicator in on_settled else known, expected, functions.value)
        for indicator, measure in own.items()
    }
    cells["COV_SYS"] = coverage_cell(known, expected)
    cells["COV_FUN"] = functions
    return cells
