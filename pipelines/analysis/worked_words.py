"""Which sentence the numbers choose: verdicts, changes and places as words. No number is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from pipelines.analysis.wording import say
from pipelines.analysis.worked_data import Cell

CONTENT = Path(__file__).with_name("worked_example.yml")

Verdict = Literal["clear", "few", "open", "not", "untold"]
Places = Callable[[Iterable[str]], str]
# From the least to the greatest of some values, as they are shown.
Span = Callable[[Sequence[float]], str]


@dataclass(frozen=True)
class Sign:
    """A claim about an indicator: its value lies below or above a line; without a line there is no claim."""

    indicator_id: str
    side: Literal["below", "above"] = "below"
    line: float | None = None
    claim: str = ""


@cache
def content() -> dict[str, Any]:
    """The document's texts and settings."""
    loaded: dict[str, Any] = yaml.safe_load(CONTENT.read_text("utf-8"))
    return loaded


def sentence(key: str, **filled: object) -> str:
    """A sentence with its places filled."""
    return str(content()["sentences"][key]).format(**filled)


def word(key: str, **filled: object) -> str:
    """A word or two with their places filled."""
    return str(content()["words"][key]).format(**filled)


def count(number: int) -> str:
    """A whole number in words where there is a word for it."""
    numerals = content()["numerals"]
    return str(numerals[number]) if number < len(numerals) else str(number)


def opening(text: str) -> str:
    """The text with a capital first."""
    return text[:1].upper() + text[1:]


