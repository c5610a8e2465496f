"""MOD_ and BAR_: scores of respondents, intervals, the index, the level and the barriers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from statistics import NormalDist

from .cell import HUNDRED, Cell, worst
from .names import MASK, norm, parts
from .pack import Item, Pack
from .sheets import Sheet

MIN_RESPONDENTS = 5
PARTS = ("PU", "PO", "CS", "EN")
PRINCIPLES = ("P1", "P2", "P3", "P4", "P5")
Answer = tuple[str, int | None]  # status ok, dont_know, not_relevant, blank, invalid; 1..k


@dataclass(frozen=True)
class Survey:
    """The answers of one municipality: per respondent, item → answer, for the offered items."""

    items: tuple[Item, ...]
    offered: frozenset[str]
    respondents: tuple[dict[str, Answer], ...]
    is_official: bool
    areas: tuple[frozenset[str], ...] = ()

    def of(self, area: str) -> Survey:
        """Only the respondents that carry a focus area."""
        kept = [place for place, areas in enumerate(self.areas) if area in areas]
        return Survey(
            self.items,
            self.offered,
            tuple(self.respondents[place] for place in kept),
            self.is_official,
            tuple(self.areas[place] for place in kept),
        )


def read_answer(text: str, item: Item) -> Answer:
    """A number of the scale, or one of its labels; anything else is invalid."""
    if not text.strip():
        return ("blank", None)
    if (label := item.labels.get(norm(text))) is not None:
        return label
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return ("invalid", None)
    if number == number.to_integral_value() and 1 <= number <= item.points:
        return ("ok", int(number))
    return ("invalid", None)


def read_survey(sheet: Sheet, pack: Pack, period: str, mode: str) -> Survey:
    items = tuple(pack.items(period))
    by_id = {item.item_id: item for item in items}
    # Two rows of one respondent: nobody can say which is meant, so neither is used. A masked name is no name.
    given = [cells.get("respondent", "") for _, cells in sheet.rows]
    names = ["" if text == MASK else norm(text) for text in given]
    ids = Counter(names)
    kept = [cells for own, (_, cells) in zip(names, sheet.rows, strict=True) if not own or ids[own] == 1]
    respondents = tuple(
        {item_id: read_answer(cells.get(item_id, ""), by_id[item_id]) for item_id in sheet.offered}
        for cells in kept
    )
    areas = tuple(
        frozenset(
            pack.focus_areas[norm(text)]
            for text in parts(cells.get("focus area", ""))
            if norm(text) in pack.focus_areas
        )
        for cells in kept
    )
    return Survey(items, frozenset(sheet.offered), respondents, mode == "official", areas)


def dimension_items(survey: Survey, dimension: str) -> list[Item]:
    return [i for i in survey.items if i.dimension_id == dimension and i.item_id in survey.offered]


def score(answers: dict[str, Answer], items: list[Item]) -> Fraction | None:
    """100·(mean of the answered − 1)/(k − 1), or None where the respondent is not valid."""
    relevant = [item for item in items if answers[item.item_id][0] != "not_relevant"]
    values = [
        item.points + 1 - value if item.is_reversed else value
        for item in relevant
        for status, value in [answers[item.item_id]]
        if status == "ok" and value is not None
    ]
    needed = -(-2 * len(relevant) // 3)
    if not relevant or len(values) < needed:
        return None
    return HUNDRED * (Fraction(sum(values), len(values)) - 1) / (items[0].points - 1)


Scores = dict[int, Fraction]  # respondent → score


def pooled(surveys: Sequence[Survey]) -> list[tuple[Survey, dict[str, Answer]]]:
    """The respondents of all parts, each with the survey that offered the items."""
    return [(survey, answers) for survey in surveys for answers in survey.respondents]


def scores(surveys: Sequence[Survey], dimension: str) -> Scores:
    """Respondent (their place among all) → score, of those who are valid for the dimension."""
    found = (
        (place, score(answers, dimension_items(survey, dimension)))
        for place, (survey, answers) in enumerate(pooled(surveys))
    )
    return {place: value for place, value in found if value is not None}


def item_scores(surveys: Sequence[Survey], item_id: str) -> Scores:
    """Respondent → score of one item, of those who answered it."""
    found = (
        (place, score(answers, [i for i in survey.items if i.item_id == item_id and i.item_id in answers]))
        for place, (survey, answers) in enumerate(pooled(surveys))
    )
    return {place: value for place, value in found if value is not None}


@cache
def t_975(degrees: int) -> float:
    """The 97.5 % quantile of Student's t."""
    return t_quantile(degrees)


