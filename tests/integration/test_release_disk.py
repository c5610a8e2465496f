"""A full disk or a lost right while a release is published: what was served is served, and it is said."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT, Settings
from pipelines.storage.release_record import recorded
from pipelines.storage.releases import ReleaseError, list_releases, publish, resolve_current, verify
from tests.synthetic_build import example, settings_of, write_build

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOBODY = 65534
KILOBYTE = 1024


def publish_next(settings: Settings, hours: int) -> str:
    stamp = NOON + timedelta(hours=hours)
    return publish(settings, "1.0+abc", "p" * 64, (), is_tested=True, now=stamp).release_id


def assert_only(settings: Settings, release: str) -> None:
    """The one release is current and whole, and nothing of another is left."""
    assert resolve_current(settings).name == release
    assert [one.release_id for one in list_releases(settings)] == [release]
    assert verify(settings) == []
    assert recorded(settings) == [release]
    assert [path.name for path in settings.releases.iterdir() if path.is_dir() and path.name[0] == "."] == []
    with duckdb.connect(
        str(resolve_current(settings) / "member" / "benchmark.duckdb"), read_only=True
    ) as reader:
        assert reader.execute("select count(*) from release").fetchone() == (1,)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory, of 48 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a disk here; the limit on file sizes is tested without")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill_up_to(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes free, less than a page more or less."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(disk).free - left)
    return filler


def test_a_full_disk_at_any_point_leaves_the_release_before(small_disk: Path) -> None:
    settings = settings_of(small_disk / "home")
    write_build(settings.build_file, example(1))
    old = publish_next(settings, 0)
    size = sum(path.stat().st_size for path in resolve_current(settings).rglob("*"))
    write_build(settings.build_file, example(2))
    said = set()
    # From nothing at all to nearly enough, so that another step fails each time.
    for hours, share in enumerate((0.0, 0.01, 0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9), 1):
        filler = fill_up_to(small_disk, int(share * size))
        with pytest.raises(ReleaseError, match="the disk is full") as failed:
            publish_next(settings, hours)
        text = str(failed.value)
        assert f"nothing was published, release {old} is served as before" in text
        said.add(text.partition("(")[2][:60])
        assert_only(settings, old)
        filler.unlink()
    assert len(said) >= 3, said
    new = publish_next(settings, 99)
    assert resolve_current(settings).name == new != old
    assert verify(settings) == []


CHILD = """
import resource, signal, sys
from pathlib import Path
from tests.integration.test_release_disk import publish_next
from tests.synthetic_build import settings_of

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
publish_next(settings_of(Path(sys.argv[1])), 1)
"""


@pytest.mark.parametrize("limit", [0, 2 * KILOBYTE, 20 * KILOBYTE, 300 * KILOBYTE])
def test_a_limit_on_the_size_of_files_leaves_the_release_before(limit: int, tmp_path: Path) -> None:
    """Stands for a quota, also where no disk can be mounted."""
    settings = settings_of(tmp_path / "home")
    write_build(settings.build_file, example(1))
    old = publish_next(settings, 0)
    write_build(settings.build_file, example(2))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(settings.home), str(limit)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert child.returncode == 1, child.stderr
    # The lock's own note comes before the publication.
    assert ("the disk is full" if limit else "File too large") in child.stderr, child.stderr
    assert_only(settings, old)
    assert publish_next(settings, 2) != old
    assert verify(settings) == []


# A process of another user: root may write everywhere.
WITHOUT_RIGHT = """
import json, os, sys
from pathlib import Path
from pipelines.storage.releases import ReleaseError, list_releases, publish, resolve_current, verify
from tests.integration.test_release_disk import assert_only, publish_next
from tests.synthetic_build import example, settings_of, write_build

home = Path(sys.argv[1])
found = {}
for number, name in enumerate(("releases", "archive/releases", "build/kommunebench.duckdb")):
    settings = settings_of(home / name.replace("/", "-"))
    write_build(settings.build_file, example(1))
    old = publish_next(settings, 0)
    write_build(settings.build_file, example(2))
    folder = settings.home / name
    mode = folder.stat().st_mode
    folder.chmod(0o555 if folder.is_dir() else 0)
    try:
        publish_next(settings, 1)
        found[name] = "published"
    except ReleaseError as error:
        found[name] = str(error)
    folder.chmod(mode)
    assert resolve_current(settings).name == old, (name, found)
    assert_only(settings, old)
    assert publish_next(settings, 2) != old
    assert verify(settings) == []

# The right to remove an old release is lost: the new one is published all the same, and it is said.
settings = settings_of(home / "retain", keep_releases=1)
write_build(settings.build_file, example(1))
old = publish_next(settings, 0)
(settings.releases / old / "member").chmod(0o555)
write_build(settings.build_file, example(2))
done = publish(settings, "1.0+abc", "p" * 64, (), is_tested=True)
assert resolve_current(settings).name == done.release_id and verify(settings) == []
found["retain"] = done.warnings[0]
write_build(settings.build_file, example(3))
done = publish(settings, "1.0+abc", "p" * 64, (), is_tested=True)
assert resolve_current(settings).name == done.release_id and verify(settings) == []
found["leftover"] = done.warnings[0]
print(json.dumps(found))
"""


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of the user nobody, which pytest's own folders are closed to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder
        subprocess.run(["chmod", "-R", "u+rwX", name], check=True)


def test_a_lost_right_leaves_the_release_before(nobodys: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WITHOUT_RIGHT), str(nobodys)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to become another user")
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    env = {**os.environ, "HOME": str(nobodys), "PYTHONDONTWRITEBYTECODE": "1"}
    child = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=env)
    if "Permission denied" in child.stderr and "ModuleNotFoundError" in child.stderr:
        pytest.skip("the user nobody cannot read this checkout")
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    for name in ("releases", "archive/releases", "build/kommunebench.duckdb"):
        assert "nothing was published, release " in found[name], name
        assert "this user may not use that" in found[name], name
    assert "could not be removed" in found["retain"]
    assert "could not be removed" in found["leftover"]
