"""Neighbours, quartiles, percentiles and changes against scikit-learn, numpy, scipy and statsmodels.

The models run through dbt on random values of the 357 municipalities of the pack.
"""

from __future__ import annotations

import csv
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from statsmodels.stats.proportion import confint_proportions_2indep

from pipelines.storage.build import t_quantile_pieces
from tests.integration.dbt_support import ROOT, Build, create_build, create_models, insert_csv

REFERENCE = ROOT / "data" / "seeds" / "reference"
PACK = (
    "composite_part",
    "indicator",
    "instrument_item",
    "municipality",
    "municipality_change",
    "peer_weight",
    "population",
    "scale",
    "size_class",
    "threshold",
)
PERIODS = (("2025", 2025), ("2026", 2026))
GIVEN = (
    "int_index__municipality",
    "int_index__indicator",
    "int_survey__dimension",
    "int_survey__maturity",
    "fct_indicator_value",
)
RUN = ("staging.reference", "int_index__number", "intermediate.peers")
MARTS = ("fct_benchmark", "fct_position", "fct_neighbour", "fct_change", "fct_learn_from")
Key = tuple[str, str, str]
Numbers = dict[Key, dict[str, Any]]


def insert(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[Any]) -> None:
    """Insert many rows of the named columns (separated by blanks) at once."""
    frame = pl.DataFrame(rows, schema=columns.split(), orient="row", infer_schema_length=None)
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"insert into {table} by name select * from incoming")
    connection.unregister("incoming")


def municipality_numbers() -> list[str]:
    with (REFERENCE / "municipality.csv").open(encoding="utf-8", newline="") as file:
        return [row["municipality_number"] for row in csv.DictReader(file)]


def random_answers(rng: random.Random) -> list[float]:
    """Scores of 5 to 40 respondents of a five-point item, between 0 and 100."""
    spread = rng.uniform(0.5, 2.0)
    centre = rng.uniform(1, 5)
    return [25.0 * (min(5, max(1, round(rng.gauss(centre, spread)))) - 1) for _ in range(rng.randint(5, 40))]


def score(rng: random.Random) -> dict[str, Any]:
    """A survey score with the answers behind it: spread enough that the floor under s plays no part."""
    answers = random_answers(rng)
    while statistics.stdev(answers) < 25 / math.sqrt(12):
        answers = random_answers(rng)
    squared_error = statistics.variance(answers) / len(answers)
    half = stats.t.ppf(0.975, len(answers) - 1) * math.sqrt(squared_error)
    mean = statistics.fmean(answers)
    return {
        "answers": answers,
        "value": mean,
        "ci_low": max(0.0, mean - half),
        "ci_high": min(100.0, mean + half),
        "n": len(answers),
        "standard_error_squared": squared_error,
    }


def share(rng: random.Random) -> dict[str, Any]:
    """A share of respondents with its Wilson interval by scipy."""
    n = rng.randint(5, 60)
    yes = rng.choice([0, n, rng.randint(0, n)])
    interval = stats.binomtest(yes, n).proportion_ci(method="wilson")
    ends = {"ci_low": 100 * interval.low, "ci_high": 100 * interval.high}
    return {"yes": yes, "value": 100 * yes / n, "n": n, **ends}


def bounded(rng: random.Random) -> dict[str, Any]:
    """A register's share with bounds, with many that are equal."""
    low, value, high = sorted(rng.choice([0, 10, 25, 33.34, 33.35, 50, 66.65, 90, 100]) for _ in range(3))
    return {"value": float(value), "lower_bound": float(low), "upper_bound": float(high), "coverage": 80.0}


MAKERS = {"MOD_PU": score, "BAR_1": share, "PRO_OWN": bounded, "DUP_MULTI": bounded, "DUP_AVG": bounded}


def random_values(rng: random.Random) -> Numbers:
    """Values of most municipalities, in both periods, by municipality, period and indicator."""
    return {
        (number, period, indicator): make(rng)
        for number in municipality_numbers()
        for period, _ in PERIODS
        for indicator, make in MAKERS.items()
        if rng.random() < 0.8
    }


def mode(indicator: str) -> str:
    return "respondents" if indicator.startswith(("MOD", "BAR")) else "register"


