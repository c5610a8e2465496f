"""What must hold of the numbers, whatever is delivered: small random worlds, the models' own SQL."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.model_runner import Models, rows
from tests.integration.small_worlds import EXPECTED, Row, World, joined, load, pack, registers, survey

# Each example is several periods, and each period a world of its own.
PERIODS = tuple(str(year) for year in range(2001, 2009))
NUMBERS = tuple(f"{number:04d}" for number in range(1, 13))
# What a municipality can blank in a delivered register, by table.
ANSWERS = {
    "lake.system": (
        "lifecycle", "focus_area_ids", "owner_role", "acquired_date", "risk_assessed_date",
        "has_personal_data", "functional_fit", "technical_fit",
    ),
    "lake.system_data_object": ("operations", "keeps_copy", "is_master", "source_kind"),
    "lake.exchange": ("data_object_id", "is_automatic"),
    "lake.shared_service": ("is_used",),
    "lake.process": ("ownership", "owner_role", "unit_names", "is_described", "is_measured", "self_service"),
    "lake.process_data": ("collection",),
    "lake.initiative": ("is_mapped_before", "responsible_role", "is_benefit_measured"),
}  # fmt: skip
# What it can leave out altogether, beside expected cells: core processes, functions' answers and the like.
LEFT_OUT = ("lake.process", "lake.function_answer", "lake.process_data", "lake.shared_service")
# Two that become one after the last of the early periods, one that becomes two, and three that stay.
LAST = "2004"
OLD, NEW, STAYING = ("2001", "2002", "2003"), ("3001", "3002", "3003"), NUMBERS[:3]
CHANGING = (*OLD, *NEW, *STAYING)
CHANGES: list[Row] = [
    {"old_number": old, "last_year": int(LAST), "new_number": new, "kind": kind}
    for old, new, kind in (
        ("2001", "3001", "merged"),
        ("2002", "3001", "merged"),
        ("2003", "3002", "split"),
        ("2003", "3003", "split"),
    )
]
# In these periods there are surveys too: one of them before the change.
SURVEYED = ("2003", "2006")
SEEDS = st.integers(0, 2**32)
# Every example runs all models at least twice; the profiles' numbers are for what runs in microseconds.
FEW = settings(max_examples=12, deadline=None)


def draw(seed: int, numbers: tuple[str, ...] = NUMBERS) -> World:
    """The pack and one world per period."""
    worlds = [registers(n, p, random.Random(f"{seed}:{n}:{p}")) for p in PERIODS for n in numbers]
    return joined([pack(NUMBERS, PERIODS), *worlds])


def draw_surveys(seed: int, numbers: tuple[str, ...] = NUMBERS) -> World:
    """The same with surveys, some of too few respondents."""
    dice = random.Random(seed)
    asked = [(n, p, 3 + dice.randrange(9)) for p in SURVEYED for n in NUMBERS]
    surveys = [survey(n, p, random.Random(f"{seed}:{n}:{p}"), many) for n, p, many in asked if n in numbers]
    return joined([draw(seed, numbers), *surveys])


def draw_changing(seed: int, numbers: tuple[str, ...] = CHANGING) -> World:
    """Numbers that are merged and split between the periods, beside three that stay; with surveys."""
    dice = random.Random(seed)
    own = pack(sorted({*NEW, *STAYING}), PERIODS)
    for row in own["reference.municipality"]:
        row["first_year"] = int(LAST) + 1 if row["municipality_number"] in NEW else None
    worlds = [{**own, "reference.municipality_change": CHANGES}]
    for period in PERIODS:
        valid = (*STAYING, *(OLD if period <= LAST else NEW))
        for number in valid:
            many, one = 3 + dice.randrange(9), random.Random(f"{seed}:{number}:{period}")
            if number in numbers:
                worlds.append(registers(number, period, one))
                worlds.append(survey(number, period, one, many) if period in SURVEYED else {})
    return joined(worlds)


WORLDS = pytest.mark.parametrize(
    "drawn", [draw, draw_surveys, draw_changing], ids=["registers", "surveys", "changing"]
)


def computed(models: Models, world: World, queries: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    with models.world() as connection:
        load(connection, world)
        models.run(connection)
        return {name: rows(connection, sql) for name, sql in queries.items()}


VALUES = (
    "select municipality_number, period, indicator_id, focus_area, collection_mode, boundary, status, value, "
    "lower_bound, upper_bound, ci_low, ci_high, numerator, denominator, n, coverage "
    "from main.fct_indicator_value order by all"
)
PLACES = (
    "select municipality_number, period, indicator_id, peer_group_type, rank, percentile, conclusion, "
    "n_municipalities from main.fct_position order by all"
)


# --- what is so of every world ---------------------------------------------------------------------


@WORLDS
@FEW
@given(seed=SEEDS)
def test_rows_equal_the_index_and_numbers_are_possible(
    models: Models, drawn: Callable[[int], World], seed: int
) -> None:
    with models.world() as connection:
        load(connection, drawn(seed))
        models.run(connection)
        for name in ("assert_rows_equal_index", "assert_values_are_possible"):
            assert rows(connection, models.tests[name]) == []
        assert rows(connection, "select count(*) from main.fct_indicator_value where status = 'ok'")[0][0] > 0


@WORLDS
@FEW
@given(seed=SEEDS)
def test_row_order_never_matters(models: Models, drawn: Callable[[int], World], seed: int) -> None:
    world = drawn(seed)
    shuffled = copy.deepcopy(world)
    dice = random.Random(seed)
    for table in shuffled.values():
        dice.shuffle(table)
    queries = {"values": VALUES, "places": PLACES}
    assert computed(models, world, queries) == computed(models, shuffled, queries)


@pytest.mark.parametrize("drawn", [draw, draw_surveys], ids=["registers", "surveys"])
@FEW
@given(seed=SEEDS)
def test_adding_a_municipality_never_changes_the_values_of_others(
    models: Models, drawn: Callable[..., World], seed: int
) -> None:
    fewer = computed(models, drawn(seed, NUMBERS[:-1]), {"values": VALUES})["values"]
    more = computed(models, drawn(seed), {"values": VALUES})["values"]
    assert fewer == [row for row in more if row[0] != NUMBERS[-1]]


@FEW
@given(seed=SEEDS, added=st.sampled_from(CHANGING))
def test_adding_one_changes_no_others_but_what_it_became_part_of(
    models: Models, seed: int, added: str
) -> None:
    without = tuple(number for number in CHANGING if number != added)
    fewer = computed(models, draw_changing(seed, without), {"values": VALUES})["values"]
    more = computed(models, draw_changing(seed), {"values": VALUES})["values"]
    touched = {added, *(row["new_number"] for row in CHANGES if row["old_number"] == added)}
    assert [row for row in fewer if row[0] not in touched] == [row for row in more if row[0] not in touched]
    assert any(row[0] not in touched for row in fewer)


def test_the_changing_worlds_show_merged_values_and_breaks(models: Models) -> None:
    sql = (
        "select municipality_number, count(*) filter (where status = 'ok'), "
        "count(*) filter (where status = 'break_in_series') from main.fct_indicator_value "
        f"where boundary = 'current' and period <= '{LAST}' group by all"
    )
    found = {number: counts for number, *counts in computed(models, draw_changing(1), {"v": sql})["v"]}
    assert found["3001"][0] > 100, "a merged one has values before there was one"
    for number in ("3002", "3003"):
        assert (found[number][0], found[number][1] > 0) == (0, True), "a part of a split one has none"


# --- silence never pays ----------------------------------------------------------------------------


def blank_one(world: World, number: str, period: str, dice: random.Random) -> str:
    """Blank one known answer of a municipality; what was blanked."""
    cells = [
        (table, row, column)
        for table, columns in ANSWERS.items()
        for row in world[table]
        for column in columns
        if row["municipality_number"] == number and row["period"] == period
        and row.get(column) is not None and not row.get("is_absent")
    ]  # fmt: skip
    if not cells:
        return "nothing"
    table, row, column = dice.choice(cells)
    row[column] = None
    if column == "is_described":
        row["described_date"] = None
    return f"{table} {column}"


def leave_out(world: World, number: str, period: str, dice: random.Random) -> str:
    """Leave out a row that the pack asks everybody for; what was left out."""
    own = [
        (table, row)
        for table in LEFT_OUT
        for row in world[table]
        if row["municipality_number"] == number and row["period"] == period
    ]
    own += [("lake.system_data_object", row) for row in expected_cells(world, number, period)]
    if not own:
        return "nothing"
    table, row = dice.choice(own)
    world[table].remove(row)
    return f"{table} {row}"


def expected_cells(world: World, number: str, period: str) -> Iterator[Row]:
    """Listed cells that the pack expects of the functions that the system's own rows name."""
    functions: dict[str, set[str]] = {}
    here = {"municipality_number": number, "period": period}
    for row in world["lake.system"]:
        if here.items() <= row.items():
            functions.setdefault(row["system_key"], set()).update(row["function_ids"] or [])
    for row in world["lake.system_data_object"]:
        if here.items() <= row.items():
            wanted = {item for name in functions.get(row["system_key"], ()) for item in EXPECTED[name]}
            if row["data_object_id"] in wanted:
                yield row


