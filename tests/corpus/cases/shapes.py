"""Other shapes, other places and other words: matrices, unpivoted forms, mappings, shared systems."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl

from tests.corpus.cases.tables import HEADER, PAYROLL, SYSTEM_VALUES, SYSTEMS
from tests.corpus.model import Case, Delivery, in_formats, refused, taken
from tests.writers import Rows, book_bytes

OWNERS = ("9901", "9902", "9903", "9904", "9905", "9906")
UNPIVOT = """
kind: systems
contract_sheet: functions
unpivot:
  - pattern: "{function_id}: {field}"
    fields: {system: system_names, komplett: is_complete}
"""
SERVICES = """
kind: systems
contract_sheet: shared_services
unpivot:
  - pattern: "{service_id}"
    cell: is_used
"""
OWN_WORDS = """
kind: systems
columns:
  Applikasjon: system_name
  Fagområde: function_ids
  Fase: lifecycle
values:
  lifecycle: {grønn: in_use, rød: phasing_out}
  function_ids:
    rules:
      - {value: Lønnsavdelingen, to: payroll_hr}
      - {pattern: "sykehjem|helse", to: [health_record]}
ignore: [Kommentar]
"""
PAIRED = """
kind: survey
header_rows: 2
columns:
  nr: respondent_id
  "Prosess | Spørsmål 1": item:PU1
  "Prosess | Spørsmål 2": item:PO1
"""
OWN_SCALE = """
kind: survey
columns:
  Q1: item:PU1
  Q2: item:PO1
scale:
  agreement_5: {aldri: 1, sjelden: 2, noen ganger: 3, ofte: 4, alltid: 5, "?": dont_know}
