"""Tables that every reader can use: real HTML with a caption, header cells and a scroll by keyboard.

No SQL and no Streamlit: rows in, markup out. Whatever stands in a cell is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

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
</style>
"""


def table(rows: Sequence[Mapping[str, object]], caption: str, numbers: Sequence[str] = ()) -> str:
    """HTML of a table whose first column names the row. numbers: columns to set to the right."""
    columns = list(rows[0]) if rows else []
    head = "".join(f'<th scope="col"{_right(c, numbers)}>{escape(c)}</th>' for c in columns)
    body = "".join(f"<tr>{_cells(row, columns, numbers)}</tr>" for row in rows)
    return (
        f'{STYLE}<div class="kb-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cells(row: Mapping[str, object], columns: Sequence[str], numbers: Sequence[str]) -> str:
    first, *rest = columns
    cells = [f'<th scope="row">{escape(str(row[first]))}</th>']
    cells += [f"<td{_right(c, numbers)}>{escape(str(row[c]))}</td>" for c in rest]
    return "".join(cells)


def _right(column: str, numbers: Sequence[str]) -> str:
    return ' class="kb-number"' if column in numbers else ""