def t_quantile(degrees: float) -> float:
    """As ``t_975``, also for degrees of freedom that are no whole number."""
    from scipy import stats

    return float(stats.t.ppf(0.975, degrees))


def covariance(first: Scores, second: Scores) -> tuple[Fraction, int]:
    """Plain sample covariance over the respondents valid for both (0 below two), and their number."""
    both = sorted(set(first) & set(second))
    n = len(both)
    if n < 2:
        return Fraction(0), n
    mean_1 = sum((first[i] for i in both), Fraction(0)) / n
    mean_2 = sum((second[i] for i in both), Fraction(0)) / n
    return sum(((first[i] - mean_1) * (second[i] - mean_2) for i in both), Fraction(0)) / (n - 1), n


def clipped(centre: Fraction, half: float) -> tuple[float, float]:
    return max(0.0, float(centre) - half), min(100.0, float(centre) + half)


def score_cell(own: Scores, points: int, is_official: bool) -> Cell:
    """The municipality's score: mean over valid respondents, with its interval."""
    n, total = len(own), sum(own.values(), Fraction(0))
    if is_official:
        if n == 0:
            return Cell("no_denominator", numerator=total, denominator=Fraction(0), n=0)
        return Cell("ok", total / n, numerator=total, denominator=Fraction(n), n=n)
    if n < MIN_RESPONDENTS:
        return Cell("too_few_respondents", numerator=total, denominator=Fraction(n), n=n)
    floor = 100 / ((points - 1) * math.sqrt(12))
    deviation = max(math.sqrt(covariance(own, own)[0]), floor)
    half = t_975(n - 1) * deviation / math.sqrt(n)
    low, high = clipped(total / n, half)
    error = deviation * deviation / n
    return Cell("ok", total / n, None, None, low, high, total, Fraction(n), n, None, error)


def least_n(cells: dict[str, Cell], parts: Sequence[str]) -> int | None:
    """The least n of the parts that are present (have a value); None where none is."""
    return min((cells[part].n or 0 for part in parts if cells[part].status == "ok"), default=None)


def index_cell(cells: dict[str, Cell], own: dict[str, Scores], is_official: bool) -> Cell:
    """MOD_IDX from its nine parts."""
    n = least_n(cells, (*PARTS, *PRINCIPLES))
    present = [part for part in (*PARTS, *PRINCIPLES) if cells[part].status == "ok"]
    principles = [part for part in PRINCIPLES if part in present]
    if len(principles) < len(PRINCIPLES) - 1 or not set(PARTS) <= set(present):
        missing = [cells[part].status for part in (*PARTS, *PRINCIPLES) if part not in present]
        return Cell(worst(missing), n=n)
    weights = {p: Fraction(1, 8) if p in PARTS else Fraction(1, 2 * len(principles)) for p in present}
    value = sum((weights[p] * (cells[p].value or 0) for p in present), Fraction(0))
    if is_official:
        return Cell("ok", value, n=n)
    variance = Fraction(0)
    for one in present:
        for two in present:
            shared, n_both = covariance(own[one], own[two])
            variance += weights[one] * weights[two] * shared * n_both / (len(own[one]) * len(own[two]))
    assert n is not None
    variance = max(variance, Fraction(0))
    low, high = clipped(value, t_975(n - 1) * math.sqrt(variance))
    return Cell("ok", value, None, None, low, high, None, None, n, None, float(variance))


