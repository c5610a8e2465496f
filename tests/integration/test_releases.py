"""Releases on disk: complete or absent, found out when tampered with, and never met half-written."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.disclosure import editions
from pipelines.disclosure.published import EDITIONS, MEMBER, PUBLIC, BuildFileError, tables_of
from pipelines.disclosure.questions import questions_for
from pipelines.settings import Settings
from pipelines.storage import release_files
from pipelines.storage.content_hash import hash_table
from pipelines.storage.release_record import (
    MadeFrom,
    Repeated,
    read_held,
    read_record,
    recorded,
    records_folder,
)
from pipelines.storage.release_tags import release_named, tag, tags, untag
from pipelines.storage.releases import (
    PublishResult,
    ReleaseError,
    list_releases,
    publish,
    resolve_current,
    rollback,
    verify,
)
from tests.synthetic_build import Rows, example, settings_of, value_row, write_build

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PACK = "p" * 64
INPUTS = ("f" * 64, "a" * 64, "f" * 64)


def publish_rows(settings: Settings, rows: Rows, now: datetime = NOON, **changes: Any) -> PublishResult:
    write_build(settings.build_file, rows, shuffle=changes.pop("shuffle", None))
    return publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True, now=now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "home of o'hara")  # a name that SQL must quote


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two releases, the second of them current. Only for tests that do not write."""
    settings = settings_of(tmp_path_factory.mktemp("published"))
    publish_rows(settings, example(1))
    publish_rows(settings, example(2), NOON + timedelta(hours=1))
    return settings.home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Settings:
    """A copy of the home with two releases, to be changed."""
    shutil.copytree(published, tmp_path / "copy", symlinks=True)
    return settings_of(tmp_path / "copy")


def names(settings: Settings) -> list[str]:
    return [release.release_id for release in list_releases(settings)]


def test_a_release_has_the_promised_files(published: Path) -> None:
    folder = resolve_current(settings_of(published))
    assert re.fullmatch(r"20261123T130000Z-[0-9a-f]{8}", folder.name)
    for edition in EDITIONS:
        tables = [table.name for table in tables_of(edition)] + ["release"]
        found = {p.relative_to(folder / edition).as_posix() for p in (folder / edition).rglob("*.*")}
        files = {"benchmark.duckdb", "codebook.md", "codebook.html", "datapackage.json", "manifest.json"}
        assert found == files | {f"{kind}/{name}.{kind}" for name in tables for kind in ("parquet", "csv")}
        assert (folder / edition / "SHA256SUMS").is_file()
    assert sorted(p.name for p in folder.iterdir()) == sorted(EDITIONS)


def test_readers_reach_a_release_whatever_the_umask(settings: Settings) -> None:
    before = os.umask(0o077)
    try:
        publish_rows(settings, example(1))
    finally:
        os.umask(before)
    release = (settings.releases / "current").resolve(strict=True)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in release.rglob("*")}
    assert {found[path] for path in found if path.is_file()} == {0o444}
    folders = {path for path in found if path.is_dir()} | {release, settings.releases}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o755}
    assert stat.S_IMODE(settings.archive.stat().st_mode) == 0o700


