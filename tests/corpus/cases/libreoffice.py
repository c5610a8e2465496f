"""Files that LibreOffice saved; how they were made stands in ``tests/corpus/libreoffice``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.corpus.cases.tables import SYSTEM_VALUES
from tests.corpus.model import BOOKS, Case, Delivery, refused, taken

FOLDER = Path(__file__).resolve().parent.parent / "libreoffice"
_SAVED = tuple(name for name in BOOKS if name != "xlsm")


def _file(name: str) -> Callable[[], bytes]:
    return (FOLDER / name).read_bytes


def _saved(name: str, *expected: Delivery, lines: tuple[str, ...] = (), stem: str = "systemer") -> list[Case]:
    """One source in the three formats in which LibreOffice saved it."""
    return [
        Case(
            f"LibreOffice: {name} ({ending})",
            f"{stem}.{ending}",
            _file(f"{name}.{ending}"),
            expected,
            lines,
            foreign="LibreOffice",
        )
        for ending in _SAVED
    ]


def _single(name: str, file_name: str, expected: Delivery, *lines: str) -> Case:
    return Case(f"LibreOffice: {name}", file_name, _file(name), (expected,), lines, foreign="LibreOffice")


_AROUND = ("read: title rows above the header", "read: notes and totals below the table")
_TITLED = taken("systems", "5-7", told=[("rows_below_table", 9, None)], values=SYSTEM_VALUES)
_TWO_ROWS = taken("systems", "3-5", values=SYSTEM_VALUES)
_WHOLE = taken("systems", "2-4", values=SYSTEM_VALUES)
_WORKBOOK = taken(
    "systems",
    {
        "Systemer": "2-4",
        "Funksjoner": "2-3",
        "Dataobjekter": "2-4",
        "Integrasjoner": "2",
        "Fellesløsninger": "2-3",
    },
    # The systems of a function are its answer: one that nobody knows sets the row aside.
    aside={("Funksjoner", 4): "unresolved_system"},
    values={
        **SYSTEM_VALUES,
        "system_data_object.operations": ["CRU", "x", "none"],
        "system_data_object.keeps_copy": [True, False, False],
        "exchange.is_automatic": [True],
        "shared_service.is_used": [True, False],
    },
)
_HIDDEN = taken(
    "systems",
    {"Systemer": "2-4"},
    told=[("sheet_not_recognised", None, None)],
    values=SYSTEM_VALUES,
)
# A formula that went wrong has an error for its value: it is told of and counts as unknown.
_FORMULAS = taken(
    "systems",
    "2-4",
    told=[("error_cells", 3, "E")],
    values={
        "system.system_name": ["Fagsystem En", "Fagsystem To", "=SUM(A1:A9)"],
        "system.function_ids": [["health_record"], ["payroll_hr"], ["map_geodata"]],
        "system.acquired_date": [date(2019, 3, 14), date(2021, 11, 2), None],
        "system.annual_cost": [Decimal("1250000.50"), None, Decimal("1250000.50")],
        "system.n_users": [240, None, None],
        "system.functional_fit": [4, 3, 5],
    },
)
_REPEATED = taken(
    "survey",
    "2-6",
    mode="respondents",
    values={
        "survey_respondent.role_group_id": ["ict_digitalisation"] * 3 + ["caseworkers"] * 2,
        "survey_answer.answer": [4] * 12 + [2, 2, None, None, None, None, 5, 5],
    },
)
_PROCESSES = taken(
    "processes",
    {"Prosesser": "2-5", "Opplysninger": "2-3", "Tiltak": "2"},
    aside={("Prosesser", 6): "date_after_period", ("Opplysninger", 4): "unresolved_process"},
    told=[("unknown_code", 6, "eierskap")],
    values={
        "process.is_measured": [True, False, True, None, False],
        "process.described_date": [date(2025, 1, 20), None, date(2023, 1, 1), None, date(2027, 2, 1)],
        "process.volume_per_year": [300, 120, 1200, None, None],
        "process.unit_names": [["Barnehage", "Økonomi"], ["Byggesak", "Plan"], [], None, None],
        "initiative.is_benefit_measured": [True],
    },
)
_FORMS = taken(
    "survey",
    "2-4",
    mode="respondents",
    values={
        "survey_respondent.respondent_id": ["1", "2", "3"],
        "survey_respondent.focus_area_ids": [["case_records", "health_care"], ["citizen_dialogue"], None],
        "survey_answer.answer_status": ["ok", "ok", "dont_know", "ok", "blank", "not_relevant"],
        "survey_answer.answer": [4, 1, None, 5, None, None],
    },
)
_TEXTS = taken(
    "systems",
    "2-4",
    values={
        **SYSTEM_VALUES,
        "system.annual_cost": [Decimal("1250000.50"), Decimal("98000.25"), Decimal("0.50")],
    },
)
_FAULTY = taken(
    "systems",
    "2",
    aside={
        3: "required_missing",
        4: "unknown_function",
        5: "date_after_period",
        6: "repeated_key",
        7: "repeated_key",
    },
    told=[
        ("unknown_column", 1, "farge"),
        ("not_a_number", 6, "årlig_kostnad"),
        ("not_a_whole_number", 6, "brukere"),
    ],
)
_MATRIX = taken(
    "systems",
    {"Systemer": "2-4", "Dataobjekter": "2-4"},
    values={
        **SYSTEM_VALUES,
        "system_data_object.data_object_id": [
            "organisation",
            "property",
            "property",
            "building",
            "organisation",
            "building",
        ],
        "system_data_object.operations": ["CRUD", "x", "none", "R", "R", "CRU"],
    },
)

CASES: list[Case] = [
    *_saved("vanlig", _TITLED, lines=_AROUND),
    _single(
        "vanlig_cp1252.csv",
        "systemer.csv",
        _TITLED,
        "read: cp1252",
        "read: semicolon",
        "read: NBSP thousands",
    ),
    _single("vanlig_utf16.csv", "systemer.csv", _TITLED, "read: UTF-16", "read: tab"),
    _single("vanlig_quoted.csv", "systemer.csv", _TITLED, "read: comma", "read: decimal comma"),
    _single("vanlig_2003.xml", "systemer.xml", refused("systems", "unsupported_format")),
    _single("vanlig_html.xls", "systemer.xls", refused("systems", "unsupported_format")),
    _single(
        "passord.ods", "systemer.ods", refused("systems", "password_protected"), "password-protected workbook"
    ),
    _single("arbeidsbok.xlsm", "systemer.xlsm", _WORKBOOK),
    _single("skjult.xlsm", "systemer.xlsm", _HIDDEN, "read: hidden sheets"),
    _single("feil.xlsm", "systemer.xlsm", _FAULTY, "row that breaks a rule"),
    *_saved("arbeidsbok", _WORKBOOK),
    *_saved("flettet", _TWO_ROWS, lines=("read: merged headers", "read: two-row headers")),
    *_saved("skjult", _HIDDEN, lines=("read: hidden sheets",)),
    *_saved("formler", _FORMULAS, lines=("formula cell: its cached value", "text that starts as a formula")),
    *_saved("gjentatt", _REPEATED, lines=("read: trailing empty rows and columns",), stem="undersokelse"),
    *_saved("prosesser", _PROCESSES, stem="prosesser"),
    *_saved("skjema", _FORMS, stem="undersokelse"),
    *_saved("mac1904", _WHOLE, lines=("read: Excel serial date",)),
    *_saved("tekster", _TEXTS, lines=("read: NBSP thousands", "read: dd.mm.yyyy", "read: ISO date")),
    *_saved("feil", _FAULTY, lines=("row that breaks a rule", "unknown extra column")),
    *_saved("matrise", _MATRIX),
    *_saved("dobbel", refused("systems", "duplicate_header"), lines=("two columns with the same header",)),
    *_saved("tom", refused("systems", "empty_file"), lines=("empty file",)),
]
