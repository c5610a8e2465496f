"""What a file's shares say of themselves: each period's rows, numbers as text, options, likened questions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.ingest.cells import parse_number
from pipelines.ingest.vocabulary import vocabulary
from tests.unit.test_ingest_support import (
    HEALTH,
    MUNICIPALITY,
    PERIOD,
    csv_bytes,
    pack,
    parse,
    parse_one,
    workbook_bytes,
)

NOWHERE = {"period": "", "municipality": ""}


def test_each_period_of_one_file_has_its_own_findings() -> None:
    rows = [["kommunenummer", "periode", "respondent_id", "spørsmålskode", "svar"]]
    for period in ("2025", "2026"):
        rows += [[MUNICIPALITY, period, "a", "PU1", "4"], [MUNICIPALITY, period, "a", "XYZ9", "4"]]
    deliveries = parse(csv_bytes(rows), "u.csv", **NOWHERE)
    told = {d.period: [(f.rule, f.row_number) for f in d.findings] for d in deliveries}
    assert told == {"2025": [("unknown_item", 3)], "2026": [("unknown_item", 5)]}


def test_what_is_said_of_the_whole_file_is_said_once() -> None:
    rows = [["kommunenummer", "periode", "systemnavn", "funksjon", "Ukjent"]]
    rows += [[MUNICIPALITY, period, "Alfa", HEALTH, "x"] for period in ("2025", "2026")]
    deliveries = parse(csv_bytes(rows), **NOWHERE)
    assert [[f.rule for f in d.findings] for d in deliveries] == [["unknown_column"], []]


@pytest.mark.parametrize("text", ["1.234.567", "12.000.000", "1.000.001"])
def test_a_text_with_two_dots_is_thousands_in_a_workbook_too(text: str) -> None:
    assert parse_number(text, dot_is_decimal=True) == Decimal(text.replace(".", ""))


def test_thousands_written_as_text_are_read_in_a_workbook() -> None:
    rows = [["systemnavn", "funksjon", "årlig_kostnad"], ["Alfa", HEALTH, "1.234.567"], ["Beta", HEALTH, 1.5]]
    system = parse_one(workbook_bytes({"Systemer": rows}), "a.xlsx").datasets["system"]
    assert system["annual_cost"].to_list() == [Decimal("1234567.00"), Decimal("1.50")]


def test_an_option_that_writes_itself_into_its_cell_is_ticked() -> None:
    areas = pack().table("focus_area").select("focus_area_id", "name_nb").rows()[:2]
    (one, one_name), (other, other_name) = areas
    rows = [
        ["respondent_id", f"satsingsområde.{one_name}", f"satsingsområde.{other_name}", "PU1"],
        ["1", one_name, "", "4"],
        ["2", f"  {one_name.upper()} ", other_name, "4"],
        ["3", other_name, "0", "4"],
    ]
    found = parse_one(csv_bytes(rows), "u.csv").datasets["survey_respondent"]["focus_area_ids"].to_list()
    assert found == [[one], sorted([one, other]), None]


@pytest.mark.parametrize("word", ["sjelden", "dårlig", "lite", "knapt"])
def test_a_question_with_a_word_more_is_another_question(word: str) -> None:
    known = vocabulary(pack(), PERIOD)
    statements = {i: text for i, text in known.item_texts.items() if not i.startswith("BAR")}
    for item, text in statements.items():
        first, *rest = text.split()
        near = known.item_finder.near(" ".join([first, word, *rest]))
        assert item not in {close.id for close in near}, (item, word, near)


def test_a_repeated_answer_names_few_of_its_rows() -> None:
    rows = [["respondent_id", "spørsmålskode", "svar"], *[["alle", "PU1", "4"]] * 300]
    delivery = parse_one(csv_bytes(rows), "u.csv")
    told = [f for f in delivery.findings if f.rule == "repeated_answer"]
    assert len(told) == 300
    assert {f.params["other"] for f in told} == {", ".join(map(str, range(2, 22)))}


def test_numbers_without_labels_beside_labels_of_another_scale_are_not_counted() -> None:
    book = {
        "Dataset": [["respondent", "PU1", "PU2"], ["1", 1, 2], ["2", 5, 3], ["3", 3, 5]],
        "Structure": [["Variabel", "Tekst"], ["respondent", "respondent_id"], ["PU1", "PU1"], ["PU2", "PU2"]],
        "Labels": [
            ["Variabel", "Verdi", "Etikett"],
            ["PU1", 1, "Stemmer slett ikke"],
            ["PU1", 5, "Stemmer fullt og helt"],
            ["PU2", 1, "1 - Helt uenig"],
            ["PU2", 5, "5 - Helt enig"],
        ],
    }
    answers = parse_one(workbook_bytes(book), "x.xlsx").datasets["survey_answer"]
    by_item = {
        item: rows["answer"].to_list()
        for (item,), rows in answers.partition_by("item_id", as_dict=True).items()
    }
    assert by_item == {"PU1": [None, None, None], "PU2": [2, 3, 5]}


@pytest.mark.parametrize(("text", "is_told"), [("2031", True), ("H1 2031", True), ("Kari Nordman", False)])
def test_a_period_that_may_be_a_name_is_not_told(text: str, is_told: bool) -> None:
    rows = [["periode", "systemnavn", "funksjon"], [text, "Alfa", HEALTH]]
    delivery = parse_one(csv_bytes(rows))
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "other_period"
    assert (text in delivery.rejection.params["found"]) == is_told


ANSWERS = [["PU1", "PU2"], [4, 5], [3, 2]]


def test_a_copy_of_a_sheet_is_not_counted_once_more() -> None:
    book = {"Svar": ANSWERS, "Svar (2)": ANSWERS, "Andre": [*ANSWERS[:2], [1, 1]], "Svar (3)": ANSWERS}
    delivery = parse_one(workbook_bytes(book), "u.xlsx")
    told = [(f.rule, f.sheet, f.params["other"]) for f in delivery.findings]
    assert told == [("sheet_repeated", "Svar (2)", "Svar"), ("sheet_repeated", "Svar (3)", "Svar")]
    assert delivery.rows_received == 4
    assert delivery.datasets["survey_answer"]["answer"].to_list() == [4, 5, 3, 2, 4, 5, 1, 1]


def test_two_sheets_of_one_row_may_say_the_same() -> None:
    delivery = parse_one(workbook_bytes({"Svar": ANSWERS[:2], "Svar (2)": ANSWERS[:2]}), "u.xlsx")
    assert (delivery.rows_received, delivery.findings) == (2, ())


def test_questions_below_their_codes_are_no_respondent() -> None:
    texts = vocabulary(pack(), PERIOD).item_texts
    rows = [["$submission_id", "PU1", "PU2"], ["", texts["PU1"], texts["PU2"]], ["1", "4", "3"]]
    delivery = parse_one(csv_bytes(rows), "u.csv")
    assert delivery.rows_received == 1
    assert delivery.datasets["survey_answer"].select("row_number", "answer").rows() == [(3, 4), (3, 3)]
    swapped = [rows[0], ["", texts["PU2"], texts["PU1"]], rows[2]]
    assert parse_one(csv_bytes(swapped), "u.csv").rows_received == 2


@pytest.mark.parametrize(
    ("below", "n_rows"),
    [
        ([["Gjennomsnitt", "3,0", "2,0"], ["N", "2", "2"]], 2),
        ([["Snitt", "3", "2"], ["Standardavvik", "1", "1"], ["N", "2", "2"]], 2),
        # A respondent may be called N.
        ([["N", "2", "2"]], 3),
    ],
)
def test_averages_and_their_count_are_no_respondents(below: list[list[str]], n_rows: int) -> None:
    rows = [["respondent_id", "PU1", "PU2"], ["1", "4", "3"], ["2", "2", "1"], *below]
    assert parse_one(csv_bytes(rows), "u.csv").rows_received == n_rows


@pytest.mark.parametrize(("text", "n"), [("120", 120), ("1.200", 1200), ("1 200.", 1200), ("120.", 120)])
def test_the_number_invited_may_have_a_dot_between_thousands(text: str, n: int) -> None:
    rows = [[f"Antall inviterte: {text}"], ["respondent_id", "PU1"], ["1", "4"]]
    assert parse_one(csv_bytes(rows), "u.csv").datasets["survey_respondent"]["n_invited"].to_list() == [n]


def test_a_person_where_a_municipality_is_named_is_not_told() -> None:
    rows = [
        ["kommune", "systemnavn", "funksjon"],
        ["Kari Nordmann", "Alfa", HEALTH],
        ["Nordvik", "Beta", HEALTH],
    ]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert [d.municipality_number for d in deliveries] == ["***", "Nordvik"]
    assert "Kari" not in repr(deliveries)
