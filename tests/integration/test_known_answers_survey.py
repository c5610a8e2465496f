"""Survey values from random answers against scipy, statsmodels and numpy, in the whole, per focus area and
for a merged municipality: two periods with instruments of five and of seven points and other dimensions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import isclose, sqrt
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from pipelines.storage.build import t_quantiles
from tests.integration.dbt_support import ROOT, Build, create_build, insert, insert_csv

Number = float | None
AREAS = ("a1", "a2", "a3")
MODES = ("respondents", "official")
LEAST = 5


@dataclass(frozen=True)
class Instrument:
    """One period's survey: dimensions with their items (True: reversed), and what a composite weighs."""

    period: str
    name: str
    n_points: int
    dimensions: dict[str, dict[str, bool]]
    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def reversed_items(self) -> dict[str, bool]:
        return {item: flag for items in self.dimensions.values() for item, flag in items.items()}


FIVE = Instrument(
    "2024",
    "five",
    5,
    {
        "A": {"A1": False, "A2": True, "A3": False},
        "B": {"B1": False, "B2": False, "B3": False, "B4": False},
        "C": {"C1": False, "C2": True},
        "D": {"D1": False, "D2": False, "D3": True, "D4": False, "D5": False},
        "K": {"K1": False, "K2": False, "K3": False},
        "X": {"X1": False, "X2": True},
    },
    # Not as many of one sort as of the other, so that weights cannot be taken for each other.
    ("A", "B"),
    ("C", "D", "K", "E"),
)
SEVEN = Instrument(
    "2025",
    "seven",
    7,
    {
        "F": {"F1": False, "F2": False, "F3": True},
        "G": {"G1": True, "G2": False},
        "H": {"H1": False, "H2": False, "H3": False, "H4": False, "H5": False, "H6": True},
        "Y": {"Y1": False},
    },
    ("F", "G", "H"),
    (),
)
INSTRUMENTS = (FIVE, SEVEN)
# Dimensions of single questions, which have a share and no score.
SINGLE = ("X", "Y")
# 11 and 12 became 10 at the end of 2024.
PARTS = {("10", "2024"): ("11", "12")}
SENDERS = {"2024": ("01", "02", "03", "04", "11", "12"), "2025": ("01", "02", "03", "04", "10")}


@dataclass(frozen=True)
class Respondent:
    """One row: whose, in which areas, and each answer as (status, point)."""

    municipality: str
    instrument: Instrument
    mode: str
    row: int
    areas: tuple[str, ...]
    answers: dict[str, tuple[str, int | None]]

    def step(self, item: str) -> int | None:
        """The answer in steps above the lowest point, turned where the item is reversed."""
        status, point = self.answers.get(item, ("blank", None))
        if status != "ok" or point is None:
            return None
        is_reversed = self.instrument.reversed_items[item]
        return self.instrument.n_points - point if is_reversed else point - 1

    def score(self, dimension: str) -> Fraction | None:
        """0-100, where at least two thirds of what is relevant is answered."""
        items = self.instrument.dimensions.get(dimension, {})
        offered = [i for i in items if i in self.answers and self.answers[i][0] != "not_relevant"]
        steps = [step for step in map(self.step, offered) if step is not None]
        if not steps or 3 * len(steps) < 2 * len(offered):
            return None
        return Fraction(100 * sum(steps), len(steps) * (self.instrument.n_points - 1))


@dataclass(frozen=True)
class Unit:
    """The respondents behind a municipality, a boundary and a focus area."""

    instrument: Instrument
    mode: str
    respondents: tuple[Respondent, ...]

    @property
    def is_official(self) -> bool:
        return self.mode == "official"

    def scored(self, dimension: str) -> dict[int, Fraction]:
        """Place of the respondent → score, of the valid ones."""
        every = ((place, one.score(dimension)) for place, one in enumerate(self.respondents))
        return {place: score for place, score in every if score is not None}

    def answered(self, item: str) -> list[int]:
        return [step for step in (one.step(item) for one in self.respondents) if step is not None]

    @cached_property
    def floor(self) -> float:
        return float(100 / ((self.instrument.n_points - 1) * sqrt(12)))


Expected = tuple[str, Number, Number, Number, int | None]


def status_of(unit: Unit, n: int) -> str:
    if not unit.is_official and n < LEAST:
        return "too_few_respondents"
    return "ok" if n else "no_denominator"


