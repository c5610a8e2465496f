"""The bounds of the process indicators agree with the enumeration of every completion, on random cases.

PRO_, INI_ and ONCE_GAP, of whole municipalities, of focus areas and of municipalities that were merged. The
enumeration is written from the definitions: it knows what each thing may still turn out to be (yes, no, out
of scope), tries each combination, and keeps the least and greatest value of those with a denominator.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.integration.dbt_support import Build, create_build

CASES = 1000
MERGED = 150
MAX_COMPLETIONS = 5_000
PERIOD, REFERENCE_DATE = "2026", date(2026, 12, 31)
AREAS = {"a": ("p1", "p2", "p3", "p4"), "b": ("p5", "p6", "p7", "p8"), "empty": ()}
PROCESSES = tuple(f"p{i}" for i in range(1, 11))
CITIZEN_FACING = frozenset({"p1", "p2", "p5", "p6", "p7", "p9"})
EXTENDED = "extended"
PAIRS = tuple(
    (process, item)
    for process, items in {"p1": "xyz", "p2": "x", "p5": "xy", "p6": "z", "p9": "xyz"}.items()
    for item in items
)
SHARES = ("PRO_OWN", "PRO_OWNX", "PRO_XUN", "PRO_X", "PRO_DOC", "PRO_MEAS", "PRO_SELF", "ONCE_GAP")
INITIATIVES = ("INI_MAP", "INI_OWN", "INI_BEN")

# What a cell can hold → what that says: yes, no, or nothing (None). A date exactly 24 months old is too old.
DESCRIBED: dict[str, tuple[date | None, bool | None, bool | None]] = {
    "blank": (None, None, None),
    "nei": (None, False, False),
    "old": (date(2020, 5, 1), True, False),
    "exactly 24 months": (date(2024, 12, 31), True, False),
    "24 months but a day": (date(2025, 1, 1), True, True),
    "the reference date": (REFERENCE_DATE, True, True),
}
UNITS: dict[str, tuple[list[str] | None, bool | None]] = {
    "blank": (None, None),
    "none": ([], False),
    "one": (["Helse", " helse"], False),
    "two": (["Helse", "Skole"], True),
}
OWNERSHIP = (None, "none", "line_manager", "process_owner")
SELF_SERVICE = {None: None, "yes": True, "no": False, "not_relevant": None}
COLLECTION = {
    None: None,
    "asked_user": True,
    "typed_manually": True,
    "register_auto": False,
    "internal_reuse": False,
}
ROLES = {None: None, "***": None, "vet ikke": None, "Rådgiver": True, "Ingen": False, "nei": False}
YES_NO = (None, True, False)

Answer = bool | None
# What a thing may turn out to be: True, False, or None for out of scope.
Options = frozenset[bool | None]
Bounds = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True)
class Row:
    """A row of *Prosesser*."""

    process: str
    is_quarantined: bool = False
    is_absent: bool = False
    ownership: str | None = None
    units: str = "blank"
    described: str = "blank"
    is_measured: Answer = None
    self_service: str | None = None

    @property
    def is_answered(self) -> bool:
        given = (self.ownership, self.is_measured, self.self_service)
        return any(one is not None for one in given) or {self.units, self.described} != {"blank"}


@dataclass
class Case:
    """One municipality's delivery: its rows, and the answers of its respondents."""

    number: str
    rows: list[Row] = field(default_factory=list)
    asked: list[tuple[str, str, str | None, bool]] = field(default_factory=list)
    initiatives: list[tuple[str, Answer, str | None, Answer, bool]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


def draw(number: str, dice: random.Random) -> Case:
    """A municipality with more or less of everything answered."""
    case = Case(number, answers=[dice.randint(1, 5) for _ in range(dice.choice([5, 6, 9]))])
    silence = dice.choice([0.05, 0.3, 0.6])
    for process in (*PROCESSES, EXTENDED):
        shape = dice.choices(
            ["", "row", "row row", "absent", "absent row", "aside", "aside row", "blank", "blank absent"],
            [silence * 20, 60, 12, 12, 4, 4, 4, 4, 2],
        )[0]
        case.rows += [draw_row(process, word, silence, dice) for word in shape.split()]
    for process, item in (*PAIRS, (EXTENDED, "x")):
        for _ in range(dice.choices([0, 1, 2], [silence * 8, 8, 2])[0]):
            said = None if dice.random() < silence else dice.choice(list(COLLECTION)[1:])
            case.asked.append((process, item, said, dice.random() < 0.05))
    for name in dice.choices([" a ", *"ABCDEFGHIJKL"], k=dice.randint(0, 14)):
        mapped, measured = dice.choice(YES_NO), dice.choice(YES_NO)
        case.initiatives.append((name, mapped, dice.choice(list(ROLES)), measured, dice.random() < 0.1))
    return case


def draw_row(process: str, word: str, silence: float, dice: random.Random) -> Row:
    if word == "absent":
        return Row(process, is_absent=True)
    if word == "blank":
        return Row(process)

    def said(answers: Sequence[Any]) -> Any:
        return answers[0] if dice.random() < silence else dice.choice(answers[1:])

    return Row(
        process,
        is_quarantined=word == "aside",
        ownership=said(OWNERSHIP),
        units=said(list(UNITS)),
        described=said(list(DESCRIBED)),
        is_measured=said(YES_NO),
        self_service=said(list(SELF_SERVICE)),
    )


# --- what the definitions leave open ---------------------------------------------------------------


def all_must(answers: Iterable[Answer]) -> Answer:
    """Of several rows of a thing: no if any says no, else unknown if any is blank."""
    given = list(answers)
    return False if False in given else None if None in given else True


def one_may(answers: Iterable[Answer]) -> Answer:
    """Of several rows of a thing: yes if any says yes, else unknown if any is blank."""
    given = list(answers)
    return True if True in given else None if None in given else False


def options(answer: Answer) -> Options:
    return frozenset({True, False}) if answer is None else frozenset({answer})


@dataclass(frozen=True)
class Known:
    """What is known of a process that the municipality may have."""

    is_delivered: bool
    ownership: str | None = None
    is_cross_unit: Answer = None
    is_described: Answer = None
    is_measured: Answer = None
    has_self_service: Answer = None


def known(case: Case, process: str) -> Known | None:
    """A core process, its rows put together; None where it is *har ikke*."""
    rows = [row for row in case.rows if row.process == process]
    present = [row for row in rows if not row.is_absent]
    accepted = [row for row in present if not row.is_quarantined]
    if len(present) < len(rows) and not accepted:
        return None
    if not present:
        return Known(is_delivered=False)
    given = [Row(process) if row.is_quarantined else row for row in present]
    owners = [row.ownership for row in given]
    ranked = [owner for owner in OWNERSHIP[2:] if owner in owners]
    return Known(
        any(row.is_answered for row in accepted),
        "none" if "none" in owners else None if None in owners else ranked[0],
        one_may(UNITS[row.units][1] for row in given),
        all_must(DESCRIBED[row.described][2] for row in given),
        all_must(row.is_measured for row in given),
        all_must(SELF_SERVICE[row.self_service] for row in given),
    )


def of_process(found: Known, indicator: str) -> Options:
    """What a process may be in a PRO_ indicator."""
    plain = {
        "PRO_OWN": None if found.ownership is None else found.ownership != "none",
        "PRO_X": found.is_cross_unit,
        "PRO_DOC": found.is_described,
        "PRO_MEAS": found.is_measured,
        "PRO_SELF": found.has_self_service,
    }
    if indicator in plain:
        return options(plain[indicator])
    wanted = "process_owner" if indicator == "PRO_OWNX" else "none"
    inside = options(None if found.ownership is None else found.ownership == wanted)
    if found.is_cross_unit is None:
        return inside | {None}
    return inside if found.is_cross_unit else frozenset({None})


def things(case: Case, indicator: str, area: str) -> list[Options]:
    """What each thing of an indicator may turn out to be."""
    inside = AREAS.get(area, PROCESSES)
    found = {process: known(case, process) for process in PROCESSES if process in inside}
    if indicator == "ONCE_GAP":
        return [of_pair(case, pair, found[pair[0]]) for pair in PAIRS if found.get(pair[0])]
    if indicator in INITIATIVES:
        return of_initiatives(case, INITIATIVES.index(indicator))
    asked = CITIZEN_FACING if indicator == "PRO_SELF" else set(PROCESSES)
    return [of_process(one, indicator) for process, one in found.items() if one and process in asked]


def of_pair(case: Case, pair: tuple[str, str], process: Known | None) -> Options:
    said = [
        None if is_aside else COLLECTION[said]
        for name, item, said, is_aside in case.asked
        if (name, item) == pair
    ]
    is_known = said and process is not None and process.is_delivered
    return options(one_may(said) if is_known else None)


def of_initiatives(case: Case, place: int) -> list[Options]:
    named: dict[str, list[Answer]] = {}
    for name, mapped, role, measured, is_aside in case.initiatives:
        answer = (mapped, ROLES[role], measured)[place]
        named.setdefault(name.strip().lower(), []).append(None if is_aside else answer)
    return [options(all_must(answers)) for answers in named.values()]


@cache
def enumerated(open_things: tuple[Options, ...]) -> Bounds:
    """The least and greatest share of yes, in per cent, over all completions with a denominator."""
    counted = {(chosen.count(True), chosen.count(False)) for chosen in product(*open_things)}
    ratios = [Fraction(100 * yes, yes + no) for yes, no in counted if yes + no]
    return (min(ratios), max(ratios)) if ratios else (None, None)


def n_completions(open_things: Iterable[Options]) -> int:
    found = 1
    for one in open_things:
        found *= len(one)
    return found


def bounds_of(parts: Sequence[Case], indicator: str, area: str) -> Bounds:
    if indicator == "PRO_GAP":
        answers = [answer for part in parts for answer in part.answers]
        score = Fraction(100 * (sum(answers) - len(answers)), 4 * len(answers))
        low, high = bounds_of(parts, "PRO_OWN", area)
        return (None if high is None else score - high, None if low is None else score - low)
    found = [one for part in parts for one in things(part, indicator, area)]
    return enumerated(tuple(sorted(found, key=lambda one: sorted(map(str, one)))))


@cache
def cases() -> tuple[Case, ...]:
    """Cases with few enough completions to try them all, also of two together; the same every time."""
    dice = random.Random(20261231)
    found: list[Case] = []
    while len(found) < CASES:
        case = draw(f"{len(found):04d}", dice)
        partner = found[-1:] if len(found) < 2 * MERGED and len(found) % 2 else []
        together = [
            [one for part in (case, *partner) for one in things(part, indicator, "all")]
            for indicator in (*SHARES, *INITIATIVES)
        ]
        if all(n_completions(one) <= MAX_COMPLETIONS for one in together):
            found.append(case)
    return tuple(found)


def units() -> Iterator[tuple[str, tuple[Case, ...]]]:
    """Boundary and number of each unit, with the municipalities that it consists of."""
    for case in cases():
        yield f"{case.number}:{PERIOD}:delivered", (case,)
    for i in range(MERGED):
        yield f"merged{i}:{PERIOD}:current", cases()[2 * i : 2 * i + 2]


# --- the same through dbt --------------------------------------------------------------------------

# More than everything: no value is shown, and every bound is.
THRESHOLDS = {
    "min_respondents": 5,
    "min_coverage_percent": 101,
    "min_n_quartiles": 8,
    "min_n_percentile": 10,
    "recent_months": 24,
    "valid_share_numerator": 2,
    "valid_share_denominator": 3,
}
ROW = "municipality_number period delivery_id sheet row_number is_quarantined"


def fill(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Iterable[Any]) -> None:
    """Fill the named columns of a table; the others stay null."""
    names = columns.split()
    frame = pl.DataFrame(list(rows), schema=names, orient="row", infer_schema_length=None)
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"insert into {table} by name select * from incoming")
    connection.unregister("incoming")


