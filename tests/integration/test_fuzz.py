"""Five hundred damaged files; ``python -m tests.fuzz`` reads as many as one likes."""

from __future__ import annotations

import pytest

from tests.fuzz.mutations import damaged, originals
from tests.fuzz.watch import run

pytestmark = pytest.mark.slow


def test_no_damaged_file_does_harm() -> None:
    report = run(500, seed=3)
    assert report.faults == [], "\n".join(report.lines())
    assert report.n_files == 500


def test_damage_is_damage_and_can_be_made_again() -> None:
    made = [damaged(number, 1) for number in range(40)]
    assert made == [damaged(number, 1) for number in range(40)]
    assert sum(content != original.path.read_bytes() for original, content in made) >= 38
    assert len(originals()) > 20
