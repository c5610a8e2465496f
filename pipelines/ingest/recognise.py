"""Which table is which contract sheet, in which row its header stands, which column means what.

The header row is the one, among the first rows, with most known headers; blank header cells may be
filled from the row above (merged headers). Nothing here looks at data rows' values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipelines.ingest.contract import Sheet
from pipelines.ingest.header_rows import (
    HEAD_ROWS,
    Book,
    Candidate,
    candidate_of,
    filled_forward,
    find_candidates,
)
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.masking import header_shown
from pipelines.ingest.model import MASK, Finding, Rejection
from pipelines.ingest.survey_headers import (
    LONG_NAMES,
    MOST_LIKENED,
    NO_SIGNS,
    SURVEY,
    Links,
    SurveySigns,
    find_options,
    header_of_two,
    is_long,
    link_items,
    names_whose,
    survey_signs,
    without_texts,
)
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean, column_letter, header_key, is_blank
from pipelines.ingest.vocabulary import ITEM, LONG, Vocabulary


@dataclass(frozen=True)
class Group:
    """Columns about one thing that the headers name. columns: contract column -> column of the file."""

    name: str
    columns: dict[str, int]


@dataclass(frozen=True)
class Match:
    """A table read as a contract sheet.

    header_row: 0-based row of the (lower) header; names: header of each column as in the file, masked, None
    where blank; targets: contract column or ``item:ID`` -> columns (several only through a mapping);
    options: column -> (multi-valued contract column, id) of a 1/0 column; unknown: other columns with a
    header; is_complete: whether every required column is there; fault: why the table cannot be used.
    by, groups: of a wide table, the contract column that takes the things' names, and the things.
    findings: what is told of headers; survey: what else was seen of a survey tool's export.
    """

    table: Table
    sheet: Sheet
    header_row: int
    names: tuple[str | None, ...]
    targets: dict[str, list[int]]
    options: dict[int, tuple[str, str]]
    unknown: tuple[int, ...]
    is_complete: bool
    missing: tuple[str, ...] = ()
    fault: Rejection | None = None
    by: str | None = None
    groups: tuple[Group, ...] = ()
    findings: tuple[Finding, ...] = ()
    survey: SurveySigns = NO_SIGNS

    @property
    def is_long_survey(self) -> bool:
        """Whether a survey's table has one row per respondent and question."""
        return f"{LONG}answer" in self.targets

    @property
    def used(self) -> list[int]:
        """Columns that are read, in the file's order."""
        return sorted({i for group in self.targets.values() for i in group} | set(self.options))

    def header_of(self, target: str) -> str | None:
        """The header(s) of a contract column as in the file."""
        names = [self.names[i] or column_letter(i) for i in self.targets.get(target, [])]
        return " + ".join(names) or None


def recognise(table: Table, book: Book, vocabulary: Vocabulary, mapping: Mapping | None) -> Match | None:
    """The contract sheet that a table is, or None when nothing in it is known.

    A table that is a contract sheet but cannot be used has a ``fault``.
    """
    candidates = find_candidates(table.head(HEAD_ROWS), book, table.sheet)
    likely = (c for c in candidates if c.n_known and (book.is_mapped or c.is_convincing or not c.is_complete))
    best = max(likely, key=lambda c: c.rank, default=None)
    if best is None or (best.sheet.id == SURVEY and not best.is_complete):
        best = _by_likeness(table, book, best) or best
    if best is None:
        return None
    groups = _name_duplicates_by_group(best, table)
    unknown = _unknown(best, mapping, vocabulary)
    is_survey = best.sheet.id == SURVEY
    options = find_options(best.sheet, best.names, unknown, groups, vocabulary) if is_survey else {}
    unknown = [i for i in unknown if i not in options]
    links = Links()
    if is_survey and book.finder is not None and not best.is_long:
        links = link_items(best.names, best.targets, unknown, vocabulary, table.sheet, best.row + 1)
        for index, item in links.items.items():
            best.targets[index] = f"{ITEM}{item}"
        best.is_complete = best.is_complete or bool(links.items)
        unknown = [i for i in unknown if i not in links.items and i not in links.told]
    targets = _grouped(best)
    texts = _row_of_texts(best, table, vocabulary) if is_survey else 0
    fault = _fault(best, targets, unknown, table, mapping, vocabulary)
    return Match(
        table=table,
        sheet=best.sheet,
        header_row=best.row + texts,
        names=tuple(_names_shown(best, fault, vocabulary)),
        targets=targets,
        options=options,
        unknown=tuple(unknown),
        is_complete=best.is_complete,
        missing=_missing(mapping, targets),
        fault=fault,
        findings=links.findings,
        survey=survey_signs(best.names, table.head(best.row), vocabulary) if is_survey else NO_SIGNS,
    )


