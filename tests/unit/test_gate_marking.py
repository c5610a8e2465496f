"""The sender's workbook with marks: what changes, what stays byte for byte, what is never in it."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook import Workbook

from pipelines.gate import package
from pipelines.gate.cell_styles import FILLS
from pipelines.gate.marking import mark_workbook, marked_suffix
from pipelines.gate.package import parse
from pipelines.gate.sheet_marks import Grid
from pipelines.settings import Limits
from tests.writers import table_bytes

HEADERS = ["systemnavn", "årlig_kostnad", "eier"]
PERSON = "Kari Nordmann"


def finding(
    severity: str, rule: str, sheet: str, row: int | None, column: str | None, value: str | None
) -> Any:
    return {
        "severity": severity,
        "rule": rule,
        "sheet": sheet,
        "row_number": row,
        "column_name": column,
        "value": value,
        "sentence_nb": f"Rett «{value}» her.",
        "sentence_en": f"Mend “{value}” here.",
    }


def report(findings: Sequence[Any], sheet: str = "Systemer", file_format: str = "xlsx", **more: Any) -> Any:
    found = {
        "sheet": sheet,
        "contract_sheet": "systems",
        "header_row": 1,
        "columns": {"system_name": "systemnavn", "annual_cost": "årlig_kostnad", "owner_role": "eier"},
        "positions": {"systemnavn": [0], "årlig_kostnad": [1], "eier": [2]},
    }
    recognised = {"format": file_format, "encoding": None, "delimiter": None, "sheets": [found]}
    if file_format == "csv":
        recognised |= {"encoding": "utf-8-sig", "delimiter": ";"}
    return {
        "kind": "systems",
        "file_name": "systemer.xlsx",
        "municipality_number": "9901",
        "municipality_name": "Skjærvik",
        "period": "2026",
        "status": "partly_accepted",
        "status_nb": "Tatt i bruk, men noen rader er satt til side",
        "status_en": "In use, but some rows are set aside",
        "next_nb": "Rett 1 rad og send filen på nytt.",
        "next_en": "Mend 1 row and send the file again.",
        "recognised": recognised,
        "findings": list(findings),
        **more,
    }


FAULTS = [
    finding("quarantine", "required_missing", "Systemer", 3, "systemnavn", None),
    finding("cell", "not_a_number", "Systemer", 2, "årlig_kostnad", "ca. 200"),
    finding("masked", "masked_person_name", "Systemer", 2, "eier", "***"),
    finding("warning", "unknown_column", "Systemer", 1, "årlig_kostnad", "x"),
]


def workbook(*, comment: bool = False) -> bytes:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Forside"
    first["B2"] = "=SUM(1,2)"
    sheet = book.create_sheet("Systemer")
    sheet.append(HEADERS)
    sheet.append(["Alfa", "ca. 200", PERSON])
    sheet.append([None, 5, "Rådgiver"])
    sheet["B2"].font = Font(bold=True, color="FF112233")
    sheet["B2"].number_format = "0.00"
    sheet["B2"].alignment = Alignment(horizontal="right")
    sheet["A2"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "A2"
    if comment:
        sheet["A1"].comment = Comment("Vår egen merknad", "Oss")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def members(content: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def marked(content: bytes, findings: Sequence[Any] = FAULTS, language: Any = "nb", **more: Any) -> Any:
    return openpyxl.load_workbook(
        io.BytesIO(mark_workbook(content, [report(findings, **more)], language, Limits()))
    )


def fill_of(cell: Any) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None


def test_each_failing_cell_is_filled_and_says_why_in_a_note() -> None:
    sheet = marked(workbook())["Systemer"]
    assert fill_of(sheet["A3"]) == FILLS["quarantine"]
    assert fill_of(sheet["B2"]) == FILLS["cell"]
    assert fill_of(sheet["C2"]) == FILLS["masked"]
    assert sheet["B2"].comment.text == "Rett «ca. 200» her."
    assert sheet["A3"].value is None
    assert {c.coordinate for row in sheet.iter_rows() for c in row if fill_of(c) in FILLS.values()} == {
        "A3",
        "B2",
        "C2",
    }


def test_a_marked_cell_keeps_the_rest_of_its_style_and_other_cells_all_of_it() -> None:
    before, after = openpyxl.load_workbook(io.BytesIO(workbook()))["Systemer"], marked(workbook())["Systemer"]
    assert after["B2"].font.b
    assert after["B2"].font.color.rgb == "FF112233"
    assert after["B2"].number_format == "0.00"
    assert after["B2"].alignment.horizontal == "right"
    assert after["B2"].value == "ca. 200"
    assert fill_of(after["A2"]) == "FF00FF00"
    assert after.column_dimensions["B"].width == 33
    assert after.freeze_panes == "A2"
    for row in before.iter_rows():
        for cell in row:
            if cell.coordinate not in {"A3", "B2", "C2"}:
                assert after[cell.coordinate].value == cell.value
                assert after[cell.coordinate].style_id == cell.style_id


def test_every_part_that_is_not_marked_stays_byte_for_byte() -> None:
    before = members(workbook())
    after = members(mark_workbook(workbook(), [report(FAULTS[:2])], "nb", Limits()))
    changed = {name for name, data in before.items() if after.get(name) != data}
    assert changed == {
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet2.xml",
    }
    assert set(before) <= set(after)


def test_personal_data_that_was_found_is_nowhere_in_the_copy() -> None:
    assert any(PERSON.encode() in data for data in members(workbook()).values())
    content = mark_workbook(workbook(), [report(FAULTS)], "nb", Limits())
    assert not any(PERSON.encode() in data for data in members(content).values())
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book["Systemer"]["C2"].value == "***"
    assert book["Systemer"]["C3"].value == "Rådgiver"


@pytest.mark.parametrize("sheet", ["Kari Nordmann", "kari@x.no"])
def test_a_sheet_called_by_a_person_goes_back_under_its_place(sheet: str) -> None:
    content = table_bytes([HEADERS, ["Alfa", 10, PERSON], ["Beta", 20, "x"]], "xlsx", sheet=sheet)
    told = finding("masked", "masked_person_name", "ark 1", 2, "eier", "***")
    back = mark_workbook(content, [report([told], sheet="ark 1")], "nb", Limits())
    book = openpyxl.load_workbook(io.BytesIO(back))
    assert book.sheetnames == ["ark 1", "Funn"]
    assert [cell.value for cell in book["ark 1"][2]] == ["Alfa", "10", "***"]
    assert not [name for name, part in members(back).items() if re.search(rb"(?i)kari", part)]


def with_shared_strings(content: bytes) -> bytes:
    """The same workbook with its texts in a part that the cells share, as spreadsheets write them."""
    parts = dict(members(content))
    texts: list[str] = []

    def share(found: re.Match[str]) -> str:
        if found["text"] not in texts:
            texts.append(found["text"])
        return f'<c{found["before"]} t="s"><v>{texts.index(found["text"])}</v></c>'

    inline = re.compile(r'<c(?P<before>[^>]*?) t="inlineStr"><is><t[^>]*>(?P<text>[^<]*)</t></is></c>')
    for name, data in list(parts.items()):
        if name.startswith("xl/worksheets/"):
            parts[name] = inline.sub(share, data.decode()).encode()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{items}</sst>'.encode()
    package = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    for name, end, more in (
        (
            "[Content_Types].xml",
            b"</Types>",
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{package}"/>',
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"</Relationships>",
            f'<Relationship Id="rIdShared" Type="{kind}" Target="sharedStrings.xml"/>',
        ),
    ):
        if b"sharedStrings" not in parts[name]:
            parts[name] = parts[name].replace(end, more.encode() + end)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_a_shared_text_goes_when_no_cell_uses_it_and_stays_for_one_that_does() -> None:
    content = with_shared_strings(workbook())
    assert PERSON.encode() in members(content)["xl/sharedStrings.xml"]
    after = mark_workbook(content, [report(FAULTS)], "nb", Limits())
    assert not any(PERSON.encode() in data for data in members(after).values())
    book = openpyxl.load_workbook(io.BytesIO(after))
    assert [cell.value for cell in book["Systemer"][2]] == ["Alfa", "ca. 200", "***"]
    elsewhere = openpyxl.load_workbook(io.BytesIO(content))
    elsewhere["Forside"]["A1"] = PERSON
    stream = io.BytesIO()
    elsewhere.save(stream)
    kept = marked(with_shared_strings(stream.getvalue()))
    assert kept["Forside"]["A1"].value == PERSON
    assert kept["Systemer"]["C2"].value == "***"


def test_a_second_round_knows_its_own_sheet_by_a_shared_text() -> None:
    first = with_shared_strings(mark_workbook(workbook(), [report(FAULTS)], "nb", Limits()))
    assert marked(first).sheetnames == ["Forside", "Systemer", "Funn"]


def test_a_missing_cell_takes_the_style_of_its_row_or_column() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = parse(
        f'<worksheet xmlns="{main}"><cols><col min="2" max="3" style="4"/></cols><sheetData>'
        '<row r="2"><c r="A2"/><c r="D2"/></row><row r="5" s="7" customFormat="1"/></sheetData>'
        "</worksheet>".encode()
    )
    grid = Grid(sheet)
    assert grid.cell(2, 1).get("s") == "4"
    assert grid.cell(5, 1).get("s") == "7"
    assert grid.cell(3, 5).get("s") is None
    assert [cell.get("r") for cell in grid.cells()] == ["A2", "B2", "D2", "F3", "B5"]


def test_the_sheet_of_findings_says_what_to_do_and_leads_to_the_cells() -> None:
    book = marked(workbook())
    assert book.sheetnames == ["Forside", "Systemer", "Funn"]
    sheet = book["Funn"]
    texts = [[cell.value for cell in row] for row in sheet.iter_rows()]
    flat = [text for row in texts for text in row if text is not None]
    assert flat[0] == "Funn fra Kommunebench"
    assert any("Rett 1 rad og send filen på nytt." in str(text) for text in flat)
    assert "Rett «ca. 200» her." in flat
    assert PERSON not in flat
    links = {cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links == {"'Systemer'!A3", "'Systemer'!B2", "'Systemer'!C2"}


def test_english_on_request() -> None:
    book = marked(workbook(), language="en")
    assert book.sheetnames[-1] == "Findings"
    assert book["Systemer"]["B2"].comment.text == "Mend “ca. 200” here."


def test_a_sheet_with_notes_of_its_own_keeps_them_and_gets_fills_only() -> None:
    sheet = marked(workbook(comment=True))["Systemer"]
    assert sheet["A1"].comment.text == "Vår egen merknad"
    assert sheet["B2"].comment is None
    assert fill_of(sheet["B2"]) == FILLS["cell"]


def test_a_second_round_takes_old_marks_away_and_styles_do_not_pile_up() -> None:
    first = mark_workbook(workbook(), [report(FAULTS)], "nb", Limits())
    again = mark_workbook(first, [report(FAULTS)], "nb", Limits())
    assert members(again)["xl/styles.xml"] == members(first)["xl/styles.xml"]
    assert openpyxl.load_workbook(io.BytesIO(again)).sheetnames == ["Forside", "Systemer", "Funn"]
    mended = openpyxl.load_workbook(io.BytesIO(mark_workbook(first, [report(FAULTS[1:2])], "nb", Limits())))[
        "Systemer"
    ]
    assert fill_of(mended["A3"]) is None
    assert mended["A3"].comment is None
    assert fill_of(mended["B2"]) == FILLS["cell"]
    assert mended["B2"].comment.text == "Rett «ca. 200» her."


def test_a_senders_own_sheet_called_funn_is_left_alone() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.create_sheet("Funn")["A1"] = "Våre egne funn"
    stream = io.BytesIO()
    book.save(stream)
    after = marked(stream.getvalue())
    assert after.sheetnames == ["Forside", "Systemer", "Funn", "Funn fra Kommunebench"]
    assert after["Funn"]["A1"].value == "Våre egne funn"


@pytest.mark.parametrize("file_format", ["csv", "ods", "xls", "parquet"])
def test_any_other_table_becomes_a_workbook_with_its_text_in_the_same_places(file_format: str) -> None:
    rows = [HEADERS, ["Alfa", "ca. 200", "=1+1"], ["Beta", "5", "Rådgiver"]]
    content = table_bytes(rows, file_format, sheet="Systemer")
    sheet_name = "" if file_format in ("csv", "parquet") else "Systemer"
    faults = [{**FAULTS[1], "sheet": sheet_name}]
    book = marked(content, faults, sheet=sheet_name, file_format=file_format)
    sheet = book["Systemer"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == rows
    assert sheet["C2"].data_type == "s"
    assert sheet["C2"].quotePrefix
    assert fill_of(sheet["B2"]) == FILLS["cell"]


def test_thousands_with_dots_stay_thousands_in_a_workbook() -> None:
    rows = [HEADERS, ["1.234", "1.234", "1.234"]]
    book = marked(table_bytes(rows, "csv"), [], sheet="", file_format="csv")
    assert [cell.value for cell in book["Systemer"][2]] == ["1.234", "1234", "1.234"]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 xl/workbook", b"\x00\xff" * 50, workbook()[:3000], b"%PDF-1.4"]
)
def test_what_cannot_be_marked_gives_the_findings_alone(content: bytes) -> None:
    unreadable = finding("rejected", "unreadable", "", None, None, None)
    book = openpyxl.load_workbook(
        io.BytesIO(mark_workbook(content, [report([unreadable], recognised={})], "nb", Limits()))
    )
    assert book.sheetnames == ["Funn"]
    other = finding("rejected", "not_recognised", "", None, None, None)
    assert (
        "Funn"
        in openpyxl.load_workbook(
            io.BytesIO(mark_workbook(content, [report([other], recognised={})], "nb", Limits()))
        ).sheetnames
    )


def test_a_header_that_stands_twice_is_marked_twice() -> None:
    twice = finding("rejected", "duplicate_header", "Systemer", 1, "systemnavn", "systemnavn")
    given = report([twice])
    given["recognised"]["sheets"][0]["positions"] = {"systemnavn": [0, 2], "årlig_kostnad": [1]}
    book = openpyxl.load_workbook(io.BytesIO(mark_workbook(workbook(), [given], "nb", Limits())))
    filled = {
        c.coordinate for row in book["Systemer"].iter_rows() for c in row if fill_of(c) in FILLS.values()
    }
    assert filled == {"A1", "C1"}
    top = [row[0].value for row in book["Funn"].iter_rows(max_row=5)]
    assert "Rett «systemnavn» her." in top, "what a rejection is for stands on top"


def test_a_survey_fault_told_once_is_marked_wherever_it_stands() -> None:
    rows = [["eier", "PU1"], ["a", "7"], ["b", "3"], ["c", " 7 "], ["d", "8"]]
    fault = finding("cell", "unknown_answer", "Ark1", 2, "PU1", "7")
    given = report([fault], kind="survey")
    given["recognised"]["sheets"] = [
        {
            "sheet": "Ark1",
            "contract_sheet": "survey",
            "header_row": 1,
            "columns": {},
            "positions": {"PU1": [1]},
        }
    ]
    content = table_bytes(rows, "xlsx", sheet="Ark1")
    book = openpyxl.load_workbook(io.BytesIO(mark_workbook(content, [given], "nb", Limits())))
    sheet = book["Ark1"]
    assert [fill_of(sheet[f"B{row}"]) is not None for row in range(1, 6)] == [False, True, False, True, False]
    assert (
        sum(str(row[1].value) == "Verdi ikke tatt i bruk" for row in book["Funn"].iter_rows(min_col=1)) == 1
    )


def test_rows_and_cells_without_references_are_counted() -> None:
    content = members(workbook())
    sheet = re.sub(rb' r="[A-Z]*\d+"', b"", content["xl/worksheets/sheet2.xml"])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, sheet if name == "xl/worksheets/sheet2.xml" else data)
    # Row 3 has no cell for its blank name, so only the columns that are there can be told apart.
    after = marked(stream.getvalue(), FAULTS[1:2])["Systemer"]
    assert fill_of(after["B2"]) == FILLS["cell"]
    assert after["B2"].value == "ca. 200"


def test_text_that_looks_like_a_formula_is_text_in_the_sheet_of_findings() -> None:
    evil = finding("cell", "not_a_number", "Systemer", 2, "årlig_kostnad", "=cmd|' /c calc'!A0")
    sheet = marked(workbook(), [evil])["Funn"]
    (cell,) = [c for row in sheet.iter_rows() for c in row if c.value == "=cmd|' /c calc'!A0"]
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_workbook_with_macros_keeps_its_ending() -> None:
    assert marked_suffix(workbook()) == ".xlsx"
    assert marked_suffix(workbook() + b"xl/vbaProject.bin") == ".xlsm"
    assert marked_suffix(b"a;b") == ".xlsx"


def test_the_same_file_gives_the_same_bytes() -> None:
    one, two = (
        mark_workbook(workbook_once, [report(FAULTS)], "nb", Limits()) for workbook_once in [workbook()] * 2
    )
    assert one == two


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_broken_picture_never_stops_the_report_however_it_is_packed(method: int) -> None:
    stream, name = io.BytesIO(workbook()), "xl/media/image1.png"
    with zipfile.ZipFile(stream, "a") as parts:
        parts.writestr(name, bytes(range(256)) * 40, method)
    broken = bytearray(stream.getvalue())
    at = broken.index(name.encode()) + len(name)
    broken[at + 4 : at + 24] = b"\xff" * 20
    content = mark_workbook(bytes(broken), [report(FAULTS)], "nb", Limits())
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Funn"]


@pytest.mark.parametrize("reference", [b"-1", b"A-2", b"AAAAAAAAAAAA2", "Æ2".encode(), b"?"])
def test_a_cell_that_stands_nowhere_never_holds_the_report_up(reference: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'"B3"', b'"' + reference + b'"'))
    content = mark_workbook(stream.getvalue(), [report(FAULTS)], "nb", Limits())
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Funn"]


def test_no_part_is_made_a_tree_that_would_take_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # A sheet of the name of ours is opened to see whose it is.
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    large = book.create_sheet("Funn")
    for number in range(2_000):
        large.append([number])
    stream = io.BytesIO()
    book.save(stream)
    monkeypatch.setattr(package, "MOST_XML", 20_000)
    content = mark_workbook(stream.getvalue(), [report(FAULTS)], "nb", Limits())
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["Funn"]


@pytest.mark.parametrize("styles", ["with a comment", "none"])
def test_styles_are_counted_as_spreadsheets_count_them(styles: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/styles.xml" and styles == "none":
                data = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
            elif name == "xl/styles.xml":
                data = data.replace(b"<fill>", b"<!--x--><fill>", 1)
                data = data.replace(b"</cellXfs>", b"<!--y--></cellXfs>")
            target.writestr(name, data)
    content = mark_workbook(stream.getvalue(), [report(FAULTS)], "nb", Limits())
    book = openpyxl.load_workbook(io.BytesIO(content))
    filled = {
        cell.fill.fgColor.rgb
        for row in book["Systemer"].iter_rows()
        for cell in row
        if cell.fill.patternType == "solid"
    }
    assert {FILLS["quarantine"], FILLS["cell"]} <= filled


def test_a_broken_workbook_never_stops_the_report() -> None:
    whole, dice = workbook(), random.Random(7)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 20)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        content = mark_workbook(bytes(broken), [report(FAULTS)], "nb", Limits())
        assert "Funn" in openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames
