"""Today's boundaries, with the real change table: what is merged sums, what was split breaks.

The numbers are those of real municipalities, everything that is delivered under them is invented and stays in
the build file of the test.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import duckdb
import pytest

from tests.integration.dbt_support import ROOT, Build, create_build, insert, insert_csv, source_tables

PACK = ROOT / "data" / "seeds" / "reference"
INSTRUMENT = "prosess-2026"
REGISTERS = ("systems", "processes")
RECEIVED_A_PART = {
    "1508": ("1507", 2023),
    "1580": ("1507", 2023),
    "1806": ("1850", 2019),
    "1875": ("1850", 2019),
    "5055": ("5012", 2019),
    "5056": ("5012", 2019),
    "5059": ("5012", 2019),
}


def read(table: str) -> list[dict[str, str]]:
    with (PACK / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Number:
    """A number as the pack's two tables give it, read here without any of our code."""

    number: str
    first_year: int
    last_year: int
    target: str
    is_split: bool


def all_numbers() -> Iterator[Number]:
    for row in read("municipality"):
        number = row["municipality_number"]
        yield Number(number, int(row["first_year"] or 0), 9999, number, is_split=False)
    for row in read("municipality_change"):
        years = int(row["first_year"] or 0), int(row["last_year"])
        yield Number(row["old_number"], *years, row["new_number"], is_split=row["kind"] == "split")


NUMBERS = list(all_numbers())
CHANGES = read("municipality_change")
# Indicator → the kinds of delivery that it needs.
INDICATORS = {
    row["indicator_id"]: {row["source_kind"], row["second_source_kind"]} - {""}
    for row in read("indicator")
    if row["family"] != "SBO"
}


def parts_of(target: str, year: int) -> list[str]:
    """The numbers valid in a year that lead to a municipality of today."""
    valid = (n for n in NUMBERS if n.first_year <= year <= n.last_year)
    return sorted(n.number for n in valid if n.target == target)


def is_broken(target: str, year: int) -> bool:
    """Whether a part of a municipality of that year was divided later."""
    own = (n for n in NUMBERS if n.target == target and n.is_split)
    return any(n.first_year <= year <= n.last_year for n in own)


def fill_pack(connection: duckdb.DuckDBPyConnection, years: list[int]) -> None:
    """The base pack as it is, with periods of these years in place of its own."""
    for schema, table, _ in source_tables():
        path = PACK / f"{table}.csv"
        if schema == "reference" and table not in ("period", "participant") and path.is_file():
            insert_csv(connection, f"reference.{table}", path)
    periods = [(str(year), INSTRUMENT, f"{year}-12-31", year) for year in years]
    insert(connection, "reference.period", "period instrument_id reference_date year", periods)
    # Student's t, 97.5 %, for the degrees of freedom that these few respondents need.
    quantiles = {1: 12.706204736, 2: 4.30265273, 3: 3.182446305, 4: 2.776445105, 5: 2.570581836}
    more = {6: 2.446911851, 7: 2.364624252, 8: 2.306004135, 9: 2.262157163, 10: 2.228138852}
    insert(connection, "reference.t_quantile", "df t_975", list((quantiles | more).items()))


def deliver(connection: duckdb.DuckDBPyConnection, kind: str, number: str, year: int) -> None:
    """The ledger's row of an accepted delivery; what is in it is filled in elsewhere."""
    mode = "respondents" if kind == "survey" else "register"
    row = (f"{kind}{number}{year}", number, str(year), kind, mode, "accepted", True)
    columns = "delivery_id municipality_number period kind collection_mode status is_counting"
    insert(connection, "ledger.delivery", columns, [row])


# Every row of the change table: one participant per old number, in its last year

Row = dict[str, str]


