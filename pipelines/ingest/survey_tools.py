"""Exports whose words stand beside the answers: SurveyXact's sheets *dataset*, *structure* and *labels*.

The data set has variables (s_1) and numbers; the structure says what each variable asks, the labels what
each number means. Both are put in the data set's place before it is read, so that a scale that runs the
other way round, or starts at 0, is read by its labels. Without the two sheets nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipelines.ingest.header_rows import HEAD_ROWS
from pipelines.ingest.recognise import Match
from pipelines.ingest.survey_headers import SURVEY, find_options
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean, header_key, is_blank, key
from pipelines.ingest.vocabulary import Vocabulary

TOOL = "surveyxact"
_WHOLE = re.compile(r"([+-]?[0-9]{1,9})(?:[.,]0+)?")
_NUMBER_IN_FRONT = re.compile(r"^[0-9]{1,3}\s*[-–.:)=]*\s*(?=\D)")
_MOST_ROWS = 20_000
# No label, so that a number of a scale that is numbered in its own way is not taken for ours.
_UNLABELLED = "{} (uten etikett)"

Row = Sequence[str | None]


@dataclass(frozen=True)
class Codebook:
    """What a data set's variables ask and its numbers mean.

    header_row: 0-based row of the data set's variables; titles: column -> header in words; labels: column
    -> number -> label; own_numbers: columns whose numbers are not those of our scale.
    """

    sheet: str
    header_row: int
    names: tuple[str | None, ...]
    titles: Mapping[int, str]
    labels: Mapping[int, Mapping[str, str]]
    own_numbers: frozenset[int]

    def translate(self, table: Table) -> Table:
        """The data set in words; another table as it is."""
        if table.sheet != self.sheet:
            return table
        is_below = pl.int_range(pl.len()) > self.header_row
        is_header = pl.int_range(pl.len()) == self.header_row
        columns = []
        for index, name in enumerate(table.frame.columns):
            column = pl.col(name)
            if index in self.labels:
                column = pl.when(is_below).then(self._labelled(index, name)).otherwise(column)
            if index in self.titles:
                column = pl.when(is_header).then(pl.lit(self.titles[index])).otherwise(column)
            columns.append(column.alias(name))
        return replace(table, frame=table.frame.select(columns))

    def restore(self, match: Match) -> Match:
        """What was recognised in the words, with the headers as the file has them."""
        own = {match.names[i]: name for i, name in enumerate(self.names) if i < len(match.names)}
        names = tuple(self.names[i] if i < len(self.names) else n for i, n in enumerate(match.names))
        findings = tuple(replace(f, column=own.get(f.column, f.column)) for f in match.findings)
        return replace(match, names=names, findings=findings, survey=replace(match.survey, tool=TOOL))

    def _labelled(self, index: int, name: str) -> pl.Expr:
        labels = self.labels[index]
        number = pl.col(name).str.strip_chars().str.replace(r"[.,]0+$", "")
        label = number.replace_strict(dict(labels), default=None, return_dtype=pl.String)
        rest = pl.col(name)
        if index in self.own_numbers:
            is_number = number.str.contains(r"^[0-9]+$")
            marked = pl.concat_str(number, pl.lit(_UNLABELLED.format("")))
            rest = pl.when(is_number).then(marked).otherwise(rest)
        return pl.coalesce(label, rest)


def find_codebook(tables: Sequence[Table], vocabulary: Vocabulary) -> Codebook | None:
    """The words of a workbook's data set, where it holds a structure or labels beside one."""
    words = vocabulary.contract.survey_exports
    structure = [t for t in tables if key(t.sheet) in words.structure_sheets]
    labels = [t for t in tables if key(t.sheet) in words.label_sheets]
    beside = words.structure_sheets | words.label_sheets
    rest = [t for t in tables if key(t.sheet) not in beside and t.frame.height]
    if not (structure or labels) or not rest:
        return None
    told = (cell for t in (*structure, *labels) for row in _rows(t) for cell in row if cell)
    listed = {header_key(cell) for cell in told if not _WHOLE.fullmatch(cell)}
    heads = [(_cells(t, row), t, row) for t in rest for row in _heads(t)]
    cells, table, row = max(heads, key=lambda head: _hits(head[0], listed))
    if _hits(cells, listed) < 2:
        return None
    places = {header_key(cell): index for index, cell in enumerate(cells) if cell}
    titles = {i: title for t in structure for i, title in _titles(t, places, vocabulary)}
    found: dict[int, dict[str, str]] = {}
    for t in labels:
        for index, number, label in _labels(t, places):
            found.setdefault(index, {})[number] = label
    own = frozenset(
        index
        for index, own in found.items()
        if _is_question(titles.get(index) or cells[index] or "", vocabulary)
        and _has_own_numbers(own, vocabulary)
    )
    return Codebook(table.sheet, row, tuple(cells), titles, found, own)


