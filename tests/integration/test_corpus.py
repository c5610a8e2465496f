"""The corpus: every file becomes exactly what the contract of deliveries says it must."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipelines.orchestration.workspace import Judged, Workspace
from pipelines.settings import Settings
from pipelines.storage.archive import Archive
from tests.corpus.cases.every import CASES
from tests.corpus.cases.tables import HEADER, SYSTEMS
from tests.corpus.judge import differences, marked
from tests.corpus.model import ALL, LINES, Case
from tests.support import BASE_PACK, FICTIONAL_PACK
from tests.writers import book_bytes, table_bytes

# Lines that one file alone cannot show; the tests below show them in every format.
OF_SEVERAL_FILES = ("same file again", "corrected file")


# What the contract wants and the code does not do yet: how the cases' names begin -> why. A case that holds
# after all fails its test.
GAPS: dict[str, str] = {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_becomes_what_the_contract_says(case: Case) -> None:
    said = differences(case)
    gap = next((why for name, why in GAPS.items() if case.name.startswith(name)), None)
    if gap is not None:
        assert said, f"the gap is closed, take it off the list: {gap}"
        pytest.xfail(f"{gap}: {said}")
    assert not said, f"{case.name}: {case.file_name}\n  " + "\n  ".join(said)


# An error of the sender's own formula stays in it, where the workbook keeps its cells.
WITH_FAULTS = [c for c in CASES if any(d.aside for d in c.expected) and "error_cells" not in str(c.expected)]


@pytest.mark.parametrize("case", WITH_FAULTS, ids=lambda case: case.name)
def test_a_marked_workbook_sent_back_as_it_is_is_read_as_the_file_was(case: Case) -> None:
    said = differences(marked(case))
    assert not said, f"{case.name}, marked\n  " + "\n  ".join(said)


def test_every_line_of_the_contract_is_shown_in_every_format_it_can_occur_in() -> None:
    shown = {(line, case.file_format) for case in CASES for line in case.lines}
    shown |= {(line, file_format) for line in OF_SEVERAL_FILES for file_format in ALL}
    wanted = {(line, file_format) for line, formats in LINES.items() for file_format in formats}
    assert not wanted - shown, sorted(wanted - shown)
    assert not {line for line, _ in shown} - LINES.keys(), (
        "a case names a line that the contract does not have"
    )


def test_the_corpus_is_large_and_not_all_written_by_our_own_writers() -> None:
    contents = {case.name: hashlib.sha256(case.content()).hexdigest() for case in CASES}
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []
    assert len(set(contents.values())) >= 120
    assert len({contents[case.name] for case in CASES if case.foreign}) >= 30


def test_a_case_that_expects_otherwise_fails() -> None:
    """The judge sees a wrong count, rule, place and value: else the corpus would prove nothing."""
    case = next(case for case in CASES if case.name == "rows that break rules (csv)")
    (wanted,) = case.expected
    for changed in (
        {"accepted": wanted.accepted[1:]},
        {"aside": {**wanted.aside, ("", 3): ("repeated_key",)}},
        {"told": (("unknown_column", 1, "farge"),)},
        {"values": {"system.n_users": [6] * 8}},
        {"rejected": "no_rows"},
        {"kind": "survey"},
        {"mode": "official"},
    ):
        other = type(wanted)(**{**vars(wanted), **changed})
        assert differences(type(case)(**{**vars(case), "expected": (other,)})), changed


# The ledger


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", (BASE_PACK, FICTIONAL_PACK), (tmp_path / "inbox",))


def put(home: Settings, name: str, content: bytes) -> None:
    folder = home.inboxes[0] / "2026" / "9901"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def judge(home: Settings) -> Judged:
    workspace = Workspace(home)
    workspace.look(None)
    workspace.read()
    return workspace.judge()


def counting(judged: Judged) -> pl.DataFrame:
    return judged.deliveries.filter("is_counting")


@pytest.mark.parametrize("file_format", ALL)
def test_the_same_file_again_changes_nothing(home: Settings, file_format: str) -> None:
    content = table_bytes([HEADER, *SYSTEMS], file_format)
    put(home, f"systemer.{file_format}", content)
    first = judge(home)
    assert first.deliveries.select("status", "is_counting", "rows_accepted").rows() == [("accepted", True, 3)]
    assert judge(home).deliveries.equals(first.deliveries)
    put(home, f"kopi av systemer.{file_format}", content)
    again = judge(home)
    assert again.deliveries["delivery_id"].to_list() == first.deliveries["delivery_id"].to_list()
    assert counting(again)["rows_accepted"].to_list() == [3]
    assert len({arrival.sha256 for arrival in Archive(home).arrivals()}) == 1


@pytest.mark.parametrize("file_format", ALL)
def test_a_corrected_file_supersedes_the_earlier_one(home: Settings, file_format: str) -> None:
    faulty = table_bytes([HEADER, SYSTEMS[0], [None, *SYSTEMS[1][1:]]], file_format)
    put(home, f"systemer.{file_format}", faulty)
    (earlier,) = judge(home).deliveries.rows(named=True)
    assert (earlier["status"], earlier["rows_quarantined"]) == ("partly_accepted", 1)
    put(home, f"systemer rettet.{file_format}", table_bytes([HEADER, *SYSTEMS], file_format))
    judged = judge(home)
    (now,) = counting(judged).rows(named=True)
    assert (now["rows_accepted"], now["supersedes"]) == (3, earlier["delivery_id"])
    assert judged.deliveries.height == 2
    for digest in judged.deliveries["sha256"]:
        assert hashlib.sha256(Archive(home).read_bytes(digest)).hexdigest() == digest


@pytest.mark.parametrize("file_format", ["xlsx", "xls", "ods"])
def test_a_corrected_sheet_supersedes_that_sheet_alone(home: Settings, file_format: str) -> None:
    functions = [["funksjon", "systemer"], ["payroll_hr", "har ikke"]]
    both = {"Systemer": [HEADER, *SYSTEMS], "Funksjoner": functions}
    put(home, f"alt.{file_format}", book_bytes(both, file_format))
    (earlier,) = judge(home).deliveries.rows(named=True)
    put(home, f"systemer.{file_format}", table_bytes([HEADER, SYSTEMS[0]], file_format, sheet="Systemer"))
    judged = judge(home)
    assert counting(judged).height == 2, "the first still counts for its other sheet"
    (later,) = judged.deliveries.filter(pl.col("delivery_id") != earlier["delivery_id"]).rows(named=True)
    assert (later["rows_accepted"], later["supersedes"]) == (1, earlier["delivery_id"])


def test_two_files_with_the_same_sheet_at_once_are_a_conflict(home: Settings) -> None:
    put(home, "a.csv", table_bytes([HEADER, *SYSTEMS], "csv"))
    put(home, "b.xlsx", table_bytes([HEADER, *SYSTEMS], "xlsx"))
    judged = judge(home)
    assert judged.deliveries["status"].to_list() == ["conflict", "conflict"]
    assert counting(judged).is_empty()
