"""What the columns of a table nobody has described look like: header rows, headers, the values below.

Only counts and shapes leave this module for a proposal's comments; a value is shown where it must be
translated, and never where it looks personal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.ingest.header_rows import HEAD_ROWS
from pipelines.ingest.masking import find_personal, header_shown
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean, header_key, is_blank

SAMPLE = 5_000
# No source that a person can describe is wider; a wider table's first columns are described.
MOST_COLUMNS = 300
_FULL = 0.6
_LONG_TEXT = 40


@dataclass(frozen=True, eq=False)
class Profile:
    """One column of a table.

    header: as a mapping names it; name: the lower header alone; group: the header above, '' without one;
    cells: by row; is_nameable: whether the header means this column alone and may be shown.
    """

    index: int
    header: str
    name: str
    group: str
    cells: tuple[str | None, ...]
    is_nameable: bool = True

    @cached_property
    def counts(self) -> Counter[str]:
        """Different values as cleaned -> how often."""
        return Counter(clean(cell) for cell in self.cells if cell is not None and not is_blank(cell))

    @property
    def n_filled(self) -> int:
        """Cells that hold something."""
        return sum(self.counts.values())

    @cached_property
    def values(self) -> list[str]:
        """Different values, the commonest first, ties by text."""
        return [text for text, _ in sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))]

    @cached_property
    def is_unique(self) -> bool:
        """Whether nearly every cell holds a value of its own."""
        return self.n_filled > 1 and len(self.counts) >= 0.95 * self.n_filled

    @cached_property
    def is_long_text(self) -> bool:
        """Whether it is what people write freely: long, and seldom the same twice."""
        length = sum(len(text) * n for text, n in self.counts.items()) / max(self.n_filled, 1)
        return length > _LONG_TEXT and len(self.counts) > 0.5 * self.n_filled

    @cached_property
    def personal(self) -> str | None:
        """The rule that many of its cells break by being personal, or None."""
        found = Counter(find_personal(text, with_phone=False) for text in self.values[:200])
        found.pop(None, None)
        rule, times = next(iter(found.most_common(1)), (None, 0))
        return rule if times * 5 > min(len(self.counts), 200) else None

    @property
    def shape(self) -> str:
        """For a comment: how much stands there, and nothing of it."""
        longest = max(map(len, self.counts), default=0)
        return f"{self.n_filled} celler, {len(self.counts)} ulike, inntil {longest} tegn"


@dataclass(frozen=True)
class Profiled:
    """A table with its header found. header_row: 0-based, of the lower row; header_rows: 1 or 2."""

    table: Table
    header_row: int
    header_rows: int
    columns: tuple[Profile, ...]


def profile_table(table: Table) -> Profiled | None:
    """Find the header and describe the columns; None where nothing stands that could be a header."""
    rows = table.head(HEAD_ROWS)
    filled = [sum(not is_blank(cell) for cell in row) for row in rows]
    most = max(filled, default=0)
    if most == 0:
        return None
    header_row = next(i for i, n in enumerate(filled) if n >= _FULL * most)
    if header_row + 1 >= table.frame.height:
        return None
    above = rows[header_row - 1] if header_row else ()
    is_paired = header_row > 0 and filled[header_row - 1] >= 2
    names = list(_names(rows[header_row], above if is_paired else ()))[:MOST_COLUMNS]
    times = Counter(header_key(header) for _, header, _, _ in names)
    below = table.frame.slice(header_row + 1, SAMPLE)
    columns = tuple(
        Profile(
            index,
            header_shown(header),
            name,
            group,
            tuple(below[f"c{index}"].to_list()),
            times[header_key(header)] == 1 and header_shown(header) == header,
        )
        for index, header, name, group in names
    )
    return Profiled(table, header_row, 2 if is_paired else 1, columns)


def is_tellable(text: str) -> bool:
    """Whether a value may stand in a proposal."""
    return len(text) <= 200 and find_personal(text, with_phone=True) is None and "\n" not in text


def _names(row: Sequence[str | None], above: Sequence[str | None]) -> Iterable[tuple[int, str, str, str]]:
    """(column, header for the mapping, header alone, group) of each column with a header.

    Under a group row a header that stands once is named alone, another as ``group | header``.
    """
    lower = [None if is_blank(cell) else clean(cell or "") for cell in row]
    times = Counter(header_key(name) for name in lower if name)
    group = ""
    for index, name in enumerate(lower):
        if index < len(above) and not is_blank(above[index]):
            group = clean(above[index] or "")
        if name is None:
            continue
        paired = f"{group} | {name}" if group and times[header_key(name)] > 1 else name
        yield index, paired, name, group
