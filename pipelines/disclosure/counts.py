"""The public edition's counts: how answers fall in size classes and all, with totals, protected together.

Counts of one and two are hidden (zero is shown), and as many others as it takes that they cannot be worked
out from the totals, by τ-ARGUS over each question's table: answers × size classes, with what is left of the
whole beside the classes, which nobody is shown but everybody can subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.disclosure.rules import Rules
from pipelines.disclosure.tau_argus import CountCell, CountTable, ProtectionError, protect_tables

VALID = "valid"  # all points of the scale together
ALL = "all"  # everybody who was asked
WHOLE = "all"
REST = "the rest"
# A secondary cell costs this and its count, so that few are hidden, and small ones first.
COST = 10

PUBLIC_ANSWER_DISTRIBUTION = "from disclosure.public_count"

# Who answered in which mode, with the most valid answers to any question: of few answers a group's
# distribution says little about one municipality, of many it says more.
ANSWERED = """
select
    v.period, v.collection_mode, m.is_fictional, v.municipality_number, m.size_class,
    max(if(v.collection_mode = 'official', 1, coalesce(v.n, 0))) as n,
from build.main.fct_indicator_value as v
inner join build.main.dim_indicator as i using (indicator_id)
inner join build.main.dim_municipality as m using (municipality_number, period)
where
    i.source_kind = 'survey'
    and v.focus_area = 'all'
    and v.boundary = 'current'
    and v.status in ('ok', 'too_few_respondents')
group by all
order by all
"""

# Whose answers members are not told, by question (shares) or for all others (null): the exact counts of a
# group less what members are told of its others would give them.
UNTOLD = """
select distinct
    c.period, if(i.unit = 'percent', i.item_id, null) as item_id, c.collection_mode, m.is_fictional,
    m.size_class,
from disclosure.whole_cell as c
inner join build.main.dim_indicator as i using (indicator_id)
inner join build.main.dim_municipality as m using (municipality_number, period)
where
    is_on('counts_beside_hidden')
    and i.source_kind = 'survey'
    and c.collection_mode = 'respondents'
    and (c.is_hidden or c.status = 'too_few_respondents')
order by all
"""

COUNTED = """
select
    b.period, b.item_id, b.collection_mode, starts_with(b.peer_group, 'fictional:') as is_fictional,
    replace(b.peer_group, 'fictional:', '') as peer_group, b.answer, b.n, m.n as told, m.status,
    -- A mean at the end of the scale is hidden: how the same answers fall would give it back.
    exists (
        from disclosure.public_mean as p
        inner join build.main.dim_indicator as i using (indicator_id)
        where
            p.is_extreme and i.item_id = b.item_id and p.period = b.period
            and p.collection_mode = b.collection_mode and p.peer_group = b.peer_group
    ) as is_extreme,
    exists (
        from build.main.dim_indicator as i where i.item_id = b.item_id and i.unit = 'percent'
    ) as is_share,
from build.main.fct_answer_distribution as b
inner join member.fct_answer_distribution as m
    using (period, item_id, collection_mode, peer_group_type, peer_group, answer)
where b.peer_group_type in ('all', 'size_class')
order by all
"""

# Lists side by side, a list for each column.
PUBLIC_COUNT = """
create table disclosure.public_count as
select
    unnest(cast(? as varchar[])) as period,
    unnest(cast(? as varchar[])) as item_id,
    unnest(cast(? as varchar[])) as collection_mode,
    unnest(cast(? as varchar[])) as peer_group_type,
    unnest(cast(? as varchar[])) as peer_group,
    unnest(cast(? as varchar[])) as answer,
    unnest(cast(? as bigint[])) as n,
    unnest(cast(? as varchar[])) as status,
"""
N_COLUMNS = 8


class Key(NamedTuple):
    """One question in one period and mode, of fictional or of real municipalities."""

    period: str
    item_id: str
    collection_mode: str
    is_fictional: bool


@dataclass
class Column:
    """One group's counts: answer → count; told: answer → what members are told (fives), if anything."""

    counts: dict[str, int] = field(default_factory=dict)
    told: dict[str, int | None] = field(default_factory=dict)
    status: str = "ok"
    is_extreme: bool = False
    is_share: bool = False
    has_untold: bool = False

    @property
    def points(self) -> list[str]:
        """The points of the scale, lowest first."""
        return sorted((answer for answer in self.counts if answer.isdigit()), key=int)

    @property
    def n_valid(self) -> int:
        """Valid answers."""
        return sum(self.counts[point] for point in self.points)


@dataclass
class Limits:
    """Thresholds of the pack, with the rules that use them."""

    rules: Rules
    min_municipalities: int
    min_valid: int
    min_count: int
    points: float
    fives: int


@dataclass
class Layout:
    """What of one question is shown (groups by name), and the columns of its table, with the rest if any."""

    key: Key
    groups: dict[str, Column]
    shown: dict[str, Column]
    columns: dict[str, Column]
    hidden: frozenset[tuple[str, str]] | None = frozenset()