def fill(connection: duckdb.DuckDBPyConnection, numbers: Numbers) -> None:
    """The pack, the index and the values, as the models before the peers leave them."""
    for table in PACK:
        insert_csv(connection, f"reference.{table}", REFERENCE / f"{table}.csv")
    pieces = t_quantile_pieces()
    insert(connection, "reference.t_quantile_piece", " ".join(pieces.columns), pieces.rows())
    insert(
        connection,
        "reference.period",
        "period instrument_id reference_date year",
        [(period, "prosess-2026", f"{year}-12-31", year) for period, year in PERIODS],
    )
    create_models(connection, *GIVEN)
    insert(
        connection,
        "intermediate.int_index__municipality",
        "municipality_number period boundary year is_fictional",
        [(n, period, "current", year, False) for n in municipality_numbers() for period, year in PERIODS],
    )
    whole = "municipality_number period indicator_id collection_mode boundary focus_area"
    keys = [(*key, mode(key[2]), "current", "all") for key in numbers]
    units = [f"{number}:{period}:delivered:all" for number, period, _ in numbers]
    insert(
        connection,
        "intermediate.int_index__indicator",
        f"{whole} unit_id",
        [(*key, unit) for key, unit in zip(keys, units, strict=True)],
    )
    insert(
        connection,
        "intermediate.int_survey__dimension",
        "unit_id indicator_id collection_mode standard_error_squared",
        [
            (unit, key[2], key[3], found["standard_error_squared"])
            for unit, key, found in zip(units, keys, numbers.values(), strict=True)
            if "standard_error_squared" in found
        ],
    )
    columns = "value lower_bound upper_bound ci_low ci_high coverage n"
    insert(
        connection,
        "main.fct_indicator_value",
        f"{whole} status {columns}",
        [
            (*key, "ok", *(found.get(column) for column in columns.split()))
            for key, found in zip(keys, numbers.values(), strict=True)
        ],
    )


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return random_values(random.Random(20261231))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, numbers: Numbers) -> Build:
    build = create_build(tmp_path_factory.mktemp("peers"))
    with duckdb.connect(str(build.file)) as connection:
        fill(connection, numbers)
    what = ["--exclude-resource-type", "unit_test", "--indirect-selection", "cautious"]
    outcome = build.dbt("build", *what, "--select", *RUN, *MARTS)
    assert outcome.status == 0, outcome.said
    return build


def group_members(built: Build) -> dict[tuple[str, str, str], list[str]]:
    """The numbers in each group: by period, type and group."""
    members = defaultdict(list)
    for number, *group in built.rows(
        "select municipality_number, period, peer_group_type, peer_group from intermediate.int_peer__group"
    ):
        members[group[0], group[1], group[2]].append(number)
    return members


