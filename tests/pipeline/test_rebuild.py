"""Releases made again from the archive alone: the same content, or a sentence that says what it takes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import Settings
from pipelines.storage.archive import Archive
from pipelines.storage.release_record import read_record, records_folder
from pipelines.storage.releases import list_releases, verify
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK, current, environment, kommunebench

# Each release is made again on another machine than the one that made it.
OTHERS = (
    {"KOMMUNEBENCH_THREADS": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "POSIX", "USER": "ola nordmann"},
    {"KOMMUNEBENCH_THREADS": "4", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8", "LOGNAME": "bjørg"},
    {"KOMMUNEBENCH_THREADS": "3", "TZ": "Asia/Kathmandu", "LC_ALL": "nb_NO.UTF-8", "PYTHONHASHSEED": "7"},
)


@dataclass
class Place:
    """A home with three releases made of other deliveries, of a withdrawal, and of another pack."""

    home: Path
    env: dict[str, str]
    names: list[str]
    hashes: list[str]

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, reference=(), inboxes=())


def bring(source: str, inbox: Path, target: str | None = None) -> None:
    path = inbox / (target or source)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(EXAMPLE_INBOX / source, path)


def corrected(inbox: Path) -> None:
    """The same municipality's systems once more, without the last row."""
    path = inbox / "2026" / "9904" / "systemer.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def other_pack(target: Path) -> Path:
    """An overlay in which one more municipality takes part."""
    target.mkdir()
    (target / "participant.csv").write_text("municipality_number,period\n4601,2026\n", "utf-8")
    return target


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = tmp_path_factory.mktemp("rebuild")
    home, inbox = place / "home", place / "inbox"
    env = environment(home, KOMMUNEBENCH_INBOX=str(inbox))
    bring("2026/9904/systemer.csv", inbox)
    for path in (EXAMPLE_INBOX / "2026" / "9901").iterdir():
        bring(f"2026/9901/{path.name}", inbox)
    kommunebench("run", env=env)
    corrected(inbox)
    kommunebench("run", env=env)
    listed = kommunebench("deliveries", "--kind", "survey", env=env).stdout
    survey = next(word for word in listed.split() if len(word) == 16 and int(word, 16))
    kommunebench("withdraw", survey, "--reason", "wrong year", env=env)
    packs = (BASE_PACK, FICTIONAL_PACK, other_pack(place / "pack"))
    env = environment(home, packs, KOMMUNEBENCH_INBOX=str(inbox))
    kommunebench("run", env=env)
    found = list_releases(Settings(home=home, reference=(), inboxes=()))
    return Place(home, env, [r.release_id for r in found], [str(r.content_hash) for r in found])


@pytest.fixture
def bare(whole: Place, tmp_path: Path) -> Place:
    """The archive of that home, and nothing else: no releases, lake, build, reports, inbox or pack."""
    home = tmp_path / "bare"
    home.mkdir()
    shutil.copytree(whole.home / "archive", home / "archive", symlinks=True)
    env = environment(home, (tmp_path / "gone",), KOMMUNEBENCH_INBOX=str(tmp_path / "gone too"))
    return Place(home, env, whole.names, whole.hashes)


def test_the_last_three_releases_come_again_from_the_archive_alone(bare: Place, tmp_path: Path) -> None:
    assert len(set(bare.hashes)) == 3
    for name, content_hash, other in zip(bare.names, bare.hashes, OTHERS, strict=True):
        env = {**bare.env, **other}
        said = kommunebench("releases", "rebuild", name, "--out", tmp_path / "out", env=env).stdout
        assert f"{name} came out the same: content hash {content_hash}" in said
    made = Settings(home=bare.home.with_name("made"), reference=(), inboxes=())
    made.home.mkdir()
    (tmp_path / "out").rename(made.releases)
    assert [verify(made, name) for name in bare.names] == [[], [], []]
    left = sorted(path.name for path in bare.home.iterdir())
    assert set(left) <= {"archive", "writer.lock", "lake", "reports", "logs"}, left
    assert not any((bare.home / "lake").iterdir()), "a rebuild writes in a folder of its own"


