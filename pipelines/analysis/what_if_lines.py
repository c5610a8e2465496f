"""An answer to what-if as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipelines.analysis.what_if import Answer, Moved
from pipelines.analysis.wording import Language, number, say

# Whether there are that many to choose a word for is told by the group, in this order.
_GROUPS = ("owners", "nearest", "size_class", "kostra_group", "county", "centrality", "all")


def as_json(answer: Answer) -> str:
    """One JSON object: what was assumed, and each indicator that moves with its places."""
    return json.dumps(asdict(answer), ensure_ascii=False, indent=2, default=str)


def lines(answer: Answer, names: dict[str, str], lang: Language) -> Iterator[str]:
    """What was assumed, then each indicator that moves. names: indicator, municipality → shown name."""
    yield say(
        "assumed",
        lang,
        name=names.get(answer.municipality_number, answer.municipality_number),
        number=answer.municipality_number,
        period=answer.period,
    )
    for change in answer.changes:
        yield "  " + say(change.action, lang, target=change.target, data_object=change.data_object)
    yield ""
    if not answer.moved:
        yield say("nothing_moves", lang)
    else:
        yield say("moved", lang, n=len(answer.moved))
    for moved in answer.moved:
        yield f"  {names.get(moved.indicator_id, moved.indicator_id)} ({moved.indicator_id})"
        yield f"    {_value(moved.before, lang)} → {_value(moved.after, lang)}"
        yield from _places(moved, lang)
    yield ""
    yield say("only_assumed", lang)


def _value(row: dict[str, Any], lang: Language) -> str:
    """The value with its bounds, or why there is none."""
    shown = number(row["value"], lang) if row["status"] == "ok" else say(f"status_{row['status']}", lang)
    low, high = row["lower_bound"], row["upper_bound"]
    if low is None or (low == high == row["value"]):
        return shown
    return f"{shown} ({say('bounds', lang, low=number(low, lang), high=number(high, lang))})"


def _places(moved: Moved, lang: Language) -> Iterator[str]:
    for group in _GROUPS:
        was, will = moved.places.get(group, (None, None))
        before, after = _place(was, lang), _place(will, lang)
        if before != after:
            yield f"    {say(f'group_{group}', lang)}: {before} → {after}"


def _place(row: dict[str, Any] | None, lang: Language) -> str:
    """Rank or percentile and the position, in words."""
    if row is None:
        return say("no_place", lang)
    words = []
    if row["percentile"] is not None:
        shown = number(row["percentile"], lang, 0)
        words.append(say("percentile", lang, percentile=shown, n=row["n_municipalities"]))
    elif row["rank"] is not None:
        words.append(say("rank", lang, rank=row["rank"], n=row["n_municipalities"]))
    if row["conclusion"] is not None:
        words.append(say(row["conclusion"], lang))
    return ", ".join(words) or "–"
