"""Beside a hidden value: ranks, conclusions, lessons and composites tell nothing of where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.synthetic_build import Rows, example, peers, value_row
from tests.told import Told

FIGURES = ("rank", "percentile", "gap_to_median", "others_median", "conclusion", "is_favourable")
KEY = ("municipality_number", "indicator_id", "focus_area", "collection_mode", "boundary")


def with_values(*changed: dict[str, Any]) -> Rows:
    """The example with some values replaced or added, and places that say everything."""
    rows = example()
    new = {tuple(row[key] for key in KEY): row for row in changed}
    kept = [row for row in rows["fct_indicator_value"] if tuple(row[key] for key in KEY) not in new]
    rows["fct_indicator_value"] = kept + list(new.values())
    peers(rows)
    for row in rows["fct_position"]:
        row |= {"others_median": 50.0, "is_favourable": True, "is_conclusion_stable": True}
    return rows


def one_hidden() -> Rows:
    """A share of 9900, a small one, is hidden: 1 of 20 is alone with it."""
    return with_values(value_row("9900", "BAR_1", 5.0, numerator=1.0))


def places(told: Told, indicator: str = "BAR_1") -> list[dict[str, Any]]:
    return told.rows(f"from member.fct_position where indicator_id = '{indicator}'")


def test_beside_a_hidden_value_no_place_is_told() -> None:
    told = Told(one_hidden())
    beside = [row for row in places(told) if row["peer_group"] in ("all", "small")]
    assert len(beside) == 12 + 6  # the hidden one has no row
    for row in beside:
        assert row["status"] == "suppressed"
        assert [row[name] for name in FIGURES] == [None] * len(FIGURES)
        assert row["n_municipalities"] > 0


def test_elsewhere_places_are_told() -> None:
    told = Told(one_hidden())
    large = [row for row in places(told) if row["peer_group"] == "large"]
    assert len(large) == 5
    for row in [*large, *places(told, "PRO_OWN")]:
        assert row["status"] == "ok"
        assert None not in [row[name] for name in FIGURES]
    assert {row["is_conclusion_stable"] for row in places(told, "PRO_OWN")} == {True}


def test_a_stable_conclusion_rests_on_several_groups_and_is_hidden_with_any() -> None:
    """Of the large ones only ``all`` holds the hidden one; what is stable rests on both groups."""
    assert {row["is_conclusion_stable"] for row in places(Told(one_hidden()))} == {None}


def test_three_hidden_ones_hide_places_though_the_mean_of_the_class_is_told() -> None:
    hidden = [value_row(number, "BAR_1", 5.0, numerator=1.0) for number in ("9900", "9901", "9902")]
    told = Told(with_values(*hidden))
    (mean,) = told.column(
        "select mean from member.fct_benchmark where peer_group = 'small' and indicator_id = 'BAR_1'"
    )
    assert mean is not None
    assert {row["status"] for row in places(told) if row["peer_group"] == "small"} == {"suppressed"}


def test_without_the_rule_the_missing_rank_is_that_of_the_hidden_one() -> None:
    told = Told(one_hidden(), "position_beside_hidden")
    ranks = {row["rank"] for row in places(told) if row["peer_group"] == "small"}
    hidden = told.column(
        "select rank from build.main.fct_position where peer_group = 'small' and indicator_id = 'BAR_1' "
        "and municipality_number = '9900'"
    )
    assert set(range(1, 8)) - ranks == set(hidden)


def lessons(**learner: Any) -> Rows:
    """9905 may learn from 9906; it is an owner with 9904 and 9900, or has 9900 as a neighbour."""
    rows = one_hidden()
    for row in rows["dim_municipality"]:
        if row["municipality_number"] in ("9900", "9904", "9905", "9906"):
            row.update(learner)
    rows["fct_learn_from"] = [
        {
            "municipality_number": "9905",
            "period": "2026",
            "indicator_id": indicator,
            "collection_mode": mode,
            "place": 1,
            "teacher_number": "9906",
            "teacher_value": 40.0,
            "own_value": 20.0,
        }
        for indicator, mode in (("BAR_1", "respondents"), ("PRO_OWN", "register"))
    ]
    kind, group = ("owners", "body") if learner else ("nearest", "9905")
    shared = {"period": "2026", "indicator_id": "BAR_1", "collection_mode": "respondents"}
    group_row = shared | {"peer_group_type": kind, "peer_group": group, "n_municipalities": 2}
    rows["fct_benchmark"].append(group_row | {"mean": 30.0, "status": "ok"})
    if learner:
        rows["fct_position"] += [
            group_row | {"municipality_number": number, "status": "ok"} for number in ("9900", "9905")
        ]
    else:
        rows["fct_neighbour"].append(
            {
                "municipality_number": "9905",
                "period": "2026",
                "neighbour_rank": 1,
                "neighbour_number": "9900",
            }
        )
    return rows


@pytest.mark.parametrize("learner", [{"sbo_ids": "another, body"}, {}], ids=["owners", "neighbours"])
def test_where_a_possible_teacher_is_hidden_nobody_is_listed(learner: dict[str, Any]) -> None:
    listed = "select indicator_id from member.fct_learn_from order by all"
    assert Told(lessons(**learner)).column(listed) == ["PRO_OWN"]
    assert Told(lessons(**learner), "position_beside_hidden").column(listed) == ["BAR_1", "PRO_OWN"]


COMPOSITE = """
insert into build.reference.composite_part values ('MOD_LVL', 'PU', true);
update build.main.dim_indicator set dimension_id = 'PU' where indicator_id = 'MOD_PU';
"""


def cut(indicator: str, n: int) -> dict[str, Any]:
    return value_row("9900", indicator, 50.0, n=n, focus_area="health")


def test_a_composite_is_hidden_where_one_of_its_parts_is() -> None:
    """Of 20 in all 16 stand in the cut of one part: its rest is of four."""
    rows = with_values(cut("MOD_PU", 16), cut("MOD_LVL", 15))
    status = (
        "select status from member.fct_indicator_value where municipality_number = '9900' "
        "and focus_area = 'health' order by indicator_id"
    )
    assert Told(rows, change=COMPOSITE).column(status) == ["suppressed", "suppressed"]
    assert Told(rows, "composite_of_hidden", change=COMPOSITE).column(status) == ["ok", "suppressed"]
    assert Told(with_values(cut("MOD_PU", 15), cut("MOD_LVL", 15)), change=COMPOSITE).column(status) == [
        "ok",
        "ok",
    ]