def test_the_link_is_relative_so_that_a_home_can_be_moved(published: Path, tmp_path: Path) -> None:
    link = published / "releases" / "current"
    assert link.readlink() == Path(resolve_current(settings_of(published)).name)
    shutil.copytree(published, tmp_path / "moved", symlinks=True)
    assert verify(settings_of(tmp_path / "moved")) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_database_has_keys_comments_and_the_release(published: Path, edition: str) -> None:
    folder = resolve_current(settings_of(published))
    with duckdb.connect(str(folder / edition / "benchmark.duckdb"), read_only=True) as connection:
        keys = dict(
            connection.execute(
                "select table_name, constraint_column_names from duckdb_constraints() "
                "where constraint_type = 'PRIMARY KEY'"
            ).fetchall()
        )
        expected = {table.name: list(table.key) for table in tables_of(edition)}
        assert keys == expected | {"release": ["release_id"]}
        for kind in ("tables", "columns"):
            comments = connection.execute(
                f"select comment from duckdb_{kind}() where not internal"
            ).fetchall()
            assert comments
            assert all(comment for (comment,) in comments)
        (comment,) = connection.execute(
            "select comment from duckdb_tables() where table_name = 'fct_benchmark'"
        ).fetchone() or (None,)
        assert comment == "Tabellen fct_benchmark; it's a table"
        (row,) = connection.execute("from release").fetchall()
        manifest = json.loads((folder / MEMBER / "manifest.json").read_text("utf-8"))
        stamp = datetime(2026, 11, 23, 13)  # noqa: DTZ001 stamps are UTC without a zone
        assert row == (folder.name, edition, manifest["content_hash"], "1.0+abc", stamp)
        views = connection.execute(
            "select view_name, comment from duckdb_views() where not internal"
        ).fetchall()
        asked = questions_for({table.name for table in tables_of(edition)})
        assert sorted(views) == sorted((question.view, question.question.both) for question in asked)
        formats = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
        assert formats == [("v1.2.0+",)]


def test_parquet_and_database_say_the_same(published: Path) -> None:
    folder = resolve_current(settings_of(published))
    for edition in EDITIONS:
        with duckdb.connect(str(folder / edition / "benchmark.duckdb"), read_only=True) as connection:
            for table in tables_of(edition):
                frame = pl.read_parquet(folder / edition / "parquet" / f"{table.name}.parquet")
                key = ", ".join(table.key)
                expected = connection.execute(f"from {table.name} order by {key}").pl()
                assert frame.equals(expected)
                assert frame.select(table.key).equals(frame.select(table.key).sort(table.key))


def test_the_manifest_of_members_names_its_origin_and_the_publics_does_not(published: Path) -> None:
    folder = resolve_current(settings_of(published))
    member, public = (json.loads((folder / e / "manifest.json").read_text("utf-8")) for e in EDITIONS)
    assert member["inputs"] == ["a" * 64, "f" * 64]
    assert (member["pack_hash"], member["code_version"]) == (PACK, "1.0+abc")
    assert set(public) == {"release_id", "edition", "created_at", "tables", "views", "withheld"}
    for manifest in (member, public):
        for name, table in manifest["tables"].items():
            assert (
                table["rows"]
                == pl.read_parquet(folder / manifest["edition"] / "parquet" / f"{name}.parquet").height
            )
            assert re.fullmatch("[0-9a-f]{64}", table["sha256"])


def test_nothing_of_a_single_municipality_or_file_is_in_the_public_edition(published: Path) -> None:
    folder = resolve_current(settings_of(published)) / PUBLIC
    with duckdb.connect(str(folder / "benchmark.duckdb"), read_only=True) as connection:
        everything = "".join(
            str(connection.execute(f"from {table.name}").fetchall()) for table in tables_of(PUBLIC)
        )
    files = [path for path in folder.rglob("*") if path.suffix in (".md", ".html", ".json", ".csv")]
    assert len(files) == 4 + len(tables_of(PUBLIC)) + 1
    text = everything + "".join(path.read_text("utf-8") for path in files)
    for secret in ("9900", "Prøvekommune", "d1.csv", "a" * 64, PACK, "municipality_number"):
        assert secret not in text


def test_the_codebook_tells_of_every_table_column_and_indicator(published: Path) -> None:
    folder = resolve_current(settings_of(published))
    for edition in EDITIONS:
        text = (folder / edition / "codebook.md").read_text("utf-8")
        for table in tables_of(edition):
            assert f"\n### {table.name}\n" in text
            for column in table.columns:
                assert f"| {column} |" in text
        assert "### BAR_1: Navn på BAR_1 / Name of BAR_1" in text
        assert "Hva den måler | og hvordan" in text


