"""Where the time goes, for whoever asked to know; nothing is measured otherwise.

``with measured() as times`` around the work; ``with spent("reading")`` (or ``@spent("reading")``) inside it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TIMES: ContextVar[dict[str, float] | None] = ContextVar("times", default=None)


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Part → seconds, filled while the work within goes on."""
    times: dict[str, float] = {}
    token = _TIMES.set(times)
    try:
        yield times
    finally:
        _TIMES.reset(token)


@contextmanager
def spent(part: str) -> Iterator[None]:
    """Count the time within, also as a decorator, as one part's; parts must not lie within each other."""
    times = _TIMES.get()
    started = time.perf_counter()
    try:
        yield
    finally:
        if times is not None:
            times[part] = times.get(part, 0.0) + time.perf_counter() - started
