"""What all respondents together say: Cronbach's alpha, and how the answers are spread."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .pack import Item
from .parts import Parts
from .peers import GROUP_TYPES, peer_groups
from .survey import MIN_RESPONDENTS, Survey
from .units import CURRENT, Unit, delivery_status, units

MIN_RELIABILITY = 30
STATUSES = ("dont_know", "not_relevant", "blank", "invalid")
ReliabilityKey = tuple[str, str, str, str]  # period, collection group, instrument, dimension
# period, item, collection mode, peer group type, peer group, answer
AnswerKey = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Reliability:
    """n: respondents with an answer to every item of the dimension."""

    n: int
    n_items: int
    alpha: float | Fraction | None
    status: str


@dataclass(frozen=True)
class Answers:
    """How many gave one answer; n is None where the group has too few respondents."""

    n: int | None
    status: str


def reliability(parts: Parts) -> dict[ReliabilityKey, Reliability]:
    """Alpha of every dimension of the period's instrument, fictional and real apart."""
    pack = parts.pack
    surveys: dict[tuple[str, str], list[Survey]] = defaultdict(list)
    for ((number, period, kind), mode), own in parts.counting.items():
        if kind == "survey" and mode == "respondents" and own.status == "delivered":
            group = "fictional:all" if pack.is_fictional(number) else "all"
            surveys[(period, group)].append(parts.survey(number, period, mode))
    found = {}
    for (period, group), own_surveys in sorted(surveys.items()):
        for dimension in sorted(pack.dimensions(period)):
            items = [item for item in pack.items(period) if item.dimension_id == dimension]
            key = (period, group, pack.instrument(period), dimension)
            found[key] = reliability_of(complete_answers(own_surveys, items), len(items))
    return found


def complete_answers(surveys: Sequence[Survey], items: Sequence[Item]) -> list[list[int]]:
    """The answers, reversed ones turned, of the respondents who answered every item."""
    found = []
    for survey in surveys:
        for answers in survey.respondents:
            given = [answers.get(item.item_id, ("blank", None)) for item in items]
            values = [
                item.points + 1 - value if item.is_reversed else value
                for item, (status, value) in zip(items, given, strict=True)
                if status == "ok" and value is not None
            ]
            if items and len(values) == len(items):
                found.append(values)
    return found


def reliability_of(rows: Sequence[Sequence[int]], n_items: int) -> Reliability:
    n = len(rows)
    if n < MIN_RELIABILITY:
        return Reliability(n, n_items, None, "too_few_respondents")
    alpha = cronbach(rows)
    return Reliability(n, n_items, alpha, "no_denominator" if alpha is None else "ok")


def cronbach(rows: Sequence[Sequence[int]]) -> float | Fraction | None:
    """Cronbach's alpha; of two items Spearman-Brown's 2r ÷ (1 + r). None where nothing varies."""
    columns = list(zip(*rows, strict=True))
    k = len(columns)
    spreads = [variance(column) for column in columns]
    total = variance([sum(row) for row in rows])
    if k < 2 or total == 0:
        return None
    if k == 2:
        if 0 in spreads:
            return None
        shared = (total - sum(spreads, Fraction(0))) / 2
        r = float(shared) / math.sqrt(float(spreads[0] * spreads[1]))
        return None if r <= -1 + 1e-12 else 2 * r / (1 + r)
    return Fraction(k, k - 1) * (1 - sum(spreads, Fraction(0)) / total)


def variance(values: Sequence[int]) -> Fraction:
    """The sample variance, exactly."""
    n, total = len(values), sum(values)
    return (sum(value * value for value in values) - Fraction(total * total, n)) / (n - 1)


def answer_distribution(parts: Parts) -> dict[AnswerKey, Answers]:
    """Every answer and status of every item that was asked, in every group but the nearest."""
    pack = parts.pack
    counts: dict[tuple[str, str, str, str, str], Counter[str]] = defaultdict(Counter)
    for unit in units(parts):
        if unit.boundary != CURRENT or unit.is_broken:
            continue
        for mode in ("respondents", "official"):
            if delivery_status(parts, unit, ["survey"], mode) == "delivered":
                for group_type, group in _groups(parts, unit):
                    _count(parts, unit, mode, counts, (group_type, group))
    found = {}
    points = {period: {item.item_id: item.points for item in pack.items(period)} for period in pack.periods}
    for (period, item_id, mode, group_type, group), own in counts.items():
        # Official answers are municipalities' own, and have no minimum.
        scale = [str(value) for value in range(1, points[period][item_id] + 1)]
        enough = mode == "official" or sum(own[value] for value in scale) >= MIN_RESPONDENTS
        for answer in (*scale, *STATUSES):
            key = (period, item_id, mode, group_type, group, answer)
            found[key] = Answers(own[answer], "ok") if enough else Answers(None, "too_few_respondents")
    return found


def _groups(parts: Parts, unit: Unit) -> list[tuple[str, str]]:
    return [
        (group_type, group)
        for group_type in GROUP_TYPES
        for group in peer_groups(parts.pack, unit.municipality, unit.period, group_type)
    ]


def _count(
    parts: Parts,
    unit: Unit,
    mode: str,
    counts: dict[tuple[str, str, str, str, str], Counter[str]],
    group: tuple[str, str],
) -> None:
    for part in unit.parts:
        survey = parts.survey(part, unit.period, mode)
        for answers in survey.respondents:
            for item_id, (status, value) in answers.items():
                answer = str(value) if status == "ok" else status
                counts[(unit.period, item_id, mode, *group)][answer] += 1