def make_public_counts(connection: duckdb.DuckDBPyConnection, rules: Rules, base: Path | None) -> str | None:
    """Create ``disclosure.public_count``; returns why it had to stay empty, null when it did not.

    base: where the engine's folder may stand. It reads the member edition and ``disclosure.public_mean``.
    """
    limits = _limits(connection, rules)
    layouts = list(_layouts(connection, limits))
    reason = None
    try:
        _protect(layouts, limits, base)
        rows = [row for layout in layouts for row in _rows(layout)]
    except ProtectionError as error:
        reason, rows = f"its counts could not be protected: {error}", []
    columns = [[row[place] for row in rows] for place in range(N_COLUMNS)]
    connection.execute(PUBLIC_COUNT, columns)
    return reason


def _limits(connection: duckdb.DuckDBPyConnection, rules: Rules) -> Limits:
    of = dict(connection.execute("select threshold_id, value from build.reference.threshold").fetchall())
    return Limits(
        rules,
        int(of["public_min_municipalities"]) if rules.is_on("public_large_groups") else 0,
        int(of["min_n_share_release"]),
        int(of["public_min_count"]) if rules.is_on("primary_counts") else 0,
        float(of["protection_points"]) if rules.is_on("public_extremes") else 0.0,
        int(of["min_respondents"]),
    )


