"""Surveys as the four tools export them, wide and long, of respondents and of whole municipalities."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from tests.corpus.model import ALL, Case, Delivery, in_formats, refused, taken
from tests.corpus.people import D_NUMBER, EMAIL
from tests.writers import Rows, book_bytes, table_bytes

PU1 = "Kommunen har et felles, oppdatert kart over hoved- og støtteprosessene sine"
PO1 = "Hver viktig prosess har en utpekt prosesseier"
EN2 = "Prosessen kartlegges før en løsning velges"
BARRIER = "I hvilken grad hemmer dette digitaliseringen?"
ICT, CASEWORKERS = "IKT og digitalisering", "Saksbehandlere og rådgivere"


def _nettskjema() -> list[Case]:
    rows: Rows = [
        [
            "$submission_id",
            "$created",
            "rollegruppe",
            "satsingsområde.Helse og omsorg",
            "satsingsområde.Sak og arkiv",
            "PU1",
            "PO1",
            "$answer_time_ms",
        ],
        [31000001, "2026-03-01T09:15:00.000", ICT, 1, 0, 4, "Vet ikke", 81234],
        [31000002, "2026-03-01T10:20:00.000", CASEWORKERS, 1, 1, 2, 5, 64321],
        [31000003, "2026-03-02T08:00:00.000", None, 0, 0, None, "Ikke relevant", 9999],
    ]
    expected = taken(
        "survey",
        "2-4",
        mode="respondents",
        values={
            "survey_respondent.respondent_id": ["31000001", "31000002", "31000003"],
            "survey_respondent.role_group_id": ["ict_digitalisation", "caseworkers", None],
            "survey_respondent.focus_area_ids": [["health_care"], ["case_records", "health_care"], None],
            "survey_answer.answer_status": ["ok", "dont_know", "ok", "ok", "blank", "not_relevant"],
            "survey_answer.answer": [4, None, 2, 5, None, None],
        },
    )
    quoted = Case(
        "Nettskjema, every field quoted (csv)",
        "data-123456-2026-03-09.csv",
        lambda: table_bytes(rows, "csv", quote_all=True),
        (expected,),
        ("read: semicolon", "read: UTF-8 with BOM"),
    )
    others = in_formats("Nettskjema", rows, expected, formats=("xlsx", "ods", "parquet"), stem="undersokelse")
    return [quoted, *others]


def _surveyxact() -> list[Case]:
    """Data set, structure and labels; this scale runs the other way round and its labels tell so."""
    dataset: Rows = [
        ["respondent_id", "s_1", "s_2", "statoverall_1"],
        [1, 1, 5, 1],
        [2, 5, 6, 1],
        [3, None, 2, 0],
    ]
    structure: Rows = [["variable", "type", "questiontext"], ["s_1", "single", PU1], ["s_2", "single", PO1]]
    labels: Rows = [["variable", "value", "label"]]
    scale = ["Helt enig", "Delvis enig", "Verken enig eller uenig", "Delvis uenig", "Helt uenig", "Vet ikke"]
    rows_of_labels = [
        [name, value, label] for name in ("s_1", "s_2") for value, label in enumerate(scale, start=1)
    ]
    expected = taken(
        "survey",
        {"dataset": "2-4"},
        mode="respondents",
        values={
            "survey_answer.answer_status": ["ok", "ok", "ok", "dont_know", "blank", "ok"],
            "survey_answer.answer": [5, 1, 1, None, None, 4],
        },
    )
    sheets = {"dataset": dataset, "structure": structure, "labels": [*labels, *rows_of_labels]}
    books = [
        Case(
            f"SurveyXact with structure and labels ({ending})",
            f"undersokelse.{ending}",
            _book(sheets, ending),
            (expected,),
        )
        for ending in ("xlsx", "xls", "ods")
    ]
    plain: Rows = [["respondent_id", "PU1", "PO1"], [1, 5, "Vet ikke"], [2, "Delvis uenig", 1]]
    by_code = taken("survey", "2-3", values={"survey_answer.answer": [5, None, 2, 1]})
    return [
        *books,
        Case(
            "SurveyXact data set in cp1252 (csv)",
            "undersokelse.csv",
            lambda: table_bytes(plain, "csv", encoding="cp1252"),
            (by_code,),
            ("read: cp1252",),
        ),
        Case(
            "SurveyXact data set by tabs in UTF-16 (csv)",
            "undersokelse.csv",
            lambda: codecs.BOM_UTF16_LE + table_bytes(plain, "csv", delimiter="\t", encoding="utf-16-le"),
            (by_code,),
            ("read: UTF-16", "read: tab"),
        ),
    ]


def _book(sheets: dict[str, Rows], ending: str) -> Callable[[], bytes]:
    return lambda: book_bytes(sheets, ending)


def _limesurvey() -> list[Case]:
    codes: Rows = [
        ["id", "submitdate", "lastpage", "startlanguage", "PU1", "BAR_1", "BAR_2"],
        [1, "2026-03-01 12:00:00", 3, "nb", "Delvis enig", "i stor grad", "Ikke relevant"],
        [2, "2026-03-01 13:30:00", 3, "nb", "Helt uenig", "i svært liten grad", "Vet ikke"],
    ]
    answered = {
        "survey_answer.answer_status": ["ok", "ok", "not_relevant", "ok", "ok", "dont_know"],
        "survey_answer.answer": [4, 4, None, 1, 1, None],
    }
    texts: Rows = [
        ["Response ID", "Date submitted", f"PU1. {PU1}", f"{BARRIER} [Mangel på frie ressurser]",
         f"{BARRIER} [Mangel på dedikert personell]"],
        *([row[0], row[1], *row[4:]] for row in codes[1:]),
    ]  # fmt: skip
    grouped: Rows = [
        ["Svar", None, "Prosess", BARRIER, None],
        ["Response ID", "Date submitted", PU1, "Mangel på frie ressurser", "Mangel på dedikert personell"],
        *texts[1:],
    ]
    expected = taken("survey", "2-3", mode="respondents", values=answered)
    return [
        Case(
            "LimeSurvey by codes, commas and BOM (csv)",
            "results-survey123456.csv",
            lambda: table_bytes(codes, "csv", delimiter=",", quote_all=True),
            (expected,),
            ("read: comma",),
        ),
        *in_formats("LimeSurvey by texts", texts, expected, formats=("csv", "xlsx"), stem="undersokelse"),
        *in_formats(
            "LimeSurvey under a row of groups",
            grouped,
            taken("survey", "3-4", mode="respondents", values=answered),
            formats=("csv", "xlsx", "xls", "ods"),
            stem="undersokelse",
            lines=["read: two-row headers"],
        ),
    ]


def _wide_and_long() -> list[Case]:
    wide: Rows = [
        ["respondent_id", "rollegruppe", "antall_inviterte", "PU1", EN2],
        ["a", ICT, 40, 4, "helt enig"],
        ["b", CASEWORKERS, 40, 7, "vet ikke"],
        ["b", CASEWORKERS, 40, 3, None],
        ["d", "astronaut", 40, 2, 1],
    ]
    long: Rows = [
        ["respondent_id", "rollegruppe", "item", "svar"],
        ["a", ICT, "PU1", "4"],
        ["a", ICT, "EN2", "helt enig"],
        ["b", CASEWORKERS, "PU1", "vet ikke"],
        ["b", CASEWORKERS, "EN2", "2"],
    ]
    return [
        *in_formats(
            "wide, with faults",
            wide,
            taken(
                "survey",
                "2 5",
                aside={3: "repeated_key", 4: "repeated_key"},
                told=[("unknown_answer", 3, "PU1"), ("unknown_role_group", 5, "rollegruppe")],
                mode="respondents",
                values={"survey_answer.answer": [4, 5, None, None, 3, None, 2, 1]},
            ),
            stem="undersokelse",
            formats=ALL,
            lines=["row that breaks a rule"],
        ),
        *in_formats(
            "long, one row for each answer",
            long,
            taken("survey", "2-5", mode="respondents", values={"survey_answer.answer": [4, 5, None, 2]}),
            stem="undersokelse",
            formats=("csv", "xlsx", "ods", "parquet"),
        ),
        *in_formats(
            "the same item by code and by text",
            [["respondent_id", "PU1", PU1], ["a", 4, 4]],
            refused("survey", "two_headers_one_column"),
            stem="undersokelse",
            formats=("csv", "xlsx"),
            lines=["header that matches two contract columns"],
        ),
        *in_formats(
            "people among the respondents",
            [["respondent_id", "PU1", "PO1"], [EMAIL, 4, 4], [D_NUMBER, 2, 3]],
            taken(
                "survey",
                "2-3",
                told=[("masked_email", 2, "respondent_id"), ("masked_national_id", 3, "respondent_id")],
                values={"survey_respondent.respondent_id": [None, None]},
            ),
            stem="undersokelse",
            formats=("csv", "xlsx"),
        ),
        *in_formats(
            "no question that is known",
            [["respondent_id", "rollegruppe", "yndlingsfarge"], ["a", ICT, "blå"]],
            refused("survey", "required_column_missing"),
            stem="undersokelse",
            formats=("csv", "xlsx"),
            lines=["required column missing"],
        ),
    ]


def _official() -> list[Case]:
    """One row for each municipality: by number, by name, by a name with its word, by an old number."""
    rows: Rows = [
        ["kommune", "PU1", "PO1", "EN2"],
        ["9901", 4, 3, 5],
        ["Kvitlia", "helt enig", "vet ikke", 1],
        ["Bjørkefjell kommune", 2, 2, 2],
        ["0709", 1, 1, 1],
        ["Herøy", 3, 3, 3],
        ["1613", 3, 3, 3],
        ["Ingensteds", 3, 3, 3],
    ]

    def answered(number: str, row: int, answers: list[int | None]) -> Delivery:
        values = {"survey_answer.answer": answers}
        return taken("survey", str(row), municipality=number, mode="official", values=values)

    return in_formats(
        "official answers of many municipalities",
        rows,
        answered("9901", 2, [4, 3, 5]),
        answered("9902", 3, [5, None, 1]),
        answered("9903", 4, [2, 2, 2]),
        # 0709 Larvik became 3909 Larvik.
        answered("3909", 5, [1, 1, 1]),
        refused("survey", "ambiguous_municipality", municipality="Herøy"),
        refused("survey", "old_municipality", municipality="1613"),
        refused("survey", "unknown_municipality", municipality="Ingensteds"),
        stem="undersokelse",
        municipality="",
        lines=["unknown municipality"],
    )


CASES: list[Case] = [
    *_nettskjema(),
    *_surveyxact(),
    *_limesurvey(),
    *_wide_and_long(),
    *_official(),
]