BETTER = {"up": ("below", "across", "above"), "down": ("above", "across", "below")}


def is_better(better: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Whether a place improved: rank, percentile, or a position that says more good than it did.

    `unresolved` says that it cannot be told, so going there is no gain.
    """
    rank, percentile, conclusion = before
    new_rank, new_percentile, new_conclusion = after
    if rank is not None and new_rank is not None and new_rank < rank:
        return True
    if percentile is not None and new_percentile is not None and new_percentile > percentile:
        return True
    if better not in BETTER or "unresolved" in (conclusion, new_conclusion) or conclusion is None:
        return better in BETTER and conclusion == "unresolved" and new_conclusion == BETTER[better][2]
    if new_conclusion is None:
        return False
    order = BETTER[better]
    return order.index(new_conclusion) > order.index(conclusion)


@pytest.mark.parametrize("mutate", [blank_one, leave_out], ids=["blanking", "leaving_out"])
@FEW
@given(seed=SEEDS)
def test_silence_never_pays(
    models: Models, mutate: Callable[[World, str, str, random.Random], str], seed: int
) -> None:
    world = draw(seed)
    silent = copy.deepcopy(world)
    dice = random.Random(seed)
    subjects = {period: dice.choice(NUMBERS) for period in PERIODS}
    done = {period: mutate(silent, number, period, dice) for period, number in subjects.items()}
    queries = {"places": PLACES, "better": "select indicator_id, better from main.dim_indicator"}
    before, after = computed(models, world, queries), computed(models, silent, queries)
    better = dict(before["better"])
    was = {row[:4]: row for row in before["places"]}
    for row in after["places"]:
        number, period, indicator = row[:3]
        if subjects[period] != number or row[:4] not in was:
            # A municipality that had no place may not get one by silence.
            assert subjects[period] != number or row[:4] in was, (done[period], row)
            continue
        old = was[row[:4]]
        assert not is_better(better[indicator], old[4:7], row[4:7]), (done[period], old, row)


@FEW
@given(seed=SEEDS)
def test_a_newly_known_cell_never_widens_the_bounds(models: Models, seed: int) -> None:
    known = draw(seed)
    unknown = copy.deepcopy(known)
    dice = random.Random(seed)
    subjects = {period: dice.choice(NUMBERS) for period in PERIODS}
    for period, number in subjects.items():
        leave_out_a_cell(unknown, number, period, dice)
    sql = (
        "select municipality_number, period, indicator_id, lower_bound, upper_bound "
        "from main.fct_indicator_value where starts_with(indicator_id, 'DUP_') "
        "and boundary = 'delivered' and focus_area = 'all' order by all"
    )
    wide = {row[:3]: row[3:] for row in computed(models, unknown, {"v": sql})["v"]}
    narrow = {row[:3]: row[3:] for row in computed(models, known, {"v": sql})["v"]}
    for key, (low, high) in wide.items():
        least, most = narrow[key]
        if low is None or least is None:
            continue
        assert least >= low - 1e-9, key
        assert most <= high + 1e-9, key


def leave_out_a_cell(world: World, number: str, period: str, dice: random.Random) -> None:
    cells = list(expected_cells(world, number, period))
    if cells:
        world["lake.system_data_object"].remove(dice.choice(cells))


def test_the_worlds_show_every_register_indicator(models: Models) -> None:
    """The worlds above are worth trying: each indicator has values, bounds and places in them."""
    sql = (
        "select indicator_id, count(*) filter (where status = 'ok') from main.fct_indicator_value "
        "where boundary = 'current' and focus_area = 'all' and collection_mode = 'register' group by all"
    )
    counts = dict(computed(models, draw(1), {"v": sql})["v"])
    assert counts
    assert min(counts.values()) > 5, counts
