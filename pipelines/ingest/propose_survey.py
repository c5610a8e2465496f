"""Proposals for a survey: which column asks which item, and what its answers are on the item's scale.

Items by text, word for word or nearly; the others by order: a group of questions that has as many
columns, with answers on as many points, as a dimension of the instrument has items. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelines.ingest.profiles import Profile, is_tellable
from pipelines.ingest.propose_words import load_words, scale_place
from pipelines.ingest.survey import read_answer
from pipelines.ingest.text import key
from pipelines.ingest.vocabulary import Item, Vocabulary

# More different answers than this are no scale.
_MOST = 11


@dataclass(frozen=True)
class AskedItem:
    """A column that asks an item."""

    profile: Profile
    item_id: str
    score: float
    reason: str


@dataclass(frozen=True)
class Labels:
    """A scale's labels that the pack does not know: label -> value or status; left: those without a place."""

    known: dict[str, int | str]
    left: tuple[str, ...]


def propose_items(profiles: Sequence[Profile], vocabulary: Vocabulary) -> list[AskedItem]:
    """The item of each column that asks one, each item once."""
    found = _by_text(profiles, vocabulary)
    return sorted([*found, *_by_order(profiles, found, vocabulary)], key=lambda one: one.profile.index)


def propose_labels(asked: Sequence[AskedItem], vocabulary: Vocabulary) -> dict[str, Labels]:
    """Scale -> the labels of its items' answers that are not read as they stand."""
    by_scale: dict[str, Counter[str]] = defaultdict(Counter)
    for one in asked:
        by_scale[vocabulary.items[one.item_id].scale_id].update(one.profile.counts)
    items = {vocabulary.items[one.item_id].scale_id: vocabulary.items[one.item_id] for one in asked}
    proposed = {
        scale: _labels(counts, items[scale], vocabulary) for scale, counts in sorted(by_scale.items())
    }
    return {scale: labels for scale, labels in proposed.items() if labels.known or labels.left}


def _by_text(profiles: Sequence[Profile], vocabulary: Vocabulary) -> list[AskedItem]:
    finder = vocabulary.item_finder
    candidates: list[AskedItem] = []
    for profile in (p for p in profiles if p.is_nameable):
        for item_id in sorted(finder.find(profile.name)):
            candidates.append(AskedItem(profile, item_id, 100.0, "spørsmålet / the question"))
        for near in finder.near(profile.name)[:2]:
            candidates.append(
                AskedItem(profile, near.id, near.score, "nesten spørsmålet / nearly the question")
            )
    chosen: dict[int, AskedItem] = {}
    taken: set[str] = set()
    for one in sorted(candidates, key=lambda c: (-c.score, c.profile.index, c.item_id)):
        if one.profile.index not in chosen and one.item_id not in taken:
            chosen[one.profile.index] = one
            taken.add(one.item_id)
    return list(chosen.values())


@dataclass(frozen=True)
class _Block:
    """Columns of one group, or items of one dimension, in order. n_labels: of the columns' answers."""

    members: tuple[int | str, ...]
    n_points: int


def _by_order(
    profiles: Sequence[Profile], found: Sequence[AskedItem], vocabulary: Vocabulary
) -> list[AskedItem]:
    """Groups of columns against dimensions, both in their order: as many members with as many points."""
    by_index = {profile.index: profile for profile in profiles}
    named = {one.profile.index: one.item_id for one in found}
    groups = _groups(profiles)
    dimensions = _dimensions(vocabulary)
    pairs = _aligned(groups, dimensions, named)
    missing = set(vocabulary.items) - set(named.values())
    return [
        AskedItem(by_index[index], item_id, 60.0, "samme rekkefølge som i instrumentet / same order")
        for group, dimension in pairs
        for index, item_id in zip(group.members, dimension.members, strict=True)
        if isinstance(index, int) and isinstance(item_id, str) and index not in named and item_id in missing
    ]