def _row_of_texts(candidate: Candidate, table: Table, vocabulary: Vocabulary) -> int:
    """1 where the questions' texts stand in the row below their codes, as some tools write them; else 0."""
    below = table.frame.slice(candidate.row + 1, 1).rows()
    asked = [
        (target.removeprefix(ITEM), cell)
        for target, cell in zip(candidate.targets, below[0] if below else (), strict=False)
        if target is not None and target.startswith(ITEM) and not is_blank(cell)
    ]
    are_texts = all(vocabulary.item_finder.find(clean(cell or "")) == {item} for item, cell in asked)
    return int(len(asked) > 1 and are_texts)


def _unknown(candidate: Candidate, mapping: Mapping | None, vocabulary: Vocabulary) -> list[int]:
    """Columns whose header means nothing, and that nobody said may be left out."""
    ignored = candidate.sheet.ignored | {header_key(h) for h in (mapping.ignore if mapping else ())}
    pattern = vocabulary.contract.survey_exports.ignored_pattern
    is_survey = candidate.sheet.id == SURVEY
    return [
        i
        for i, name in enumerate(candidate.names)
        if name is not None
        and candidate.targets[i] is None
        and not _is_ignored(name, ignored)
        and not (is_survey and pattern.fullmatch(header_key(name)))
    ]


def _by_likeness(table: Table, book: Book, best: Candidate | None) -> Candidate | None:
    """A row of a survey in which no question stands word for word, but texts that are near to some."""
    if book.finder is None:
        return None
    sheet = next(sheet for sheet in book.sheets if sheet.id == SURVEY)
    rows = [best.row] if best is not None else range(min(table.frame.height, HEAD_ROWS))
    head = table.head(HEAD_ROWS)
    left = MOST_LIKENED
    for index in rows:
        names = [None if is_blank(cell) else clean(cell or "") for cell in head[index]]
        targets = [book.meanings(name).get(sheet.id) if name else None for name in names]
        unknown = [n for n, t in zip(names, targets, strict=True) if n and t is None][:left]
        left -= len(unknown)
        n_near = sum(bool(book.finder.near(name)) for name in unknown)
        n_known = n_near + sum(target is not None for target in targets)
        if n_near and (n_known >= 2 or n_known * 2 > sum(name is not None for name in names)):
            return candidate_of(names, targets, index, sheet, table.sheet, is_filled=False)
    return None


def _names_shown(
    candidate: Candidate, fault: Rejection | None, vocabulary: Vocabulary
) -> Iterable[str | None]:
    """Headers as everybody may see them; of a table that may have no header at all, those that are known."""
    is_doubtful = fault is not None and fault.finding.rule == "required_column_missing"
    for name, target in zip(candidate.names, candidate.targets, strict=True):
        if name is None:
            yield None
        elif is_doubtful and target is None and not vocabulary.is_like_header(name):
            yield MASK
        else:
            yield header_shown(name)


def _grouped(candidate: Candidate) -> dict[str, list[int]]:
    targets: dict[str, list[int]] = {}
    for index, target in enumerate(candidate.targets):
        for part in target.split("\n") if target else ():
            targets.setdefault(part, []).append(index)
    return targets


def _is_ignored(name: str, ignored: Iterable[str]) -> bool:
    return header_key(name) in ignored or header_key(name.rsplit(" | ", 1)[-1]) in ignored


def _name_duplicates_by_group(candidate: Candidate, table: Table) -> list[str | None]:
    """Where the row above groups the columns, repeated headers are told apart by their group.

    Gives each column's group, None where it has none.
    """
    none: list[str | None] = [None] * len(candidate.names)
    if candidate.row == 0:
        return none
    above = table.head(candidate.row)[candidate.row - 1]
    groups = filled_forward(above, len(candidate.names))
    if sum(not is_blank(cell) for cell in above) < 2:
        return groups
    times = Counter(header_key(name) for name in candidate.names if name)
    for index, name in enumerate(candidate.names):
        if name and times[header_key(name)] > 1 and groups[index]:
            candidate.names[index] = f"{groups[index]} | {name}"
    return groups


def _missing(mapping: Mapping | None, targets: MappingType[str, object]) -> tuple[str, ...]:
    """Mapped contract columns of which no source header is in the file."""
    if mapping is None:
        return ()
    wanted = dict.fromkeys(target for group in mapping.columns.values() for target in group)
    return tuple(target for target in wanted if target not in targets)


