"""The report back to a delivery's sender: JSON for programs, pages for people, a marked workbook.

They lie at ``HOME/reports/<delivery_id>``: ``.json``, ``.html`` (bokmål), ``.en.html``, and ``.xlsx``
where something has to be mended. A report follows from the delivery and what counts beside it, so
writing it again gives the same bytes. The words stand in report_texts.yml and rules.yml.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.gate.grouping import grouped, needs_action, rows_to_mend, sheet_order
from pipelines.gate.report_page import page
from pipelines.gate.wording import LANGUAGES, Language, say
from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.archive import ArchiveError
from pipelines.storage.lake import DeliveryMeta

LOG = logging.getLogger(__name__)
__all__ = ["make_report", "page", "write_reports"]

# Changes when a marked workbook is to be made anew although its delivery is the same.
MARKING_VERSION = "2"
Coverage = Mapping[tuple[str, str, str], list[dict[str, Any]]]


def write_reports(
    settings: Settings,
    deliveries: pl.DataFrame,
    findings: pl.DataFrame,
    metas: Mapping[str, DeliveryMeta],
    names: Mapping[str, str] | None = None,
    coverage: Coverage | None = None,
    read_bytes: Callable[[str], bytes | None] | None = None,
) -> int:
    """Write every delivery's report; how many deliveries.

    deliveries: the ledger's delivery table after the gate; findings: the gate's; names: municipality
    number → name; coverage: (municipality, period, kind) → what ``coverage.of_rows`` found; read_bytes:
    the archived file of a SHA-256 (None: no marked workbooks are written).
    """
    by_delivery = {
        str(name): group.drop("delivery_id").to_dicts()
        for (name,), group in findings.partition_by("delivery_id", as_dict=True, maintain_order=True).items()
    }
    for delivery in deliveries.iter_rows(named=True):
        name = delivery["delivery_id"]
        covered = _coverage_of(delivery, coverage or {})
        report = make_report(delivery, by_delivery.get(name, []), metas[name], names or {}, covered)
        if read_bytes is not None:
            report["marked_workbook"] = _write_marked(settings, report, read_bytes)
        text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        files.atomic_write_text(settings.reports / f"{name}.json", text, durable=False)
        nb, en = f"{name}.html", f"{name}.en.html"
        files.atomic_write_text(settings.reports / nb, page(report, "nb", other_page=en), durable=False)
        files.atomic_write_text(settings.reports / en, page(report, "en", other_page=nb), durable=False)
    return deliveries.height


def make_report(
    delivery: Mapping[str, Any],
    findings: list[dict[str, Any]],
    meta: DeliveryMeta,
    names: Mapping[str, str],
    coverage: list[dict[str, Any]] | None = None,
    *,
    is_trial: bool = False,
) -> dict[str, Any]:
    """Everything a report tells, as plain data. is_trial: of a file that was only tried."""
    is_read = delivery["status"] in {"accepted", "partly_accepted"}
    # A template that nobody has filled in.
    is_untouched = is_read and delivery["rows_received"] == 0
    is_superseded = is_read and not delivery["is_counting"] and not is_untouched
    status = "untouched" if is_untouched else "superseded" if is_superseded else delivery["status"]
    # All its rows are set aside: the published status stays, the words say what it comes to.
    is_none = status == "partly_accepted" and delivery["rows_accepted"] == 0
    said = "none_accepted" if is_none else status
    prefix = "check" if is_trial else "status"
    return {
        **delivery,
        "municipality_name": names.get(delivery["municipality_number"]),
        "is_superseded": is_superseded,
        "is_trial": is_trial,
        **{f"status_{language}": say(f"{prefix}_{said}", language) for language in LANGUAGES},
        **{f"next_{language}": next_step(status, findings, delivery, language) for language in LANGUAGES},
        "recognised": meta.recognised,
        "findings": [{**finding, "file_name": delivery["file_name"]} for finding in findings],
        "groups": grouped(findings, sheet_order(meta.recognised)),
        "coverage": coverage or [],
    }


def next_step(
    status: str, findings: list[dict[str, Any]], delivery: Mapping[str, Any], language: Language
) -> str:
    """What the sender does now, in a sentence or a few."""
    if status in {"untouched", "superseded", "withdrawn", "conflict"}:
        return say(f"next_{status}", language)
    if status == "rejected":
        is_ours = any(finding["rule"] == "internal_error" for finding in findings)
        return say("next_our_fault" if is_ours else "next_rejected", language)
    return " ".join(_to_mend(findings, delivery, language)) or say(
        "next_notes" if findings else "next_nothing", language
    )


def _to_mend(findings: list[dict[str, Any]], delivery: Mapping[str, Any], language: Language) -> list[str]:
    own, following = rows_to_mend(findings)
    # A finding may stand for several rows; the gate's count is of rows.
    own = max(own, (delivery["rows_quarantined"] or 0) - following) if own else 0
    n_cells, n_masked = (sum(f["severity"] == s for f in findings) for s in ("cell", "masked"))
    said = []
    if own:
        said.append(say("next_rows", language, own))
    if following:
        said.append(say("next_follow" if own else "next_follow_only", language, following))
    if n_cells:
        said.append(say("next_cells_too" if own else "next_cells", language, n_cells))
    if n_masked:
        said.append(say("next_masked", language, n_masked))
    return said


def _coverage_of(delivery: Mapping[str, Any], coverage: Coverage) -> list[dict[str, Any]]:
    """The coverage of a delivery that counts; of any other it would be somebody else's."""
    if not delivery["is_counting"]:
        return []
    return coverage.get((delivery["municipality_number"], delivery["period"], delivery["kind"]), [])


def _write_marked(
    settings: Settings, report: Mapping[str, Any], read_bytes: Callable[[str], bytes | None]
) -> dict[str, str] | None:
    """Write the marked workbook where something has to be mended, unless it is there already.

    Its name and what it was made from; None where there is nothing to mend or the file's bytes are gone.
    """
    from pipelines.gate.marking import mark_workbook, marked_suffix

    of = _fingerprint(report)
    last = _last_marked(settings.reports / f"{report['delivery_id']}.json")
    is_wanted = needs_action(report["findings"]) and report["status"] != "withdrawn"
    if is_wanted and last and last["made_from"] == of and (settings.reports / last["name"]).is_file():
        return last
    content = _bytes(read_bytes, report["sha256"]) if is_wanted else None
    for suffix in (".xlsx", ".xlsm"):
        (settings.reports / f"{report['delivery_id']}{suffix}").unlink(missing_ok=True)
    if content is None:
        return None
    name = f"{report['delivery_id']}{marked_suffix(content)}"
    marked = mark_workbook(content, [report], "nb", settings.limits)
    files.atomic_write_bytes(settings.reports / name, marked, durable=False)
    return {"name": name, "made_from": of}


def _bytes(read_bytes: Callable[[str], bytes | None], sha256: str) -> bytes | None:
    """The archived file; None where it was purged, or is damaged: the pages still tell all there is."""
    try:
        return read_bytes(sha256)
    except ArchiveError as error:
        LOG.warning("no marked workbook: %s", error)
        return None


def _fingerprint(report: Mapping[str, Any]) -> str:
    """What a marked workbook depends on: the file and its findings."""
    told = [MARKING_VERSION, report["sha256"], report["next_nb"], report["findings"]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _last_marked(path: Path) -> dict[str, str] | None:
    """What the last report says of its marked workbook; None where it has none or cannot be read."""
    try:
        last = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return last.get("marked_workbook") if isinstance(last, dict) else None
