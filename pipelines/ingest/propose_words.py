"""Words and scores for proposals, and which words are akin. Pure but for reading proposing.yml once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from pipelines.ingest.text import header_key, key

WORDS_FILE = Path(__file__).with_name("proposing.yml")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORTEST_STEM = 4
_SHARE_OF_STEM, _SHARE_OF_SHORTER = 0.6, 0.7


@dataclass(frozen=True)
class ScaleWords:
    """What the words of an answer's label say of its place on a scale; normalised."""

    bottom: tuple[str, ...]
    top: tuple[str, ...]
    middle: tuple[str, ...]
    high: frozenset[str]
    low: frozenset[str]
    negations: frozenset[str]
    strong: frozenset[str]
    weak: frozenset[str]


@dataclass(frozen=True)
class Words:
    """All of proposing.yml. headers: contract column -> compared headers; codes: compared text -> code."""

    scores: Mapping[str, float]
    headers: Mapping[str, tuple[str, ...]]
    noise: frozenset[str]
    scale: ScaleWords
    no_answers: tuple[frozenset[str], ...]
    codes: Mapping[str, str]
    remarks: frozenset[str]


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Read proposing.yml."""
    raw = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    scale = {name: tuple(key(text) for text in texts) for name, texts in raw["scale"].items()}
    sets = {name: frozenset(scale[name]) for name in ("high", "low", "negations", "strong", "weak")}
    return Words(
        scores={name: float(score) for name, score in raw["scores"].items()},
        headers={name: tuple(map(header_key, texts)) for name, texts in raw["headers"].items()},
        noise=frozenset(key(word) for word in raw["noise"]),
        scale=ScaleWords(bottom=scale["bottom"], top=scale["top"], middle=scale["middle"], **sets),
        no_answers=tuple(frozenset(map(key, texts)) for texts in raw["no_answers"]),
        codes={header_key(text): code for code, texts in raw["codes"].items() for text in texts},
        remarks=frozenset(map(header_key, raw["remarks"])),
    )


@lru_cache(maxsize=65_536)
def telling_words(text: str) -> tuple[str, ...]:
    """The different words of a text that say something, in order."""
    noise = load_words().noise
    return tuple(dict.fromkeys(word for word in _WORD.findall(text.casefold()) if word not in noise))


@lru_cache(maxsize=262_144)
def are_akin(one: str, other: str) -> bool:
    """Whether two words are forms of the same: ``assessor`` and ``assessment``, ``art`` and ``arts``."""
    if one == other or one.rstrip("s") == other.rstrip("s"):
        return True
    shortest, longest = sorted((len(one), len(other)))
    pairs = enumerate(zip(one, other, strict=False))
    shared = next((i for i, (a, b) in pairs if a != b), shortest)
    if shared >= max(_SHORTEST_STEM, _SHARE_OF_STEM * longest):
        return True
    return shared > _SHORTEST_STEM and shared >= _SHARE_OF_SHORTER * shortest


def stem_start(word: str) -> str:
    """What words that are akin have in common in front."""
    return word.rstrip("s")[:_SHORTEST_STEM]


def scale_place(label: str) -> int | None:
    """Where a label stands from -3 (lowest) to 3 (highest) by its words; None where they do not say."""
    scale, text = load_words().scale, key(label)
    if any(_has_phrase(text, phrase) for phrase in scale.bottom):
        return -3
    if any(_has_phrase(text, phrase) for phrase in scale.top):
        return 3
    if any(_has_phrase(text, phrase) for phrase in scale.middle):
        return 0
    words = set(_WORD.findall(text))
    sign = bool(words & scale.high) - bool(words & scale.low)
    if sign == 0:
        return None
    if words & scale.negations:
        sign = -sign
    return sign * (3 if words & scale.strong else 1 if words & scale.weak else 2)


def _has_phrase(text: str, phrase: str) -> bool:
    return f" {phrase} " in f" {text} "
