"""The public counts: answers of size classes and all, with totals, protected by τ-ARGUS on real DuckDB."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.disclosure import counts
from pipelines.disclosure.tau_argus import ProtectionError
from tests.synthetic_build import SIZES, Rows, example
from tests.told import Told

OTHERS = ("blank", "dont_know", "invalid", "not_relevant")
SMALL, LARGE = [8, 10, 9, 7, 6], [1, 12, 10, 9, 8]


def distribution(
    groups: dict[str, list[int]], *, mode: str = "respondents", n: int = 6, medium: int = 0
) -> Rows:
    """Answers to one question: of seven small ones, five large ones, and of a medium one with ``medium``."""
    rows = example()
    for row in rows["fct_indicator_value"]:
        if row["indicator_id"] == "MOD_PU":
            row |= {"n": n, "collection_mode": mode}
    keep = [number for number, size in SIZES.items() if size != "medium" or medium]
    rows["fct_indicator_value"] = [
        row for row in rows["fct_indicator_value"]
        if row["municipality_number"] in keep or row["indicator_id"] not in ("MOD_PU", "MOD_LVL", "BAR_1")
    ]  # fmt: skip
    for group, points in groups.items():
        answers = dict(zip(map(str, range(1, len(points) + 1)), points, strict=True))
        answers |= dict.fromkeys(OTHERS, 0)
        rows["fct_answer_distribution"] += [
            {
                "period": "2026",
                "item_id": "PU1",
                "collection_mode": mode,
                "peer_group_type": "all" if group == "all" else "size_class",
                "peer_group": group,
                "answer": answer,
                "n": count,
                "status": "ok",
            }
            for answer, count in answers.items()
        ]
    return rows


def total(*groups: list[int]) -> list[int]:
    return [sum(column) for column in zip(*groups, strict=True)]


def two_classes(**more: Any) -> Rows:
    return distribution({"small": SMALL, "large": LARGE, "all": total(SMALL, LARGE)}, **more)


def shown(told: Told) -> dict[tuple[str, str], int | None]:
    rows = told.rows("from public.fct_answer_distribution")
    for row in rows:
        assert (row["n"] is None) == (row["status"] != "ok")
    return {(row["peer_group"], row["answer"]): row["n"] for row in rows}


def test_a_count_of_one_is_hidden_with_as_many_as_it_takes() -> None:
    found = shown(Told(two_classes()))
    hidden = {cell for cell, n in found.items() if n is None}
    assert ("large", "1") in hidden
    # One more in its row and one in its column, and the fourth corner; never a zero, never who is valid.
    assert len(hidden) >= 4 or {("all", "1")} & hidden
    assert found["large", "valid"] == found["large", "all"] == 40
    assert found["large", "blank"] == 0
    for answer in ("1", "valid"):
        row = [found[group, answer] for group in ("small", "large", "all")]
        assert row.count(None) != 1
    assert [found["large", answer] for answer in "12345"].count(None) >= 2


def test_without_secondary_suppression_the_total_gives_it_back() -> None:
    found = shown(Told(two_classes(), "secondary_counts"))
    assert {cell for cell, n in found.items() if n is None} == {("large", "1")}
    assert found["all", "1"] - found["small", "1"] == 1  # type: ignore[operator]  # both are shown


def test_without_primary_suppression_it_is_shown() -> None:
    assert shown(Told(two_classes(), "primary_counts"))["large", "1"] == 1


def test_the_pattern_is_the_same_whatever_the_order_of_rows_and_threads() -> None:
    rows = two_classes()
    first = shown(Told(rows))
    rows["fct_answer_distribution"] = rows["fct_answer_distribution"][::-1]
    assert shown(Told(rows, change="set threads = 1")) == first


@pytest.mark.parametrize(
    ("large", "is_told"),
    [([30, 0, 0, 0, 0], False), ([29, 1, 0, 0, 0], False), ([20, 10, 0, 0, 0], True)],
)
def test_where_nearly_all_answer_alike_nothing_is_told(large: list[int], is_told: bool) -> None:
    """Of six answers of one municipality at most one differs: its score is known within 4.2 points."""
    rows = distribution({"small": SMALL, "large": large, "all": total(SMALL, large)})
    found = shown(Told(rows))
    assert (found["large", "valid"] is not None) is is_told
    assert (found["all", "valid"] is not None) is is_told  # the whole less the small ones
    assert found["small", "valid"] == 40
    assert shown(Told(rows, "public_extremes"))["large", "valid"] == 30


def test_one_that_gives_nearly_all_the_answers_is_not_told() -> None:
    rows = two_classes()
    for row in rows["fct_indicator_value"]:
        if row["municipality_number"] == "9907" and row["indicator_id"] == "MOD_PU":
            row["n"] = 39
    found = shown(Told(rows))
    assert (found["large", "valid"], found["small", "valid"]) == (None, 40)


def test_the_whole_less_the_classes_leaves_nobody_alone() -> None:
    """The medium one is in the whole, in no class that is shown."""
    groups = {"small": SMALL, "large": LARGE, "all": total(SMALL, LARGE, [3, 3, 3, 3, 3])}
    rows = distribution(groups, medium=15)
    assert {group for (group, _), n in shown(Told(rows)).items() if n is not None} == {"small", "large"}
    assert shown(Told(rows, "public_rest"))["all", "valid"] == 95


def test_a_class_of_few_municipalities_is_not_there() -> None:
    rows = two_classes()
    rows["fct_indicator_value"] = [
        row for row in rows["fct_indicator_value"] if row["municipality_number"] != "9911"
    ]
    assert {group for group, _ in shown(Told(rows))} == {"small", "all"}
    assert "large" in {group for group, _ in shown(Told(rows, "public_large_groups"))}


def test_what_members_are_not_told_the_public_is_not_told() -> None:
    few = [3, 2, 2, 1, 1]
    rows = distribution({"small": SMALL, "large": few, "all": total(SMALL, few)}, n=5)
    found = shown(Told(rows))
    assert {n for (group, _), n in found.items() if group == "large"} == {None}
    assert {n for (group, _), n in found.items() if group == "all"} == {None}


@pytest.mark.parametrize("mode", ["respondents", "official"])
def test_what_cannot_be_protected_is_withheld(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ProtectionError("τ-ARGUS ended with status -11")

    monkeypatch.setattr(counts, "protect_tables", fail)
    told = Told(two_classes(mode=mode))
    assert shown(told) == {}
    (withheld,) = told.made.withheld
    assert (withheld.edition, withheld.table) == ("public", "fct_answer_distribution")
    assert "status -11" in withheld.reason


@pytest.mark.parametrize(("status", "n"), [("too_few_respondents", 4), ("ok", 4)])
def test_beside_somebody_whom_members_are_not_told_of_nothing_is_counted(status: str, n: int) -> None:
    """The exact sum less the others' values times their respondents would be the four's."""
    rows = two_classes()
    for row in rows["fct_indicator_value"]:
        if row["municipality_number"] == "9907" and row["indicator_id"] == "MOD_PU":
            row |= {"status": status, "n": n, "value": None if status != "ok" else 50.0}
    found = shown(Told(rows))
    assert {group for (group, _), count in found.items() if count is not None} == {"small"}
    assert shown(Told(rows, "counts_beside_hidden"))["large", "valid"] == 40


@pytest.mark.parametrize(("item", "large"), [("PU1", None), ("ANOTHER", 40)])
def test_a_hidden_share_hides_the_counts_of_its_own_question_only(item: str, large: int | None) -> None:
    rows = two_classes()
    for row in rows["fct_indicator_value"]:
        if row["municipality_number"] == "9907" and row["indicator_id"] == "BAR_1":
            row["numerator"] = 1.0
    for row in rows["dim_indicator"]:
        if row["indicator_id"] == "BAR_1":
            row["item_id"] = item
    found = shown(Told(rows))
    assert (found["large", "valid"], found["small", "valid"]) == (large, 40)
