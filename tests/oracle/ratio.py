"""Least and greatest ratio of two sums when each thing can be chosen on its own, exactly.

Every bound of an indicator that is Σ numerators ÷ Σ denominators over independent things is such a
ratio. Dinkelbach's method: at the best ratio r, choosing each thing for the least numerator −
r·denominator leaves exactly nothing; each round's choice gives a better r, and there are finitely
many choices. The numbers are fractions, so it ends at the exact answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Choice = tuple[int, int]  # what a thing adds to the numerator and to the denominator


def least_ratio(things: Sequence[Sequence[Choice]]) -> Fraction | None:
    """The least Σnumerator ÷ Σdenominator over all choices with a denominator; None where none has.

    things: for each, its choices; a denominator of 0 comes with a numerator of 0.
    """
    ratio = _any_ratio(things)
    while ratio is not None:
        better = _ratio([_cheapest(choices, ratio) for choices in things])
        if better is None or better >= ratio:
            return ratio
        ratio = better
    return None


def greatest_ratio(things: Sequence[Sequence[Choice]]) -> Fraction | None:
    """As ``least_ratio``, the greatest."""
    turned = least_ratio([[(-top, bottom) for top, bottom in choices] for choices in things])
    return None if turned is None else -turned


def _cheapest(choices: Sequence[Choice], ratio: Fraction) -> Choice:
    """The choice with the least numerator − ratio·denominator, of equals the one with the most below."""
    return min(choices, key=lambda choice: (choice[0] - ratio * choice[1], -choice[1]))


def _ratio(chosen: Sequence[Choice]) -> Fraction | None:
    bottom = sum(choice[1] for choice in chosen)
    return Fraction(sum(choice[0] for choice in chosen), bottom) if bottom else None


def _any_ratio(things: Sequence[Sequence[Choice]]) -> Fraction | None:
    """The ratio of the choice with the greatest denominators."""
    return _ratio([max(choices, key=lambda c: c[1]) for choices in things])
