"""What leaves the build, and in which form: each rule of both editions on rows made for it."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines.disclosure.editions import make_editions
from pipelines.disclosure.published import EDITIONS, MEMBER, PUBLIC, BuildFileError, tables_of
from pipelines.disclosure.told_findings import TOLD_IN_FULL
from pipelines.gate.rules import load_rules
from tests.synthetic_build import SIZES, Rows, delivery_row, example, fill_build, peers, value_row


class Editions:
    """Both editions of some rows, asked by SQL."""

    def __init__(self, rows: Rows, thresholds: dict[str, int] | None = None, change: str = "") -> None:
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as build")
        self.connection.execute("use build")
        fill_build(self.connection, rows, thresholds)
        self.connection.execute(change)
        self.connection.execute("use memory")
        make_editions(self.connection)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, municipality: str, indicator: str, where: str = "focus_area = 'all'") -> dict[str, Any]:
        (row,) = self.rows(
            f"from member.fct_indicator_value where municipality_number = '{municipality}' "
            f"and indicator_id = '{indicator}' and {where}"
        )
        return row

    def benchmark(self, edition: str, group: str, indicator: str) -> dict[str, Any]:
        """One row of fct_benchmark; empty when the edition has none."""
        found = self.rows(
            f"from {edition}.fct_benchmark where peer_group = '{group}' and indicator_id = '{indicator}'"
        )
        return found[0] if found else {}


def with_values(*changed: dict[str, Any]) -> Rows:
    """The example with some values replaced or added, and peers to match."""
    rows = example()
    keys = ("municipality_number", "indicator_id", "focus_area", "collection_mode", "boundary")
    new = {tuple(row[key] for key in keys): row for row in changed}
    kept = [row for row in rows["fct_indicator_value"] if tuple(row[key] for key in keys) not in new]
    rows["fct_indicator_value"] = kept + list(new.values())
    peers(rows)
    return rows


def test_survey_values_are_whole_points_half_away_from_zero() -> None:
    released = {62.5: 63.0, 62.49: 62.0, 62.5 - 4e-14: 63.0, 0.5: 1.0, 0.49: 0.0, 100.0: 100.0}
    numbers = dict(zip(SIZES, released, strict=False))
    changed = (value_row(n, "MOD_PU", v, ci_low=1.5, ci_high=99.4) for n, v in numbers.items())
    editions = Editions(with_values(*changed))
    for number, value in numbers.items():
        row = editions.value(number, "MOD_PU")
        assert (row["value"], row["ci_low"], row["ci_high"]) == (released[value], 2.0, 99.0)
        assert row["numerator"] is None
        assert (row["denominator"], row["n"], row["status"]) == (20.0, 20, "ok")


def test_registers_and_official_answers_are_released_as_they_are() -> None:
    official = value_row("9900", "MOD_PU", 61.25, collection_mode="official", n=1)
    rows = with_values(official, value_row("9900", "PRO_OWN", 61.25, numerator=1.0))
    editions = Editions(rows)
    register = editions.value("9900", "PRO_OWN")
    assert (register["value"], register["numerator"], register["lower_bound"]) == (61.25, 1.0, 61.125)
    assert editions.value("9900", "MOD_PU", "collection_mode = 'official'")["value"] == 61.25


def test_shares_of_respondents_need_many_and_nobody_nearly_alone() -> None:
    is_released = {
        (9, 4): False,
        (10, 4): True,
        (10, 0): True,
        (10, 1): False,
        (10, 2): False,
        (10, 3): True,
        (10, 7): True,
        (10, 8): False,
        (10, 9): False,
        (10, 10): True,
    }
    numbers = dict(zip(SIZES, is_released, strict=False))
    shares = (
        value_row(number, "BAR_1", 100 * yes / n, n=n, numerator=float(yes), denominator=float(n))
        for number, (n, yes) in numbers.items()
    )
    editions = Editions(with_values(*shares))
    for number, case in numbers.items():
        row = editions.value(number, "BAR_1")
        positions = editions.rows(
            f"from member.fct_position where municipality_number = '{number}' and indicator_id = 'BAR_1'"
        )
        figures = [row[name] for name in ("value", "ci_low", "ci_high", "denominator")]
        assert row["numerator"] is None
        assert row["status"] == ("ok" if is_released[case] else "suppressed"), case
        assert (None not in figures) is is_released[case], case
        assert any(figure is not None for figure in figures) is is_released[case], case
        assert len(positions) == (2 if is_released[case] else 0), case


def test_a_share_without_its_numerator_is_not_trusted() -> None:
    changed = value_row("9900", "BAR_1", 40.0, numerator=None)
    assert Editions(with_values(changed)).value("9900", "BAR_1")["status"] == "suppressed"


def test_thresholds_are_those_of_the_pack() -> None:
    changed = value_row("9900", "BAR_1", 40.0, n=10, numerator=4.0, denominator=10.0)
    stricter = {"min_respondents": 5, "min_n_share_release": 11, "public_min_municipalities": 5}
    assert Editions(with_values(changed), stricter).value("9900", "BAR_1")["status"] == "suppressed"


def test_a_survey_value_of_few_respondents_is_hidden_even_if_the_build_lets_it_through() -> None:
    row = Editions(with_values(value_row("9900", "MOD_PU", 50.0, n=4))).value("9900", "MOD_PU")
    assert (row["status"], row["value"]) == ("suppressed", None)


def test_a_focus_area_is_shown_only_where_it_and_its_rest_are_large_enough() -> None:
    statuses = {4: "suppressed", 5: "ok", 15: "ok", 16: "suppressed", 20: "suppressed"}  # of 20 in all
    cuts = (value_row("9900", "MOD_PU", 50.0, n=n, focus_area=f"area_{n}") for n in statuses)
    editions = Editions(with_values(*cuts))
    found = {n: editions.value("9900", "MOD_PU", f"focus_area = 'area_{n}'")["status"] for n in statuses}
    assert found == statuses


def test_a_cut_of_shares_leaves_a_rest_in_which_nobody_is_nearly_alone() -> None:
    """Of 30 in all, 10 of them yes: what is not in the cut can be counted too."""
    whole = value_row("9900", "BAR_1", 100 / 3, n=30, numerator=10.0, denominator=30.0)
    statuses = {(18, 6): "ok", (22, 6): "suppressed", (18, 9): "suppressed", (15, 10): "ok"}
    cuts = [
        value_row(
            "9900", "BAR_1", 100 * yes / n, n=n, numerator=float(yes), denominator=float(n),
            focus_area=f"area_{n}_{yes}",
        )
        for n, yes in statuses
    ]  # fmt: skip
    editions = Editions(with_values(whole, *cuts))
    found = {
        (n, yes): editions.value("9900", "BAR_1", f"focus_area = 'area_{n}_{yes}'")["status"]
        for n, yes in statuses
    }
    assert found == statuses


@pytest.mark.parametrize(
    ("cuts", "told"),
    [
        ({"a": (14, 7), "b": (12, 3)}, {"a", "b"}),  # nobody is left
        ({"a": (12, 5), "b": (11, 4)}, {"a"}),  # three are left, one of them yes
        ({"a": (10, 4), "b": (6, 3), "c": (5, 2)}, {"a"}),  # the others are of few alone, with 16 left
    ],
)
def test_the_cuts_that_are_told_leave_nobody_alone(cuts: dict[str, tuple[int, int]], told: set[str]) -> None:
    """Of 26 respondents in all, 10 of them yes, each in one area at most."""
    whole = value_row("9900", "BAR_1", 1000 / 26, n=26, numerator=10.0, denominator=26.0)
    parts = [
        value_row(
            "9900", "BAR_1", 100 * yes / n, n=n, numerator=float(yes), denominator=float(n), focus_area=area
        )
        for area, (n, yes) in cuts.items()
    ]
    editions = Editions(with_values(whole, *parts))
    found = {area: editions.value("9900", "BAR_1", f"focus_area = '{area}'")["status"] for area in cuts}
    assert {area for area, status in found.items() if status == "ok"} == told


@pytest.mark.parametrize(("n_left", "status"), [(0, "ok"), (3, "suppressed"), (5, "ok")])
def test_what_was_merged_does_not_tell_of_a_part_of_few(n_left: int, status: str) -> None:
    """Two parts are today's 9900; the value of one is told, and that of both together."""
    parts = [
        value_row("0001", "MOD_PU", 50.0, boundary="delivered", n=20),
        value_row("0002", "MOD_PU", None, boundary="delivered", n=n_left, status="too_few_respondents"),
    ]
    pool = value_row("9900", "MOD_PU", 55.0, n=20 + n_left)
    merged = (
        "insert into reference.municipality_change "
        "values ('0001', '9900', 'merged'), ('0002', '9900', 'merged')"
    )
    editions = Editions(with_values(*parts, pool), change=merged)
    assert editions.value("0001", "MOD_PU")["status"] == status
    assert editions.value("9900", "MOD_PU")["status"] == "ok"