def test_the_checksums_are_those_of_sha256sum(published: Path) -> None:
    folder = resolve_current(settings_of(published)) / MEMBER
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=False)
    assert done.returncode == 0


def test_equal_content_publishes_nothing_new(settings: Settings) -> None:
    first = publish_rows(settings, example())
    again = publish_rows(settings, example(), NOON + timedelta(days=1), shuffle=7)
    assert (first.published, again.published) == (True, False)
    assert (again.release_id, again.content_hash) == (first.release_id, first.content_hash)
    assert names(settings) == [first.release_id]


def test_neither_order_nor_threads_nor_clock_nor_home_change_the_hash(tmp_path: Path) -> None:
    found = set()
    for threads in (1, 2, 4):
        settings = settings_of(tmp_path / f"home{threads}", threads=threads)
        done = publish_rows(settings, example(), NOON + timedelta(days=threads), shuffle=threads)
        found.add(done.content_hash)
    assert len(found) == 1


def test_a_changed_cell_publishes_anew(settings: Settings) -> None:
    first = publish_rows(settings, example())
    rows = example()
    rows["delivery_finding"][0]["sentence_nb"] = "Filen er tom."
    second = publish_rows(settings, rows, NOON + timedelta(hours=1))
    assert second.published
    assert second.content_hash != first.content_hash
    assert resolve_current(settings).name == second.release_id
    assert names(settings) == [first.release_id, second.release_id]


def test_a_change_that_rounding_hides_is_no_new_release(settings: Settings) -> None:
    rows = example()
    rows["fct_indicator_value"][0] = value_row("9900", "MOD_PU", 50.125)
    first = publish_rows(settings, rows)
    rows["fct_indicator_value"][0] = value_row("9900", "MOD_PU", 50.0625)
    assert publish_rows(settings, rows, NOON + timedelta(hours=1)).release_id == first.release_id


def test_a_damaged_current_release_is_replaced_by_its_equal(settings: Settings) -> None:
    first = publish_rows(settings, example())
    (resolve_current(settings) / PUBLIC / "codebook.md").unlink()
    second = publish_rows(settings, example(), NOON)
    assert second.published
    assert second.release_id != first.release_id
    assert verify(settings) == []


def test_the_audit_stops_a_release_and_says_why(settings: Settings) -> None:
    first = publish_rows(settings, example(1))
    write_build(settings.build_file, example(2))
    with pytest.raises(ReleaseError, match="dbt did not build and test"):
        publish(settings, "1.0", PACK, INPUTS, is_tested=False)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("alter table fct_benchmark drop column mean")
    with pytest.raises(BuildFileError, match=r"main\.fct_benchmark\.mean"):
        publish(settings, "1.0", PACK, INPUTS, is_tested=True)
    assert resolve_current(settings).name == first.release_id


def test_the_last_releases_are_kept_and_the_current_one_always(settings: Settings) -> None:
    made = [publish_rows(settings, example(i), NOON + timedelta(hours=i)).release_id for i in range(5)]
    assert names(settings) == made[2:]
    rollback(settings, made[2])
    assert names(settings) == made[2:]
    later = publish_rows(settings, example(9), NOON + timedelta(hours=9)).release_id
    assert names(settings) == [*made[3:], later]


def test_a_current_release_older_than_all_that_are_kept_stays(settings: Settings) -> None:
    made = [publish_rows(settings, example(i), NOON + timedelta(hours=i)).release_id for i in range(4)]
    # The clock is set back: what is published now is the oldest by its name, and current.
    current = publish_rows(settings, example(9), NOON - timedelta(days=9)).release_id
    assert resolve_current(settings).name == current
    assert names(settings) == [current, *made[1:]]


