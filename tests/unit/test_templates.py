"""Templates: what stands in them, and that the reader takes all of it back without a finding."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.ingest.cells import reader_for
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import MASK
from pipelines.ingest.vocabulary import vocabulary
from pipelines.settings import Settings
from pipelines.templates import template as room
from pipelines.templates.choices import choice_of, make_lists
from pipelines.templates.labels import Labels
from pipelines.templates.last import LastAnswers
from pipelines.templates.plan import ITEM, TemplatePlan
from pipelines.templates.template import (
    TemplateError,
    check_kind,
    check_municipality,
    check_out,
    check_period,
    make_template,
)
from pipelines.templates.texts import TEXTS_FILE, TemplateTexts
from tests.templates_fill import FilledSheet, Filler, as_read
from tests.templates_support import MUNICIPALITY, PERIOD, cells_of, fill, pack, read, typed

CONTRACT = load_contract()
KINDS = ("survey", "processes", "systems")
# A share of the profile's examples: each writes and reads a whole workbook.
EXAMPLES = max(1, settings().max_examples // 32)
AT_RANDOM: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    # Shrinking would write the workbook hundreds of times more.
    "phases": (Phase.explicit, Phase.generate),
}
LANGUAGES = ("nb", "en")
REGISTERS = [sheet for sheet in CONTRACT.sheets if sheet.kind != "survey"]


def made(
    kind: str, lang: Any = "nb", last: LastAnswers | None = None, period: str = PERIOD
) -> tuple[TemplatePlan, bytes]:
    return make_template(pack(), check_kind(kind), MUNICIPALITY, period, lang, last)


def labels(lang: Any = "nb") -> Labels:
    return Labels(pack(), CONTRACT, lang)


# What stands in it


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_the_contract_is_recognised_in_row_1(kind: str, lang: str) -> None:
    plan, content = made(kind, lang)
    (delivery,) = read(content)
    found = {s["contract_sheet"]: s for s in delivery.recognised["sheets"]}
    assert list(found) == [sheet.id for sheet in CONTRACT.kind_by_id[kind].sheets]
    for sheet in CONTRACT.kind_by_id[kind].sheets:
        told = found[sheet.id]
        items = [f"item:{i}" for i in pack().items(PERIOD)["item_id"]] if kind == "survey" else []
        assert sorted(told["columns"]) == sorted([*(c.name for c in sheet.columns), *items])
        assert (told["header_row"], told["unknown_columns"]) == (1, [])
    assert plan.municipality_name == "Tindelid"


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_an_untouched_template_is_nothing_delivered_and_no_fault(kind: str) -> None:
    (delivery,) = read(made(kind)[1])
    assert delivery.rejection is None
    assert delivery.findings == ()
    assert delivery.rows_received == 0
    assert delivery.datasets == {}


def test_a_table_without_rows_that_is_no_template_is_still_rejected() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["løsning", "i_bruk"])
    buffer = io.BytesIO()
    book.save(buffer)
    (delivery,) = read(buffer.getvalue())
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "no_rows"


def test_the_core_columns_are_marked_in_words_and_colour() -> None:
    plan, content = made("systems")
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in plan.sheets:
        columns = CONTRACT.sheet_by_id[sheet.id].by_name
        for index, heading in enumerate(sheet.headings, start=1):
            cell = book[sheet.title].cell(1, index)
            column = columns.get(heading.name)
            is_core, is_required = (column.is_core, column.required) if column else (False, False)
            assert str(cell.value).startswith("◆ ") == is_core
            assert str(cell.value).endswith(" *") == is_required
            assert cell.fill.fgColor.rgb.endswith("1B5E4B" if is_core else "44546A")


def test_what_the_pack_expects_is_printed() -> None:
    rows = {sheet.id: sheet.rows for kind in KINDS for sheet in made(kind)[0].sheets}
    core = {t: pack().table(t).filter(tier="kjerne") for t in ("function", "process")}
    assert {r["function_id"] for r in rows["functions"]} == set(core["function"]["name_nb"])
    assert {r["process_name"] for r in rows["processes"]} == set(core["process"]["name_nb"])
    assert all(r["process_id"] == r["process_name"] for r in rows["processes"])
    assert all(r["process_type"] and r["focus_area_ids"] for r in rows["processes"])
    granted = pack().table("process_object").join(core["process"], on="process_id", how="semi")
    assert len(rows["process_data"]) == granted.height < pack().table("process_object").height
    # What not every municipality can use is not asked about.
    services = pack().table("shared_service")
    relevant = services.filter(pl.col("is_relevant"))
    assert {r["service_id"] for r in rows["shared_services"]} == set(relevant["name_nb"])
    assert 0 < relevant.height < services.height
    assert rows["systems"] == rows["exchanges"] == rows["initiatives"] == rows["survey"] == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_coded_column_has_a_drop_down_and_every_entry_is_read_back(lang: str) -> None:
    for kind in CONTRACT.kinds:
        ids = {sheet.id for sheet in kind.sheets}
        for sheet in kind.sheets:
            for column in sheet.columns:
                choice = choice_of(sheet, column, ids)
                is_coded = column.type in ("bool", "code", "concept", "operations") or column.maximum
                assert choice is not None or not is_coded, column.name
                if choice is None or not is_coded:
                    continue
                entries = make_lists([kind], {choice.list_name}, labels(lang))[choice.list_name]
                read_cell = reader_for(column, CONTRACT.words, vocabulary(pack(), PERIOD).names)
                for entry in entries:
                    value, rule = read_cell(str(entry))
                    assert rule is None
                    assert value not in (None, [])
                expects_stop = not column.is_multi and column.type != "operations"
                assert choice.strictness == ("stop" if expects_stop else choice.strictness)
                # A list that refuses would refuse the semicolon between several values.
                assert choice.strictness == "open" or not column.is_multi


def test_local_objects_are_asked_about_and_not_refused() -> None:
    sheet = CONTRACT.sheet_by_id["system_data_objects"]
    choice = choice_of(sheet, sheet.by_name["data_object_name"], {sheet.id})
    assert choice is not None
    assert choice.strictness == "warn"


def test_the_drop_downs_stand_in_the_file_on_named_lists() -> None:
    _, content = made("systems")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book["Lister"].sheet_state == "hidden"
    by_column = {str(v.sqref).split(":")[0]: v for v in book["Systemer"].data_validations.dataValidation}
    lifecycle = by_column["J2"]
    assert (lifecycle.formula1, lifecycle.errorStyle, lifecycle.showErrorMessage) == (
        "list_systems_lifecycle",
        "stop",
        True,
    )
    places = book.defined_names["list_systems_lifecycle"].attr_text
    (cells,) = [book["Lister"][place.replace("$", "")] for _, place in [places.split("!")]]
    assert [c.value for (c,) in cells] == ["planlagt", "i bruk", "under utfasing", "avviklet"]
    assert by_column["E2"].showErrorMessage is False
    assert by_column["B2"].prompt == "Det systemet heter hos dere."
    assert not any(sheet.protection.sheet for sheet in book)


def test_every_column_has_help_that_a_spreadsheet_can_show() -> None:
    for lang in LANGUAGES:
        texts = TemplateTexts(labels(lang))
        for sheet in CONTRACT.sheets:
            assert texts.about(sheet.id)
            for column in sheet.columns:
                assert 5 < len(texts.help(sheet.id, column.name)) <= 255


def test_the_guide_says_in_plain_norwegian_what_the_answers_mean() -> None:
    _, content = made("all")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames[0] == "Veiledning"
    text = "\n".join(str(c) for row in book["Veiledning"].values for c in row if c is not None)
    for word in (
        "◆",
        "Tindelid kommune (9901)",
        "31.12.2026",
        "Ukjent",
        "har ikke",
        "fødselsnummer",
        "roller",
    ):
        assert word in text
    assert "Uendret" not in text
    assert TEXTS_FILE.is_file()


def test_same_arguments_same_bytes_without_a_clock() -> None:
    assert made("systems")[1] == made("systems")[1]
    with zipfile.ZipFile(io.BytesIO(made("systems")[1])) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_the_page_is_ready_for_print_and_for_scrolling() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made("processes")[1]))
    sheet = book["Prosesser"]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("B2", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
        "landscape",
        2,
        0,
    )
    assert sheet.print_title_cols == "$A:$A"
    assert sheet["A1"].alignment.wrap_text
    assert book["Opplysninger"].freeze_panes == "C2"


# What a row is


def test_a_printed_row_counts_from_its_first_answer_on() -> None:
    _, content = made("processes")
    (delivery,) = read(fill(content, {"Prosesser": {(3, 5): "linjeleder"}}))
    assert delivery.rows_received == 1
    assert delivery.findings == ()
    assert delivery.sheets == ("processes",)
    assert delivery.datasets["process"]["ownership"].to_list() == ["line_manager"]


def test_has_not_over_a_printed_name_is_an_answer() -> None:
    _, content = made("processes")
    (delivery,) = read(fill(content, {"Prosesser": {(2, 1): "har ikke"}}))
    row = delivery.datasets["process"].row(0, named=True)
    assert row["is_absent"] is True
    assert row["process_id"] is not None
    assert delivery.findings == ()


def test_an_unknown_name_in_a_printed_column_is_not_passed_over() -> None:
    _, content = made("systems")
    (delivery,) = read(fill(content, {"Funksjoner": {(30, 1): "Noe helt annet"}}))
    assert delivery.rows_received == 1
    assert delivery.datasets["function_answer"]["function_id__error"].to_list() == ["unknown_function"]


def test_of_a_workbook_for_all_kinds_only_the_answered_ones_are_delivered() -> None:
    _, content = made("all")
    deliveries = read(fill(content, {"Fellesløsninger": {(2, 3): "ja"}, "Tiltak": {(2, 1): "Nytt arkiv"}}))
    assert sorted(d.kind for d in deliveries) == ["processes", "systems"]
    assert all(d.rejection is None and not d.findings for d in deliveries)
    assert [d.rows_received for d in deliveries] == [1, 1]


def test_the_sheets_of_other_kinds_are_no_finding_when_one_kind_is_asked_for() -> None:
    content = fill(made("all")[1], {"Fellesløsninger": {(2, 3): "ja"}})
    for kind in KINDS:
        (delivery,) = read(content, kind=kind)
        assert (delivery.kind, delivery.rejection, delivery.findings) == (kind, None, ())


def test_an_untouched_template_in_the_folder_of_nobody_is_rejected() -> None:
    (delivery,) = read(made("systems")[1], number="9999")
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "unknown_municipality"


# Last time's answers


def last_system(**more: Any) -> dict[str, Any]:
    columns = CONTRACT.sheet_by_id["systems"].columns
    row: dict[str, Any] = {c.name: None for c in columns} | {f"{c.name}__raw": None for c in columns}
    own = {
        "system_name": "Alfa",
        "function_ids": ["health_record"],
        "lifecycle": "in_use",
        "system_key__": "alfa",
    }
    return row | own | more


def test_last_answers_stand_in_their_cells_as_people_write_them() -> None:
    row = last_system(
        system_name="=HYPERLINK(1)",
        vendor=f"x {MASK}",
        vendor__raw=f"x {MASK}",
        focus_area_ids=["case_records", "health_care"],
        acquired_date=date(2019, 3, 1),
        acquired_date__raw="01.03.2019",
        contract_end_date=date(2027, 1, 1),
        contract_end_date__raw="2027",
        risk_assessed_date__raw="nei",
        annual_cost=Decimal("1234.50"),
        has_personal_data=False,
        functional_fit=4,
    )
    plan, content = made("systems", "nb", LastAnswers({"systems": [row]}, {"systems": "2025"}))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Systemer"]
    header = [str(c.value).strip("◆ *").lower() for c in sheet[1]]
    cells = dict(zip(header, sheet[2], strict=True))
    assert header[-1] == "uendret"
    assert cells["systemnavn"].value == "=HYPERLINK(1)"
    assert cells["systemnavn"].data_type == "s"
    assert cells["systemnavn"].quotePrefix
    assert cells["leverandør"].value is None
    assert cells["satsingsområde"].value == "Sak og arkiv; Helse og omsorg"
    assert cells["livsløp"].value == "i bruk"
    assert cells["anskaffet"].value.date() == date(2019, 3, 1)
    assert cells["anskaffet"].number_format == "DD.MM.YYYY"
    assert cells["avtaleslutt"].value == 2027
    assert cells["ros dato"].value == "nei"
    assert cells["årlig kostnad"].value == 1234.5
    assert cells["personopplysninger"].value == "nei"
    guards = [v for v in sheet.data_validations.dataValidation if v.type == "custom"]
    assert [str(v.sqref) for v in guards] == [cells["anskaffet"].coordinate]
    (delivery,) = read(content)
    assert delivery.findings == ()
    back = typed(delivery, "system").row(0, named=True)
    kept = {n: v for n, v in row.items() if n in back and n != "vendor"}
    assert {n: back[n] for n in kept} == kept
    assert plan.sheets[0].from_period == "2025"


def test_objects_that_the_pack_expects_of_last_times_systems_are_asked_about() -> None:
    last = LastAnswers({"systems": [last_system()]}, {"systems": "2025"})
    plan, content = made("systems", "nb", last)
    objects = next(sheet for sheet in plan.sheets if sheet.id == "system_data_objects")
    expected = pack().table("function_object").filter(function_id="health_record").height
    assert len(objects.rows) == expected > 0
    assert {row["system_name"] for row in objects.rows} == {"Alfa"}
    assert read(content)[0].findings == ()


def test_only_core_objects_are_asked_about() -> None:
    """A system for vehicles holds vehicles, employees and work orders; vehicles are not of the core."""
    system = {**last_system(), "function_ids": ["fleet_management"]}
    last = LastAnswers({"systems": [system]}, {"systems": "2025"})
    objects = next(s for s in made("systems", "nb", last)[0].sheets if s.id == "system_data_objects")
    assert {row["data_object_name"] for row in objects.rows} == {"Ansatt i kommunen", "Arbeidsordre"}
    assert pack().concept_index("data_object")["kjøretøy"] == "vehicle"


def test_the_guide_tells_of_last_answers_and_of_what_was_left_out() -> None:
    last = LastAnswers({"systems": [last_system()]}, {"systems": "2025"}, {"systems": 2})
    rows = cells_of(made("systems", "nb", last)[1], "Veiledning")
    text = "\n".join(str(c) for row in rows for c in row if c is not None)
    assert "Uendret" in text
    assert "Systemer 2 rad(er)" in text
    assert "2025" in text


# What is refused


def test_an_unknown_municipality_is_told_with_the_nearest() -> None:
    with pytest.raises(TemplateError, match="9901 Tindelid"):
        check_municipality(pack(), "Tindelidd", PERIOD)
    with pytest.raises(TemplateError, match=r"nearest are .*0301 Oslo"):
        check_municipality(pack(), "0302", PERIOD)
    with pytest.raises(TemplateError, match="is no more; it became 3903 Holmestrand"):
        check_municipality(pack(), "0714", PERIOD)


def test_an_unknown_period_or_kind_is_told_with_those_there_are() -> None:
    with pytest.raises(TemplateError, match="2024, 2025, 2026"):
        check_period(pack(), "2031")
    with pytest.raises(TemplateError, match="survey, processes, systems, all"):
        check_kind("system")


def test_a_file_that_is_there_is_not_written_over_without_force(tmp_path: Path) -> None:
    own = Settings(home=tmp_path / "home", reference=(), inboxes=())
    out = tmp_path / "mal.xlsx"
    more: dict[str, Any] = {"kind": "systems", "municipality": MUNICIPALITY, "period": PERIOD}
    room.write_template(own, pack(), out=out, **more)
    before = out.read_bytes()
    with pytest.raises(TemplateError, match="--force"):
        room.write_template(own, pack(), out=out, **more)
    room.write_template(own, pack(), out=out, force=True, **more)
    assert out.read_bytes() == before
    assert not own.home.exists()
    with pytest.raises(TemplateError, match="no folder"):
        check_out(tmp_path / "nowhere" / "mal.xlsx", force=False)
    with pytest.raises(TemplateError, match=r"ends in \.xlsx"):
        check_out(tmp_path / "mal.csv", force=False)


# Filled at random


def assert_read_back(plan: TemplatePlan, content: bytes, filled: dict[str, FilledSheet]) -> None:
    """Every answered row is delivered with its values, and nothing is found."""
    deliveries = {d.kind: d for d in read(content)}
    for delivery in deliveries.values():
        assert delivery.rejection is None
        assert delivery.findings == ()
    for sheet in plan.sheets:
        expected = filled[sheet.id].answered
        if not expected:
            continue
        assert_rows(deliveries[sheet.kind], sheet.id, expected)
    received = sum(d.rows_received or 0 for d in deliveries.values())
    assert received == sum(len(f.answered) for f in filled.values())


def assert_rows(delivery: Any, sheet_id: str, expected: list[dict[str, Any]]) -> None:
    contract = CONTRACT.sheet_by_id[sheet_id]
    back = delivery.datasets[contract.dataset].to_dicts()
    for row, wanted in zip(back, expected, strict=True):
        for column in contract.columns:
            assert as_read(row[column.name]) == as_read(wanted.get(column.name)), column.name
            assert row[f"{column.name}__error"] is None
    if contract.kind == "survey":
        answers = delivery.datasets["survey_answer"]
        found: dict[int, dict[str, Any]] = {}
        for one in answers.iter_rows(named=True):
            found.setdefault(one["row_number"], {})[one["item_id"]] = (one["answer_status"], one["answer"])
        for own, wanted in zip(found.values(), expected, strict=True):
            given_items = {n.removeprefix(ITEM): v for n, v in wanted.items() if n.startswith(ITEM)}
            assert own == {item: given_items.get(item, ("blank", None)) for item in own}


@st.composite
def filled_templates(
    draw: Any, kind: str, *, full: bool = False, period: str = PERIOD
) -> tuple[TemplatePlan, bytes, dict[str, FilledSheet]]:
    """A template of a kind in one of the languages, filled in."""
    lang = draw(st.sampled_from(LANGUAGES))
    plan, content = made(kind, lang, period=period)
    filled = Filler(draw, plan, labels(lang), full=full).fill()
    return plan, fill(content, {f.plan.title: f.cells for f in filled.values()}), filled


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, **AT_RANDOM)
def test_a_template_filled_at_random_is_read_back_as_it_was_filled(kind: str, data: st.DataObject) -> None:
    plan, content, filled = data.draw(filled_templates(kind))
    assert_read_back(plan, content, filled)
