"""The reader finds in the example exactly the faults that were planted, each at its place."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import polars as pl
import pytest

from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import load_pack
from pipelines.settings import Limits
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK, ROOT

FIXTURES = ROOT / "tests" / "fixtures"
# Found by the gate, which sees more than one cell.
GATE_RULES = {"repeated_key", "date_after_period"}
Found = tuple[str, str, str, str]  # path, rule, sheet, row ('' for the whole table)


@pytest.fixture(scope="module")
def parsed() -> dict[str, list[ParsedDelivery]]:
    pack = load_pack([BASE_PACK, FICTIONAL_PACK])
    found = {}
    for path in sorted(EXAMPLE_INBOX.glob("*/*/*")):
        name = path.relative_to(EXAMPLE_INBOX).as_posix()
        period, number, _ = name.split("/")
        found[name] = parse_file(path.read_bytes(), path.name, period, number, pack, Limits())
    return found


def rows_of(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def findings(path: str, delivery: ParsedDelivery) -> Iterator[Found]:
    """The rejection, the findings and the cells in error."""
    told = [delivery.rejection] if delivery.rejection else []
    for finding in (*told, *delivery.findings):
        is_whole = finding.severity in ("rejected", "warning")
        row = "" if is_whole else str(finding.row_number)
        yield path, finding.rule, "" if finding.severity == "rejected" else finding.sheet or "", row
    for frame in delivery.datasets.values():
        for column in (name for name in frame.columns if name.endswith("__error")):
            wrong = frame.filter(pl.col(column).is_not_null()).select(column, "sheet", "row_number")
            for rule, sheet, number in wrong.iter_rows():
                yield path, rule, sheet, str(number)


def test_only_the_planted_faults_are_found(parsed: dict[str, list[ParsedDelivery]]) -> None:
    wanted = [
        (f["path"], f["rule"], "" if f["outcome"] == "rejected" else f["sheet"], f["row"])
        for f in rows_of("example_faults.csv")
        if f["rule"] and f["rule"] not in GATE_RULES
    ]
    found = [f for path, deliveries in parsed.items() for d in deliveries for f in findings(path, d)]
    assert sorted(found) == sorted(wanted)


def test_every_file_gives_its_kinds_and_rows(parsed: dict[str, list[ParsedDelivery]]) -> None:
    found = {
        (path, d.kind): "" if d.rows_received is None else str(d.rows_received)
        for path, deliveries in parsed.items()
        for d in deliveries
    }
    assert found == {(e["path"], e["kind"]): e["rows_received"] for e in rows_of("example_expected.csv")}


def test_the_official_answers_are_a_collection_mode_of_their_own(
    parsed: dict[str, list[ParsedDelivery]],
) -> None:
    modes = {path: d.collection_mode for path, ds in parsed.items() for d in ds if d.kind == "survey"}
    official = {path for path, mode in modes.items() if mode == "official"}
    assert official == {f"{p}/{n}/offisielle_svar.csv" for p in ("2025", "2026") for n in ("9903", "9906")}
    assert set(modes.values()) == {"official", "respondents"}
