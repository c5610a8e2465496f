"""Which tables of a file are contract sheets, and why a file in which none is cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import replace
from itertools import islice

import polars as pl

from pipelines.ingest.header_rows import Book, make_book
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.masking import header_shown, looks_like_person
from pipelines.ingest.matrix import MATRIX_SHEET, find_matrix
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.readers import ReadFile
from pipelines.ingest.recognise import Match, recognise
from pipelines.ingest.reshape import with_groups
from pipelines.ingest.sent import SentFile
from pipelines.ingest.shown import sheet_names_shown
from pipelines.ingest.survey_tools import Codebook, find_codebook
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean, key
from pipelines.ingest.vocabulary import Vocabulary
from pipelines.reference.stopwatch import spent

# Enough to find a header among; a sheet of nothing but data has as many cells as it likes.
_MOST_CELLS = 500
# Two sheets of a single row may well say the same.
_LEAST_COPIED = 2


@spent("recognising")
def find_sheets(
    read: ReadFile, book: Book, file: SentFile, kind: str | None
) -> tuple[list[Match], list[Table]]:
    """The tables that are contract sheets, and the visible ones that are nothing we know.

    Hidden sheets count only where no visible one is usable. Raises Rejection when nothing is found.
    """
    tables = _named_sheets(read, file)
    codebook = find_codebook(read.tables, file.vocabulary) if file.mapping is None else None
    found = [(table, _match(table, book, file, codebook)) for table in tables]
    found = [(t, m if m and _is_meant(m, len(tables)) else None) for t, m in found]
    shown = [pair for pair in found if not pair[0].is_hidden]
    usable = [m for _, m in shown if m and m.fault is None] or [m for _, m in found if m and m.fault is None]
    elsewhere = _sheets_of_other_kinds(kind, file)
    faulty = [m for t, m in shown if m and m.fault is not None and key(t.sheet) not in elsewhere]
    others = [t for t, m in shown if m is None and t.frame.height and key(t.sheet) not in elsewhere]
    if usable or faulty:
        chosen = {id(m) for m in (*usable, *faulty)}
        return _without_copies([m for _, m in found if m and id(m) in chosen]), others
    raise _nothing_found(tables, file, kind)


def _without_copies(matches: Sequence[Match]) -> list[Match]:
    """The matches without sheets that are copies of another one: their rows would count twice."""
    kept: dict[tuple[object, ...], Match] = {}
    for match in matches:
        rows = match.table.frame.slice(match.header_row + 1)
        same = (match.sheet.id, match.names, rows.shape, rows.hash_rows(seed=0).sum())
        first = kept.get(same)
        if first is None or rows.height < _LEAST_COPIED or not _has_rows(first, rows):
            kept[same if first is None else (*same, match.table.sheet)] = match
            continue
        names = {"found": match.table.sheet, "other": first.table.sheet}
        told = Finding("sheet_repeated", "warning", match.table.sheet, params=names)
        kept[same] = replace(first, findings=(*first.findings, told))
    return list(kept.values())


def _has_rows(match: Match, rows: pl.DataFrame) -> bool:
    return match.table.frame.slice(match.header_row + 1).equals(rows)


def _sheets_of_other_kinds(kind: str | None, file: SentFile) -> set[str]:
    """Names of the sheets that a workbook for several kinds has besides those of the kind asked for."""
    if kind is None:
        return set()
    others = (sheet for sheet in file.vocabulary.contract.sheets if sheet.kind != kind)
    return {key(name) for sheet in others for name in (sheet.name_nb, sheet.name_en)}


def _match(table: Table, book: Book, file: SentFile, codebook: Codebook | None) -> Match | None:
    """The contract sheet that a table is; a survey's data set is read in the words of its structure."""
    if codebook is not None and table.sheet == codebook.sheet:
        match = _find_match(codebook.translate(table), book, file.vocabulary, None)
        if match is not None and match.sheet.kind == "survey":
            return codebook.restore(match)
    return _find_match(table, book, file.vocabulary, file.mapping)


