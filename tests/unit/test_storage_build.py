"""The build file: typed tables, nothing beside it, whole or not at all."""

import fcntl
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.gate.findings import FINDING_SCHEMA
from pipelines.gate.gate import GateResult
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Settings
from pipelines.storage import build as build_module
from pipelines.storage.build import BuildError, create_build, lake_table, t_quantile_pieces, t_quantiles
from pipelines.storage.lake import dataset_columns
from pipelines.storage.ledger import DELIVERY_SCHEMA

BESIDE = {
    "municipality_number": pl.String,
    "period": pl.String,
    "collection_mode": pl.String,
    "contract_sheet": pl.String,
    "is_counting": pl.Boolean,
    "is_shared": pl.Boolean,
    "is_quarantined": pl.Boolean,
}


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    seeds = ROOT / "data" / "seeds"
    return load_pack([seeds / "reference", seeds / "fictional"])


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", reference=(), inboxes=())


def nothing() -> tuple[dict[str, pl.DataFrame], pl.DataFrame, GateResult]:
    """The arguments of a build without any delivery."""
    frames = {name: pl.DataFrame(schema=columns) for name, columns in dataset_columns().items()}
    empty = pl.DataFrame()
    gate = GateResult(
        quarantined=empty,
        findings=pl.DataFrame(schema=FINDING_SCHEMA),
        rows=empty,
        checks=empty,
        beside={name: pl.DataFrame(schema=BESIDE) for name in frames},
    )
    return frames, pl.DataFrame(schema=DELIVERY_SCHEMA), gate


def tables(path: Path) -> dict[str, int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
        return {n: connection.execute(f"select count(*) from {n}").fetchone()[0] for (n,) in names}  # type: ignore[index]


def test_a_build_without_deliveries_has_every_table(own: Settings, pack: ReferencePack) -> None:
    path = create_build(own, pack, *nothing())
    found = tables(path)
    assert {name for name in found if name.startswith("lake.")} == {f"lake.{n}" for n in dataset_columns()}
    assert {name for name in found if name.startswith("ledger.")} == {
        "ledger.delivery",
        "ledger.delivery_finding",
    }
    assert found["reference.municipality"] == pack.table("municipality").height
    assert found["reference.t_quantile"] == 30
    assert path == own.build_file
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_reference_tables_keep_their_types(own: Settings, pack: ReferencePack) -> None:
    path = create_build(own, pack, *nothing())
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute(
            "select reference_date, year from reference.period where period = '2026'"
        ).fetchone() == (date(2026, 12, 31), 2026)
        types = dict(
            connection.execute(
                "select table_name || '.' || column_name, data_type from duckdb_columns() "
                "where not internal and schema_name in ('reference', 'ledger', 'lake')"
            ).fetchall()
        )
    assert types["municipality.municipality_number"] == "VARCHAR"
    assert types["threshold.value"] == "DECIMAL(18,6)"
    assert types["t_quantile.df"] == "INTEGER"
    assert types["system.annual_cost"] == "DECIMAL(18,2)"
    assert types["process.unit_names"] == "VARCHAR[]"
    assert types["delivery.rows_accepted"] == "BIGINT"


def test_a_build_replaces_the_one_before_and_its_log(own: Settings, pack: ReferencePack) -> None:
    path = create_build(own, pack, *nothing())
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table leftover (a int)")
    path.with_name(path.name + ".wal").write_bytes(b"a log that must not be replayed")
    create_build(own, pack, *nothing())
    assert "main.leftover" not in tables(path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_build_that_fails_leaves_the_old_one(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = create_build(own, pack, *nothing())
    before = path.read_bytes()

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build_module.files, "fsync_file", killed)
    with pytest.raises(KeyboardInterrupt):
        create_build(own, pack, *nothing())
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_orphan_that_still_writes_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kommunebench.duckdb"
    path.write_bytes(b"")
    waits: list[float] = []
    monkeypatch.setattr(build_module, "_is_free", lambda _: len(waits) >= 3)
    build_module._await_others(path, sleep=waits.append)
    assert len(waits) == 3
    monkeypatch.setattr(build_module, "_is_free", lambda _: False)
    with pytest.raises(BuildError, match="still open in another process"):
        build_module._await_others(path, patience=1.0, sleep=waits.append)


def test_a_file_without_a_lock_is_free(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as stream:
        assert build_module._is_free(stream.fileno())
        fcntl.lockf(stream, fcntl.LOCK_UN)


def test_only_counting_rows_are_loaded_with_their_keys() -> None:
    frame = pl.DataFrame(
        {
            "delivery_id": ["d", "d", "e"],
            "sheet": ["", "", ""],
            "row_number": [2, 3, 2],
            "function_id": ["f", "g", "f"],
            "system_names": [["A"], None, ["B"]],
            "has_none": [False, None, False],
            "is_complete": [True, None, None],
            "is_complete__raw": ["ja", None, None],
        },
        schema_overrides={"system_names": pl.List(pl.String)},
    )
    beside = pl.DataFrame(
        {
            "municipality_number": ["9901"] * 3,
            "period": ["2026"] * 3,
            "collection_mode": ["register"] * 3,
            "contract_sheet": ["functions"] * 3,
            "is_counting": [True, True, False],
            "is_shared": [False, True, False],
            "is_quarantined": [False, True, False],
            "system_keys": [["a"], None, ["b"]],
        }
    )
    table = lake_table("function_answer", frame, beside)
    assert table.columns == [
        "municipality_number",
        "period",
        "delivery_id",
        "sheet",
        "row_number",
        "is_quarantined",
        "function_id",
        "system_names",
        "is_complete",
        "has_none",
        "system_keys",
    ]
    assert table["row_number"].to_list() == [2, 3]
    assert table["is_quarantined"].to_list() == [False, True]


def test_the_quantiles_are_students() -> None:
    table = t_quantiles(1000)
    assert table["df"].to_list() == list(range(1, 1001))
    for df, value in table.filter(pl.col("df").is_in([1, 2, 4, 29, 1000])).iter_rows():
        assert value == round(float(stats.t.ppf(0.975, df)), 12)
    # Tables of Student's t give these.
    assert table["t_975"][0] == pytest.approx(12.706, abs=5e-4)
    assert table["t_975"][3] == pytest.approx(2.776, abs=5e-4)
    assert t_quantiles(3).height == 30


def test_the_quantiles_of_fractional_degrees_are_students() -> None:
    """Up to a million degrees, most of them between whole ones; one is the end of the last piece."""
    degrees = np.concatenate([np.geomspace(1, 1e6, 20_001), np.linspace(1, 30, 20_001)])
    coefficients = t_quantile_pieces().select("c0", "c1", "c2", "c3").to_numpy()
    pieces = np.minimum(np.floor(len(coefficients) / degrees).astype(int), len(coefficients) - 1)
    x = len(coefficients) / degrees - pieces
    found = sum(coefficients[pieces, power] * x**power for power in range(4))
    assert np.abs(found - stats.t.ppf(0.975, degrees)).max() < 1e-11
    assert coefficients[0, 0] == pytest.approx(stats.norm.ppf(0.975), abs=1e-12)
