"""Rows of a table read as headers: what each column means under every sheet that comes into question.

A header row is read as it stands, with blanks filled from the row above (merged headers), and as the lower
of two rows whose pair is the name. Which reading is the best is judged elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipelines.ingest.contract import Sheet
from pipelines.ingest.items import ItemFinder, undressed
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.survey_headers import SURVEY, is_long, names_whose
from pipelines.ingest.text import clean, header_key, is_blank, key, without_parenthesis
from pipelines.ingest.vocabulary import ITEM, LONG, Vocabulary

HEAD_ROWS = 30

Row = Sequence[str | None]
Headers = MappingType[str, MappingType[str, str]]
_NOTHING: MappingType[str, str] = {}
_KEPT = 20_000
# A better header may stand a little below a good one; far below it there are only answers.
_ROWS_AFTER_A_HEADER = 6


@dataclass
class Candidate:
    """A row read as a header."""

    row: int
    sheet: Sheet
    names: list[str | None]
    targets: list[str | None]
    n_known: int
    is_complete: bool
    rank: tuple[int, bool, bool, int, bool, bool]

    @property
    def is_convincing(self) -> bool:
        """Whether enough of the row is known for it to be a header."""
        named = sum(name is not None for name in self.names)
        known = sum(target is not None for target in self.targets)
        return known >= 2 or known * 2 > named

    @property
    def is_long(self) -> bool:
        """Whether it heads a survey with one row per answer."""
        return f"{LONG}answer" in self.targets


class Book:
    """Known headers of the sheets that come into question."""

    def __init__(
        self,
        sheets: Sequence[Sheet],
        headers: Headers,
        *,
        is_mapped: bool,
        is_paired: bool,
        wide: Callable[[str], tuple[str, str] | None] | None = None,
        things: Iterable[str] = (),
        finder: ItemFinder | None = None,
        qualifiers: Collection[str] = (),
    ) -> None:
        """wide: what a mapping's ``unpivot`` makes of a header; things: compared names that head a matrix;
        finder: survey questions in any dress; qualifiers: lower headers that leave the group to be the name.
        """
        self.sheets = tuple(sheets)
        self.finder = finder
        self.qualifiers = qualifiers
        self._wide = wide
        self._things = frozenset(things)
        self.is_mapped = is_mapped
        self.is_paired = is_paired
        self._kept: dict[str, MappingType[str, str]] = {}
        self._by_header: dict[str, dict[str, str]] = {}
        for sheet in sheets:
            for header, target in headers[sheet.id].items():
                self._by_header.setdefault(header, {})[sheet.id] = target

    def meanings(self, name: str) -> MappingType[str, str]:
        """What a header means: contract sheet -> target."""
        # Every cell of the first rows is asked about, and the same texts stand in every file.
        if name not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[name] = self._meanings(name)
        return self._kept[name]

    def _meanings(self, name: str) -> MappingType[str, str]:
        found = self._by_header.get(header_key(name), _NOTHING)
        if found is _NOTHING and "(" in name:
            found = self._by_header.get(header_key(without_parenthesis(name)), _NOTHING)
        if found is _NOTHING and self._wide is not None and (wide := self._wide(name)) is not None:
            return {self.sheets[0].id: wide[1]}
        if found is _NOTHING and self.finder is not None:
            return self._as_survey(name, self.finder)
        return found

    def exact(self, name: str) -> MappingType[str, str]:
        """What a header means word for word."""
        return self._by_header.get(header_key(name), _NOTHING)

    def _as_survey(self, name: str, finder: ItemFinder) -> MappingType[str, str]:
        """A survey's header in a tool's dress: a question, or a background column."""
        items = finder.find(name)
        if len(items) == 1:
            return {SURVEY: f"{ITEM}{min(items)}"}
        bare = header_key(undressed(name))
        target = self._by_header.get(bare, _NOTHING).get(SURVEY) if bare != header_key(name) else None
        return _NOTHING if items or target is None else {SURVEY: target}

    def score(self, rows: Sequence[Sequence[str]]) -> int:
        """Most known headers in one of some first records, for any sheet."""
        known = max((c.n_known for c in find_candidates(rows, self)), default=0)
        # A matrix has one known header or none, and things of the pack beside it.
        things = max((sum(key(cell) in self._things for cell in row if cell) for row in rows), default=0)
        return max(known, things) if things > 1 else known


@lru_cache(maxsize=32)
def _book_of_kind(vocabulary: Vocabulary, kind: str | None) -> Book:
    sheets = [s for s in vocabulary.contract.sheets if kind in (None, s.kind)]
    things = vocabulary.concepts["data_object"] if kind in (None, "systems") else ()
    return Book(
        sheets,
        vocabulary.headers,
        is_mapped=False,
        is_paired=False,
        things=things,
        finder=vocabulary.item_finder if any(sheet.id == SURVEY for sheet in sheets) else None,
        qualifiers=vocabulary.contract.survey_exports.qualifiers,
    )


def make_book(vocabulary: Vocabulary, mapping: Mapping | None, kind: str | None) -> Book:
    """The headers to look for: those of the mapping first, of all sheets of the kind, or of all sheets."""
    if mapping is None:
        return _book_of_kind(vocabulary, kind)
    sheet = mapping.target_sheet
    mapped = {target for group in mapping.columns.values() for target in group} | mapping.wide_targets
    index = {h: t for h, t in vocabulary.headers[sheet.id].items() if t not in mapped}
    for source in (*mapping.ignore, *mapping.columns):
        index.pop(header_key(source), None)
    index |= {header_key(source): "\n".join(group) for source, group in mapping.columns.items()}
    return Book(
        (sheet,),
        {sheet.id: index},
        is_mapped=True,
        is_paired=mapping.header_rows == 2,
        wide=mapping.read_wide if mapping.unpivot else None,
    )


def find_candidates(rows: Sequence[Row], book: Book, sheet_name: str = "") -> Iterable[Candidate]:
    """Every row as a header, until a few rows after one that has all that a sheet needs."""
    last = len(rows)
    for index, row in enumerate(rows):
        if index > last:
            return
        for candidate in _row_candidates(rows, index, row, book, sheet_name):
            if candidate.is_complete and candidate.is_convincing:
                last = min(last, index + _ROWS_AFTER_A_HEADER)
            yield candidate


def _row_candidates(
    rows: Sequence[Row], index: int, row: Row, book: Book, sheet_name: str
) -> Iterable[Candidate]:
    """One row as a header: as it stands, with blanks filled from above, and as the lower of two."""
    if all(is_blank(cell) for cell in row):
        return
    above = rows[index - 1] if index else None
    if book.is_paired:
        if above is not None:
            yield from _read_pair(above, row, index, book)
        return
    plain = [None if is_blank(cell) else clean(cell or "") for cell in row]
    yield from _judge(plain, index, book, sheet_name, is_filled=False)
    if above is not None and None in plain:
        filled = [_or_above(name, above, i) for i, name in enumerate(plain)]
        if filled != plain:
            yield from _judge(filled, index, book, sheet_name, is_filled=True)
    if above is not None and not book.is_mapped:
        yield from _judge_pairs(above, plain, index, book, sheet_name)


def _or_above(name: str | None, above: Row, index: int) -> str | None:
    if name is not None or index >= len(above) or is_blank(above[index]):
        return name
    return clean(above[index] or "")


def _judge_pairs(
    above: Row, lower: list[str | None], index: int, book: Book, sheet_name: str
) -> Iterable[Candidate]:
    """The row under a row of merged groups, where the pair says what the lower header alone does not."""
    groups = filled_forward(above, len(lower))
    extents = _extents(above, len(lower))
    times = Counter(header_key(name) for name in lower if name)
    names: list[str | None] = []
    is_gain = False
    meant: list[MappingType[str, str]] = []
    for place, (group, name) in enumerate(zip(groups, lower, strict=True)):
        own = _or_above(name, above, place)
        found = _NOTHING if own is None else book.meanings(own)
        is_single = name is not None and times[header_key(name)] == 1
        if name is not None and group is not None and not (found and is_single):
            # Word for word, since the row may be one of answers: "PU1 4" is no question.
            pair = book.exact(f"{group} {name}")
            is_qualifier = header_key(name) in book.qualifiers
            if not pair and (is_qualifier or not is_single):
                members = lower[slice(*extents[place])]
                pair = (
                    book.meanings(group)
                    if _says_the_group(members, book, is_qualifier=is_qualifier)
                    else pair
                )
            if pair:
                own, found, is_gain = f"{group} | {name}", pair, True
        names.append(own)
        meant.append(found)
    if is_gain:
        given = [name for name in lower if name is not None]
        is_second = all(header_key(name) in book.qualifiers or book.meanings(name) for name in given)
        yield from _judge_meant(names, meant, index, book, sheet_name, is_filled=True, is_second=is_second)


def _extents(above: Row, width: int) -> list[tuple[int, int]]:
    """For each column where its group begins and where the next one does."""
    starts = [i for i, cell in enumerate(above[:width]) if not is_blank(cell)]
    bounds = [0, *starts, width]
    return [extent for extent in pairwise(bounds) for _ in range(*extent)]


def _says_the_group(members: Sequence[str | None], book: Book, *, is_qualifier: bool) -> bool:
    """Whether a lower header leaves its group to say what the column holds: *Svar* below a question."""
    named = [name for name in members if name]
    if is_qualifier:
        return sum(header_key(name) in book.qualifiers for name in named) == 1
    return len(named) == 1


def _judge(
    names: list[str | None], row: int, book: Book, sheet_name: str, *, is_filled: bool
) -> Iterable[Candidate]:
    meant = [_NOTHING if name is None else book.meanings(name) for name in names]
    return _judge_meant(names, meant, row, book, sheet_name, is_filled=is_filled, is_second=False)


def _judge_meant(
    names: list[str | None],
    meant: Sequence[MappingType[str, str]],
    row: int,
    book: Book,
    sheet_name: str,
    *,
    is_filled: bool,
    is_second: bool,
) -> Iterable[Candidate]:
    """is_second: a row that says nothing but headers, so that it belongs to the one above it."""
    hit = {sheet_id for meanings in meant for sheet_id in meanings}
    for sheet in book.sheets:
        if sheet.id in hit:
            targets = [meanings.get(sheet.id) for meanings in meant]
            yield candidate_of(
                names, targets, row, sheet, sheet_name, is_filled=is_filled, is_second=is_second
            )


def candidate_of(
    names: list[str | None],
    targets: list[str | None],
    row: int,
    sheet: Sheet,
    sheet_name: str,
    *,
    is_filled: bool,
    is_second: bool = False,
) -> Candidate:
    """A row as a header of one sheet; names, targets: one per column; is_second: belongs to the row above."""
    distinct = {part for target in targets if target for part in target.split("\n")}
    if sheet.kind == "survey" and not is_long(distinct):
        targets = [None if target and target.startswith(LONG) else target for target in targets]
        distinct = {target for target in distinct if not target.startswith(LONG)}
    complete = {c.name for c in sheet.required} <= distinct
    if sheet.kind == "survey":
        complete = complete and (any(t.startswith(ITEM) for t in distinct) or names_whose(distinct))
    is_named_so = key(sheet_name) in (key(sheet.name_nb), key(sheet.name_en), key(sheet.id))
    # A complete sheet beats one that knows one header more, not one that knows many more.
    place = row - is_second
    rank = (len(distinct) + complete, complete, is_named_so, -place, is_second, not is_filled)
    return Candidate(row, sheet, list(names), list(targets), len(distinct), complete, rank)


def _read_pair(above: Row, row: Row, index: int, book: Book) -> Iterable[Candidate]:
    """Two header rows: the group row filled forward, the pair is the name."""
    groups = filled_forward(above, len(row))
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
    yield candidate_of(names, targets, index, sheet, "", is_filled=False)


def filled_forward(row: Row, width: int) -> list[str | None]:
    """A row of merged headers: each blank takes the header before it."""
    groups: list[str | None] = []
    last: str | None = None
    for index in range(width):
        cell = row[index] if index < len(row) else None
        last = last if is_blank(cell) else clean(cell or "")
        groups.append(last)
    return groups