@pytest.mark.parametrize(("n", "is_told"), [(15, True), (16, False)])
def test_bounds_without_a_value_are_judged_like_a_value(n: int, is_told: bool) -> None:
    """A gap between a score and a register has bounds also where the register is too little known."""
    cut = value_row(
        "9900", "MOD_PU", None, n=n, status="insufficient_coverage", focus_area="area", ci_low=None,
        ci_high=None, lower_bound=-40.0, upper_bound=10.0,
    )  # fmt: skip
    row = Editions(with_values(cut)).value("9900", "MOD_PU", "focus_area = 'area'")
    assert row["status"] == "insufficient_coverage"
    assert (row["lower_bound"], row["upper_bound"]) == ((-40.0, 10.0) if is_told else (None, None))


def test_an_indicator_unknown_to_the_catalogue_is_treated_as_the_strictest() -> None:
    rows = with_values(value_row("9900", "BAR_1", 40.0, n=9, numerator=4.0, denominator=9.0))
    rows["dim_indicator"] = [row for row in rows["dim_indicator"] if row["indicator_id"] != "BAR_1"]
    assert Editions(rows).value("9900", "BAR_1")["status"] == "suppressed"


def test_other_statuses_stay_as_they_are() -> None:
    few = value_row("9900", "BAR_1", None, status="too_few_respondents", n=3, numerator=None)
    row = Editions(with_values(few)).value("9900", "BAR_1")
    assert (row["status"], row["value"], row["n"]) == ("too_few_respondents", None, 3)


