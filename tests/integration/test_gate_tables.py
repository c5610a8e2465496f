"""Survey tables of one workbook: each numbers its own respondents."""

import io

import openpyxl
import pytest

from pipelines.gate.single import check_deliveries
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Limits


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    seeds = ROOT / "data" / "seeds"
    return load_pack([seeds / "reference", seeds / "fictional"])


def workbook(**sheets: list[int]) -> bytes:
    """A survey with one sheet per name and these respondents."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, respondents in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(["respondent_id", "PU1", "PU2"])
        for respondent in respondents:
            sheet.append([respondent, 4, 5])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("schools", "aside"),
    [([1, 2, 3], []), ([1, 2, 2], [("Skole", 3), ("Skole", 4)])],
    ids=["same numbers", "one twice"],
)
def test_respondents_are_numbered_table_by_table(
    pack: ReferencePack, schools: list[int], aside: list[tuple[str, int]]
) -> None:
    content = workbook(Helse=[1, 2, 3], Skole=schools)
    parsed = parse_file(content, "undersokelse.xlsx", "2026", "9901", pack, Limits())
    assert [delivery.rejection for delivery in parsed] == [None]
    result = check_deliveries(parsed, pack)
    assert sorted(result.gate.quarantined.select("sheet", "row_number").iter_rows()) == aside
    assert result.deliveries["status"].to_list() == ["partly_accepted" if aside else "accepted"]
    told = result.findings.filter(rule="repeated_key")
    assert all("(3, 4)" in sentence for sentence in told["sentence_nb"])
    assert told.height == len(aside)
