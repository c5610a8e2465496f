"""An answer to what-if as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipelines.analysis.what_if import Answer, Moved
from pipelines.analysis.wording import Language, number, say

# The first that shows a change is chosen.
_DECIMALS = (1, 2, 4)
# Neutral indicators have neither rank nor position.
_NO_WORDS = "–"
# The order in which the groups are told.
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
        yield "  " + say(
            change.action,
            lang,
            target=_named(names, change.target, "system", "process"),
            data_object=_named(names, change.data_object, "data_object"),
        )
    yield ""
    if not answer.moved:
        yield say("nothing_moves", lang)
    elif len(answer.moved) == 1:
        yield say("moved_one", lang)
    else:
        yield say("moved", lang, n=len(answer.moved))
    for moved in answer.moved:
        yield f"  {names.get(moved.indicator_id, moved.indicator_id)} ({moved.indicator_id})"
        yield from _values(moved, lang)
        yield from _places(moved, lang)
    yield ""
    yield say("only_assumed", lang)


def _named(names: dict[str, str], key: str | None, *concepts: str) -> str:
    """What a thing is called, with its id; the id alone where nothing is known of it."""
    found = [names[f"{concept}:{key}"] for concept in concepts if f"{concept}:{key}" in names]
    return f"{found[0]} ({key})" if found else str(key)


def _values(moved: Moved, lang: Language) -> Iterator[str]:
    """Before and after with so many decimals that a change can be seen; the coverage where it alone moves."""
    for decimals in _DECIMALS:
        before, after = (_value(row, lang, decimals) for row in (moved.before, moved.after))
        if before != after:
            yield f"    {before} → {after}"
            return
    yield f"    {before}"
    if moved.before["coverage"] != moved.after["coverage"]:
        shares = [number(row["coverage"], lang) for row in (moved.before, moved.after)]
        yield f"    {say('coverage', lang)}: {' → '.join(shares)} %"


def _value(row: dict[str, Any], lang: Language, decimals: int) -> str:
    """The value with its bounds, or why there is none."""
    shown = number(row["value"], lang, decimals) if row["status"] == "ok" else say(_status(row), lang)
    low, high = row["lower_bound"], row["upper_bound"]
    if low is None or (low == high == row["value"]):
        return shown
    ends = {"low": number(low, lang, decimals), "high": number(high, lang, decimals)}
    return f"{shown} ({say('bounds', lang, **ends)})"


def _status(row: dict[str, Any]) -> str:
    return f"status_{row['status']}"


def _places(moved: Moved, lang: Language) -> Iterator[str]:
    """Rank or percentile and position in each group, before and after; those that stay on one line."""
    stay = []
    for group in _GROUPS:
        was, will = moved.places.get(group, (None, None))
        if all(one is None or one["n_municipalities"] == 1 for one in (was, will)):
            # Alone it is first whatever it does.
            continue
        before, after = _place(was, lang), _place(will, lang)
        if before != after:
            yield f"    {say(f'group_{group}', lang)}: {before} → {after}"
        elif before != _NO_WORDS:
            stay.append(f"{say(f'group_{group}', lang)} {before}")
    if stay:
        yield "    " + say("as_before", lang, groups="; ".join(stay))


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
    return ", ".join(words) or _NO_WORDS