def test_a_release_with_a_name_is_kept_until_it_has_none(settings: Settings) -> None:
    made = [publish_rows(settings, example(0)).release_id]
    tag(settings, made[0], "2026-endelig")
    tag(settings, made[0], "2026-endelig")
    tag(settings, made[0], "første")
    made += [publish_rows(settings, example(i), NOON + timedelta(hours=i)).release_id for i in range(1, 5)]
    assert names(settings) == [made[0], *made[2:]]
    assert tags(settings) == {"2026-endelig": made[0], "første": made[0]}
    read = settings.releases / "tags" / "2026-endelig" / MEMBER / "benchmark.duckdb"
    assert read.resolve(strict=True).parent.parent.name == made[0]
    assert release_named(settings, "første") == made[0]
    assert release_named(settings, made[1]) == made[1]
    assert verify(settings, made[0]) == []
    assert untag(settings, "2026-endelig") == made[0]
    publish_rows(settings, example(5), NOON + timedelta(hours=5))
    assert made[0] in names(settings), "it has another name"
    untag(settings, "første")
    publish_rows(settings, example(6), NOON + timedelta(hours=6))
    assert made[0] not in names(settings)


def test_a_name_is_one_releases_and_a_whole_ones(home: Settings) -> None:
    older, newer = names(home)
    tag(home, older, "a")
    with pytest.raises(ReleaseError, match=f"a names {older} already"):
        tag(home, newer, "a")
    for name in ("current", "", "../x", "a/b", ".hidden", "-all", older, "x" * 65):
        with pytest.raises(ReleaseError, match="cannot name a release"):
            tag(home, newer, name)
    with pytest.raises(ReleaseError, match="no release 'nothing'"):
        tag(home, "nothing", "b")
    with pytest.raises(ReleaseError, match="no release is named 'b'; names are: a"):
        untag(home, "b")
    (home.releases / newer / MEMBER / "codebook.md").unlink()
    with pytest.raises(ReleaseError, match="is not whole and gets no name"):
        tag(home, newer, "b")
    assert tags(home) == {"a": older}


def test_the_archive_records_each_release_once(settings: Settings) -> None:
    made_from = MadeFrom(3, 1, {"max_rows": 5}, {"d1": "key"}, {"duckdb": "1"}, None)
    held = pl.DataFrame({"municipality_number": ["9900"], "value": [1.5]})
    write_build(settings.build_file, example(1))
    first = publish(
        settings, "1.0", PACK, INPUTS, is_tested=True, now=NOON, made_from=made_from, repeated=Repeated(held)
    )
    publish_rows(settings, example(1), NOON + timedelta(hours=1))
    second = publish_rows(settings, example(2), NOON + timedelta(hours=2))
    assert recorded(settings) == [first.release_id, second.release_id]
    one, two = (read_record(settings, name) for name in recorded(settings))
    assert (one.previous, two.previous) == (None, first.release_id)
    assert (one.content_hash, one.code_version, one.pack_hash) == (first.content_hash, "1.0", PACK)
    assert one.inputs == ("a" * 64, "f" * 64)
    assert (one.made_from, two.made_from) == (made_from, None)
    assert [row["delivery_id"] for row in one.deliveries] == ["d1", "d2"]
    manifest = json.loads(
        (settings.releases / first.release_id / PUBLIC / "manifest.json").read_text("utf-8")
    )
    for name, table in manifest["tables"].items():
        assert one.tables[f"public.{name}"] == (table["rows"], table["sha256"])
    found = read_held(settings, first.release_id)
    assert found is not None
    assert found.equals(held)
    assert read_held(settings, second.release_id) is None


def test_a_record_of_what_was_never_published_is_removed(settings: Settings) -> None:
    """A kill after the record was written, before the release got its name."""
    first = publish_rows(settings, example(1)).release_id
    unpublished = "20261123T150000Z-00000000"
    shutil.copytree(records_folder(settings) / first, records_folder(settings) / unpublished)
    (settings.releases / f".incoming-{unpublished}-1-0").mkdir()
    second = publish_rows(settings, example(2), NOON + timedelta(hours=2)).release_id
    assert recorded(settings) == [first, second]


