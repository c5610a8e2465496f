"""What municipalities are called: names now, parallel names, former ones, with and without the county.

Built from the pack alone: the municipality table, the change table and the aliases of ``municipality``.
Pure look-ups. A name is found as it is written or as it is written without Norwegian letters; a name that
is merely near is suggested by the caller and never found here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from pipelines.ingest.text import clean, key
from pipelines.reference.schema import MUNICIPALITY_ALIAS

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

_BETWEEN = re.compile(r"\s+[-–—]\s+|\s*/\s*")
_SEPARATORS = re.compile(r"[\s\-–—/,;:()\[\]'’«»\"]+")
_OWN_LETTERS = "æøåäö"
# Letters that have no accent to take off, as they are written without a Sámi keyboard.
_SAMI = str.maketrans({"ŋ": "n", "đ": "d", "ŧ": "t", "ä": "æ", "ö": "ø"})
_ASCII = str.maketrans({"æ": "a", "ø": "o", "å": "a"})
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("aa", "a"))
# From here a name is suggested; 0 to 100.
_NEAR = 60
# So many names of one municipality may stand beside each other.
_MOST_BESIDE = 3
_QUALIFIED = re.compile(r"\s*(?:\(|,|\s[-–—]\s|\bi\b|\bin\b).*$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What a name leads to. numbers: sorted; is_split: a former municipality that was divided."""

    numbers: tuple[str, ...]
    is_split: bool = False


class PlaceNames:
    """Every name of the pack's municipalities, ready to look up."""

    def __init__(self, pack: ReferencePack, words: frozenset[str]) -> None:
        """words: what may stand beside a name and is no part of it (``kommune``), normalised."""
        self._words = words
        self._shown: dict[str, str] = {}
        self._now: dict[str, set[str]] = {}
        self._former: dict[str, set[str]] = {}
        self._split: set[str] = set()
        self._fill(pack)
        self._plain_now = _folded(self._now)
        self._plain_former = _folded(self._former)

    def find(self, text: str) -> Found | None:
        """What a text means, or None. Names of today go before former ones, exact before plain letters."""
        candidates = list(self._candidates(text))
        for now, former, fold in (
            (self._now, self._former, str),
            (self._plain_now, self._plain_former, plain),
        ):
            if fold is plain and any(letter in candidates[0] for letter in _OWN_LETTERS):
                break
            for candidate in map(fold, candidates):
                if numbers := now.get(candidate):
                    return Found(tuple(sorted(numbers)))
                if numbers := former.get(candidate):
                    return Found(tuple(sorted(numbers)), candidate in self._split)
        return None

    def bare(self, text: str) -> Found | None:
        """What the name in front of a qualifier means (``Våler i Solør``): what the text may have meant."""
        shorter = _QUALIFIED.sub("", clean(text))
        return self.find(shorter) if shorter and shorter != clean(text) else None

    def nearest(self, text: str, most: int = 3) -> list[str]:
        """Names as they are written, with their numbers, that look most like a text."""
        close = process.extract(
            name_key(text[:200]), self._shown.keys(), scorer=fuzz.ratio, limit=most, score_cutoff=_NEAR
        )
        return list(dict.fromkeys(self._shown[name] for name, _, _ in close))

    def _candidates(self, text: str) -> Iterator[str]:
        """The text as compared: whole, without words beside the name, without a genitive."""
        whole = name_key(text)
        yield whole
        bare = " ".join(word for word in whole.split() if word not in self._words)
        if bare and bare != whole:
            yield bare
        for candidate in (whole, bare):
            if len(candidate) > 2 and candidate.endswith("s"):
                yield candidate[:-1].rstrip()

    def _fill(self, pack: ReferencePack) -> None:
        rows = pack.table("municipality").select("municipality_number", "name", "county_name")
        counties: dict[str, list[str]] = {}
        called: dict[str, list[str]] = {}
        for number, name, county in rows.iter_rows():
            counties[number] = [name_key(part) for part in (*_BETWEEN.split(county), county)]
            called[number] = _parts(name)
            self._shown.setdefault(name_key(name), f"{number} {name}")
        for concept, alias, number in pack.table("alias").iter_rows():
            if concept == MUNICIPALITY_ALIAS and number in called:
                called[number] += _parts(alias)
        changes = pack.table("municipality_change").select("old_name", "new_number", "new_name", "kind")
        for old, number, new, kind in changes.iter_rows():
            ways = _orders(_parts(old))
            # "Gáivuotna - Kåfjord - Kaivuono" became "Kåfjord": the same place, and called so today.
            if kind != "split" and name_key(new) in _parts(old):
                called[number] += _parts(old)
            else:
                _add(self._former, ways, number, counties[number])
            self._shown.setdefault(name_key(old), f"{number} {new}")
            if kind == "split":
                self._split.update(ways, map(plain, ways))
        for number, parts in called.items():
            _add(self._now, _orders(parts), number, counties[number])


def name_key(text: str) -> str:
    """How municipalities' names are compared: case, separators and all accents but of æ, ø, å ignored."""
    words = " ".join(_SEPARATORS.split(key(text))).strip()
    return unicodedata.normalize("NFC", "".join(_without_accent(letter) for letter in words.translate(_SAMI)))


def plain(name: str) -> str:
    """A compared name in plain letters: ``ålesund``, ``aalesund`` and ``alesund`` are one."""
    folded = name.translate(_ASCII)
    for two, one in _DIGRAPHS:
        folded = folded.replace(two, one)
    return folded


def _without_accent(letter: str) -> str:
    return letter if letter in _OWN_LETTERS else unicodedata.normalize("NFD", letter)[0]


def _parts(name: str) -> list[str]:
    """The names in a name of several languages. "Våler (Hedmark)" is one: it is called so with its county."""
    return [name_key(name)] if "(" in name else [name_key(part) for part in _BETWEEN.split(name)]


def _orders(parts: Iterable[str]) -> list[str]:
    """Every way to write one name, or several beside each other."""
    own = list(dict.fromkeys(parts))
    return [" ".join(order) for n in range(1, _MOST_BESIDE + 1) for order in permutations(own, n)]


def _add(index: dict[str, set[str]], ways: Iterable[str], number: str, counties: list[str]) -> None:
    for way in ways:
        for name in (way, *(f"{way} {county}" for county in counties)):
            index.setdefault(name, set()).add(number)


def _folded(index: dict[str, set[str]]) -> dict[str, set[str]]:
    folded: dict[str, set[str]] = {}
    for name, numbers in index.items():
        folded.setdefault(plain(name), set()).update(numbers)
    return folded
