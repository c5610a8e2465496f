"""How texts are cleaned and compared: cells, headers, words. Pure functions, results remembered."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipelines.reference.names import normalise

_SPACES = re.compile(r"[\s\u00a0\u200b\u2060\ufeff]+")
_HEADER_MARKS = re.compile(r"[◆*_\-‐‑–—\s\u00a0\u200b\ufeff]+")
_PARENTHESIS = re.compile(r"\s*\([^()]*\)\s*$")
_BLANKS = " \t\r\n\u00a0\u200b\u2060\ufeff"


def clean(text: str) -> str:
    """NFC, every run of white space one space, none at the ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


@lru_cache(maxsize=65_536)
def key(text: str) -> str:
    """How words, labels and names are compared: the pack's rule, and invisible spaces do not count."""
    return normalise(clean(text))


@lru_cache(maxsize=65_536)
def header_key(text: str) -> str:
    """How headers are compared: as ``key``, and ◆, *, underscore, hyphen and line break are spaces."""
    return key(_HEADER_MARKS.sub(" ", text))


def without_parenthesis(text: str) -> str:
    """``Satsingsområde (flere)`` -> ``Satsingsområde``."""
    return _PARENTHESIS.sub("", text)


def is_blank(text: str | None) -> bool:
    """Whether a cell holds nothing but white space."""
    return text is None or not text.strip(_BLANKS)


def column_letter(index: int) -> str:
    """The spreadsheet's letters of a 0-based column: 0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
