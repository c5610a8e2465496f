"""Which delivery counts: each rule of the ledger on its own, and that nothing else matters."""

import random
from collections.abc import Mapping, Sequence
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.model import Finding
from pipelines.storage import ledger
from pipelines.storage.archive import Arrival, Withdrawal
from pipelines.storage.lake import DeliveryMeta
from pipelines.storage.ledger import Ledger, derive

REJECTED = Finding("empty_file", "rejected")


def meta(
    name: str,
    *sheets: str,
    rejected: bool = False,
    mode: str = "register",
    kind: str = "systems",
    number: str = "9901",
    rows: int | None = 10,
) -> DeliveryMeta:
    return DeliveryMeta(
        delivery_id=name,
        municipality_number=number,
        period="2026",
        kind=kind,
        collection_mode=mode,
        file_name=f"{name}.csv",
        sha256=name,
        mapping_sha256=None,
        sheets=sheets,
        rows_received=rows,
        rejection=REJECTED if rejected else None,
        recognised={"sheets": [{"sheet": sheet, "contract_sheet": sheet, "columns": {}} for sheet in sheets]},
        findings=(),
        datasets={},
        ingest_key="k",
    )


def replay(
    scans: Sequence[Sequence[str]],
    metas: Mapping[str, DeliveryMeta],
    withdrawn: Sequence[tuple[str, int]] = (),
) -> Ledger:
    """scans: names of the deliveries of each, ``~a`` for one that came in the shared folder;
    withdrawn: (name, after which sequence)."""
    arrivals, deliveries_of = [], {}
    for number, scan in enumerate(scans, start=1):
        for one in scan:
            sequence, name = len(arrivals) + 1, one.lstrip("~")
            folder = "felles" if one.startswith("~") else "9901"
            arrivals.append(
                Arrival(sequence, number, "", f"p/{name}", f"{name}.csv", "2026", folder, name, None)
            )
            deliveries_of[sequence] = (name,)
    taken_back = [Withdrawal(n, name, "fordi", after, "") for n, (name, after) in enumerate(withdrawn, 1)]
    return derive(arrivals, deliveries_of, metas, taken_back)


def counting(result: Ledger) -> set[tuple[str, str]]:
    return set(result.counting.select("delivery_id", "contract_sheet").rows())


def status(result: Ledger) -> dict[str, str]:
    return dict(result.delivery.select("delivery_id", "status").iter_rows())


def supersedes(result: Ledger) -> dict[str, str | None]:
    return dict(result.delivery.select("delivery_id", "supersedes").iter_rows())


def named(*metas: DeliveryMeta) -> dict[str, DeliveryMeta]:
    return {one.delivery_id: one for one in metas}


A = meta("a", "systems")
B = meta("b", "systems")
C = meta("c", "systems")


def test_the_last_one_counts_and_tells_what_it_supersedes() -> None:
    result = replay([["a"], ["b"]], named(A, B))
    assert counting(result) == {("b", "systems")}
    assert status(result) == {"a": "accepted", "b": "accepted"}
    assert supersedes(result) == {"a": None, "b": "a"}
    assert result.delivery["is_counting"].to_list() == [False, True]


def test_the_file_that_counts_sent_again_does_nothing() -> None:
    assert supersedes(replay([["a"], ["b"], ["b"]], named(A, B)))["b"] == "a"
    # Nor is it new in the scan that brings its successor under another name.
    result = replay([["a"], ["a", "b"]], named(A, B))
    assert counting(result) == {("b", "systems")}
    assert status(result) == {"a": "accepted", "b": "accepted"}


def test_an_older_one_sent_again_becomes_current_again() -> None:
    result = replay([["a"], ["b"], ["a"]], named(A, B))
    assert counting(result) == {("a", "systems")}
    assert supersedes(result) == {"a": "b", "b": "a"}


def test_a_rejected_one_supersedes_nothing() -> None:
    result = replay([["a"], ["r"]], named(A, meta("r", "systems", rejected=True, rows=3)))
    assert counting(result) == {("a", "systems")}
    assert status(result)["r"] == "rejected"
    rows = result.delivery.filter(pl.col("delivery_id") == "r").row(0, named=True)
    assert (rows["rows_received"], rows["rows_accepted"], rows["rows_quarantined"]) == (3, 0, 3)
    assert (rows["is_counting"], rows["supersedes"]) == (False, None)


