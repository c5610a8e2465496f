"""Surveys with one row per answer: every row is an answer or set aside, and respondents come out whole."""

from __future__ import annotations

from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.model import ParsedDelivery
from tests.oracle import pack as oracle_pack
from tests.oracle.files import read_tables
from tests.oracle.sheets import recognise
from tests.oracle.survey import read_survey
from tests.support import BASE_PACK, FICTIONAL_PACK
from tests.unit.test_ingest_support import (
    PERIOD,
    csv_bytes,
    parse,
    parse_one,
    parse_rows,
    rejection,
    rules,
    workbook_bytes,
)

PU1 = "Kommunen har et felles, oppdatert kart over hoved- og støtteprosessene sine"
HEAD = ["respondent", "spørsmål", "svar"]
ANSWERS = ("row_number", "respondent_row", "item_id", "answer_status", "answer")


def answers(delivery: ParsedDelivery) -> list[tuple[object, ...]]:
    assert delivery.rejection is None, delivery.rejection
    return delivery.datasets["survey_answer"].select(ANSWERS).rows()


def respondents(delivery: ParsedDelivery, *columns: str) -> list[tuple[object, ...]]:
    return delivery.datasets["survey_respondent"].select("row_number", *columns).rows()


def told(delivery: ParsedDelivery) -> list[tuple[str, int | None]]:
    return [(finding.rule, finding.row_number) for finding in delivery.findings]


def assert_no_row_is_lost(delivery: ParsedDelivery) -> None:
    frames = [delivery.datasets[name].select("row_number") for name in ("survey_respondent", "survey_answer")]
    assert pl.concat(frames)["row_number"].n_unique() == delivery.rows_received


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        ["Respondent", "item", "Answer"],
        ["svar-id", "spørsmålskode", "verdi"],
        ["respondent_id", "question", "value"],
        ["ID", "Påstand", "Svaralternativ"],
    ],
)
def test_rows_of_one_respondent_become_one(head: list[str]) -> None:
    rows = [
        head,
        ["r1", "PO1", "Delvis enig"],
        ["r2", "PU1", "vet ikke"],
        ["r1", PU1, "5"],
        ["r2", "PO1", ""],
        ["r3", "BAR_1", "helt enig"],
    ]
    delivery = parse_rows(rows)
    assert answers(delivery) == [
        (4, 2, "PU1", "ok", 5),
        (2, 2, "PO1", "ok", 4),
        (2, 2, "BAR_1", "blank", None),
        (3, 3, "PU1", "dont_know", None),
        (5, 3, "PO1", "blank", None),
        (3, 3, "BAR_1", "blank", None),
        (6, 6, "PU1", "blank", None),
        (6, 6, "PO1", "blank", None),
        (6, 6, "BAR_1", "invalid", None),
    ]
    assert respondents(delivery, "respondent_id", "respondent_id__error") == [
        (2, "r1", None),
        (3, "r2", None),
        (6, "r3", None),
    ]
    assert (delivery.rows_received, delivery.collection_mode) == (5, "respondents")
    assert not delivery.findings
    assert_no_row_is_lost(delivery)


def test_rows_that_cannot_be_used_are_set_aside_and_told() -> None:
    rows = [
        HEAD,
        ["r1", "PU1", "5"],
        ["r1", "Kommentar", "Ring Ola"],
        ["", "PU1", "3"],
        ["r2", "PO1", "2"],
        ["r2", "PO1", "4"],
        ["r2", "PU1", "1"],
        ["r3", "Kommentar", "nei"],
        ["r3", "", "4"],
    ]
    delivery = parse_rows(rows)
    assert answers(delivery) == [
        (2, 2, "PU1", "ok", 5),
        (2, 2, "PO1", "blank", None),
        (7, 7, "PU1", "ok", 1),
        (7, 7, "PO1", "blank", None),
    ]
    assert respondents(delivery, "respondent_id", "respondent_id__error") == [
        (2, "r1", None),
        (3, None, "unknown_item"),
        (4, None, "respondent_missing"),
        (5, None, "repeated_answer"),
        (6, None, "repeated_answer"),
        (7, "r2", None),
        (8, None, "unknown_item"),
        (9, None, "unknown_item"),
    ]
    assert told(delivery) == [
        ("unknown_item", 3),
        ("unknown_item", 9),
        ("respondent_missing", 4),
        ("repeated_answer", 5),
        ("repeated_answer", 6),
    ]
    assert delivery.findings[0].params == {"found": "Kommentar", "count": "2"}
    assert delivery.findings[3].params == {"item": "PO1", "other": "5, 6"}
    assert delivery.rows_received == 8
    assert_no_row_is_lost(delivery)
    everything = "".join(repr(frame.rows()) for frame in delivery.datasets.values()) + repr(delivery.findings)
    assert "Ola" not in everything