def _groups(profiles: Sequence[Profile]) -> list[_Block]:
    """Neighbouring columns under one group header that hold answers of a scale; free text is left out."""
    blocks = []
    for _, members in groupby(profiles, key=lambda profile: profile.group):
        named = [p for p in members if p.is_nameable and not p.is_unique]
        answers = [(p, n) for p in named if 0 < (n := _n_labels(p)) <= _MOST]
        if answers:
            blocks.append(_Block(tuple(p.index for p, _ in answers), max(n for _, n in answers)))
    return blocks


def _n_labels(profile: Profile) -> int:
    """How many different answers there are, those that say nothing left out."""
    if len(profile.counts) > 3 * _MOST:
        return 0
    silent = frozenset().union(*load_words().no_answers)
    labels = {key(text) for text in profile.counts} - silent
    return len(labels) if sum(profile.counts.values()) >= 2 * len(labels) else 0


def _dimensions(vocabulary: Vocabulary) -> list[_Block]:
    rows = vocabulary.pack.items(vocabulary.period).select("dimension_id", "item_id").iter_rows()
    blocks = []
    for _, members in groupby(rows, key=lambda row: row[0]):
        ids = [item for _, item in members]
        blocks.append(_Block(tuple(ids), max(vocabulary.items[item].n_points for item in ids)))
    return blocks


def _aligned(
    groups: Sequence[_Block], dimensions: Sequence[_Block], named: dict[int, str]
) -> list[tuple[_Block, _Block]]:
    """The pairs, in both orders, that have most members together; what is named by text must agree."""
    best: dict[tuple[int, int], list[tuple[_Block, _Block]]] = {}
    for i in range(len(groups), -1, -1):
        for j in range(len(dimensions), -1, -1):
            choices: list[list[tuple[_Block, _Block]]] = [[]]
            if i < len(groups):
                choices.append(best[i + 1, j])
            if j < len(dimensions):
                choices.append(best[i, j + 1])
            if i < len(groups) and j < len(dimensions) and _fit(groups[i], dimensions[j], named):
                choices.append([(groups[i], dimensions[j]), *best[i + 1, j + 1]])
            best[i, j] = max(choices, key=lambda pairs: sum(len(group.members) for group, _ in pairs))
    return best[0, 0]


def _fit(group: _Block, dimension: _Block, named: dict[int, str]) -> bool:
    if len(group.members) != len(dimension.members) or group.n_points != dimension.n_points:
        return False
    pairs = zip(group.members, dimension.members, strict=True)
    return all(named.get(index, item) == item for index, item in pairs if isinstance(index, int))


def _labels(counts: Counter[str], item: Item, vocabulary: Vocabulary) -> Labels:
    """Statuses by the words for them, the rest by the order that their words tell."""
    read = {text: read_answer(text, item, vocabulary) for text in sorted(counts)}
    unread = [text for text, (status, _) in read.items() if status == "invalid"]
    known: dict[str, int | str] = {}
    for text in unread:
        if (status := _status(text, item, vocabulary)) is not None:
            known[text] = status
    left = [text for text in unread if text not in known]
    places = {text: place for text in left if (place := scale_place(text)) is not None}
    distinct = sorted(set(places.values()))
    # The points that no label stands for yet.
    points = sorted(set(range(1, item.n_points + 1)) - {value for _, value in read.values()})
    if len(places) == len(left) and len(distinct) == len({key(text) for text in left}) == len(points):
        return Labels(known | {text: points[distinct.index(places[text])] for text in left}, ())
    return Labels(known, tuple(text for text in left if is_tellable(text)))


def _status(text: str, item: Item, vocabulary: Vocabulary) -> str | None:
    """What the scale, else the contract, says of another word for the same silence."""
    own, general = vocabulary.pack.scale_index(item.scale_id), vocabulary.contract.answer_statuses
    for words in load_words().no_answers:
        if key(text) not in words:
            continue
        found = [own[word][0] for word in sorted(words) if word in own and own[word][1] is None]
        found += [general[word] for word in sorted(words) if word in general]
        return found[0] if found else None
    return None
