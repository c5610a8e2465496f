"""A purge deletes the bytes and nothing else; what was read from them can still be rebuilt."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits, Settings
from pipelines.storage import files
from pipelines.storage import purge as purge_module
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.lake import IngestResult, Lake, ingest_pending, known_deliveries
from pipelines.storage.purge import PurgeError, find_purgeable, finish_purges, purge
from tests.support import BASE_PACK, FICTIONAL_PACK

SYSTEMS = "systemnavn;funksjon\nAlfa;health_record\n"
NEWER = "systemnavn;funksjon\nAlfa;health_record\nBeta;health_record\n"
EVERYTHING = date(2999, 1, 1)


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    deliver(tmp_path, "9901/systemer.csv", SYSTEMS)
    return Settings(home=tmp_path / "home", reference=(), inboxes=(tmp_path / "inbox",))


def deliver(folder: Path, name: str, text: str) -> Path:
    target = folder / "inbox" / "2026" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def take_in(own: Settings, pack: ReferencePack) -> IngestResult:
    scan_inboxes(own, pack)
    result = ingest_pending(own, pack, Archive(own).arrivals())
    assert all(meta.rejection is None for meta in result.metas.values())
    return result


def received_on(own: Settings, day: str) -> None:
    """Let everything recorded so far have arrived at noon of a day."""
    for path in (own.archive / "arrivals").glob("*.jsonl"):
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        lines = [json.dumps({**record, "received_at": f"{day}T12:00:00.000+00:00"}) for record in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def only(found: IngestResult) -> str:
    (name,) = found.metas
    return name


def test_only_what_arrived_before_the_day_and_not_since_goes(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    take_in(own, pack)
    received_on(own, "2026-01-31")
    assert find_purgeable(own, date(2026, 1, 31)).sha256 == ()
    assert len(find_purgeable(own, date(2026, 2, 1)).sha256) == 1
    deliver(tmp_path, "9902/systemer.csv", SYSTEMS)
    take_in(own, pack)
    assert find_purgeable(own, date(2026, 2, 1)).sha256 == (), "the same content came again since"


def test_the_day_is_norways(own: Settings, pack: ReferencePack) -> None:
    take_in(own, pack)
    received_on(own, "2026-01-31")
    arrival = Archive(own).arrivals()[0]
    late = replace(arrival, received_at="2026-01-31T23:30:00.000+00:00")
    assert purge_module._day(late) == date(2026, 2, 1)


def test_bytes_go_and_rows_stay_even_when_the_lake_is_deleted(own: Settings, pack: ReferencePack) -> None:
    first = take_in(own, pack)
    rows = Lake(own.lake).read("system", first.metas.values())
    assert purge(own, find_purgeable(own, EVERYTHING)) == 1
    archive = Archive(own)
    sha256 = archive.arrivals()[0].sha256
    assert not archive.holds(sha256)
    assert archive.is_purged(sha256)
    shutil.rmtree(own.lake)
    again = ingest_pending(own, pack, archive.arrivals())
    assert again.parsed == 0
    assert again.metas == first.metas
    assert Lake(own.lake).read("system", again.metas.values()).equals(rows)


def test_a_file_that_still_lies_in_the_inbox_stays_out(own: Settings, pack: ReferencePack) -> None:
    take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    assert scan_inboxes(own, pack).new == ()
    assert not any(path.is_file() for path in (own.archive / "bytes").rglob("*"))


def test_with_a_new_mapping_beside_it_a_purged_file_is_read_anew(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    assert scan_inboxes(own, pack).new == ()
    deliver(tmp_path, "9901/mapping.yml", "kind: systems\ncolumns: {systemnavn: system_id}\n")
    (arrival,) = scan_inboxes(own, pack).new
    assert Archive(own).holds(arrival.sha256)
    found = ingest_pending(own, pack, Archive(own).arrivals())
    rules = {meta.rejection.rule for meta in found.metas.values() if meta.rejection}
    assert "purged" not in rules


def test_sent_again_under_another_name_it_is_here_again(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    deliver(tmp_path, "9901/systemer_ny.csv", SYSTEMS)
    (arrival,) = scan_inboxes(own, pack).new
    assert Archive(own).holds(arrival.sha256)
    assert not Archive(own).is_purged(arrival.sha256)
    finish_purges(own)
    assert Archive(own).holds(arrival.sha256), "a purge does not reach what came after it"


def test_another_reader_or_limit_does_not_lose_what_was_read(own: Settings, pack: ReferencePack) -> None:
    first = take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    other = replace(own, limits=Limits(max_rows=77))
    arrivals = Archive(own).arrivals()
    assert ingest_pending(other, pack, arrivals).metas == first.metas
    assert known_deliveries(other, pack, arrivals).metas == first.metas


def test_a_column_that_is_newer_than_the_rows_is_unknown_in_them(own: Settings, pack: ReferencePack) -> None:
    first = take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    lake = Lake(own.lake)
    path = lake._rows_path("system", first.metas[only(first)])
    import polars as pl

    pl.read_parquet(path).drop("n_users").write_parquet(path)
    assert lake.read("system", first.metas.values())["n_users"].to_list() == [None]


def test_what_was_never_read_is_not_deleted(own: Settings, pack: ReferencePack) -> None:
    scan_inboxes(own, pack)
    with pytest.raises(PurgeError, match=r"never read.*systemer\.csv"):
        purge(own, find_purgeable(own, EVERYTHING))
    assert Archive(own).holds(Archive(own).arrivals()[0].sha256)
    assert Archive(own).purges() == []


def test_where_the_rows_are_gone_too_the_sender_is_told(own: Settings, pack: ReferencePack) -> None:
    take_in(own, pack)
    purge(own, find_purgeable(own, EVERYTHING))
    shutil.rmtree(own.lake)
    shutil.rmtree(Archive(own).rows)
    meta = next(iter(ingest_pending(own, pack, Archive(own).arrivals()).metas.values()))
    assert meta.rejection is not None
    assert meta.rejection.rule == "purged"


def test_a_killed_purge_is_finished_by_the_next_look(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(own, pack)
    archive, sha256 = Archive(own), Archive(own).arrivals()[0].sha256

    def killed(self: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            purge(own, find_purgeable(own, EVERYTHING))
    assert archive.holds(sha256)
    finish_purges(own)
    assert not archive.holds(sha256)


def test_the_marked_copy_goes_with_the_file_and_the_report_stays(own: Settings, pack: ReferencePack) -> None:
    name = only(take_in(own, pack))
    for suffix in ("xlsx", "html", "json"):
        files.atomic_write_text(own.reports / f"{name}.{suffix}", "x")
    purge(own, find_purgeable(own, EVERYTHING))
    assert sorted(path.suffix for path in own.reports.iterdir()) == [".html", ".json"]