def clipped(ends: tuple[float, float]) -> tuple[float, float]:
    return max(0.0, min(100.0, ends[0])), max(0.0, min(100.0, ends[1]))


def mean_with_interval(unit: Unit, values: list[float]) -> Expected:
    """The mean with scipy's t interval, s at least that of one step of the scale."""
    status = status_of(unit, len(values))
    if status != "ok":
        return status, None, None, None, len(values)
    mean = float(np.mean(values))
    if unit.is_official:
        return status, mean, None, None, 1
    error = max(float(np.std(values, ddof=1)), unit.floor) / sqrt(len(values))
    ends = clipped(stats.t.interval(0.95, len(values) - 1, loc=mean, scale=error))
    return status, mean, *ends, len(values)


def share_with_interval(unit: Unit, item: str) -> Expected:
    """Answers of the two upper points, with statsmodels' Wilson interval."""
    steps = unit.answered(item)
    status, n = status_of(unit, len(steps)), len(steps)
    if status != "ok":
        return status, None, None, None, n
    upper = sum(step >= unit.instrument.n_points - 2 for step in steps)
    if unit.is_official:
        return status, 100.0 * upper, None, None, n
    low, high = proportion_confint(upper, n, alpha=0.05, method="wilson")
    return status, 100 * upper / n, 100 * low, 100 * high, n


def weights(unit: Unit) -> dict[str, float] | None:
    """Of each part that is present; none where too much is missing."""
    instrument = unit.instrument
    present = [
        name
        for name in (*instrument.required, *instrument.optional)
        if status_of(unit, len(unit.scored(name))) == "ok" and name in instrument.dimensions
    ]
    optional = [name for name in present if name in instrument.optional]
    if set(instrument.required) - set(present) or len(instrument.optional) - len(optional) > 1:
        return None
    half = 0.5 if optional else 1.0
    return {
        name: half / len(instrument.required) if name in instrument.required else 0.5 / len(optional)
        for name in present
    }


def index_with_interval(unit: Unit) -> Expected:
    """The weighted mean of the parts; numpy's covariances over those who are valid for both."""
    found = weights(unit)
    if found is None:
        return "missing", None, None, None, None
    scores = {name: unit.scored(name) for name in found}
    value = sum(w * float(np.mean([float(s) for s in scores[name].values()])) for name, w in found.items())
    least = min(len(valid) for valid in scores.values())
    if unit.is_official:
        return "ok", value, None, None, least
    variance = 0.0
    for one, other in product(found, found):
        both = sorted(set(scores[one]) & set(scores[other]))
        if len(both) >= 2:
            pair = [[float(scores[name][place]) for place in both] for name in (one, other)]
            share = len(both) / (len(scores[one]) * len(scores[other]))
            variance += found[one] * found[other] * float(np.cov(pair)[0, 1]) * share
    # A sum that is 0 but for the last digits would have no interval in scipy.
    half = float(stats.t.ppf(0.975, least - 1)) * sqrt(max(0.0, variance))
    return "ok", value, *clipped((value - half, value + half)), least


