"""The recomputation is itself tested: small cases worked out by hand, bounds against enumeration."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import pytest

from tests.oracle import peers, survey, systems
from tests.oracle.calendar import is_recent, months_before, read_date, reference_date
from tests.oracle.cell import Cell
from tests.oracle.pack import Item
from tests.oracle.processes import LINE, NONE, OWNER, CoreProcess, ProcessRow, combine, process_cells
from tests.oracle.shares import NO, OUT, YES, Options, share_cell
from tests.oracle.survey import Answer, Survey
from tests.oracle.systems import Grid, ObjectRow, States, System, cell_states, states_of


def got(*found: object) -> tuple[object, ...]:
    """What was found, to be compared with plain numbers."""
    return found


# --- dates ----------------------------------------------------------------------------------


def test_reference_date_is_the_last_day() -> None:
    assert reference_date("2026") == date(2026, 12, 31)
    assert reference_date("2026-H1") == date(2026, 6, 30)


def test_last_day_of_a_shorter_month_stands_for_a_missing_day() -> None:
    assert months_before(date(2026, 6, 30), 24) == date(2024, 6, 30)
    assert months_before(date(2026, 8, 31), 18) == date(2025, 2, 28)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)


def test_within_24_months_is_open_below_and_closed_above() -> None:
    end = date(2026, 12, 31)
    assert not is_recent(date(2024, 12, 31), end)
    assert is_recent(date(2025, 1, 1), end)
    assert is_recent(end, end)
    assert not is_recent(date(2027, 1, 1), end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31.12.2025", date(2025, 12, 31)),
        ("2025-12-31", date(2025, 12, 31)),
        ("2025-12-31T08:00:00", date(2025, 12, 31)),
        ("12/31/2025", date(2025, 12, 31)),
        ("46022", date(2025, 12, 31)),
        ("2025", date(2025, 1, 1)),
        ("31.02.2025", None),
        ("nei", None),
        ("", None),
    ],
)
def test_dates_as_delivered(text: str, expected: date | None) -> None:
    assert read_date(text) == expected


# --- survey ---------------------------------------------------------------------------------

LABELS: dict[str, tuple[str, int | None]] = {
    "helt enig": ("ok", 5),
    "vet ikke": ("dont_know", None),
    "ikke relevant": ("not_relevant", None),
}


def item(item_id: str, dimension: str = "PU", is_reversed: bool = False) -> Item:
    return Item(item_id, dimension, is_reversed, 5, frozenset({item_id.casefold()}), LABELS)


def ok(value: int) -> Answer:
    return ("ok", value)


BLANK: Answer = ("blank", None)
NOT_RELEVANT: Answer = ("not_relevant", None)
DONT_KNOW: Answer = ("dont_know", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", ok(4)),
        ("4,0", ok(4)),
        ("Helt  enig", ok(5)),
        ("Vet ikke", DONT_KNOW),
        ("", BLANK),
        ("6", ("invalid", None)),
        ("0", ("invalid", None)),
        ("3,5", ("invalid", None)),
        ("ja", ("invalid", None)),
    ],
)
def test_an_answer_is_a_number_or_a_label_of_its_scale(text: str, expected: Answer) -> None:
    assert survey.read_answer(text, item("PU1")) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # Six offered, four needed: (5+4+3+2)/4 = 3.5 → 100·2.5/4.
        ([ok(5), ok(4), ok(3), ok(2), BLANK, DONT_KNOW], Fraction(125, 2)),
        ([ok(5), ok(4), ok(3), BLANK, BLANK, DONT_KNOW], None),
        # Two not relevant leave four, of which ⌈8/3⌉ = 3 are needed.
        ([ok(5), ok(5), ok(5), BLANK, NOT_RELEVANT, NOT_RELEVANT], Fraction(100)),
        ([ok(5), ok(5), BLANK, BLANK, NOT_RELEVANT, NOT_RELEVANT], None),
        # Five left need ⌈10/3⌉ = 4; an invalid answer is unanswered.
        ([ok(1), ok(1), ok(1), ("invalid", None), BLANK, NOT_RELEVANT], None),
        ([NOT_RELEVANT] * 6, None),
        ([ok(3), NOT_RELEVANT, NOT_RELEVANT, NOT_RELEVANT, NOT_RELEVANT, NOT_RELEVANT], Fraction(50)),
    ],
)
def test_valid_with_two_thirds_of_what_is_relevant(answers: list[Answer], expected: Fraction | None) -> None:
    items = [item(f"PU{i}") for i in range(1, 7)]
    assert survey.score({i.item_id: a for i, a in zip(items, answers, strict=True)}, items) == expected


def test_a_reversed_item_is_turned() -> None:
    items = [item("PU1", is_reversed=True), item("PU2")]
    assert survey.score({"PU1": ok(1), "PU2": ok(5)}, items) == 100


def own(*values: int) -> survey.Scores:
    return {index: Fraction(value) for index, value in enumerate(values)}


def test_score_mean_and_interval_by_hand() -> None:
    cell = survey.score_cell(own(0, 25, 50, 75, 100), 5, False)
    assert got(cell.status, cell.value, cell.numerator, cell.denominator, cell.n) == ("ok", 50, 250, 5, 5)
    # s² = 6250/4 = 1562.5; t(0.975, 4) = 2.7764451052; half = t·√(1562.5/5) = 49.08108
    assert cell.ci_low == pytest.approx(0.91892, abs=1e-4)
    assert cell.ci_high == pytest.approx(99.08108, abs=1e-4)


def test_interval_has_a_floor_and_is_clipped() -> None:
    level = survey.score_cell(own(50, 50, 50, 50, 50), 5, False)
    # s is replaced by 100/(4·√12) = 7.21688; half = 2.7764451052·7.21688/√5 = 8.96092
    assert level.ci_low == pytest.approx(50 - 8.96092, abs=1e-4)
    top = survey.score_cell(own(100, 100, 100, 100, 100), 5, False)
    assert top.ci_high == 100


def test_four_respondents_are_too_few_and_official_needs_no_minimum() -> None:
    few = survey.score_cell(own(50, 50, 50, 50), 5, False)
    assert (few.status, few.value, few.n) == ("too_few_respondents", None, 4)
    one = survey.score_cell(own(75), 5, True)
    assert got(one.status, one.value, one.n, one.ci_low) == ("ok", 75, 1, None)
    assert survey.score_cell({}, 5, True).status == "no_denominator"


NINE = (*survey.PARTS, *survey.PRINCIPLES)


def index_of(own_scores: Mapping[str, survey.Scores]) -> Cell:
    cells = {part: survey.score_cell(own_scores[part], 5, False) for part in NINE}
    return survey.index_cell(cells, dict(own_scores), False)


def test_index_of_equal_parts_is_the_part_with_its_plain_interval() -> None:
    cell = index_of({part: own(0, 25, 50, 75, 100) for part in NINE})
    assert got(cell.status, cell.value, cell.n, cell.numerator) == ("ok", 50, 5, None)
    # Σ wᵢwⱼ = 1, so the variance is s²/n = 312.5, without the floor.
    assert cell.ci_low == pytest.approx(0.91892, abs=1e-4)


def test_index_weights_a_half_on_the_principles_that_are_present() -> None:
    parts = {part: own(40, 40, 40, 40, 40) for part in NINE} | {"P1": own(80, 80, 80, 80, 80)}
    # 4·⅛·40 + ½·(80 + 4·40)/5 = 20 + 24
    whole = index_of(parts)
    assert whole.value == 44
    assert (whole.ci_low, whole.ci_high) == (44, 44)
    # Without P5: 20 + ½·(80 + 3·40)/4 = 45
    assert index_of(parts | {"P5": own(40)}).value == 45


def test_index_is_missing_with_one_of_four_or_two_principles() -> None:
    parts = {part: own(40, 40, 40, 40, 40) for part in NINE}
    without_two = index_of(parts | {"P4": own(1), "P5": own(1, 2)})
    assert (without_two.status, without_two.value) == ("too_few_respondents", None)
    assert index_of(parts | {"EN": own(1)}).status == "too_few_respondents"


def test_index_takes_the_least_n_and_pairs_respondents() -> None:
    parts = {part: own(0, 25, 50, 75, 100) for part in NINE}
    # EN answered by five others: no respondent in common, so its covariances are 0.
    parts["EN"] = {index + 10: Fraction(score) for index, score in enumerate((0, 25, 50, 75, 100, 50))}
    cell = index_of(parts)
    variance_en = Fraction(6250, 5) / 6
    variance = Fraction(49, 64) * Fraction(3125, 10) + Fraction(1, 64) * variance_en
    assert cell.n == 5
    assert cell.ci_high is not None
    assert cell.value is not None
    half = 2.7764451051977987 * float(variance) ** 0.5
    assert cell.ci_high == pytest.approx(float(cell.value) + half, abs=1e-9)


@pytest.mark.parametrize(
    ("least", "level"), [(0, 1), (Fraction(24999, 1000), 1), (25, 2), (50, 3), (75, 4), (99, 4), (100, 5)]
)
def test_level_is_compared_exactly(least: int | Fraction, level: int) -> None:
    cells = {part: Cell("ok", Fraction(100), n=7) for part in NINE} | {"PO": Cell("ok", Fraction(least), n=6)}
    cell = survey.level_cell(cells)
    assert got(cell.value, cell.n, cell.ci_low) == (level, 6, None)


def test_level_needs_only_the_four() -> None:
    cells = {part: Cell("ok", Fraction(60), n=7) for part in NINE}
    assert survey.level_cell(cells | {"P1": Cell("too_few_respondents")}).value == 3
    assert survey.level_cell(cells | {"PU": Cell("too_few_respondents")}).status == "too_few_respondents"


def barrier(values: Sequence[Answer], is_official: bool = False) -> Cell:
    bar = item("BAR_1", "BAR")
    asked = Survey((bar,), frozenset({"BAR_1"}), tuple({"BAR_1": v} for v in values), is_official)
    return survey.barrier_cell(asked, bar)


def test_barrier_counts_the_two_highest_with_wilson() -> None:
    answers = [ok(4), ok(5), ok(5), ok(4), ok(4), ok(3), ok(1), ok(2), ok(3), ok(3), DONT_KNOW, BLANK]
    cell = barrier(answers)
    assert got(cell.status, cell.value, cell.numerator, cell.denominator, cell.n) == ("ok", 50, 5, 10, 10)
    # Wilson's interval for 5 of 10 is 23.6593 to 76.3407.
    assert cell.ci_low == pytest.approx(23.6593, abs=1e-4)
    assert cell.ci_high == pytest.approx(76.3407, abs=1e-4)


def test_barrier_needs_five_and_counts_only_valid_answers() -> None:
    assert barrier([ok(5)] * 4 + [NOT_RELEVANT] * 9).status == "too_few_respondents"
    none = barrier([ok(1)] * 5)
    assert got(none.value, none.ci_low) == (0, 0)
    assert barrier([ok(4)], is_official=True).value == 100
    assert barrier([BLANK], is_official=True).status == "no_denominator"


def test_an_item_without_a_column_has_no_respondents() -> None:
    missing = Survey((item("BAR_1", "BAR"),), frozenset(), ({}, {}), False)
    cell = survey.barrier_cell(missing, missing.items[0])
    assert (cell.status, cell.n) == ("too_few_respondents", 0)


# --- processes ------------------------------------------------------------------------------


def test_rows_of_one_process_take_the_least_favourable_known_answer() -> None:
    one = ProcessRow("p", ownership=OWNER, is_cross_unit=False, is_described=True, is_measured=True)
    two = ProcessRow("p", ownership=LINE, is_cross_unit=True, is_described=None, is_measured=False)
    assert combine([one, two]) == CoreProcess(True, LINE, True, None, False)
    assert combine([one, ProcessRow("p", ownership=NONE)]) == CoreProcess(True, NONE, None, None, None)
    assert combine([one, ProcessRow("p", is_quarantined=True)]) == CoreProcess(True, None, None, None, None)


def test_absent_yields_to_an_accepted_row_only() -> None:
    absent, accepted = ProcessRow("p", is_absent=True), ProcessRow("p", ownership=LINE)
    assert combine([absent]) is None
    assert combine([absent, accepted]) == CoreProcess(True, LINE)
    assert combine([absent, ProcessRow("p", is_quarantined=True)]) is None
    assert combine([ProcessRow("p", is_quarantined=True)]) == CoreProcess(False)
    assert combine([]) == CoreProcess(False)


def cores(*processes: CoreProcess | None) -> dict[str, Cell]:
    return process_cells({f"p{index}": process for index, process in enumerate(processes)})


OWNED = CoreProcess(True, OWNER, True, True, True)
LED = CoreProcess(True, LINE, True, True, False)
ORPHAN = CoreProcess(True, NONE, False, False, False)
VAGUE = CoreProcess(True)


def test_ownership_share_with_bounds_by_hand() -> None:
    # Eight known (3 yes process owner, 3 line manager, 2 none), two unknown, one out of scope.
    cell = cores(*[OWNED] * 3, *[LED] * 3, *[ORPHAN] * 2, VAGUE, VAGUE, None)["PRO_OWN"]
    assert got(cell.status, cell.numerator, cell.denominator, cell.n) == ("ok", 6, 8, 10)
    assert got(cell.value, cell.lower_bound, cell.upper_bound) == (75, 60, 80)
    assert cell.coverage == 80


def test_exactly_seventy_percent_is_enough() -> None:
    assert cores(*[OWNED] * 7, *[VAGUE] * 3)["PRO_MEAS"].status == "ok"
    low = cores(*[OWNED] * 9, *[VAGUE] * 4)["PRO_MEAS"]  # 90 < 91
    assert (low.status, low.value) == ("insufficient_coverage", None)
    assert got(low.lower_bound, low.upper_bound) == (Fraction(900, 13), 100)


def test_the_family_needs_its_coverage_too() -> None:
    undelivered = CoreProcess(False)
    cells = cores(*[OWNED] * 6, *[undelivered] * 4)
    assert cells["COV_PRO"].value == 60
    assert {cells[i].status for i in ("PRO_OWN", "PRO_X", "PRO_OWNX")} == {"insufficient_coverage"}
    # Har ikke answers: six of ten known in COV_PRO become ten of ten.
    answered = cores(*[OWNED] * 6, *[None] * 4)
    assert got(answered["COV_PRO"].value, answered["COV_PRO"].n) == (100, 10)
    assert got(answered["PRO_OWN"].value, answered["PRO_OWN"].n) == (100, 6)


def test_nothing_in_scope_has_no_denominator() -> None:
    cells = cores(None, None)
    assert {cells[i].status for i in cells if i.startswith("PRO")} == {"no_denominator"}
    assert (cells["PRO_X"].value, cells["PRO_X"].lower_bound, cells["PRO_X"].n) == (None, None, 0)
    assert cores(ORPHAN, ORPHAN)["PRO_OWNX"].status == "no_denominator"


def test_cross_unit_shares_by_hand() -> None:
    cells = cores(OWNED, OWNED, OWNED, LED, ORPHAN)
    assert got(cells["PRO_OWNX"].value, cells["PRO_OWNX"].n) == (75, 4)
    assert cells["PRO_XUN"].value == 0
    assert got(cells["PRO_X"].value, cells["PRO_DOC"].value) == (80, 80)


def test_unknown_units_may_be_out_as_far_as_the_ownership_allows() -> None:
    owner_somewhere = CoreProcess(True, OWNER, None)
    led_somewhere = CoreProcess(True, LINE, None)
    cell = cores(*[OWNED] * 7, LED, owner_somewhere, led_somewhere)["PRO_OWNX"]
    # Known 8 of 10. Least: the owned one out, the led one in: 7/9; greatest: the other way, 8/9.
    assert got(cell.status, cell.n, cell.coverage) == ("ok", 10, 80)
    assert (cell.value, cell.lower_bound, cell.upper_bound) == (
        Fraction(175, 2),
        Fraction(700, 9),
        Fraction(800, 9),
    )


def test_when_only_one_side_can_be_in_scope_the_bound_is_that_side() -> None:
    cell = cores(CoreProcess(True, OWNER, None))["PRO_OWNX"]
    assert got(cell.status, cell.lower_bound, cell.upper_bound) == ("insufficient_coverage", 100, 100)
    other = cores(CoreProcess(True, LINE, None))["PRO_OWNX"]
    assert got(other.lower_bound, other.upper_bound) == (0, 0)


def enumerate_share(things: Sequence[Options]) -> tuple[Fraction, Fraction] | None:
    """Least and greatest share over all completions that have a denominator."""
    seen = []
    for completion in itertools.product(*(sorted(options) for options in things)):
        inside = [choice for choice in completion if choice != OUT]
        if inside:
            seen.append(Fraction(100 * inside.count(YES), len(inside)))
    return (min(seen), max(seen)) if seen else None


def test_share_bounds_agree_with_enumeration() -> None:
    draw = random.Random(20261)
    kinds = [frozenset(c) for size in (1, 2, 3) for c in itertools.combinations((YES, NO, OUT), size)]
    for _ in range(400):
        things = [draw.choice(kinds) for _ in range(draw.randint(1, 7))]
        cell = share_cell(things, family_is_covered=False)
        assert (cell.lower_bound, cell.upper_bound) == (enumerate_share(things) or (None, None)), things


# --- systems --------------------------------------------------------------------------------

N, H, M = systems.NONE, systems.HOLDS, systems.MAINTAINS


def row(operations: str, copy: bool | None = None, master: bool | None = None) -> ObjectRow:
    return ObjectRow(systems.read_operations(operations), copy, master)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("ingen")], {N}),
        ([row("C")], {M}),
        ([row("r, u")], {M}),
        ([row("D", copy=False)], {M}),
        ([row("R", copy=True)], {H}),
        ([row("R", copy=False)], {N}),
        ([row("R")], {N, H}),
        ([row("x")], {H, M}),
        ([row("X", copy=True)], {H, M}),
        ([row("")], {N, H, M}),
        ([row("", copy=True)], {H, M}),
        ([row("", copy=False)], {N, M}),
        ([row("Q")], {N, H, M}),
        # Repeated rows unite.
        ([row("R"), row("U")], {M}),
        ([row("R"), row("R", copy=True)], {H}),
        ([row("ingen"), row("ingen", copy=False)], {N}),
        # Contradictions leave everything possible.
        ([row("ingen"), row("R")], {N, H, M}),
        ([row("ingen", copy=True)], {N, H, M}),
        ([row("ingen", master=True)], {N, H, M}),
        ([row("ingen"), row("x")], {N, H, M}),
    ],
)
def test_states_of_a_listed_cell(rows: list[ObjectRow], expected: set[int]) -> None:
    assert states_of(rows) == expected


def system(lifecycle: str | None = "in_use", is_quarantined: bool = False, key: str = "s") -> System:
    return System(key, {key}, set(), lifecycle, is_quarantined)


def test_states_of_unlisted_quarantined_and_blank_lifecycle() -> None:
    assert cell_states(system(), [], False) == {N}
    assert cell_states(system(), [], True) == {N, H, M}
    assert cell_states(system(is_quarantined=True), [], True) == {N, H, M}
    assert cell_states(system(is_quarantined=True), [], False) == {N}
    assert cell_states(system(is_quarantined=True), [row("C")], False) == {N, H, M}
    assert cell_states(system(None), [row("C")], False) == {N, M}
    assert cell_states(system("phasing_out"), [row("C")], True) == {M}


def test_active_systems() -> None:
    assert [system(life).is_active for life in ("planned", "in_use", "phasing_out", "retired", None)] == [
        False,
        True,
        True,
        False,
        True,
    ]
    assert system("retired", is_quarantined=True).is_active


def grid(objects: Mapping[str, Sequence[set[int]]], unexpected: Sequence[tuple[str, str]] = ()) -> Grid:
    """Object → the state sets of its systems s0, s1, …; every cell expected but those named."""
    states: dict[tuple[str, str], States] = {
        (f"s{index}", name): frozenset(cell)
        for name, cells in objects.items()
        for index, cell in enumerate(cells)
    }
    return Grid(states, frozenset(set(states) - set(unexpected)))


def test_four_measures_by_hand() -> None:
    # a: maintained twice and held once (n 3, M 2); b: maintained once (1, 1); c: held once (1, 0); d: 0.
    own_grid = grid({"a": [{M}, {M}, {H}], "b": [{M}, {N}, {N}], "c": [{N}, {H}, {N}], "d": [{N}, {N}, {N}]})
    found = systems.measures(own_grid)
    cells = {name: systems.dup_cell(measure, 12, 12, Fraction(100)) for name, measure in found.items()}
    assert {name: cell.value for name, cell in cells.items()} == {
        "DUP_AVG": Fraction(5, 3),
        "DUP_RED": 40,
        "DUP_MULTI": 50,
        "DUP_UNC": Fraction(100, 3),
    }
    assert {name: got(cell.numerator, cell.denominator, cell.n) for name, cell in cells.items()} == {
        "DUP_AVG": (5, 3, 3),
        "DUP_RED": (2, 5, 3),
        "DUP_MULTI": (1, 2, 2),
        "DUP_UNC": (1, 3, 2),
    }
    assert all(cell.lower_bound == cell.value == cell.upper_bound for cell in cells.values())


def test_unexpected_cells_count_only_for_average_and_redundancy() -> None:
    found = systems.measures(grid({"a": [{M}, {M}]}, unexpected=[("s1", "a")]))
    assert (found["DUP_AVG"].numerator, found["DUP_AVG"].denominator) == (2, 1)
    assert (found["DUP_MULTI"].numerator, found["DUP_MULTI"].denominator) == (0, 1)
    assert found["DUP_UNC"].numerator == 0


def test_value_takes_the_least_state() -> None:
    found = systems.measures(grid({"a": [{H, M}, {M}], "b": [{N, H}, {N, H, M}]}))
    assert (found["DUP_AVG"].numerator, found["DUP_AVG"].denominator) == (2, 1)
    # Least: b with one, (2 + 1)/2; greatest: b is no more than a, so it stays out: 2... or ties.
    assert got(*found["DUP_AVG"].bounds) == (Fraction(3, 2), 2)
    assert found["DUP_AVG"].n == 2


def test_no_certain_holding_has_no_denominator() -> None:
    found = systems.measures(grid({"a": [{N, H, M}]}))["DUP_AVG"]
    assert systems.dup_cell(found, 7, 10, Fraction(70)).status == "no_denominator"
    assert systems.dup_cell(found, 0, 0, Fraction(100)).status == "no_denominator"
    low = systems.dup_cell(found, 69, 100, Fraction(100))
    assert (low.status, low.coverage) == ("insufficient_coverage", Fraction(69))
    assert systems.dup_cell(found, 1, 1, Fraction(69)).status == "insufficient_coverage"


def ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if denominator else None


def formulas(completion: Mapping[tuple[str, str], int], own_grid: Grid) -> dict[str, Fraction | None]:
    """The four definitions, word for word, for known states."""
    objects = {name for _, name in completion}
    n = {o: sum(state >= H for (_, name), state in completion.items() if name == o) for o in objects}
    m = {
        o: sum(s == M for key, s in completion.items() if key[1] == o and key in own_grid.expected)
        for o in objects
    }
    values = {
        "DUP_AVG": ratio(sum(n.values()), sum(v >= 1 for v in n.values())),
        "DUP_RED": ratio(100 * sum(v - 1 for v in n.values() if v >= 1), sum(n.values())),
        "DUP_MULTI": ratio(100 * sum(v >= 2 for v in m.values()), sum(v >= 1 for v in m.values())),
        "DUP_UNC": ratio(100 * sum(max(0, v - 1) for v in m.values()), sum(m.values())),
    }
    return values


def brute_force(own_grid: Grid) -> dict[str, tuple[Fraction | None, Fraction | None]]:
    """Least and greatest value over all completions that have a denominator."""
    keys = sorted(own_grid.states)
    seen: dict[str, list[Fraction]] = {name: [] for name in ("DUP_AVG", "DUP_RED", "DUP_MULTI", "DUP_UNC")}
    for choice in itertools.product(*(sorted(own_grid.states[key]) for key in keys)):
        for name, value in formulas(dict(zip(keys, choice, strict=True)), own_grid).items():
            if value is not None:
                seen[name].append(value)
    return {name: (min(values), max(values)) if values else (None, None) for name, values in seen.items()}


STATE_SETS = [{N}, {H}, {M}, {N, H}, {H, M}, {N, M}, {N, H, M}]


def test_closed_bounds_agree_with_enumeration() -> None:
    draw = random.Random(20262)
    for _ in range(300):
        n_objects, n_systems, unknown = draw.randint(1, 4), draw.randint(1, 4), 0
        cells: dict[str, list[set[int]]] = {}
        for name in "abcd"[:n_objects]:
            cells[name] = []
            for _ in range(n_systems):
                state = draw.choice(STATE_SETS if unknown < 6 else STATE_SETS[:3])
                unknown += len(state) > 1
                cells[name].append(state)
        all_keys = [(f"s{i}", name) for name in cells for i in range(n_systems)]
        own_grid = grid(cells, unexpected=[key for key in all_keys if draw.random() < 0.2])
        closed = {name: measure.bounds for name, measure in systems.measures(own_grid).items()}
        assert closed == brute_force(own_grid), own_grid


def test_closed_bounds_agree_with_enumeration_on_ten_unknown_cells() -> None:
    draw = random.Random(20263)
    for _ in range(3):
        cells = {name: [draw.choice(STATE_SETS[3:6]) for _ in range(5)] for name in "ab"}
        own_grid = grid(cells)
        closed = {name: measure.bounds for name, measure in systems.measures(own_grid).items()}
        assert closed == brute_force(own_grid)


# --- peers ----------------------------------------------------------------------------------


def plain(*values: float) -> dict[str, Cell]:
    return {f"{9900 + i}": Cell("ok", Fraction(str(value))) for i, value in enumerate(values)}


def test_quartiles_type_7_from_eight() -> None:
    seven = peers.benchmark(list(plain(*range(7)).values()))
    assert got(seven.n, seven.mean, seven.median, seven.q1) == (7, 3, 3, None)
    eight = peers.benchmark(list(plain(*range(8)).values()))
    assert (eight.median, eight.q1, eight.q3) == (Fraction(7, 2), Fraction(7, 4), Fraction(21, 4))


def test_one_decimal_half_away_from_zero() -> None:
    assert str(peers.one_decimal(Fraction(1, 20))) == "0.1"
    assert str(peers.one_decimal(Fraction(-1, 20))) == "-0.1"
    assert str(peers.one_decimal(Fraction(1, 3))) == "0.3"


def test_rank_below_ten_and_percentile_from_ten() -> None:
    few = plain(10, 20, 20.04, 30)
    # 20 and 20.04 look alike at one decimal.
    assert peers.position("9902", few, "all", "up").rank == 2
    assert peers.position("9901", few, "all", "up").rank == 2
    assert peers.position("9900", few, "all", "up").rank == 4
    assert peers.position("9900", few, "all", "down").rank == 1
    assert peers.position("9900", few, "all", "neutral").rank is None
    ten = plain(*range(10))
    lowest = peers.position("9900", ten, "all", "up")
    assert got(lowest.rank, lowest.percentile) == (None, 5)
    assert peers.position("9900", ten, "all", "down").percentile == 95


def test_rank_uses_the_less_favourable_bound() -> None:
    group = {
        "1": Cell("ok", Fraction(80), Fraction(50), Fraction(90), coverage=Fraction(80)),
        "2": Cell("ok", Fraction(60), Fraction(60), Fraction(60), coverage=Fraction(100)),
    }
    assert peers.position("1", group, "all", "up").rank == 2
    assert peers.position("1", group, "all", "down").rank == 2
    assert peers.position("1", group, "all", "up").gap_to_median == 10


def test_conclusion_against_the_others() -> None:
    others = [Fraction(40), Fraction(60)]
    assert peers.conclusion(Cell("ok", Fraction(60), ci_low=50.1, ci_high=70), others) == "above"
    assert peers.conclusion(Cell("ok", Fraction(60), ci_low=50.0, ci_high=70), others) == "across"
    assert peers.conclusion(Cell("ok", Fraction(30)), others) == "below"
    vague = Cell("ok", Fraction(60), Fraction(50), Fraction(70), coverage=Fraction(90))
    assert peers.conclusion(vague, others) == "unresolved"
    assert peers.conclusion(Cell("ok", Fraction(1)), []) is None


def test_nearer_to_zero_is_better_by_the_bound_that_is_further_away() -> None:
    group = {
        "1": Cell("ok", Fraction(-3), Fraction(-9), Fraction(2), coverage=Fraction(80)),
        "2": Cell("ok", Fraction(5), Fraction(5), Fraction(5), coverage=Fraction(100)),
        "3": Cell("ok", Fraction(-20), coverage=Fraction(100)),
    }
    assert [peers.position(number, group, "all", "near_zero").rank for number in "123"] == [2, 1, 3]


def test_position_takes_the_hull_of_interval_and_bounds() -> None:
    both = Cell("ok", Fraction(60), Fraction(55), Fraction(62), ci_low=58.0, ci_high=70.0)
    assert got(*peers.span(both)) == (55, 70)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"size_class": ("above", 5), "nearest": ("above", 11)}, True),
        ({"size_class": ("above", 5), "nearest": ("above", 11), "kostra_group": ("across", 6)}, False),
        # A group below five says nothing; nor does *all*.
        ({"size_class": ("above", 5), "kostra_group": ("below", 4), "all": ("below", 60)}, None),
        ({"size_class": ("above", 5), "nearest": ("above", 5), "kostra_group": ("below", 4)}, True),
    ],
)
def test_conclusion_is_stable_where_two_groups_agree(
    said: Mapping[str, tuple[str, int]], expected: bool | None
) -> None:
    positions = {
        ("9901", "2026", "PRO_X", "register", group_type): peers.Position(
            "g", n, None, None, Fraction(0), conclusion
        )
        for group_type, (conclusion, n) in said.items()
    }
    assert {one.is_stable for one in peers.with_stability(positions).values()} == {expected}
