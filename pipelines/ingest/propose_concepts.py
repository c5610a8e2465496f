"""Which concept of the reference pack a free text is about: by its own words, else by the words around it.

A concept's words are its names in both languages, its aliases and, for a function, its data objects and
its focus area. Scores are 0 to 100. Nothing is decided here: a proposal is looked at before it is used.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.ingest.patterns import MAX_PATTERN
from pipelines.ingest.profiles import Profile
from pipelines.ingest.propose_words import are_akin, load_words, stem_start, telling_words
from pipelines.ingest.text import clean
from pipelines.ingest.vocabulary import Vocabulary

# Rows that are read for the words around a value.
_ROWS = 2_000
_OF_OBJECTS, _OF_AREA = 0.7, 0.4
# A shorter word is found inside too many texts.
_SHORTEST_TELLING = 4
# How a proposal marks a guess that is as likely wrong as right, and below which score that is.
UNCERTAIN = "USIKKER / UNCERTAIN"
EVEN_ODDS = 50.0


@dataclass(frozen=True)
class Guess:
    """A proposed concept. how: ``name`` by the value's own words, ``around`` by what its rows tell."""

    id: str
    score: float
    how: str


class Guesser:
    """Guesses the concept of texts. names: concept id -> its names; words: id -> word -> weight."""

    def __init__(self, concept: str, vocabulary: Vocabulary) -> None:
        self.index = vocabulary.concepts[concept]
        self.names: dict[str, list[str]] = defaultdict(list)
        for text, identity in sorted(self.index.items()):
            self.names[identity].append(text.replace("_", " "))
        self.words = {identity: _weighted(texts) for identity, texts in self.names.items()}
        if concept == "function":
            _add_related(self.words, vocabulary)
        spread = Counter(word for words in self.words.values() for word in words)
        n = len(self.words)
        self._weights: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for identity, words in self.words.items():
            for word, weight in words.items():
                self._weights[word].append((identity, weight * math.log(1 + n / spread[word])))
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for word in sorted(spread):
            self._by_start[stem_start(word)].append(word)
        self._akin: dict[str, frozenset[str]] = {}
        self._name_words = [
            (identity, words)
            for identity, names in self.names.items()
            for words in dict.fromkeys(map(telling_words, names))
            if words
        ]

    def by_name(self, text: str) -> Guess | None:
        """The concept whose name shares most of its words with the text, both ways; None where two do."""
        own = [self._akin_to(word) for word in telling_words(text)]
        met = frozenset().union(*own)
        if not met:
            return None
        best: dict[str, float] = {}
        for identity, words in self._name_words:
            if not met.isdisjoint(words):
                best[identity] = max(best.get(identity, 0.0), _shared(own, met, words))
        ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
        if not ordered or (len(ordered) > 1 and ordered[0][1] == ordered[1][1]):
            return None
        return Guess(ordered[0][0], round(ordered[0][1], 1), "name")

    def told_by(self, text: str) -> dict[str, float]:
        """How strongly a text speaks of each concept: the weights of the words that it shares."""
        found: dict[str, float] = defaultdict(float)
        for word in sorted(frozenset().union(*(self._akin_to(word) for word in telling_words(text)))):
            for identity, weight in self._weights[word]:
                found[identity] += weight
        return dict(found)

    def _akin_to(self, word: str) -> frozenset[str]:
        """The concepts' words that a word is a form of."""
        if word not in self._akin:
            near = self._by_start.get(stem_start(word), ())
            self._akin[word] = frozenset(other for other in near if are_akin(word, other))
        return self._akin[word]


def _shared(own: Sequence[frozenset[str]], met: frozenset[str], name: Sequence[str]) -> float:
    """0 to 100: the share of the name's words that the text has, and the other way round.

    own: for each word of the text the concepts' words akin to it; met: all of those.
    """
    of_name = sum(word in met for word in name) / len(name)
    of_text = sum(not akin.isdisjoint(name) for akin in own) / len(own)
    return 100 * math.sqrt(of_name * of_text)