def level(unit: Unit) -> Expected:
    found = weights(unit)
    if found is None and any(
        status_of(unit, len(unit.scored(name))) != "ok" for name in unit.instrument.required
    ):
        return "missing", None, None, None, None
    means = [sum(s.values(), Fraction(0)) / len(s) for s in map(unit.scored, unit.instrument.required)]
    n = min(len(unit.scored(name)) for name in unit.instrument.required)
    return "ok", float(min(5, 1 + min(means) // 25)), None, None, n


# --- the random answers ---------------------------------------------------------------------------


def respond(
    dice: random.Random, municipality: str, instrument: Instrument, row: int, mode: str
) -> Respondent:
    """A row; what is answered hangs together, so that covariances are not all near 0."""
    level = dice.randint(1, instrument.n_points)
    answers: dict[str, tuple[str, int | None]] = {}
    for item, is_reversed in instrument.reversed_items.items():
        status = dice.choices(("ok", "dont_know", "not_relevant", "blank", "invalid"), (80, 6, 6, 5, 3))[0]
        point = max(1, min(instrument.n_points, level + dice.randint(-2, 2)))
        turned = instrument.n_points + 1 - point if is_reversed else point
        answers[item] = (status, turned if status == "ok" else None)
    areas = tuple(dice.sample(AREAS, dice.choice((0, 1, 1, 2)))) if mode == "respondents" else ()
    return Respondent(municipality, instrument, mode, row, areas, answers)


def everybody(seed: int) -> tuple[Respondent, ...]:
    """04 has four respondents, 03 answers alike, the others have 12-40; 01 also answers officially."""
    dice = random.Random(seed)
    found = []
    for instrument in INSTRUMENTS:
        for municipality in SENDERS[instrument.period]:
            count = {"04": 4, "03": 6, "11": 3}.get(municipality, dice.randint(12, 40))
            rows = [respond(dice, municipality, instrument, i + 2, "respondents") for i in range(count)]
            if municipality == "03":
                rows = [
                    Respondent(municipality, instrument, one.mode, one.row, one.areas, rows[0].answers)
                    for one in rows
                ]
            found += rows
        found.append(respond(dice, "01", instrument, 2, "official"))
    return tuple(found)


def indicators() -> Iterator[tuple[Any, ...]]:
    """indicator_id, unit, source_kind, family, has_focus_area_cut, dimension_id, item_id."""
    for instrument in INSTRUMENTS:
        for dimension, items in instrument.dimensions.items():
            if dimension in SINGLE:
                for item in items:
                    yield f"BAR_{item}", "percent", "survey", "BAR", True, dimension, item
            else:
                yield f"MOD_{dimension}", "points", "survey", "MOD", True, dimension, None
        yield f"IDX_{instrument.name}", "points", "survey", "MOD", True, None, None
        yield f"LVL_{instrument.name}", "level", "survey", "MOD", True, None, None


def fill(connection: duckdb.DuckDBPyConnection, respondents: tuple[Respondent, ...]) -> None:
    """The pack and the deliveries, in the sources' tables."""
    insert_csv(connection, "reference.threshold", ROOT / "data" / "seeds" / "reference" / "threshold.csv")
    insert(connection, "reference.scale", "scale_id n_points", [(i.name, i.n_points) for i in INSTRUMENTS])
    insert(
        connection,
        "reference.instrument_item",
        "instrument_id item_id dimension_id scale_id is_reversed",
        [
            (instrument.name, item, dimension, instrument.name, is_reversed)
            for instrument in INSTRUMENTS
            for dimension, items in instrument.dimensions.items()
            for item, is_reversed in items.items()
        ],
    )
    insert(
        connection,
        "reference.period",
        "period instrument_id reference_date year",
        [(i.period, i.name, date(int(i.period), 12, 31), int(i.period)) for i in INSTRUMENTS],
    )
    insert(
        connection,
        "reference.indicator",
        "indicator_id unit source_kind family has_focus_area_cut dimension_id item_id",
        list(indicators()),
    )
    insert(
        connection,
        "reference.composite_part",
        "indicator_id dimension_id is_required",
        [
            (f"{kind}_{instrument.name}", part, is_required)
            for instrument in INSTRUMENTS
            for kind, parts, is_required in (
                ("IDX", instrument.required, True),
                ("IDX", instrument.optional, False),
                ("LVL", instrument.required, True),
            )
            for part in parts
        ],
    )
    insert(connection, "reference.focus_area", "focus_area_id", [(area,) for area in AREAS])
    insert(
        connection,
        "reference.municipality",
        "municipality_number name first_year is_fictional",
        [(n, n, 2025 if n == "10" else None, True) for n in ("01", "02", "03", "04", "10")],
    )
    insert(
        connection,
        "reference.municipality_change",
        "old_number old_name first_year last_year new_number new_name kind",
        [(n, n, None, 2024, "10", "10", "merge") for n in ("11", "12")],
    )
    quantiles = t_quantiles(400)
    insert(connection, "reference.t_quantile", "df t_975", quantiles.rows())
    senders = sorted({(r.municipality, r.instrument.period, r.mode) for r in respondents})
    insert(
        connection,
        "ledger.delivery",
        "delivery_id municipality_number period kind collection_mode status is_counting",
        [("-".join(sender), *sender[:2], "survey", sender[2], "accepted", True) for sender in senders],
    )
    key = "municipality_number period collection_mode delivery_id sheet row_number is_quarantined"
    insert_frame(
        connection,
        "lake.survey_respondent",
        f"{key} focus_area_ids",
        [(*place(one), list(one.areas)) for one in respondents],
    )
    insert_frame(
        connection,
        "lake.survey_answer",
        f"{key} respondent_row item_id answer_status answer",
        [
            (*place(one), one.row, item, status, point)
            for one in respondents
            for item, (status, point) in one.answers.items()
        ],
    )


def insert_frame(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple[Any, ...]]
) -> None:
    """As ``insert``, for thousands of rows."""
    frame = pl.DataFrame(rows, schema=columns.split(), orient="row", infer_schema_length=None)
    connection.register("frame", frame)
    connection.execute(f"insert into {table} by name select * from frame")
    connection.unregister("frame")


def place(one: Respondent) -> tuple[Any, ...]:
    sender = (one.municipality, one.instrument.period, one.mode)
    return (*sender, "-".join(sender), "S", one.row, False)


# --- what the models made of them -----------------------------------------------------------------


@dataclass(frozen=True)
class World:
    respondents: tuple[Respondent, ...]
    build: Build

    def units(self) -> Iterator[tuple[str, Unit]]:
        """unit_id and what is behind it, of every unit with respondents."""
        for instrument, mode in product(INSTRUMENTS, MODES):
            places = {(n, "delivered"): (n,) for n in SENDERS[instrument.period]}
            places |= {(n, "current"): ps for (n, p), ps in PARTS.items() if p == instrument.period}
            for (number, boundary), parts in places.items():
                behind = [
                    one
                    for one in self.respondents
                    if one.municipality in parts and one.instrument == instrument and one.mode == mode
                ]
                for area in ("all", *AREAS):
                    chosen = tuple(one for one in behind if area == "all" or area in one.areas)
                    if chosen:
                        unit_id = f"{number}:{instrument.period}:{boundary}:{area}"
                        yield unit_id, Unit(instrument, mode, chosen)

    def found(self, sql: str) -> dict[tuple[str, ...], Any]:
        """The rows of a query by their first three columns."""
        return {row[:3]: row[3:] for row in self.build.rows(sql)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    build = create_build(tmp_path_factory.mktemp("survey"))
    respondents = everybody(seed=1)
    with duckdb.connect(str(build.file)) as connection:
        fill(connection, respondents)
    chosen = ("int_survey__maturity", "int_survey__barrier", "int_survey__item_score", "fct_reliability")
    # Only tests of what is built: others would look for tables that are not there.
    few = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
    outcome = build.dbt("build", *few, "--select", *(f"+{model}" for model in chosen))
    assert outcome.status == 0, outcome.said
    return World(respondents, build)


def same(one: Number, other: Number) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, abs_tol=1e-9, rel_tol=0)


def faults(found: dict[tuple[str, ...], Any], expected: dict[tuple[str, ...], Expected]) -> list[Any]:
    """The keys of which status, value, interval or n differ; keys of one side alone."""
    wrong: list[Any] = sorted(set(found) ^ set(expected))
    for key in sorted(set(found) & set(expected)):
        status, *numbers, n = expected[key]
        got = found[key]
        is_same = all(map(same, got[1:4], numbers)) and (n is None or got[4] == n)
        if not is_same or (got[0] != status and (status != "missing" or got[0] == "ok")):
            wrong.append((key, got, expected[key]))
    return wrong


COLUMNS = "unit_id, indicator_id, collection_mode, status, value, ci_low, ci_high, n"


def test_a_dimension_is_a_mean_with_its_t_interval(world: World) -> None:
    expected = {
        (unit_id, f"MOD_{name}", unit.mode): mean_with_interval(
            unit, [float(s) for s in unit.scored(name).values()]
        )
        for unit_id, unit in world.units()
        for name in unit.instrument.dimensions
        if name not in SINGLE
    }
    found = world.found(f"select {COLUMNS} from intermediate.int_survey__dimension")
    assert faults(found, expected) == []
    assert {row[0] for row in found.values()} >= {"ok", "too_few_respondents"}


def test_the_standard_error_is_that_of_the_interval(world: World) -> None:
    rows = world.build.rows(
        "select d.unit_id, d.ci_high - d.value, d.standard_error_squared, d.n, d.collection_mode "
        "from intermediate.int_survey__dimension as d where d.status = 'ok' and coalesce(d.ci_high, 0) < 100"
    )
    assert rows
    for unit_id, half, squared, n, mode in rows:
        if mode == "official":
            assert (half, squared) == (None, None)
        else:
            assert half == pytest.approx(stats.t.ppf(0.975, n - 1) * sqrt(squared), abs=1e-9), unit_id


def test_a_barrier_is_a_share_with_its_wilson_interval(world: World) -> None:
    expected = {
        (unit_id, f"BAR_{item}", unit.mode): share_with_interval(unit, item)
        for unit_id, unit in world.units()
        for name in SINGLE
        for item in unit.instrument.dimensions.get(name, {})
    }
    found = world.found(f"select {COLUMNS} from intermediate.int_survey__barrier")
    assert faults(found, expected) == []


def test_a_single_question_has_a_score_with_its_t_interval(world: World) -> None:
    found = world.found(
        "select unit_id, item_id, collection_mode, status, score, half_width, n "
        "from intermediate.int_survey__item_score"
    )
    assert found
    units = {(unit_id, unit.mode): unit for unit_id, unit in world.units()}
    for (unit_id, item, mode), (status, score, half_width, n) in found.items():
        unit = units[unit_id, mode]
        steps = unit.answered(item)
        values = [100 * step / (unit.instrument.n_points - 1) for step in steps]
        expected = mean_with_interval(unit, values)
        assert (status, n) == (expected[0], len(steps))
        assert same(score, expected[1])
        if half_width is not None and expected[1] is not None:
            ends = clipped((expected[1] - half_width, expected[1] + half_width))
            assert ends == pytest.approx(expected[2:4], abs=1e-9)
        else:
            assert (half_width, expected[2]) == (None, None)


def test_a_composite_is_what_the_pack_makes_of_it(world: World) -> None:
    expected: dict[tuple[str, ...], Expected] = {}
    for unit_id, unit in world.units():
        expected[unit_id, f"IDX_{unit.instrument.name}", unit.mode] = index_with_interval(unit)
        expected[unit_id, f"LVL_{unit.instrument.name}", unit.mode] = level(unit)
    rows = world.found(f"select {COLUMNS} from intermediate.int_survey__maturity")
    asked = {key: row for key, row in rows.items() if key in expected}
    others = {key: row for key, row in rows.items() if key not in expected}
    assert faults(asked, expected) == []
    assert {(key[1][:3], row[0]) for key, row in asked.items()} >= {("IDX", "ok"), ("LVL", "ok")}
    # The other period's composites are made of what this one does not ask.
    assert {row[0] for row in others.values()} == {"not_applicable"}


def test_alpha_is_that_of_the_covariances(world: World) -> None:
    """α = k ÷ (k − 1) · (1 − trace ÷ sum of the covariance matrix); of two items 2r ÷ (1 + r)."""
    found = world.found(
        "select period, collection_group, dimension_id, status, alpha, n from main.fct_reliability"
    )
    complete: dict[tuple[str, str, str], list[list[int]]] = defaultdict(list)
    for one in world.respondents:
        if one.mode == "official":
            continue
        for dimension, items in one.instrument.dimensions.items():
            steps = [step for item in items if (step := one.step(item)) is not None]
            if len(steps) == len(items):
                complete[one.instrument.period, "fictional:all", dimension].append(steps)
    assert set(found) >= set(complete)
    checked = set()
    for key, (status, alpha, n) in found.items():
        rows = complete[key]
        assert n == len(rows)
        if n < 30:
            assert (status, alpha) == ("too_few_respondents", None)
        elif len(rows[0]) == 1:
            assert (status, alpha) == ("no_denominator", None)
        elif len(rows[0]) == 2:
            r = float(np.corrcoef(np.array(rows).T)[0, 1])
            assert alpha == pytest.approx(2 * r / (1 + r), abs=1e-9)
        else:
            matrix, k = np.cov(np.array(rows).T), len(rows[0])
            assert alpha == pytest.approx(k / (k - 1) * (1 - np.trace(matrix) / matrix.sum()), abs=1e-9)
        checked.add((status, min(len(rows[0]), 3) if rows else 0))
    assert checked >= {("ok", 2), ("ok", 3), ("no_denominator", 1)}


def test_the_published_worked_example_of_alpha() -> None:
    """The judge itself: figures of statology.org, How to Calculate Cronbach's Alpha in Python: 0.773."""
    rows = np.array(
        [[1, 2, 2, 3, 2, 2, 3, 3, 2, 3], [1, 1, 1, 2, 3, 3, 2, 3, 3, 3], [1, 1, 2, 1, 2, 3, 3, 3, 2, 3]]
    )
    matrix = np.cov(rows)
    assert 3 / 2 * (1 - np.trace(matrix) / matrix.sum()) == pytest.approx(0.7734375)