def _find_match(table: Table, book: Book, vocabulary: Vocabulary, mapping: Mapping | None) -> Match | None:
    """The contract sheet that a table is, long or wide; None when nothing in it is known."""
    match = recognise(table, book, vocabulary, mapping)
    if mapping is not None:
        return match if match is None or not mapping.unpivot else with_groups(match, mapping, vocabulary)
    if match is not None and match.fault is None:
        return match
    if not any(sheet.id == MATRIX_SHEET for sheet in book.sheets):
        return match
    return find_matrix(table, vocabulary) or match


def _named_sheets(read: ReadFile, file: SentFile) -> list[Table]:
    """The workbook's sheets that may hold answers, or the one that the mapping names."""
    mapping = file.mapping
    if mapping is None or mapping.sheet is None or not read.has_sheets:
        silent = file.vocabulary.contract.silent_sheets
        return [table for table in read.tables if key(table.sheet) not in silent] or list(read.tables)
    named = [table for table in read.tables if key(table.sheet) == key(mapping.sheet)]
    if not named:
        sheets = ", ".join(table.sheet for table in read.tables)
        raise Rejection("sheet_not_found", found=sheets[:500], expected=mapping.sheet)
    return [replace(table, is_hidden=False) for table in named]


def _is_meant(match: Match, n_tables: int) -> bool:
    """Whether an unusable table was meant as the contract sheet; of many sheets some only resemble one."""
    if match.is_complete or n_tables == 1:
        return True
    if match.is_long_survey:
        # Questions and answers of a guide, say: nobody is named who answered.
        return False
    n_known = len(match.targets)
    return n_known >= 2 and n_known * 2 >= sum(name is not None for name in match.names)


def _nothing_found(tables: Sequence[Table], file: SentFile, kind: str | None) -> Rejection:
    """Why no table was found: another kind, no content, or headers that nobody knows."""
    if kind is not None and file.mapping is None:
        every = make_book(file.vocabulary, None, None)
        for table in tables:
            match = _find_match(table, every, file.vocabulary, None)
            if match is not None and match.fault is None:
                return Rejection("wrong_kind", sheet=table.sheet, found=match.sheet.kind, expected=kind)
    if all(table.frame.height == 0 for table in tables):
        return Rejection("empty_file", found="0")
    return Rejection(
        "not_recognised",
        found=_known_words(tables, file.vocabulary),
        other=str(max(table.frame.width for table in tables)),
        count=str(sum(table.frame.height for table in tables)),
    )


def _known_words(tables: Sequence[Table], vocabulary: Vocabulary) -> str:
    """Headers that stand among the first rows. What else stands there may be anything, so it is not told."""
    cells = (
        clean(cell) for table in tables for row in table.head(5) for cell in row if cell and cell.strip()
    )
    first = islice(dict.fromkeys(cells), _MOST_CELLS)
    known = [text for text in first if vocabulary.is_like_header(text)]
    return ", ".join(header_shown(text) for text in known)[:300]


def reading_findings(read: ReadFile, matches: Sequence[Match]) -> list[Finding]:
    """What was told of the reading, but of a sheet only where the sheet is used."""
    used = {None, *(match.table.sheet for match in matches)}
    return [finding for finding in read.findings if finding.sheet in used]


def sheet_findings(others: Iterable[Table], told: MappingType[str, str]) -> list[Finding]:
    """That some sheets are nothing we know. told: what they are called."""
    names = (told[table.sheet] for table in others)
    return [Finding("sheet_not_recognised", "warning", name, params={"found": name}) for name in names]


def names_told(read: ReadFile, file: SentFile) -> dict[str, str]:
    """What sheets that are not used are called: of those nobody needs more than the place."""
    words, role_words = file.vocabulary.field_words, file.vocabulary.contract.role_words
    return sheet_names_shown(
        [table.sheet for table in read.tables], lambda name: looks_like_person(name, words, role_words)
    )
