"""Keeping the libraries' chatter off the terminal and in a log file. No dagster here."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipelines.settings import Settings

KEPT_LOGS = 50


def new_log(settings: Settings) -> Path:
    """A log file's path for one run; the oldest logs beyond the last fifty are removed."""
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("run-*.log"))[: -(KEPT_LOGS - 1)]:
        old.unlink(missing_ok=True)
    return folder / f"run-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"


@contextlib.contextmanager
def chatter_to(log: Path | None) -> Iterator[None]:
    """Within it, what anything prints or logs goes to ``log`` (None: nowhere).

    Who wants to be seen holds on to the stream from before.
    """
    with Path(log or os.devnull).open("a", encoding="utf-8", buffering=1) as stream:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        root = logging.getLogger()
        before = root.handlers[:]
        root.handlers = [handler]
        try:
            with (
                contextlib.redirect_stdout(stream),
                contextlib.redirect_stderr(stream),
                warnings.catch_warnings(),
            ):
                logging.captureWarnings(True)
                yield
        finally:
            logging.captureWarnings(False)
            root.handlers = before