def fill_pack(connection: duckdb.DuckDBPyConnection) -> None:
    """A pack of ten core processes in two areas, one extended process, and the indicators."""
    area_of = {process: area for area, processes in AREAS.items() for process in processes}
    fill(
        connection,
        "reference.period",
        "period instrument_id reference_date year",
        [(PERIOD, "i", REFERENCE_DATE, 2026)],
    )
    fill(connection, "reference.threshold", "threshold_id value", THRESHOLDS.items())
    fill(connection, "reference.focus_area", "focus_area_id", [(area,) for area in AREAS])
    processes = [(p, area_of.get(p), "kjerne", p in CITIZEN_FACING) for p in PROCESSES]
    fill(
        connection,
        "reference.process",
        "process_id focus_area_id tier is_citizen_facing",
        [*processes, (EXTENDED, "a", "utvidet", True)],
    )
    # A pair counts once, however many registers the pack names.
    fill(
        connection,
        "reference.process_object",
        "process_id data_object_id register_id",
        [(*pair, register) for pair in (*PAIRS, (EXTENDED, "x")) for register in ("r1", "r2")],
    )
    fill(
        connection,
        "reference.instrument_item",
        "instrument_id item_id dimension_id scale_id is_reversed",
        [("i", "Q", "D", "s", False)],
    )
    fill(connection, "reference.scale", "scale_id n_points", [("s", 5)])
    registers = [
        (name, name.split("_")[0], "processes", not name.startswith("INI"))
        for name in (*SHARES, *INITIATIVES)
    ]
    fill(connection, "reference.indicator", "indicator_id family source_kind has_focus_area_cut", registers)
    fill(
        connection,
        "reference.indicator",
        "indicator_id family source_kind second_source_kind has_focus_area_cut dimension_id item_id",
        [("PRO_GAP", "PRO", "survey", "processes", False, "D", "Q")],
    )


