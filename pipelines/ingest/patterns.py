"""Patterns that come from outside (a mapping), tried in time that grows with the text and no faster.

Regular expressions as Polars reads them: an automaton, without look-around and back-references, so that
no pattern and no cell can make the reader hang. Pure functions.
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.ingest.contract import SEPARATORS

MAX_PATTERN = 300
# Stands between parts; no delivered text holds it once it is read.
_PART = "\x1f"


def pattern_fault(pattern: str) -> str | None:
    """Why a text is no pattern that can be used, or None."""
    if len(pattern) > MAX_PATTERN:
        return f"is longer than {MAX_PATTERN} characters"
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        return f"is no regular expression: {_reason(str(error))}"
    return None


def found_in(texts: pl.Series, pattern: str) -> pl.Series:
    """Whether each text holds the pattern anywhere, whatever its case; null where the text is."""
    return texts.str.contains(f"(?i:{pattern})")


class Splitter:
    """Cuts texts at a pattern; has the ``split`` of a compiled expression."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def split(self, text: str) -> list[str]:
        """The parts between the matches, also empty ones."""
        marked: str = pl.Series([text.replace(_PART, " ")]).str.replace_all(self.pattern, _PART)[0]
        return marked.split(_PART)


def splitter(pattern: str) -> Splitter | re.Pattern[str]:
    """What cuts texts at a pattern: our own is a set of signs, any other came from outside."""
    return re.compile(pattern) if pattern == SEPARATORS else Splitter(pattern)


def _reason(message: str) -> str:
    """The line of the message that says what is wrong."""
    told = [line.strip() for line in message.splitlines() if line.strip()]
    named = [line.removeprefix("error:").strip() for line in told if line.startswith("error:")]
    return (named or told[:1] or [""])[0].removeprefix("regex error:").strip()
