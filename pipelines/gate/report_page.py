"""The report as a page that needs nothing but itself: no script, no font, no picture from elsewhere.

Every text of the delivery in it is escaped. Readable on a telephone: nothing scrolls sideways.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.gate.rules import SEVERITIES
from pipelines.gate.wording import Language, bare_header, say, share
from pipelines.ingest.contract import load_contract

# A page with more helps nobody; the JSON file has them all.
SHOWN_ENTRIES = 50
SHOWN_ROWS = 30
_STYLE = """
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;color:#1d232a;background:#fff;margin:0}
main,header{max-width:60rem;margin:0 auto;padding:0 1rem}
header{padding-top:.75rem;text-align:right}a{color:#0b4f8a}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.25rem 0 .5rem}h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
h4{font-size:1rem;margin:0;overflow-wrap:anywhere}p{margin:.25rem 0 .75rem}
.verdict{border:1px solid #9aa3ab;border-left:.5rem solid #2f7d4f;border-radius:.25rem;padding:.75rem 1rem}
.verdict.rejected,.verdict.conflict{border-left-color:#b3261e}
.verdict.partly_accepted,.verdict.withdrawn{border-left-color:#a86400}
.verdict p{margin:0}.verdict .next{font-size:1.15rem;font-weight:600;margin-top:.25rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1.5rem;margin:1rem 0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
.finding{border:1px solid #c8cdd2;border-radius:.25rem;padding:.6rem .9rem;margin:.6rem 0}
.finding ul{list-style:none;margin:.35rem 0 0;padding:0}
.finding li{padding:.4rem 0;border-top:1px solid #e3e6e9;overflow-wrap:anywhere}
.where{font-weight:600}.value{font-family:ui-monospace,monospace;background:#f1f3f5;padding:0 .3rem}
.rule{font-size:.85rem;color:#4a545d;font-weight:400}
table{border-collapse:collapse;width:100%;table-layout:fixed}summary{cursor:pointer;color:#0b4f8a}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem .3rem 0;border-bottom:1px solid #d9dde1;
overflow-wrap:anywhere}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{.finding{break-inside:avoid}header{display:none}}
"""


def page(report: Mapping[str, Any], language: Language = "nb", *, other_page: str | None = None) -> str:
    """The report as HTML. other_page: where the same report lies in the other language."""
    return _document([report], language, other_page)


def pages(reports: Sequence[Mapping[str, Any]], language: Language) -> str:
    """The reports of every delivery of one file, on one page."""
    return _document(reports, language, None)


def _document(reports: Sequence[Mapping[str, Any]], language: Language, other_page: str | None) -> str:
    first = reports[0]
    key = "check_title" if first["is_trial"] else "title"
    title = _text(say(key, language, file=first["file_name"]))
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{language}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">",
            f"<title>{title}</title><style>{_STYLE}</style></head>",
            f"<body>{_switch(language, other_page)}<main><h1>{title}</h1>",
            *(_delivery(report, language, alone=len(reports) == 1) for report in reports),
            "</main></body></html>",
            "",
        )
    )


def _switch(language: Language, other_page: str | None) -> str:
    if other_page is None:
        return ""
    other = "en" if language == "nb" else "nb"
    said = _text(say("other_language", language))
    return f'<header><a href="{_text(other_page)}" hreflang="{other}" lang="{other}">{said}</a></header>'


def _delivery(report: Mapping[str, Any], language: Language, *, alone: bool) -> str:
    head = "" if alone else f"<h2>{_text(_who(report))} · {_text(_kind(report, language))}</h2>\n"
    parts = (
        head + _verdict(report, language),
        _summary(report, language),
        _findings(report, language),
        _coverage(report["coverage"], language),
        _recognised(report, language),
    )
    return "\n".join(part for part in parts if part)


def _verdict(report: Mapping[str, Any], language: Language) -> str:
    marked = report.get("marked_workbook")
    name = _text(marked["name"]) if marked else ""
    link = f'<a href="{name}">{name}</a>'
    more = f"<p>{say('next_marked', language, workbook=link)}</p>" if marked else ""
    return (
        f'<div class="verdict {_text(report["status"])}">'
        f"<p>{_text(report[f'status_{language}'])}</p>"
        f'<p class="next">{_text(report[f"next_{language}"])}</p>{more}</div>'
    )


def _who(report: Mapping[str, Any]) -> str:
    name = report["municipality_name"]
    return f"{report['municipality_number']} {name}" if name else str(report["municipality_number"])


def _kind(report: Mapping[str, Any], language: Language) -> str:
    known = {kind.id for kind in load_contract().kinds}
    return say(f"kind_{report['kind']}" if report["kind"] in known else "kind_unknown", language)


def _summary(report: Mapping[str, Any], language: Language) -> str:
    entries = {
        "municipality": _who(report),
        "period": report["period"],
        "kind": _kind(report, language),
        "rows_received": report["rows_received"],
        "rows_accepted": report["rows_accepted"],
        "rows_quarantined": report["rows_quarantined"],
        "supersedes": report["supersedes"],
    }
    return _list({say(key, language): value for key, value in entries.items()})


# Findings


def _findings(report: Mapping[str, Any], language: Language) -> str:
    title = say("findings", language)
    groups: list[dict[str, Any]] = report["groups"]
    if not groups:
        return f"<h2>{title}</h2>\n<p>{_text(say('no_findings', language))}</p>"
    parts = [f"<h2>{title} ({len(report['findings'])})</h2>"]
    for severity in SEVERITIES:
        own = [group for group in groups if group["severity"] == severity]
        if own:
            parts.append(f"<h3>{_text(say(f'severity_{severity}', language))}</h3>")
            if consequence := own[0][f"consequence_{language}"]:
                parts.append(f"<p>{_text(consequence)}</p>")
            parts += [_group(group, language) for group in own]
    return "\n".join(parts)


def _group(group: Mapping[str, Any], language: Language) -> str:
    entries = group["entries"]
    shown = "".join(_entry(entry, language) for entry in entries[:SHOWN_ENTRIES])
    left = len(entries) - SHOWN_ENTRIES
    more = f"<p>{_text(say('more_entries', language, left))}</p>" if left > 0 else ""
    rule = f'<span class="rule">({_text(group["rule"])})</span>'
    return (
        f'<div class="finding"><h4>{_text(place_of(group, language))} {rule}</h4><ul>{shown}</ul>{more}</div>'
    )


def place_of(group: Mapping[str, Any], language: Language) -> str:
    """Sheet and column of a group, as far as it has them."""
    parts = [
        f"{say('sheet', language)} {group['sheet']}" if group["sheet"] else "",
        f"{say('column', language).lower()} {bare_header(group['column'])}" if group["column"] else "",
    ]
    text = ", ".join(part for part in parts if part) or say("whole_file", language)
    return text[0].upper() + text[1:]


def _entry(entry: Mapping[str, Any], language: Language) -> str:
    where = rows_said(entry["rows"], language)
    place = f'<span class="where">{_text(where[0].upper() + where[1:])}</span>' if where else ""
    value = f' <span class="value">{_text(entry["value"])}</span>' if entry["value"] else ""
    line = f"{place}{value}".strip()
    return f"<li>{line}{'<br>' if line else ''}{_text(entry[f'sentence_{language}'])}</li>"


def rows_said(rows: Sequence[int], language: Language) -> str:
    """``rad 4, 7, 9 og 12 til``; empty where there is no row."""
    if not rows:
        return ""
    listed = ", ".join(map(str, rows[:SHOWN_ROWS]))
    left = len(rows) - SHOWN_ROWS
    if left > 0:
        listed = f"{listed} {say('and_more', language, left)}"
    return say("rows", language, len(rows), rows=listed)


# Coverage


def _coverage(coverage: Sequence[Mapping[str, Any]], language: Language) -> str:
    if not coverage:
        return ""
    parts = [f"<h2>{say('coverage', language)}</h2>"]
    if any(one["is_united"] for one in coverage):
        parts.append(f"<p>{_text(say('coverage_own', language))}</p>")
    parts.append("<ul>" + "".join(f"<li>{_text(covered(one, language))}</li>" for one in coverage) + "</ul>")
    hints = [hint for one in coverage for hint in one["hints"]]
    if hints:
        parts.append(f"<h3>{_text(say('coverage_raise', language))}</h3>")
        parts.append("<ol>" + "".join(f"<li>{_text(hint[language])}</li>" for hint in hints) + "</ol>")
    else:
        parts.append(f"<p>{_text(say('coverage_whole', language))}</p>")
    return "\n".join(parts)


def covered(one: Mapping[str, Any], language: Language) -> str:
    """``Kjernefunksjoner som er besvart: 12 av 40, 30 %``, and what that means where it is too little."""
    known, total = one["n_known"], one["n_all"]
    said = say(
        "coverage_of",
        language,
        name=say(f"name_{one['coverage_id']}", language),
        known=known,
        all=total,
        percent=share(known, total, language),
    )
    if one["needed_percent"] and 100 * known < one["needed_percent"] * total:
        needed = share(one["needed_percent"], 100, language)
        said = f"{said}. {say('coverage_need', language, percent=needed)}"
    return said


# What was recognised


def _recognised(report: Mapping[str, Any], language: Language) -> str:
    """What the reader made of the file: format, dialect, and which header was read as what."""
    recognised: Mapping[str, Any] = report["recognised"] or {}
    delimiter = recognised.get("delimiter")
    general = {
        "format": recognised.get("format"),
        "encoding": recognised.get("encoding"),
        "delimiter": say("tab", language) if delimiter == "\t" else delimiter,
        "survey_tool": recognised.get("survey_tool"),
        "mapping": recognised.get("mapping"),
        "other_sheets": ", ".join(recognised.get("other_sheets", ())),
        "delivery_id": report["delivery_id"],
        "sha256": report["sha256"],
    }
    sheets = "\n".join(_recognised_sheet(sheet, language) for sheet in recognised.get("sheets", ()))
    listed = _list({say(key, language): value for key, value in general.items()})
    return f"<h2>{_text(say('recognised', language))}</h2>\n{listed}\n{sheets}"


def _recognised_sheet(sheet: Mapping[str, Any], language: Language) -> str:
    contract_sheet = load_contract().sheet_by_id.get(sheet["contract_sheet"])
    name = sheet["contract_sheet"]
    if contract_sheet is not None:
        name = contract_sheet.name_nb if language == "nb" else contract_sheet.name_en
    title = say("a_sheet", language, sheet=sheet["sheet"]) if sheet["sheet"] else say("the_table", language)
    said = say("read_as", language, sheet.get("rows", 0), contract_sheet=name, header_row=sheet["header_row"])
    rows = "".join(
        f"<tr><td>{_text(header)}</td><td>{_text(_column_name(contract_sheet, column, language))}</td></tr>"
        for column, header in sheet["columns"].items()
    )
    head = "".join(
        f'<th scope="col">{_text(say(key, language))}</th>' for key in ("header_in_file", "header_read_as")
    )
    caption = _text(say("columns_of", language, sheet=sheet["sheet"] or say("the_table", language).lower()))
    return (
        f"<h3>{_text(title)}</h3>\n<p>{_text(said)}</p>\n"
        f"<details><summary>{caption}</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def _column_name(contract_sheet: Any, column: str, language: Language) -> str:
    """A contract column as the template calls it; an item by its id."""
    known = contract_sheet.by_name.get(column) if contract_sheet is not None else None
    if known is None:
        return column.removeprefix("item:")
    return str(known.header_nb if language == "nb" else known.header_en)


def _list(entries: Mapping[str, object]) -> str:
    """Terms and what they are; what is not known is left out."""
    known = {term: value for term, value in entries.items() if value not in (None, "")}
    rows = (f"<dt>{_text(term)}</dt><dd>{_text(value)}</dd>" for term, value in known.items())
    return "<dl>" + "".join(rows) + "</dl>" if known else ""


def _text(value: object) -> str:
    """Anything from the delivery, harmless in a page; nothing for null."""
    return "" if value is None else html.escape(str(value), quote=True)
