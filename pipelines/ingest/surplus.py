"""Rows of a text file with more fields than its header: an unquoted delimiter has moved what follows.

Nobody can say which field was split, so nothing of such a row is read: it is set aside with its number. A
row with fewer fields ends in blanks, as spreadsheets write it. Where nearly every row has one field more,
that is a column without a header, unless the decimals of a number stand in a field of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.model import Finding
from pipelines.ingest.recognise import Match
from pipelines.ingest.tables import Table
from pipelines.ingest.text import header_key
from pipelines.ingest.vocabulary import Vocabulary

RULE = "too_many_fields"
# Above the first field too many of a row that was set aside, in the workbook that goes back to its sender:
# sent again unmended, the row is known for what it is.
HEADERS = {"nb": "(for mange felt)", "en": "(too many fields)"}
_HEADER_KEYS = frozenset(map(header_key, HEADERS.values()))
_NEARLY_ALL = 0.8
_WHOLE_PART = r"^\s*-?[0-9][0-9 \x{00a0}]*$"
_DECIMALS = r"^\s*[0-9]{1,2}\s*$"
_NUMBER = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Surplus:
    """What stands right of a table's last header.

    width: how many fields the header has; rows: row_number (Int64) and found, the fields of each row that
    has too many.
    """

    width: int
    rows: pl.DataFrame

    def findings(self, sheet: str, numbers: pl.Series) -> list[Finding]:
        """One for each of the given rows that is set aside."""
        own = self.rows.filter(pl.col("row_number").is_in(numbers.implode()))
        return [
            Finding(RULE, "quarantine", sheet, row, params={"count": str(found), "expected": str(self.width)})
            for row, found in own.iter_rows()
        ]


def none_too_many(width: int) -> Surplus:
    """A table without such rows."""
    return Surplus(width, pl.DataFrame(schema={"row_number": pl.Int64, "found": pl.Int64}))


def header_width(table: Table, header_row: int) -> int:
    """How many fields a header has; a blank one counts where the record has it."""
    cells = table.frame.row(header_row)
    return next((i + 1 for i in range(len(cells) - 1, -1, -1) if cells[i] is not None), 0)


def with_header(table: Table, header_row: int, named: int, header: str) -> Table:
    """The table with a header above the first field too many. named: the columns up to the last header."""
    place = max(named, header_width(table, header_row))
    if place >= table.frame.width:
        return table
    column = table.frame.to_series(place).clone()
    column[header_row] = header
    return Table(table.sheet, table.is_hidden, table.frame.with_columns(column))


def is_surplus_header(name: str | None) -> bool:
    """Whether a header is the one above the fields too many of a workbook that we marked."""
    return name is not None and header_key(name) in _HEADER_KEYS


def find_surplus(match: Match, rows: pl.DataFrame, delimiter: str | None) -> Surplus:
    """The rows with too many fields. rows: row_number of the delivered rows; delimiter: None where the
    cells have places, so that only our own mark tells of them."""
    width = _width(match, delimiter)
    beyond = [f"c{i}" for i in range(width, match.table.frame.width)]
    none = none_too_many(width)
    if not beyond or not rows.height:
        return none
    place = match.table.frame.select(beyond)[(rows["row_number"] - 1).to_list()]
    filled = [(pl.col(name).str.strip_chars() != "").fill_null(value=False) for name in beyond]
    last = pl.max_horizontal(
        pl.when(is_filled).then(pl.lit(width + n, dtype=pl.Int64)).otherwise(0)
        for n, is_filled in enumerate(filled, start=1)
    )
    found = place.select(found=last).insert_column(0, rows["row_number"]).filter(pl.col("found") > 0)
    if delimiter is not None and _is_column(match, found, rows.height, width, delimiter):
        return none
    return Surplus(width, found)


def _width(match: Match, delimiter: str | None) -> int:
    marked = next((i for i, name in enumerate(match.names) if is_surplus_header(name)), None)
    if marked is not None:
        return marked
    named = max((i + 1 for i, name in enumerate(match.names) if name), default=0)
    if delimiter is None:
        return match.table.frame.width
    return max(named, header_width(match.table, match.header_row))


def _is_column(match: Match, found: pl.DataFrame, n_rows: int, width: int, delimiter: str) -> bool:
    """Whether the fields beyond the header are a column of their own, that only lacks its header."""
    is_one_more = bool((found["found"] == width + 1).all())
    if not is_one_more or found.height < max(2, _NEARLY_ALL * n_rows):
        return False
    return delimiter != "," or not _has_lone_decimals(match, found)


def _has_lone_decimals(match: Match, found: pl.DataFrame) -> bool:
    """Whether a number's decimals stand in the next field: its comma was taken for a delimiter."""
    frame = match.table.frame[(found["row_number"] - 1).to_list()]
    decimal = [c.name for c in match.sheet.columns if c.type == "decimal"]
    for index in (i for name in decimal for i in match.targets.get(name, ())):
        if index + 1 >= frame.width:
            continue
        whole = pl.col(f"c{index}").str.contains(_WHOLE_PART)
        decimals = pl.col(f"c{index + 1}").str.contains(_DECIMALS)
        if frame.select((whole & decimals).fill_null(value=False).all()).item():
            return True
    return False


def without_contents(
    match: Match, rows: pl.DataFrame, surplus: Surplus, vocabulary: Vocabulary
) -> pl.DataFrame:
    """The rows with nothing left in those that have too many fields, but whose they are.

    What the row says of that is kept where it is a municipality, or what other rows say as well; else it is
    taken from the row above.
    """
    if not surplus.rows.height:
        return rows
    is_bad = pl.col("row_number").is_in(surplus.rows["row_number"].implode())
    routing = {f"c{i}" for column in match.sheet.routing for i in match.targets.get(column.name, ())}
    names = [name for name in rows.columns if name != "row_number"]
    none = pl.lit(None, dtype=pl.String)
    sound = rows.filter(~is_bad)
    kept = [_routed(name, is_bad, sound, vocabulary) for name in names if name in routing]
    blank = [pl.when(~is_bad).then(name).otherwise(none).alias(name) for name in names if name not in routing]
    return rows.with_columns(*kept, *blank)


def _routed(name: str, is_bad: pl.Expr, sound: pl.DataFrame, vocabulary: Vocabulary) -> pl.Expr:
    said = set(sound[name].drop_nulls().to_list())
    is_place = _place_reader(vocabulary)
    good = pl.col(name).map_elements(lambda text: text in said or is_place(text), return_dtype=pl.Boolean)
    own = pl.when(~is_bad | good.fill_null(value=False)).then(name)
    return pl.when(is_bad).then(own.forward_fill().backward_fill()).otherwise(name).alias(name)


def _place_reader(vocabulary: Vocabulary) -> Callable[[str], bool]:
    numbers = vocabulary.municipality_numbers

    def is_place(text: str) -> bool:
        number = _NUMBER.fullmatch(text.strip())
        return text.strip() in numbers if number else vocabulary.places.find(text) is not None

    return is_place


def set_aside(frame: pl.DataFrame, sheet: str, numbers: Sequence[int]) -> pl.DataFrame:
    """A data set's frame with a row for each that was not read: its place, and the rule in ``row__error``."""
    if not numbers:
        return frame
    aside = pl.DataFrame(
        {
            "sheet": pl.Series([sheet] * len(numbers), dtype=pl.String),
            "row_number": pl.Series(numbers, dtype=pl.Int64),
            "row__error": pl.Series([RULE] * len(numbers), dtype=pl.String),
        }
    )
    return pl.concat([frame, aside], how="diagonal").sort("row_number", maintain_order=True)