def listing(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def rests_on_few(cell: Cell) -> bool:
    """Whether a share rests on so few things that nothing is called clear. The interval of an estimate says
    by itself how few the respondents are.
    """
    return (
        not cell.is_estimate
        and cell.denominator is not None
        and cell.denominator < content()["least_denominator"]
    )


def verdict(sign: Sign, cell: Cell) -> Verdict:
    """Whether what the sign claims is so over the whole range (``few``: of few things), nowhere or in a part.

    On the line itself the claim is false where the range is exact, and open where it is an estimate. Without
    a range the value itself is it.
    """
    if cell.status != "ok" or cell.value is None or sign.line is None:
        return "untold"
    low, high = ends(cell)
    # Turned so that the claim is always "below".
    near, far, line = (low, high, sign.line) if sign.side == "below" else (-high, -low, -sign.line)
    if far < line:
        return "few" if rests_on_few(cell) else "clear"
    if near > line or (near == line and not cell.is_estimate):
        return "not"
    return "open"


def sign_line(sign: Sign, cells: Sequence[Cell], places: Places, span: Span) -> str:
    """The claim, where it holds and with what values: one line of a list."""
    groups = _grouped((verdict(sign, cell), cell) for cell in cells)
    told = [
        sentence(f"sign_{kind}", places=places(_numbers(groups[kind])), values=span(values_of(groups[kind])))
        for kind in ("clear", "few", "open", "not")
        if kind in groups
    ]
    told += _untold(groups.get("untold", []), places)
    return f"{opening(sign.claim)}: {'; '.join(told)}."


def clear_of_told(signs: Sequence[Sign], cells: Sequence[Cell]) -> tuple[int, int]:
    """How many signs show clearly, and how many can be told. cells: one for each sign."""
    verdicts = [verdict(sign, cell) for sign, cell in zip(signs, cells, strict=True)]
    return verdicts.count("clear"), len(verdicts) - verdicts.count("untold")


def _untold(cells: Sequence[Cell], places: Places) -> list[str]:
    by_status: dict[str, list[Cell]] = {}
    for cell in cells:
        by_status.setdefault(cell.status, []).append(cell)
    return [
        sentence("sign_untold", places=places(_numbers(found)), why=say(f"status_{status}", "en"))
        for status, found in sorted(by_status.items())
    ]


def signs_summary(signs: Sequence[Sign], cells: Mapping[str, Sequence[Cell]], places: Places) -> str:
    """How many of a finding's signs show clearly, and where; empty where there is no sign."""
    told = [sign for sign in signs if sign.line is not None]
    if not told:
        return ""
    clear: dict[str, int] = {}
    untold: dict[str, int] = {}
    for sign in told:
        for cell in cells[sign.indicator_id]:
            found_here = verdict(sign, cell)
            clear[cell.municipality_number] = clear.get(cell.municipality_number, 0) + (found_here == "clear")
            if found_here == "untold":
                untold[cell.municipality_number] = untold.get(cell.municipality_number, 0) + 1
    if len(told) == 1:
        found = [number for number, n in clear.items() if n]
        key = "signs_one" if found else "signs_one_none"
        return sentence(key, clear=places(found), total=count(len(clear)))
    levels = [
        _level(n, len(told), places(number for number, own in clear.items() if own == n))
        for n in sorted(set(clear.values()), reverse=True)
    ]
    if untold:
        some = [
            sentence(
                "signs_untold_in", count=count(n), places=places(k for k, own in untold.items() if own == n)
            )
            for n in sorted(set(untold.values()), reverse=True)
        ]
        levels.append(sentence("signs_untold", places=", ".join(some)))
    return sentence("signs", levels="; ".join(levels))


def _level(n: int, signs: int, places: str) -> str:
    whole = "signs_level_both" if signs == 2 else "signs_level_all"
    key = "signs_level_none" if n == 0 else whole if n == signs else "signs_level"
    return sentence(key, count=count(n), signs=count(signs), places=places)


def change_sentence(better: str, cells: Sequence[Cell], places: Places) -> str:
    """Where the indicator has clearly moved since the period before, and where that cannot be told."""
    groups = _grouped((_change(better, cell), cell) for cell in cells)
    order = ("better", "worse", "up", "down", "few", "same", "open", "untold")
    told = [
        sentence(f"change_{kind}", places=places(_numbers(groups[kind]))) for kind in order if kind in groups
    ]
    previous = sorted({cell.previous_period for cell in cells if cell.previous_period is not None})
    if not previous:
        return sentence("change_none")
    return sentence("change", previous=listing(previous), parts="; ".join(told))


def _change(better: str, cell: Cell) -> str:
    if cell.change is None:
        return "untold"
    if cell.change_low == 0 == cell.change_high:
        return "same"
    # Judged before rounding: a released end of 0 may be a little more.
    if not cell.is_sure_change:
        return "open"
    if rests_on_few(cell):
        return "few"
    return _judged(better, is_up=cell.change > 0, if_up="up", if_down="down")


def position_sentence(better: str, cells: Sequence[Cell], places: Places) -> str:
    """Who lies clearly on one side of the median of the other owners; empty where nobody has a place."""
    groups = _grouped((_position(better, cell), cell) for cell in cells if cell.conclusion is not None)
    order = ("better", "worse", "above", "below", "few", "open")
    told = [
        sentence(f"position_{kind}", places=places(_numbers(groups[kind])))
        for kind in order
        if kind in groups
    ]
    return sentence("position", parts="; ".join(told)) if told else ""


def _position(better: str, cell: Cell) -> str:
    if cell.conclusion not in ("above", "below"):
        return "open"
    if rests_on_few(cell):
        return "few"
    return _judged(better, is_up=cell.conclusion == "above", if_up="above", if_down="below")


def _judged(better: str, *, is_up: bool, if_up: str, if_down: str) -> str:
    """Better or worse; where neither direction is better, the direction itself."""
    if better not in ("up", "down"):
        return if_up if is_up else if_down
    return "better" if is_up == (better == "up") else "worse"


def spread_sentence(cells: Sequence[Cell], shown: Callable[[float], str], places: Places) -> str:
    """Lowest and highest value as they are shown, and whose; empty where there is no value."""
    told = [(cell.value, cell.municipality_number) for cell in cells if cell.value is not None]
    if not told:
        return ""
    lowest, highest = shown(min(told)[0]), shown(max(told)[0])
    if lowest == highest:
        return sentence("spread_same", low=lowest)
    return sentence(
        "spread",
        low=lowest,
        low_places=places(number for value, number in told if shown(value) == lowest),
        high=highest,
        high_places=places(number for value, number in told if shown(value) == highest),
    )


def range_sentence(cells: Sequence[Cell], shown: Callable[[float], str], places: Places) -> str:
    """From where to where the ranges reach, and the widest of them; empty where there is no range."""
    ranged = [
        (cell.low, cell.high, cell.municipality_number)
        for cell in cells
        if cell.low is not None and cell.high is not None
    ]
    if not ranged:
        return ""
    least, greatest = shown(min(low for low, _, _ in ranged)), shown(max(high for _, high, _ in ranged))
    low, high, widest = max(ranged, key=lambda one: (one[1] - one[0], one[2]))
    reach = sentence(
        "ranges",
        low=least,
        low_places=places(number for one, _, number in ranged if shown(one) == least),
        high=greatest,
        high_places=places(number for _, one, number in ranged if shown(one) == greatest),
    )
    if shown(low) == shown(high):
        return f"{reach}."
    most = sentence("ranges_widest", widest=places([widest]), widest_low=shown(low), widest_high=shown(high))
    return f"{reach}; {most}"


def ends(cell: Cell) -> tuple[float, float]:
    """The ends of the range; without one the value itself. ValueError where there is neither."""
    low, high = (cell.value if end is None else end for end in (cell.low, cell.high))
    if low is None or high is None:
        raise ValueError(f"{cell.municipality_number} has neither range nor value of {cell.indicator_id}")
    return low, high


def values_of(cells: Iterable[Cell]) -> list[float]:
    """The values that there are."""
    return [cell.value for cell in cells if cell.value is not None]


def _grouped(judged: Iterable[tuple[str, Cell]]) -> dict[str, list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    for kind, cell in judged:
        groups.setdefault(kind, []).append(cell)
    return groups


def _numbers(cells: Iterable[Cell]) -> list[str]:
    return [cell.municipality_number for cell in cells]
