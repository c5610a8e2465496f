"""The graph that Dagster sees: it loads, is valid, and has the keys and names it should have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.definitions import build_defs
from pipelines.orchestration.assets import chosen_periods
from pipelines.orchestration.dbt_worker import ensure_manifest
from pipelines.orchestration.instance import COMMAND_LINE, DAGSTER_YAML, SOURCE_TAG, open_instance
from pipelines.orchestration.keys import ARRIVALS, BUILD_FILE, GATE, JOB, LAKE, RELEASE, SCHEDULE, SENSOR
from pipelines.orchestration.translator import asset_key, layer
from pipelines.orchestration.triggers import RANGE_END, RANGE_START
from pipelines.settings import Settings
from pipelines.storage.lake import dataset_columns
from tests.support import BASE_PACK, FICTIONAL_PACK, ROOT

PERIODS = ["2024", "2025", "2026"]


def settings_at(home: Path) -> Settings:
    return Settings(home=home, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=(home / "inbox",))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("definitions") / "home"


@pytest.fixture(scope="module")
def manifest(home: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(ensure_manifest(settings_at(home)).read_text("utf-8"))
    return content


@pytest.fixture(scope="module")
def defs(home: Path, manifest: dict[str, Any]) -> dg.Definitions:
    return build_defs(settings_at(home), manifest=manifest)


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> Any:
    return defs.resolve_asset_graph()


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_the_definitions_are_valid(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)
    assert defs.resolve_job_def(JOB)


def test_every_model_and_every_step_is_an_asset(graph: Any, manifest: dict[str, Any]) -> None:
    expected = {ARRIVALS, LAKE, GATE, BUILD_FILE, RELEASE} | {asset_key(node) for node in models(manifest)}
    assert set(graph.get_all_asset_keys()) == expected
    assert len(models(manifest)) > 20


def test_the_way_leads_from_arrivals_to_the_release_without_a_gap(
    graph: Any, manifest: dict[str, Any]
) -> None:
    assert graph.get(LAKE).parent_keys == {ARRIVALS}
    assert graph.get(GATE).parent_keys == {LAKE}
    assert graph.get(BUILD_FILE).parent_keys == {GATE}
    assert graph.get(RELEASE).parent_keys == {asset_key(node) for node in models(manifest)}
    staged = [asset_key(node) for node in models(manifest) if layer(node) == "staging"]
    assert all(graph.get(key).parent_keys == {BUILD_FILE} for key in staged)


def test_models_are_keyed_and_grouped_by_layer(graph: Any, manifest: dict[str, Any]) -> None:
    key = dg.AssetKey(["marts", "fct_indicator_value"])
    assert graph.get(key).group_name == "marts"
    assert graph.get(key).description
    assert {graph.get(asset_key(node)).group_name for node in models(manifest)} == {
        "staging",
        "intermediate",
        "marts",
    }


def test_a_model_outside_the_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="models stand in staging, intermediate, marts"):
        layer({"unique_id": "model.kommunebench.x", "fqn": ["kommunebench", "elsewhere", "x"]})


def test_only_what_is_read_is_partitioned(graph: Any) -> None:
    for key in (ARRIVALS, LAKE):
        assert graph.get(key).partitions_def.get_partition_keys() == PERIODS
        assert graph.get(key).backfill_policy == dg.BackfillPolicy.single_run()
    assert all(graph.get(key).partitions_def is None for key in graph.get_all_asset_keys() - {ARRIVALS, LAKE})


def test_expectations_and_dbt_tests_are_asset_checks(graph: Any, manifest: dict[str, Any]) -> None:
    checks = graph.asset_check_keys
    assert {key.name for key in checks if key.asset_key == GATE} == {
        f"expectations_{d}" for d in dataset_columns()
    }
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    on_models = [key for key in checks if key.asset_key != GATE]
    assert {key.asset_key for key in on_models} == {asset_key(node) for node in models(manifest)}
    names = {node["name"] for node in tests}
    assert {key.name for key in on_models} <= names
    assert not {node["name"] for node in manifest["unit_tests"].values()} & {key.name for key in on_models}


def test_no_asset_belongs_to_a_pool(defs: dg.Definitions) -> None:
    # A holder killed with -9 would keep its place in a pool and stop the next run.
    nodes = defs.resolve_job_def(JOB).all_node_defs
    assert nodes
    assert [node.name for node in nodes if isinstance(node, dg.OpDefinition) and node.pool] == []


def test_everything_runs_in_one_process(defs: dg.Definitions) -> None:
    assert defs.resolve_job_def(JOB).executor_def.name == "in_process"


def test_sensor_and_schedule_start_the_job_for_all_periods(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def(SCHEDULE)
    assert schedule.cron_schedule == "30 2 * * *"
    assert schedule.execution_timezone == "Europe/Oslo"
    assert schedule.job_name == JOB
    with dg.build_schedule_context() as context:
        tick = schedule.evaluate_tick(context)
    assert tick.run_requests
    tags = tick.run_requests[0].tags
    assert (tags[RANGE_START], tags[RANGE_END]) == ("2024", "2026")
    assert defs.resolve_sensor_def(SENSOR).job_name == JOB


def test_the_sensor_waits_for_a_file_to_settle(
    defs: dg.Definitions, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "inbox" / "2026" / "9901"
    folder.mkdir(parents=True)
    (folder / "systemer.csv").write_text("a;b\n")
    now = iter([1000.0, 1030.0, 1061.0, 2000.0])
    monkeypatch.setattr("pipelines.orchestration.triggers.time.time", lambda: next(now))
    sensor, cursor, started = defs.resolve_sensor_def(SENSOR), None, []
    for _ in range(4):
        with dg.build_sensor_context(cursor=cursor, definitions=defs) as context:
            tick = sensor.evaluate_tick(context)
        cursor = tick.cursor
        started.append(len(tick.run_requests or []))
    assert started == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("configured", "partitions", "expected"),
    [
        ([], PERIODS, None),
        ([], ["2025"], ["2025"]),
        (["2024", "2026"], PERIODS, ["2024", "2026"]),
        (["2026"], ["2026"], ["2026"]),
    ],
)
def test_which_periods_are_read(
    configured: list[str], partitions: list[str], expected: list[str] | None
) -> None:
    assert chosen_periods(configured, partitions, PERIODS) == expected


def test_importing_the_definitions_opens_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == 'open' else None)\n"
        "import pipelines.definitions\n"
        "print([p for p in opened if p.endswith(('.csv', '.yml', '.sql', '.duckdb')) and 'kommune' in p])\n"
    )
    env = {"KOMMUNEBENCH_HOME": str(tmp_path / "home"), "PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "home").exists()


# Dagster's own home


@pytest.fixture
def own_home(tmp_path: Path) -> Settings:
    return settings_at(tmp_path / "home")


def test_a_new_instance_has_telemetry_off_and_leaves_nothing_behind(own_home: Settings) -> None:
    with open_instance(own_home) as instance:
        assert not instance.telemetry_enabled
        assert instance.get_runs_count() == 0
    assert (own_home.dagster_home / "dagster.yaml").read_text("utf-8") == DAGSTER_YAML
    assert [path.name for path in own_home.home.iterdir()] == ["dagster"]


def test_an_instance_that_a_kill_left_half_made_is_made_anew(own_home: Settings) -> None:
    with open_instance(own_home):
        pass
    (own_home.dagster_home / "schedules" / "schedules.db").unlink()
    leftover = own_home.home / ".dagster.incoming.1"
    leftover.mkdir()
    with open_instance(own_home) as instance:
        assert instance.get_runs_count() == 0
    assert not leftover.exists()


@pytest.mark.parametrize("database", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
@pytest.mark.parametrize("content", [b"", b"not a database at all, whatever its name says" * 100])
def test_a_database_that_cannot_be_read_is_set_aside(
    own_home: Settings, database: str, content: bytes
) -> None:
    with open_instance(own_home):
        pass
    (own_home.dagster_home / database).write_bytes(content)
    for suffix in ("-wal", "-shm"):
        (own_home.dagster_home / (database + suffix)).unlink(missing_ok=True)
    with open_instance(own_home) as instance:
        assert instance.get_runs_count() == 0
        instance.report_runless_asset_event(dg.AssetMaterialization("release"))


def test_a_folder_made_by_hand_is_filled(own_home: Settings) -> None:
    own_home.dagster_home.mkdir(parents=True)
    with open_instance(own_home) as instance:
        assert not instance.telemetry_enabled


def test_runs_that_were_killed_are_closed_and_others_left_alone(own_home: Settings) -> None:
    @dg.job
    def nothing() -> None: ...

    with open_instance(own_home) as instance:
        started = dg.DagsterRunStatus.STARTED
        mine = instance.create_run_for_job(nothing, tags={SOURCE_TAG: COMMAND_LINE}, status=started)
        other = instance.create_run_for_job(nothing, status=started)
    with open_instance(own_home) as instance:
        assert instance.get_run_by_id(mine.run_id).status == dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]
        assert instance.get_run_by_id(other.run_id).status == started  # type: ignore[union-attr]