def test_gaps_of_survey_values_are_whole_and_half_away_from_zero() -> None:
    rows = example()
    for row in rows["fct_position"]:
        row["gap_to_median"] = -2.5
    editions = Editions(rows)
    gaps = {
        row["indicator_id"]: row["gap_to_median"]
        for row in editions.rows("select distinct indicator_id, gap_to_median from member.fct_position")
    }
    assert gaps == {"MOD_PU": -3.0, "MOD_LVL": -3.0, "BAR_1": -3.0, "PRO_OWN": -2.5, "DUP_AVG": -2.5}


def test_benchmarks_of_surveys_are_whole_and_of_registers_exact() -> None:
    rows = example()
    for row in rows["fct_benchmark"]:
        row |= {"mean": 50.5, "median": 49.5, "q1": 0.4, "q3": 99.6}
    editions = Editions(rows)
    survey, register = (editions.benchmark(MEMBER, "small", name) for name in ("MOD_PU", "PRO_OWN"))
    assert [survey[name] for name in ("mean", "median", "q1", "q3")] == [51.0, 50.0, 0.0, 100.0]
    assert [register[name] for name in ("mean", "median", "q1", "q3")] == [50.5, 49.5, 0.4, 99.6]


def hidden(*numbers: str) -> Rows:
    """The example with the barrier's value hidden in some municipalities."""
    return with_values(*(value_row(n, "BAR_1", 40.0, n=9, numerator=4.0, denominator=9.0) for n in numbers))