"""


def _matrices() -> list[Case]:
    matrix: Rows = [
        ["systemnavn", "Virksomhet", "Eiendom", "Bygning"],
        ["Fagsystem Ærlig", "CRUD", "x", None],
        ["Fagsystem Økern", None, "ingen", "R"],
    ]
    # Alone there are no systems to look the names up in.
    alone = taken(
        "systems",
        "",
        aside={2: "unresolved_system", 3: "unresolved_system"},
        values={"system_data_object.operations": ["CRUD", "x", "none", "R"]},
    )
    both = taken(
        "systems",
        {"Systemer": "2-4", "Matrise": "2-3"},
        values={
            **SYSTEM_VALUES,
            "system_data_object.data_object_id": ["organisation", "property", "property", "building"],
            "system_data_object.operations": ["CRUD", "x", "none", "R"],
        },
    )
    books = [
        Case(
            f"an object matrix beside the systems ({ending})",
            f"systemer.{ending}",
            _book({"Systemer": [HEADER, *SYSTEMS], "Matrise": matrix}, ending),
            (both,),
        )
        for ending in ("xlsx", "xlsm", "xls", "ods")
    ]
    return [
        *books,
        *in_formats(
            "an object matrix alone", matrix, alone, formats=("csv", "tsv", "parquet"), kind="systems"
        ),
    ]


def _book(sheets: dict[str, Rows], ending: str) -> Callable[[], bytes]:
    return lambda: book_bytes(sheets, ending)


def _mapped() -> list[Case]:
    form: Rows = [
        [
            f"{PAYROLL}: system",
            f"{PAYROLL}: komplett",
            "Kart og geodata: system",
            "Kart og geodata: komplett",
        ],
        ["har ikke", "ja", "har ikke", "nei"],
    ]
    functions = taken(
        "systems",
        "2",
        values={
            "function_answer.function_id": ["payroll_hr", "map_geodata"],
            "function_answer.has_none": [True, True],
            "function_answer.is_complete": [True, False],
        },
    )
    services: Rows = [["ID-porten", "Altinn", "eInnsyn"], ["ja", "nei", None]]
    used = taken(
        "systems",
        "2",
        values={
            "shared_service.service_id": ["id_porten", "altinn"],
            "shared_service.is_used": [True, False],
        },
    )
    own: Rows = [
        ["Applikasjon", "Fagområde", "Fase", "Kommentar", "Etasje"],
        ["Fagsystem En", "Lønnsavdelingen", "grønn", "bra", 2],
        ["Fagsystem To", "Sykehjemmet", "rød", None, 3],
    ]
    worded = taken(
        "systems",
        "2-3",
        told=[("unknown_column", 1, "Etasje")],
        values={
            "system.function_ids": [["payroll_hr"], ["health_record"]],
            "system.lifecycle": ["in_use", "phasing_out"],
        },
    )
    scaled: Rows = [["id", "Q1", "Q2"], ["a", "aldri", "alltid"], ["b", "ofte", "?"]]
    answers = taken(
        "survey",
        "2-3",
        values={
            "survey_answer.answer": [1, 5, 4, None],
            "survey_answer.answer_status": ["ok", "ok", "ok", "dont_know"],
        },
    )
    return [
        *in_formats(
            "a wide form of functions", form, functions, formats=("csv", "xlsx", "ods"), mapping=UNPIVOT
        ),
        *in_formats(
            "a wide form of shared services", services, used, formats=("csv", "xls"), mapping=SERVICES
        ),
        *in_formats(
            "own headers and values by a mapping",
            own,
            worded,
            formats=("csv", "xlsx", "parquet"),
            mapping=OWN_WORDS,
        ),
        *in_formats(
            "a pair of header rows by a mapping",
            [["Om deg", "Prosess", None], ["nr", "Spørsmål 1", "Spørsmål 2"], ["a", 1, 5], ["b", 4, None]],
            taken("survey", "3-4", values={"survey_answer.answer": [1, 5, 4, None]}),
            formats=("csv", "xlsx"),
            mapping=PAIRED,
            stem="undersokelse",
        ),
        *in_formats(
            "own scale by a mapping",
            scaled,
            answers,
            formats=("csv", "ods"),
            mapping=OWN_SCALE,
            stem="undersokelse",
        ),
    ]


def _places() -> list[Case]:
    """Whose rows: a column beside the folder, another's rows in a folder, all owners' systems at once."""
    routed: Rows = [
        ["kommunenummer", *HEADER],
        *([number, *system] for number, system in zip(("9901", "9902", "9901"), SYSTEMS, strict=True)),
    ]
    shared: list[Delivery] = [
        taken("systems", "2-4", municipality=number, values=SYSTEM_VALUES) for number in OWNERS
    ]
    return [
        *in_formats(
            "systems of two municipalities in one file",
            routed,
            taken("systems", "2 4", municipality="9901"),
            taken("systems", "3", municipality="9902"),
            municipality="",
            formats=("csv", "xlsx", "ods", "parquet"),
        ),
        *in_formats(
            "rows of another municipality in a folder",
            routed,
            refused("systems", "other_municipality"),
            formats=("csv", "xlsx"),
        ),
        *in_formats(
            "systems of all owners at once",
            [HEADER, *SYSTEMS],
            *shared,
            municipality="felles",
            formats=("csv", "xlsx"),
        ),
    ]


def _two_kinds() -> list[Case]:
    """A workbook with sheets of two kinds gives a delivery for each; a process finds its systems."""
    processes: Rows = [
        ["prosessnavn", "referanseprosess", "systemer", "måles"],
        ["Lønn", "payroll_run", "Fagsystem Økern", "ja"],
        ["Kart", None, "Fagsystem Borte", "nei"],
    ]
    return [
        Case(
            f"systems and processes in one workbook ({ending})",
            f"kommunen.{ending}",
            _book({"Systemer": [HEADER, *SYSTEMS], "Prosesser": processes}, ending),
            (
                taken("systems", "2-4", values=SYSTEM_VALUES),
                # The systems of a process are an aside: the row stays, the name is told.
                taken("processes", "2-3", told=[("unresolved_system", 3, "systemer")]),
            ),
        )
        for ending in ("xlsx", "xls", "ods")
    ]


def _close_names() -> list[Case]:
    rows: Rows = [
        ["systemnavn", "funksjon", "livsløp"],
        ["Fagsystem En", "Pasientjurnal for helse og omsorg", "i bruk"],
        ["Fagsystem To", "  LØNN OG  PERSONAL ", "i bruk"],
    ]
    expected = taken(
        "systems",
        "2-3",
        told=[("linked_by_likeness", 2, "funksjon")],
        values={"system.function_ids": [["health_record"], ["payroll_hr"]]},
    )
    return in_formats("a name with a slip of the pen", rows, expected, formats=("csv", "xlsx"))


def _garbled() -> list[Case]:
    """UTF-8 that was read as cp1252 on its way is mended, and told of."""
    garbled = [
        [str(cell).encode().decode("cp1252") if isinstance(cell, str) else cell for cell in row]
        for row in SYSTEMS
    ]
    garbled_header = [name.encode().decode("cp1252") for name in HEADER]
    return in_formats(
        "letters garbled on the way",
        [garbled_header, *garbled],
        taken("systems", "2-4", told=[("garbled_text_repaired", None, None)], values=SYSTEM_VALUES),
        formats=("csv",),
    )


def _typed_parquet() -> list[Case]:
    """Columns of types that only Parquet has."""

    times = pl.Series(["2019-03-14T08:30:00", "2021-11-02T00:00:00"]).str.to_datetime()

    def make() -> bytes:
        frame = pl.DataFrame(
            {
                "systemnavn": ["Fagsystem En", "Fagsystem To"],
                "funksjon": [["health_record", "payroll_hr"], ["payroll_hr"]],
                "livsløp": pl.Series(["i bruk", "planlagt"], dtype=pl.Categorical),
                "anskaffet": times,
                "årlig_kostnad": pl.Series([Decimal("12.500"), None], dtype=pl.Decimal(12, 3)),
                "personopplysninger": [True, False],
            }
        )
        stream = io.BytesIO()
        frame.write_parquet(stream, compression="zstd")
        return stream.getvalue()

    values = {
        "system.function_ids": [["health_record", "payroll_hr"], ["payroll_hr"]],
        "system.lifecycle": ["in_use", "planned"],
        "system.acquired_date": [date(2019, 3, 14), date(2021, 11, 2)],
        "system.annual_cost": [Decimal("12.50"), None],
        "system.has_personal_data": [True, False],
    }
    expected = taken("systems", "2-3", values=values)
    return [Case("lists, categories, decimals and times (parquet)", "systemer.parquet", make, (expected,))]


CASES: list[Case] = [
    *_matrices(),
    *_mapped(),
    *_places(),
    *_two_kinds(),
    *_close_names(),
    *_garbled(),
    *_typed_parquet(),
]
