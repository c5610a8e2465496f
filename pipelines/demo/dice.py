"""Reproducible chance: every draw is made from ``Random.random()`` alone.

Its sequence for a text seed is the same in every Python version and on every machine, which is not
promised of ``choice``, ``sample`` or ``gauss``. No file and no clock is read here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws for one thing, named by its key, so that adding a thing moves no other thing's draws."""

    def __init__(self, *key: object) -> None:
        self._random = random.Random("|".join(str(part) for part in key))  # noqa: S311 - invented data
        self.unit = self._random.random

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, things: Sequence[T]) -> T:
        """One of the things, all equally likely."""
        return things[int(self.unit() * len(things))]

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """``count`` different things (fewer when there are fewer), in their given order."""
        ranked = sorted(range(len(things)), key=lambda _: self.unit())
        return [things[index] for index in sorted(ranked[:count])]

    def around_zero(self) -> float:
        """About normal with standard deviation 1, within -6 to 6 (sum of twelve uniforms)."""
        return sum(self.unit() for _ in range(12)) - 6
