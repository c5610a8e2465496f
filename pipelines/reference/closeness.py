"""How near a written name is to a known one, as a score of 0 to 100, the same on every machine.

Pure functions over texts. What a score leads to (a link, a review, nothing) is the caller's business;
the thresholds stand in the delivery contract.

Two names are as near as their whole texts are, and no nearer than their most different pair of words:
"økonomi og HR" and "økonomi og IT" share most letters and name different things. Numbers, codes, short
texts and negations are never matters of likeness.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.reference.names import normalise

# Fewer letters than this are an abbreviation or a code: P12 and P13, HR and HMS, lønn and lån.
MIN_LETTERS = 5
# Longer texts are remarks, and comparing them is only slow.
MAX_LENGTH = 500

_WORDS = re.compile(r"[^\W_]+")
_VERSION = re.compile(r"\b(?:versjon|version|ver|v)[. ]*[0-9]+(?:\.[0-9]+)*\b")
# "AS" and "A/S" behind a firm's name say how it is owned.
_SLASHED_FORM = re.compile(r"\ba/s\b")
_LEGAL_FORMS = frozenset({"as", "asa", "ab", "aps", "gmbh", "ltd", "inc", "oy", "oyj", "llc"})
_JOINERS = frozenset({"og", "and"})
_NOISE = frozenset({"modul", "modulen", "module", "system", "systemet", "løsning", "løsningen", "solution"})
# Words that carry a sentence and not its meaning; they count as letters, not as words.
_FORM_WORDS = frozenset(
    {
        "i", "på", "av", "for", "til", "fra", "en", "et", "ei", "den", "det", "de", "er", "har", "som",
        "med", "om", "å", "at", "vi", "vår", "vårt", "våre", "min", "din", "seg", "sin", "sitt",
        "sine", "blir", "ble", "skal", "kan", "ved", "under", "over", "mellom", "etter", "the", "of",
        "in", "on", "to", "a", "an", "is", "are", "has", "have", "with", "by", "our", "we", "that",
    }
)  # fmt: skip
_VOWELS = frozenset("aeiouyæøåäöáàéèóòôü")
# As alike as names get that more than a slip of the keyboard parts; below what links, above what is asked.
_UNSURE = 0.85
# As alike as names get of which one has a word more: "har sjelden oversikt" is not "har oversikt", so this
# is below what links a survey's question.
_ONE_MORE = 0.84
_NEGATIONS = frozenset(
    {
        "ikke", "ikkje", "ingen", "inga", "intet", "aldri", "uten", "utan", "not", "no", "none",
        "never", "without", "non",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Close:
    """A known name near a written one.

    id: what the name leads to; text: the known name as compared; score: 0 to 100, one decimal.
    """

    id: str
    text: str
    score: float


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Known names prepared for many look-ups.

    texts: the names as compared, sorted; ids: what each leads to; ordered: their words in alphabetical
    order; by_letters: words written together -> the places of the names that have them.
    """

    texts: tuple[str, ...]
    ids: tuple[str, ...]
    ordered: tuple[str, ...]
    by_letters: Mapping[str, tuple[int, ...]]

    def nearest(self, text: str, floor: float, limit: int | None = None) -> list[Close]:
        """The names near a text, at most one for each id: the nearest first, ties by text.

        floor: lowest score that counts; limit: how many are wanted at most (None: all).
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if not _is_comparable(text):
            return []
        words = content_words(text)
        cutoff = (floor - 0.05) / 100  # the score is rounded afterwards
        found = process.extract(
            _ordered(words), self.ordered, scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=None
        )
        places = {place for _, _, place in found} | set(self.by_letters.get("".join(words), ()))
        best: dict[str, Close] = {}
        for place in sorted(places):
            score = likeness(text, self.texts[place])
            earlier = best.get(self.ids[place])
            if score >= floor and (earlier is None or score > earlier.score):
                best[self.ids[place]] = Close(self.ids[place], self.texts[place], score)
        return sorted(best.values(), key=lambda close: (-close.score, close.text, close.id))[:limit]


def known_names(choices: Mapping[str, str]) -> KnownNames:
    """Known names ready to compare; choices: text -> id. Names too short to be likened are left out."""
    kept = sorted((text, target) for text, target in choices.items() if _is_comparable(text))
    words = [content_words(text) for text, _ in kept]
    by_letters: dict[str, list[int]] = {}
    for place, one in enumerate(words):
        by_letters.setdefault("".join(one), []).append(place)
    return KnownNames(
        texts=tuple(text for text, _ in kept),
        ids=tuple(target for _, target in kept),
        ordered=tuple(map(_ordered, words)),
        by_letters={letters: tuple(places) for letters, places in by_letters.items()},
    )


def closest(text: str, choices: Mapping[str, str], floor: float) -> Close | None:
    """The name nearest to a text, or None: nothing reaches the floor, or two ids are equally near.

    choices: text -> id; floor: lowest score that counts, 0 to 100. For many look-ups in the same names
    prepare them once with ``known_names``.
    """
    near = known_names(choices).nearest(text, floor, limit=2)
    if not near or (len(near) == 2 and near[0].score == near[1].score):
        return None
    return near[0]


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str) -> float:
    """How near two names are: 0 to 100 with one decimal, the same both ways.

    The share of letters that need no change, of the whole and of the least alike pair of words,
    whichever is lower. 0 for texts that likeness says nothing of: few letters, other numbers, a negation
    in one of them.
    """
    if not (_is_comparable(one) and _is_comparable(other)):
        return 0.0
    # In one order, so that pairing the words is the same both ways.
    a, b = sorted((content_words(one), content_words(other)))
    # "web sak" and "websak", "office 365" and "office365": other words, the same signs.
    if "".join(a) == "".join(b) and len(_marked(a)) == len(_marked(b)):
        return 100.0
    if _marked(a) != _marked(b):
        return 0.0
    return round(100 * min(_ratio(_ordered(a), _ordered(b)), _weakest_pair(a, b)), 1)


def same_form(text: str) -> str:
    """A name without what never tells two names apart: signs, ``og`` and ``&``, a firm's legal form.

    ``Visma Enterprise - HRM `` and ``Visma Enterprise HRM`` are the same; '' where no letter is left.
    """
    words = [word for word in _words(text) if word not in _JOINERS]
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    joined = " ".join(words)
    return joined if any(c.isalpha() for c in joined) else ""


@lru_cache(maxsize=65_536)
def content_words(text: str) -> tuple[str, ...]:
    """The words of a name as they are likened: as ``same_form``, without version and words like *modul*."""
    words = same_form(_VERSION.sub(" ", normalise(text))).split()
    return tuple(word for word in words if word not in _NOISE)


def _words(text: str) -> list[str]:
    return _WORDS.findall(_SLASHED_FORM.sub("as", normalise(text)))


def _is_comparable(text: str) -> bool:
    """Whether the text is a name of letters, neither a code nor a remark."""
    if len(text) > MAX_LENGTH:
        return False
    letters = [c for word in content_words(text) for c in word if c.isalpha()]
    return len(letters) >= MIN_LETTERS


def _ordered(words: Sequence[str]) -> str:
    return " ".join(sorted(words))


def _marked(words: Sequence[str]) -> list[str]:
    """The words that must be the same in both: with digits in them, and negations."""
    return sorted(w for w in words if w in _NEGATIONS or any(c.isdigit() for c in w))


def _weakest_pair(one: Sequence[str], other: Sequence[str]) -> float:
    """The likeness of the least alike pair of words, paired as alike as can be; 0 to 1.

    Words that only one of the names has are no pair: the whole counts them, and it is never sure then.
    """
    a = [word for word in one if word not in _FORM_WORDS]
    b = [word for word in other if word not in _FORM_WORDS]
    pairs = sorted(
        ((_word_likeness(x, y), i, j) for i, x in enumerate(a) for j, y in enumerate(b)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    left_a, left_b = set(range(len(a))), set(range(len(b)))
    weakest = 1.0 if len(a) == len(b) else _ONE_MORE
    for score, i, j in pairs:
        if i in left_a and j in left_b:
            left_a.remove(i)
            left_b.remove(j)
            weakest = min(weakest, score)
    return weakest


def _word_likeness(one: str, other: str) -> float:
    """0 to 1. Short words are abbreviations, and a word keeps its first letter when it is mistyped."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < MIN_LETTERS or one[0] != other[0]:
        return 0.0
    ratio = _ratio(one, other)
    return ratio if _is_slip(one, other) else min(ratio, _UNSURE)


def _is_slip(one: str, other: str) -> bool:
    """Whether one slip of the keyboard parts two words: neighbours swapped, a letter doubled or not, a
    vowel left out within.

    Any other change makes another word too easily: *kontaktopplysninger* and *kontraktopplysninger*.
    """
    if len(one) == len(other):
        differing = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
        if len(differing) != 2 or differing[1] != differing[0] + 1:
            return False
        first, second = differing
        return one[first] == other[second] and one[second] == other[first]
    short, long = sorted((one, other), key=len)
    place = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(long) != len(short) + 1 or long[:place] + long[place + 1 :] != short:
        return False
    is_doubled = long[place] == long[place - 1]
    return is_doubled or (long[place] in _VOWELS and place < len(short))


def _ratio(one: str, other: str) -> float:
    """1 less the share of letters changed, added, dropped or swapped with a neighbour."""
    from rapidfuzz.distance import OSA

    return OSA.normalized_similarity(one, other)
