"""Names that persons have: the common ones of Norway, to tell a person where the shape of a text does not.

A list knows only what is on it: rare names are left to the shape of the words (masking.py). Pure, but for
the list, which is read once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from pipelines.ingest.text import key

NAMES_FILE = Path(__file__).with_name("person_names.yml")
_MARKS = " -‐‑'’.,:;\"«»_"


@dataclass(frozen=True)
class PersonNames:
    """Compared names. sure_*: hardly anything else; given, surnames: also those that are words as well."""

    sure_given: frozenset[str]
    given: frozenset[str]
    sure_surnames: frozenset[str]
    surnames: frozenset[str]

    def has_name(self, words: Sequence[str], known_words: Sequence[Collection[str]] = ()) -> bool:
        """Whether a person is named among words: one sure name, or a given name beside a surname.

        known_words: words of the field, in sets, which are no names whatever the list says.
        """
        folded = [
            [part for part in _parts(word) if not any(part in known for known in known_words)]
            for word in words
        ]
        sure = self.sure_given | self.sure_surnames
        if any(part in sure for parts in folded for part in parts):
            return True
        return any(
            self._is(one, self.given, other, self.surnames) or self._is(other, self.given, one, self.surnames)
            for one, other in pairwise(folded)
        )

    def has_full_name(self, words: Sequence[str]) -> list[int]:
        """Where in words a listed given name stands right beside a listed surname: places of the first."""
        folded = [_parts(word) for word in words]
        pairs = list(pairwise(folded))
        return [
            index
            for index, (one, other) in enumerate(pairs)
            if self._is(one, self.given, other, self.surnames)
            or self._is(other, self.given, one, self.surnames)
        ]

    @staticmethod
    def _is(
        one: Collection[str], names: Collection[str], other: Collection[str], others: Collection[str]
    ) -> bool:
        return any(part in names for part in one) and any(part in others for part in other)


@lru_cache(maxsize=1)
def person_names() -> PersonNames:
    """The list of person_names.yml."""
    raw = yaml.safe_load(NAMES_FILE.read_text(encoding="utf-8"))
    lists = {name: frozenset(key(text) for text in texts) for name, texts in raw.items()}
    return PersonNames(
        sure_given=lists["given"],
        given=lists["given"] | lists["given_also_words"],
        sure_surnames=lists["surnames"],
        surnames=lists["surnames"] | lists["surnames_also_words"],
    )


def _parts(word: str) -> list[str]:
    """The parts of a hyphenated word, without marks."""
    whole = key(word.strip(_MARKS))
    return [part for part in whole.split("-") if part]
