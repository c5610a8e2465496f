"""What a run says while it works."""

from __future__ import annotations

import pytest

from pipelines.orchestration.progress import Progress


def ticking(*moments: float) -> Progress:
    said: list[str] = []
    clock = iter(moments)
    progress = Progress(said.append, lambda: next(clock))
    progress.said = said  # type: ignore[attr-defined]
    return progress


def test_a_step_says_its_name_time_and_detail() -> None:
    progress = ticking(1.0, 3.5)
    with progress.step("Reading") as step:
        step.detail = "12 files"
    text = "".join(progress.said)  # type: ignore[attr-defined]
    assert text.split() == ["Reading", "2.5", "s", "12", "files"]
    assert text.endswith("\n")


def test_the_first_failure_is_kept() -> None:
    progress = ticking(0.0, 0.0, 1.0, 1.0)
    with pytest.raises(RuntimeError), progress.step("outer"), progress.step("inner"):
        raise RuntimeError("first")
    assert str(progress.failure) == "first"
    assert [step.detail for step in progress.steps] == ["failed", "failed"]


def test_the_table_accounts_for_all_the_time() -> None:
    progress = ticking(0.0, 6.0)
    with progress.step("dbt"):
        pass
    progress.add("Waiting", 1.0)
    lines = progress.table(10.0)
    assert [line.split()[-2:] for line in lines] == [["s", "60%"], ["s", "10%"], ["s", "30%"], ["10.0", "s"]]
    assert "Dagster and the rest" in lines[2]
