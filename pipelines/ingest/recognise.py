"""Which table is which contract sheet, in which row its header stands, which column means what.

The header row is the one, among the first rows, with most known headers; blank header cells may be
filled from the row above (merged headers). Nothing here looks at data rows' values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pipelines.ingest.contract import Sheet
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.masking import find_personal
from pipelines.ingest.model import MASK, Rejection
from pipelines.ingest.readers import Table
from pipelines.ingest.text import clean, column_letter, header_key, is_blank, key, without_parenthesis
from pipelines.ingest.vocabulary import Vocabulary

ITEM = "item:"
HEAD_ROWS = 30
_OPTION_SEPARATORS = (" | ", " - ", ".", ": ", "[", "/")

Row = Sequence[str | None]
Headers = MappingType[str, MappingType[str, str]]
_NOTHING: MappingType[str, str] = {}


@dataclass(frozen=True)
class Match:
    """A table read as a contract sheet.

    header_row: 0-based row of the (lower) header; names: header of each column as in the file, masked, None
    where blank; targets: contract column or ``item:ID`` -> columns (several only through a mapping);
    options: column -> (multi-valued contract column, id) of a 1/0 column; unknown: other columns with a
    header; is_complete: whether every required column is there; fault: why the table cannot be used.
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

    @property
    def used(self) -> list[int]:
        """Columns that are read, in the file's order."""
        return sorted({i for group in self.targets.values() for i in group} | set(self.options))

    def header_of(self, target: str) -> str | None:
        """The header(s) of a contract column as in the file."""
        names = [self.names[i] or column_letter(i) for i in self.targets.get(target, [])]
        return " + ".join(names) or None


@dataclass
class _Candidate:
    """A row read as a header."""

    row: int
    sheet: Sheet
    names: list[str | None]
    targets: list[str | None]
    n_known: int
    is_complete: bool
    rank: tuple[int, bool, bool, int, bool]

    @property
    def is_convincing(self) -> bool:
        """Whether enough of the row is known for it to be a header."""
        named = sum(name is not None for name in self.names)
        known = sum(target is not None for target in self.targets)
        return known >= 2 or known * 2 > named


class Book:
    """Known headers of the sheets that come into question."""

    def __init__(
        self, sheets: Sequence[Sheet], headers: Headers, *, is_mapped: bool, is_paired: bool
    ) -> None:
        self.sheets = tuple(sheets)
        self.is_mapped = is_mapped
        self.is_paired = is_paired
        self._by_header: dict[str, dict[str, str]] = {}
        for sheet in sheets:
            for header, target in headers[sheet.id].items():
                self._by_header.setdefault(header, {})[sheet.id] = target

    def meanings(self, name: str) -> MappingType[str, str]:
        """What a header means: contract sheet -> target."""
        found = self._by_header.get(header_key(name), _NOTHING)
        if found is _NOTHING and "(" in name:
            found = self._by_header.get(header_key(without_parenthesis(name)), _NOTHING)
        return found

    def score(self, rows: Sequence[Sequence[str]]) -> int:
        """Most known headers in one of some first records, for any sheet."""
        return max((c.n_known for c in _candidates(rows, self)), default=0)


@lru_cache(maxsize=32)
def _book_of_kind(vocabulary: Vocabulary, kind: str | None) -> Book:
    sheets = [s for s in vocabulary.contract.sheets if kind in (None, s.kind)]
    return Book(sheets, vocabulary.headers, is_mapped=False, is_paired=False)


def make_book(vocabulary: Vocabulary, mapping: Mapping | None, kind: str | None) -> Book:
    """The headers to look for: those of the mapping first, of all sheets of the kind, or of all sheets."""
    if mapping is None:
        return _book_of_kind(vocabulary, kind)
    sheet = mapping.target_sheet
    mapped = {target for group in mapping.columns.values() for target in group}
    index = {h: t for h, t in vocabulary.headers[sheet.id].items() if t not in mapped}
    for source in (*mapping.ignore, *mapping.columns):
        index.pop(header_key(source), None)
    index |= {header_key(source): "\n".join(group) for source, group in mapping.columns.items()}
    return Book((sheet,), {sheet.id: index}, is_mapped=True, is_paired=mapping.header_rows == 2)


