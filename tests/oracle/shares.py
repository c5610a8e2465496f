"""The share rule: things that are yes, no or out of scope, as far as anybody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from .cell import HUNDRED, Cell, enough

# What one thing can be: any of "yes", "no", "out". One entry is known.
Options = frozenset[str]
YES, NO, OUT = "yes", "no", "out"
SURE_YES, SURE_NO, UNKNOWN = frozenset({YES}), frozenset({NO}), frozenset({YES, NO})
GONE = frozenset({OUT})


def share_cell(things: Sequence[Options], family_is_covered: bool) -> Cell:
    """The share rule over things whose scope may be unknown.

    things: what each can be; a thing that can only be out is no thing at all.
    """
    scoped = [options for options in things if options != GONE]
    yes = sum(options == SURE_YES for options in scoped)
    no = sum(options == SURE_NO for options in scoped)
    known, everything = yes + no, len(scoped)
    coverage = HUNDRED * Fraction(known, everything) if everything else None
    plain = Cell(
        "no_denominator",
        numerator=Fraction(yes),
        denominator=Fraction(known),
        n=everything,
        coverage=coverage,
    )
    low, high = (extreme(scoped, NO, YES), extreme(scoped, YES, NO)) if scoped else (None, None)
    if not family_is_covered or not enough(known, everything):
        return replace(plain, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if not known:
        return plain
    value = HUNDRED * Fraction(yes, known)
    return replace(plain, status="ok", value=value, lower_bound=low, upper_bound=high)


def extreme(things: Sequence[Options], liked: str, disliked: str) -> Fraction:
    """The share of yes in the completion that takes ``liked``, else out, else ``disliked``.

    Where that leaves no denominator, nothing can be ``liked`` and one ``disliked`` thing decides.
    """
    chosen = [liked if liked in o else OUT if OUT in o else disliked for o in things]
    inside = [choice for choice in chosen if choice != OUT] or [disliked]
    return HUNDRED * Fraction(inside.count(YES), len(inside))


def option(answer: bool | None) -> Options:
    """What one thing of a known scope can be."""
    return UNKNOWN if answer is None else SURE_YES if answer else SURE_NO


def coverage_cell(known: int, expected: int) -> Cell:
    """A COV_ indicator: ok whenever the kind was delivered, 100 when nothing is expected.

    Its own coverage is whole: of every expected thing it is known whether it is known.
    """
    value = HUNDRED * Fraction(known, expected) if expected else HUNDRED
    return Cell(
        "ok",
        value,
        numerator=Fraction(known),
        denominator=Fraction(expected),
        n=expected,
        coverage=HUNDRED,
    )


def least_favourable(answers: Sequence[bool | None]) -> bool | None:
    """No if any row says no, else unknown if any is blank, else yes."""
    if False in answers:
        return False
    return None if None in answers else True


def any_yes(answers: Sequence[bool | None]) -> bool | None:
    """Yes if any row says yes, else unknown if any is blank, else no."""
    if True in answers:
        return True
    return None if None in answers else False


def known_answer(answers: Sequence[bool | None]) -> bool | None:
    """What is known from any of several rows of one thing: a yes before a no before nothing."""
    return True if True in answers else False if False in answers else None
