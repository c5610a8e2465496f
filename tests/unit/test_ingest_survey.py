"""Surveys: items by code or text, answers by number or label, exports of survey tools, official answers."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.ingest.contract import dataset_schema
from pipelines.ingest.survey import read_answer
from pipelines.ingest.vocabulary import vocabulary
from tests.unit.test_ingest_support import (
    PERIOD,
    csv_bytes,
    pack,
    parse,
    parse_one,
    parse_rows,
    rejection,
    rules,
    workbook_bytes,
)

PU1 = "Kommunen har et felles, oppdatert kart over hoved- og støtteprosessene sine"
PU1_EN = "The municipality has a shared, up-to-date map of its main and support processes"
IDENTITY = {"delivery_id": pl.String(), "sheet": pl.String(), "row_number": pl.Int64()}
ANSWERS = ("row_number", "item_id", "answer_status", "answer")


def answers_of(rows: list[list[str]], **options: object) -> list[tuple[object, ...]]:
    delivery = parse_rows(rows, **options)
    assert delivery.rejection is None, delivery.rejection
    return delivery.datasets["survey_answer"].select(ANSWERS).rows()


@pytest.mark.parametrize(
    ("item", "text", "expected"),
    [
        ("PU1", "4", ("ok", 4)),
        ("PU1", "4.0", ("ok", 4)),
        ("PU1", "4,0", ("ok", 4)),
        ("PU1", "Helt enig", ("ok", 5)),
        ("PU1", " verken  enig eller uenig ", ("ok", 3)),
        ("PU1", "Strongly disagree", ("ok", 1)),
        ("PU1", "5 - helt enig", ("ok", 5)),
        ("PU1", "5 (Helt enig)", ("ok", 5)),
        ("PU1", "4 - helt enig", ("invalid", None)),
        ("PU1", "Vet ikke", ("dont_know", None)),
        ("PU1", "Don't know", ("dont_know", None)),
        ("PU1", "ikke relevant", ("not_relevant", None)),
        ("PU1", "Ikke aktuelt", ("not_relevant", None)),
        ("PU1", "No answer", ("blank", None)),
        ("PU1", "(4)", ("ok", 4)),
        ("PU1", "4 - delvis enig", ("ok", 4)),
        ("PU1", "4 Delvis enig", ("ok", 4)),
        ("PU1", "(4) DELVIS ENIG", ("ok", 4)),
        ("PU1", "4. partly agree", ("ok", 4)),
        ("PU1", "4=Delvis enig", ("ok", 4)),
        ("PU1", "Delvis enig (4)", ("ok", 4)),
        ("PU1", "Delvis enig - 4", ("ok", 4)),
        ("PU1", "2 - delvis enig", ("invalid", None)),
        ("PU1", "delvis enig (2)", ("invalid", None)),
        ("PU1", "4 og litt til", ("invalid", None)),
        ("PU1", "4 5", ("invalid", None)),
        ("PU1", "4/5", ("invalid", None)),
        ("PU1", "-4", ("invalid", None)),
        ("PU1", "A4", ("invalid", None)),
        ("PU1", "6 - Vet ikke", ("dont_know", None)),
        ("PU1", "9 = Ikke relevant", ("not_relevant", None)),
        ("PU1", "VET IKKE.", ("dont_know", None)),
        ("PU1", "Veit ikkje", ("dont_know", None)),
        ("PU1", "Don’t know", ("dont_know", None)),
        ("PU1", "Vet ikke / ikke relevant", ("dont_know", None)),
        ("PU1", "N/A", ("not_relevant", None)),
        ("PU1", "Ikkje aktuelt", ("not_relevant", None)),
        ("PU1", "Ønsker ikke å svare", ("blank", None)),
        ("PU1", "0", ("invalid", None)),
        ("PU1", "6", ("invalid", None)),
        ("PU1", "3,5", ("invalid", None)),
        ("PU1", "i stor grad", ("invalid", None)),
        ("PU1", "litt", ("invalid", None)),
        ("BAR_1", "i stor grad", ("ok", 4)),
        ("BAR_1", "helt enig", ("invalid", None)),
    ],
)
def test_an_answer_is_read_on_its_item_s_own_scale(
    item: str, text: str, expected: tuple[str, int | None]
) -> None:
    words = vocabulary(pack(), PERIOD)
    assert read_answer(text, words.items[item], words) == expected


@pytest.mark.parametrize(
    "header",
    ["PU1", "pu1", PU1, PU1.upper(), f"{PU1}?", f"PU1 {PU1}", f"PU1. {PU1}:", f"PU1 - {PU1}", PU1_EN],
)
def test_an_item_is_known_by_code_or_text(header: str) -> None:
    assert answers_of([["respondent", header], ["r1", "2"]]) == [(2, "PU1", "ok", 2)]


def test_respondents_and_answers_are_typed_and_in_order() -> None:
    delivery = parse_rows(
        [
            ["respondent_id", "rollegruppe", "satsingsområde", "antall_inviterte", "PO1", "PU1", "BAR_2"],
            [
                "r2",
                "Saksbehandlere og rådgivere",
                "Helse og omsorg;Sak og arkiv",
                "120",
                "5",
                "",
                "i noen grad",
            ],
            ["r1", "Sjef", "", "mange", "vet ikke", "8", "ikke relevant"],
        ]
    )
    respondents, answers = delivery.datasets["survey_respondent"], delivery.datasets["survey_answer"]
    for name, frame in delivery.datasets.items():
        typed = {k: v for k, v in frame.schema.items() if not k.endswith(("__raw", "__error"))}
        assert typed == {**IDENTITY, **dataset_schema(name)}
    assert respondents["respondent_id"].to_list() == ["r2", "r1"]
    assert respondents["role_group_id"].to_list() == ["caseworkers", None]
    assert respondents["role_group_id__error"].to_list() == [None, "unknown_role_group"]
    assert respondents["focus_area_ids"].to_list() == [["case_records", "health_care"], None]
    assert respondents["n_invited"].to_list() == [120, None]
    assert answers.select(ANSWERS).rows() == [
        (2, "PU1", "blank", None),
        (2, "PO1", "ok", 5),
        (2, "BAR_2", "ok", 3),
        (3, "PU1", "invalid", None),
        (3, "PO1", "dont_know", None),
        (3, "BAR_2", "not_relevant", None),
    ]
    assert answers["respondent_row"].to_list() == answers["row_number"].to_list()
    assert answers["answer__error"].to_list() == [None, None, None, "unknown_answer", None, None]
    assert answers["answer__raw"].drop_nulls().to_list() == ["8"]
    assert (delivery.rows_received, delivery.collection_mode) == (2, "respondents")


def test_an_export_from_nettskjema() -> None:
    rows = [
        [
            "$submission_id",
            "$created",
            "satsingsområde.Helse og omsorg",
            "satsingsområde.Sak og arkiv",
            "PU1",
            "PO1",
        ],
        ["1001", "2026-03-01T10:00:00+01:00", "1", "0", "4", "5"],
        ["1002", "2026-03-01T10:05:00+01:00", "1", "1", "", "vet ikke"],
        ["1003", "2026-03-01T10:09:00+01:00", "0", "0", "3", "2"],
    ]
    delivery = parse_one(csv_bytes(rows, ";", "utf-8-sig", quote_all=True), "nettskjema.csv")
    assert not delivery.findings
    respondents = delivery.datasets["survey_respondent"]
    assert respondents["respondent_id"].to_list() == ["1001", "1002", "1003"]
    assert respondents["focus_area_ids"].to_list() == [["health_care"], ["case_records", "health_care"], None]
    assert delivery.recognised["sheets"][0]["options"] == {
        "satsingsområde.Helse og omsorg": "focus_area_ids: health_care",
        "satsingsområde.Sak og arkiv": "focus_area_ids: case_records",
    }


def test_an_export_from_forms_leaves_names_and_addresses_behind() -> None:
    rows = [
        ["ID", "Starttidspunkt", "Fullføringstidspunkt", "E-postadresse", "Navn", "Satsingsområde", PU1],
        [
            1,
            "2026-03-01",
            "2026-03-01",
            "ola@kommune.no",
            "Ola Nordmann",
            "Helse og omsorg;Sak og arkiv;",
            "helt enig",
        ],
    ]
    delivery = parse_one(workbook_bytes({"Sheet1": rows}), "skjema.xlsx")
    assert not delivery.findings
    assert delivery.datasets["survey_answer"].select(ANSWERS).rows() == [(2, "PU1", "ok", 5)]
    everything = "".join(repr(frame.rows()) for frame in delivery.datasets.values())
    assert "Ola" not in everything
    assert "ola@" not in everything


def test_a_survey_without_an_item_is_no_survey() -> None:
    delivery = parse_rows(
        [["rollegruppe", "satsingsområde"], ["Rektor", "Helse og omsorg"]], name="survey.csv"
    )
    assert rejection(delivery) == "required_column_missing"
    assert delivery.kind == "survey"


@pytest.mark.parametrize(
    "headers", [["respondent", "PU1"], ["respondent", "spørsmål", "svar"], ["rollegruppe"]]
)
def test_a_survey_of_an_unknown_period_is_told_so(headers: list[str]) -> None:
    delivery = parse_rows([headers, ["1"] * len(headers)], name="survey.csv", period="1999", kind="survey")
    assert rejection(delivery) == "unknown_period"


def test_an_item_twice_is_refused() -> None:
    delivery = parse_rows([["PU1", PU1], ["1", "2"]])
    assert rejection(delivery) == "two_headers_one_column"
    assert delivery.rejection is not None
    assert delivery.rejection.params["expected"] == "PU1"


@pytest.mark.parametrize(
    ("given", "is_told"), [("0124", True), ("0125", False), ("1234", False), ("0.0,4", True)]
)
def test_a_scale_that_may_be_counted_from_zero_is_told_and_not_moved(given: str, is_told: bool) -> None:
    texts = given.split(",") if "," in given else list(given)
    delivery = parse_rows([["respondent", "PU1"], *([str(n), text] for n, text in enumerate(texts))])
    values = [answer[3] for answer in delivery.datasets["survey_answer"].select(ANSWERS).rows()]
    assert values == [int(float(text)) or None for text in texts]
    assert rules(delivery) == ["answers_from_zero"] * is_told


def test_answers_of_one_item_alone_are_all_rows() -> None:
    assert (
        parse_rows(
            [["PU1"], ["3"], ["verken enig eller uenig"], [""], ["verken enig eller uenig"]]
        ).rows_received
        == 3
    )


# One official answer per municipality


def test_one_row_per_municipality_is_an_official_answer_each() -> None:
    rows = [
        ["kommunenr", "kommune", "PU1", "PO1"],
        ["9901", "Tindelid", "4", "vet ikke"],
        ["9902", "Kvitlia", "2", "1"],
    ]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert [(d.municipality_number, d.collection_mode, d.rows_received) for d in deliveries] == [
        ("9901", "official", 1),
        ("9902", "official", 1),
    ]
    first, second = (d.datasets["survey_answer"].select(ANSWERS).rows() for d in deliveries)
    assert first == [(2, "PU1", "ok", 4), (2, "PO1", "dont_know", None)]
    assert second == [(3, "PU1", "ok", 2), (3, "PO1", "ok", 1)]
    for delivery in deliveries:
        assert set(delivery.datasets["survey_respondent"]["delivery_id"]) == {delivery.delivery_id}


@pytest.mark.parametrize(
    "column",
    [
        "respondent_id",
        "$submission_id",
        "$created",
        "Starttidspunkt",
        "Rollegruppe",
        "satsingsområde",
        "E-post",
        "satsingsområde.Helse og omsorg",
    ],
)
def test_one_respondent_is_no_official_answer(column: str) -> None:
    delivery = parse_rows([["kommune", column, "PU1"], ["Tindelid", "1", "4"]])
    assert (delivery.collection_mode, delivery.rows_received) == ("respondents", 1)
    assert "official_repeated" not in rules(delivery)


def test_several_rows_of_every_municipality_are_respondents() -> None:
    rows = [["kommune", "PU1"], ["Tindelid", "4"], ["Tindelid", "2"], ["Kvitlia", "3"], ["Kvitlia", "3"]]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert [(d.collection_mode, d.rows_received) for d in deliveries] == [("respondents", 2)] * 2
    assert not deliveries[0].findings


def test_a_municipality_that_answers_twice_among_official_answers_is_named() -> None:
    rows = [["kommune", "PU1"], ["Tindelid", "4"], ["Kvitlia", "3"], ["Granvåg", "3"], ["Granvåg", "1"]]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert {d.collection_mode for d in deliveries} == {"respondents"}
    (finding,) = (f for d in deliveries for f in d.findings)
    assert (finding.rule, finding.params["found"]) == ("official_repeated", "Granvåg")


def test_a_municipality_that_is_only_listed_has_not_answered() -> None:
    rows = [["kommune", "PU1"], ["Tindelid", "4"], ["Kvitlia", ""]]
    assert [d.municipality_number for d in parse(csv_bytes(rows), municipality="")] == ["9901"]


def test_without_a_municipality_column_the_folder_says_whose_it_is() -> None:
    delivery = parse_rows([["PU1"], ["4"]])
    assert (delivery.municipality_number, delivery.collection_mode) == ("9901", "respondents")
    assert rules(delivery) == []
