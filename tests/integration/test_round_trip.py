"""A sender's round trip: the marked workbook of each faulty example, mended only as it says, is accepted.

The mender is a person who reads the sheet of findings, goes to the cell that its link leads to, and does what
the sentence says. It knows what to write where a rule asks for a value, and nothing of how faults are found.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines.gate.marking import mark_workbook
from pipelines.gate.report import make_report
from pipelines.gate.single import check_deliveries
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK, FIXTURES

FAULTS = list(csv.DictReader((FIXTURES / "example_faults.csv").open(encoding="utf-8")))
# Faulty files by sender: what one file refers to may have to be mended in another.
SENDERS = sorted({str(Path(fault["path"]).parent) for fault in FAULTS if fault["outcome"] != "accepted"})
CELL = re.compile(r"'(.+)'!([A-Z]+\d+)")


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack((BASE_PACK, FICTIONAL_PACK))


def reports_of(
    files: Mapping[str, bytes], sender: str, pack: ReferencePack
) -> dict[str, list[dict[str, Any]]]:
    """File name → its reports, when the files of one sender come together."""
    period, number = sender.split("/")
    parsed = {
        name: parse_file(content, name, period, number, pack, Limits()) for name, content in files.items()
    }
    checked = check_deliveries([delivery for own in parsed.values() for delivery in own], pack)
    rows = {row["delivery_id"]: row for row in checked.deliveries.iter_rows(named=True)}
    findings = checked.findings.to_dicts()
    return {
        name: [
            make_report(
                rows[delivery.delivery_id],
                [f for f in findings if f["delivery_id"] == delivery.delivery_id],
                checked.metas[delivery.delivery_id],
                {},
            )
            for delivery in own
        ]
        for name, own in parsed.items()
    }


# The mender


def mended(marked: bytes, reports: Sequence[Mapping[str, Any]], systems: Sequence[str]) -> bytes:
    """The workbook after a person has done what its sheet of findings says."""
    book = openpyxl.load_workbook(io.BytesIO(marked))
    findings = [finding for report in reports for finding in report["findings"]]
    told = [row for row in book["Funn"].iter_rows() if isinstance(row[0].value, int)]
    assert len(told) == len(findings)
    seen: Counter[tuple[str, str]] = Counter()
    for row, finding in zip(told, findings, strict=True):
        rule, sentence = finding["rule"], row[7].value
        if rule == "required_column_missing":
            add_column(book[row[2].value], finding["row_number"], finding["column_name"], systems)
        elif rule in VALUES:
            sheet, cell = CELL.fullmatch(row[5].hyperlink.location).groups()  # type: ignore[union-attr]
            seen[(rule, str(finding["value"]))] += 1
            VALUES[rule](book[sheet][cell], sentence, seen[(rule, str(finding["value"]))])
        else:
            assert rule.startswith("follows_") or finding["severity"] == "warning", rule
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(value: object) -> Callable[[Any, str, int], None]:
    def write(cell: Any, _sentence: str, _nth: int) -> None:
        cell.value = value

    return write


def put_nearest(cell: Any, sentence: str, _nth: int) -> None:
    found = re.search(r"Nærmest er «(.+?)»", sentence)
    assert found, sentence
    cell.value = found.group(1)


def put_last_day(cell: Any, sentence: str, _nth: int) -> None:
    found = re.search(r"siste dag, (\d\d\.\d\d\.\d{4})", sentence)
    assert found, sentence
    day, month, year = map(int, found.group(1).split("."))
    cell.value = date(year, month, day)


def put_own_key(cell: Any, _sentence: str, nth: int) -> None:
    if nth > 1:
        cell.value = f"{cell.value}-{nth}"


VALUES: dict[str, Callable[[Any, str, int], None]] = {
    "not_a_number": put(200_000),
    "unknown_answer": put(3),
    "unknown_function": put_nearest,
    "date_after_period": put_last_day,
    "repeated_key": put_own_key,
    "masked_person_name": put("Rådgiver"),
    "masked_email": put("Rådgiver"),
}


def add_column(sheet: Any, header_row: int, header: str, systems: Sequence[str]) -> None:
    """The column that was left out, with one of the municipality's systems in each row.

    Each object meets each system once: two rows of one cell might contradict each other.
    """
    column = 1 + max(cell.column for cell in sheet[header_row] if cell.value)
    object_column = next(c.column for c in sheet[header_row] if c.value == "dataobjekt")
    sheet.cell(header_row, column).value = header
    times: Counter[str] = Counter()
    for row in range(header_row + 1, sheet.max_row + 1):
        name = sheet.cell(row, object_column).value
        if name:
            sheet.cell(row, column).value = systems[times[name]]
            times[name] += 1


def systems_of(sender: str) -> list[str]:
    """What the municipality's own systems are called."""
    source = EXAMPLE_INBOX / sender / "systemer.csv"
    if not source.is_file():
        return []
    text = source.read_bytes().decode("cp1252")
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    return [row["systemnavn"] for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)]


