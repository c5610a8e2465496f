"""Rows that break rules, columns nobody knows and cells that hold people: the rest of the file goes on."""

from __future__ import annotations

from datetime import date
from functools import partial

from tests.corpus.cases.tables import HEADER, HEALTH, MAPS, PAYROLL, SYSTEM_VALUES, SYSTEMS
from tests.corpus.model import BOOKS, Case, in_formats, taken
from tests.corpus.people import D_NUMBER, EMAIL, MOBILE, NAME, NATIONAL_ID, NO_ID, PHONE, SYNTHETIC_ID
from tests.writers import Rows, book_bytes

_AFTER = date(2027, 5, 5)
_WIDE = [*HEADER, "personopplysninger", "funksjonell_egnethet", "system_id"]


def _broken_rows() -> list[Case]:
    rows: list[list[object]] = [
        _WIDE,
        ["Fagsystem En", HEALTH, "i bruk", date(2020, 1, 2), 100.0, 5, "ja", 3, "S1"],
        ["Fagsystem To", None, "i bruk", None, None, None, None, None, "S2"],
        ["Fagsystem Tre", "romskip", "i bruk", None, None, None, None, None, "S3"],
        ["Fagsystem Fire", PAYROLL, "i bruk", _AFTER, None, None, None, None, "S4"],
        ["Fagsystem Fem", PAYROLL, "i bruk", None, None, None, None, None, "S5"],
        ["Fagsystem Seks", PAYROLL, "i bruk", None, None, None, None, None, "S5"],
        [None, MAPS, "i bruk", None, None, None, None, None, "S7"],
        ["Fagsystem Åtte", MAPS, "i bruk", None, None, None, "nei", 5, "S8"],
    ]
    quarantined = taken(
        "systems",
        "2 9",
        aside={
            3: "required_missing",
            4: "unknown_function",
            5: "date_after_period",
            6: "repeated_key",
            7: "repeated_key",
            8: "required_missing",
        },
    )
    return in_formats("rows that break rules", rows, quarantined, lines=["row that breaks a rule"])


def _broken_cells() -> list[Case]:
    """An illegal value in an optional column leaves the row and counts as unknown."""
    rows: list[list[object]] = [
        _WIDE,
        ["Fagsystem En", HEALTH, "kanskje", None, None, None, "ja", 3, "S1"],
        ["Fagsystem To", HEALTH, "i bruk", "i fjor en gang", None, None, "nei", 2, "S2"],
        ["Fagsystem Tre", HEALTH, "i bruk", None, "mye", None, "ja", 1, "S3"],
        ["Fagsystem Fire", HEALTH, "i bruk", None, -5, None, "ja", 5, "S4"],
        ["Fagsystem Fem", HEALTH, "i bruk", None, None, 1.5, "ja", 4, "S5"],
        ["Fagsystem Seks", HEALTH, "i bruk", None, None, None, "tja", None, "S6"],
        ["Fagsystem Sju", HEALTH, "i bruk", None, None, None, None, 7, "S7"],
        ["Fagsystem Åtte", HEALTH, None, None, None, 12, None, None, "S8"],
    ]
    told = [
        ("unknown_code", 2, "livsløp"),
        ("not_a_date", 3, "anskaffet"),
        ("not_a_number", 4, "årlig_kostnad"),
        ("out_of_range", 5, "årlig_kostnad"),
        ("not_a_whole_number", 6, "brukere"),
        ("not_yes_no", 7, "personopplysninger"),
        ("out_of_range", 8, "funksjonell_egnethet"),
        ("blank_lifecycle", 9, "livsløp"),
    ]
    values = {
        "system.functional_fit": [3, 2, 1, 5, 4, None, None, None],
        "system.n_users": [None, None, None, None, None, None, None, 12],
        "system.has_personal_data": [True, False, True, True, True, None, None, None],
    }
    return in_formats(
        "cells that cannot be read",
        rows,
        taken("systems", "2-9", told=told, values=values),
        lines=["row that breaks a rule"],
    )


def _unknown_columns() -> list[Case]:
    rows = [[*HEADER, "farge"], *([*system, "blå"] for system in SYSTEMS)]
    return in_formats(
        "a column that nobody asked for",
        rows,
        taken("systems", "2-4", told=[("unknown_column", 1, "farge")], values=SYSTEM_VALUES),
        lines=["unknown extra column"],
    )