def fill_municipalities(connection: duckdb.DuckDBPyConnection) -> None:
    """The first cases were merged, two and two, after the period."""
    apart = [(case.number, None, True) for case in cases()[2 * MERGED :]]
    merged = [(f"merged{i}", 2027, True) for i in range(MERGED)]
    fill(
        connection, "reference.municipality", "municipality_number first_year is_fictional", [*apart, *merged]
    )
    changes = [(cases()[i].number, 2026, f"merged{i // 2}", "merged") for i in range(2 * MERGED)]
    fill(connection, "reference.municipality_change", "old_number last_year new_number kind", changes)
    sent = [
        (f"{kind}{case.number}", case.number, PERIOD, kind, mode, "accepted", True)
        for case in cases()
        for kind, mode in (("processes", "register"), ("survey", "respondents"))
    ]
    fill(
        connection,
        "ledger.delivery",
        "delivery_id municipality_number period kind collection_mode status is_counting",
        sent,
    )


def fill_lake(connection: duckdb.DuckDBPyConnection) -> None:
    """The cases as deliveries."""
    fill(
        connection,
        "lake.process",
        f"{ROW} process_name process_id is_absent ownership unit_names described_date is_described "
        "is_measured self_service",
        process_rows(),
    )
    fill(
        connection,
        "lake.process_data",
        f"{ROW} process_key data_object_id collection",
        (
            (*place(case, row, is_aside), process, item, said)
            for case in cases()
            for row, (process, item, said, is_aside) in enumerate(case.asked)
        ),
    )
    fill(
        connection,
        "lake.initiative",
        f"{ROW} initiative_name is_mapped_before responsible_role is_benefit_measured",
        (
            (*place(case, row, is_aside), name, mapped, role, measured)
            for case in cases()
            for row, (name, mapped, role, measured, is_aside) in enumerate(case.initiatives)
        ),
    )
    answers = [(case, row, answer) for case in cases() for row, answer in enumerate(case.answers)]
    fill(
        connection,
        "lake.survey_respondent",
        f"{ROW} collection_mode",
        ((*place(case, row, is_aside=False), "respondents") for case, row, _ in answers),
    )
    fill(
        connection,
        "lake.survey_answer",
        f"{ROW} collection_mode respondent_row item_id answer_status answer",
        (
            (*place(case, row, is_aside=False), "respondents", row, "Q", "ok", answer)
            for case, row, answer in answers
        ),
    )


