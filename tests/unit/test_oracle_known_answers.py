"""The recomputation's statistics against scipy, statsmodels, scikit-learn and a published example."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from tests.oracle import answers, change, peers, survey
from tests.oracle.cell import Cell
from tests.oracle.pack import Pack

CLOSE = 1e-9


def test_alpha_of_a_published_example() -> None:
    """Statology, «How to Calculate Cronbach's Alpha in Python»: ten customers, three questions, 0.7734375."""
    q1, q2, q3 = (
        [1, 2, 2, 3, 2, 2, 3, 3, 2, 3],
        [1, 1, 1, 2, 3, 3, 2, 3, 3, 3],
        [1, 1, 2, 1, 2, 3, 3, 3, 2, 3],
    )
    assert answers.cronbach(list(zip(q1, q2, q3, strict=True))) == Fraction(99, 128)  # 0.7734375


def test_alpha_of_two_items_is_spearman_brown() -> None:
    draw = random.Random(1)
    one = [draw.randint(1, 5) for _ in range(40)]
    two = [max(1, min(5, value + draw.randint(-1, 1))) for value in one]
    r = stats.pearsonr(one, two).statistic
    assert answers.cronbach(list(zip(one, two, strict=True))) == pytest.approx(2 * r / (1 + r), abs=CLOSE)


def test_alpha_needs_thirty_and_something_that_varies() -> None:
    assert answers.reliability_of([[1, 2, 3]] * 29, 3).status == "too_few_respondents"
    assert answers.reliability_of([[1, 2, 3]] * 30, 3).status == "no_denominator"
    assert answers.reliability_of([[1, 2, 3]] * 29 + [[2, 3, 4]], 3).alpha == 1


def test_percentile_is_scipys_mean_kind() -> None:
    draw = random.Random(2)
    for _ in range(200):
        values = [Decimal(draw.randint(0, 30)) / 10 for _ in range(draw.randint(10, 40))]
        own = draw.choice(values)
        expected = stats.percentileofscore([float(v) for v in values], float(own), kind="mean")
        assert float(peers.percentile_of(values, own)) == pytest.approx(expected, abs=CLOSE)


def test_quartiles_are_numpys_linear_ones() -> None:
    draw = random.Random(3)
    for _ in range(100):
        values = sorted(Fraction(draw.randint(0, 1000), 7) for _ in range(draw.randint(8, 30)))
        plain = [float(value) for value in values]
        for quarter in (1, 3):
            expected = np.quantile(plain, quarter / 4, method="linear")
            assert float(peers.quantile(values, quarter)) == pytest.approx(expected, abs=CLOSE)


def test_mean_interval_is_scipys_t_interval() -> None:
    draw = random.Random(4)
    for _ in range(50):
        values = [Fraction(draw.randint(20, 80)) for _ in range(draw.randint(5, 60))]
        cell = survey.score_cell(dict(enumerate(values)), 5, False)
        plain = [float(value) for value in values]
        expected = stats.ttest_1samp(plain, 0).confidence_interval(0.95)
        assert cell.ci_low == pytest.approx(max(0, expected.low), abs=CLOSE)
        assert cell.ci_high == pytest.approx(min(100, expected.high), abs=CLOSE)


def test_wilson_is_statsmodels() -> None:
    for n in (5, 10, 37):
        for yes in range(n + 1):
            low, high = proportion_confint(yes, n, method="wilson")
            assert survey.wilson(yes, n) == pytest.approx((100 * low, 100 * high), abs=CLOSE)


def scored(values: list[Fraction]) -> Cell:
    return survey.score_cell(dict(enumerate(values)), 5, False)


def test_change_of_scores_is_scipys_welch() -> None:
    draw = random.Random(5)
    for _ in range(50):
        before, after = (
            [Fraction(draw.choice(range(0, 101, 5))) for _ in range(draw.randint(5, 40))] for _ in "ab"
        )
        expected = stats.ttest_ind(
            [float(v) for v in after], [float(v) for v in before], equal_var=False
        ).confidence_interval(0.95)
        assert change.welch(scored(before), scored(after)) == pytest.approx(
            (expected.low, expected.high), abs=CLOSE
        )