def test_a_respondent_is_known_whatever_case_and_blanks() -> None:
    delivery = parse_rows([HEAD, ["R1", "PU1", "5"], ["r1 ", "PO1", "4"]])
    assert {row for _, row, *_ in answers(delivery)} == {2}


def test_addresses_as_ids_tell_respondents_apart_and_are_not_kept() -> None:
    rows = [
        HEAD,
        ["ola@tindelid.no", "PU1", "5"],
        ["kari@tindelid.no", "PU1", "4"],
        ["ola@tindelid.no", "PO1", "3"],
    ]
    delivery = parse_rows(rows)
    assert answers(delivery) == [
        (2, 2, "PU1", "ok", 5),
        (4, 2, "PO1", "ok", 3),
        (3, 3, "PU1", "ok", 4),
        (3, 3, "PO1", "blank", None),
    ]
    assert respondents(delivery, "respondent_id") == [(2, None), (3, None)]
    everything = "".join(repr(frame.rows()) for frame in delivery.datasets.values()) + repr(delivery.findings)
    assert "tindelid.no" not in everything


def test_background_stands_on_every_row_and_contradictions_are_told() -> None:
    rows = [
        [*HEAD, "rollegruppe", "satsingsområde", "antall_inviterte"],
        ["r1", "PU1", "5", "IKT og digitalisering", "Helse og omsorg", "12"],
        ["r1", "PO1", "4", "ICT and digitalisation", "", "12"],
        ["r2", "PU1", "3", "IKT og digitalisering", "Helse og omsorg", "12"],
        ["r2", "PO1", "3", "Saksbehandlere og rådgivere", "Helse og omsorg", "13"],
        ["r3", "PU1", "3", "", "", ""],
        ["r3", "PO1", "3", "Sjef", "", ""],
    ]
    delivery = parse_rows(rows)
    columns = ("role_group_id", "role_group_id__error", "focus_area_ids", "n_invited", "n_invited__error")
    assert respondents(delivery, *columns) == [
        (2, "ict_digitalisation", None, ["health_care"], 12, None),
        (4, None, "contradicting_background", ["health_care"], None, "contradicting_background"),
        (6, None, "unknown_role_group", None, None, None),
    ]


def test_background_may_be_asked_as_questions() -> None:
    rows = [
        HEAD,
        ["r1", "Hvilken rolle har du?", "IKT og digitalisering"],
        ["r1", "PU1", "5"],
        ["r1", "2. Hvilke satsingsområder arbeider du med?", "Helse og omsorg"],
        ["r1", "2. Hvilke satsingsområder arbeider du med?", "Sak og arkiv"],
        ["r2", "PU1", "4"],
        ["r2", "Hvilken rolle har du?", "Ola Nordmann"],
        ["r3", "rollegruppe", "caseworkers"],
        ["r3", "rollegruppe", "IKT og digitalisering"],
        ["r4", "PU1", "2"],
        ["", "rollegruppe", "caseworkers"],
    ]
    delivery = parse_rows(rows)
    assert answers(delivery) == [
        (3, 2, "PU1", "ok", 5),
        (2, 2, None, "blank", None),
        (4, 2, None, "blank", None),
        (5, 2, None, "blank", None),
        (6, 6, "PU1", "ok", 4),
        (7, 6, None, "blank", None),
        (8, 8, "PU1", "blank", None),
        (8, 8, None, "blank", None),
        (9, 8, None, "blank", None),
        (10, 10, "PU1", "ok", 2),
    ]
    columns = ("role_group_id", "role_group_id__error", "focus_area_ids", "focus_area_ids__error")
    assert respondents(delivery, *columns) == [
        (2, "ict_digitalisation", None, ["case_records", "health_care"], None),
        (6, None, "unknown_role_group", None, None),
        (8, None, "contradicting_background", None, None),
        (10, None, None, None, None),
        (11, None, None, None, None),
    ]
    assert told(delivery) == [("respondent_missing", 11)]
    assert_no_row_is_lost(delivery)
    assert "Ola" not in "".join(repr(frame.rows()) for frame in delivery.datasets.values())


