"""Proposed mappings: what headers, values and order tell, and that a proposal can always be read."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.mapping import MappingError, load_mapping, pattern_applies
from pipelines.ingest.propose import Proposal, propose_mapping
from pipelines.ingest.propose_words import are_akin, load_words, scale_place
from pipelines.ingest.vocabulary import vocabulary
from pipelines.settings import Limits
from tests.unit.test_ingest_support import (
    HEALTH,
    PERIOD,
    Rows,
    csv_bytes,
    pack,
    parse_one,
    rejection,
    workbook_bytes,
)


def propose(content: bytes, name: str = "ukjent.csv", kind: str | None = None) -> Proposal | None:
    return propose_mapping(content, name, kind, vocabulary(pack(), PERIOD), Limits())


def proposed(rows: Rows, name: str = "ukjent.csv", kind: str | None = None) -> Proposal:
    found = propose(csv_bytes(rows), name, kind)
    assert found is not None
    return found


def targets(proposal: Proposal) -> dict[str, str | None]:
    return {column.header: column.target for column in proposal.columns}


GERMAN = [
    ["Systemnummer", "Anwendung", "Hersteller", "Fachbereich", "Vertragsende", "Betriebsstatus", "Kontakt",
     "Farbe"],
    ["A-1", "Alfa", "Fjord AS", "Lønn og personal", "31.12.2027", "Live", "kari@example.org", "rot"],
    ["A-2", "Beta", "Berg AS", HEALTH, "2028-01-01", "abgeschaltet", "ola@example.org", "blau"],
    ["A-3", "Gamma", "Berg AS", "Barnevern", "", "Kaputt", "per@example.org", "rot"],
]  # fmt: skip


def test_headers_in_other_words_and_languages() -> None:
    proposal = proposed(GERMAN)
    assert (proposal.kind, proposal.contract_sheet, proposal.is_complete) == ("systems", "systems", True)
    assert targets(proposal) == {
        "Systemnummer": "system_id",
        "Anwendung": "system_name",
        "Hersteller": "vendor",
        "Fachbereich": "function_ids",
        "Vertragsende": "contract_end_date",
        "Betriebsstatus": "lifecycle",
        "Kontakt": None,
        "Farbe": None,
    }
    assert all(column.reason for column in proposal.columns)
    assert all(0 < column.score <= 100 for column in proposal.columns if column.target)


def test_a_proposal_is_read_at_once_and_gives_rows() -> None:
    mapping = load_mapping(proposed(GERMAN).mapping_yaml.encode())
    delivery = parse_one(csv_bytes(GERMAN), mapping=mapping)
    frame = delivery.datasets["system"]
    assert frame["function_ids"].to_list() == [["payroll_hr"], ["health_record"], ["child_welfare"]]
    assert frame["lifecycle"].to_list() == ["in_use", "retired", None]
    assert [f.column for f in delivery.findings if f.rule == "unknown_column"] == ["Farbe"]


EVERYDAY = [
    ["Løpenr", "Applikasjonsnavn", "Levert av", "Ansvarlig avdeling", "Fagområde", "Status",
     "Kostnad pr år (eks mva)", "Kommentar"],
    ["1", "Alfa", "Fjord AS", "Oppvekst", "Skole", "I drift", "12 000", "Ok"],
    ["2", "Beta", "Berg AS", "Helse og omsorg", "Barnevern", "Utfases", "3000,50", ""],
    ["3", "Gamma", "Berg AS", "Organisasjon", "Lønn og personal", "Vurderes", "", "Skal byttes"],
]  # fmt: skip


@pytest.mark.parametrize(
    "others", [{}, {"Løpenr": "Lnr", "Applikasjonsnavn": "Applikasjon", "Kommentar": "Merknad"},
               {"Applikasjonsnavn": "Fagsystem", "Levert av": "Leverandør"}]
)  # fmt: skip
def test_everyday_headers_are_known(others: dict[str, str]) -> None:
    header = [others.get(name, name) for name in EVERYDAY[0]]
    proposal = proposed([header, *EVERYDAY[1:]])
    wanted = ["system_id", "system_name", "vendor", "owner_unit", "function_ids", "lifecycle", "annual_cost"]
    assert targets(proposal) == dict(zip(header, [*wanted, None], strict=True))
    assert yaml.safe_load(proposal.mapping_yaml)["ignore"] == [header[-1]]


def test_lines_to_fill_in_are_read_once_their_marks_are_taken_away() -> None:
    text = proposed(EVERYDAY).mapping_yaml
    assert '{value: "Skole", to: <one of …>}' in text
    assert "learning_platform" in text
    answers = {"Skole": "school_administration", "Vurderes": "planned"}
    lines = []
    for line in text.splitlines():
        value = next((value for value in answers if f'"{value}"' in line), None)
        is_marked = value is not None or re.match(r" *# ( *rules:|(values|function_ids|lifecycle):)", line)
        bare = line.replace("# ", "", 1) if is_marked else line
        lines.append(bare.replace("<one of …>", answers[value]) if value else bare)
    mapping = load_mapping("\n".join(lines).encode())
    frame = parse_one(csv_bytes(EVERYDAY), mapping=mapping).datasets["system"]
    assert frame["function_ids"].to_list() == [["school_administration"], ["child_welfare"], ["payroll_hr"]]
    assert frame["lifecycle"].to_list() == ["in_use", "phasing_out", "planned"]


def test_values_that_nobody_can_place_are_left_to_a_person() -> None:
    text = proposed(GERMAN).mapping_yaml
    assert '- {value: "Live", to: in_use}' in text
    assert '# - {value: "Kaputt", to: <one of …>}' in text
    assert "in_use, phasing_out, planned, retired" in text
    assert '#   "Farbe":' in text


def test_personal_data_is_never_proposed_and_never_shown() -> None:
    rows = [[*row[:5], "31129956715" if i else "Betriebsstatus", *row[6:]] for i, row in enumerate(GERMAN)]
    for table in (GERMAN, rows):
        text = proposed(table).mapping_yaml
        assert "example.org" not in text
        assert "31129956715" not in text
        assert "Kontakt" in yaml.safe_load(text)["ignore"]


def test_free_text_is_left_out() -> None:
    long = "Dette er en ganske lang beskrivelse av hva systemet gjør, nummer"
    rows = [["Systemnavn", "Funksjon", "Utdyping"], *([f"S{i}", HEALTH, f"{long} {i}"] for i in range(5))]
    assert yaml.safe_load(proposed(rows).mapping_yaml)["ignore"] == ["Utdyping"]


def test_columns_are_told_by_their_values() -> None:
    functions = ["Barnevern", HEALTH, "Lønn og personal"]
    rows = [["Kode", "Navn", "Hva"], *([f"X{i}", f"System {i}", functions[i % 3]] for i in range(6))]
    assert targets(proposed(rows)) == {"Kode": "system_id", "Navn": "system_name", "Hva": "function_ids"}


def test_typed_columns_need_values_of_their_type() -> None:
    rows = [["Navn", "Funksjon", "Kosten pro Jahr"], ["Alfa", HEALTH, "1 200,50"], ["Beta", HEALTH, "300"]]
    assert targets(proposed(rows))["Kosten pro Jahr"] == "annual_cost"
    rows = [["Navn", "Funksjon", "Kosten pro Jahr"], ["Alfa", HEALTH, "viel"], ["Beta", HEALTH, "wenig"]]
    assert targets(proposed(rows))["Kosten pro Jahr"] is None


def test_a_separator_that_makes_names_is_proposed() -> None:
    rows = [["Navn", "Funksjon"], ["Alfa", "Barnevern / Lønn og personal"], ["Beta", "Barnevern"]]
    proposal = proposed(rows)
    mapping = load_mapping(proposal.mapping_yaml.encode())
    assert "function_ids" in mapping.split
    frame = parse_one(csv_bytes(rows), mapping=mapping).datasets["system"]
    assert frame["function_ids"].to_list() == [["child_welfare", "payroll_hr"], ["child_welfare"]]


def test_functions_are_guessed_from_names_and_the_words_around() -> None:
    rows = [
        ["Systemnavn", "Enhet for drift", "Formål"],
        *([f"B{i}", "Barnevern og familie", f"Saker {i}"] for i in range(4)),
        *([f"L{i}", "Avdeling 7", f"Kjører lønn og personal for måned {i}"] for i in range(4)),
    ]
    proposal = proposed(rows)
    assert proposal.is_complete
    text = proposal.mapping_yaml
    assert '{from: "Enhet for drift", value: "Barnevern og familie", to: child_welfare}' in text
    assert '{from: "Enhet for drift", value: "Avdeling 7", to: payroll_hr}' in text
    assert "gjettet av ordene" in text


def test_what_is_missing_is_marked() -> None:
    proposal = proposed([["Anwendung", "Hersteller"], ["Alfa", "Fjord"], ["Beta", "Berg"]], kind="systems")
    assert not proposal.is_complete
    assert '# "…": function_ids  # FYLL UT' in proposal.mapping_yaml
    assert load_mapping(proposal.mapping_yaml.encode()).columns


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4", b"bare tekst", b"a;b\n", csv_bytes([["x", "y"], ["1", "2"]])]
)
def test_a_file_that_tells_nothing_has_no_proposal(content: bytes) -> None:
    assert propose(content) is None


def test_a_personal_name_of_the_file_or_its_sheet_is_not_in_the_proposal() -> None:
    content = workbook_bytes({"Les meg": [["Hei"]], "Kari Nordmann": GERMAN})
    name = "Kari Nordmann [ny] 912 34 567.xlsx"
    proposal = propose(content, name)
    assert proposal is not None
    assert "Kari" not in proposal.mapping_yaml
    mapping = load_mapping(proposal.mapping_yaml.encode())
    assert pattern_applies(mapping.files, name)
    assert not pattern_applies(mapping.files, "Kari Nordmann ny 912 34 567.xlsx")
    assert parse_one(content, name, mapping=mapping).rejection is None


def test_title_rows_sheets_and_kind() -> None:
    survey = [["Oversikt 2026"], [], ["Prozess", "Eierskap"], ["Byggesak", "ingen"], ["Valg", "linjeleder"]]
    book = workbook_bytes({"Forside": [["Hei"]], "Blad 3": survey})
    proposal = propose(book, "b.xlsx")
    assert proposal is not None
    assert proposal.kind == "processes"
    mapping = load_mapping(proposal.mapping_yaml.encode())
    assert mapping.sheet == "Blad 3"
    assert rejection(parse_one(book, "b.xlsx", mapping=mapping)) is None
    wrong = propose(book, "b.xlsx", kind="survey")
    assert wrong is None or not wrong.is_complete


# Wide forms


def wide_form(header: str) -> Rows:
    functions = pack().table("function")["name_nb"].to_list()[:3]
    headers = [header.format(name, field) for name in functions for field in ("systemer", "Komplett")]
    return [["Kommunenr", *headers, "Annet"], ["9901", "Alfa", "ja", "har ikke", "", "Beta", "nei", "7"]]


@pytest.mark.parametrize("header", ["{}: {}", "{} - {}", "{1} / {0}"])
def test_a_group_of_columns_for_each_function_is_proposed(header: str) -> None:
    rows = wide_form(header)
    proposal = proposed(rows)
    assert (proposal.contract_sheet, proposal.is_complete) == ("functions", True)
    mapping = load_mapping(proposal.mapping_yaml.encode())
    frame = parse_one(csv_bytes(rows), municipality="9901", mapping=mapping).datasets["function_answer"]
    assert frame["function_id"].to_list() == pack().table("function")["function_id"].to_list()[:3]
    assert frame["is_complete"].to_list() == [True, None, False]
    assert frame["has_none"].to_list() == [False, True, False]


def test_columns_named_by_services_are_proposed() -> None:
    names = pack().table("shared_service")["name_nb"].to_list()[:4]
    rows = [["Kommune", *names], ["9901", "ja", "nei", "ja", ""], ["9902", "nei", "nei", "ja", "ja"]]
    proposal = proposed(rows)
    assert (proposal.contract_sheet, proposal.is_complete) == ("shared_services", True)
    found = load_mapping(proposal.mapping_yaml.encode()).unpivot
    assert [(one.pattern, one.cell) for one in found] == [("{service_id}", "is_used")]


# Surveys


def survey_rows(labels: list[str]) -> list[list[str]]:
    """Two header rows: a group for each dimension, the questions in another language, in order."""
    items = pack().items(PERIOD)
    group_row, lower = ["", ""], ["Nr", "Beruf"]
    for dimension, texts in items.group_by("dimension_id", maintain_order=True):
        for place, item in enumerate(texts["item_id"]):
            group_row.append(f"Gruppe {dimension[0]}" if place == 0 else "")
            lower.append(f"Frage über {item.casefold()[::-1]}x")
    answers = [
        [str(i), "Amt", *(labels[(i + j) % len(labels)] for j in range(len(items)))] for i in range(30)
    ]
    return [group_row, lower, *answers]


def test_items_are_told_by_their_text_and_nearly_so() -> None:
    items = pack().items(PERIOD)
    texts = items["text_nb"].to_list()[:4]
    headers = [texts[0], texts[1].upper(), f"1. {texts[2]}", texts[3].replace("prosessene", "prosesene")]
    rows = [["Respons", *headers], *([str(i), "1", "2", "3", "4"] for i in range(4))]
    found = [column.target for column in proposed(rows, kind="survey").columns]
    assert found[1:] == [f"item:{item}" for item in items["item_id"].to_list()[:4]]


def test_items_in_another_language_are_told_by_their_order_and_labels_by_their_words() -> None:
    labels = ["stimme gar nicht zu", "stimme eher nicht zu", "weder noch", "stimme eher zu", "stimme voll zu"]
    rows = survey_rows([*labels, "keine Angabe"])
    proposal = proposed(rows, "umfrage.csv", "survey")
    asked = [column.target for column in proposal.columns if (column.target or "").startswith("item:")]
    assert asked == [f"item:{item}" for item in pack().items(PERIOD)["item_id"]]
    mapping = load_mapping(proposal.mapping_yaml.encode())
    assert mapping.header_rows == 2
    scale = mapping.scale["agreement_5"]
    assert [scale[label] for label in labels] == [1, 2, 3, 4, 5]
    assert scale["keine Angabe"] == "blank"
    answers = parse_one(csv_bytes(rows), "umfrage.csv", mapping=mapping).datasets["survey_answer"]
    assert set(answers["answer_status"]) == {"ok", "blank"}


def test_labels_without_a_place_are_left_to_a_person() -> None:
    rows = survey_rows(["blå", "grønn", "rød", "gul", "hvit"])
    proposal = proposed(rows, "umfrage.csv", "survey")
    assert "scale" not in yaml.safe_load(proposal.mapping_yaml)
    assert '"grønn": <number, dont_know, not_relevant or blank>' in proposal.mapping_yaml


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("helt uenig", "litt uenig"),
        ("litt uenig", "verken eller"),
        ("verken eller", "ganske enig"),
        ("ganske enig", "helt enig"),
        ("not at all", "rarely"),
        ("selten", "eher selten"),
        ("eher häufig", "sehr häufig"),
        ("ikke fornøyd", "fornøyd"),
        ("sometimes", "always"),
    ],
)
def test_labels_have_their_order_by_their_words(low: str, high: str) -> None:
    places = scale_place(low), scale_place(high)
    assert places[0] is not None
    assert places[1] is not None
    assert places[0] < places[1]


def test_words_that_say_nothing_of_order_have_no_place() -> None:
    assert scale_place("blå") is None
    assert scale_place("enig og uenig") is None


@pytest.mark.parametrize(
    ("one", "other", "akin"),
    [
        ("assessor", "assessment", True),
        ("arts", "art", True),
        ("police", "policing", True),
        ("transit", "transportation", True),
        ("probation", "property", False),
        ("lønn", "lån", False),
    ],
)
def test_words_are_akin(one: str, other: str, *, akin: bool) -> None:
    assert are_akin(one, other) is are_akin(other, one) is akin


def test_the_words_are_those_of_the_contract() -> None:
    contract = vocabulary(pack(), PERIOD).contract
    known = {name for sheet in contract.sheets for name in sheet.by_name}
    assert set(load_words().headers) <= known
    codes = {code.code for sheet in contract.sheets for column in sheet.columns for code in column.codes}
    assert set(load_words().codes.values()) <= codes


# Whatever stands in a file


@pytest.mark.parametrize(
    "header",
    [
        'Na"vn: #1',
        "'Navn'",
        "Navn\\",
        "- Navn",
        "{Navn}",
        "Navn \U0001f600",
        "Na\u0085vn",
        "Na\u2028vn",
        "=Navn",
    ],
)
def test_any_header_can_be_written_and_read_again(header: str) -> None:
    rows = [[header, "Systemnavn", "Funksjon", header], ["Alfa", "Beta", HEALTH, "x"]]
    for table in (rows, [row[:3] for row in rows]):
        proposal = proposed(table, 'fi"l [1]*.csv')
        mapping = load_mapping(proposal.mapping_yaml.encode())
        assert mapping.applies_to('fi"l [1]*.csv')
        assert not mapping.applies_to("fil.csv")


TEXT = st.text(max_size=12) | st.sampled_from(
    ["Systemnavn", "Funksjon", "Navn", HEALTH, "ja", "nei", "2026-01-01"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=1, max_size=5), min_size=1, max_size=8))
def test_a_proposal_of_anything_is_yaml_and_loads_where_it_is_complete(rows: list[list[str]]) -> None:
    found = propose(csv_bytes(rows))
    if found is None:
        return
    assert yaml.safe_load(found.mapping_yaml)["kind"] == found.kind
    try:
        load_mapping(found.mapping_yaml.encode())
    except MappingError:
        assert not found.is_complete
