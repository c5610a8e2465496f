"""Ten readers that hold connections, and one writer that publishes fifty releases in a row."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from pipelines.storage.releases import list_releases, publish, resolve_current, verify
from tests.synthetic_build import example, settings_of, write_build

READERS = 10
RELEASES = 50
KEPT = 10
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def place() -> Iterator[Path]:
    """In memory where the machine has such a folder, so that the disk's speed is not what is measured."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as name:
        yield Path(name)


@pytest.mark.slow
def test_no_reader_sees_an_error_a_mixture_or_a_half_release(place: Path) -> None:
    settings = replace(settings_of(place / "home"), keep_releases=KEPT)
    stop = place / "stop"

    def next_release(number: int) -> str:
        write_build(settings.build_file, example(number))
        made = publish(settings, "1.0+abc", "p" * 64, (), is_tested=True, now=NOON + timedelta(hours=number))
        assert made.published
        return made.release_id

    made = [next_release(0)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.release_reader", str(settings.home), str(stop)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        for number in range(1, RELEASES + 1):
            made.append(next_release(number))
        stop.touch()
        ended = [(reader.communicate(timeout=300), reader.returncode) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    for (_, errors), status in ended:
        assert status == 0, errors
    reports = [json.loads(said) for (said, _), _ in ended]
    assert len(set(made)) == RELEASES + 1
    assert {report["last"] for report in reports} == {made[-1]}
    seen = {name for report in reports for name in report["seen"]}
    assert seen <= set(made)
    assert len(seen) > RELEASES / 4, "the readers were too slow to meet the writer"
    assert any(report["held_and_gone"] for report in reports), "a connection outlived its release's folder"
    assert [release.release_id for release in list_releases(settings)] == made[-KEPT:]
    assert resolve_current(settings).name == made[-1]
    assert verify(settings) == []
