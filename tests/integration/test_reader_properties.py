"""Whatever rows a file has, every one is accepted or set aside: none is lost and none counts twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.gate.single import check_deliveries
from tests.unit.test_ingest_support import HEALTH, pack, parse
from tests.writers import FORMATS, table_bytes

NAMES = [
    "Alfa",
    "Beta",
    "alfa ",
    "Ærfugl",
    "",
    " ",
    "Totalt",
    "Merk: noe",
    "01.02.1990 12345",
    "=1+1",
    "#N/A",
]
FUNCTIONS = [HEALTH, f"{HEALTH}; Sak og arkiv", "ingen", "finnes ikke", ""]
HEADERS = ("systemnavn", "funksjon", "avtaleslutt", "årlig_kostnad")
FOLDERS = [
    (number, period)
    for number in ("9901", "9902", "9903", "9904", "9905", "9906")
    for period in pack().periods
]
DATES = ["31.12.2027", "nei", "31.02.2026", "2027", "", "45000"]
COSTS = ["1 234,50", "-1", "mye", "", "1.234"]


def row() -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(*map(st.sampled_from, (NAMES, FUNCTIONS, DATES, COSTS)))


@st.composite
def files(draw: st.DrawFn) -> tuple[list[tuple[str, ...]], str, bytes]:
    """A table of anything, its format and its bytes."""
    file_format = draw(st.sampled_from(FORMATS))
    table = [HEADERS, *draw(st.lists(row(), max_size=6))]
    # A spreadsheet takes a text that starts so for a formula, which has no value before it is counted.
    table = [tuple(cell.lstrip("=") if file_format[:2] == "xl" else cell for cell in line) for line in table]
    delimiter = draw(st.sampled_from(";,\t|"))
    return table, file_format, table_bytes(table, file_format, delimiter=delimiter)


# The gate takes its time for each call, hardly for each file: one file a municipality and period.
@settings(max_examples=max(-(-settings.default.max_examples // len(FOLDERS)), 2))
@given(batch=st.lists(files(), min_size=len(FOLDERS), max_size=len(FOLDERS)))
def test_received_is_accepted_and_quarantined(batch: list[tuple[list[tuple[str, ...]], str, bytes]]) -> None:
    parsed, filled = [], {}
    for (municipality, period), (table, file_format, content) in zip(FOLDERS, batch, strict=True):
        (delivery,) = parse(
            content, f"s.{file_format}", municipality=municipality, period=period, kind="systems"
        )
        parsed.append(delivery)
        filled[delivery.delivery_id] = sum(any(cell.strip() for cell in line) for line in table[1:])
    ledger = check_deliveries(parsed, pack()).deliveries
    assert set(ledger["delivery_id"]) == set(filled)
    for delivery in ledger.rows(named=True):
        if delivery["status"] == "rejected":
            continue
        assert 0 < delivery["rows_received"] <= filled[delivery["delivery_id"]]
        assert delivery["rows_received"] == delivery["rows_accepted"] + delivery["rows_quarantined"]