def recognise(table: Table, book: Book, vocabulary: Vocabulary, mapping: Mapping | None) -> Match | None:
    """The contract sheet that a table is, or None when nothing in it is known.

    A table that is a contract sheet but cannot be used has a ``fault``.
    """
    candidates = _candidates(table.head(HEAD_ROWS), book, table.sheet)
    likely = (c for c in candidates if c.n_known and (book.is_mapped or c.is_convincing or not c.is_complete))
    best = max(likely, key=lambda c: c.rank, default=None)
    if best is None:
        return None
    _name_duplicates_by_group(best, table)
    targets = _grouped(best)
    unknown = [i for i, name in enumerate(best.names) if name is not None and best.targets[i] is None]
    ignored = best.sheet.ignored | {header_key(h) for h in (mapping.ignore if mapping else ())}
    unknown = [i for i in unknown if not _is_ignored(best.names[i] or "", ignored)]
    options = _options(best, unknown, vocabulary)
    fault = _fault(best, targets, unknown, table, mapping, vocabulary)
    return Match(
        table=table,
        sheet=best.sheet,
        header_row=best.row,
        names=tuple(_names_shown(best, fault, vocabulary)),
        targets=targets,
        options=options,
        unknown=tuple(i for i in unknown if i not in options),
        is_complete=best.is_complete,
        missing=_missing(mapping, targets),
        fault=fault,
    )