def test_a_group_that_would_give_one_or_two_hidden_values_back_is_hidden_itself() -> None:
    editions = Editions(hidden("9900", "9901"))
    for group in ("small", "all"):
        row = editions.benchmark(MEMBER, group, "BAR_1")
        assert (row["status"], row["mean"], row["median"]) == ("suppressed", None, None)
    for group, indicator in (("large", "BAR_1"), ("small", "MOD_PU")):
        row = editions.benchmark(MEMBER, group, indicator)
        assert row["status"] == "ok"
        assert row["mean"] is not None


def test_with_three_hidden_only_their_sum_is_known() -> None:
    editions = Editions(hidden("9900", "9901", "9902"))
    row = editions.benchmark(MEMBER, "small", "BAR_1")
    assert row["status"] == "ok"


def test_the_whole_less_its_shown_classes_gives_nothing_back() -> None:
    editions = Editions(hidden("9900", "9901", "9902", "9907"))  # three small ones, one large one
    statuses = {
        group: editions.benchmark(MEMBER, group, "BAR_1")["status"] for group in ("small", "large", "all")
    }
    assert statuses == {"small": "ok", "large": "suppressed", "all": "suppressed"}


@pytest.mark.parametrize(
    ("hidden_ones", "shown"),
    [
        ((), {"small", "large", "all"}),
        (("9900",), {"large"}),
        (("9900", "9901", "9902"), {"large"}),  # the group's own median is told of three
    ],
)
def test_the_median_of_the_others_is_hidden_with_any_of_the_group(
    hidden_ones: tuple[str, ...], shown: set[str]
) -> None:
    rows = hidden(*hidden_ones)
    for row in rows["fct_position"]:
        row |= {"others_median": 49.5, "is_favourable": True}
    found = Editions(rows).rows(
        "select distinct peer_group, others_median, is_favourable from member.fct_position "
        "where indicator_id = 'BAR_1' and peer_group in ('small', 'large', 'all')"
    )
    assert {row["peer_group"] for row in found if row["others_median"] == 50.0} == shown
    assert {row["peer_group"] for row in found if row["others_median"] is None} == {
        "small", "large", "all",
    } - shown  # fmt: skip
    assert {row["peer_group"] for row in found if row["is_favourable"]} == shown


def test_a_group_whose_members_are_not_listed_is_hidden_where_something_is_hidden() -> None:
    rows = hidden("9900", "9901", "9902")
    rows["fct_position"] = [row for row in rows["fct_position"] if row["municipality_number"] != "9903"]
    row = Editions(rows).benchmark(MEMBER, "small", "BAR_1")
    assert row["status"] == "suppressed"


FEW = {"n": 9, "numerator": 4.0, "denominator": 9.0}


def change_row(number: str, indicator: str, **cells: Any) -> dict[str, Any]:
    """A change from 2025 with fractions in every figure."""
    row = {
        "municipality_number": number,
        "period": "2026",
        "indicator_id": indicator,
        "collection_mode": "register" if indicator.startswith("PRO") else "respondents",
        "value": 37.5,
        "previous_period": "2025",
        "previous_value": 40.5,
        "change": -2.5,
        "change_low": -9.4,
        "change_high": 4.6,
        "is_sure": False,
        "method": "newcombe",
        "status": "ok",
    }
    return row | cells


def released_change(rows: Rows) -> tuple[Any, ...]:
    """The figures of the one change in the member edition."""
    (row,) = Editions(rows).rows("from member.fct_change")
    names = (
        *("previous_period", "previous_value", "value", "change", "change_low", "change_high"),
        *("is_sure", "method", "status"),
    )
    return tuple(row[name] for name in names)