def test_a_rejected_one_without_a_table_has_no_number_of_rows() -> None:
    result = replay([["r"]], named(meta("r", rejected=True, rows=None)))
    assert result.delivery.select("rows_received", "rows_accepted", "rows_quarantined").row(0) == (
        None,
        0,
        None,
    )


def test_files_with_different_sheets_are_united_and_superseded_sheet_by_sheet() -> None:
    both, one = meta("both", "systems", "functions"), meta("one", "functions")
    result = replay([["both", "x"], ["one"]], named(both, one, meta("x", "exchanges")))
    assert counting(result) == {("both", "systems"), ("one", "functions"), ("x", "exchanges")}
    assert supersedes(result) == {"both": None, "one": "both", "x": None}
    assert result.delivery["is_counting"].all()


def test_two_new_ones_with_a_sheet_in_common_conflict_and_what_counted_goes_on() -> None:
    both = meta("both", "systems", "functions")
    result = replay([["a"], ["b", "both"]], named(A, B, both))
    assert counting(result) == {("a", "systems")}
    assert status(result) == {"a": "accepted", "b": "conflict", "both": "conflict"}
    assert result.conflicts == {"b": ("both.csv",), "both": ("b.csv",)}
    (finding,) = ledger.notes(result)["b"]
    assert (finding.rule, finding.params) == ("conflict", {"other": "both.csv"})


def test_a_conflict_ends_when_one_is_sent_again_or_the_other_withdrawn() -> None:
    again = replay([["a", "b"], ["b"]], named(A, B))
    assert counting(again) == {("b", "systems")}
    assert status(again) == {"a": "conflict", "b": "accepted"}
    withdrawn = replay([["a", "b"]], named(A, B), [("a", 2)])
    assert counting(withdrawn) == {("b", "systems")}
    assert status(withdrawn) == {"a": "withdrawn", "b": "accepted"}


def test_the_same_content_twice_in_a_scan_is_no_conflict() -> None:
    result = replay([["a", "a"]], named(A))
    assert counting(result) == {("a", "systems")}


@pytest.mark.parametrize(
    "other",
    [
        meta("o", "systems", number="9902"),
        meta("o", "systems", mode="official"),
        meta("o", "systems", kind="survey"),
        meta("o", "functions"),
    ],
)
def test_another_municipality_mode_kind_or_sheet_is_no_rival(other: DeliveryMeta) -> None:
    result = replay([["a", "o"]], named(A, other))
    assert len(result.counting) == 2
    assert set(status(result).values()) == {"accepted"}


def test_a_withdrawal_lets_the_one_before_count_again() -> None:
    result = replay([["a"], ["b"]], named(A, B), [("b", 2)])
    assert counting(result) == {("a", "systems")}
    assert status(result) == {"a": "accepted", "b": "withdrawn"}
    assert ledger.notes(result)["b"][0].params == {"reason": "fordi"}


def test_a_withdrawn_one_sent_again_counts_again() -> None:
    result = replay([["a"], ["b"], ["b"]], named(A, B), [("b", 2)])
    assert counting(result) == {("b", "systems")}
    assert status(result)["b"] == "accepted"
    assert "b" not in ledger.notes(result)


def test_a_flat_columns_rows_count_with_the_sheet_they_stand_in() -> None:
    flat = meta("flat", "systems")
    # The reader names the sheet that the column stands for as well.
    flat = DeliveryMeta(**{**flat.__dict__, "sheets": ("systems", "system_data_objects")})
    result = replay([["flat", "o"]], named(flat, meta("o", "system_data_objects")))
    assert counting(result) == {("flat", "systems"), ("o", "system_data_objects")}


