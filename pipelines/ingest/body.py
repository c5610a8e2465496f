"""The rows under a header: which are delivered rows, which are notes and totals below the table.

A row is a row when one of its contract cells is not blank. In one of our own templates a row that holds no
more than what we printed is none: it stands there by our hand, not the sender's. Text is kept as received.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.ingest.contract import Contract, Sheet
from pipelines.ingest.model import Finding
from pipelines.ingest.recognise import Match
from pipelines.ingest.surplus import Surplus, find_surplus, none_too_many, without_contents
from pipelines.ingest.text import clean, column_letter, header_key, key
from pipelines.ingest.vocabulary import ITEM, Vocabulary

_BLANKS = " \t\r\n\u00a0\u200b\u2060\ufeff"
_TAIL = 25
_NUMERIC = re.compile(r"[\s0-9.,%()kr-]+")
_FRACTION = re.compile(r"\s*[0-9]+[.,][0-9]*[1-9][0-9]*\s*")
# So many words of a lone cell are a sentence; fewer where one of them is a sentence's, or a mark ends it.
_LONG_SENTENCE = 8
_SHORT_SENTENCE = 4


@dataclass(frozen=True)
class Body:
    """Delivered rows of one match.

    rows: row_number (Int64, 1-based in the sheet) and the read columns c<i> as received, null where
    blank; findings: what was left out below the table, columns without a header; n_unanswered: rows
    that a template printed and nobody answered; surplus: rows that say nothing here, since they have more
    fields than the header.
    """

    match: Match
    rows: pl.DataFrame
    findings: tuple[Finding, ...]
    n_unanswered: int = 0
    surplus: Surplus = field(default_factory=lambda: none_too_many(0))

    @property
    def is_sound(self) -> pl.Series:
        """Whether each row is one that is read."""
        return ~self.rows["row_number"].is_in(self.surplus.rows["row_number"].implode())

    @property
    def sound(self) -> Body:
        """The rows that are read."""
        return replace(self, rows=self.rows.filter(self.is_sound)) if self.surplus.rows.height else self


def read_body(
    match: Match, vocabulary: Vocabulary, *, is_template: bool = False, delimiter: str | None = None
) -> Body:
    """The delivered rows under the header of a match.

    is_template: rows are printed in it beforehand; delimiter: of a text file, whose cells have no places.
    """
    frame = match.table.frame
    names = [f"c{i}" for i in match.used]
    below = frame.slice(match.header_row + 1).select(
        (pl.int_range(pl.len(), dtype=pl.Int64) + match.header_row + 2).alias("row_number"),
        *(_null_if_blank(name) for name in names),
    )
    telling = [f"c{i}" for i in _telling(match)]
    rows = below.filter(pl.any_horizontal(pl.col(telling).is_not_null())) if telling else below.clear()
    notes = _notes_below(match, rows, vocabulary)
    if notes:
        rows = rows.filter(~pl.col("row_number").is_in(notes))
    surplus = find_surplus(match, rows, delimiter)
    rows = without_contents(match, rows, surplus, vocabulary)
    findings = [*_below_table(match, notes), *_without_header(match, surplus)]
    unanswered = _unanswered(match, rows, vocabulary) if is_template else []
    if unanswered:
        rows = rows.filter(~pl.col("row_number").is_in(unanswered))
    return Body(match, rows, tuple(findings), len(unanswered), surplus)


def _telling(match: Match) -> list[int]:
    """The columns that make a row: all that are read, but not those that only say whose it is."""
    routing = {column.name for column in match.sheet.routing}
    placed = {i for target, columns in match.targets.items() if target in routing for i in columns}
    return [i for i in match.used if i not in placed]


def _unanswered(match: Match, rows: pl.DataFrame, vocabulary: Vocabulary) -> list[int]:
    """Row numbers of a template's rows that hold what it prints and nothing else: nobody has answered them.

    Counted as delivered, they would make an untouched template look like full coverage, and it would
    take the place of answers that came before. A row that names what the pack does not have is the sender's.
    """
    sheet = match.sheet
    printed = {c: name for name in sheet.printed for c in match.targets.get(name, ())}
    others = [f"c{i}" for i in _telling(match) if i not in printed]
    if not printed or not others:
        return []
    bare = rows.filter(pl.all_horizontal(pl.col(others).is_null()))
    readers = {f"c{i}": _printed_reader(sheet, name, vocabulary) for i, name in printed.items()}
    naming = [f"c{i}" for i, name in printed.items() if sheet.printed[name]]
    return [
        row["row_number"]
        for row in bare.select("row_number", *readers).iter_rows(named=True)
        if any(row[c] for c in naming) and all(row[c] is None or read(row[c]) for c, read in readers.items())
    ]


def _printed_reader(sheet: Sheet, name: str, vocabulary: Vocabulary) -> Callable[[str], bool]:
    """Whether a text is one that a template may have printed in that column."""
    column = sheet.by_name[name]
    concept = sheet.printed[name] or column.concept
    if concept is None:
        return lambda text: header_key(text) in column.code_index
    known = vocabulary.concepts[concept]
    return lambda text: key(text) in known


def _null_if_blank(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.strip_chars(_BLANKS).str.len_bytes() > 0).then(pl.col(name)).alias(name)


@dataclass(frozen=True)
class _Line:
    """A row near the end. filled: its read cells; labels: the first text of them, and of all its cells."""

    number: int
    filled: tuple[tuple[int, str], ...]
    labels: frozenset[str]

    @property
    def beside(self) -> list[str]:
        """The other read cells."""
        return [text for _, text in self.filled if text not in self.labels]


def _notes_below(match: Match, rows: pl.DataFrame, vocabulary: Vocabulary) -> list[int]:
    """Row numbers of notes and totals at the end: totals, ``Merk:``, and other notes and lone sentences
    that a blank row parts from the table. Anything else may be a delivered row, so it counts as one.

    A survey's averages are none wherever they stand, nor its totals below a blank row: counted as
    respondents, they would change every number.
    """
    contract = vocabulary.contract
    tail = _tail(match, rows)
    first_kept = 1 if rows.height > _TAIL else 0
    is_lone = _lone_sentence_judge(match, rows, vocabulary)
    is_survey = match.sheet.kind == "survey"
    dropped: list[int] = []
    pending: list[int] = []
    is_end = True
    for index in range(len(tail) - 1, first_kept - 1, -1):
        line = tail[index]
        above = tail[index - 1].number if index else match.header_row + 1
        is_parted = line.number - above > 1
        if is_survey and _is_average(line, match, contract):
            dropped.append(line.number)
        elif is_survey and is_parted and _is_total(line, contract):
            dropped += [*pending, line.number]
            pending = []
        elif not is_end:
            continue
        elif _is_total(line, contract) or _is_note(line.filled, contract):
            dropped += [*pending, line.number]
            pending = []
        elif _may_be_note(line.filled, contract) or is_lone(line.filled) or _may_be_count(line, contract):
            pending.append(line.number)
        else:
            is_end, pending = False, []
        if is_parted:
            dropped += pending
            pending = []
    return sorted(dropped)


def _tail(match: Match, rows: pl.DataFrame) -> list[_Line]:
    """The last rows, each with the first text of all its cells: ``Snitt`` may stand in a column of no use."""
    lines = []
    for number, *cells in rows.tail(_TAIL + 1).iter_rows():
        filled = tuple((c, text) for c, text in zip(match.used, cells, strict=True) if text is not None)
        whole = match.table.frame.row(number - 1)
        first = next((text for text in whole if text and clean(text)), filled[0][1])
        lines.append(_Line(number, filled, frozenset({first, filled[0][1]})))
    return lines


def _is_total(line: _Line, contract: Contract) -> bool:
    """``Totalt`` and, beside it, numbers only."""
    words = {key(label).split(":")[0].strip() for label in line.labels}
    return not words.isdisjoint(contract.total_words) and all(map(_NUMERIC.fullmatch, line.beside))


def _is_average(line: _Line, match: Match, contract: Contract) -> bool:
    """A word for a total beside answers that nobody gives, such as 3,4: whatever else the row says."""
    items = {c for target, columns in match.targets.items() if target.startswith(ITEM) for c in columns}
    answers = [text for column, text in line.filled if column in items]
    if not _starts_as_total(line, contract) or not all(map(_NUMERIC.fullmatch, answers)):
        return False
    return any(map(_FRACTION.fullmatch, answers))


def _starts_as_total(line: _Line, contract: Contract) -> bool:
    """``Snitt``, ``Snitt alle``, ``Gj.snitt 2026``: a word for a total, alone or in front."""
    labels = [key(label).replace(":", " ").split() for label in line.labels]
    starts = (" ".join(words[:n]) for words in labels for n in range(1, len(words) + 1))
    return any(start in contract.total_words for start in starts)


def _is_note(filled: Sequence[tuple[int, str]], contract: Contract) -> bool:
    """One cell that starts with ``Merk:``, ``Kilde:`` and the like."""
    # Not by key, which takes a colon at the end away.
    word, colon, _ = clean(filled[0][1]).partition(":")
    return len(filled) == 1 and bool(colon) and key(word) in contract.note_words


def _may_be_note(filled: Sequence[tuple[int, str]], contract: Contract) -> bool:
    """One cell that starts as a note may: ``Kilde arkiv`` is a name as well, so the place must tell."""
    text = key(filled[0][1])
    words = tuple(f"{word} " for word in contract.note_words)
    return len(filled) == 1 and text.startswith((*words, "*"))


def _may_be_count(line: _Line, contract: Contract) -> bool:
    """``N`` or ``Snitt alle`` and numbers, or ``Snitt``, ``Alle`` and numbers: a respondent may be called
    N, so the place must tell."""
    beside = [text for text in line.beside if key(text) not in contract.whole_words]
    if not all(map(_NUMERIC.fullmatch, beside)):
        return False
    is_count = any(key(label) in ("n", "n =") for label in line.labels)
    return is_count or (bool(beside) and _starts_as_total(line, contract))


def _lone_sentence_judge(
    match: Match, rows: pl.DataFrame, vocabulary: Vocabulary
) -> Callable[[Sequence[tuple[int, str]]], bool]:
    """Whether a row is a single cell with several words, in a table of several columns, that is no answer.

    Where one column is enough for a row, a name of several words is a row as well: there it must read as a
    sentence, be no name of the pack's, and stand below rows that mostly have more than one cell filled.
    """
    answers = {c for target, columns in match.targets.items() if target.startswith(ITEM) for c in columns}
    needs_more = len(match.sheet.required) > 1 or match.sheet.kind == "survey"
    n_filled = pl.sum_horizontal(pl.exclude("row_number").is_not_null())
    is_wide = rows.height > 1 and rows.select((n_filled > 1).mean()).item() > 0.5

    def is_known(text: str) -> bool:
        return any(key(text) in names for names in vocabulary.concepts.values())

    def judge(filled: Sequence[tuple[int, str]]) -> bool:
        if len(filled) != 1 or len(match.used) < 2 or filled[0][0] in answers:
            return False
        text = clean(filled[0][1])
        words = [word.strip('.,:;!()«»"') for word in key(text).split()]
        if needs_more:
            return len(words) >= 3
        if len(words) >= _LONG_SENTENCE:
            return True
        reads_so = text.endswith((".", "!")) or not vocabulary.contract.sentence_words.isdisjoint(words)
        return is_wide and len(words) >= _SHORT_SENTENCE and reads_so and not is_known(text)

    return judge


def _below_table(match: Match, notes: Sequence[int]) -> list[Finding]:
    if not notes:
        return []
    shown = ", ".join(map(str, notes))
    return [Finding("rows_below_table", "warning", match.table.sheet, notes[0], params={"found": shown})]


def _without_header(match: Match, surplus: Surplus) -> list[Finding]:
    """Columns without a header that hold something below it, fields too many of single rows apart."""
    blank = [i for i, name in enumerate(match.names) if name is None]
    blank += range(len(match.names), match.table.frame.width)
    blank = [i for i in blank if i < surplus.width] if surplus.rows.height else blank
    if not blank:
        return []
    below = match.table.frame.slice(match.header_row + 1)
    held = below.select(_null_if_blank(f"c{i}").is_not_null().any() for i in blank).row(0)
    return [
        Finding(
            "column_without_header",
            "warning",
            match.table.sheet,
            None,
            column_letter(i),
            None,
            {"found": column_letter(i)},
        )
        for i, holds in zip(blank, held, strict=True)
        if holds
    ]
