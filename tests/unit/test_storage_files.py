"""Whole or not at all: atomic files and the writer's lock."""

import fcntl
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.lock import writer_lock


def test_a_write_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "a.json"
    files.atomic_write_bytes(target, b"old")
    files.atomic_write_json(target, {"b": 1, "a": "æ"})
    assert target.read_bytes() == '{"a":"æ","b":1}\n'.encode()
    assert [path.name for path in target.parent.iterdir()] == ["a.json"]


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path) -> None:
    target = tmp_path / "a"
    files.atomic_write_bytes(target, b"old")

    def fail(stream: object) -> None:
        stream.write(b"half")  # type: ignore[attr-defined]
        raise ValueError("disk full")

    with pytest.raises(ValueError, match="disk full"):
        files.atomic_write(target, fail)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_leftovers_of_a_killed_writer_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    torn = files.temporary_name(tmp_path / "deep" / "a.parquet")
    torn.write_bytes(b"half")
    folder = files.temporary_name(tmp_path / "pack")
    folder.mkdir()
    (folder / "x.csv").write_bytes(b"half")
    kept = tmp_path / "deep" / "data.tmp"
    kept.write_bytes(b"whole")
    assert files.remove_leftovers(tmp_path) == 2
    assert not torn.exists()
    assert not folder.exists()
    assert kept.read_bytes() == b"whole"
    assert files.remove_leftovers(tmp_path / "missing") == 0


def test_the_hash_of_files_does_not_depend_on_their_order_or_place(tmp_path: Path) -> None:
    hashes = []
    for root in (tmp_path / "one", tmp_path / "two"):
        root.mkdir()
        paths = [root / "a", root / "b"]
        for path in paths:
            path.write_text(path.name)
        hashes += [files.sha256_of_files(paths, root), files.sha256_of_files(paths[::-1], root)]
    assert len(set(hashes)) == 1
    (tmp_path / "two" / "b").write_text("changed")
    assert (
        files.sha256_of_files([tmp_path / "two" / "a", tmp_path / "two" / "b"], tmp_path / "two") != hashes[0]
    )


def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", reference=(), inboxes=())


def test_the_lock_names_its_holder_and_is_free_afterwards(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with writer_lock(own):
        assert json.loads(own.writer_lock.read_text())["pid"] == os.getpid()
        with writer_lock(own):
            assert is_locked(own.writer_lock)
        assert is_locked(own.writer_lock)
    assert not is_locked(own.writer_lock)
    assert own.writer_lock.read_text() == ""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_delivered_is_closed_and_the_home_open(tmp_path: Path) -> None:
    own = settings(tmp_path)
    (tmp_path / "old").mkdir()
    old = replace(own, home=tmp_path / "old")
    for folder in (old.archive, old.build_dir):
        folder.mkdir()
        folder.chmod(0o755)
    old.home.chmod(0o750)
    before = os.umask(0o077)
    try:
        for each in (own, old):
            with writer_lock(each):
                pass
    finally:
        os.umask(before)
    assert (mode(own.home), mode(old.home)) == (0o755, 0o750)
    for home in (own, old):
        for folder in (home.archive, home.lake, home.reports, home.home / "logs"):
            assert mode(folder) == 0o700, folder
        assert mode(home.writer_lock) == 0o600
    assert mode(old.build_dir) == 0o700


def test_a_link_or_a_pipe_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with files.open_regular(tmp_path / "file") as stream:
        assert stream.read() == b"x"
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"symbolic link|regular file"):
            files.open_regular(tmp_path / name)


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    own = settings(tmp_path)
    with pytest.raises(ValueError, match="no"), writer_lock(own):
        raise ValueError("no")
    assert not is_locked(own.writer_lock)


def test_who_waits_is_told_for_whom_and_since_when(tmp_path: Path) -> None:
    own = settings(tmp_path)
    own.home.mkdir()
    # Another opening of the file stands for another process: flock tells them apart.
    with own.writer_lock.open("w+") as other:
        other.write(json.dumps({"pid": 4711, "since": "2026-01-02T03:04:05+00:00"}))
        other.flush()
        fcntl.flock(other, fcntl.LOCK_EX)
        said: list[str] = []
        told = threading.Event()

        def say(text: str) -> None:
            said.append(text)
            told.set()

        def wait() -> None:
            with writer_lock(own, say):
                pass

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert told.wait(5)
        assert waiting.is_alive()
        fcntl.flock(other, fcntl.LOCK_UN)
        waiting.join(5)
    assert not waiting.is_alive()
    assert "held by process 4711 since 2026-01-02T03:04:05+00:00" in said[0]


def is_locked(path: Path) -> bool:
    with path.open() as other:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