def test_the_gates_counts_make_an_accepted_one_partly_accepted_and_nothing_else() -> None:
    result = replay([["a"], ["b", "c"]], named(A, B, C))
    rows = pl.DataFrame(
        {"delivery_id": ["a", "b", "c"], "rows_accepted": [9, 8, 10], "rows_quarantined": [1, 2, 0]}
    )
    table = ledger.with_rows(result, rows)
    assert list(table.columns) == list(ledger.DELIVERY_SCHEMA)
    assert table["status"].to_list() == ["partly_accepted", "conflict", "conflict"]
    assert table["rows_accepted"].to_list() == [9, 8, 10]


def test_a_file_s_name_is_told_without_what_is_personal_in_it() -> None:
    arrival = Arrival(1, 1, "", "p/a", "systemer Kari Nordmann 912 34 567.csv", "2026", "9901", "a", None)
    found = derive([arrival], {1: ("a",)}, {"a": meta("a", "systems")}, [])
    assert found.delivery["file_name"].to_list() == ["systemer *** ***.csv"]


def test_a_files_name_does_not_depend_on_which_copy_came_first() -> None:
    def names(order: Sequence[str]) -> list[str]:
        arrivals = [
            Arrival(n, n, "", f"p/{name}", name, "2026", "9901", "a", None) for n, name in enumerate(order, 1)
        ]
        result = derive(arrivals, {1: ("a",), 2: ("a",)}, named(A))
        return list(result.delivery["file_name"])

    assert names(["x.csv", "y.csv"]) == names(["y.csv", "x.csv"]) == ["x.csv"]


# The SBO's shared deliveries


def test_what_the_sbo_delivers_counts_beside_the_municipalitys_own() -> None:
    result = replay([["a"], ["~b"]], named(A, B))
    assert set(result.counting.select("delivery_id", "is_shared").rows()) == {("a", False), ("b", True)}
    assert supersedes(result) == {"a": None, "b": None}
    together = replay([["a", "~b"]], named(A, B))
    assert set(status(together).values()) == {"accepted"}
    assert together.counting.equals(result.counting)


def test_shared_deliveries_supersede_and_conflict_with_each_other() -> None:
    result = replay([["a"], ["~b"], ["~c"]], named(A, B, C))
    assert counting(result) == {("a", "systems"), ("c", "systems")}
    assert supersedes(result)["c"] == "b"
    assert status(replay([["~b", "~c"]], named(B, C))) == {"b": "conflict", "c": "conflict"}


def test_the_same_file_sent_both_ways_counts_once_as_the_municipalitys_own() -> None:
    result = replay([["~a"], ["a"]], named(A))
    assert result.counting.select("delivery_id", "is_shared").rows() == [("a", False)]
    # And where its own is superseded, the shared one still counts.
    result = replay([["~a", "a"], ["b"]], named(A, B))
    assert set(result.counting.select("delivery_id", "is_shared").rows()) == {("a", True), ("b", False)}


def test_only_systems_are_shared() -> None:
    survey, other = meta("s", "survey", kind="survey"), meta("t", "survey", kind="survey")
    assert counting(replay([["s"], ["~t"]], named(survey, other))) == {("t", "survey")}


# Every history of three scans: what a further event changes, and what it does not

BOTH = meta("f", "systems", "functions")
KNOWN = named(A, B, BOTH, meta("r", "systems", "functions", rejected=True))
SCANS = (("a",), ("b",), ("f",), ("a", "b"), ("a", "f"), ("r", "b"))
HISTORIES = list(product(SCANS, repeat=3))


def places(result: Ledger, *, is_shared: bool = False) -> set[tuple[str, str]]:
    return counting(
        Ledger(
            result.delivery,
            result.counting.filter(pl.col("is_shared") == is_shared),
            result.conflicts,
            result.reasons,
        )
    )


def test_in_every_history_a_delivery_sent_alone_counts_and_touches_no_other_sheet() -> None:
    for history in HISTORIES:
        before = counting(replay(history, KNOWN))
        for name in ("a", "f"):
            own = {(name, sheet) for sheet in KNOWN[name].contract_sheets}
            others = {pair for pair in before if pair[1] not in KNOWN[name].contract_sheets}
            assert counting(replay([*history, [name]], KNOWN)) == own | others, (history, name)


