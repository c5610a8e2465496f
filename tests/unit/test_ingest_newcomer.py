"""What a newcomer's first deliveries tripped over: averages, lone notes, names as ids, commas, masks left."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from pipelines.gate.rules import load_rules
from pipelines.gate.single import check_deliveries
from pipelines.ingest import masking
from pipelines.ingest.cells import parted_by_comma
from pipelines.ingest.tellable import tellable_answer, tellable_names, tellable_number
from pipelines.ingest.vocabulary import vocabulary
from tests.unit.test_ingest_support import (
    HEALTH,
    PERIOD,
    csv_bytes,
    pack,
    parse_one,
    parse_rows,
    rules,
    workbook_bytes,
)

SURVEY = [
    ["respondent_id", "rollegruppe", "PU1", "PU2"],
    ["r1", "Ansatt", 4, 3],
    ["r2", "Ansatt", 2, 3],
    ["r3", "Leder", 4, 4],
]
PROCESSES = [
    ["prosessnavn", "måles", "eier_rolle"],
    ["Egen prosess A", "ja", "Rådgiver"],
    ["Egen prosess B", "nei", "Leder"],
]
BLANK: list[object] = [None]
NOTE = "Vi mangler oversikt over resten"


def respondents(rows: Sequence[Sequence[object]]) -> int:
    delivery = parse_one(workbook_bytes({"Ark1": rows}), "undersokelse.xlsx", kind="survey")
    assert delivery.rows_received == delivery.datasets["survey_respondent"].height
    return delivery.datasets["survey_respondent"].height


@pytest.mark.parametrize(
    "word",
    ["Snitt", "Gjennomsnitt:", "Sum", "Gj.snitt", "Gj. snitt 2026", "Mean", "Snitt alle", "Antall svar"],
)
@pytest.mark.parametrize("group", [None, "Alle", "Ansatt"])
@pytest.mark.parametrize("gap", [[], [BLANK]])
def test_an_average_below_a_survey_is_no_respondent(
    word: str, group: str | None, gap: list[list[object]]
) -> None:
    assert respondents([*SURVEY, *gap, [word, group, 3.4, 3]]) == 3


@pytest.mark.parametrize(
    "below",
    [
        [["N", None, 3, 3]],
        [["Sum", "Alle", 10, 10]],
        [["Snitt", None, 3, 3], BLANK, ["Hentet ut i går"]],
        [["Snitt", None, 3, 3], BLANK, ["Snitt", None, 3.4, 3.3], ["r9", "Leder", 4, 4]],
    ],
)
def test_totals_below_a_blank_row_are_no_respondents(below: list[list[object]]) -> None:
    n_real = sum(row[0] == "r9" for row in below)
    assert respondents([*SURVEY, BLANK, *below]) == 3 + n_real


def test_a_total_may_stand_in_a_column_that_is_not_read() -> None:
    rows = [["Løpenr.", *row[1:]] if i == 0 else row for i, row in enumerate(SURVEY)]
    assert respondents([*rows, BLANK, ["Snitt", None, 3, 3]]) == 3


@pytest.mark.parametrize("row", [["Snitt", "Ansatt", 4, 3], ["n", None, 3, 4], ["Mona", None, 3.4, 2]])
def test_what_may_be_a_respondent_stays(row: list[object]) -> None:
    assert respondents([*SURVEY, row]) == 4


def test_a_lone_sentence_below_the_processes_is_told_and_no_process() -> None:
    delivery = parse_rows([*PROCESSES, [], [NOTE]])
    assert delivery.datasets["process"].height == 2
    assert [(f.rule, f.params["found"]) for f in delivery.findings] == [("rows_below_table", "5")]


@pytest.mark.parametrize(
    "rows",
    [
        [*PROCESSES, [NOTE]],
        [*PROCESSES, [], ["Behandle søknad om barnehageplass"]],
        [*PROCESSES, [], [NOTE, "ja"]],
        [PROCESSES[0], ["Egen prosess A"], ["Egen prosess B"], [], [NOTE]],
    ],
)
def test_what_may_be_a_process_stays(rows: list[list[str]]) -> None:
    assert parse_rows(rows).datasets["process"].height == 3


@pytest.mark.parametrize(
    "name", ["Kari Nordmann", "Ragnhild", "Ragnhild 2", "kari.nordmann", "Nordmann, Kari 17"]
)
def test_a_person_as_respondent_id_is_masked(name: str) -> None:
    delivery = parse_rows([SURVEY[0], [name, "Ansatt", 4, 3], *SURVEY[2:]])
    assert [(f.rule, f.row_number, f.column) for f in delivery.findings] == [
        ("masked_person_name", 2, "respondent_id")
    ]
    assert delivery.datasets["survey_respondent"]["respondent_id"].to_list()[0] is None
    assert "ordmann" not in str(delivery)
    assert "Ragnhild" not in str(delivery)
    told = delivery.findings[0]
    assert "kode" in load_rules().sentences(told.rule, told.severity, {"column": "id", **told.params})[0]


@pytest.mark.parametrize(
    "name", ["r1", "ANE-2931", "7f3aebba-00ada-4ebba", "resp_0017", "Ebba4ada", "Skole 3"]
)
def test_a_code_as_respondent_id_stays(name: str) -> None:
    delivery = parse_rows([SURVEY[0], [name, "Ansatt", 4, 3], *SURVEY[2:]])
    assert rules(delivery) == []


@pytest.mark.parametrize("code", ["ANE-2931", "7f3aebba-00ada-4ebba", "Ebba4ada", "Skole 3"])
def test_a_name_within_a_longer_code_tells_nobody(code: str) -> None:
    assert not masking.is_named_id(code, alone_counts=True)


def test_a_system_may_have_a_given_name_as_its_id() -> None:
    assert not masking.is_named_id("Nora", alone_counts=False)
    assert masking.is_named_id("Kari Nordmann", alone_counts=False)
    assert masking.may_name_persons(pl.Series(["1", "Kari Nordmann"]))
    rows = [["systemnavn", "system_id", "funksjon"], ["Alfa", "Nora", HEALTH], ["Beta", "B1", HEALTH]]
    assert rules(parse_rows(rows)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Enig",
        "Litt uenig",
        "ganske bra",
        "40 stk",
        "40%",
        "12,5 timer",
        "Høy",
        "Ja, ofte",
        "i stor grad",
        "både og",
    ],
)
def test_usual_answers_are_told(text: str) -> None:
    known = vocabulary(pack(), PERIOD)
    assert tellable_answer(text, ["helt enig"], known.answer_words, known.contract.answer_units) == text


@pytest.mark.parametrize(
    "text",
    [
        "Kari",
        "Kari enig",
        "enig med Kari",
        "Vet ikke, spør Ola",
        "22334455 kr",
        "1984 år",
        "enig 1",
        "...",
        "",
    ],
)
def test_more_than_usual_words_stays_masked(text: str) -> None:
    known = vocabulary(pack(), PERIOD)
    assert tellable_answer(text, ["helt enig"], known.answer_words, known.contract.answer_units) == "***"


def test_no_usual_word_is_a_name() -> None:
    names = masking.person_names()
    assert not {word for word in vocabulary(pack(), PERIOD).answer_words if names.has_name([word])}


def test_the_packs_own_names_and_counts_are_told() -> None:
    known = pack().concept_index("focus_area")
    listed = "Sak og arkiv, Innbyggerdialog"
    assert tellable_names(listed, known) == listed
    assert tellable_names("Plan, bygg og geodata", known) == "Plan, bygg og geodata"
    assert tellable_names("Sak og arkiv, Kari", known) == "***"
    assert tellable_number("40 stk", {"stk"}) == "40 stk"
    assert tellable_number("40 Kari", {"stk"}) == "***"


def test_commas_part_known_names_that_may_have_commas_themselves() -> None:
    known = pack().concept_index("focus_area")
    text = "Plan, bygg og geodata,Sak og arkiv ,  Innbyggerdialog"
    assert parted_by_comma(text, known) == ["Plan, bygg og geodata", "Sak og arkiv", "Innbyggerdialog"]
    assert parted_by_comma("Sak og arkiv, Romfart", known) == []
    assert parted_by_comma("Plan, bygg og geodata", known) == []
    assert parted_by_comma("Sak og arkiv," * 500, known) == []


@pytest.mark.parametrize(
    ("cell", "rule", "value"),
    [
        ("Sak og arkiv, Innbyggerdialog", "comma_between_values", None),
        ("Helse og omsorg; Sak og arkiv, Innbyggerdialog", "comma_between_values", ["health_care"]),
        ("Sak og arkiv, Romfart", "unknown_focus_area", None),
        ("Sak og arkiv; Innbyggerdialog", None, ["case_records", "citizen_dialogue"]),
    ],
)
def test_a_comma_between_values_is_told_as_such(cell: str, rule: str | None, value: list[str] | None) -> None:
    delivery = parse_rows([["respondent_id", "satsingsområde", "PU1", "PU2"], ["r1", cell, 3, 4]])
    frame = delivery.datasets["survey_respondent"]
    assert frame["focus_area_ids__error"].to_list() == [rule]
    assert frame["focus_area_ids"].to_list() == [value]


def test_a_mask_that_came_back_is_told() -> None:
    rows = [PROCESSES[0], ["Egen prosess A", "ja", "***"], PROCESSES[2]]
    delivery = parse_one(csv_bytes(rows))
    assert [(f.rule, f.row_number, f.column) for f in delivery.findings] == [("masked_left", 2, "eier_rolle")]


def test_the_sender_reads_the_values_with_semicolons() -> None:
    functions = ["Saksbehandling og arkiv", "Postliste og innsyn"]
    assert all(pack().concept_index("function").get(name.casefold()) for name in functions)
    delivery = parse_rows([["systemnavn", "funksjon"], ["Alfa", ", ".join(functions)], ["Beta", HEALTH]])
    (nb,) = check_deliveries([delivery], pack()).findings.filter(rule="comma_between_values")["sentence_nb"]
    assert nb.startswith(
        "«Saksbehandling og arkiv, Postliste og innsyn» ser ut som flere verdier. Skill dem med semikolon: "
        "Saksbehandling og arkiv; Postliste og innsyn."
    )


def test_the_background_of_a_respondent_is_told_where_it_is_only_known_names() -> None:
    rows = [
        ["respondent_id", "satsingsområde", "antall_inviterte", "PU1", "PU2"],
        ["r1", "Sak og arkiv, Innbyggerdialog", "40 stk", 3, "Enig"],
        ["r2", "Kari sin avdeling", "spør Kari", 3, "Kari er enig"],
    ]
    found = check_deliveries([parse_rows(rows)], pack()).findings
    told = {rule: set() for rule in found["rule"]}
    for rule, value in found.select("rule", "value").iter_rows():
        told[rule].add(value)
    assert told == {
        "comma_between_values": {"Sak og arkiv, Innbyggerdialog"},
        "unknown_focus_area": {"***"},
        "not_a_number": {"40 stk", "***"},
        "unknown_answer": {"Enig", "***"},
    }
    # Members read the sentence without the value, so the value must stand in it only once.
    assert "A; B." in found.filter(rule="comma_between_values")["sentence_nb"][0]


def test_values_with_a_comma_are_not_put_to_review_as_well() -> None:
    cell = "Arkiv, Drift av tekniske anlegg"
    delivery = parse_rows([["systemnavn", "funksjon", "satsingsområde"], ["Alfa", HEALTH, cell]])
    assert delivery.datasets["system"]["focus_area_ids__error"].to_list() == ["comma_between_values"]
    assert rules(delivery) == []
