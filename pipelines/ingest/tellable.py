"""What of a respondent's faulty cell may be kept and told: nothing that a person may have written freely.

An answer off its scale is usually a number or a misspelt label. What is neither may be a remark, with
names in it, so it is masked before it is stored. Pure functions.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from pipelines.ingest.model import MASK
from pipelines.ingest.text import key

_SHORT_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,2})?")
_MAX_WORDS = 2
# Lets "helt eniig" through and stops "Ola Uenig", which is .74 like "helt uenig".
_CLOSE = 0.8


def tellable_answer(text: str, labels: Collection[str]) -> str:
    """An invalid answer as it may be told: a short number, at most two words like a label, else ``***``.

    labels: the labels of the item's scale, normalised as by ``key``.
    """
    return text if is_short_number(text) or _is_like(key(text), labels) else MASK


def tellable_number(text: str) -> str:
    """A cell that should have been a number: itself where it is a short one, else ``***``."""
    return text if is_short_number(text) else MASK


def is_short_number(text: str) -> bool:
    """At most three digits and two decimals: too short for a birth date, a telephone or a year."""
    return _SHORT_NUMBER.fullmatch(key(text)) is not None


def _is_like(folded: str, labels: Collection[str]) -> bool:
    if not 1 <= len(folded.split(" ")) <= _MAX_WORDS:
        return False
    return bool(difflib.get_close_matches(folded, labels, n=1, cutoff=_CLOSE))