def test_the_difference_between_them_is_told_with_its_causes(whole: Place) -> None:
    def told(before: int, after: int, *more: str) -> str:
        return kommunebench(
            "releases", "diff", whole.names[before], whole.names[after], *more, env=whole.env
        ).stdout

    assert "Rettede leveranser: 1" in told(0, 1)
    assert "systemer.csv, i stedet for systemer.csv" in told(0, 1)
    later = told(1, 2, "--lang", "en")
    assert "Withdrawn deliveries: 1" in later
    assert "participant 4601, 2026: new row" in later
    assert "withdrawn delivery or changed reference data" in later.lower()
    assert json.loads(told(0, 1, "--json"))["releases"] == whole.names[:2]


def test_a_rebuild_leaves_the_home_as_it_was(whole: Place) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        found = (p for p in whole.home.rglob("*") if p.is_file() and p.name != "writer.lock")
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in found}

    before, was_current = state(), current(whole.home)
    kommunebench("releases", "rebuild", whole.names[0], env=whole.env)
    assert state() == before
    assert current(whole.home) == was_current


def test_another_version_of_the_code_is_named_with_what_to_do(bare: Place) -> None:
    path = records_folder(bare.settings) / bare.names[0] / "record.json"
    content = json.loads(path.read_text("utf-8"))
    content["code_version"] = "0.0.1+abcdefabcdef"
    content["made_from"]["commit"] = "c0ffee" * 6
    path.write_text(json.dumps(content), "utf-8")
    refused = kommunebench("releases", "rebuild", bare.names[0], env=bare.env, expect=1).stderr
    assert "was made by version 0.0.1+abcdefabcdef of the code" in refused
    assert f"check out commit {'c0ffee' * 6}" in refused
    assert "--with-this-code" in refused
    assert "Traceback" not in refused
    tried = kommunebench("releases", "rebuild", bare.names[0], "--with-this-code", env=bare.env).stdout
    assert "came out the same" in tried
    assert "made by 0.0.1+abcdefabcdef, and now by " in tried


def test_what_was_purged_and_read_otherwise_since_is_said(whole: Place, tmp_path: Path) -> None:
    """Release 1 read its files with another pack than the purge keeps the rows of."""
    home = tmp_path / "purged"
    shutil.copytree(whole.home, home, symlinks=True)
    env = {**whole.env, "KOMMUNEBENCH_HOME": str(home)}
    settings = Settings(home=home, reference=(), inboxes=())
    last = read_record(settings, whole.names[2])
    arrivals = list((home / "archive" / "arrivals").iterdir())
    assert arrivals
    for path in arrivals:
        path.write_text(path.read_text("utf-8").replace('"received_at": "20', '"received_at": "19'), "utf-8")
    kommunebench("purge", "--before", "2000-01-01", env=env)
    again = kommunebench("releases", "rebuild", whole.names[2], env=env).stdout
    assert last.content_hash in again, "the purge kept the rows that this release was made of"
    read_otherwise(Archive(settings).rows)
    shutil.rmtree(home / "lake")
    refused = kommunebench("releases", "rebuild", whole.names[0], env=env, expect=1).stderr
    assert "did not come out the same" in refused
    assert "Tables that differ: member." in refused
    assert "were read otherwise then" in refused
    assert "Where their files were purged since, nobody can read them again" in refused


def read_otherwise(rows: Path) -> None:
    """Change what the purge kept, as if another version of the reader had read the names of systems."""
    for path in rows.glob("system/*/*.parquet"):
        pl.read_parquet(path).with_columns(pl.col("system_name") + " (lest på nytt)").write_parquet(path)
        meta = rows / "parsed" / f"{path.stem}.json"
        content = json.loads(meta.read_text("utf-8"))
        content["datasets"]["system"] = path.stat().st_size
        meta.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize("lost", ["bytes", "packs", "record"])
def test_what_the_archive_lost_is_named(lost: str, bare: Place) -> None:
    if lost == "record":
        shutil.rmtree(records_folder(bare.settings) / bare.names[0])
    else:
        shutil.rmtree(bare.home / "archive" / lost)
    refused = kommunebench("releases", "rebuild", bare.names[0], env=bare.env, expect=1).stderr
    expected = {
        "bytes": "the archived file is missing; restore it from a backup",
        "packs": "the release's reference pack is missing; restore it from a backup",
        "record": f"holds no record of release '{bare.names[0]}'",
    }
    assert expected[lost] in refused.replace("\n", " ")
    assert "Traceback" not in refused
