"""What every tier shares, and the guard that keeps the unit tier fast.

``tests/unit`` starts no process and carries no ``slow`` mark; everything in ``tests/pipeline``
and ``tests/app`` is slow by definition.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How many examples a property is tried with, for all of them: HYPOTHESIS_PROFILE=ci is what .ci/run and
# `make test` use, fast what `make test-fast` uses. A test that names its own number keeps to that number.
EXAMPLES = {"fast": 50, "default": 200, "ci": 2_000}
for _profile, _count in EXAMPLES.items():
    settings.register_profile(
        _profile,
        max_examples=_count,
        deadline=None,
        derandomize=_profile == "ci",
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

TESTS = Path(__file__).parent
SLOW_TIERS = {"pipeline", "app"}

# No test may depend on settings of the shell it was started from.
for _name in [name for name in os.environ if name.startswith("KOMMUNEBENCH_")]:
    del os.environ[_name]


def tier(item: pytest.Item) -> str:
    """The tier of a test: the folder below tests/ in which its file stands."""
    return item.path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tiers and refuse slow tests in the unit tier."""
    for item in items:
        if tier(item) in SLOW_TIERS:
            item.add_marker("slow")
        elif tier(item) == "unit" and item.get_closest_marker("slow"):
            raise pytest.UsageError(f"{item.nodeid} is marked slow: move it out of tests/unit")


@pytest.fixture(autouse=True)
def _unit_tests_start_no_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if tier(request.node) != "unit":
        return

    def refuse(*args: object, **_: object) -> None:
        raise AssertionError(f"a unit test may not start a process: {args!r}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release of the committed example, made once for all the tests that only read."""
    from tests.support import EXAMPLE_INBOX, environment, kommunebench

    home = tmp_path_factory.mktemp("example") / "home"
    kommunebench("run", "--inbox", EXAMPLE_INBOX, env=environment(home))
    return home