def test_two_columns_of_answers_are_refused_and_both_are_named() -> None:
    delivery = parse_rows([["respondent", "spørsmål", "svar", "verdi"], ["r1", "PU1", "Delvis enig", "4"]])
    assert rejection(delivery) == "two_headers_one_column"
    assert delivery.rejection is not None
    assert delivery.rejection.params == {"found": "svar", "other": "verdi", "expected": "svar"}


ANSWER_TEXTS = st.sampled_from(["1", "3", "5", "4.0", "helt enig", "Vet ikke", "ikke relevant", "7", ""])
ITEMS = ("PU1", "PU2", "PO1", "P1A")


@given(
    table=st.lists(st.lists(ANSWER_TEXTS, min_size=4, max_size=4), min_size=1, max_size=12), seed=st.randoms()
)
@settings(max_examples=60, deadline=None)
def test_wide_and_long_tell_the_same(table: list[list[str]], seed: Random) -> None:
    wide = [["respondent", *ITEMS], *([f"r{n}", *row] for n, row in enumerate(table))]
    cells = [
        [f"r{n}", item, text] for n, row in enumerate(table) for item, text in zip(ITEMS, row, strict=True)
    ]
    seed.shuffle(cells)
    first, second = parse_rows(wide), parse_rows([HEAD, *cells])
    assert {d.rejection for d in (first, second)} == {None}
    assert second.rows_received == len(cells)
    assert by_respondent(first) == by_respondent(second)
    assert_no_row_is_lost(second)


def by_respondent(delivery: ParsedDelivery) -> list[tuple[object, ...]]:
    people = delivery.datasets["survey_respondent"].select("respondent_id", respondent_row="row_number")
    columns = ("respondent_id", "item_id", "answer_status", "answer")
    found = delivery.datasets["survey_answer"].join(people, on="respondent_row").select(columns)
    return found.sort("respondent_id", "item_id").rows()


def test_code_and_words_beside_each_other() -> None:
    rows = [
        ["respondent", "spørsmålskode", "spørsmålstekst", "svar"],
        ["r1", "PU1", PU1, "5"],
        ["r1", "Q7", "Hver viktig prosess har en utpekt prosesseier", "4"],
        ["r1", "PU2", PU1, "3"],
    ]
    delivery = parse_rows(rows)
    assert [(row, item) for row, _, item, _, _ in answers(delivery)] == [(2, "PU1"), (3, "PO1")]
    assert told(delivery) == [("unknown_item", 4)]


def test_words_that_are_nearly_a_question_are_linked_and_told_once() -> None:
    nearly = PU1.replace("Kommunen", "Komunen")
    delivery = parse_rows([HEAD, ["r1", nearly, "5"], ["r2", nearly, "4"]])
    assert [(row, item) for row, _, item, _, _ in answers(delivery)] == [(2, "PU1"), (3, "PU1")]
    (finding,) = delivery.findings
    assert (finding.rule, finding.row_number, finding.column) == ("linked_by_likeness", 2, "spørsmål")
    assert float(finding.params["score"]) >= 85


