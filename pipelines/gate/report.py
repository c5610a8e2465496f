"""The report back to a delivery's sender: JSON for programs, a plain page for people.

Both lie at ``HOME/reports/<delivery_id>``. The page needs nothing but itself, is in Norwegian (bokmål),
and every text of the delivery in it is escaped. A report follows from the delivery alone, so writing it
again gives the same bytes.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.lake import DeliveryMeta

# A page with more rows helps nobody; the JSON file has them all.
SHOWN_FINDINGS = 2_000

STATUS_NB = {
    "accepted": "Tatt i bruk",
    "partly_accepted": "Tatt i bruk, men noen rader er satt til side",
    "rejected": "Ikke tatt i bruk",
    "conflict": "Ikke tatt i bruk: flere filer med samme ark kom samtidig",
    "withdrawn": "Trukket tilbake",
}
SUPERSEDED_NB = "Lest, men en nyere leveranse gjelder"
KIND_NB = {
    "survey": "Spørreundersøkelse",
    "processes": "Prosesser",
    "systems": "Systemer",
    "unknown": "Ukjent",
}
SEVERITY_NB = {
    "rejected": "Avvist",
    "quarantine": "Rad satt til side",
    "cell": "Verdi ikke brukt",
    "warning": "Merknad",
    "masked": "Fjernet av hensyn til personvern",
}
_HEADINGS = ("Hva", "Ark", "Rad", "Kolonne", "Verdi", "Forklaring")
_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:70rem;margin:2rem auto}
main{padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}dt{font-weight:600}dd{margin:0}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #c8c8c8}
td{overflow-wrap:anywhere}td.number{text-align:right;white-space:nowrap}
"""


def write_reports(
    settings: Settings,
    deliveries: pl.DataFrame,
    findings: pl.DataFrame,
    metas: Mapping[str, DeliveryMeta],
    names: Mapping[str, str] | None = None,
) -> int:
    """Write both files of every delivery; how many deliveries.

    deliveries: the ledger's delivery table after the gate; findings: the gate's; names: municipality
    number → name.
    """
    by_delivery = {
        str(name): group.drop("delivery_id").to_dicts()
        for (name,), group in findings.partition_by("delivery_id", as_dict=True, maintain_order=True).items()
    }
    for delivery in deliveries.iter_rows(named=True):
        name = delivery["delivery_id"]
        report = make_report(delivery, by_delivery.get(name, []), metas[name], names or {})
        text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        files.atomic_write_text(settings.reports / f"{name}.json", text, durable=False)
        files.atomic_write_text(settings.reports / f"{name}.html", page(report), durable=False)
    return deliveries.height


def make_report(
    delivery: Mapping[str, Any],
    findings: list[dict[str, Any]],
    meta: DeliveryMeta,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Everything a report tells, as plain data."""
    is_superseded = not delivery["is_counting"] and delivery["status"] in {"accepted", "partly_accepted"}
    return {
        **delivery,
        "municipality_name": names.get(delivery["municipality_number"]),
        "status_nb": SUPERSEDED_NB if is_superseded else STATUS_NB[delivery["status"]],
        "is_superseded": is_superseded,
        "recognised": meta.recognised,
        "findings": [{**finding, "file_name": delivery["file_name"]} for finding in findings],
    }


def page(report: Mapping[str, Any]) -> str:
    """The report as an HTML page."""
    title = f"Leveranserapport: {report['file_name']}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="nb">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">",
            f"<title>{_text(title)}</title><style>{_STYLE}</style></head>",
            f"<body><main><h1>{_text(title)}</h1>",
            _summary(report),
            _findings(report["findings"]),
            _recognised(report["recognised"]),
            "</main></body></html>",
            "",
        )
    )


def _summary(report: Mapping[str, Any]) -> str:
    name = report["municipality_name"]
    who = f"{report['municipality_number']} {name}" if name else report["municipality_number"]
    return _list(
        {
            "Status": report["status_nb"],
            "Kommune": who,
            "Periode": report["period"],
            "Leveranse": KIND_NB.get(report["kind"], report["kind"]),
            "Rader mottatt": report["rows_received"],
            "Rader tatt i bruk": report["rows_accepted"],
            "Rader satt til side": report["rows_quarantined"],
            "Erstatter": report["supersedes"],
            "Leveranse-id": report["delivery_id"],
            "Filens SHA-256": report["sha256"],
        }
    )


def _findings(findings: list[dict[str, Any]]) -> str:
    if not findings:
        return "<h2>Funn</h2>\n<p>Ingen. Alt er lest og tatt i bruk.</p>"
    rows = "\n".join(_finding_row(finding) for finding in findings[:SHOWN_FINDINGS])
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    left = len(findings) - SHOWN_FINDINGS
    more = f"<p>{left} funn til står i JSON-filen ved siden av.</p>" if left > 0 else ""
    return (
        f"<h2>Funn ({len(findings)})</h2>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Funn"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>{more}"
    )


def _finding_row(finding: Mapping[str, Any]) -> str:
    cells = (
        SEVERITY_NB[finding["severity"]],
        finding["sheet"],
        finding["row_number"],
        finding["column_name"],
        finding["value"],
        finding["sentence_nb"],
    )
    return "<tr>" + "".join(_cell(cell) for cell in cells) + "</tr>"


def _cell(value: object) -> str:
    kind = ' class="number"' if isinstance(value, int) else ""
    return f"<td{kind}>{_text(value)}</td>"


def _recognised(recognised: Mapping[str, Any]) -> str:
    """What the reader made of the file: format, dialect, and which header was read as what."""
    if not recognised:
        return ""
    general = {
        "Format": recognised.get("format"),
        "Tegnsett": recognised.get("encoding"),
        "Skilletegn": {"\t": "tabulator"}.get(recognised.get("delimiter") or "", recognised.get("delimiter")),
        "Tilordning (mapping.yml)": recognised.get("mapping"),
        "Ark som ikke er lest": ", ".join(recognised.get("other_sheets", ())),
    }
    sheets = "\n".join(_recognised_sheet(sheet) for sheet in recognised.get("sheets", ()))
    return f"<h2>Slik er filen lest</h2>\n{_list(general)}\n{sheets}"


def _recognised_sheet(sheet: Mapping[str, Any]) -> str:
    rows = "\n".join(
        f"<tr>{_cell(header)}{_cell(column.removeprefix('item:'))}</tr>"
        for column, header in sheet["columns"].items()
    )
    title = f"Ark: {sheet['sheet']}" if sheet["sheet"] else "Tabellen"
    read_as, header_row = _text(sheet["contract_sheet"]), _text(sheet["header_row"])
    head = '<th scope="col">Overskrift i filen</th><th scope="col">Lest som</th>'
    return (
        f"<h3>{_text(title)}</h3>\n"
        f"<p>Lest som «{read_as}», overskrifter i rad {header_row}.</p>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    )


def _list(entries: Mapping[str, object]) -> str:
    """Terms and what they are; what is not known is left out."""
    known = {term: value for term, value in entries.items() if value not in (None, "")}
    return (
        "<dl>" + "".join(f"<dt>{term}</dt><dd>{_text(value)}</dd>" for term, value in known.items()) + "</dl>"
    )


def _text(value: object) -> str:
    """Anything from the delivery, harmless in a page; nothing for null."""
    return "" if value is None else html.escape(str(value), quote=True)
