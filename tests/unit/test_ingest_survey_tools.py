"""Exports of survey tools as they come: Nettskjema, Microsoft Forms, SurveyXact, LimeSurvey; header pairs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipelines.ingest.items import undressed
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.vocabulary import vocabulary
from tests.unit.test_ingest_support import (
    HEALTH,
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
PO1 = "Hver viktig prosess har en utpekt prosesseier"
PO1_EN = "Every important process has an appointed process owner"
BAR_3 = "I hvilken grad hemmer dette digitaliseringen? Mangel på kompetanse"
MATRIX = "Hvor enig er du i følgende påstander?"
ANSWERS = ("row_number", "item_id", "answer_status", "answer")
TIMES = ["2026-03-01 10:00:00", "2026-03-01 10:05:00"]


def answers(delivery: ParsedDelivery) -> list[tuple[object, ...]]:
    assert delivery.rejection is None, delivery.rejection
    return delivery.datasets["survey_answer"].select(ANSWERS).rows()


def items_of(delivery: ParsedDelivery) -> list[str]:
    return sorted({str(item) for _, item, _, _ in answers(delivery)})


def tool(delivery: ParsedDelivery) -> str | None:
    return delivery.recognised.get("survey_tool")


def stored(delivery: ParsedDelivery) -> str:
    """Everything that is kept of a delivery, as text."""
    frames = "".join(repr(frame.rows()) for frame in delivery.datasets.values())
    return frames + repr(delivery.findings) + repr(delivery.recognised)


# Headers


@pytest.mark.parametrize(
    ("header", "item"),
    [
        ("PU1", "PU1"),
        ("bar-3", "BAR_3"),
        (PU1, "PU1"),
        (PU1_EN.upper(), "PU1"),
        (f"{MATRIX} [{PU1}]", "PU1"),
        (f"{MATRIX} - {PU1}", "PU1"),
        (f"{MATRIX} / {PU1}", "PU1"),
        (f"{MATRIX}.{PU1}", "PU1"),
        (f"{MATRIX}: {PU1}", "PU1"),
        (f"Hvor enig er du?.{PO1}.", "PO1"),
        (f"G01Q01[SQ001]. {PU1}", "PU1"),
        (f"G01Q01[SQ001]. {MATRIX} [{PU1}]", "PU1"),
        ("G01Q01[PU1]", "PU1"),
        ("PU1[SQ001]", "PU1"),
        (f"{PU1} [PU1]", "PU1"),
        (f"[PU1] {PU1}", "PU1"),
        (f"{PU1} (PU1)", "PU1"),
        (f"PU1 – {PU1}", "PU1"),
        (f"<p>{PU1.replace('felles', '<b>felles</b>').replace(' kart', '&nbsp;kart')}</p>", "PU1"),
        (f"{PU1}2", "PU1"),
        (f"3. {PU1}", "PU1"),
        (f"Spm. 3 - {PU1}", "PU1"),
        (f"Q3: {PU1_EN}", "PU1"),
        (PU1.replace("hoved- og", "hoved-\nog\u00a0"), "PU1"),
        ("PU1 Felles kart", "PU1"),
        ("BAR_12: Felles løsninger", "BAR_12"),
        (BAR_3, "BAR_3"),
        ("Mangel på kompetanse", "BAR_3"),
        ("Hva hemmer digitaliseringen? [Mangel på kompetanse]", "BAR_3"),
        ("Lack of skills", "BAR_3"),
    ],
)
def test_a_question_is_known_in_any_tool_s_dress(header: str, item: str) -> None:
    assert vocabulary(pack(), PERIOD).item_finder.find(header) == {item}


@pytest.mark.parametrize(
    "header",
    [
        "PU1 kommentar",
        "PU1[comment]",
        "PU1[other]",
        "PU1 Kommentar til påstanden over",
        "PU1 Kommentar til påstanden som står rett over her",
        f"Kommentar: {PU1}",
        f"Begrunnelse [{PU1}]",
        "PU12 noe",
        "Alder",
        "Prosess",
        "",
    ],
)
def test_what_asks_for_words_or_something_else_is_no_question(header: str) -> None:
    finder = vocabulary(pack(), PERIOD).item_finder
    assert finder.find(header) == set()
    assert finder.near(header) == []


def test_numbers_and_codes_of_tools_are_taken_off() -> None:
    assert undressed("12. Hva heter du?") == "Hva heter du?"
    assert undressed("G02Q03[SQ001]. Satsingsområde [Skole]") == "Satsingsområde [Skole]"
    assert undressed("Linje<br/>to &amp; tre") == "Linje to & tre"
    assert undressed("1-5") == "1-5"


def test_a_header_that_is_nearly_a_question_is_linked_and_told() -> None:
    nearly = PU1.replace("Kommunen", "Komunen")
    delivery = parse_rows([["respondent", nearly, "PO1"], ["r1", "4", "2"]])
    assert answers(delivery) == [(2, "PU1", "ok", 4), (2, "PO1", "ok", 2)]
    (finding,) = delivery.findings
    assert (finding.rule, finding.column, finding.row_number) == ("linked_by_likeness", nearly, 1)
    assert finding.params["found"] == nearly
    assert finding.params["expected"] == f"PU1 {PU1}"
    assert 85 <= float(finding.params["score"]) < 100


def test_a_survey_of_nothing_but_near_headers_is_found() -> None:
    delivery = parse_rows(
        [
            ["Undersøkelse våren"],
            [PU1.replace("Kommunen", "Komunen"), PO1.replace("prosesseier", "prosseseier")],
            ["4", "5"],
        ]
    )
    assert answers(delivery) == [(3, "PU1", "ok", 4), (3, "PO1", "ok", 5)]
    assert rules(delivery) == ["linked_by_likeness"] * 2


def test_one_near_text_among_others_heads_no_survey() -> None:
    nearly = PU1.replace("Kommunen", "Komunen")
    rows = [["s_1", "5", MATRIX, nearly], ["s_2", "5", MATRIX, "Noe annet"]]
    assert rejection(parse_rows(rows, name="structure.csv")) == "not_recognised"


def test_the_opposite_of_a_question_is_not_the_question() -> None:
    delivery = parse_rows([["respondent", PU1.replace("har et", "har ikke et"), "PO1"], ["r", "4", "2"]])
    assert items_of(delivery) == ["PO1"]
    assert rules(delivery) == ["unknown_column"]


def test_two_headers_near_one_question_link_to_none() -> None:
    one, other = PU1.replace("Kommunen", "Komunen"), PU1.replace("Kommunen", "Kommunnen")
    delivery = parse_rows([[one, other, "PO1"], ["1", "5", "3"]])
    assert items_of(delivery) == ["PO1"]
    assert rules(delivery) == ["headers_near_one_item"] * 2
    assert {f.column for f in delivery.findings} == {one, other}
    assert all(one in f.params["other"] and other in f.params["other"] for f in delivery.findings)


def test_a_header_near_two_questions_links_to_none() -> None:
    both = f"{PU1.replace('Kommunen', 'Komunen')} [{PO1.replace('prosesseier', 'prosseseier')}]"
    delivery = parse_rows([["respondent", both, "PU2"], ["r1", "1", "3"]])
    assert items_of(delivery) == ["PU2"]
    (finding,) = delivery.findings
    assert (finding.rule, finding.column) == ("header_near_two_items", both)
    assert finding.params["expected"] == "PO1, PU1"


def test_a_question_that_stands_word_for_word_is_not_linked_again() -> None:
    delivery = parse_rows([[PU1.replace("Kommunen", "Komunen"), PU1], ["1", "5"]])
    assert answers(delivery) == [(2, "PU1", "ok", 5)]
    assert rules(delivery) == ["unknown_column"]


def test_a_header_of_two_questions_is_refused_and_both_are_named() -> None:
    delivery = parse_rows([[f"PO1: {PU1}", "PU2"], ["4", "2"]])
    assert rejection(delivery) == "header_names_two"
    assert delivery.rejection is not None
    assert delivery.rejection.params["expected"] == "PO1, PU1"


@pytest.mark.parametrize(
    "headers", [["PU1", f"{MATRIX} [{PU1}]"], [PU1, f"{PU1}2"], [f"A [{PU1}]", f"B [{PU1}]"]]
)
def test_two_headers_of_one_question_are_refused_and_both_are_named(headers: list[str]) -> None:
    delivery = parse_rows([headers, ["1", "2"]])
    assert rejection(delivery) == "two_headers_one_column"
    assert delivery.rejection is not None
    params = delivery.rejection.params
    assert (params["found"], params["other"], params["expected"]) == (*headers, "PU1")


# Nettskjema


def nettskjema(*items: str) -> list[list[str]]:
    boxes = [f"satsingsområde.{name}" for name in ("Helse og omsorg", "Sak og arkiv")]
    roles = [f"rollegruppe.{name}" for name in ("caseworkers", "IKT og digitalisering")]
    return [
        ["$submission_id", "$created", *boxes, *roles, *items, "Kommentar", "$lang"],
        ["1001", "2026-03-01T10:00:00+01:00", "1", "0", "0", "1", "4", "Delvis enig", "Ring Ola", "81000"],
        ["1002", "2026-03-01T10:05:00+01:00", "1", "1", "1", "0", "", "vet ikke", "", "1200"],
        ["1003", "2026-03-01T10:06:00+01:00", "0", "0", "1", "1", "2", "HELT UENIG", "nei", "1300"],
    ]


@pytest.mark.parametrize("items", [("PU1", "PO1"), (PU1, PO1), (PU1_EN, PO1_EN)])
def test_nettskjema(items: tuple[str, str]) -> None:
    content = csv_bytes(nettskjema(*items), ";", "utf-8-sig", quote_all=True)
    delivery = parse_one(content, "nettskjema.csv")
    assert tool(delivery) == "nettskjema"
    assert answers(delivery) == [
        (2, "PU1", "ok", 4),
        (2, "PO1", "ok", 4),
        (3, "PU1", "blank", None),
        (3, "PO1", "dont_know", None),
        (4, "PU1", "ok", 2),
        (4, "PO1", "ok", 1),
    ]
    respondents = delivery.datasets["survey_respondent"]
    assert respondents["focus_area_ids"].to_list() == [["health_care"], ["case_records", "health_care"], None]
    assert respondents["role_group_id"].to_list() == ["ict_digitalisation", "caseworkers", None]
    assert respondents["role_group_id__error"].to_list() == [None, None, "several_options"]
    assert rules(delivery) == ["unknown_column"]
    assert "Ola" not in stored(delivery)


# Microsoft Forms

FORMS_NB = [
    "ID",
    "Starttidspunkt",
    "Fullføringstidspunkt",
    "E-postadresse",
    "Navn",
    "Tidspunkt for siste endring",
]
FORMS_EN = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time"]


@pytest.mark.parametrize(
    ("own", "role", "areas", "items"),
    [
        (
            FORMS_NB,
            "Hvilken rolle har du?",
            "Hvilke satsingsområder arbeider du med?",
            [f"{PU1}.\u00a0", PO1],
        ),
        (FORMS_NB, "1. Din rolle\n", "2. Satsingsområde", [f"{MATRIX}.{PU1}", f"{MATRIX}.{PO1}"]),
        (FORMS_NB, "Rollegruppe2", "Satsingsområder", [PU1.replace(", ", ",\n"), f"{PO1}3"]),
        (FORMS_EN, "What is your role?", "Which focus areas do you work with?", [PU1_EN, PO1_EN]),
    ],
)
def test_forms(own: list[str], role: str, areas: str, items: list[str]) -> None:
    person = ["ola.nordmann@tindelid.no", "Ola Nordmann", TIMES[1]]
    rows = [
        [*own, role, areas, *items, "Har du noe å legge til?"],
        [
            1,
            *TIMES,
            *person,
            "IKT og digitalisering",
            "Helse og omsorg;Sak og arkiv;",
            "Helt enig",
            3,
            "Ring Kari",
        ],
        [2, *TIMES, *person, "", "", "Ikke relevant", "Vet ikke", ""],
    ]
    delivery = parse_one(workbook_bytes({"Sheet1": rows}), "skjema.xlsx")
    assert tool(delivery) == "forms"
    assert answers(delivery) == [
        (2, "PU1", "ok", 5),
        (2, "PO1", "ok", 3),
        (3, "PU1", "not_relevant", None),
        (3, "PO1", "dont_know", None),
    ]
    respondents = delivery.datasets["survey_respondent"]
    assert respondents["respondent_id"].to_list() == ["1", "2"]
    assert respondents["role_group_id"].to_list() == ["ict_digitalisation", None]
    assert respondents["focus_area_ids"].to_list() == [["case_records", "health_care"], None]
    assert rules(delivery) == ["unknown_column"]
    assert not any(word in stored(delivery) for word in ("Ola", "ola.", "Kari", "Nordmann"))


# SurveyXact

STAT = [f"statoverall_{n}" for n in range(1, 6)]


def surveyxact(*, is_reversed: bool = False) -> dict[str, Sequence[Sequence[object]]]:
    """A workbook as SurveyXact writes it: variables and numbers, their words beside."""
    points = ["Helt uenig", "Delvis uenig", "Verken enig eller uenig", "Delvis enig", "Helt enig"]
    ordered = points[::-1] if is_reversed else points
    dataset = [
        ["respondent", "organisation", "s_1", "s_2_1", "s_2_2", "s_3", "s_4", *STAT],
        [701, 4, 1, 1, 0, 2, "Spør Ola", 0, 0, 0, 0, 1],
        [702, 4, 5, 1, 1, 6, "", 0, 0, 0, 0, 1],
        [703, 4, 9, 0, 0, "", "", 0, 0, 0, 0, 1],
    ]
    structure = [
        ["Variabel", "Type", "Spørsmål", "Tekst"],
        ["s_1", "5", MATRIX, PU1],
        ["s_2_1", "3", "Hvilke satsingsområder arbeider du med?", "Helse og omsorg"],
        ["s_2_2", "3", "Hvilke satsingsområder arbeider du med?", "Sak og arkiv"],
        ["s_3", "5", BAR_3, ""],
        ["s_4", "1", "Kommentar", PO1],
    ]
    extent = [
        "I svært liten grad",
        "I liten grad",
        "I noen grad",
        "I stor grad",
        "I svært stor grad",
        "Vet ikke",
    ]
    labels = [
        *(["s_1", number, label] for number, label in enumerate(ordered, start=1)),
        *([name, n, label] for name in ("s_2_1", "s_2_2") for n, label in ((0, "Ikke valgt"), (1, "Valgt"))),
        *(["s_3", number, label] for number, label in enumerate(extent, start=1)),
    ]
    return {"dataset": dataset, "structure": structure, "labels": labels}


@pytest.mark.parametrize(("is_reversed", "values"), [(False, (1, 5)), (True, (5, 1))])
def test_surveyxact_is_read_by_its_structure_and_labels(is_reversed: bool, values: tuple[int, int]) -> None:
    delivery = parse_one(workbook_bytes(surveyxact(is_reversed=is_reversed)), "eksport.xlsx")
    assert tool(delivery) == "surveyxact"
    assert answers(delivery) == [
        (2, "PU1", "ok", values[0]),
        (2, "BAR_3", "ok", 2),
        (3, "PU1", "ok", values[1]),
        (3, "BAR_3", "dont_know", None),
        (4, "PU1", "invalid", None),
        (4, "BAR_3", "blank", None),
    ]
    respondents = delivery.datasets["survey_respondent"]
    assert respondents["respondent_id"].to_list() == ["701", "702", "703"]
    assert respondents["focus_area_ids"].to_list() == [["health_care"], ["case_records", "health_care"], None]
    # The comment column alone; headers are told as the file has them.
    assert [(f.rule, f.column) for f in delivery.findings] == [("unknown_column", "s_4")]
    assert delivery.recognised["sheets"][0]["columns"]["item:PU1"] == "s_1"
    assert "Ola" not in stored(delivery)


def test_a_number_beside_labels_that_run_the_other_way_is_not_taken_for_ours() -> None:
    book = surveyxact(is_reversed=True)
    book["labels"] = [row for row in book["labels"] if row[:2] != ["s_1", 1]]
    delivery = parse_one(workbook_bytes(book), "eksport.xlsx")
    assert [a[2:] for a in answers(delivery) if a[1] == "PU1"] == [
        ("invalid", None),
        ("ok", 1),
        ("invalid", None),
    ]


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("\t", "utf-16")])
def test_a_data_set_alone_is_read_as_far_as_its_headers_tell(delimiter: str, encoding: str) -> None:
    rows = [
        ["respondent", "organisation", PU1, "PO1", *STAT],
        ["701", "4", "Delvis enig", "2", *"00001"],
    ]
    delivery = parse_one(csv_bytes(rows, delimiter, encoding), "dataset.csv")
    assert tool(delivery) == "surveyxact"
    assert answers(delivery) == [(2, "PU1", "ok", 4), (2, "PO1", "ok", 2)]
    assert not delivery.findings


@pytest.mark.parametrize(
    "headers", [["respondent", "s_1", "s_2", "s_3", *STAT], ["id", "G01Q01[SQ001]", "G01Q01[SQ002]", "seed"]]
)
def test_variables_without_words_are_refused_with_a_way_out(headers: list[str]) -> None:
    delivery = parse_rows([headers, ["1"] * len(headers)], name="survey.csv", kind="survey")
    assert rejection(delivery) == "variables_without_texts"
    assert delivery.rejection is not None
    assert headers[1] in delivery.rejection.params["found"]


# LimeSurvey

LIME = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
LIME_TEXT = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
LIME_VALUES = ["17", TIMES[0], "3", "nb", "123456789"]


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize(
    ("own", "items", "given"),
    [
        (LIME, ["PU1", "PO1"], ("Helt enig", "N/A")),
        (LIME, ["G01Q01[PU1]", "G01Q01[PO1]"], ("A5", "N/A")),
        (LIME_TEXT, [f"{MATRIX} [{PU1}]", f"{MATRIX} [{PO1}]"], ("strongly agree", "N/A")),
        (LIME, [f"G01Q01[SQ001]. {PU1}", f"G01Q01[SQ002]. {PO1}"], ("A5", "Ikke relevant")),
        (LIME, [f"G01Q01[SQ001]. {MATRIX} [{PU1}]", f"PO1. {PO1}"], ("AO05", "not applicable")),
    ],
)
def test_limesurvey(delimiter: str, own: list[str], items: list[str], given: tuple[str, str]) -> None:
    area = "G02Q03[SQ001]. Hvilke satsingsområder arbeider du med? [Helse og omsorg]"
    rows = [[*own, *items, area, "PU1[comment]"], [*LIME_VALUES, *given, "Ja", "Hilsen Ola"]]
    delivery = parse_one(csv_bytes(rows, delimiter, "utf-8-sig", quote_all=True), "results-survey.csv")
    assert tool(delivery) == "limesurvey"
    assert answers(delivery) == [(2, "PU1", "ok", 5), (2, "PO1", "not_relevant", None)]
    assert delivery.datasets["survey_respondent"]["focus_area_ids"].to_list() == [["health_care"]]
    assert rules(delivery) == ["unknown_column"]
    assert "Ola" not in stored(delivery)


@pytest.mark.parametrize(
    ("header", "areas"),
    [
        ("satsingsområde.Helse og omsorg", ["health_care"]),
        ("Satsingsområde | Helse og omsorg", ["health_care"]),
        ("3. Hvilke satsingsområder arbeider du med? [health_care]", ["health_care"]),
        ("[Helse og omsorg]", ["health_care"]),
        ("[Noe annet]", None),
        ("Hvor fornøyd er du med [Helse og omsorg]", None),
    ],
)
@pytest.mark.parametrize("mark", ["1", "Ja", "Valgt", "TRUE", "x"])
def test_a_check_box_in_a_column_of_its_own(header: str, areas: list[str] | None, mark: str) -> None:
    delivery = parse_rows([["respondent", "PU1", header], ["r1", "4", mark], ["r2", "4", "0"]])
    assert delivery.datasets["survey_respondent"]["focus_area_ids"].to_list() == [areas, None]
    assert rules(delivery) == ([] if areas else ["unknown_column"])


def test_labels_beside_another_list_change_nothing() -> None:
    book = {
        "Systemer": [["systemnavn", "funksjon", "livsløp"], ["Alfa", HEALTH, "1"]],
        "labels": [["livsløp", "1", "i bruk"], ["funksjon", "2", "annet"]],
    }
    system = parse_one(workbook_bytes(book), "systemer.xlsx").datasets["system"]
    assert system["lifecycle"].to_list() == [None]


def test_codes_of_answers_count_only_in_limesurvey_and_never_from_zero() -> None:
    rows = [["id", "submitdate", "seed", "PU1"], ["1", TIMES[0], "9", "A0"], ["2", TIMES[0], "9", "A6"]]
    assert [status for _, _, status, _ in answers(parse_rows(rows))] == ["invalid", "invalid"]
    assert [status for _, _, status, _ in answers(parse_rows([["PU1"], ["A4"]]))] == ["invalid"]


def test_limesurvey_with_a_merged_group_row() -> None:
    rows = [
        ["", "", MATRIX, "", "Satsingsområde", ""],
        ["id", "submitdate", PU1, PO1, "Helse og omsorg", "Sak og arkiv"],
        ["1", TIMES[0], "Delvis enig", "N/A", "Yes", "No"],
    ]
    delivery = parse_rows(rows, name="survey.csv")
    assert answers(delivery) == [(3, "PU1", "ok", 4), (3, "PO1", "not_relevant", None)]
    assert delivery.datasets["survey_respondent"]["focus_area_ids"].to_list() == [["health_care"]]
    assert not delivery.findings


# Two header rows


def test_with_two_header_rows_the_pair_is_the_name() -> None:
    rows = [
        ["Systemnavn", "Funksjon", "Personopplysninger", "Driftsmodell", "Livsløp"],
        ["", "", "ja/nei", "", "ja/nei"],
        ["Alfa", HEALTH, "ja", "sky", "i bruk"],
    ]
    delivery = parse_rows(rows)
    assert delivery.rejection is None
    assert delivery.recognised["sheets"][0]["header_row"] == 2
    assert delivery.recognised["sheets"][0]["columns"]["has_personal_data"] == "Personopplysninger | ja/nei"
    system = delivery.datasets["system"]
    assert system["has_personal_data"].to_list() == [True]
    assert system["lifecycle"].to_list() == ["in_use"]
    assert rules(delivery) == []


def test_the_group_and_the_lower_header_together_may_be_a_known_name() -> None:
    rows = [
        ["System", "", "", "Avtale"],
        ["Navn", "Funksjon", "ID", "slutt"],
        ["Alfa", HEALTH, "s1", "2027-01-01"],
    ]
    delivery = parse_rows(rows)
    assert delivery.rejection is None
    columns = delivery.recognised["sheets"][0]["columns"]
    assert columns["contract_end_date"] == "Avtale | slutt"
    assert delivery.datasets["system"]["system_name"].to_list() == ["Alfa"]


def test_the_same_questions_in_two_groups_are_refused_by_their_pairs() -> None:
    rows = [["Hvor enig?", "", "Hvor viktig?", ""], ["PU1", "PO1", "PU1", "PO1"], ["1", "2", "3", "4"]]
    delivery = parse_rows(rows)
    assert rejection(delivery) == "two_headers_one_column"
    assert delivery.rejection is not None
    assert delivery.rejection.params["found"] == "Hvor enig? | PU1"
    assert delivery.rejection.params["other"] == "Hvor viktig? | PU1"


def test_a_question_in_the_group_row_over_a_column_of_answers() -> None:
    rows = [
        ["", PU1, "", PO1, ""],
        ["respondent", "Svar", "Kommentar", "Svar", "Kommentar"],
        ["r1", "4", "Ring Ola", "2", "x"],
    ]
    delivery = parse_rows(rows)
    assert answers(delivery) == [(3, "PU1", "ok", 4), (3, "PO1", "ok", 2)]
    assert rules(delivery) == ["unknown_column"] * 2
    assert "Ola" not in stored(delivery)


def test_a_title_row_above_is_no_group() -> None:
    rows = [["Systemliste", "2026"], ["systemnavn", "funksjon", "annet"], ["Alfa", HEALTH, "x"]]
    delivery = parse_rows(rows)
    assert delivery.recognised["sheets"][0]["unknown_columns"] == ["annet"]
    assert set(delivery.recognised["sheets"][0]["columns"].values()) == {"systemnavn", "funksjon"}


def test_three_header_rows_are_refused_with_a_reason() -> None:
    rows = [
        ["Bakgrunn", "", "Del 1", ""],
        ["Om deg", "", "Enighet", ""],
        ["Hvem", "Hvor", "Påstand A", "Påstand B"],
        ["a", "b", "4", "2"],
    ]
    assert rejection(parse_rows(rows, name="survey.csv")) in ("not_recognised", "required_column_missing")


# Invitations


@pytest.mark.parametrize(
    "title",
    [
        ["Antall inviterte: 120"],
        ["Antall inviterte", "120"],
        ["Number invited: 120"],
        ["", "inviterte (120)"],
        ["Antall inviterte = 1\u00a0200"],
    ],
)
def test_the_number_invited_stands_above_the_header(title: list[str]) -> None:
    delivery = parse_rows([["Undersøkelse 2026"], title, [], ["respondent", "PU1"], ["r1", "4"], ["r2", "3"]])
    expected = 1200 if "200" in title[-1] else 120
    assert delivery.datasets["survey_respondent"]["n_invited"].to_list() == [expected] * 2


def test_a_column_of_invited_goes_before_a_title() -> None:
    rows = [["Antall inviterte: 120"], ["respondent", "PU1", "antall_inviterte"], ["r1", "4", "80"]]
    assert parse_rows(rows).datasets["survey_respondent"]["n_invited"].to_list() == [80]


def test_many_municipalities_do_not_share_a_number_invited() -> None:
    rows = [["Antall inviterte: 120"], ["kommune", "PU1"], ["Tindelid", "4"], ["Kvitlia", "3"]]
    for delivery in parse(csv_bytes(rows), municipality=""):
        assert delivery.collection_mode == "official"
        assert delivery.datasets["survey_respondent"]["n_invited"].to_list() == [None]