def _fault(
    candidate: Candidate,
    targets: MappingType[str, Sequence[int]],
    unknown: Sequence[int],
    table: Table,
    mapping: Mapping | None,
    vocabulary: Vocabulary,
) -> Rejection | None:
    """Why the table cannot be used: a header twice, two for one column, a required one missing."""
    place: dict[str, Any] = {"sheet": table.sheet, "row": candidate.row + 1}
    read = [i for i, target in enumerate(candidate.targets) if target is not None]
    for first, second in _pairs(sorted({*read, *unknown}), lambda i: header_key(candidate.names[i] or "")):
        return Rejection(
            "duplicate_header",
            column=header_shown(candidate.names[first] or ""),
            value=header_shown(candidate.names[first] or ""),
            found=f"{header_shown(candidate.names[first] or '')} ({column_letter(first)})",
            other=f"{header_shown(candidate.names[second] or '')} ({column_letter(second)})",
            **place,
        )
    for target, columns in targets.items():
        if len(columns) > 1 and not _may_share(candidate.sheet, target, mapping):
            first, second = columns[:2]
            return Rejection(
                "two_headers_one_column",
                column=header_shown(candidate.names[first] or ""),
                value=header_shown(candidate.names[first] or ""),
                found=header_shown(candidate.names[first] or ""),
                other=header_shown(candidate.names[second] or ""),
                expected=target_name(candidate.sheet, target),
                **place,
            )
    if candidate.sheet.id == SURVEY and mapping is None:
        names = [candidate.names[i] or "" for i in unknown]
        if (double := header_of_two(names, vocabulary, place)) is not None:
            return double
    return _missing_required(candidate, targets, mapping, place, vocabulary)


def _pairs(columns: Sequence[int], compared: Callable[[int], str]) -> Iterable[tuple[int, int]]:
    """Neighbouring columns that compare equal, in the file's order."""
    ordered = sorted(columns, key=lambda i: (compared(i), i))
    return sorted((a, b) for a, b in pairwise(ordered) if compared(a) == compared(b))


def _may_share(sheet: Sheet, target: str, mapping: Mapping | None) -> bool:
    """A mapping may feed one multi-valued column from several source columns."""
    column = sheet.by_name.get(target)
    if mapping is not None and target in mapping.wide_targets:
        return True
    return mapping is not None and column is not None and column.is_multi


def _missing_required(
    candidate: Candidate,
    targets: MappingType[str, object],
    mapping: Mapping | None,
    place: MappingType[str, Any],
    vocabulary: Vocabulary,
) -> Rejection | None:
    given = {*targets, *(mapping.constants if mapping else ())}
    given |= {one.by for one in mapping.unpivot} if mapping else set()
    missing = [c.header_nb for c in candidate.sheet.required if c.name not in given]
    if candidate.sheet.kind == "survey" and not any(t.startswith(ITEM) for t in given):
        if not is_long(given):
            variables = without_texts(candidate.names, vocabulary, place)
            if variables is not None:
                return variables
            missing.append("spørsmål")
        elif not names_whose(given):
            missing.append("respondent")
    if not missing:
        return None
    named = [(name, target) for name, target in zip(candidate.names, candidate.targets, strict=True) if name]
    # A table without a header row has content in its place: only what is known is told, the rest counted.
    told = [header_shown(n) for n, target in named if target is not None or vocabulary.is_like_header(n)]
    rest = [f"(+{len(named) - len(told)})"] if len(told) < len(named) else []
    return Rejection(
        "required_column_missing",
        column=missing[0],
        expected=", ".join(missing),
        found=" ".join([", ".join(told)[:500], *rest]),
        **place,
    )


def named_twice(match: Match, first: int, second: int, target: str) -> Rejection:
    """Why a table of which two columns (by place) are for the same target cannot be used."""
    return Rejection(
        "two_headers_one_column",
        sheet=match.table.sheet,
        row=match.header_row + 1,
        column=match.names[first],
        value=match.names[first],
        found=match.names[first] or "",
        other=match.names[second] or "",
        expected=target_name(match.sheet, target),
    )


def target_name(sheet: Sheet, target: str) -> str:
    """How a contract column or an item is called towards the sender."""
    if target.startswith((ITEM, LONG)):
        name = target.partition(":")[2]
        return LONG_NAMES.get(name, name) if target.startswith(LONG) else name
    return sheet.by_name[target].header_nb