def _layouts(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[Layout]:
    """Every question's groups that are large enough, and which of them may be shown."""
    answered: dict[tuple[str, str, bool], dict[str, tuple[str, int]]] = {}
    for period, mode, is_fictional, number, size, n in connection.execute(ANSWERED).fetchall():
        answered.setdefault((period, mode, is_fictional), {})[number] = (size, n)
    questions: dict[Key, dict[str, Column]] = {}
    for *key, group, answer, n, told, status, is_extreme, is_share in connection.execute(COUNTED).fetchall():
        column = questions.setdefault(Key(*key), {}).setdefault(group, Column())
        column.counts[answer], column.told[answer] = n or 0, told
        column.is_extreme, column.is_share = is_extreme, is_share
        if status != "ok":
            column.status = status
    _mark_untold(connection, questions)
    for key_of, groups in questions.items():
        yield _layout(key_of, groups, answered.get((key_of[0], key_of[2], key_of[3]), {}), limits)


def _mark_untold(
    connection: duckdb.DuckDBPyConnection, questions: Mapping[Key, Mapping[str, Column]]
) -> None:
    """Mark each group that holds somebody of whose answers to the question members are not told."""
    untold = {tuple(row) for row in connection.execute(UNTOLD).fetchall()}
    sizes: dict[tuple[object, ...], set[str]] = {}
    for *key, size in untold:
        sizes.setdefault(tuple(key), set()).add(size)
    for key_of, groups in questions.items():
        for name, column in groups.items():
            item = key_of.item_id if column.is_share else None
            found = sizes.get((key_of.period, item, key_of.collection_mode, key_of.is_fictional), set())
            column.has_untold = bool(found) if name == WHOLE else name in found


def _layout(
    key: Key, groups: dict[str, Column], answered: Mapping[str, tuple[str, int]], limits: Limits
) -> Layout:
    sizes = {name: [n for size, n in answered.values() if name in (WHOLE, size)] for name in groups}
    large = {name: column for name, column in groups.items() if len(sizes[name]) >= limits.min_municipalities}
    pinned = {
        name
        for name, column in large.items()
        if _is_told(column) and (column.is_extreme or _pins_one(column, sizes[name], limits))
    }
    shown = {name: c for name, c in large.items() if _is_told(c) and name not in pinned}
    layout = Layout(key, large, shown, dict(shown))
    if WHOLE not in shown:
        return layout
    rest_of = [n for size, n in answered.values() if size not in shown]
    rest = _less(shown[WHOLE], [column for name, column in shown.items() if name != WHOLE])
    # What is hidden of a class is hidden from the whole as well: its side of the scale would show.
    if pinned or not _may_be_subtracted(rest, rest_of, key, limits):
        del layout.shown[WHOLE], layout.columns[WHOLE]
    elif any(rest.counts.values()):
        layout.columns[REST] = rest
    return layout


def _is_told(column: Column) -> bool:
    return column.status == "ok" and not column.has_untold


def _less(whole: Column, parts: Sequence[Column]) -> Column:
    """What is left of the whole beside its parts; members are told nothing of it."""
    left = {
        answer: n - sum(part.counts.get(answer, 0) for part in parts) for answer, n in whole.counts.items()
    }
    return Column(left, dict.fromkeys(left), is_share=whole.is_share)


def _may_be_subtracted(rest: Column, rest_of: list[int], key: Key, limits: Limits) -> bool:
    """Whether the whole may stand beside the classes that are shown: nobody is left, or enough."""
    if not any(rest.counts.values()) or not limits.rules.is_on("public_rest"):
        return True
    return (
        min(rest.counts.values()) >= 0
        and len(rest_of) >= limits.min_municipalities
        and (key.collection_mode == "official" or rest.n_valid >= limits.min_valid)
        and not _pins_one(rest, rest_of, limits)
    )


def _pins_one(column: Column, sizes: Iterable[int], limits: Limits) -> bool:
    """Whether the distribution tells one municipality's score, or share, within the protected width.

    The municipality of most answers has at the least the group's lowest answers, at the most its highest.
    """
    points = column.points
    answers = [place for place, point in enumerate(points) for _ in range(column.counts[point])]
    n = min(max(sizes, default=0), len(answers))
    if not n or len(points) < 2:
        return False
    lowest, highest = answers[:n], answers[-n:]
    score = 100 * (sum(highest) - sum(lowest)) / n / (len(points) - 1)
    # The share that stands at one of the two upper points.
    upper = len(points) - 2
    share = 100 * (sum(a >= upper for a in highest) - sum(a >= upper for a in lowest)) / n
    return score < limits.points or (column.is_share and share < limits.points)


def _protect(layouts: Sequence[Layout], limits: Limits, base: Path | None) -> None:
    """Find each question's hidden cells. Raises ProtectionError."""
    asked: list[tuple[Layout, CountTable, list[tuple[str, str]]]] = []
    for layout in layouts:
        table, places = _table(layout, limits)
        primary = frozenset(place for place, cell in zip(places, table.cells, strict=True) if cell.is_primary)
        layout.hidden = primary
        if primary and limits.rules.is_on("secondary_counts"):
            asked.append((layout, table, places))
    found = protect_tables([table for _, table, _ in asked], base)
    for (layout, _, places), hidden in zip(asked, found, strict=True):
        layout.hidden = None if hidden is None else frozenset(places[place] for place in hidden)


def _table(layout: Layout, limits: Limits) -> tuple[CountTable, list[tuple[str, str]]]:
    """One question's cells and equations, and each cell's (group, answer)."""
    places: list[tuple[str, str]] = []
    cells: list[CountCell] = []
    equations: list[tuple[int, tuple[int, ...]]] = []
    at: dict[tuple[str, str], int] = {}
    for name in sorted(layout.columns):
        column = layout.columns[name]
        for answer, n in _with_totals(column).items():
            at[name, answer] = len(cells)
            places.append((name, answer))
            is_people = layout.key.collection_mode != "official"
            told = column.told.get(answer) if is_people and limits.rules.is_on("answers_in_fives") else None
            cells.append(_cell(n, told, answer == VALID and is_people, name == REST, limits))
        others = [answer for answer in sorted(column.counts) if answer not in column.points]
        equations.append((at[name, VALID], tuple(at[name, point] for point in column.points)))
        equations.append((at[name, ALL], (at[name, VALID], *(at[name, other] for other in others))))
    if WHOLE in layout.columns:
        parts = [name for name in sorted(layout.columns) if name != WHOLE]
        equations += [
            (place, tuple(at[part, answer] for part in parts if (part, answer) in at))
            for (name, answer), place in at.items()
            if name == WHOLE and parts
        ]
    return CountTable(" ".join(map(str, layout.key)), tuple(cells), tuple(equations)), places


def _with_totals(column: Column) -> dict[str, int]:
    """Answer → count, with what is valid and with everybody."""
    counts = {answer: column.counts[answer] for answer in sorted(column.counts)}
    return counts | {VALID: column.n_valid, ALL: sum(counts.values())}


def _cell(n: int, told: int | None, is_fixed: bool, is_rest: bool, limits: Limits) -> CountCell:
    """A count with what members know of it: that it is not zero (zeros are shown), and its whole fives."""
    half = (limits.fives - 1) // 2
    low = 0 if n == 0 else max(1, told - half) if told is not None else 1
    high = told + half if told is not None else None
    is_primary = not is_fixed and 0 < n < limits.min_count
    need_high = limits.min_count - 1 if high is None else min(high, limits.min_count - 1)
    cost = 1 if is_rest else COST + n  # what nobody is shown costs nothing to hide
    return CountCell(
        n, cost, low, high, is_primary, is_fixed, low if is_primary else 0, need_high if is_primary else 0
    )


def _rows(layout: Layout) -> Iterator[tuple[str | int | None, ...]]:
    """The published rows of one question: every large group, also where nothing of it may be told."""
    prefix = "fictional:" if layout.key.is_fictional else ""
    for name, column in layout.groups.items():
        kind = "all" if name == WHOLE else "size_class"
        for answer, n in _with_totals(column).items():
            is_told = (
                name in layout.shown and layout.hidden is not None and (name, answer) not in layout.hidden
            )
            status = "ok" if is_told else "suppressed" if column.status == "ok" else column.status
            yield (*layout.key[:3], kind, prefix + name, answer, n if is_told else None, status)
