"""One writer: an flock on ``HOME/writer.lock``, taken before anything is written.

The kernel lets go of the lock when its holder dies, however it dies, so nothing is ever stale.
Within one process the lock may be taken again (the command line, then the job that it starts).
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.settings import Settings
from pipelines.storage import files


@dataclass
class _Held:
    """One lock file that this process holds: its descriptor and how often it was taken."""

    descriptor: int
    depth: int


_HELD: dict[Path, _Held] = {}
_GUARD = threading.RLock()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def writer_lock(settings: Settings, say: Callable[[str], None] = _say) -> Iterator[None]:
    """Hold the home's only right to write; wait for it, telling once who holds it and since when."""
    path = settings.writer_lock
    with _GUARD:
        held = _HELD.get(path)
        if held is None:
            files.prepare_home(settings)
            held = _HELD[path] = _Held(_take(path, say), 0)
        held.depth += 1
    try:
        yield
    finally:
        with _GUARD:
            held.depth -= 1
            if held.depth == 0:
                del _HELD[path]
                os.ftruncate(held.descriptor, 0)
                os.close(held.descriptor)


def _take(path: Path, say: Callable[[str], None]) -> int:
    """Open and lock the file, write down who holds it, and return the descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for {path}: {_holder(path)}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _holder(path: Path) -> str:
    """Who holds the lock, as its holder wrote it down."""
    try:
        note = json.loads(path.read_text())
        return f"held by process {note['pid']} since {note['since']}"
    except (ValueError, KeyError, TypeError, OSError):
        return "held by another process"
