"""The difference between two releases in words, nb or en, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipelines.analysis.release_diff import (
    CAUSES,
    DELIVERY_CAUSES,
    SUPPRESSED,
    DeliveryChange,
    Difference,
    PackChange,
    Row,
    TableChange,
    ValueChange,
)
from pipelines.analysis.wording import Language, number, say

# So many lines of each kind unless all are asked for.
MOST = 10
MOST_OF_A_CAUSE = 5


def lines(found: Difference, lang: Language, *, show_all: bool) -> Iterator[str]:
    """What changed, grouped by cause: first what changed beneath the values, then the values."""
    old, new = found.releases
    yield say("diff_head", lang, before=old, after=new)
    if found.content[0] == found.content[1]:
        yield say("diff_same", lang)
        return
    yield from _delivery_lines(found.deliveries, found.names, lang, show_all=show_all)
    key = "diff_code_same" if found.code[0] == found.code[1] else "diff_code"
    yield say(key, lang, before=found.code[0], after=found.code[1])
    yield from _pack_lines(found, lang, show_all=show_all)
    yield from _value_lines(found, lang, show_all=show_all)
    yield from _table_lines(found.tables, lang)
    if not show_all:
        yield say("diff_more", lang)


def as_json(found: Difference) -> str:
    """Everything, as one JSON object. Keys that are no text become text, dates ISO 8601."""
    content = asdict(found)
    for table in content["tables"]:
        table["causes"] = [
            {"causes": list(causes), "rows": count} for causes, count in sorted(table["causes"].items())
        ]
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True, default=str)


def _delivery_lines(
    changes: Sequence[DeliveryChange],
    names: Mapping[str, tuple[str, str]],
    lang: Language,
    *,
    show_all: bool,
) -> Iterator[str]:
    yield ""
    if not changes:
        yield say("diff_no_deliveries", lang)
    for cause in DELIVERY_CAUSES:
        own = [change for change in changes if change.cause == cause]
        if not own:
            continue
        yield say("diff_count", lang, what=say(f"diff_deliveries_{cause}", lang), n=len(own))
        yield from _some((_delivery_line(change, names, lang) for change in own), len(own), lang, show_all)


def _delivery_line(change: DeliveryChange, names: Mapping[str, tuple[str, str]], lang: Language) -> str:
    row = change.delivery
    text = say(
        "diff_delivery",
        lang,
        name=_name(names, row["municipality_number"], lang),
        period=row["period"],
        kind=say(f"diff_kind_{row['kind']}", lang),
        file=row["file_name"],
    )
    if change.replaced:
        text += say("diff_instead_of", lang, files=", ".join(change.replaced))
    return f"  {text} ({row['delivery_id']})"


def _pack_lines(found: Difference, lang: Language, *, show_all: bool) -> Iterator[str]:
    if found.pack[0] == found.pack[1]:
        yield say("diff_pack_same", lang)
        return
    if found.pack_changes is None:
        yield say("diff_pack_missing", lang, before=found.pack[0][:12], after=found.pack[1][:12])
        return
    counts = Counter(change.table for change in found.pack_changes)
    tables = ", ".join(f"{table} ({count})" for table, count in sorted(counts.items()))
    yield say("diff_pack", lang, tables=tables)
    shown = (f"  {_pack_line(change, lang)}" for change in found.pack_changes)
    yield from _some(shown, len(found.pack_changes), lang, show_all)


def _pack_line(change: PackChange, lang: Language) -> str:
    place = f"{change.table} {', '.join(change.key)}"
    if change.before is None:
        return say("diff_row_added", lang, place=place)
    if change.after is None:
        return say("diff_row_removed", lang, place=place)
    cells = [
        f"{name} {change.before.get(name) or '–'} → {change.after.get(name) or '–'}"
        for name in sorted({*change.before, *change.after})
        if change.before.get(name) != change.after.get(name)
    ]
    return f"{place}: {'; '.join(cells)}"


def _value_lines(found: Difference, lang: Language, *, show_all: bool) -> Iterator[str]:
    yield ""
    if not found.values:
        yield say("diff_no_values", lang)
        return
    yield say("diff_values", lang, n=len(found.values))
    groups = Counter(value.causes for value in found.values)
    for causes, count in sorted(groups.items(), key=lambda group: (-group[1], _order(group[0]))):
        yield say("diff_count", lang, what=_causes(causes, lang), n=count)
        own = [value for value in found.values if value.causes == causes]
        shown = own if show_all else own[:MOST_OF_A_CAUSE]
        for value in shown:
            yield f"  {_value_line(value, found.names, lang)}"
        if len(own) > len(shown):
            yield say("diff_rest", lang, n=len(own) - len(shown))


def _value_line(value: ValueChange, names: Mapping[str, tuple[str, str]], lang: Language) -> str:
    key = value.key
    where = [_name(names, key["municipality_number"], lang), str(key["period"])]
    where += [] if key["focus_area"] == "all" else [str(key["focus_area"])]
    where += [say(key["boundary"], lang)] if key["boundary"] != "delivered" else []
    indicator = f"{key['indicator_id']} {_name(names, key['indicator_id'], lang, is_alone=True)}"
    text = f"{', '.join(where)}: {indicator}: {_cell(value.before, lang)} → {_cell(value.after, lang)}"
    return text + _beside(value, lang)


def _beside(value: ValueChange, lang: Language) -> str:
    """Which columns changed where the value itself did not."""
    if _cell(value.before, lang) != _cell(value.after, lang) or not (value.before and value.after):
        return ""
    before, after = value.before, value.after
    other = [name for name in before if name in after and before[name] != after[name]]
    return f" ({', '.join(other)})"


def _cell(row: Row | None, lang: Language) -> str:
    """A value, or what stands in its place."""
    if row is None:
        return say("diff_absent", lang)
    if row["status"] == "ok":
        return number(row["value"], lang)
    return say(f"status_{row['status']}", lang)


def _table_lines(tables: Sequence[TableChange], lang: Language) -> Iterator[str]:
    yield ""
    if not tables:
        yield say("diff_no_tables", lang)
        return
    yield say("diff_tables", lang)
    for table in tables:
        counts = [
            say(f"diff_{name}", lang, n=count)
            for name in ("added", "removed", "changed")
            if (count := getattr(table, name))
        ]
        causes = sorted({cause for combination in table.causes for cause in combination}, key=CAUSES.index)
        why = f" – {_joined(causes, lang)}" if causes else ""
        yield f"  {say(f'diff_{table.edition}', lang)} {table.table}: {', '.join(counts)}{why}"


def _causes(causes: tuple[str, ...], lang: Language) -> str:
    """A combination of causes as a heading; a suppression has its own cause in brackets."""
    rest = _joined((cause for cause in causes if cause != SUPPRESSED), lang)
    text = f"{say('diff_cause_suppressed', lang)} ({rest})" if SUPPRESSED in causes else rest
    return text[:1].upper() + text[1:]


def _joined(causes: Iterable[str], lang: Language) -> str:
    return say("diff_or", lang).join(say(f"diff_cause_{cause}", lang) for cause in causes)


def _order(causes: tuple[str, ...]) -> list[int]:
    return [CAUSES.index(cause) for cause in causes]


def _name(names: Mapping[str, tuple[str, str]], code: Any, lang: Language, *, is_alone: bool = False) -> str:
    """A name, with its code behind it unless it is to stand alone; the code where there is no name."""
    if code not in names:
        return "" if is_alone else str(code)
    name = names[code][lang == "en"]
    return name if is_alone else f"{name} ({code})"


def _some(shown: Iterable[str], count: int, lang: Language, show_all: bool) -> Iterator[str]:
    for place, line in enumerate(shown):
        if place >= MOST and not show_all:
            yield say("diff_rest", lang, n=count - MOST)
            return
        yield line
