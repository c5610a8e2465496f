"""What a run says while it works, and where its time went. No dagster here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Step:
    """One step under way. ``detail`` is said at its end, such as "12 files"."""

    name: str
    seconds: float = 0.0
    detail: str = ""


@dataclass
class Progress:
    """Says each step as it starts and ends, and keeps the times.

    say: receives text, with its own line ends; clock: seconds, monotonic.
    """

    say: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.perf_counter
    steps: list[Step] = field(default_factory=list)
    failure: BaseException | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time a step. An error is kept as ``failure``, the first one, and passes on."""
        step = Step(name)
        start = self.clock()
        self.say(f"  {name:<34} ")
        try:
            yield step
        except BaseException as error:
            if not isinstance(error, GeneratorExit):
                self.failure = self.failure or error
            step.detail = "failed"
            raise
        finally:
            step.seconds = self.clock() - start
            self.steps.append(step)
            self.say(f"{step.seconds:6.1f} s  {step.detail}".rstrip() + "\n")

    def add(self, name: str, seconds: float) -> None:
        """Note time that passed outside a step."""
        self.steps.append(Step(name, seconds))

    def table(self, total: float) -> list[str]:
        """Lines that tell where ``total`` seconds went, the rest included."""
        rest = total - sum(step.seconds for step in self.steps)
        rows = [(step.name, step.seconds) for step in self.steps] + [("Dagster and the rest", max(rest, 0.0))]
        lines = [f"  {name:<34} {seconds:6.1f} s  {seconds / (total or 1):4.0%}" for name, seconds in rows]
        return [*lines, f"  {'Total':<34} {total:6.1f} s"]
