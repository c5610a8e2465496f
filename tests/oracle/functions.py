"""FUN_: how many systems in use serve each core function."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .cell import HUNDRED, Cell, enough
from .ratio import least_ratio
from .shares import GONE, NO, OUT, SURE_NO, SURE_YES, YES, Options, share_cell
from .systems import System


@dataclass(frozen=True)
class Served:
    """One core function: the systems that serve it for sure, and whether these are known to be all."""

    n_systems: int
    is_answered: bool


def served_functions(
    systems: Sequence[System], answered: Collection[str], core: Collection[str]
) -> dict[str, Served]:
    """Each core function; a system that may be gone, or is quarantined, leaves its functions open."""
    found = {}
    for function_id in core:
        own = [system for system in systems if function_id in system.serves]
        sure = [system for system in own if system.lifecycle == "in_use" and not system.is_quarantined]
        is_open = any(system.is_quarantined or system.lifecycle is None for system in own)
        found[function_id] = Served(len(sure), function_id in answered and not is_open)
    return found


def _overlap(function: Served) -> Options:
    """An unanswered function may be anything, whatever sure systems it has."""
    if not function.is_answered:
        return frozenset({OUT, NO, YES})
    return GONE if function.n_systems == 0 else SURE_YES if function.n_systems >= 2 else SURE_NO


def function_cells(functions: Sequence[Served], n_answered: int) -> dict[str, Cell]:
    """n_answered: the functions marked komplett or har ikke, on which COV_FUN rests."""
    is_covered = enough(n_answered, len(functions))
    return {
        "FUN_OVL": share_cell([_overlap(function) for function in functions], is_covered),
        "FUN_RED": _redundancy(functions, n_answered),
    }


def _redundancy(functions: Sequence[Served], n_answered: int) -> Cell:
    """Σ (S − 1) ÷ Σ S over what is sure; an unanswered function may have more systems than those."""
    total = sum(function.n_systems for function in functions)
    spare = sum(function.n_systems - 1 for function in functions if function.n_systems)
    low, high = _bounds(functions)
    cell = Cell(
        "no_denominator",
        numerator=Fraction(spare),
        denominator=Fraction(total),
        n=sum(1 for f in functions if f.n_systems or not f.is_answered),
        coverage=HUNDRED * Fraction(n_answered, len(functions)) if functions else HUNDRED,
    )
    if not enough(n_answered, len(functions)):
        return replace(cell, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if not total:
        return cell
    value = HUNDRED * Fraction(spare, total)
    return replace(cell, status="ok", value=value, lower_bound=low, upper_bound=high)


def _bounds(functions: Sequence[Served]) -> tuple[Fraction | None, Fraction | None]:
    """Least over all completions; greatest 100 while a function may have any number of systems."""
    choices = []
    for function in functions:
        sure = (max(0, function.n_systems - 1), function.n_systems)
        # One more system than none is the only addition that can make the ratio less.
        choices.append([sure] if function.is_answered or function.n_systems else [sure, (0, 1)])
    low = least_ratio(choices)
    if low is None:
        return None, None
    low *= HUNDRED
    return low, HUNDRED if any(not function.is_answered for function in functions) else low
