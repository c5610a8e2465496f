"""Names that wait for a person: the table ``HOME/reports/names_to_review.csv``, made of the findings.

A row goes away when its text is known: a row in an alias.csv of the reference pack (``kommunebench names
settle``), or the sender writes the name as the pack has it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pipelines.reference.export_text import neutral_csv
from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.lake import DeliveryMeta

REVIEW = "name_to_review"
FILE_NAME = "names_to_review.csv"


@dataclass(frozen=True, order=True)
class WaitingName:
    """A written name and the known one it may be; score: likeness, 0 to 100, as text."""

    concept: str
    text: str
    municipality: str
    period: str
    file: str
    candidate_id: str
    candidate_name: str
    score: str
    alias_row: str


def waiting_names(metas: Mapping[str, DeliveryMeta], counting: Collection[str]) -> list[WaitingName]:
    """The names of the counting deliveries that wait, sorted; metas: by delivery_id."""
    found = {
        WaitingName(
            concept=finding.params["concept"],
            text=finding.params["found"],
            municipality=metas[name].municipality_number,
            period=metas[name].period,
            file=metas[name].file_name,
            candidate_id=finding.params["candidate"],
            candidate_name=finding.params["expected"],
            score=finding.params["score"],
            alias_row=alias_row(
                finding.params["concept"], finding.params["found"], finding.params["candidate"]
            ),
        )
        for name in counting
        for finding in metas[name].findings
        if finding.rule == REVIEW
    }
    return sorted(found)


def alias_row(concept: str, text: str, concept_id: str) -> str:
    """The line for alias.csv that settles a name."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([concept, text, concept_id])
    return line.getvalue()


def as_csv(names: Iterable[WaitingName]) -> bytes:
    """The table for a spreadsheet: semicolons, UTF-8 with BOM, nothing in it a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([field.name for field in fields(WaitingName)])
    for name in names:
        writer.writerow([neutral_csv(value) for value in astuple(name)])
    return out.getvalue().encode("utf-8-sig")


def write_waiting_names(settings: Settings, names: Iterable[WaitingName]) -> Path:
    """Write the table anew, also when nothing waits."""
    path = settings.reports / FILE_NAME
    files.atomic_write_bytes(path, as_csv(names), durable=False)
    return path


def read_waiting_names(settings: Settings) -> list[WaitingName] | None:
    """The table of the last run; None where there was none."""
    try:
        text = (settings.reports / FILE_NAME).read_text("utf-8-sig")
    except FileNotFoundError:
        return None
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    next(rows, None)
    return [WaitingName(*(_plain(value) for value in row)) for row in rows]


def _plain(value: str) -> str:
    """A cell without the apostrophe that ``neutral_csv`` put before it."""
    bare = value[1:]
    return bare if value.startswith("'") and neutral_csv(bare) == value else value
