"""An answer to what-if as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import inf
from typing import Any

from pipelines.analysis.what_if import Answer, Moved
from pipelines.analysis.wording import Language, count, number, say, with_unit

# The first that shows a change is chosen.
_DECIMALS = (1, 2, 4)
# Neutral indicators have neither rank nor position.
_NO_WORDS = "–"
# The order in which the groups are told; the first that says anything is told unless all are asked for.
_GROUPS = ("owners", "nearest", "size_class", "kostra_group", "county", "centrality", "all")
ENDS = ("lower_bound", "upper_bound", "ci_low", "ci_high")


def as_json(answer: Answer) -> str:
    """One JSON object: what was assumed, what is left without a system, and each indicator that moves."""
    told = asdict(answer)
    for moved, row in zip(answer.moved, told["moved"], strict=True):
        row["outcome"] = moved.outcome
        row["places"] = {
            group: {"before": was, "after": will} for group, (was, will) in row["places"].items()
        }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def lines(answer: Answer, names: dict[str, str], lang: Language, *, show_all: bool = False) -> Iterator[str]:
    """What was assumed and leaves open, then each indicator that moves, those whose place does first.

    names: indicator, municipality, thing → shown name. show_all: the place in every peer group.
    """
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
    yield from _warnings(answer, names, lang)
    yield from _left(answer, names, lang)
    if not answer.moved:
        yield say("nothing_moves", lang)
    elif len(answer.moved) == 1:
        yield say("moved_one", lang)
    else:
        yield say("moved", lang, n=len(answer.moved))
    for moved in sorted(answer.moved, key=lambda one: _order(one, lang, show_all=show_all)):
        yield f"  {names.get(moved.indicator_id, moved.indicator_id)} ({moved.indicator_id})"
        yield from _values(moved, lang)
        yield from _places(moved, lang, show_all=show_all)
    yield ""
    yield say("only_assumed", lang)


def _named(names: dict[str, str], key: str | None, *concepts: str) -> str:
    """What a thing is called, with its id; the id alone where nothing is known of it."""
    found = [names[f"{concept}:{key}"] for concept in concepts if f"{concept}:{key}" in names]
    return f"{found[0]} ({key})" if found else str(key)


def _warnings(answer: Answer, names: dict[str, str], lang: Language) -> Iterator[str]:
    for one in answer.warnings:
        data_object = names.get(f"data_object:{one.data_object}", one.data_object)
        register = names.get(f"register:{one.register}", one.register)
        yield say("register_is_master", lang, data_object=data_object, register=register)
        yield ""


def _left(answer: Answer, names: dict[str, str], lang: Language) -> Iterator[str]:
    """What a retired system leaves without one, surely or perhaps; that nothing is left so is said too."""
    if not answer.left_without and all(change.action != "retire_system" for change in answer.changes):
        return
    if not answer.left_without:
        yield say("left_nothing", lang)
    for concept in ("function", "data_object"):
        for is_sure in (True, False):
            left = [
                names.get(f"{concept}:{one.thing_id}", one.thing_id)
                for one in answer.left_without
                if (one.concept, one.is_sure) == (concept, is_sure)
            ]
            if left:
                key = f"left_{concept}" if is_sure else f"left_{concept}_perhaps"
                yield say(key, lang, things="; ".join(sorted(left)))
    yield ""


# --- values ----------------------------------------------------------------------------------------


def _order(moved: Moved, lang: Language, *, show_all: bool) -> tuple[bool, float, str]:
    """Those whose place changes first, then by how much the value does."""
    changes = [before != after for _, before, after in _told_places(moved, lang, show_all=show_all)]
    return (not any(changes), -_size(moved), moved.indicator_id)


def _size(moved: Moved) -> float:
    """How much a value changes: points of a percentage or score, else per cent of what it was."""
    before, after = moved.before["value"], moved.after["value"]
    if before == after:
        return 0.0
    if before is None or after is None:
        return inf
    if moved.unit in {"percent", "points"} or before == 0:
        return float(abs(after - before))
    return float(100 * abs(after - before) / abs(before))


def _values(moved: Moved, lang: Language) -> Iterator[str]:
    """Before and after with so many decimals that a change can be seen, what they are of, and why."""
    before, after = moved.before, moved.after
    # A change of the value is seen in it; else that of the bounds.
    changing = ("value",) if before["value"] != after["value"] else ENDS
    decimals = next(
        (d for d in _DECIMALS if _numbers(before, changing, lang, d) != _numbers(after, changing, lang, d)),
        _DECIMALS[0],
    )
    was, will = (_value(row, moved.unit, lang, decimals) for row in (before, after))
    if was == will:
        yield f"    {say('value_same', lang, value=was)}"
    elif before["value"] is None or after["value"] is None or moved.outcome == "same":
        yield f"    {was} → {will}"
    else:
        yield f"    {was} → {will}: {say('outcome_' + moved.outcome, lang)}"
    low, high = (_hull(row, lang, decimals) for row in (before, after))
    if low != high:
        key = "bounds_move" if after["ci_low"] is None else "range_moves"
        yield f"    {say(key, lang, before=low, after=high)}"
    if moved.outcome == "same":
        why = _why_bounds(moved, lang)
        if why and low != high:
            yield f"    {say('only_bounds', lang, why=why)}"
        elif before["coverage"] != after["coverage"]:
            shares = [number(row["coverage"], lang) for row in (before, after)]
            yield f"    {say('coverage', lang)}: {' → '.join(shares)} %"
    yield from _sentence(moved, lang)


def _numbers(row: dict[str, Any], names: Sequence[str], lang: Language, decimals: int) -> list[str]:
    return [number(row[name], lang, decimals) for name in names]


def _value(row: dict[str, Any], unit: str, lang: Language, decimals: int) -> str:
    """The value with its unit and what it is of, or why there is none."""
    if row["status"] == "ok":
        shown = with_unit(row["value"], unit, lang, decimals)
    else:
        shown = say(f"status_{row['status']}", lang)
    above, below = row["numerator"], row["denominator"]
    if above is None or below is None:
        return shown
    key = "of" if unit == "percent" else "divided"
    return f"{shown} ({say(key, lang, part=count(above, lang), all=count(below, lang))})"


def _hull(row: dict[str, Any], lang: Language, decimals: int) -> str:
    """The lowest and highest of bounds and interval; ``–`` where neither is told or all is known."""
    ends = [row[name] for name in ENDS if row[name] is not None]
    if not ends or (min(ends) == max(ends) == row["value"]):
        return _NO_WORDS
    return say("range", lang, low=number(min(ends), lang, decimals), high=number(max(ends), lang, decimals))


def _why_bounds(moved: Moved, lang: Language) -> str:
    """Why the bounds move though the value does not."""
    before, after = moved.before, moved.after
    if before["n"] != after["n"]:
        return say("why_things", lang, before=before["n"], after=after["n"])
    if before["coverage"] != after["coverage"]:
        key = "why_known" if (after["coverage"] or 0) > (before["coverage"] or 0) else "why_unknown"
        return say(key, lang, before=number(before["coverage"], lang), after=number(after["coverage"], lang))
    return say("why_completions", lang)


def _sentence(moved: Moved, lang: Language) -> Iterator[str]:
    """What a reader could take wrongly: a share that moves by its denominator, and which way a gap lies."""
    before, after = moved.before, moved.after
    if moved.outcome == "same" or before["value"] is None or after["value"] is None:
        return
    if moved.better == "near_zero":
        way = {"better": "gap_smaller", "worse": "gap_larger"}.get(moved.outcome, "gap_as_large")
        yield f"    {gap_sentence(after['value'], lang)} {say(way, lang)}"
        return
    if None in (before["numerator"], after["numerator"], before["denominator"], after["denominator"]):
        return
    rises = after["value"] > before["value"]
    by_part = after["numerator"] > before["numerator"] if rises else after["numerator"] < before["numerator"]
    if not by_part:
        ends = {name: count(row["denominator"], lang) for name, row in (("before", before), ("after", after))}
        yield f"    {say('rises_by_denominator' if rises else 'falls_by_denominator', lang, **ends)}"


def gap_sentence(value: float, lang: Language) -> str:
    """Which way a gap between what is perceived and what is documented lies."""
    side = "below" if value < 0 else "above" if value > 0 else "even"
    return say(f"gap_{side}", lang, points=number(abs(value), lang))


# --- places ----------------------------------------------------------------------------------------


def _places(moved: Moved, lang: Language, *, show_all: bool) -> Iterator[str]:
    """Rank or percentile and position, before and after; those that stay on one line."""
    stay = []
    for group, before, after in _told_places(moved, lang, show_all=show_all):
        if before != after:
            yield f"    {say(f'group_{group}', lang)}: {before} → {after}"
        elif before != _NO_WORDS:
            stay.append(f"{say(f'group_{group}', lang)} {before}")
    if stay:
        yield "    " + say("as_before", lang, groups="; ".join(stay))


def _told_places(moved: Moved, lang: Language, *, show_all: bool) -> list[tuple[str, str, str]]:
    """Group, place before and after, in words: the owners', or the first that there is, or all."""
    told = []
    for group in _GROUPS:
        was, will = moved.places.get(group, (None, None))
        # Alone it is first whatever it does.
        if all(one is None or one["n_municipalities"] == 1 for one in (was, will)):
            continue
        told.append((group, shown_place(was, lang), shown_place(will, lang)))
    return told if show_all else told[:1]


def shown_place(row: dict[str, Any] | None, lang: Language) -> str:
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