@dataclass(frozen=True)
class Index:
    """What the index says: statuses by municipality, period, boundary and indicator; parts by unit."""

    blocking: dict[tuple[str, str, str, str], str | None]
    parts: dict[str, list[str]]
    units: dict[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    build = create_build(tmp_path_factory.mktemp("index"))
    years = sorted({int(row["last_year"]) for row in CHANGES})
    senders = {
        (part, year) for year in years for row in CHANGES for part in parts_of(row["new_number"], year)
    }
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("begin")
        fill_pack(connection, [*years, 2024])
        own = {(row["old_number"], row["last_year"]) for row in CHANGES}
        insert(connection, "reference.participant", "municipality_number period", sorted(own))
        # Systems come of all that make up a municipality of today, processes of nobody.
        for number, year in sorted(senders):
            deliver(connection, "systems", number, year)
        connection.execute("commit")
    outcome = build.dbt("run", "--select", "+int_index__indicator", "+int_index__part")
    assert outcome.status == 0, outcome.said
    return read_index(build)


def read_index(build: Build) -> Index:
    rows = build.rows(
        "select municipality_number, period, boundary, indicator_id, blocking_status, unit_id "
        "from intermediate.int_index__indicator where focus_area = 'all'"
    )
    keys = [row[:4] for row in rows]
    assert len(set(keys)) == len(keys)
    parts: dict[str, list[str]] = {}
    found = build.rows(
        "select unit_id, part_number from intermediate.int_index__part "
        "where focus_area = 'all' order by unit_id, part_number"
    )
    for unit, part in found:
        parts.setdefault(unit, []).append(part)
    return Index(
        blocking={row[:4]: row[4] for row in rows}, parts=parts, units={row[:3]: row[5] for row in rows}
    )


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: f"{row['old_number']}-{row['new_number']}")
def test_every_change_leads_to_the_index_on_todays_boundaries(index: Index, row: Row) -> None:
    old, new, period = row["old_number"], row["new_number"], row["last_year"]
    year = int(period)
    # As delivered it stands under its own number, and nowhere under it on today's boundaries.
    assert index.parts[index.units[old, period, "delivered"]] == [old]
    assert (old, period, "current") not in index.units
    # Under what it is today it stands with everything that municipality consisted of then.
    parts = parts_of(new, year)
    assert old in parts
    assert index.parts[index.units[new, period, "current"]] == parts
    split = "break_in_series" if is_broken(new, year) else None
    assert (split is None) == (row["kind"] != "split" and not is_broken(new, year))
    for indicator, kinds in INDICATORS.items():
        as_delivered = index.blocking[old, period, "delivered", indicator]
        today = index.blocking[new, period, "current", indicator]
        missing = None if kinds == {"systems"} else "not_delivered"
        assert (as_delivered, today) == (missing, missing or split), indicator


@pytest.mark.parametrize(("receiver", "year"), list(product(RECEIVED_A_PART, (2017, 2018, 2019, 2023))))
def test_who_received_a_part_breaks_while_the_divided_number_was_valid(
    index: Index, receiver: str, year: int
) -> None:
    key = (receiver, str(year), "current", "DUP_AVG")
    assert {n.target for n in NUMBERS if n.is_split} == set(RECEIVED_A_PART)
    # Tysfjord and Snillfjord were divided in 2020, Ålesund, which began in 2020, in 2024.
    breaks = year == 2023 if receiver in ("1508", "1580") else year <= 2019
    assert index.blocking[key] == ("break_in_series" if breaks else None)


# Values: invented deliveries of real numbers

PROCESSES = [row["process_id"] for row in read("process") if row["tier"] == "kjerne"]
OBJECTS = [row["data_object_id"] for row in read("data_object") if row["tier"] == "kjerne"]
FUNCTIONS = [row["function_id"] for row in read("function") if row["tier"] == "kjerne"]
# (number, year) → core processes with an owner; all the others have none.
OWNED = {
    ("1507", 2023): 4,
    ("1508", 2024): 6,
    ("1580", 2024): 3,
    ("5001", 2019): 7,
    ("5030", 2019): 2,
    ("5001", 2024): 8,
    **{(part, 2019): 1 for part in ("1805", "1849", "1850", "1854")},
    **{(part, 2019): 2 for part in ("5011", "5012", "5013", "5016", "5023", "5024", "1571")},
    **{(number, 2024): 5 for number in ("1806", "1875", "5055", "5056", "5059")},
}
# (number, year) → how many systems maintain each of the first two core objects.
MAINTAINING = {("5001", 2019): 3, ("5030", 2019): 2, ("5001", 2024): 2}
# (number, year) → answers to PU1, one per respondent.
ANSWERS = {("5001", 2019): [1, 2, 3, 4, 5, 5], ("5030", 2019): [4, 4, 5], ("5001", 2024): [3, 3, 3, 4, 4]}
MARKS = "municipality_number period delivery_id sheet row_number is_quarantined"