def variables(year: int) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Numbers and ln population, ln area, centrality as z-scores, from the pack's files."""
    with (REFERENCE / "population.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["year"]) <= year]
    populations = {
        row["municipality_number"]: int(row["population"])
        for row in sorted(rows, key=lambda row: int(row["year"]))
    }
    with (REFERENCE / "municipality.csv").open(encoding="utf-8", newline="") as file:
        found = [
            (
                row["municipality_number"],
                math.log(populations[row["municipality_number"]]),
                math.log(float(row["area_km2"])),
                float(row["centrality_class"]),
            )
            for row in sorted(csv.DictReader(file), key=lambda row: row["municipality_number"])
        ]
    plain = np.array([row[1:] for row in found])
    return [row[0] for row in found], (plain - plain.mean(axis=0)) / plain.std(axis=0)


@pytest.mark.parametrize(("period", "year"), PERIODS)
def test_neighbours_are_those_of_scikit_learn(built: Build, period: str, year: int) -> None:
    order, scores = variables(year)
    assert len(order) == 357
    distances, places = NearestNeighbors(n_neighbors=11).fit(scores).kneighbors(scores)
    found = defaultdict(list)
    for number, neighbour, distance in built.rows(
        "select municipality_number, neighbour_number, distance from main.fct_neighbour "
        f"where period = '{period}' order by municipality_number, neighbour_rank"
    ):
        found[number].append((neighbour, distance))
    for number, far, near in zip(order, distances, places, strict=True):
        # Itself first: nobody else is exactly where it is.
        assert order[near[0]] == number
        assert [neighbour for neighbour, _ in found[number]] == [order[place] for place in near[1:]]
        assert [distance for _, distance in found[number]] == pytest.approx(far[1:], abs=1e-9)


def test_mean_median_and_quartiles_are_those_of_numpy(built: Build, numbers: Numbers) -> None:
    members = group_members(built)
    seen = set()
    for period, kind, group, indicator, n, *figures in built.rows(
        "select period, peer_group_type, peer_group, indicator_id, n_municipalities, mean, median, q1, q3 "
        "from main.fct_benchmark"
    ):
        keys = [(number, period, indicator) for number in members[period, kind, group]]
        values = [numbers[key]["value"] for key in keys if key in numbers]
        assert n == len(values)
        seen.add((kind, n >= 8, n > 0))
        if not values:
            assert figures == [None] * 4
            continue
        assert figures[:2] == pytest.approx([np.mean(values), np.median(values)], abs=1e-9)
        expected = list(np.percentile(values, [25, 75], method="linear")) if n >= 8 else [None, None]
        assert figures[2:] == pytest.approx(expected, abs=1e-9)
    kinds = {"all", "size_class", "kostra_group", "county", "centrality", "nearest"}
    assert {kind for kind, *_ in seen} == kinds
    assert ("nearest", True, True) in seen
    assert ("nearest", False, True) in seen


def compared(indicator: str, found: dict[str, Any]) -> float:
    """The less favourable bound at one decimal, turned where lower is better."""
    if indicator == "DUP_MULTI":
        return -half_up(found["upper_bound"])
    return half_up(found.get("lower_bound", found["value"]) * (-1 if indicator == "BAR_1" else 1))


def half_up(value: float) -> float:
    """One decimal, half away from zero."""
    return math.copysign(math.floor(round(abs(value), 12) * 10 + 0.5 + 1e-9) / 10, value)


def test_percentiles_are_those_of_scipy(built: Build, numbers: Numbers) -> None:
    members = group_members(built)
    n_checked = 0
    for number, period, indicator, kind, group, n, rank, percentile in built.rows(
        "select municipality_number, period, indicator_id, peer_group_type, peer_group, n_municipalities, "
        "rank, percentile from main.fct_position"
    ):
        keys = [(member, period, indicator) for member in members[period, kind, group]]
        values = [compared(indicator, numbers[key]) for key in keys if key in numbers]
        own = compared(indicator, numbers[number, period, indicator])
        assert n == len(values)
        if indicator == "DUP_AVG":
            assert (rank, percentile) == (None, None)
        elif n >= 10:
            expected = stats.percentileofscore(values, own, kind="mean")
            assert (rank, percentile) == (None, pytest.approx(expected, abs=1e-9))
            n_checked += 1
        else:
            assert (rank, percentile) == (1 + sum(value > own for value in values), None)
    assert n_checked > 5000


def test_every_municipality_has_one_place_in_each_type(built: Build) -> None:
    twice = built.rows(
        "select municipality_number, period, indicator_id, peer_group_type from main.fct_position "
        "group by all having count(*) > 1"
    )
    others = built.rows(
        "select count(*) from main.fct_position "
        "where peer_group_type = 'nearest' and peer_group <> municipality_number"
    )
    assert (twice, others) == ([], [(0,)])


def ends(found: dict[str, Any]) -> tuple[float, float]:
    if "ci_low" in found:
        return found["ci_low"], found["ci_high"]
    return found["lower_bound"], found["upper_bound"]


def test_conclusions_are_stable_where_the_groups_agree(built: Build, numbers: Numbers) -> None:
    members = group_members(built)
    opinions = defaultdict(list)
    stable: dict[Key, bool | None] = {}
    for *key, kind, group, n, conclusion, is_stable, others_median, is_favourable in built.rows(
        "select municipality_number, period, indicator_id, peer_group_type, peer_group, n_municipalities, "
        "conclusion, is_conclusion_stable, others_median, is_favourable from main.fct_position"
    ):
        number, period, indicator = key
        found = [(other, period, indicator) for other in members[period, kind, group] if other != number]
        others = [numbers[other]["value"] for other in found if other in numbers]
        low, high = ends(numbers[number, period, indicator])
        if others:
            median = round(statistics.median(others), 12)
            coverage = numbers[number, period, indicator].get("coverage")
            across = "across" if coverage is None else "unresolved"
            expected = "above" if low > median else "below" if high < median else across
            assert others_median == pytest.approx(median, abs=1e-9)
        else:
            expected = None
            assert others_median is None
        better = {"BAR_1": "below", "DUP_MULTI": "below", "DUP_AVG": None}.get(indicator, "above")
        is_told = better is not None and expected in ("above", "below")
        assert conclusion == expected, (key, kind)
        assert is_favourable is (expected == better if is_told else None), (key, kind)
        if kind in ("size_class", "kostra_group", "nearest") and n >= 5:
            opinions[number, period, indicator].append(conclusion)
        assert stable.setdefault((number, period, indicator), is_stable) is is_stable
    for key, is_stable in stable.items():
        said = opinions[key]
        assert is_stable is (len(set(said)) == 1 if len(said) >= 2 else None)
    assert set(stable.values()) >= {True, False}


def changes(built: Build, indicator: str) -> list[tuple[Any, ...]]:
    return built.rows(
        "select municipality_number, change, change_low, change_high, method from main.fct_change "
        f"where indicator_id = '{indicator}' and period = '2026' and status = 'ok'"
    )


def test_changes_of_scores_have_scipys_welch_interval(built: Build, numbers: Numbers) -> None:
    found = changes(built, "MOD_PU")
    assert len(found) > 150
    for number, change, low, high, method in found:
        later, earlier = (numbers[number, period, "MOD_PU"]["answers"] for period in ("2026", "2025"))
        interval = stats.ttest_ind(later, earlier, equal_var=False).confidence_interval()
        assert method == "welch"
        assert change == pytest.approx(statistics.fmean(later) - statistics.fmean(earlier), abs=1e-9)
        assert (low, high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_changes_of_shares_have_statsmodels_newcombe_interval(built: Build, numbers: Numbers) -> None:
    found = changes(built, "BAR_1")
    assert len(found) > 150
    for number, change, low, high, method in found:
        later, earlier = (numbers[number, period, "BAR_1"] for period in ("2026", "2025"))
        interval = confint_proportions_2indep(
            later["yes"], later["n"], earlier["yes"], earlier["n"], method="newcomb", compare="diff"
        )
        assert method == "newcombe"
        assert change == pytest.approx(later["value"] - earlier["value"], abs=1e-9)
        assert (low, high) == pytest.approx((100 * interval[0], 100 * interval[1]), abs=1e-9)


def test_changes_of_registers_are_differences_of_bounds(built: Build, numbers: Numbers) -> None:
    found = changes(built, "PRO_OWN")
    assert len(found) > 150
    for number, change, low, high, method in found:
        later, earlier = (numbers[number, period, "PRO_OWN"] for period in ("2026", "2025"))
        expected = (
            later["lower_bound"] - earlier["upper_bound"],
            later["upper_bound"] - earlier["lower_bound"],
        )
        assert (method, change) == ("bounds", later["value"] - earlier["value"])
        assert (low, high) == pytest.approx(expected, abs=1e-12)


def test_what_has_nothing_before_it_says_so(built: Build, numbers: Numbers) -> None:
    rows = built.rows("select municipality_number, period, indicator_id, status, change from main.fct_change")
    assert len(rows) == len(numbers)
    for number, period, indicator, status, change in rows:
        is_compared = period == "2026" and (number, "2025", indicator) in numbers
        assert (status, change is not None) == (("ok", True) if is_compared else ("no_earlier_value", False))


def lessons(numbers: Numbers, key: Key, near: Sequence[str]) -> list[tuple[str, bool]]:
    """The neighbours that stand surely better than a municipality, worked out from their values.

    With each whether it does so for sure, whatever the municipality's own value may be.
    """
    _, period, indicator = key
    sign, least = (-1, 1) if indicator in ("BAR_1", "DUP_MULTI") else (1, 0)
    own = round(sign * numbers[key]["value"], 12)
    own_best = round(sign * ends(numbers[key])[1 - least], 12)
    better = []
    for number in near:
        found = numbers.get((number, period, indicator))
        if found is not None and round(sign * ends(found)[least], 12) > own:
            bound = found.get(("lower_bound", "upper_bound")[least], found["value"])
            is_sure = round(sign * ends(found)[least], 12) > own_best
            better.append((not is_sure, -round(sign * bound, 12), -round(sign * found["value"], 12), number))
    return [(number, not is_unsure) for is_unsure, *_, number in sorted(better)[:5]]


def test_one_learns_from_the_neighbours_that_stand_surely_better(built: Build, numbers: Numbers) -> None:
    near, found = defaultdict(list), defaultdict(list)
    for number, period, neighbour in built.rows(
        "select municipality_number, period, neighbour_number from main.fct_neighbour"
    ):
        near[number, period].append(neighbour)
    for *key, teacher, is_sure in built.rows(
        "select municipality_number, period, indicator_id, teacher_number, is_sure from main.fct_learn_from "
        "order by municipality_number, period, indicator_id, place"
    ):
        found[tuple(key)].append((teacher, is_sure))
    expected = {key: lessons(numbers, key, near[key[:2]]) if key[2] != "DUP_AVG" else [] for key in numbers}
    assert dict(found) == {key: teachers for key, teachers in expected.items() if teachers}
    assert {len(teachers) for teachers in expected.values()} == {0, 1, 2, 3, 4, 5}
    assert {is_sure for teachers in expected.values() for _, is_sure in teachers} == {True, False}
