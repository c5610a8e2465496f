"""What the public may work out about one municipality from the means of groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.synthetic_build import Rows, example, peers
from tests.told import Told


def with_means(small: list[float], large: list[float], medium: list[float]) -> Rows:
    """Values of PRO_OWN: seven small ones, five large ones and a medium one alone."""
    rows = example()
    by_class = {"small": iter(small), "large": iter(large), "medium": iter(medium)}
    sizes = {row["municipality_number"]: row["size_class"] for row in rows["dim_municipality"]}
    kept = []
    for row in rows["fct_indicator_value"]:
        if row["indicator_id"] == "PRO_OWN":
            value = next(by_class[sizes[row["municipality_number"]]], None)
            if value is None:
                continue
            row["value"] = value
        kept.append(row)
    rows["fct_indicator_value"] = kept
    peers(rows)
    return rows


def public(told: Told) -> dict[str, tuple[Any, Any]]:
    """peer_group → (mean, status) of PRO_OWN."""
    rows = told.rows("from public.fct_benchmark where indicator_id = 'PRO_OWN'")
    return {row["peer_group"]: (row["mean"], row["status"]) for row in rows}


@pytest.mark.parametrize(
    ("value", "is_told"),
    [(0.0, False), (1.0, False), (2.0, True), (50.0, True), (98.0, True), (99.0, False), (100.0, False)],
)
def test_a_mean_at_the_end_of_the_scale_is_everybody_s_value(value: float, is_told: bool) -> None:
    """Five municipalities: with a mean of 1, at most 1.5, none can have more than 7.5."""
    rows = with_means([40.0, 60.0] * 3 + [50.0], [value] * 5, [])
    found = public(Told(rows))
    assert found["large"] == ((value, "ok") if is_told else (None, "suppressed"))
    assert found["small"] == (50.0, "ok")
    # The whole less the small ones is the large ones.
    assert (found["all"][0] is not None) is is_told
    assert public(Told(rows, "public_extremes"))["large"] == (value, "ok")


def test_a_gap_may_lie_on_both_sides_of_zero() -> None:
    rows = with_means([40.0] * 7, [0.0] * 5, [])
    for row in rows["dim_indicator"]:
        if row["indicator_id"] == "PRO_OWN":
            row["better"] = "near_zero"
    assert public(Told(rows))["large"] == (0.0, "ok")


def test_what_the_whole_leaves_beside_the_classes_is_no_end_of_the_scale_either() -> None:
    """The class of the large ones is too small for the public, with 0 each; the whole would tell it."""
    rows = with_means([50.0] * 7, [0.0] * 5, [])
    told = Told(rows, change="delete from build.main.fct_benchmark where peer_group = 'large'")
    assert public(told) == {"small": (50.0, "ok"), "all": (None, "suppressed")}


def test_a_whole_whose_rest_is_of_few_is_left_out() -> None:
    rows = with_means([50.0, 30.0] * 3 + [40.0], [40.0] * 5, [70.0])
    assert "all" not in public(Told(rows))
    assert public(Told(rows, "public_rest"))["all"][0] is not None


def test_a_class_of_few_is_left_out() -> None:
    rows = with_means([50.0, 30.0] * 3 + [40.0], [40.0] * 4, [])
    assert set(public(Told(rows))) == {"small"}
    assert "large" in public(Told(rows, "public_large_groups"))