def marks(kind: str, number: str, year: int, row: int) -> tuple[Any, ...]:
    return (number, str(year), f"{kind}{number}{year}", "", row, False)


def fill_processes(connection: duckdb.DuckDBPyConnection) -> None:
    rows = []
    for (number, year), n_owned in OWNED.items():
        deliver(connection, "processes", number, year)
        for row, process in enumerate(PROCESSES):
            ownership = "process_owner" if row < n_owned else "none"
            rows.append((*marks("processes", number, year, row + 2), process, process, False, ownership))
    insert(connection, "lake.process", f"{MARKS} process_name process_id is_absent ownership", rows)


def fill_systems(connection: duckdb.DuckDBPyConnection) -> None:
    systems, cells, answers = [], [], []
    for (number, year), n_systems in MAINTAINING.items():
        deliver(connection, "systems", number, year)
        names = [f"s{i}" for i in range(n_systems)]
        for row, name in enumerate(names, 2):
            systems.append((*marks("systems", number, year, row), name, name, "in_use", []))
            for item in OBJECTS[:2]:
                cells.append((*marks("systems", number, year, row), name, name, item, "CRUD"))
        for row, function in enumerate(FUNCTIONS, 2):
            answers.append((*marks("systems", number, year, row), function, True))
    columns = f"{MARKS} system_key system_name lifecycle function_ids"
    insert(connection, "lake.system", columns, systems)
    columns = f"{MARKS} system_key system_name data_object_id operations"
    insert(connection, "lake.system_data_object", columns, cells)
    insert(connection, "lake.function_answer", f"{MARKS} function_id has_none", answers)


def fill_survey(connection: duckdb.DuckDBPyConnection) -> None:
    people, answers = [], []
    for (number, year), given in ANSWERS.items():
        deliver(connection, "survey", number, year)
        for row, answer in enumerate(given, 2):
            own = marks("survey", number, year, row)
            people.append((*own, "respondents"))
            items = ("PU1", "PU2", "PU3", "PU4", "PU5", "PU6")
            answers += [(*own, "respondents", row, item, "ok", answer) for item in items]
    insert(connection, "lake.survey_respondent", f"{MARKS} collection_mode", people)
    columns = f"{MARKS} collection_mode respondent_row item_id answer_status answer"
    insert(connection, "lake.survey_answer", columns, answers)


@dataclass(frozen=True)
class Values:
    """Rows of fct_indicator_value and fct_change, whole municipalities only."""

    facts: dict[tuple[str, str, str, str], dict[str, Any]]
    changes: dict[tuple[str, str, str], dict[str, Any]]

    def fact(self, number: str, year: int, boundary: str, indicator: str) -> dict[str, Any]:
        return self.facts[number, str(year), boundary, indicator]


FACT_COLUMNS = ("status", "value", "lower_bound", "upper_bound", "numerator", "denominator", "n")
CHANGE_COLUMNS = ("status", "change", "previous_period")


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    build = create_build(tmp_path_factory.mktemp("values"))
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("begin")
        fill_pack(connection, [2019, 2023, 2024])
        fill_processes(connection)
        fill_systems(connection)
        fill_survey(connection)
        connection.execute("commit")
    outcome = build.dbt("build", "--exclude-resource-type", "unit_test")
    assert outcome.status == 0, outcome.said
    columns = ", ".join(FACT_COLUMNS)
    facts = build.rows(
        f"select municipality_number, period, boundary, indicator_id, {columns} "
        "from main.fct_indicator_value where focus_area = 'all' and collection_mode <> 'official'"
    )
    columns = ", ".join(CHANGE_COLUMNS)
    changes = build.rows(f"select municipality_number, period, indicator_id, {columns} from main.fct_change")
    return Values(
        facts={row[:4]: dict(zip(FACT_COLUMNS, row[4:], strict=True)) for row in facts},
        changes={row[:3]: dict(zip(CHANGE_COLUMNS, row[3:], strict=True)) for row in changes},
    )


