"""An explanation as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from pipelines.analysis.built import Row
from pipelines.analysis.catalogue import CONCEPTS
from pipelines.analysis.explain import Explanation, shown_columns
from pipelines.analysis.wording import Language, number, say
from pipelines.ingest.contract import load_contract

# So many rows are shown unless all are asked for.
SHOWN_ROWS = 25


def as_json(explanation: Explanation) -> str:
    """One JSON object with everything but the words for it, dates as ISO."""
    told = {name: what for name, what in asdict(explanation).items() if name != "names"}
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


def lines(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    """Heading, status, formula with the numbers in it, rows, files."""
    value, indicator = explanation.value, explanation.indicator
    place = [value["name"] or "", value["municipality_number"], value["period"]]
    yield f"{indicator[f'name_{lang}']} ({indicator['indicator_id']}): {' '.join(filter(None, place))}"
    area = value["focus_area"]
    names = explanation.names[lang]
    whole = say("whole", lang) if area == "all" else names.get(f"focus_area:{area}", area)
    yield f"  {whole} · {say(value['boundary'], lang)} · {say(value['collection_mode'], lang)}"
    yield ""
    # What a reader needs first; the whole definition stands in the catalogue.
    yield f"{str(indicator[f'description_{lang}']).split('. ', maxsplit=1)[0].rstrip('.')}."
    yield f"{say('formula', lang)}: {indicator['formula']}"
    if value["status"] == "ok":
        yield f"{say('with_numbers', lang)}: {_with_numbers(explanation, lang)}"
    yield f"{say('status', lang)}: {say('status_' + value['status'], lang)}"
    yield from _uncertainty(value, lang)
    yield ""
    yield from _rows(explanation, lang, show_all=show_all)
    yield ""
    if not explanation.files:
        return
    yield say("files_title", lang)
    for file in explanation.files:
        yield f"  {file['file_name']} ({file['kind']}, {file['delivery_id']})"
        yield f"    sha256 {file['sha256']}"


def _with_numbers(explanation: Explanation, lang: Language) -> str:
    """The calculation: parts of a composite, else numerator ÷ denominator."""
    value, unit = explanation.value, explanation.indicator["unit"]
    result = number(value["value"], lang, 4 if unit == "count" else 2)
    if explanation.indicator["family"] == "PRO" and explanation.parts:
        return f"{_parts(explanation.parts, lang).replace(', ', ' − ')} = {result}"
    if explanation.parts:
        return f"{_parts(explanation.parts, lang)} → {result}"
    above, below = value["numerator"], value["denominator"]
    if above is None or below is None:
        return result
    factor, sign = ("100 · ", " %") if unit == "percent" else ("", "")
    return f"{factor}{_short(above, lang)} ÷ {_short(below, lang)} = {result}{sign}"


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
    used, named = explanation.used, explanation.names[lang]
    if not used:
        yield say("no_rows", lang)
        return
    shown = used if show_all else used[:SHOWN_ROWS]
    yield say("rows_title", lang, shown=len(shown), total=len(used))
    names = {file["delivery_id"]: file["file_name"] for file in explanation.files}
    for row in shown:
        where = say("row_place", lang, row=row["row_number"])
        if row["sheet"]:
            where = f"{say('sheet_place', lang, sheet=row['sheet'])}, {where}"
        mark = f" [{say('set_aside', lang)}]" if row["is_quarantined"] else ""
        use = f" ({say('only_coverage', lang)})" if row["used_for"] == "coverage" else ""
        yield f"  {_thing(row, named)}: {_said(row, named, lang)}{use}{mark}"
        yield f"    {names.get(row['delivery_id'], row['delivery_id'])}, {where}"
    if len(shown) < len(used):
        yield "  " + say("more_rows", lang, n=len(used) - len(shown))


def _thing(row: Row, named: dict[str, str]) -> str:
    """What the row is about, by name: a part that has none keeps its id."""
    concepts = shown_columns()[row["dataset"]].get("named")
    if not row["thing"] or not concepts:
        return str(row["thing"] or row["dataset"])
    mark = " → " if row["dataset"] == "exchange" else " · "
    parts = str(row["thing"]).split(mark)
    told = [named.get(f"{concept}:{part}", part) for concept, part in zip(concepts, parts, strict=False)]
    return mark.join([*told, *parts[len(told) :]])


def _said(row: Row, named: dict[str, str], lang: Language) -> str:
    sheet = load_contract().sheet_by_id[shown_columns()[row["dataset"]]["sheet"]]
    told = []
    for name, cell in row["said"].items():
        column = sheet.by_name.get(name)
        labels = {code.code: getattr(code, f"label_{lang}") for code in column.codes} if column else {}
        heading = getattr(column, f"header_{lang}") if column else say(f"column_{name}", lang)
        told.append(f"{heading} = {_cell(cell, labels, _concept(name), named, lang)}")
    return ", ".join(told)


def _concept(column: str) -> str | None:
    """Which names stand in a column of ids."""
    if column == "system_keys":
        return "system"
    ids = {one: concept for concept, key in CONCEPTS.items() for one in (key, f"{key}s")}
    return ids.get(column)


def _cell(
    cell: object, labels: dict[str, str], concept: str | None, named: dict[str, str], lang: Language
) -> str:
    """A cell in words: ``–`` for a blank one, codes by their labels, ids by their names."""
    if cell is None or cell == []:
        return "–"
    if isinstance(cell, list):
        return "; ".join(_cell(one, labels, concept, named, lang) for one in cell)
    if isinstance(cell, bool):
        return say("yes" if cell else "no", lang)
    return labels.get(str(cell)) or named.get(f"{concept}:{cell}") or str(cell)