def _people() -> list[Case]:
    rows: list[list[object]] = [
        ["systemnavn", "funksjon", "livsløp", "eier_enhet", "systemeier_rolle", "driftsmodell"],
        ["Fagsystem En", HEALTH, "i bruk", NATIONAL_ID, "IKT-leder", "skyen"],
        ["Fagsystem To", HEALTH, "i bruk", f"fnr. {D_NUMBER[:6]} {D_NUMBER[6:]}", "IKT-leder", "skyen"],
        ["Fagsystem Tre", HEALTH, "i bruk", "IKT", EMAIL, "skyen"],
        ["Fagsystem Fire", HEALTH, "i bruk", "IKT", "IKT-leder", f"ring {PHONE}"],
        ["Fagsystem Fem", HEALTH, "i bruk", "IKT", NAME, MOBILE],
        ["Fagsystem Seks", HEALTH, "i bruk", SYNTHETIC_ID, "systemforvalter", "skyen"],
        ["Fagsystem Sju", HEALTH, "i bruk", NO_ID, "kommunalsjef oppvekst", "lokal drift"],
    ]
    told = [
        ("masked_national_id", 2, "eier_enhet"),
        ("masked_national_id", 3, "eier_enhet"),
        ("masked_email", 4, "systemeier_rolle"),
        ("masked_phone", 5, "driftsmodell"),
        ("masked_person_name", 6, "systemeier_rolle"),
        ("masked_phone", 6, "driftsmodell"),
        ("masked_national_id", 7, "eier_enhet"),
    ]
    values = {
        "system.owner_unit": ["***", "***", "IKT", "IKT", "IKT", "***", NO_ID],
        "system.owner_role": [
            "IKT-leder",
            "IKT-leder",
            "***",
            "IKT-leder",
            "***",
            "systemforvalter",
            "kommunalsjef oppvekst",
        ],
        "system.operating_model": ["skyen", "skyen", "skyen", "***", "***", "skyen", "lokal drift"],
    }
    lines = [
        "national identity number",
        "D-number",
        "e-mail",
        "phone number",
        "person's name in a role column",
    ]
    return in_formats(
        "cells that hold people",
        rows,
        taken("systems", "2-8", told=told, values=values),
        lines=[f"masked: {line}" for line in lines],
    )


def _numbers_of_people() -> list[Case]:
    """An identity number typed as a number is one all the same; in the id column a number is no phone."""
    rows: list[list[object]] = [
        ["systemnavn", "funksjon", "livsløp", "system_id", "eier_enhet"],
        ["Fagsystem En", HEALTH, "i bruk", 90000001, int(NATIONAL_ID)],
        ["Fagsystem To", HEALTH, "i bruk", 90000002, int(D_NUMBER)],
    ]
    told = [("masked_national_id", 2, "eier_enhet"), ("masked_national_id", 3, "eier_enhet")]
    values = {"system.system_id": ["90000001", "90000002"], "system.owner_unit": ["***", "***"]}
    return in_formats("identity numbers as numbers", rows, taken("systems", "2-3", told=told, values=values))


def _formula_text() -> list[Case]:
    names = ["=1+1", "+Pluss", "-Minus", "@Alfa", '=HYPERLINK("http://eksempel.invalid";"Beta")']
    rows = [["systemnavn", "funksjon", "livsløp"], *([name, PAYROLL, "i bruk"] for name in names)]
    rows.append(["'=2+2", PAYROLL, "i bruk"])
    values = {"system.system_name": [*names, "=2+2"]}
    return in_formats(
        "text that starts as a formula",
        rows,
        taken("systems", "2-7", values=values),
        lines=["text that starts as a formula"],
    )


def _references() -> list[Case]:
    """A flat column of objects gives the objects; what it names twice is a fault of that cell alone."""
    flat = [
        ["systemnavn", "funksjon", "livsløp", "dataobjekter"],
        ["Fagsystem En", HEALTH, "i bruk", "Person; Eiendom|Vårt eget register"],
        ["Fagsystem To", MAPS, "i bruk", "ingen"],
        ["Fagsystem Tre", MAPS, "i bruk", None],
    ]
    return in_formats("a flat column of objects", flat, taken("systems", "2-4"))


