"""What the tests of the reader share: the pack, tables as bytes in any dialect, small workbooks."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import openpyxl

from pipelines.ingest.contract import load_contract
from pipelines.ingest.mapping import Mapping as FileMapping
from pipelines.ingest.model import RULES, ParsedDelivery
from pipelines.ingest.naming import concept_names
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits
from tests.support import BASE_PACK, FICTIONAL_PACK

PERIOD = "2026"
MUNICIPALITY = "9901"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
DELIMITERS = (";", ",", "\t")
SYSTEM_HEADERS = ["systemnavn", "funksjon"]
HEALTH = "Pasientjournal for helse og omsorg"

Rows = Sequence[Sequence[object]]


@lru_cache(maxsize=1)
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def is_like_no_name(text: str) -> bool:
    """Whether a text is near no name of the pack: what is near is rightly told, so it is no plain text."""
    names = concept_names(pack(), load_contract().closeness).values()
    return all(one.look_up(text).close is None for one in names)


def csv_bytes(rows: Rows, delimiter: str = ";", encoding: str = "utf-8", *, quote_all: bool = False) -> bytes:
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def workbook_bytes(
    sheets: Mapping[str, Rows],
    *,
    hidden: Sequence[str] = (),
    merged: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet: Any = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for cells in (merged or {}).get(name, ()):
            sheet.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parse(
    content: bytes,
    name: str = "systemer.csv",
    *,
    period: str = PERIOD,
    municipality: str = MUNICIPALITY,
    limits: Limits | None = None,
    mapping: FileMapping | None = None,
    kind: str | None = None,
) -> list[ParsedDelivery]:
    found = parse_file(content, name, period, municipality, pack(), limits or Limits(), mapping, kind)
    for delivery in found:
        assert_sound(delivery)
    return found


def parse_one(content: bytes, name: str = "systemer.csv", **options: Any) -> ParsedDelivery:
    (delivery,) = parse(content, name, **options)
    return delivery


def parse_rows(rows: Rows, **options: Any) -> ParsedDelivery:
    return parse_one(csv_bytes(rows), **options)


def assert_sound(delivery: ParsedDelivery) -> None:
    """What holds for every delivery, good or bad."""
    findings = [*delivery.findings, *([delivery.rejection] if delivery.rejection else [])]
    assert all(RULES[finding.rule] == finding.severity for finding in findings)
    assert "internal_error" not in {finding.rule for finding in findings}, findings
    assert delivery.is_rejected == (not delivery.datasets)
    for dataset, frame in delivery.datasets.items():
        assert frame.columns[:3] == ["delivery_id", "sheet", "row_number"], dataset
        assert set(frame["delivery_id"]) <= {delivery.delivery_id}
        for column in (name for name in frame.columns if name.endswith("__error")):
            assert set(frame[column].drop_nulls()) <= set(RULES)


def rules(delivery: ParsedDelivery) -> list[str]:
    return [finding.rule for finding in delivery.findings]


def rejection(delivery: ParsedDelivery) -> str | None:
    return delivery.rejection.rule if delivery.rejection else None


def test_the_pack_of_these_tests_has_what_they_name() -> None:
    assert pack().concept_index("function")[HEALTH.casefold()] == "health_record"
    assert MUNICIPALITY in pack().municipality_numbers
    assert PERIOD in pack().periods