def files_of(sender: str) -> dict[str, bytes]:
    """What a sender delivered; in the place of what cannot be opened, what it has: that of the year after."""
    files = {
        path.name: path.read_bytes()
        for path in sorted((EXAMPLE_INBOX / sender).iterdir())
        if path.suffix in (".csv", ".xlsx")
    }
    for fault in FAULTS:
        if fault["rule"] == "unreadable" and str(Path(fault["path"]).parent) == sender:
            name = Path(fault["path"]).name
            files[name] = (EXAMPLE_INBOX / "2026" / sender.split("/")[1] / name).read_bytes()
    return files


@pytest.mark.parametrize("sender", SENDERS)
def test_faulty_examples_are_mended_in_their_marked_workbooks_and_accepted(
    sender: str, pack: ReferencePack
) -> None:
    files = files_of(sender)
    before = reports_of(files, sender, pack)
    expected = {f["rule"] for f in FAULTS if f["path"].startswith(sender) and f["rule"]} - {"unreadable"}
    assert expected <= {f["rule"] for own in before.values() for report in own for f in report["findings"]}
    faulty = {name: own for name, own in before.items() if any(report["findings"] for report in own)}
    marked = {name: mark_workbook(files[name], own, "nb", Limits()) for name, own in faulty.items()}
    unmended = reports_of({**files, **marked}, sender, pack)
    for name, own in faulty.items():
        assert told(unmended[name]) == told(own), name
    systems = systems_of(sender)
    sent_again = {name: mended(marked[name], own, systems) for name, own in faulty.items()}
    after = reports_of({**files, **sent_again}, sender, pack)
    for name, own in after.items():
        for was, now in zip(sorted(before[name], key=by_kind), sorted(own, key=by_kind), strict=True):
            assert (name, now["status"], now["rows_quarantined"]) == (name, "accepted", 0)
            assert now["rows_received"] == now["rows_accepted"] == was["rows_received"]
            assert not [f for f in now["findings"] if f["severity"] != "warning"]


def test_a_file_that_cannot_be_opened_comes_back_as_its_findings_alone(pack: ReferencePack) -> None:
    (path,) = (fault["path"] for fault in FAULTS if fault["rule"] == "unreadable")
    content = (EXAMPLE_INBOX / path).read_bytes()
    own = reports_of({Path(path).name: content}, str(Path(path).parent), pack)[Path(path).name]
    book = openpyxl.load_workbook(io.BytesIO(mark_workbook(content, own, "nb", Limits())))
    assert book.sheetnames == ["Funn"]
    assert any("lagre den på nytt" in str(cell.value) for row in book["Funn"].iter_rows() for cell in row)


def by_kind(report: Mapping[str, Any]) -> str:
    return str(report["kind"])


def told(reports: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Findings as they compare: a text file's sheet gets a name in a workbook; masked cells hold *** now."""
    return sorted(
        (finding["rule"], finding["row_number"] or 0, finding["column_name"] or "", finding["value"] or "")
        for report in reports
        for finding in report["findings"]
        if finding["severity"] != "masked" and finding["rule"] != "masked_left"
    )
