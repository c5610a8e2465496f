"""Where two answers disagree, grouped by indicator, so that a hundred differences read as one cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

TOLERANCE = 1e-9
Number = int | float | Fraction
Value = str | Number | None


@dataclass(frozen=True)
class Difference:
    """One field of one key: what the pipeline has, and what the recomputation found."""

    indicator: str
    key: tuple[str, ...]
    field: str
    pipeline: object
    recomputed: object


def same(one: Value, two: Value) -> bool:
    """Numbers within 1e-9; texts and nulls exactly."""
    if isinstance(one, str) or isinstance(two, str) or one is None or two is None:
        return one == two
    return abs(float(one) - float(two)) <= TOLERANCE


Table = Mapping[tuple[str, ...], Mapping[str, Value]]


def differences(pipeline: Table, recomputed: Table, fields: Sequence[str], place: int) -> list[Difference]:
    """Every key that only one side has and every field that differs; ``place`` is the indicator's."""
    found = []
    for key in sorted(set(pipeline) | set(recomputed)):
        if key not in pipeline or key not in recomputed:
            sides = ("row" if key in side else "no row" for side in (pipeline, recomputed))
            found.append(Difference(key[place], key, "key", *sides))
            continue
        for field in fields:
            one, two = pipeline[key][field], recomputed[key][field]
            if not same(one, two):
                found.append(Difference(key[place], key, field, one, two))
    return found


def report(found: Iterable[Difference], shown: int = 6) -> str:
    """A line per difference, the first few of each indicator and field, after their number."""
    groups: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for difference in found:
        groups[(difference.indicator, difference.field)].append(difference)
    lines = []
    for (indicator, field), own in sorted(groups.items()):
        lines.append(f"{indicator}.{field}: {len(own)} differ")
        for one in own[:shown]:
            key = " ".join(part for part in one.key if part != indicator)
            lines.append(f"    {key}: pipeline {_plain(one.pipeline)}, recomputed {_plain(one.recomputed)}")
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, Fraction) and value.denominator != 1:
        return f"{float(value)!r} ({value})"
    return repr(float(value)) if isinstance(value, Fraction) else repr(value)