def _names_shown(
    candidate: _Candidate, fault: Rejection | None, vocabulary: Vocabulary
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


def _candidates(rows: Sequence[Row], book: Book, sheet_name: str = "") -> Iterable[_Candidate]:
    """Every row as a header, as it stands and with blanks filled from the row above."""
    for index, row in enumerate(rows):
        if all(is_blank(cell) for cell in row):
            continue
        above = rows[index - 1] if index else None
        if book.is_paired:
            if above is not None:
                yield from _read_pair(above, row, index, book)
            continue
        plain = [None if is_blank(cell) else clean(cell or "") for cell in row]
        yield from _judge(plain, index, book, sheet_name, is_filled=False)
        if above is not None and None in plain:
            filled = [_or_above(name, above, i) for i, name in enumerate(plain)]
            if filled != plain:
                yield from _judge(filled, index, book, sheet_name, is_filled=True)


def _or_above(name: str | None, above: Row, index: int) -> str | None:
    if name is not None or index >= len(above) or is_blank(above[index]):
        return name
    return clean(above[index] or "")


def _judge(
    names: list[str | None], row: int, book: Book, sheet_name: str, *, is_filled: bool
) -> Iterable[_Candidate]:
    meant = [_NOTHING if name is None else book.meanings(name) for name in names]
    hit = {sheet_id for meanings in meant for sheet_id in meanings}
    for sheet in book.sheets:
        if sheet.id in hit:
            targets = [meanings.get(sheet.id) for meanings in meant]
            yield _candidate(names, targets, row, sheet, sheet_name, is_filled=is_filled)


def _candidate(
    names: list[str | None],
    targets: list[str | None],
    row: int,
    sheet: Sheet,
    sheet_name: str,
    *,
    is_filled: bool,
) -> _Candidate:
    distinct = {part for target in targets if target for part in target.split("\n")}
    complete = {c.name for c in sheet.required} <= distinct
    if sheet.kind == "survey":
        complete = complete and any(target.startswith(ITEM) for target in distinct)
    is_named_so = key(sheet_name) in (key(sheet.name_nb), key(sheet.name_en), key(sheet.id))
    # A complete sheet beats one that knows one header more, not one that knows many more.
    rank = (len(distinct) + complete, complete, is_named_so, -row, not is_filled)
    return _Candidate(row, sheet, names, targets, len(distinct), complete, rank)


def _read_pair(above: Row, row: Row, index: int, book: Book) -> Iterable[_Candidate]:
    """Two header rows: the group row filled forward, the pair is the name."""
    groups = _filled_forward(above, len(row))
    lower = [None if is_blank(cell) else clean(cell or "") for cell in row]
    times = Counter(header_key(name) for name in lower if name)
    names: list[str | None] = []
    targets: list[str | None] = []
    sheet = book.sheets[0]
    for group, name in zip(groups, lower, strict=True):
        pair = f"{group} | {name}" if group and name else group or name
        names.append(pair)
        target = book.meanings(pair).get(sheet.id) if pair else None
        if target is None and name and times[header_key(name)] == 1:
            target = book.meanings(name).get(sheet.id)
        targets.append(target)
    yield _candidate(names, targets, index, sheet, "", is_filled=False)


def _filled_forward(row: Row, width: int) -> list[str | None]:
    groups: list[str | None] = []
    last: str | None = None
    for index in range(width):
        cell = row[index] if index < len(row) else None
        last = last if is_blank(cell) else clean(cell or "")
        groups.append(last)
    return groups


def _grouped(candidate: _Candidate) -> dict[str, list[int]]:
    targets: dict[str, list[int]] = {}
    for index, target in enumerate(candidate.targets):
        for part in target.split("\n") if target else ():
            targets.setdefault(part, []).append(index)
    return targets


def _is_ignored(name: str, ignored: Iterable[str]) -> bool:
    return header_key(name) in ignored or header_key(name.rsplit(" | ", 1)[-1]) in ignored


def _name_duplicates_by_group(candidate: _Candidate, table: Table) -> None:
    """Where the row above groups the columns, repeated headers are told apart by their group."""
    if candidate.row == 0:
        return
    above = table.head(candidate.row)[candidate.row - 1]
    if sum(not is_blank(cell) for cell in above) < 2:
        return
    groups = _filled_forward(above, len(candidate.names))
    times = Counter(header_key(name) for name in candidate.names if name)
    for index, name in enumerate(candidate.names):
        if name and times[header_key(name)] > 1 and groups[index] and candidate.targets[index] is None:
            candidate.names[index] = f"{groups[index]} | {name}"


def _options(
    candidate: _Candidate, unknown: Sequence[int], vocabulary: Vocabulary
) -> dict[int, tuple[str, str]]:
    """Check boxes exported as one 1/0 column per option: ``satsingsområde.Helse og omsorg``."""
    found: dict[int, tuple[str, str]] = {}
    if candidate.sheet.kind != "survey":
        return found
    for index in unknown:
        name = candidate.names[index] or ""
        for left, right in _splits(name):
            target = candidate.sheet.header_index.get(header_key(left))
            column = candidate.sheet.by_name[target] if target else None
            if column is None or not column.is_multi or column.concept is None:
                continue
            if (concept_id := vocabulary.concepts[column.concept].get(key(right))) is not None:
                found[index] = (column.name, concept_id)
                break
    return found


def _splits(name: str) -> Iterable[tuple[str, str]]:
    for separator in _OPTION_SEPARATORS:
        left, found, right = name.partition(separator)
        if found:
            yield left, right.rstrip("]")


def _missing(mapping: Mapping | None, targets: MappingType[str, object]) -> tuple[str, ...]:
    """Mapped contract columns of which no source header is in the file."""
    if mapping is None:
        return ()
    wanted = dict.fromkeys(target for group in mapping.columns.values() for target in group)
    return tuple(target for target in wanted if target not in targets)


def _fault(
    candidate: _Candidate,
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
    return _missing_required(candidate, targets, mapping, place, vocabulary)


def _pairs(columns: Sequence[int], compared: Callable[[int], str]) -> Iterable[tuple[int, int]]:
    """Neighbouring columns that compare equal, in the file's order."""
    ordered = sorted(columns, key=lambda i: (compared(i), i))
    return sorted((a, b) for a, b in pairwise(ordered) if compared(a) == compared(b))


def _may_share(sheet: Sheet, target: str, mapping: Mapping | None) -> bool:
    """A mapping may feed one multi-valued column from several source columns."""
    column = sheet.by_name.get(target)
    return mapping is not None and column is not None and column.is_multi


def _missing_required(
    candidate: _Candidate,
    targets: MappingType[str, object],
    mapping: Mapping | None,
    place: MappingType[str, Any],
    vocabulary: Vocabulary,
) -> Rejection | None:
    given = {*targets, *(mapping.constants if mapping else ())}
    missing = [c.header_nb for c in candidate.sheet.required if c.name not in given]
    if candidate.sheet.kind == "survey" and not any(t.startswith(ITEM) for t in given):
        missing.append("spørsmål")
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


def header_shown(header: str) -> str:
    """A header as it may be shown: where data stands in its place, personal data is masked."""
    return MASK if find_personal(header, with_phone=True) else header


def target_name(sheet: Sheet, target: str) -> str:
    """How a contract column or an item is called towards the sender."""
    return target.removeprefix(ITEM) if target.startswith(ITEM) else sheet.by_name[target].header_nb