def test_change_of_shares_is_statsmodels_newcombe() -> None:
    draw = random.Random(6)
    for _ in range(100):
        n = [draw.randint(5, 50) for _ in "ab"]
        yes = [draw.randint(0, own) for own in n]
        cells = [
            Cell("ok", Fraction(100 * y, own), numerator=Fraction(y), denominator=Fraction(own))
            for y, own in zip(yes, n, strict=True)
        ]
        low, high = confint_proportions_2indep(yes[1], n[1], yes[0], n[0], method="newcomb", compare="diff")
        assert change.newcombe(*cells) == pytest.approx((100 * low, 100 * high), abs=1e-7)


def small_pack(n: int, draw: random.Random) -> Pack:
    numbers = [str(9000 + place) for place in range(n)]
    return Pack(
        {
            "municipality": [
                {
                    "municipality_number": number,
                    "area_km2": str(draw.randint(20, 3000)),
                    "centrality_class": str(draw.randint(1, 6)),
                    "is_fictional": "true",
                }
                for number in numbers
            ],
            "population": [
                {"municipality_number": number, "year": "2025", "population": str(draw.randint(500, 90000))}
                for number in numbers
            ],
            "peer_weight": [
                {"variable": "log_population", "weight": "2"},
                {"variable": "log_area", "weight": "1"},
                {"variable": "centrality_class", "weight": "0.5"},
            ],
        }
    )


def test_neighbours_are_scikit_learns() -> None:
    draw = random.Random(7)
    pack = small_pack(40, draw)
    taking_part = sorted(draw.sample(sorted(pack.municipalities), 25))
    found = peers.neighbours(pack, [(number, "2026") for number in taking_part])
    everybody = sorted(pack.municipalities)
    figures = [
        [
            np.log(pack.population(number, "2026") or 0),
            np.log(float(pack.municipalities[number]["area_km2"])),
            float(pack.municipalities[number]["centrality_class"]),
        ]
        for number in everybody
    ]
    scaled = StandardScaler().fit(figures).transform(figures) * np.sqrt([2, 1, 0.5])
    points = np.array([scaled[everybody.index(number)] for number in taking_part])
    far, near = NearestNeighbors(n_neighbors=11).fit(points).kneighbors(points)
    for place, number in enumerate(taking_part):
        own = {key[2]: one for key, one in found.items() if key[0] == number}
        expected = [(taking_part[other], d) for other, d in zip(near[place], far[place], strict=True)]
        expected = [(other, d) for other, d in expected if other != number]
        assert sorted(own, key=lambda other: own[other].rank) == [other for other, _ in expected]
        assert [own[other].distance for other, _ in expected] == pytest.approx(
            [d for _, d in expected], abs=CLOSE
        )


def test_neighbours_at_equal_distance_come_by_number() -> None:
    pack = small_pack(14, random.Random(8))
    for row in pack.tables["municipality"]:
        row.update({"area_km2": "100", "centrality_class": "3"})
    for row in pack.tables["population"]:
        row["population"] = "5000"
    found = peers.neighbours(pack, [(number, "2026") for number in pack.municipalities])
    assert [key[2] for key in found if key[0] == "9013"] == [str(9000 + place) for place in range(10)]
    assert Counter(one.distance for one in found.values()) == {0.0: 140}


def test_who_lacks_a_figure_has_no_neighbours_and_is_nobodys() -> None:
    pack = small_pack(6, random.Random(9))
    pack.tables["municipality"][2]["centrality_class"] = ""
    found = peers.neighbours(pack, [(number, "2026") for number in pack.municipalities])
    assert len(found) == 5 * 4
    assert "9002" not in {number for key in found for number in (key[0], key[2])}


def test_change_of_a_register_subtracts_the_bounds() -> None:
    row = {"indicator_id": "PRO_X", "family": "PRO"}
    before = Cell("ok", Fraction(50), Fraction(40), Fraction(60))
    after = Cell("ok", Fraction(70), Fraction(65), Fraction(90))
    assert [float(end or 0) for end in change.ends(before, after, row, "register")] == [5, 50]