@pytest.mark.parametrize(
    ("indicator", "earlier", "later", "expected"),
    [
        ("PRO_OWN", {}, {}, ("2025", 40.5, 37.5, -2.5, -9.4, 4.6, False, "newcombe", "ok")),
        ("MOD_PU", {}, {}, ("2025", 41.0, 38.0, -3.0, -9.0, 5.0, False, "newcombe", "ok")),
        ("BAR_1", {}, FEW, (*[None] * 8, "suppressed")),
        ("BAR_1", FEW, {}, (*[None] * 8, "suppressed")),
    ],
)
def test_a_change_tells_of_neither_value_where_one_is_hidden(
    indicator: str, earlier: dict[str, Any], later: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    rows = with_values(value_row("9900", indicator, 40.0, **later))
    rows["fct_indicator_value"].append(value_row("9900", indicator, 40.5, period="2025", **earlier))
    rows["fct_change"] = [change_row("9900", indicator)]
    assert released_change(rows) == expected


def lesson(number: str, place: int, teacher: str, **cells: Any) -> dict[str, Any]:
    row = {
        "municipality_number": number,
        "period": "2026",
        "indicator_id": "BAR_1",
        "collection_mode": "respondents",
        "place": place,
        "teacher_number": teacher,
        "teacher_value": 20.5,
        "own_value": 40.5,
        "has_reached_target": True,
        "is_sure": place == 1,
    }
    return row | cells


def test_a_hidden_value_teaches_nobody_and_learns_from_nobody() -> None:
    rows = hidden("9901", "9903")
    rows["fct_learn_from"] = [
        lesson("9900", 1, "9901"),
        lesson("9900", 2, "9902"),
        lesson("9900", 3, "9904"),
        lesson("9903", 1, "9902"),
        lesson("9905", 1, "9902", indicator_id="PRO_OWN", collection_mode="register"),
    ]
    found = Editions(rows).rows("from member.fct_learn_from order by all")
    figures = [tuple(row.values()) for row in found]
    assert figures == [
        ("9900", "2026", "BAR_1", "respondents", 1, "9902", 21.0, 41.0, True, False),
        ("9900", "2026", "BAR_1", "respondents", 2, "9904", 21.0, 41.0, True, False),
        ("9905", "2026", "PRO_OWN", "register", 1, "9902", 20.5, 40.5, True, True),
    ]


def add_group(rows: Rows, kind: str, group: str, *members: str) -> None:
    """A group of that kind with these members; of neighbours, the first one's."""
    shared = {"period": "2026", "peer_group_type": kind, "peer_group": group}
    shared |= {"indicator_id": "BAR_1", "collection_mode": "respondents", "n_municipalities": len(members)}
    rows["fct_benchmark"].append(shared | {"mean": 50.5, "median": 49.5, "status": "ok"})
    for number in members[:1] if kind == "nearest" else members:
        rows["fct_position"].append(shared | {"municipality_number": number, "gap_to_median": -2.5})
    if kind == "nearest":
        rows["fct_neighbour"] += [
            {
                "municipality_number": group,
                "period": "2026",
                "neighbour_rank": rank,
                "neighbour_number": number,
            }
            for rank, number in enumerate(members[1:], 1)
        ]


@pytest.mark.parametrize("kind", ["nearest", "county", "owners"])
@pytest.mark.parametrize(
    ("hidden_ones", "is_shown"),
    [((), True), (("9901",), False), (("9901", "9902", "9903"), False), (("9911",), True)],
)
def test_a_group_that_overlaps_others_is_hidden_with_any_of_its_members(
    kind: str, hidden_ones: tuple[str, ...], is_shown: bool
) -> None:
    rows = hidden(*hidden_ones)
    add_group(rows, kind, "9900", "9900", "9901", "9902", "9903", "9904")
    editions = Editions(rows)
    (row,) = editions.rows(f"from member.fct_benchmark where peer_group_type = '{kind}'")
    expected = ("ok", 51.0, 50.0) if is_shown else ("suppressed", None, None)
    assert (row["status"], row["mean"], row["median"]) == expected
    (gap,) = editions.rows(
        "select gap_to_median from member.fct_position "
        f"where peer_group_type = '{kind}' and municipality_number = '9900'"
    )
    assert gap["gap_to_median"] == (-3.0 if is_shown else None)


def test_neighbours_that_do_not_make_up_the_group_are_taken_for_few() -> None:
    rows = hidden("9911")
    add_group(rows, "nearest", "9900", "9900", "9901", "9902")
    rows["fct_neighbour"].pop()
    (row,) = Editions(rows).rows("from member.fct_benchmark where peer_group_type = 'nearest'")
    assert row["status"] == "suppressed"


def distribution(group: str, mode: str, counts: dict[str, int | None], status: str = "ok") -> Rows:
    key = {"period": "2026", "item_id": "PU1", "collection_mode": mode, "peer_group_type": "size_class"}
    rows = [key | {"peer_group": group, "answer": a, "n": n, "status": status} for a, n in counts.items()]
    return {"fct_answer_distribution": rows}


@pytest.mark.parametrize(
    ("mode", "counts", "status", "released", "status_released"),
    [
        ("respondents", {"1": 0, "2": 2, "3": 3, "4": 7, "5": 8}, "ok", [0, 0, 5, 5, 10], "ok"),
        ("respondents", {"1": 10, "2": 0}, "ok", [10, 0], "ok"),
        ("respondents", {"1": 9, "2": 0, "blank": 9}, "ok", [None, None, None], "suppressed"),
        ("respondents", {"1": None, "2": None}, "too_few_respondents", [None, None], "too_few_respondents"),
        ("official", {"1": 1, "2": 0}, "ok", [1, 0], "ok"),
    ],
)
def test_how_answers_fall_is_told_in_whole_fives_of_enough_respondents(
    mode: str,
    counts: dict[str, int | None],
    status: str,
    released: list[int | None],
    status_released: str,
) -> None:
    rows = example() | distribution("small", mode, counts, status)
    found = Editions(rows).rows("from member.fct_answer_distribution order by answer")
    assert [row["n"] for row in found] == released
    assert {row["status"] for row in found} == {status_released}


def test_reliability_has_two_decimals() -> None:
    key = {"period": "2026", "instrument_id": "i", "collection_group": "all"}
    alphas = {"A": 0.7734375, "B": -0.005, "C": None, "D": 0.125 - 4e-14}
    rows: Rows = {
        "fct_reliability": [
            key | {"dimension_id": name, "n": 30, "n_items": 3, "alpha": alpha, "status": "ok"}
            for name, alpha in alphas.items()
        ]
    }
    found = Editions(example() | rows).rows("from member.fct_reliability order by dimension_id")
    assert [row["alpha"] for row in found] == [0.77, -0.01, None, 0.13]


def test_the_public_sees_rounded_means_of_large_groups_and_nothing_else() -> None:
    rows = with_values(value_row("9912", "MOD_PU", None, status="not_delivered"))
    editions = Editions(rows)
    tables = editions.rows("select table_name from duckdb_tables() where schema_name = 'public'")
    assert {row["table_name"] for row in tables} == {
        "dim_indicator",
        "fct_benchmark",
        "fct_answer_distribution",
    }
    published = editions.rows("from public.fct_benchmark where indicator_id = 'MOD_PU'")
    assert {row["peer_group"] for row in published} == {"small", "large", "all"}
    for row in published:
        assert row["n_municipalities"] >= 5
        assert row["mean"] == round(row["mean"])
        assert [row["median"], row["q1"], row["q3"]] == [None, None, None]


def test_the_public_gets_register_means_in_whole_points_too() -> None:
    rows = with_values(value_row("9912", "PRO_OWN", None, status="not_delivered"))
    for row in rows["fct_benchmark"]:
        row["mean"] = 44.5
    row = Editions(rows).benchmark(PUBLIC, "small", "PRO_OWN")
    assert row["mean"] == 45.0


def test_the_public_sees_no_other_kind_of_group() -> None:
    rows = with_values(value_row("9912", "MOD_PU", None, status="not_delivered"))
    kinds = ["county", "kostra_group", "nearest", "owners", "centrality"]
    (small,) = (
        r for r in rows["fct_benchmark"] if (r["peer_group"], r["indicator_id"]) == ("small", "MOD_PU")
    )
    rows["fct_benchmark"] += [small | {"peer_group_type": kind} for kind in kinds]
    found = Editions(rows).rows("select distinct peer_group_type from public.fct_benchmark")
    assert {row["peer_group_type"] for row in found} == {"all", "size_class"}


def test_the_public_may_not_subtract_its_way_to_the_smallest_class() -> None:
    editions = Editions(example())  # all 13, less 7 small and 5 large: the one of medium size
    assert not editions.benchmark(PUBLIC, "all", "MOD_PU")
    assert editions.benchmark(PUBLIC, "small", "MOD_PU")
    assert not editions.benchmark(PUBLIC, "medium", "MOD_PU")


def test_what_members_may_not_see_the_public_does_not_see() -> None:
    rows = hidden("9900")
    row = Editions(rows).benchmark(PUBLIC, "small", "BAR_1")
    assert (row["status"], row["mean"]) == ("suppressed", None)


def test_fictional_groups_are_judged_on_their_own() -> None:
    rows = with_values(value_row("9912", "MOD_PU", None, status="not_delivered"))
    for row in rows["dim_municipality"]:
        row["is_fictional"] = row["size_class"] == "large"
    peers(rows)
    groups = Editions(rows).rows("from public.fct_benchmark where indicator_id = 'MOD_PU'")
    assert {row["peer_group"] for row in groups} == {"small", "all", "fictional:large", "fictional:all"}


def test_types_are_those_of_the_build() -> None:
    editions = Editions(example())
    for edition in EDITIONS:
        for table in tables_of(edition):
            types = editions.rows(
                "select database_name, column_name, data_type from duckdb_columns() "
                f"where table_name = '{table.name}' and schema_name in ('main', '{edition}')"
            )
            of_build = {t["column_name"]: t["data_type"] for t in types if t["database_name"] == "build"}
            of_edition = {t["column_name"]: t["data_type"] for t in types if t["database_name"] == "memory"}
            assert of_edition == of_build


def test_an_undeclared_column_stays_in_the_build() -> None:
    editions = Editions(example(), change="alter table delivery add column sender_email varchar")
    columns = editions.rows("describe member.delivery")
    assert "sender_email" not in {row["column_name"] for row in columns}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("drop table fct_position", r"table main\.fct_position"),
        ("alter table fct_benchmark drop column q3", r"column main\.fct_benchmark\.q3"),
        ("create or replace view delivery as select 1 as delivery_id", r"main\.delivery"),
        ("delete from reference.threshold where threshold_id = 'min_respondents'", "min_respondents"),
        ("drop table reference.threshold", "reference.threshold"),
    ],
)
def test_what_the_build_lacks_is_named(statement: str, named: str) -> None:
    if "view" in statement:
        statement = "drop table delivery; " + statement
    with pytest.raises(BuildFileError, match=named):
        Editions(example(), change=statement)