def test_rollback_leads_back_to_a_whole_release(home: Settings) -> None:
    older, newer = names(home)
    assert rollback(home, older) == home.releases / older
    assert resolve_current(home).name == older
    assert [release.is_current for release in list_releases(home)] == [True, False]
    assert verify(home) == []
    rollback(home, newer)
    assert resolve_current(home).name == newer


@pytest.mark.parametrize("name", ["20200101T000000Z-00000000", "..", "current", "", ".incoming-x"])
def test_rollback_refuses_what_is_no_release(home: Settings, name: str) -> None:
    (home.releases / ".incoming-x").mkdir()
    before = resolve_current(home)
    with pytest.raises(ReleaseError, match="no release"):
        rollback(home, name)
    assert resolve_current(home) == before


def test_rollback_refuses_a_release_that_is_not_whole(home: Settings) -> None:
    older, newer = names(home)
    (home.releases / older / MEMBER / "parquet" / "delivery.parquet").unlink()
    with pytest.raises(ReleaseError, match=r"delivery\.parquet: missing"):
        rollback(home, older)
    assert resolve_current(home).name == newer


def test_what_a_killed_writer_left_is_removed_by_the_next(home: Settings) -> None:
    leftover = home.releases / ".incoming-20260101T000000Z-00000000-1-0" / MEMBER
    leftover.mkdir(parents=True)
    (leftover / "benchmark.duckdb").write_bytes(b"half")
    (home.releases / ".removed-x").mkdir()
    (home.releases / ".incoming-current-1-1").symlink_to("nowhere")
    assert len(names(home)) == 2
    publish_rows(home, example(3), NOON + timedelta(hours=3))
    assert [p.name for p in home.releases.iterdir() if p.name.startswith(".")] == []


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))


def edit_database(folder: Path, statement: str, mend: bool = False) -> None:
    """Change a published database; mend: also make its checksum agree."""
    path = folder / "benchmark.duckdb"
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    if mend:
        mend_checksums(folder)


def mend_checksums(folder: Path) -> None:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in files)
    edit(folder / "SHA256SUMS", lambda _: "".join(lines).encode())


TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped byte of parquet": (
        lambda f: edit(f / PUBLIC / "parquet" / "release.parquet", lambda b: b[:-1] + bytes([b[-1] ^ 1])),
        r"release\.parquet: the content is not the one that was published",
    ),
    "a line of the codebook": (
        lambda f: edit(f / MEMBER / "codebook.md", lambda b: b + b"more\n"),
        r"codebook\.md: the content is not",
    ),
    "a file more": (lambda f: (f / MEMBER / "notes.txt").write_text("x"), r"notes\.txt: not listed"),
    "a file less": (lambda f: (f / PUBLIC / "manifest.json").unlink(), r"manifest\.json: missing"),
    "a write-ahead log": (
        lambda f: (f / MEMBER / "benchmark.duckdb.wal").write_bytes(b""),
        r"duckdb\.wal: .*write-ahead log",
    ),
    "no checksums": (lambda f: (f / MEMBER / "SHA256SUMS").unlink(), r"SHA256SUMS cannot be read"),
    "no public edition": (lambda f: shutil.rmtree(f / PUBLIC), r"public is missing"),
    "a third edition": (lambda f: (f / "secret").mkdir(), r"secret does not belong"),
    "a cell, with mended checksums": (
        lambda f: edit_database(f / MEMBER, "update delivery set rows_received = 11", mend=True),
        r"delivery differs from the manifest",
    ),
    "a row less, with mended checksums": (
        lambda f: edit_database(f / PUBLIC, "delete from fct_benchmark where mean > 0", mend=True),
        r"fct_benchmark differs from the manifest",
    ),
    "a table more": (
        lambda f: edit_database(f / PUBLIC, "create table people (name varchar)", mend=True),
        r"table people is not in the manifest",
    ),
    "a table less": (
        lambda f: edit_database(f / MEMBER, "drop table fct_position", mend=True),
        r"table fct_position is missing",
    ),
    "a view that answers otherwise": (
        lambda f: edit_database(
            f / PUBLIC,
            "create or replace view barriers_ranked as select period, collection_mode, peer_group, "
            "indicator_id, 1 as barrier_rank from fct_benchmark",
            mend=True,
        ),
        r"view barriers_ranked answers otherwise",
    ),
    "a view that answers no more": (
        lambda f: edit_database(
            f / PUBLIC, "create or replace view barriers_ranked as select error('gone') as period", mend=True
        ),
        r"view barriers_ranked cannot be read",
    ),
    "a view more": (
        lambda f: edit_database(f / MEMBER, "create view people as select 1 as a", mend=True),
        r"view people is not in the manifest",
    ),
    "a view less": (
        lambda f: edit_database(f / MEMBER, "drop view asked_again", mend=True),
        r"view asked_again is missing",
    ),
    "a cell of a CSV file": (
        lambda f: edit(f / MEMBER / "csv" / "delivery.csv", lambda b: b.replace(b"accepted", b"rejected")),
        r"delivery\.csv: the content is not",
    ),
    "another release's name": (
        lambda f: edit_database(f / MEMBER, "update release set edition = 'public'", mend=True),
        r"does not name this release and edition",
    ),
    "a database that is none": (
        lambda f: edit(f / MEMBER / "benchmark.duckdb", lambda b: b"x" * len(b)),
        r"member cannot be read",
    ),
    "a manifest that is none": (
        lambda f: edit(f / MEMBER / "manifest.json", lambda _: b"[]"),
        r"holds no manifest",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(home: Settings, name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    assert verify(home) == []
    tamper(resolve_current(home))
    found = verify(home)
    assert any(re.search(expected, problem) for problem in found), found


def test_tampering_that_mends_everything_but_the_name_is_found(home: Settings) -> None:
    """The database, its manifest and its checksums agree; the content hash does not."""
    folder = resolve_current(home) / MEMBER
    edit_database(folder, "update delivery set rows_received = 11")
    with duckdb.connect(str(folder / "benchmark.duckdb"), read_only=True) as connection:
        forged = hash_table(connection, "delivery", "delivery", ["delivery_id"])
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["tables"]["delivery"]["sha256"] = forged.sha256
    edit(folder / "manifest.json", lambda _: json.dumps(manifest).encode())
    mend_checksums(folder)
    found = verify(home)
    assert len(found) == 3
    assert all("content hash" in problem for problem in found)


@pytest.mark.parametrize("target", [None, "nowhere", "20200101T000000Z-00000000", "../elsewhere"])
def test_a_current_that_leads_nowhere_is_found(home: Settings, target: str | None) -> None:
    link = home.releases / "current"
    link.unlink()
    if target is not None:
        link.symlink_to(target)
    with pytest.raises(ReleaseError, match="current"):
        resolve_current(home)
    assert len(verify(home)) == 1
    assert verify(home, names(home)[0]) == []
    rollback(home, names(home)[0])
    assert verify(home) == []


def test_an_unreadable_manifest_still_lists_the_release(home: Settings) -> None:
    older, _ = names(home)
    edit(home.releases / older / MEMBER / "manifest.json", lambda _: b"{")
    assert [(r.release_id == older, r.content_hash is None) for r in list_releases(home)] == [
        (True, True),
        (False, False),
    ]


def test_a_reader_of_the_old_release_is_not_disturbed(settings: Settings) -> None:
    publish_rows(settings, example(0))
    path = resolve_current(settings) / MEMBER / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as reader:
        before = reader.execute("select sum(hash(v)) from fct_indicator_value as v").fetchone()
        for i in range(1, 5):  # until the reader's release is no longer kept
            publish_rows(settings, example(i), NOON + timedelta(hours=i))
        assert reader.execute("select sum(hash(v)) from fct_indicator_value as v").fetchone() == before


# ---- kills: each step of publishing fails once ----


class Killed(BaseException):
    """Stands for a kill: nothing but a test may catch it."""


STEPS = ("rename", "replace", "fsync", "symlink", "mkdir", "chmod", "unlink", "rmdir")
STATEMENTS = ("attach", "create table", "insert", "copy", "checkpoint", "detach")


class Countdown:
    """Counts the steps of a publication and stops at one of them, before or after it is done."""

    def __init__(self, stop_at: int | None, stop: Callable[[], None]) -> None:
        self.count = 0
        self.stop_at = stop_at
        self.stop = stop
        self.names: list[str] = []

    def step(self, name: str) -> None:
        self.count += 1
        self.names.append(name)
        if self.count == self.stop_at:
            self.stop()


class WatchedConnection:
    """A DuckDB connection whose statements that change files are steps."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, countdown: Countdown) -> None:
        self._connection = connection
        self._countdown = countdown

    def execute(self, statement: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        words = statement.strip()
        # Filling the edition in memory touches no file: only what follows it is a step.
        if words.startswith(STATEMENTS) and "create table member." not in words:
            self._countdown.step(" ".join(words.split()[:2]))
        return self._connection.execute(statement, *parameters)

    def close(self) -> None:
        self._connection.close()


def watch(monkeypatch: pytest.MonkeyPatch, countdown: Countdown) -> None:
    """Make every step of publishing count."""
    for name in STEPS:
        original = getattr(os, name)

        def watched(*args: Any, _original: Any = original, _name: str = name, **kwargs: Any) -> Any:
            countdown.step(_name)
            return _original(*args, **kwargs)

        monkeypatch.setattr(os, name, watched)
    connect = duckdb.connect

    def watched_connect(*args: Any, **kwargs: Any) -> Any:
        return WatchedConnection(connect(*args, **kwargs), countdown)

    monkeypatch.setattr(release_files.duckdb, "connect", watched_connect)


def kill() -> None:
    raise Killed


def test_a_kill_at_any_step_leaves_a_whole_release_and_the_next_succeeds(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings, keep_releases=1)  # so that a kill may also meet the removal of the old one
    old = publish_rows(settings, example(1))
    write_build(settings.build_file, example(2))
    start = settings_of(settings.home.with_name("start"))
    shutil.copytree(settings.home, start.home, symlinks=True)

    def attempt(stop_at: int | None) -> Countdown:
        countdown = Countdown(stop_at, kill)
        with monkeypatch.context() as patch:
            watch(patch, countdown)
            publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True, now=NOON + timedelta(hours=1))
        return countdown

    whole = attempt(None)
    new = resolve_current(settings).name
    assert new != old.release_id
    assert {"rename", "replace", "symlink", "fsync", "checkpoint edition"} <= set(whole.names)
    last_of_kind = {name: i for i, name in enumerate(whole.names, 1)}
    first_of_kind = {name: i for i, name in reversed(list(enumerate(whole.names, 1)))}
    # Every step around the switch, and some of the removal of the old release after it.
    switch = whole.names.index("rename") + 1
    tail = [*range(switch - 2, switch + 9), *range(switch + 9, whole.count, 9), whole.count]
    currents = set()
    for stop_at in sorted({*last_of_kind.values(), *first_of_kind.values(), *tail}):
        shutil.rmtree(settings.home)
        shutil.copytree(start.home, settings.home, symlinks=True)
        with pytest.raises(Killed):
            attempt(stop_at)
        place = f"step {stop_at}: {whole.names[stop_at - 1]}"
        currents.add(resolve_current(settings).name)
        assert resolve_current(settings).name in {old.release_id, new}, place
        assert all(verify(settings, name) == [] for name in names(settings)), place
        done = publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True, now=NOON + timedelta(hours=2))
        assert verify(settings) == [], place
        assert resolve_current(settings).name == done.release_id, place
        assert done.content_hash.startswith(new[-8:]), place
        assert not list(settings.releases.glob(".*")), place
    assert currents == {old.release_id, new}


CHILD = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
import pytest
from tests.integration.test_releases import Countdown, INPUTS, NOON, PACK, watch
from tests.synthetic_build import settings_of
from pipelines.storage.releases import publish

countdown = Countdown(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL))
watch(pytest.MonkeyPatch(), countdown)
publish(
    settings_of(Path(sys.argv[1])), "1.0+abc", PACK, INPUTS, is_tested=True, now=NOON + timedelta(hours=1)
)
print(countdown.count)
"""


def test_a_real_kill_leaves_a_whole_release_and_the_next_succeeds(settings: Settings) -> None:
    def run(stop_at: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(CHILD), str(settings.home), str(stop_at)],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )

    old = publish_rows(settings, example(1)).release_id
    write_build(settings.build_file, example(2))
    start = settings.home.with_name("start")
    shutil.copytree(settings.home, start, symlinks=True)
    whole = run(0)
    assert whole.returncode == 0, whole.stderr
    steps = int(whole.stdout)
    new = resolve_current(settings).name
    for stop_at in (steps // 4, steps // 2, steps - 6, steps - 3, steps):
        shutil.rmtree(settings.home)
        shutil.copytree(start, settings.home, symlinks=True)
        assert run(stop_at).returncode == -signal.SIGKILL
        assert resolve_current(settings).name in {old, new}
        assert verify(settings) == []
        done = publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True, now=NOON + timedelta(hours=2))
        assert done.content_hash.startswith(new[-8:])
        assert verify(settings) == []
        assert not list(settings.releases.glob(".*"))


def test_what_was_written_otherwise_than_meant_is_not_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading back is a guard: rows lost while writing stop the release."""
    write_build(settings.build_file, example())
    written = release_files._write_table

    def lose(connection: duckdb.DuckDBPyConnection, edition: str, described: Any) -> None:
        written(connection, edition, described)
        if described.table.name == "fct_position":
            connection.execute("delete from fct_position where rank = 1")

    monkeypatch.setattr(release_files, "_write_table", lose)
    with pytest.raises(ReleaseError, match=r"member\.fct_position was written with"):
        publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True)
    assert names(settings) == []


@pytest.fixture(autouse=True)
def _no_log_beside_a_published_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Whatever a test did: no release has a write-ahead log, unless the test put it there."""
    yield
    if "write-ahead log" not in request.node.name:
        assert not list(tmp_path.rglob("releases/*/*/*.wal"))


def test_what_could_not_be_protected_is_empty_and_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "make_public_counts", _unprotected)
    write_build(settings.build_file, example())
    result = publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True)
    assert [(one.edition, one.table) for one in result.withheld] == [(PUBLIC, "fct_answer_distribution")]
    told = {
        edition: json.loads(
            (settings.releases / result.release_id / edition / "manifest.json").read_text("utf-8")
        )
        for edition in EDITIONS
    }
    assert told[PUBLIC]["withheld"] == {"fct_answer_distribution": "the engine failed"}
    assert told[MEMBER]["withheld"] == {}
    assert told[PUBLIC]["tables"]["fct_answer_distribution"]["rows"] == 0
    assert publish(settings, "1.0+abc", PACK, INPUTS, is_tested=True).withheld == result.withheld


def _unprotected(connection: duckdb.DuckDBPyConnection, *_: object) -> str:
    connection.execute("create table disclosure.public_count as from member.fct_answer_distribution limit 0")
    return "the engine failed"
