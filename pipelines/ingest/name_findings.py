"""What to tell of names that were read by their likeness, or were nearly: once per text, column and place.

The sender reads them in the report; the table of names to be settled is made of them afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.cells import parted_by_comma
from pipelines.ingest.column_texts import Source, column_text
from pipelines.ingest.columns import likened, separators_of
from pipelines.ingest.contract import Column, Sheet
from pipelines.ingest.model import MASK, Finding
from pipelines.ingest.naming import ConceptNames
from pipelines.ingest.patterns import splitter
from pipelines.ingest.text import clean, key

LINKED, REVIEW = "linked_by_likeness", "name_to_review"
_LOOKUP = "_lookup"


@dataclass(frozen=True)
class _Named:
    """A column whose texts are looked up among a concept's names.

    instead_of: where that column is filled in, this one is not looked up; gives: the typed column that a
    link fills.
    """

    column: Column
    concept: str
    gives: str
    instead_of: str | None = None


def name_findings(
    body: Body, rows: pl.DataFrame, frames: Mapping[str, pl.DataFrame], place: pl.DataFrame, source: Source
) -> list[Finding]:
    """Findings on the names of one sheet, by row and column.

    rows: the masked rows that ``frames`` were typed from; place: row_number and whose row it is.
    """
    sheet = body.match.sheet
    found = [
        finding
        for named in _named_columns(sheet)
        if named.column.name in body.match.targets
        for finding in _column_findings(named, body, rows, frames[sheet.dataset], place, source)
    ]
    return sorted(found, key=lambda finding: finding.row_number or 0)


def _named_columns(sheet: Sheet) -> Iterator[_Named]:
    for column in (*sheet.columns, *sheet.flat):
        if column.concept:
            yield _Named(column, column.concept, column.name)
        elif column.flat_sheet:
            yield _Named(column, "data_object", "")
    for derived in sheet.derived:
        if derived.how.endswith(_LOOKUP):
            yield _Named(sheet.by_name[derived.source], derived.how.removesuffix(_LOOKUP), derived.name)
    if sheet.dataset == "process":
        yield _Named(sheet.by_name["process_name"], "process", "process_id", "process_id")
    if sheet.dataset == "initiative":
        yield _Named(sheet.by_name["process_names"], "process", "")
    if sheet.dataset == "system":
        yield _Named(sheet.by_name["system_name"], "product", "product_id", "product")


def _column_findings(
    named: _Named, body: Body, rows: pl.DataFrame, typed: pl.DataFrame, place: pl.DataFrame, source: Source
) -> Iterator[Finding]:
    text = column_text(body, rows, named.column, source).read
    if text.null_count() == len(text):
        return
    names = likened(source, text)[named.concept]
    # A column that is no list of names has none that are only nearly known.
    if not names.likens or not _is_anything_near(text, named.column, names, source):
        return
    told: set[tuple[str, str]] = set()
    for cell, row, whose, is_linked in _distinct(text, named, body, rows, typed, place, source).iter_rows():
        for part in _parts(cell, named.column, names, source):
            if (whose, key(part)) in told:
                continue
            finding = _finding(part, names, body, row, is_respondent=body.match.sheet.kind == "survey")
            if finding is None or (finding.rule == LINKED and not is_linked):
                continue
            told.add((whose, key(part)))
            header = body.match.header_of(named.column.name)
            yield Finding(finding.rule, "warning", finding.sheet, row, header, finding.value, finding.params)


def _is_anything_near(text: pl.Series, column: Column, names: ConceptNames, source: Source) -> bool:
    """Whether any name in a column is like one of the pack's; mostly none is, and nothing is to be told."""
    cells = text.unique().drop_nulls().to_list()
    return any(names.look_up(part).close for cell in cells for part in _parts(cell, column, names, source))


def _distinct(
    text: pl.Series,
    named: _Named,
    body: Body,
    rows: pl.DataFrame,
    typed: pl.DataFrame,
    place: pl.DataFrame,
    source: Source,
) -> pl.DataFrame:
    """text, row_number, place, is_linked: the first row of each text and place, in the file's order."""
    frame = rows.select("row_number").with_columns(text.alias("text"))
    if named.gives in typed.columns and typed.height == rows.height:
        frame = frame.with_columns(typed[named.gives].is_not_null().alias("is_linked"))
    else:
        frame = frame.with_columns(is_linked=pl.lit(value=True))
    if named.instead_of is not None:
        other = column_text(body, rows, body.match.sheet.by_name[named.instead_of], source).read
        frame = frame.filter(other.is_null())
    return (
        frame.drop_nulls("text")
        .join(place, on="row_number", how="left", maintain_order="left")
        .unique(["text", "place", "is_linked"], keep="first", maintain_order=True)
        .select("text", "row_number", "place", "is_linked")
    )


def _parts(cell: str, column: Column, names: ConceptNames, source: Source) -> list[str]:
    """The names in a cell; none where the whole is known, says none, or says unknown."""
    words, whole = source.vocabulary.contract.words, key(cell)
    if whole in names.exact or whole in words.none or whole in words.unknown:
        return []
    if not column.is_multi:
        return [clean(cell)]
    parts = splitter(separators_of(column, source)).split(cell)
    return [clean(part) for part in parts if key(part) and key(part) not in words.none]


def _finding(text: str, names: ConceptNames, body: Body, row: int, *, is_respondent: bool) -> Finding | None:
    """What to tell of one name, if anything. What a respondent wrote freely is never told."""
    naming = names.look_up(text)
    # Several known names with commas between them are like each of them; the cell is told of as such.
    if naming.how == "review" and parted_by_comma(text, names.exact):
        return None
    if naming.close is None or (is_respondent and naming.how == "review"):
        return None
    shown = MASK if is_respondent else text
    params = {
        "found": shown,
        "expected": names.shown[naming.close.id],
        "score": f"{naming.close.score:g}",
        "concept": names.concept,
        "candidate": naming.close.id,
    }
    rule = LINKED if naming.how == "likeness" else REVIEW
    return Finding(rule, "warning", body.match.table.sheet, row, None, shown, params)
