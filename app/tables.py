"""Tables that every reader can use: real HTML with a caption, header cells and a scroll by keyboard.

No SQL and no Streamlit: rows in, markup out. Whatever stands in a cell is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl

STYLE = """
<style>
.kb-table { overflow-x: auto; margin-bottom: 1rem; }
.kb-table table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.35; }
.kb-table caption { text-align: left; font-weight: 600; padding-bottom: 0.35rem; }
.kb-table th, .kb-table td { padding: 0.35rem 0.6rem; border-bottom: 1px solid #d9dde1; text-align: left;
  vertical-align: top; }
.kb-table thead th { color: #3d4650; font-weight: 600; border-bottom: 2px solid #9aa3ab; }
.kb-table tbody th { font-weight: 400; min-width: 8.5rem; }
.kb-table .kb-number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.kb-table thead .kb-number { white-space: normal; }
.kb-grid td { text-align: center; }
.kb-grid th, .kb-grid td { padding: 0.35rem 0.4rem; }
.kb-grid thead th { text-align: center; vertical-align: bottom; }
.kb-grid tbody th, .kb-grid thead th:first-child { position: sticky; left: 0; background: #fff;
  text-align: left; }
@media (max-width: 48rem) {
  .kb-stack table, .kb-stack tbody, .kb-stack tr { display: block; }
  .kb-stack th, .kb-stack td, .kb-stack caption { display: block; }
  .kb-stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .kb-stack tr { border: 1px solid #c8cdd2; border-radius: 0.25rem; padding: 0.4rem 0.6rem; }
  .kb-stack tr { margin: 0.5rem 0; }
  .kb-stack tbody th, .kb-stack td { border: 0; padding: 0.15rem 0; min-width: 0; overflow-wrap: anywhere; }
  .kb-stack tbody th { font-weight: 600; }
  .kb-table.kb-stack .kb-number { text-align: left; white-space: normal; }
  .kb-stack [data-label]::before { content: attr(data-label) ": "; color: #3d4650; font-weight: 600; }
}
</style>
"""


def table(
    rows: Sequence[Mapping[str, object]],
    caption: str,
    numbers: Sequence[str] = (),
    *,
    stack: bool = False,
    grid: bool = False,
) -> str:
    """HTML of a table whose first column names the row. numbers: columns to set to the right; stack: on a
    telephone each row is a card with its headings, so that nothing scrolls sideways; grid: a matrix, which
    scrolls within itself beside its first column."""
    columns = list(rows[0]) if rows else []
    head = "".join(f'<th scope="col"{_right(c, numbers)}>{escape(c)}</th>' for c in columns)
    body = "".join(f"<tr>{_cells(row, columns, numbers)}</tr>" for row in rows)
    kind = " kb-stack" if stack else " kb-grid" if grid else ""
    return (
        f'{STYLE}<div class="kb-table{kind}" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def worst_first(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Deliveries with what most needs mending first: the rejected, then the most rows set aside."""
    grave = pl.col("status").replace_strict({"rejected": 0, "conflict": 1}, default=2, return_dtype=pl.Int8)
    by = [grave, pl.col("rows_quarantined").fill_null(0), pl.col("n_findings")]
    return deliveries.sort(by, descending=[False, True, True], maintain_order=True)


def for_download(text: str) -> str:
    """A sender's text in a table that can be taken along as CSV: an apostrophe before what a spreadsheet
    might calculate."""
    is_risky = text.startswith(("\t", "\r")) or text.lstrip()[:1] in ("=", "+", "-", "@")
    return f"'{text}" if is_risky else text


def csv_file(rows: Sequence[Mapping[str, object]]) -> bytes:
    """The rows as CSV for a Norwegian spreadsheet: semicolons, UTF-8 with its mark, no formulas."""
    text = [{for_download(column): _neutral(value) for column, value in row.items()} for row in rows]
    written = pl.DataFrame(text, infer_schema_length=None, strict=False).write_csv(separator=";")
    return b"\xef\xbb\xbf" + written.encode("utf-8")


def _neutral(value: object) -> object:
    return for_download(value) if isinstance(value, str) else value


def _cells(row: Mapping[str, object], columns: Sequence[str], numbers: Sequence[str]) -> str:
    first, *rest = columns
    cells = [f'<th scope="row">{escape(str(row[first]))}</th>']
    cells += [f'<td data-label="{escape(c)}"{_right(c, numbers)}>{escape(str(row[c]))}</td>' for c in rest]
    return "".join(cells)


def _right(column: str, numbers: Sequence[str]) -> str:
    return ' class="kb-number"' if column in numbers else ""
