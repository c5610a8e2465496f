"""``kommunebench check``: what the pipeline would say of one file. Stores nothing. No dagster here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.gate.single import Checked
    from pipelines.ingest.model import ParsedDelivery
    from pipelines.reference.pack import ReferencePack
    from pipelines.settings import Settings

ACCEPTED, QUARANTINED, REJECTED = 0, 1, 2
_WORDS = {
    "nb": {
        "accepted": "Alle rader kan tas i bruk",
        "partly_accepted": "Noen rader ville bli satt til side",
        "rejected": "Ville ikke bli tatt i bruk",
        "conflict": "Ville ikke bli tatt i bruk",
        "counts": "rader mottatt {rows_received}, brukt {rows_accepted}, satt til side {rows_quarantined}",
        "sheet": "ark",
        "row": "rad",
        "none": "Ingen funn.",
    },
    "en": {
        "accepted": "All rows can be used",
        "partly_accepted": "Some rows would be set aside",
        "rejected": "Would not be used",
        "conflict": "Would not be used",
        "counts": "rows received {rows_received}, accepted {rows_accepted}, quarantined {rows_quarantined}",
        "sheet": "sheet",
        "row": "row",
        "none": "No findings.",
    },
}


def check_file(
    settings: Settings, path: Path, kind: str, municipality: str, period: str, mapping: Path | None
) -> Checked:
    """Read and judge one file, as if it lay in the inbox of a municipality and period.

    What the home holds of that municipality and period is taken along, since a file may refer to
    systems of another. Raises PackError for a faulty pack, MappingError for a mapping that cannot
    be used, OSError for a file that cannot be read.
    """
    from pipelines.gate.single import check_deliveries
    from pipelines.reference.pack import load_pack

    pack = load_pack(settings.reference)
    parsed = _parse(settings, pack, path, kind, municipality, period, mapping)
    return check_deliveries(parsed, pack, settings if settings.archive.is_dir() else None)


def _parse(
    settings: Settings,
    pack: ReferencePack,
    path: Path,
    kind: str,
    municipality: str,
    period: str,
    mapping: Path | None,
) -> list[ParsedDelivery]:
    from pipelines.ingest.mapping import load_mapping_file
    from pipelines.ingest.parse import parse_file, reject

    size, limit = path.stat().st_size, settings.limits.max_file_bytes
    if size > limit:
        # The same answer as in a run, without reading what is too big to read.
        return [
            reject(
                "file_too_big",
                {"found": str(size), "limit": str(limit)},
                file_name=path.name,
                sha256=hashlib.sha256(b"").hexdigest(),
                mapping_sha256=None,
                period=period,
                municipality_number=municipality,
            )
        ]
    given = load_mapping_file(mapping) if mapping else None
    return parse_file(path.read_bytes(), path.name, period, municipality, pack, settings.limits, given, kind)


def exit_status(checked: Checked) -> int:
    """0 all rows accepted, 1 rows quarantined, 2 rejected: the gravest of the file's deliveries."""
    statuses = set(checked.deliveries["status"])
    if statuses & {"rejected", "conflict"}:
        return REJECTED
    quarantined = (checked.deliveries["rows_quarantined"].fill_null(0) > 0).any()
    return QUARANTINED if quarantined else ACCEPTED


def result_as_json(checked: Checked) -> str:
    """Deliveries with their findings, in both languages."""
    findings = checked.findings.to_dicts()
    deliveries: list[dict[str, Any]] = []
    for delivery in checked.deliveries.sort("delivery_id").iter_rows(named=True):
        own = [_without_id(f) for f in findings if f["delivery_id"] == delivery["delivery_id"]]
        meta = checked.metas[delivery["delivery_id"]]
        deliveries.append({**delivery, "recognised": meta.recognised, "findings": own})
    content = {"exit_status": exit_status(checked), "deliveries": deliveries}
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)


def result_lines(checked: Checked, language: str) -> Iterator[str]:
    """For people: each delivery's verdict and counts, then a line or two per finding."""
    words = _WORDS[language]
    for delivery in checked.deliveries.sort("delivery_id").iter_rows(named=True):
        counts = {name: "–" if value is None else value for name, value in delivery.items()}
        yield (
            f"{delivery['file_name']} · {delivery['municipality_number']} · {delivery['period']} · "
            f"{delivery['kind']}: {words[delivery['status']]}"
        )
        yield "  " + words["counts"].format(**counts)
        own = [f for f in checked.findings.to_dicts() if f["delivery_id"] == delivery["delivery_id"]]
        for finding in own:
            yield f"  {_place(finding, words)}{finding[f'sentence_{language}']}"
        if not own:
            yield "  " + words["none"]


def _place(finding: dict[str, Any], words: dict[str, str]) -> str:
    """Where in the file, as far as the finding says."""
    parts = [
        f"{words['sheet']} {finding['sheet']}" if finding["sheet"] else "",
        f"{words['row']} {finding['row_number']}" if finding["row_number"] is not None else "",
        finding["column_name"] or "",
    ]
    text = ", ".join(part for part in parts if part)
    return f"{text}: " if text else ""


def _without_id(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name != "delivery_id"}