def finding(rule: str, severity: str, value: str | None, nb: str, en: str) -> dict[str, Any]:
    """A finding about row 7 of delivery ``x``."""
    return {
        "delivery_id": "x",
        "finding_number": 1,
        "severity": severity,
        "rule": rule,
        "sheet": "Ark",
        "row_number": 7,
        "column_name": "kolonne",
        "value": value,
        "sentence_nb": nb,
        "sentence_en": en,
    }


def released_finding(kind: str | None, *told: Any) -> tuple[Any, ...]:
    """(row_number, value, sentence_nb, sentence_en) in the member edition; kind None: no such delivery."""
    rows = example()
    if kind is not None:
        rows["delivery"].append({**delivery_row("x", "accepted", 1, 1, 0), "kind": kind})
    rows["delivery_finding"] = [finding(*told)]
    (row,) = Editions(rows).rows("from member.delivery_finding")
    place = (row["delivery_id"], row["severity"], row["rule"], row["sheet"], row["column_name"])
    assert place == ("x", told[1], told[0], "Ark", "kolonne")
    return (row["row_number"], row["value"], row["sentence_nb"], row["sentence_en"])


@pytest.mark.parametrize("kind", ["survey", "unknown", None])
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            (
                "unknown_answer",
                "cell",
                "9",
                "Svaret «9» på P9A. 9 svar.",
                "The answer “9” to P9A. 9 answers.",
            ),
            ("Svaret «…» på P9A. 9 svar.", "The answer “…” to P9A. 9 answers."),
        ),
        (
            ("out_of_range", "cell", "-5", "-5 er utenfor (≥ 1).", "-5 is outside (≥ 1)."),
            ("… er utenfor (≥ 1).", "… is outside (≥ 1)."),
        ),
        (
            ("repeated_key", "quarantine", "kari", "«kari» står i (7, 12).", "“kari” stands in (7, 12)."),
            ("«…» står i (…).", "“…” stands in (…)."),
        ),
        (
            ("required_missing", "quarantine", None, "Er ikke fylt ut i rad 7.", "Is blank in row 7."),
            ("Er ikke fylt ut i rad ….", "Is blank in row …."),
        ),
        (
            ("not_recognised", "rejected", "Kari, vet", "Fant: Kari, vet. Bruk.", "Found: Kari, vet. Use."),
            ("Fant: …. Bruk.", "Found: …. Use."),
        ),
        (("broken_quotes", "warning", "", "Se etter.", "See."), ("Se etter.", "See.")),
    ],
)
def test_members_see_of_a_survey_s_findings_neither_value_nor_row(
    kind: str | None, told: tuple[Any, ...], expected: tuple[str, str]
) -> None:
    assert released_finding(kind, *told) == (None, None, *expected)


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("not_a_date", "cell"),
        ("not_a_number", "cell"),
        ("not_a_whole_number", "cell"),
        ("out_of_range", "cell"),
        ("not_yes_no", "cell"),
        ("unknown_code", "cell"),
        ("unknown_operation", "cell"),
        ("date_after_period", "quarantine"),
        ("a_rule_of_tomorrow", "cell"),
    ],
)
@pytest.mark.parametrize("kind", ["systems", "processes"])
def test_members_do_not_see_the_cells_of_other_owners(kind: str, rule: str, severity: str) -> None:
    told = (rule, severity, "i fjor, dårlig", "«i fjor, dårlig» er feil.", "i fjor, dårlig is wrong.")
    assert released_finding(kind, *told) == (7, None, "«…» er feil.", "… is wrong.")


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("repeated_key", "quarantine"),
        ("unresolved_system", "quarantine"),
        ("unresolved_system", "cell"),
        ("unknown_function", "quarantine"),
        ("follows_quarantined_system", "quarantine"),
        ("unknown_column", "warning"),
        ("required_column_missing", "rejected"),
    ],
)
@pytest.mark.parametrize("kind", ["systems", "processes"])
def test_keys_references_and_what_the_file_lacks_keep_value_and_place(
    kind: str, rule: str, severity: str
) -> None:
    told = (rule, severity, "S1", "«S1» står i (7, 9).", "“S1” stands in (7, 9).")
    assert released_finding(kind, *told) == (7, *told[2:])


def test_every_rule_that_is_told_in_full_is_a_rule() -> None:
    assert set(TOLD_IN_FULL) <= set(load_rules().rules)