def test_many_municipalities_each_with_respondents() -> None:
    rows = [
        ["kommune", *HEAD],
        ["Tindelid", "r1", "PU1", "5"],
        ["Kvitlia", "r1", "PU1", "2"],
        ["Tindelid", "r1", "PO1", "4"],
        ["Kvitlia", "r2", "PO1", "1"],
    ]
    first, second = parse(csv_bytes(rows), municipality="")
    assert answers(first) == [(2, 2, "PU1", "ok", 5), (4, 2, "PO1", "ok", 4)]
    assert answers(second) == [
        (3, 3, "PU1", "ok", 2),
        (3, 3, "PO1", "blank", None),
        (5, 5, "PU1", "blank", None),
        (5, 5, "PO1", "ok", 1),
    ]
    assert [d.rows_received for d in (first, second)] == [2, 2]
    assert {d.collection_mode for d in (first, second)} == {"respondents"}
    for delivery in (first, second):
        assert_no_row_is_lost(delivery)


def test_one_official_answer_of_each_municipality() -> None:
    rows = [
        ["kommunenr", "spørsmål", "svar"],
        ["9901", "PU1", "5"],
        ["9902", "PU1", "2"],
        ["9901", "PO1", "Vet ikke"],
        ["9902", "PO1", "1"],
        ["9902", "PO1", "2"],
    ]
    first, second = parse(csv_bytes(rows), municipality="")
    assert {d.collection_mode for d in (first, second)} == {"official"}
    assert answers(first) == [(2, 2, "PU1", "ok", 5), (4, 2, "PO1", "dont_know", None)]
    assert answers(second) == [(3, 3, "PU1", "ok", 2), (3, 3, "PO1", "blank", None)]
    assert rules(second) == ["repeated_answer"] * 2
    assert_no_row_is_lost(second)


def test_answers_of_nobody_are_refused() -> None:
    delivery = parse_rows([["spørsmål", "svar"], ["PU1", "5"]])
    assert rejection(delivery) == "required_column_missing"
    assert delivery.rejection is not None
    assert delivery.rejection.params["expected"] == "respondent"


def test_questions_and_answers_of_a_guide_reject_nothing() -> None:
    book = {
        "Undersøkelse": [["respondent", "PU1"], ["r1", "4"]],
        "Ofte stilte": [["Spørsmål", "Svar"], ["Hvem svarer?", "Alle"]],
    }
    delivery = parse_one(workbook_bytes(book), "bok.xlsx")
    assert delivery.rejection is None
    assert rules(delivery) == ["sheet_not_recognised"]


def test_a_column_called_answer_does_not_make_a_wide_survey_long() -> None:
    delivery = parse_rows([["respondent", "PU1", "spørsmål", "svar"], ["r1", "4", "Hva mer?", "Ikke noe"]])
    assert answers(delivery) == [(2, 2, "PU1", "ok", 4)]
    assert rules(delivery) == ["unknown_column"] * 2


def test_a_long_survey_where_every_row_is_set_aside() -> None:
    delivery = parse_rows([HEAD, ["r1", "PU1", "5"], ["r1", "PU1", "4"]])
    assert answers(delivery) == []
    assert delivery.rows_received == 2
    assert_no_row_is_lost(delivery)


def test_an_independent_reading_finds_the_same_answers(tmp_path: Path) -> None:
    given = {
        ("r1", "PU1"): "5",
        ("r1", "PO1"): "delvis enig",
        ("r2", "PU1"): "vet ikke",
        ("r2", "BAR_1"): "2",
    }
    content = csv_bytes([HEAD, *([who, item, answer] for (who, item), answer in given.items())])
    file = tmp_path / "survey.csv"
    file.write_bytes(content)
    pack = oracle_pack.load([BASE_PACK, FICTIONAL_PACK])
    items = pack.items(PERIOD)
    sheets = (recognise(table, pack, items) for (table,) in read_tables(file))
    sheet = max((sheet for sheet in sheets if sheet), key=lambda sheet: sheet.score)
    theirs = read_survey(sheet, pack, PERIOD, "respondents")
    ours: dict[int, dict[str, tuple[str, int | None]]] = {}
    for _, row, item, status, answer in answers(parse_one(content)):
        ours.setdefault(int(str(row)), {})[str(item)] = (
            str(status),
            answer if isinstance(answer, int) else None,
        )
    assert sorted(theirs.offered) == sorted(ours[2])
    assert list(theirs.respondents) == list(ours.values())
