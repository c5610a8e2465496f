"""When new files in the inboxes are ready to be read; pure but for ``look``, which lists them.

The cursor is a line of JSON. A file counts as new by path, size and time of change, not by content:
reading everything at every tick would be dear, and the archive knows a file it has seen by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Seen:
    """One file of an inbox as it is now. mtime_ns: nanoseconds since 1970."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Decision:
    """launch: a key for the run to start, or None; reason: a sentence for the sensor's page."""

    cursor: str
    launch: str | None
    reason: str


@dataclass(frozen=True)
class _State:
    """launched: the inboxes last run on; pending: as last seen, unchanged since ``since``."""

    launched: str | None
    pending: str | None
    since: float


def look(inboxes: Sequence[Path]) -> list[Seen]:
    """Every file below the inboxes but hidden ones; a file that vanishes meanwhile is left out."""
    found = []
    for inbox in inboxes:
        for folder, folders, names in os.walk(inbox):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if name.startswith("."):
                    continue
                path = Path(folder, name)
                with suppress(OSError):
                    state = path.stat()
                    found.append(Seen(str(path), state.st_size, state.st_mtime_ns))
    return sorted(found)


def decide(cursor: str | None, files: Iterable[Seen], now: float, settle_seconds: float) -> Decision:
    """Start a run once the inboxes differ from those last run on and have been still for a while.

    now: seconds since 1970, of this machine's clock; a file's own time is not trusted to tell when it
    was written, since copying may carry an old one over.
    """
    digest = _digest(files)
    state = _read(cursor)
    if digest is None or digest == state.launched:
        return Decision(_write(digest, None, 0.0), None, "nothing new in the inboxes")
    if digest != state.pending or now < state.since:
        return Decision(
            _write(state.launched, digest, now), None, "the inboxes are changing; waiting for them to settle"
        )
    waited = now - state.since
    if waited < settle_seconds:
        left = settle_seconds - waited
        return Decision(_write(state.launched, digest, state.since), None, f"settling, {left:.0f} s left")
    return Decision(_write(digest, None, 0.0), f"{digest[:16]}-{state.since:.0f}", "new files in the inboxes")


def _digest(files: Iterable[Seen]) -> str | None:
    """A hash of the files' states; None for no file at all, which never starts a run."""
    ordered = sorted(files)
    if not ordered:
        return None
    text = "\n".join(f"{f.path}\0{f.size}\0{f.mtime_ns}" for f in ordered)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _write(launched: str | None, pending: str | None, since: float) -> str:
    return json.dumps({"launched": launched, "pending": pending, "since": since})


def _read(cursor: str | None) -> _State:
    """The state behind a cursor; a cursor that cannot be read counts as none."""
    try:
        content = json.loads(cursor or "{}")
        return _State(content.get("launched"), content.get("pending"), float(content.get("since") or 0.0))
    except (ValueError, TypeError, AttributeError):
        return _State(None, None, 0.0)
