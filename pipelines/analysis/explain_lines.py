"""An explanation as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipelines.analysis.built import Row
from pipelines.analysis.explain import Explanation
from pipelines.analysis.wording import Language, number, say

# So many rows are shown unless all are asked for.
SHOWN_ROWS = 25


def as_json(explanation: Explanation) -> str:
    """One JSON object with everything, dates as ISO."""
    return json.dumps(asdict(explanation), ensure_ascii=False, indent=2, default=str)


def lines(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    """Heading, status, formula with the numbers in it, rows, files."""
    value, indicator = explanation.value, explanation.indicator
    place = [value["name"] or "", value["municipality_number"], value["period"]]
    yield f"{indicator[f'name_{lang}']} ({indicator['indicator_id']}): {' '.join(filter(None, place))}"
    shown = [value["focus_area"], value["boundary"], value["collection_mode"]]
    yield f"  {' · '.join(shown)}"
    yield ""
    yield f"{say('formula', lang)}: {indicator['formula']}"
    if value["status"] == "ok":
        yield f"{say('with_numbers', lang)}: {_with_numbers(explanation, lang)}"
    yield f"{say('status', lang)}: {say('status_' + value['status'], lang)}"
    yield from _uncertainty(value, lang)
    yield ""
    yield from _rows(explanation, lang, show_all=show_all)
    yield ""
    yield say("files_title", lang)
    for file in explanation.files:
        yield f"  {file['file_name']} ({file['kind']}, {file['delivery_id']})"
        yield f"    sha256 {file['sha256']}"


def _with_numbers(explanation: Explanation, lang: Language) -> str:
    """The calculation: parts of a composite, else numerator ÷ denominator."""
    value, unit = explanation.value, explanation.indicator["unit"]
    result = number(value["value"], lang, 4 if unit == "count" else 2)
    if explanation.parts:
        return f"{_parts(explanation.parts, lang)} → {result}"
    above, below = value["numerator"], value["denominator"]
    if above is None or below is None:
        return result
    factor = "100 · " if unit == "percent" else ""
    return f"{factor}{_short(above, lang)} ÷ {_short(below, lang)} = {result}"


def _parts(parts: tuple[Row, ...], lang: Language) -> str:
    told = [
        f"{part['indicator_id']} {number(part['value'], lang, 2)}"
        if part["status"] == "ok"
        else f"{part['indicator_id']} {say('status_' + part['status'], lang)}"
        for part in parts
    ]
    return ", ".join(told)


def _short(value: float, lang: Language) -> str:
    """A whole number without decimals, others with two."""
    return number(value, lang, 0 if float(value).is_integer() else 2)


def _uncertainty(value: Row, lang: Language) -> Iterator[str]:
    if value["ci_low"] is not None:
        yield f"{say('interval', lang)}: {number(value['ci_low'], lang)} – {number(value['ci_high'], lang)}"
    if value["lower_bound"] is not None:
        bounds = f"{number(value['lower_bound'], lang)} – {number(value['upper_bound'], lang)}"
        yield f"{say('limits', lang)}: {bounds}"
    if value["coverage"] is not None:
        yield f"{say('coverage', lang)}: {number(value['coverage'], lang)} %"
    if value["n"] is not None:
        yield f"n: {value['n']}"


def _rows(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    used = explanation.used
    if not used:
        yield say("no_rows", lang)
        return
    shown = used if show_all else used[:SHOWN_ROWS]
    yield say("rows_title", lang, shown=len(shown), total=len(used))
    names = {file["delivery_id"]: file["file_name"] for file in explanation.files}
    for row in shown:
        where = say("row_place", lang, sheet=row["sheet"] or "1", row=row["row_number"])
        mark = f" [{say('set_aside', lang)}]" if row["is_quarantined"] else ""
        use = f" ({say('coverage', lang).lower()})" if row["used_for"] == "coverage" else ""
        yield f"  {row['thing'] or row['dataset']}: {_said(row['said'])}{use}{mark}"
        yield f"    {names.get(row['delivery_id'], row['delivery_id'])}, {where}"
    if len(shown) < len(used):
        yield "  " + say("more_rows", lang, n=len(used) - len(shown))


def _said(said: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {_cell(cell)}" for name, cell in said.items())


def _cell(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, list):
        return "; ".join(str(one) for one in cell) or "–"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