def test_in_every_history_what_counts_or_is_rejected_changes_nothing_when_sent_again() -> None:
    for history in HISTORIES:
        result = replay(history, KNOWN)
        sheets = counting(result)
        whole = [n for n in "abf" if {(n, sheet) for sheet in KNOWN[n].contract_sheets} <= sheets]
        again = replay([*history, ["r", *whole]], KNOWN)
        assert counting(again) == sheets, history
        assert {n: again.conflicts.get(n) for n in "abf"} == {n: result.conflicts.get(n) for n in "abf"}


def test_in_every_history_a_withdrawal_is_as_if_the_delivery_had_never_come() -> None:
    for history in HISTORIES:
        last = sum(map(len, history))
        for name in {name for scan in history for name in scan}:
            withdrawn = replay(history, KNOWN, [(name, last)])
            never = replay([[n for n in scan if n != name] for scan in history], KNOWN)
            assert withdrawn.counting.equals(never.counting), (history, name)
            assert withdrawn.conflicts == never.conflicts, (history, name)
            assert status(withdrawn)[name] == "withdrawn"


def test_in_every_history_shared_deliveries_leave_the_own_ones_alone() -> None:
    for own, shared in zip(HISTORIES, reversed(HISTORIES), strict=True):
        mixed = [(*a, *(f"~{name}" for name in b)) for a, b in zip(own, shared, strict=True)]
        # Of the same file sent both ways only the own one is shown, so the shared ones have other names.
        twins = {
            f"s{n}": meta(f"s{n}", *m.sheets, rejected=m.rejection is not None) for n, m in KNOWN.items()
        }
        mixed = [tuple(f"~s{n[1:]}" if n.startswith("~") else n for n in scan) for scan in mixed]
        result = replay(mixed, {**KNOWN, **twins})
        assert places(result) == counting(replay(own, KNOWN)), mixed
        alone = {(f"s{name}", sheet) for name, sheet in counting(replay(shared, KNOWN))}
        assert places(result, is_shared=True) == alone, mixed


deliveries = st.sampled_from("abcd")


@settings(max_examples=200, deadline=None)
@given(
    scans=st.lists(st.lists(deliveries, max_size=3), max_size=6),
    sheets=st.dictionaries(
        deliveries,
        st.sets(st.sampled_from(["systems", "functions"]), min_size=1),
        min_size=4,
        max_size=4,
    ),
    rejected=st.sets(deliveries, max_size=2),
    withdrawn=st.lists(st.tuples(deliveries, st.integers(0, 12)), max_size=2),
    seed=st.integers(0, 1000),
)
def test_whatever_happens_one_counts_per_sheet_and_the_order_given_does_not_matter(
    scans: list[list[str]],
    sheets: dict[str, set[str]],
    rejected: set[str],
    withdrawn: list[tuple[str, int]],
    seed: int,
) -> None:
    metas = {n: meta(n, *sorted(sheets[n]), rejected=n in rejected) for n in "abcd"}
    result = replay(scans, metas, withdrawn)
    assert not result.counting.select("contract_sheet").is_duplicated().any()
    of_counting = dict(result.delivery.filter("is_counting").select("delivery_id", "status").iter_rows())
    assert set(of_counting.values()) <= {"accepted"}
    assert set(of_counting) == set(result.counting["delivery_id"])
    assert result.delivery["delivery_id"].to_list() == sorted({name for scan in scans for name in scan})

    rng = random.Random(seed)
    arrivals, deliveries_of = [], {}
    for number, scan in enumerate(scans, start=1):
        for name in scan:
            sequence = len(arrivals) + 1
            arrivals.append(
                Arrival(sequence, number, "", f"p/{name}", f"{name}.csv", "2026", "9901", name, None)
            )
            deliveries_of[sequence] = (name,)
    rng.shuffle(arrivals)
    taken_back = [Withdrawal(n, name, "fordi", after, "") for n, (name, after) in enumerate(withdrawn, 1)]
    rng.shuffle(taken_back)
    shuffled = derive(arrivals, deliveries_of, metas, taken_back)
    assert shuffled.delivery.equals(result.delivery)
    assert shuffled.counting.equals(result.counting)