def _processes() -> list[Case]:
    """Roles are roles, dates lie before the period's end, *har ikke* is an answer."""
    rows: list[list[object]] = [
        [
            "prosessnavn",
            "referanseprosess",
            "eierskap",
            "eier_rolle",
            "beskrevet_dato",
            "måles",
            "selvbetjening",
        ],
        ["Opptak", "Tildele barnehageplass", "linjeleder", "enhetsleder barnehage", "20.01.2025", "ja", "ja"],
        ["Byggesak", "building_permit", "prosesseier", NAME, "nei", "nei", "ikke relevant"],
        ["har ikke", "Tilknytte bygg til vann og avløp", None, None, None, None, None],
        ["Egen prosess", None, "ingen", f"byggesaksleder, {EMAIL}", "2023", "ja", "nei"],
        ["Fremtidig", None, "ingen", None, "01.02.2027", "ja", "nei"],
        ["Ukjent", "En prosess ingen kjenner", "kanskje", None, "i fjor", "tja", "nei"],
    ]
    told = [
        ("masked_person_name", 3, "eier_rolle"),
        ("masked_email", 5, "eier_rolle"),
        ("unknown_process", 7, "referanseprosess"),
        ("unknown_code", 7, "eierskap"),
        ("not_a_date", 7, "beskrevet_dato"),
        ("not_yes_no", 7, "måles"),
    ]
    values = {
        "process.owner_role": ["enhetsleder barnehage", "***", None, "***", None, None],
        "process.is_absent": [False, False, True, False, False, False],
        "process.is_described": [True, False, None, True, True, None],
    }
    expected = taken("processes", "2-5 7", aside={6: "date_after_period"}, told=told, values=values)
    return in_formats(
        "processes with faults", rows, expected, stem="prosesser", lines=["row that breaks a rule"]
    )


def _objects() -> list[Case]:
    """A cell that says both none and something, a system that is set aside and what refers to it."""
    systems: Rows = [
        ["systemnavn", "funksjon", "livsløp"],
        ["Fagsystem En", HEALTH, "i bruk"],
        ["Fagsystem To", "romskip", "i bruk"],
    ]
    objects: Rows = [
        ["systemnavn", "dataobjekt", "operasjoner"],
        ["Fagsystem En", "Eiendom", "CR"],
        ["fagsystem en", "property", "ingen"],
        ["Fagsystem En", "Bygning", "x"],
        ["Fagsystem To", "Bygning", "R"],
        ["Fagsystem Tre", "Bygning", "R"],
        ["Fagsystem En", "Virksomhet", "hm"],
    ]
    expected = taken(
        "systems",
        {"Systemer": "2", "Dataobjekter": "4 7"},
        aside={
            ("Systemer", 3): "unknown_function",
            ("Dataobjekter", 2): "contradiction",
            ("Dataobjekter", 3): "contradiction",
            ("Dataobjekter", 5): "follows_quarantined_system",
            ("Dataobjekter", 6): "unresolved_system",
        },
        told=[("unknown_operation", 7, "operasjoner")],
    )
    return [
        Case(
            f"objects that contradict each other ({ending})",
            f"systemer.{ending}",
            partial(book_bytes, {"Systemer": systems, "Dataobjekter": objects}, ending),
            (expected,),
            ("row that breaks a rule",),
        )
        for ending in BOOKS
    ]


def _split_rows() -> list[Case]:
    """A delimiter within a text or a number, without quotes: the row has a field too many."""
    lines = {
        "a decimal comma in a file with commas": ("csv", ",", f"Alfa,{HEALTH},i bruk,1250,50,240"),
        "a delimiter in a text": ("tsv", "\t", f"Alfa\tBeta\t{HEALTH}\ti bruk\t1250\t240"),
    }
    told = taken(
        "systems",
        "3-4",
        aside={2: "too_many_fields"},
        values={
            "system.system_name": [None, "Gamma", "Delta"],
            "system.n_users": [None, 7, None],
        },
    )
    cases = []
    for name, (ending, delimiter, line) in lines.items():
        header = delimiter.join(["systemnavn", "funksjon", "livsløp", "årlig_kostnad", "brukere"])
        # One field too few is a blank at the end, one too many that is blank is no harm.
        short = delimiter.join(["Delta", PAYROLL, "i bruk"])
        whole = delimiter.join(["Gamma", MAPS, "i bruk", "12", "7", ""])
        content = "\r\n".join([header, line, whole, short, ""]).encode("utf-8-sig")
        cases.append(
            Case(
                f"{name} ({ending})",
                f"systemer.{ending}",
                partial(bytes, content),
                (told,),
                ("row that breaks a rule",),
            )
        )
    return cases


CASES: list[Case] = [
    *_split_rows(),
    *_processes(),
    *_objects(),
    *_broken_rows(),
    *_broken_cells(),
    *_unknown_columns(),
    *_people(),
    *_numbers_of_people(),
    *_formula_text(),
    *_references(),
]
