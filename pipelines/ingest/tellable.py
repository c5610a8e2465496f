"""What of a respondent's faulty cell may be kept and told: nothing that a person may have written freely.

An answer off its scale is usually a number or a misspelt label. What is neither may be a remark, with
names in it, so it is masked before it is stored. Pure functions.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Container

from pipelines.ingest.cells import parted_by_comma
from pipelines.ingest.model import MASK
from pipelines.ingest.person_names import person_names
from pipelines.ingest.text import key

_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,2})?")
_MAX_WORDS = 2
_MOST_KNOWN_WORDS = 8
_WORDS = re.compile(r"[^\s/,.()!?]+")
_NOT_IN_ANSWERS = re.compile(r"[0-9@]")
_BETWEEN_NAMES = re.compile(r"[;|\n\r/]")
# Lets "helt eniig" through and stops "Ola Uenig", which is .74 like "helt uenig".
_CLOSE = 0.8


def tellable_answer(
    text: str, labels: Collection[str], words: Collection[str] = (), units: Collection[str] = ()
) -> str:
    """An invalid answer as it may be told, else ``***``: a short number, also with a unit, at most two words
    like a label, or nothing but words that answers are made of.

    labels: the labels of the item's scale; words: of any scale and of usual answers; all normalised as by
    ``key``.
    """
    if is_short_number(text, units) or _is_like(key(text), labels) or _is_made_of(key(text), words):
        return text
    return MASK


def tellable_number(text: str, units: Collection[str] = ()) -> str:
    """A cell that should have been a number: itself if it is a short one, also with a unit, else ``***``."""
    return text if is_short_number(text, units) else MASK


def tellable_names(text: str, known: Container[str]) -> str:
    """A cell that should have been a known name: itself where it is nothing but such, else ``***``."""
    parts = [part for part in _BETWEEN_NAMES.split(text) if key(part)]
    is_known = bool(parts) and all(key(part) in known or parted_by_comma(part, known) for part in parts)
    return text if is_known else MASK


def is_short_number(text: str, units: Collection[str] = ()) -> bool:
    """At most three digits and two decimals: too short for a birth date, a telephone or a year.

    units: normalised words that may stand behind the number.
    """
    found = _SHORT_NUMBER.match(key(text))
    return found is not None and key(text)[found.end() :].strip() in ("", *units)


def _is_made_of(folded: str, words: Collection[str]) -> bool:
    """Few words, all of them known, and none of them a person's name."""
    parts = [word.strip("-") for word in _WORDS.findall(folded)]
    if not 1 <= len(parts) <= _MOST_KNOWN_WORDS or _NOT_IN_ANSWERS.search(folded):
        return False
    return all(word in words for word in parts) and not person_names().has_name(parts)


def _is_like(folded: str, labels: Collection[str]) -> bool:
    if not 1 <= len(folded.split(" ")) <= _MAX_WORDS:
        return False
    return bool(difflib.get_close_matches(folded, labels, n=1, cutoff=_CLOSE))
