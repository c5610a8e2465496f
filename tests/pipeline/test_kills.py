"""Kill -9 at random moments: readers keep a complete release, and the work goes on as if nothing was."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.support import COMMAND, EXAMPLE_INBOX, content_hash, environment, kommunebench

KILLS = int(os.environ.get("KILLS", "20"))


def pending_deliveries() -> list[Path]:
    """The example's files as paths below the inbox, in a fixed order: each is brought in once."""
    files = sorted(p.relative_to(EXAMPLE_INBOX) for p in EXAMPLE_INBOX.rglob("*") if p.is_file())
    return [p for p in files if len(p.parts) == 3]


def bring(path: Path, inbox: Path) -> None:
    target = inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(EXAMPLE_INBOX / path, target)


def test_twenty_kills_leave_a_whole_release_and_lose_nothing(tmp_path: Path) -> None:
    rng = random.Random(int(os.environ.get("KILL_SEED", "20261123")))
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    env = environment(home, KOMMUNEBENCH_INBOX=str(inbox))
    files = pending_deliveries()
    assert len(files) > KILLS, "every kill needs a new delivery pending"
    for path in files[: len(files) - KILLS]:
        bring(path, inbox)
    start = time.monotonic()
    kommunebench("run", env=env)
    whole_run = time.monotonic() - start

    killed = 0
    for path in files[len(files) - KILLS :]:
        bring(path, inbox)
        process = subprocess.Popen(
            [str(COMMAND), "run"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(rng.uniform(0.02, 1.0) * whole_run)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
        verified = kommunebench("releases", "verify", env=env, expect=None)
        assert verified.returncode == 0, verified.stdout + verified.stderr

    kommunebench("run", env=env)
    kommunebench("releases", "verify", env=env)
    assert killed >= KILLS * 0.6, f"only {killed} of {KILLS} runs were still going when the kill came"

    fresh = tmp_path / "fresh"
    fresh_env = environment(fresh, KOMMUNEBENCH_INBOX=str(inbox))
    kommunebench("run", env=fresh_env)
    assert content_hash(home) == content_hash(fresh)