def level_cell(cells: dict[str, Cell]) -> Cell:
    """MOD_LVL: min(5, 1 + ⌊least of the four ÷ 25⌋), exactly."""
    missing = [cells[part].status for part in PARTS if cells[part].status != "ok"]
    n = least_n(cells, PARTS)
    if missing:
        return Cell(worst(missing), n=n)
    least = min(value for part in PARTS if (value := cells[part].value) is not None)
    return Cell("ok", Fraction(min(5, 1 + least // 25)), n=n)


def wilson(yes: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval without continuity correction, in percent."""
    z = NormalDist().inv_cdf(0.975)
    p, z2 = yes / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, 100 * (centre - half)), min(100.0, 100 * (centre + half))


def barrier_cell(survey: Survey, item: Item) -> Cell:
    return barriers_cell([survey], item)


def barriers_cell(surveys: Sequence[Survey], item: Item) -> Cell:
    """Respondents answering k−1 or k ÷ respondents with a valid answer."""
    valid: list[int] = []
    is_official = any(survey.is_official for survey in surveys)
    for _, answers in pooled(surveys):
        status, value = answers.get(item.item_id, ("blank", None))
        if status == "ok" and value is not None:
            valid.append(item.points + 1 - value if item.is_reversed else value)
    n, yes = len(valid), sum(1 for value in valid if value >= item.points - 1)
    if n == 0 and is_official:
        return Cell("no_denominator", numerator=Fraction(0), denominator=Fraction(0), n=0)
    if n < MIN_RESPONDENTS and not is_official:
        return Cell("too_few_respondents", numerator=Fraction(yes), denominator=Fraction(n), n=n)
    low, high = (None, None) if is_official else wilson(yes, n)
    return Cell("ok", HUNDRED * Fraction(yes, n), None, None, low, high, Fraction(yes), Fraction(n), n)


def survey_cells(surveys: Sequence[Survey], pack: Pack, period: str) -> dict[str, Cell]:
    """Every MOD_ and BAR_ indicator of one unit's surveys, one for each of its parts."""
    cells: dict[str, Cell] = {}
    own: dict[str, Scores] = {}
    items = {item.item_id: item for item in pack.items(period)}
    is_official = any(survey.is_official for survey in surveys)
    for part in (*PARTS, *PRINCIPLES):
        if part not in pack.dimensions(period):
            cells[part], own[part] = Cell("not_applicable"), {}
            continue
        own[part] = scores(surveys, part)
        points = next((item.points for item in items.values() if item.dimension_id == part), 5)
        cells[part] = score_cell(own[part], points, is_official)
    result = {f"MOD_{part}": cell for part, cell in cells.items()}
    result["MOD_IDX"] = index_cell(cells, own, is_official)
    result["MOD_LVL"] = level_cell(cells)
    for number in range(1, 13):
        item = items.get(f"BAR_{number}")
        result[f"BAR_{number}"] = barriers_cell(surveys, item) if item else Cell("not_applicable")
    return result


# --- PRO_GAP --------------------------------------------------------------------------------

OWNERSHIP_ITEM = "PO1"


def gap_cell(surveys: Sequence[Survey], owned: Cell, pack: Pack, period: str) -> Cell:
    """PRO_GAP: the score of PO1 less PRO_OWN (``owned``) of the same unit."""
    item = next((item for item in pack.items(period) if item.item_id == OWNERSHIP_ITEM), None)
    if item is None:
        return Cell("not_applicable")
    is_official = any(survey.is_official for survey in surveys)
    felt = score_cell(item_scores(surveys, OWNERSHIP_ITEM), item.points, is_official)
    status = worst([felt.status, owned.status])
    low = high = None
    if felt.value is not None and owned.lower_bound is not None and owned.upper_bound is not None:
        low, high = felt.value - owned.upper_bound, felt.value - owned.lower_bound
    cell = Cell(status, n=felt.n, coverage=owned.coverage)
    if status == "insufficient_coverage":
        return replace(cell, lower_bound=low, upper_bound=high)
    if status != "ok" or felt.value is None or owned.value is None:
        return cell
    moved = [None if end is None else end - float(owned.value) for end in (felt.ci_low, felt.ci_high)]
    value = felt.value - owned.value
    return replace(
        cell,
        value=value,
        lower_bound=low,
        upper_bound=high,
        ci_low=moved[0],
        ci_high=moved[1],
        error_variance=felt.error_variance,
    )
