"""Each of the laws 1-5 broken on purpose on a real home: its guard must see it.

The home is a copy of one with a release of the example; what is broken is broken by hand in its files.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import Settings
from pipelines.storage.releases import ReleaseError, audit, publish, verify
from tests.support import content_hash, environment, kommunebench


@pytest.fixture
def settings(example_home: Path, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    shutil.copytree(example_home, home, symlinks=True)
    return Settings.from_environment({**environment(home), "KOMMUNEBENCH_THREADS": "2"})


def change_build(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(sql)


def test_the_untouched_home_keeps_every_law(settings: Settings) -> None:
    assert audit(settings, is_tested=True) == []
    assert verify(settings) == []


BROKEN_BUILDS = {
    "law 1: a row is lost between the file and the tables": (
        "update main.delivery set rows_accepted = rows_accepted - 1"
        " where status = 'accepted' and kind = 'survey'",
        "rows received",
    ),
    "law 1: rows of a rejected delivery are forgotten": (
        "update main.delivery set rows_quarantined = 0 where status = 'rejected' and rows_received > 0",
        "rows received",
    ),
    "law 2: a rejected delivery has no reason": (
        "delete from main.delivery_finding where severity = 'rejected'",
        "rejected without a finding",
    ),
    "law 2: missing became zero": (
        "update main.fct_indicator_value set value = 0 where status = 'not_delivered' or status = 'rejected'",
        "has a value",
    ),
    "law 5: rows of a delivery that the ledger does not know": (
        "delete from ledger.delivery where delivery_id = (select min(delivery_id) from lake.process)",
        "does not know",
    ),
}


@pytest.mark.parametrize("law", BROKEN_BUILDS)
def test_a_build_that_breaks_a_law_is_not_published(settings: Settings, law: str) -> None:
    sql, sentence = BROKEN_BUILDS[law]
    change_build(settings, sql)
    problems = audit(settings, is_tested=True)
    assert any(sentence in problem for problem in problems), problems
    before = (settings.releases / "current").resolve()
    with pytest.raises(ReleaseError, match=sentence):
        publish(settings, "code", "pack", [], is_tested=True)
    assert (settings.releases / "current").resolve() == before


def test_law_2_a_bad_delivery_does_not_stop_the_others(example_home: Path) -> None:
    path = (example_home / "releases" / "current").resolve() / "member" / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        counts = dict(connection.execute("select status, count(*) from delivery group by status").fetchall())
    assert counts["rejected"] >= 1
    assert counts["accepted"] >= 1


def test_law_3_a_writer_in_a_published_file_is_seen(settings: Settings) -> None:
    path = (settings.releases / "current").resolve() / "member" / "benchmark.duckdb"
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update fct_benchmark set n_municipalities = n_municipalities + 1")
    assert any("not the one that was published" in problem for problem in verify(settings))


def test_law_3_a_half_release_behind_current_is_seen(settings: Settings) -> None:
    folder = (settings.releases / "current").resolve()
    (folder / "public" / "benchmark.duckdb").unlink()
    assert verify(settings) != []
    assert kommunebench("releases", "verify", env=environment(settings.home), expect=1).stderr


def test_law_4_one_last_bit_gives_another_hash(settings: Settings) -> None:
    before = content_hash(settings.home)
    same = publish(settings, "code", "pack", [], is_tested=True)
    assert (same.published, same.content_hash) == (False, before)
    # What a sum of doubles in another order does: the last bit of one unrounded value.
    change_build(
        settings,
        "update main.fct_indicator_value set value = value * (1 + 2.3e-16)"
        " where indicator_id = 'PRO_OWN' and municipality_number = '9901' and boundary = 'current'",
    )
    other = publish(settings, "code", "pack", [], is_tested=True)
    assert other.published
    assert other.content_hash != before


def test_law_5_a_number_without_its_file_is_not_published(settings: Settings) -> None:
    files = sorted(path for path in (settings.archive / "bytes").rglob("*") if path.is_file())
    files[0].unlink()
    assert any("archive" in problem for problem in audit(settings, is_tested=True))


def test_law_5_a_file_that_changed_in_the_archive_is_seen(settings: Settings) -> None:
    files = sorted(path for path in (settings.archive / "bytes").rglob("*") if path.is_file())
    files[0].chmod(0o600)
    files[0].write_bytes(files[0].read_bytes() + b" ")
    assert any("archive" in problem for problem in audit(settings, is_tested=True))
