"""How dbt is called and how its verdict is read; dbt itself is not started here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.orchestration import dbt_command
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtError, ensure_manifest, manifest_path
from pipelines.settings import Settings


def settings_at(home: Path) -> Settings:
    return Settings(home=home, reference=(), inboxes=(), threads=3)


def test_a_whole_build_leaves_unit_tests_out() -> None:
    assert dbt_command.build_args(threads=2) == [
        "build", "--threads", "2", "--exclude-resource-type", "unit_test",
    ]  # fmt: skip


def test_a_choice_of_models_is_ordered_and_keeps_to_itself() -> None:
    args = dbt_command.build_args(threads=1, models=["b", "a"])
    assert args[-3:] == ["--select", "a", "b"]
    assert args[args.index("--indirect-selection") + 1] == "cautious"


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 thread"):
        dbt_command.build_args(threads=0)


def test_the_environment_names_the_build_file_and_keeps_the_rest(tmp_path: Path) -> None:
    env = dbt_command.environment(settings_at(tmp_path), {"LANG": "C", "PYTHONPATH": "x"}, tmp_path / "t")
    assert env["KOMMUNEBENCH_BUILD_FILE"] == str(tmp_path / "build" / "kommunebench.duckdb")
    assert env["KOMMUNEBENCH_THREADS"] == "3"
    assert env["DBT_TARGET_PATH"] == str(tmp_path / "t")
    assert env["LANG"] == "C"
    assert env["PYTHONPATH"].endswith("x")


def test_the_fingerprint_follows_sources_only(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "models" / "a.sql").write_text("select 1 as a")
    settings = settings_at(tmp_path)
    first = dbt_command.fingerprint(settings, project)
    for generated in ("target", "logs"):
        (project / generated).mkdir()
        (project / generated / "manifest.json").write_text("{}")
    assert dbt_command.fingerprint(settings, project) == first
    (project / "models" / "a.sql").write_text("select 2 as a")
    assert dbt_command.fingerprint(settings, project) != first
    moved = replace(settings, home=tmp_path / "elsewhere")
    assert dbt_command.fingerprint(moved, project) != dbt_command.fingerprint(settings, project)


def test_an_unchanged_project_is_not_parsed_again(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    manifest = manifest_path(settings, dbt_command.fingerprint(settings))
    with pytest.raises(AssertionError, match="start a process"):
        ensure_manifest(settings)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text("{}")
    assert ensure_manifest(settings) == manifest


def results(tmp_path: Path, *rows: tuple[str, str, str | None]) -> Path:
    path = tmp_path / "run_results.json"
    path.write_text(
        json.dumps({"results": [dict(zip(("unique_id", "status", "message"), r, strict=True)) for r in rows]})
    )
    return path


def test_a_good_run_is_counted(tmp_path: Path) -> None:
    path = results(tmp_path, ("model.k.a", "success", None), ("test.k.t.1", "pass", None))
    assert read_verdict(path, 0) == "1 models, 1 tests"


def test_a_failed_test_is_named_and_stops(tmp_path: Path) -> None:
    path = results(
        tmp_path,
        ("model.k.a", "success", None),
        ("test.k.rows_equal_index.5f", "fail", "Got 3 results, configured to fail if != 0"),
        ("model.k.b", "skipped", None),
    )
    with pytest.raises(DbtError, match="test rows_equal_index: Got 3 results") as caught:
        read_verdict(path, 1)
    assert "nothing is published" in str(caught.value)
    assert "b" not in str(caught.value).split("failed:")[1].split()


def test_a_failed_status_stops_even_where_dbt_says_well_done(tmp_path: Path) -> None:
    with pytest.raises(DbtError):
        read_verdict(results(tmp_path, ("model.k.a", "error", "boom")), 0)


def test_an_end_before_any_result_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DbtError, match="before it ran anything"):
        read_verdict(tmp_path / "missing.json", 2)


def test_many_failures_are_cut(tmp_path: Path) -> None:
    path = results(tmp_path, *((f"model.k.m{i}", "error", "x") for i in range(14)))
    with pytest.raises(DbtError, match="and 4 more"):
        read_verdict(path, 1)