def test_alesund_breaks_between_2023_and_2024(values: Values) -> None:
    before = values.fact("1507", 2023, "delivered", "PRO_OWN")
    assert (before["status"], before["numerator"], before["denominator"]) == ("ok", 4, len(PROCESSES))
    assert ("1507", "2023", "current", "PRO_OWN") not in values.facts
    for number, n_owned in (("1508", 6), ("1580", 3)):
        broken = values.fact(number, 2023, "current", "PRO_OWN")
        assert broken == dict.fromkeys(FACT_COLUMNS) | {"status": "break_in_series"}
        assert (number, "2023", "delivered", "PRO_OWN") not in values.facts
        for boundary in ("delivered", "current"):
            after = values.fact(number, 2024, boundary, "PRO_OWN")
            assert (after["status"], after["numerator"]) == ("ok", n_owned)
        # Nothing is set against what the divided municipality was.
        change = values.changes[number, "2024", "PRO_OWN"]
        assert (change["status"], change["change"]) == ("break_in_series", None)


@pytest.mark.parametrize("receiver", RECEIVED_A_PART)
def test_every_indicator_of_who_received_a_part_breaks(values: Values, receiver: str) -> None:
    _, year = RECEIVED_A_PART[receiver]
    processes = [name for name, kinds in INDICATORS.items() if kinds == {"processes"}]
    for indicator in processes:
        fact = values.fact(receiver, year, "current", indicator)
        assert fact == dict.fromkeys(FACT_COLUMNS) | {"status": "break_in_series"}, indicator
    assert values.fact(receiver, 2024, "current", "PRO_OWN")["status"] == "ok"
    change = values.changes[receiver, "2024", "PRO_OWN"]
    assert (change["status"], change["change"], change["previous_period"]) == ("break_in_series", None, None)


def test_trondheim_with_klaebu_sums_numerators_and_denominators(values: Values) -> None:
    whole = len(PROCESSES)
    for number, n_owned in (("5001", 7), ("5030", 2)):
        own = values.fact(number, 2019, "delivered", "PRO_OWN")
        assert (own["numerator"], own["denominator"], own["n"]) == (n_owned, whole, whole)
    both = values.fact("5001", 2019, "current", "PRO_OWN")
    assert (both["status"], both["numerator"], both["denominator"], both["n"]) == (
        "ok",
        9,
        2 * whole,
        2 * whole,
    )
    assert both["value"] == pytest.approx(100 * 9 / (2 * whole), abs=1e-9)
    assert ("5030", "2019", "current", "PRO_OWN") not in values.facts
    change = values.changes["5001", "2024", "PRO_OWN"]
    assert change["previous_period"] == "2019"
    assert change["change"] == pytest.approx(100 * 8 / whole - both["value"], abs=1e-9)


def test_trondheim_with_klaebu_sums_systems_and_objects_too(values: Values) -> None:
    expected = {"5001": (6, 2), "5030": (4, 2)}
    for number, (numerator, denominator) in expected.items():
        own = values.fact(number, 2019, "delivered", "DUP_AVG")
        assert (own["numerator"], own["denominator"]) == (numerator, denominator)
    both = values.fact("5001", 2019, "current", "DUP_AVG")
    # An object of one and the same object of the other are two things.
    assert (both["status"], both["numerator"], both["denominator"]) == ("ok", 10, 4)
    assert both["value"] == pytest.approx(2.5, abs=1e-9)


def test_respondents_of_what_has_merged_are_pooled(values: Values) -> None:
    assert values.fact("5001", 2019, "delivered", "MOD_PU")["status"] == "ok"
    few = values.fact("5030", 2019, "delivered", "MOD_PU")
    assert (few["status"], few["value"]) == ("too_few_respondents", None)
    both = values.fact("5001", 2019, "current", "MOD_PU")
    given = [*ANSWERS["5001", 2019], *ANSWERS["5030", 2019]]
    assert (both["status"], both["n"]) == ("ok", 9)
    assert both["value"] == pytest.approx(sum(25 * (answer - 1) for answer in given) / 9, abs=1e-9)
