"""Which contract column a column of an unknown table could be: by its header, and by what stands below it.

A header tells by being known, by being another word for a known one, by being nearly so, or by holding its
words; values tell by being what the contract column takes. Scores are 0 to 100.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.ingest.cells import parse_number, reader_for
from pipelines.ingest.contract import Column, Sheet
from pipelines.ingest.profiles import Profile
from pipelines.ingest.propose_words import load_words
from pipelines.ingest.text import clean, header_key, key, without_parenthesis
from pipelines.ingest.vocabulary import Vocabulary
from pipelines.reference.closeness import likeness

_SAMPLE = 200
_STRICT = frozenset({"bool", "int", "decimal", "date", "operations"})
_READABLE = 0.6
_NEARLY = 80.0
# What a header's kind of match is worth.
_KNOWN, _OTHER_WORD, _HOLDS, _BY_VALUES = 100.0, 95.0, 60.0, 62.0
_KNOWN_VALUES = "verdiene er kjent / known values"
_FORM_WORDS = frozenset({"of", "the", "in", "for", "per", "av", "i", "på", "til", "der", "des", "von"})
_PLAIN = frozenset({"ja", "nei", "yes", "no"})
_CODE = re.compile(r"(?=.*[0-9])[\w./:-]{2,40}")


@dataclass(frozen=True)
class Proposed:
    """A column of the file and the contract column that it could be."""

    profile: Profile
    target: str
    score: float
    reason: str


def propose_columns(profiles: Sequence[Profile], sheet: Sheet, vocabulary: Vocabulary) -> list[Proposed]:
    """The likeliest contract column of each column, each contract column once; in the file's order."""
    floor = load_words().scores["column"]
    candidates = [
        found
        for profile in profiles
        if profile.is_nameable and profile.n_filled and profile.personal is None
        for column in sheet.by_name.values()
        if (found := _judge(profile, column, vocabulary)) is not None and found.score >= floor
    ]
    chosen: dict[int, Proposed] = {}
    taken: set[str] = set()
    for one in sorted(candidates, key=lambda c: (-c.score, c.profile.index, c.target)):
        if one.profile.index not in chosen and one.target not in taken:
            chosen[one.profile.index] = one
            taken.add(one.target)
    return [chosen[index] for index in sorted(chosen)]


def header_fit(name: str, column: Column) -> float:
    """How well a header fits a contract column, 0 to 100."""
    return _by_header(name, column)[0]


def readable_share(
    profile: Profile, column: Column, vocabulary: Vocabulary, *, with_likeness: bool = False
) -> float:
    """How many of a column's different values the contract column takes as they stand, 0 to 1.

    with_likeness: whether names that are linked by likeness count; slow over many columns.
    """
    names = vocabulary.names
    if not with_likeness:
        names = {concept: one.without_likeness for concept, one in names.items()}
    read = reader_for(column, vocabulary.contract.words, names)
    values = profile.values[:_SAMPLE]
    return sum(read(value)[1] is None for value in values) / max(len(values), 1)


def _judge(profile: Profile, column: Column, vocabulary: Vocabulary) -> Proposed | None:
    score, reason = _by_header(profile.name, column)
    if column.type in _STRICT:
        is_readable = bool(score) and readable_share(profile, column, vocabulary) >= _READABLE
        score = score if is_readable else 0.0
    elif column.type in ("code", "concept"):
        share = readable_share(profile, column, vocabulary)
        if score < _OTHER_WORD and not (score and share):
            is_telling = share >= _READABLE and _says_much(profile, column)
            score, reason = (_BY_VALUES + 30 * share if is_telling else 0.0), _KNOWN_VALUES
    elif score < _HOLDS and column.mask == "id" and _are_ids(profile):
        score, reason = _BY_VALUES, "verdiene er unike koder / unique codes"
    elif profile.is_long_text and score < _NEARLY and not column.is_multi:
        score = 0.0
    return Proposed(profile, column.name, round(score, 1), reason) if score else None


def _by_header(name: str, column: Column) -> tuple[float, str]:
    """How well the header fits, and why."""
    texts = [header_key(name), header_key(without_parenthesis(name))]
    extra = load_words().headers.get(column.name, ())
    if any(text in column.header_keys for text in texts):
        return _KNOWN, "kjent overskrift / known header"
    if any(text in extra for text in texts):
        return _OTHER_WORD, "annet ord for det samme / another word for it"
    near = max(likeness(texts[0], known) for known in (*column.header_keys, *extra))
    if near >= _NEARLY:
        return round(near * 0.95, 1), "nesten samme overskrift / nearly the header"
    held = max((_held(texts[0], known) for known in (*column.header_keys, *extra)), default=0.0)
    if held:
        return round(_HOLDS + 35 * held, 1), "ordene står i overskriften / its words are in the header"
    return 0.0, ""


def _held(header: str, known: str) -> float:
    """The share of the header that a known one's words make up, where it holds all of them; else 0."""
    words, wanted = _words(header), _words(known)
    return len(wanted) / len(words) if wanted and wanted <= words else 0.0


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text) if word not in _FORM_WORDS}


def _says_much(profile: Profile, column: Column) -> bool:
    """Whether the values tell the column apart: yes and no stand in many columns."""
    words = [key(value) for value in profile.values[:_SAMPLE]]
    is_plain = all(word in _PLAIN or parse_number(word) is not None for word in words)
    return len(words) >= 2 and not is_plain and column.name != "self_service"


def _are_ids(profile: Profile) -> bool:
    return profile.is_unique and all(_CODE.fullmatch(value) for value in profile.values[:_SAMPLE])


def separators_that_help(profile: Profile, index: Iterable[str]) -> str | None:
    """A separator, besides the contract's, at which more values fall into known names; None without one."""
    known = frozenset(index)
    if not known:
        return None
    values = profile.values[:_SAMPLE]
    whole = sum(_all_known([value], known) for value in values)
    best: tuple[int, str] | None = None
    for separator in (",", "/", "+", "&"):
        parted = sum(_all_known(value.split(separator), known) for value in values)
        if parted > whole and (best is None or parted > best[0]):
            best = (parted, separator)
    return best[1] if best else None


def _all_known(parts: Iterable[str], known: frozenset[str]) -> bool:
    return all(key(clean(part)) in known for part in parts if key(part))