def place(case: Case, row: int, is_aside: bool) -> tuple[Any, ...]:
    return (case.number, PERIOD, case.number, "", row, is_aside)


def process_rows() -> Iterator[tuple[Any, ...]]:
    for case in cases():
        for number, row in enumerate(case.rows):
            described_date, is_described, _ = DESCRIBED[row.described]
            yield (
                *place(case, number, row.is_quarantined),
                *("navn", row.process, row.is_absent, row.ownership, UNITS[row.units][0]),
                *(described_date, is_described, row.is_measured, row.self_service),
            )


MODELS = (
    "int_process__share",
    "int_process__ownership_gap",
    "int_process__once_only",
    "int_process__initiative_share",
)
Found = dict[tuple[str, str], tuple[float | None, float | None]]


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Lower and upper bound by unit and indicator, as dbt computes them."""
    build: Build = create_build(tmp_path_factory.mktemp("bounds"))
    with duckdb.connect(str(build.file)) as connection:
        fill_pack(connection)
        fill_municipalities(connection)
        fill_lake(connection)
    outcome = build.dbt("run", "--select", *(f"+{model}" for model in MODELS))
    assert outcome.status == 0, outcome.said
    rows = [
        row
        for model in MODELS
        for row in build.rows(
            f"select unit_id, indicator_id, lower_bound, upper_bound from intermediate.{model}"
        )
    ]
    return {(unit, name): (low, high) for unit, name, low, high in rows}


def assert_agrees(found: Found, key: tuple[str, str], exact: Bounds, parts: Sequence[Case]) -> None:
    for one, wanted in zip(found[key], exact, strict=True):
        assert one == (None if wanted is None else pytest.approx(float(wanted), abs=1e-9)), (key, parts)


@pytest.mark.parametrize("indicator", [*SHARES, *INITIATIVES, "PRO_GAP"])
def test_bounds_agree_with_enumeration(computed: Found, indicator: str) -> None:
    is_cut = indicator in SHARES
    n_open = 0
    for unit, parts in units():
        for area in ("all", *(AREAS if is_cut else ())):
            assert_agrees(computed, (f"{unit}:{area}", indicator), bounds_of(parts, indicator, area), parts)
        n_open += bounds_of(parts, indicator, "all")[0] != bounds_of(parts, indicator, "all")[1]
    assert n_open > CASES / 4, "the cases leave too little open to tell much"


def test_the_cases_go_up_to_ten_unknown() -> None:
    def n_unknown(case: Case, indicator: str) -> int:
        return sum(len(one) > 1 for one in things(case, indicator, "all"))

    for indicator in ("PRO_OWN", "PRO_DOC", "ONCE_GAP", "INI_MAP"):
        found = [n_unknown(case, indicator) for case in cases()]
        assert max(found) >= 8, indicator
        assert sum(one >= 4 for one in found) > CASES / 10, indicator


def test_the_comparison_can_fail(computed: Found) -> None:
    unit, parts = next(one for one in units() if None not in bounds_of(one[1], "PRO_OWN", "all"))
    low, high = bounds_of(parts, "PRO_OWN", "all")
    assert high is not None
    with pytest.raises(AssertionError):
        assert_agrees(computed, (f"{unit}:all", "PRO_OWN"), (low, high + Fraction(1, 1000)), parts)
