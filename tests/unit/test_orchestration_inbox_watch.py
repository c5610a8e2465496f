"""When the sensor starts a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.orchestration.inbox_watch import Decision, Seen, decide, look

SETTLE = 60.0
OLD = Seen("2026/9901/a.xlsx", 10, 1)
NEW = Seen("2026/9901/b.xlsx", 20, 2)


def after(*ticks: tuple[float, list[Seen]], cursor: str | None = None) -> Decision:
    """What the last of several looks decides."""
    decision = Decision(cursor or "", None, "")
    for now, files in ticks:
        decision = decide(decision.cursor or None, files, now, SETTLE)
    return decision


def test_an_empty_inbox_starts_nothing() -> None:
    assert after((0.0, []), (100.0, [])).launch is None


def test_new_files_wait_until_they_have_lain_still() -> None:
    assert after((0.0, [NEW])).launch is None
    assert after((0.0, [NEW]), (59.0, [NEW])).launch is None
    assert after((0.0, [NEW]), (60.0, [NEW])).launch is not None


def test_a_file_that_grows_starts_the_wait_anew() -> None:
    grown = Seen(NEW.path, 30, 3)
    assert after((0.0, [NEW]), (50.0, [grown]), (100.0, [grown])).launch is None
    assert after((0.0, [NEW]), (50.0, [grown]), (110.0, [grown])).launch is not None


def test_the_same_files_start_one_run_only() -> None:
    started = after((0.0, [NEW]), (60.0, [NEW]))
    assert started.launch
    again = after((200.0, [NEW]), (400.0, [NEW]), cursor=started.cursor)
    assert again.launch is None
    assert again.reason == "nothing new in the inboxes"


@pytest.mark.parametrize(
    "files", [[OLD, NEW], [Seen(OLD.path, 11, 1)], [Seen(OLD.path, 10, 2)], [Seen("other", 10, 1)]]
)
def test_path_size_and_time_each_make_a_file_new(files: list[Seen]) -> None:
    done = after((0.0, [OLD]), (60.0, [OLD]))
    assert after((100.0, files), (160.0, files), cursor=done.cursor).launch


def test_going_back_to_earlier_files_gets_a_key_of_its_own() -> None:
    first = after((0.0, [OLD]), (60.0, [OLD]))
    second = after((100.0, [NEW]), (160.0, [NEW]), cursor=first.cursor)
    third = after((200.0, [OLD]), (260.0, [OLD]), cursor=second.cursor)
    assert len({first.launch, second.launch, third.launch}) == 3


def test_the_order_of_files_does_not_matter() -> None:
    assert after((0.0, [OLD, NEW]), (60.0, [NEW, OLD])).launch


@pytest.mark.parametrize("cursor", ["nonsense", "[]", '{"since": "x"}', "3"])
def test_a_cursor_that_cannot_be_read_counts_as_none(cursor: str) -> None:
    assert decide(cursor, [NEW], 0.0, SETTLE).launch is None


def test_a_clock_that_was_set_back_only_delays() -> None:
    assert after((1000.0, [NEW]), (10.0, [NEW])).launch is None
    assert after((1000.0, [NEW]), (10.0, [NEW]), (70.0, [NEW])).launch


def test_look_sees_files_and_passes_over_hidden_ones(tmp_path: Path) -> None:
    folder = tmp_path / "2026" / "9901"
    folder.mkdir(parents=True)
    (folder / "a.xlsx").write_bytes(b"abc")
    (folder / ".a.xlsx.part").write_bytes(b"a")
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "b.xlsx").write_bytes(b"b")
    os.utime(folder / "a.xlsx", ns=(5, 5))
    assert look([tmp_path, tmp_path / "missing"]) == [Seen(str(folder / "a.xlsx"), 3, 5)]
