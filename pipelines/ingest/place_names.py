"""What municipalities were called in a year: names of then, parallel, former and later ones, with and
without the county.

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
_COUNTY = re.compile(r"\s*\(.*\)")
_QUALIFIED = re.compile(r"\s*(?:\(|,|\s[-–—]\s|\bi\b|\bin\b).*$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What a name leads to.

    numbers: valid in the year, sorted; is_split: a former municipality that was divided, or of which it is
    not known what it became part of; is_later: a municipality that was not yet there, of which the numbers
    are the parts.
    """

    numbers: tuple[str, ...]
    is_split: bool = False
    is_later: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the name means one municipality that there was."""
        return len(self.numbers) == 1 and not self.is_split and not self.is_later


class PlaceNames:
    """Every name of the municipalities of one year, ready to look up."""

    def __init__(self, pack: ReferencePack, words: frozenset[str], year: int) -> None:
        """words: what may stand beside a name and is no part of it (``kommune``), normalised."""
        self._words = words
        self._year = year
        self._numbers = pack.numbers
        self._shown: dict[str, str] = {}
        self._now: dict[str, set[str]] = {}
        self._former: dict[str, set[str]] = {}
        self._later: dict[str, set[str]] = {}
        self._split: set[str] = set()
        self._fill(pack)
        self._plain_now = _folded(self._now)
        self._plain_former = _folded(self._former)
        self._plain_later = _folded(self._later)

    def find(self, text: str) -> Found | None:
        """What a text means, or None.

        Names of the year go before former ones, those before later ones, exact before plain letters.
        """
        candidates = list(self._candidates(text))
        for now, former, later, fold in (
            (self._now, self._former, self._later, str),
            (self._plain_now, self._plain_former, self._plain_later, plain),
        ):
            if fold is plain and any(letter in candidates[0] for letter in _OWN_LETTERS):
                break
            for candidate in map(fold, candidates):
                if numbers := now.get(candidate):
                    return Found(tuple(sorted(numbers)))
                if numbers := former.get(candidate):
                    return Found(tuple(sorted(numbers)), candidate in self._split)
                if numbers := later.get(candidate):
                    return Found(tuple(sorted(numbers)), is_later=True)
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
        names, valid = self._numbers.names, self._numbers.valid_in(self._year)
        counties = _counties(pack)
        own = {number: _parts(name) for number, name in names.items()}
        for concept, alias, number in pack.table("alias").iter_rows():
            if concept == MUNICIPALITY_ALIAS and number in own:
                own[number] += _parts(alias)
        called = {number: [*own[number], *_bare(names[number])] for number in names if number in valid}
        for number in called:
            self._suggest(names[number], number)
        for number, parts in own.items():
            if self._numbers.standing(number, self._year) == "later":
                self._fill_later(number, parts, called, counties[number])
        for number, parts in own.items():
            if self._numbers.standing(number, self._year) == "former":
                self._fill_former(number, parts, called, counties)
        for number, parts in called.items():
            _add(self._now, _orders(parts), [number], counties[number])

    def _fill_later(
        self, number: str, parts: list[str], called: dict[str, list[str]], counties: list[str]
    ) -> None:
        """A number that was not yet valid: another one of the same municipality, or a merger or a split."""
        earlier = self._numbers.earlier(number, self._year)
        if earlier is not None:
            called[earlier] += parts
            self._suggest(self._numbers.names[number], earlier)
        else:
            _add(self._later, _orders(parts), self._numbers.parts(number, self._year), counties)

    def _fill_former(
        self,
        number: str,
        parts: list[str],
        called: dict[str, list[str]],
        counties: dict[str, list[str]],
    ) -> None:
        """A number that had gone out of use: of what it became."""
        heirs = self._numbers.heirs(number, self._year)
        self._suggest(self._numbers.names[number], heirs[0])
        # "Gáivuotna - Kåfjord - Kaivuono" became "Kåfjord": the same place, and called so afterwards.
        if len(heirs) == 1 and name_key(self._numbers.names[heirs[0]]) in parts:
            called[heirs[0]] += parts
            return
        ways = _orders(parts)
        for heir in heirs:
            _add(self._former, ways, [heir], counties[heir])
        if len(heirs) > 1:
            self._split.update(ways, map(plain, ways))

    def _suggest(self, name: str, number: str) -> None:
        """A name as it is written, and the municipality that is proposed to who wrote something near it."""
        self._shown.setdefault(name_key(name), f"{number} {self._numbers.names[number]}")


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


def _bare(name: str) -> list[str]:
    """The name without the county in parentheses, which only the change table needs."""
    bare = name_key(_COUNTY.sub("", name))
    return [bare] if bare != name_key(name) else []


def _counties(pack: ReferencePack) -> dict[str, list[str]]:
    """The county's names of every number; of a former one those of where it leads: no other is known."""
    today = pack.table("municipality").select("municipality_number", "county_name").iter_rows()
    now = {number: [name_key(part) for part in (*_BETWEEN.split(name), name)] for number, name in today}
    numbers = pack.numbers
    return {
        number: list(dict.fromkeys(name for target in numbers.leads_to(number) for name in now[target]))
        for number in numbers.names
    }


def _add(
    index: dict[str, set[str]], ways: Iterable[str], numbers: Iterable[str], counties: list[str]
) -> None:
    for way in ways:
        for name in (way, *(f"{way} {county}" for county in counties)):
            index.setdefault(name, set()).update(numbers)


def _folded(index: dict[str, set[str]]) -> dict[str, set[str]]:
    folded: dict[str, set[str]] = {}
    for name, numbers in index.items():
        folded.setdefault(plain(name), set()).update(numbers)
    return folded