def _rows(table: Table) -> list[list[str | None]]:
    return [[None if is_blank(c) else clean(c or "") for c in row] for row in table.head(_MOST_ROWS)]


def _heads(table: Table) -> range:
    return range(min(table.frame.height, HEAD_ROWS))


def _cells(table: Table, row: int) -> list[str | None]:
    return [None if is_blank(cell) else clean(cell or "") for cell in table.frame.row(row)]


def _hits(cells: Iterable[str | None], listed: set[str]) -> int:
    return sum(cell is not None and header_key(cell) in listed for cell in cells)


def _variable_column(rows: Sequence[Row], places: Mapping[str, int]) -> int:
    """The column of a structure or of labels that names the variables."""
    width = max(map(len, rows), default=0)
    hits = [sum(len(r) > i and header_key(r[i] or "") in places for r in rows) for i in range(width)]
    return max(range(width), key=lambda i: (hits[i], -i), default=0)


def _titles(table: Table, places: Mapping[str, int], vocabulary: Vocabulary) -> Iterable[tuple[int, str]]:
    """Column of the data set and the words of its variable that mean most to us."""
    rows = _rows(table)
    column = _variable_column(rows, places)
    for row in rows:
        index = places.get(header_key(row[column] or "")) if len(row) > column else None
        texts = [cell for i, cell in enumerate(row) if cell and i != column and not _WHOLE.fullmatch(cell)]
        title = _title(texts, vocabulary) if index is not None else None
        if index is not None and title is not None:
            yield index, title


def _title(texts: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """The text that is a question or a background column; a question with one of its choices in brackets."""
    finder, sheet = vocabulary.item_finder, vocabulary.contract.sheet_by_id[SURVEY]
    if any(finder.asks_for_words(text) for text in texts if len(text) <= 40):
        return None
    for text in reversed(texts):
        if finder.find(text):
            return text
    pairs = [f"{one} [{other}]" for one in texts for other in texts if one != other]
    for pair in pairs:
        if find_options(sheet, [pair], [0], [None], vocabulary):
            return pair
    for text in reversed(texts):
        if header_key(text) in sheet.header_index:
            return text
    return next((text for text in reversed(texts) if finder.near(text)), None)


def _labels(table: Table, places: Mapping[str, int]) -> Iterable[tuple[int, str, str]]:
    """Column of the data set, number and label of each row of the labels."""
    rows = _rows(table)
    column = _variable_column(rows, places)
    for row in rows:
        index = places.get(header_key(row[column] or "")) if len(row) > column else None
        rest = [cell for i, cell in enumerate(row) if cell and i != column]
        number = next((match for cell in rest if (match := _WHOLE.fullmatch(cell))), None)
        label = next((cell for cell in reversed(rest) if not _WHOLE.fullmatch(cell)), None)
        if index is not None and number is not None and label is not None:
            yield index, number[1], label


def _is_question(header: str, vocabulary: Vocabulary) -> bool:
    return bool(vocabulary.item_finder.find(header) or vocabulary.item_finder.near(header))


def _has_own_numbers(labels: Mapping[str, str], vocabulary: Vocabulary) -> bool:
    """Whether a number has the label of another point on one of our scales, or a label of no scale of ours.

    Then what the numbers without labels mean is not known: those between *Svært uenig* and *Svært enig*,
    counted alone, would draw everything to the middle.
    """
    statuses = vocabulary.contract.answer_statuses
    for number, label in labels.items():
        text = key(_NUMBER_IN_FRONT.sub("", label))
        meant = [scale[text] for scale in vocabulary.pack.scales.values() if text in scale]
        if any(status == "ok" and str(value) != number for status, value in meant):
            return True
        if not meant and text not in statuses:
            return True
    return False