def guess_values(column: Profile, others: Sequence[Profile], guesser: Guesser) -> dict[str, Guess]:
    """The concept of each different value: by its name, else by what the other columns tell in its rows."""
    scores = load_words().scores
    around = _around(column, others, guesser)
    found: dict[str, Guess] = {}
    for value in column.values:
        own = guesser.by_name(value)
        if own is not None and own.score >= scores["name"]:
            found[value] = own
        elif (guess := _best(own, around.get(value, {}))) is not None and guess.score >= scores["guess"]:
            found[value] = guess
    return found


def _best(own: Guess | None, around: dict[str, float]) -> Guess | None:
    """The value's rows and, where its name says a little, that as well."""
    total = dict(around)
    if own is not None:
        total[own.id] = total.get(own.id, 0.0) + own.score
    if not total:
        return None
    identity = min(total, key=lambda one: (-total[one], one))
    return Guess(identity, round(min(total[identity], 99.0), 1), "around")


def _around(column: Profile, others: Sequence[Profile], guesser: Guesser) -> dict[str, dict[str, float]]:
    """Value -> concept -> 0 to 50: how much more its rows speak of it than other values' rows do."""
    told: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    n_rows: Counter[str] = Counter()
    for place, cell in enumerate(column.cells[:_ROWS]):
        if cell is None or not clean(cell):
            continue
        value = clean(cell)
        n_rows[value] += 1
        text = " ".join(other.cells[place] or "" for other in others)
        for identity, weight in guesser.told_by(f"{value} {text}").items():
            told[value][identity] += weight
    n_all = max(sum(n_rows.values()), 1)
    usual: dict[str, float] = defaultdict(float)
    for counts in told.values():
        for identity, weight in counts.items():
            usual[identity] += weight / n_all
    return {value: _lifted(counts, n_rows[value], usual) for value, counts in told.items()}


def _lifted(counts: dict[str, float], n_rows: int, usual: dict[str, float]) -> dict[str, float]:
    """What a value's rows tell, against what is usual, as shares of 50."""
    own = {identity: weight / n_rows for identity, weight in counts.items()}
    lifted = {identity: mean * math.log(1 + mean / usual[identity]) for identity, mean in own.items()}
    total = sum(lifted.values())
    return {identity: 50 * score / total for identity, score in lifted.items()} if total else {}


def _weighted(texts: Iterable[str]) -> dict[str, float]:
    return {word: 1.0 for text in texts for word in telling_words(text)}


def _add_related(words: dict[str, dict[str, float]], vocabulary: Vocabulary) -> None:
    """A function's data objects and focus area speak of it too, more weakly than its names."""
    tables: Any = vocabulary.pack.table
    objects, areas = vocabulary.concepts["data_object"], vocabulary.concepts.get("focus_area", {})
    by_object, by_area = defaultdict(list), defaultdict(list)
    for text, identity in objects.items():
        by_object[identity].append(text.replace("_", " "))
    for text, identity in areas.items():
        by_area[identity].append(text.replace("_", " "))
    for function, data_object in (
        tables("function_object").select("function_id", "data_object_id").iter_rows()
    ):
        for word in _weighted(by_object[data_object]):
            words.get(function, {}).setdefault(word, _OF_OBJECTS)
    for function, area in tables("function").select("function_id", "focus_area_id").iter_rows():
        for word in _weighted(by_area[area]):
            words.get(function, {}).setdefault(word, _OF_AREA)


def patterns_of(concept: str, vocabulary: Vocabulary) -> dict[str, str]:
    """Concept id -> a pattern that finds it in free text: its names, and words that no other concept has."""
    names: dict[str, list[str]] = defaultdict(list)
    for text, identity in sorted(vocabulary.concepts[concept].items()):
        names[identity].append(text.replace("_", " "))
    words = {
        identity: {w for text in texts for w in telling_words(text)} for identity, texts in names.items()
    }
    spread = Counter(word for own in words.values() for word in own)
    found: dict[str, str] = {}
    for identity, texts in names.items():
        own = {word for word in words[identity] if spread[word] == 1 and len(word) >= _SHORTEST_TELLING}
        whole = {" ".join(telling_words(text)) for text in texts if len(telling_words(text)) > 1}
        parts = sorted({*own, *(text.replace(" ", r"\W+") for text in whole)})
        if parts and len(pattern := rf"\b({'|'.join(parts)})") <= MAX_PATTERN:
            found[identity] = pattern
    return found
