"""What must be read correctly: dialects, numbers, dates, and what stands around a table."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from tests.corpus.cases.tables import (
    COSTS,
    DATES,
    HEADER,
    HEALTH,
    MAPS,
    NAMES,
    PAYROLL,
    SYSTEM_VALUES,
    SYSTEMS,
    systems_with,
)
from tests.corpus.model import GRIDS, TEXTS, Case, Delivery, in_formats, taken
from tests.writers import Rows, table_bytes

_TABLE = [HEADER, *SYSTEMS]
_WHOLE = taken("systems", "2-4", values=SYSTEM_VALUES)
# Rows are counted as records, not as lines.
_BROKEN_LINES: Rows = [
    ["systemnavn", "funksjon", "livsløp", "eier_enhet"],
    ['Fagsystem "En"', PAYROLL, "i bruk", "Lønn;\nog personal"],
    ["Fagsystem\nTo", PAYROLL, "i bruk", "IKT\r\nog drift"],
    ["Tre", PAYROLL, "i bruk", None],
]
_DATE, _COST = HEADER.index("anskaffet"), HEADER.index("årlig_kostnad")


def _text_case(name: str, file_format: str, lines: list[str], make: Callable[[], bytes]) -> Case:
    return Case(f"{name} ({file_format})", f"systemer.{file_format}", make, (_WHOLE,), tuple(lines))


def _dialects() -> list[Case]:
    delimiters = {"semicolon": ";", "comma": ",", "tab": "\t"}
    cases = [
        _text_case(f"split by {name}", "csv", [f"read: {name}"], _written("csv", "utf-8", mark))
        for name, mark in delimiters.items()
    ]
    encodings = {
        "UTF-8 with BOM": "utf-8-sig",
        "UTF-8 without BOM": "utf-8",
        "cp1252": "cp1252",
    }
    for file_format in TEXTS:
        more = ["read: tab"] if file_format == "tsv" else []
        cases += [
            _text_case(
                name, file_format, [f"read: {name}", *more], _written(file_format, encoding, ";", "\n")
            )
            for name, encoding in encodings.items()
        ]
        for name, encoding, mark in (
            ("UTF-16 LE", "utf-16-le", codecs.BOM_UTF16_LE),
            ("UTF-16 BE", "utf-16-be", codecs.BOM_UTF16_BE),
        ):
            cases.append(
                _text_case(
                    name, file_format, ["read: UTF-16"], _written(file_format, encoding, "\t", bom=mark)
                )
            )
    return [
        *cases,
        _text_case("UTF-8 without BOM", "txt", [], _written("txt", "utf-8", "\t")),
        Case(
            "a first line that names the delimiter (csv)",
            "systemer.csv",
            lambda: b"sep=,\r\n" + table_bytes(_TABLE, "csv", delimiter=",", encoding="cp1252"),
            # The spreadsheet does not show that line, so its rows are counted without it.
            (_WHOLE,),
        ),
        Case(
            "line breaks and quotes within the fields (csv)",
            "systemer.csv",
            lambda: table_bytes(_BROKEN_LINES, "csv"),
            (
                taken(
                    "systems", "2-4", values={"system.system_name": ['Fagsystem "En"', "Fagsystem To", "Tre"]}
                ),
            ),
        ),
        _text_case("every field quoted", "csv", [], _written("csv", "utf-8", ";", quote_all=True)),
        _text_case("old Macintosh line ends", "csv", [], _written("csv", "utf-8", ";", "\r")),
        _text_case("decimal point, comma between", "csv", [], _written("csv", "utf-8", ",", comma=False)),
    ]


def _written(
    file_format: str,
    encoding: str,
    delimiter: str,
    newline: str = "\r\n",
    *,
    bom: bytes = b"",
    quote_all: bool = False,
    comma: bool = True,
) -> Callable[[], bytes]:
    return lambda: (
        bom
        + table_bytes(
            _TABLE,
            file_format,
            encoding=encoding,
            delimiter=delimiter,
            newline=newline,
            quote_all=quote_all,
            decimal_comma=comma,
        )
    )


def _numbers() -> list[Case]:
    comma = ["1250000,50", "98000,25", "1,5"]
    spaced = ["1\u00a0250\u00a0000,50", "98\u00a0000,25", "1,50"]
    narrow = ["1\u202f250\u202f000,5", "98\u202f000,25", "kr 1,50"]
    cases = in_formats(
        "dots between thousands as text",
        systems_with(_COST, ["1.250.000,50", "98.000", "kr 1.500"]),
        taken(
            "systems",
            "2-4",
            values={"system.annual_cost": [COSTS[0], Decimal("98000.00"), Decimal("1500.00")]},
        ),
    )
    for name, texts, line in (
        ("decimal comma as text", comma, "decimal comma"),
        ("NBSP between thousands", spaced, "NBSP thousands"),
        ("narrow NBSP between thousands", narrow, "NBSP thousands"),
    ):
        expected = taken("systems", "2-4", values={"system.annual_cost": COSTS})
        cases += in_formats(name, systems_with(_COST, list(texts)), expected, lines=[f"read: {line}"])
    return cases


def _dates() -> list[Case]:
    serials: list[object] = [(day - date(1899, 12, 30)).days for day in DATES]
    written: dict[str, list[object]] = {
        "dd.mm.yyyy": [f"{day:%d.%m.%Y}" for day in DATES],
        "ISO date": [day.isoformat() for day in DATES],
        "US date": [f"{day.month}/{day.day}/{day.year}" for day in DATES],
        "Excel serial date": serials,
    }
    cases = []
    for name, values in written.items():
        expected = taken("systems", "2-4", values={"system.acquired_date": DATES})
        cases += in_formats(name, systems_with(_DATE, values), expected, lines=[f"read: {name}"])
    fraction = taken(
        "systems", "2-4", values={"system.annual_cost": [Decimal("1.23"), Decimal("1234.00"), None]}
    )
    cases += in_formats(
        "a typed fraction is no thousands",
        systems_with(_COST, [1.234, 1234, None]),
        fraction,
        formats=("xlsx", "xlsm", "xls", "ods", "parquet"),
    )
    mixed: list[object] = ["14. mars 2019", "2021-11-02T00:00:00", "30.6.24"]
    expected = taken("systems", "2-4", values={"system.acquired_date": DATES})
    year = taken("systems", "2-4", values={"system.acquired_date": [date(2019, 1, 1)] * 3})
    return [
        *cases,
        *in_formats("dates in words", systems_with(_DATE, mixed), expected, formats=("csv", "xlsx")),
        *in_formats(
            "years alone", systems_with(_DATE, [2019, "2019", " 2019 "]), year, formats=("csv", "ods")
        ),
    ]


def _around() -> list[Case]:
    """Titles above, notes and totals below, and what trails on every side."""
    blank: list[object] = [None] * len(HEADER)
    titled: Rows = [
        ["Systemer i kommunen", *blank[1:]],
        ["Ført av IKT-avdelingen", *blank[1:]],
        blank,
        *_TABLE,
    ]
    total: list[object] = ["Totalt", None, None, None, 1348002.25, 259]
    note: list[object] = ["Merk: kostnadene er fra regnskapet for i fjor", *blank[1:]]
    trailing: list[list[object]] = [
        [*HEADER, None, None],
        *([*system, " ", None] for system in SYSTEMS),
        *([" ", None, "\u00a0", None, None, None, None, None] for _ in range(4)),
    ]
    rows_only: list[list[object]] = [*[list(row) for row in _TABLE], *(list(blank) for _ in range(5))]
    return [
        *in_formats(
            "title rows above",
            titled,
            taken("systems", "5-7", values=SYSTEM_VALUES),
            formats=GRIDS,
            lines=["read: title rows above the header"],
        ),
        *in_formats(
            "totals and notes below",
            [*_TABLE, blank, total, note],
            taken("systems", "2-4", told=[("rows_below_table", 6, None)], values=SYSTEM_VALUES),
            lines=["read: notes and totals below the table"],
        ),
        *in_formats(
            "empty rows and columns at the end",
            trailing,
            _WHOLE,
            formats=GRIDS,
            lines=["read: trailing empty rows and columns"],
        ),
        *in_formats(
            "empty rows at the end",
            rows_only,
            _WHOLE,
            formats=("parquet",),
            lines=["read: trailing empty rows and columns"],
        ),
    ]


def _headers() -> list[Case]:
    grouped: Rows = [["System", None, None, "Avtale og bruk", None, None], *_TABLE]
    # What a file has left of cells merged downwards: the header stands above a blank.
    downwards: Rows = [
        ["systemnavn", "funksjon", "Drift", None, None, None],
        [None, None, "livsløp", "anskaffet", "årlig_kostnad", "brukere"],
        *SYSTEMS,
    ]
    broken: Rows = [
        [
            "Systemnavn *\n(påkrevd)",
            "FUNKSJON\n(kode eller navn)",
            " Livsløp ◆",
            "ANSKAFFET",
            "Årlig\nkostnad",
            "Users",
        ],
        *SYSTEMS,
    ]
    english: Rows = [
        ["system_name", "function", "lifecycle", "acquired_date", "annual_cost", "n_users"],
        ["System A", "Payroll and personnel", "in use", date(2020, 5, 17), 10, 3],
        ["System B", "payroll_hr", "phasing out", "never", None, "unknown"],
    ]
    two = taken("systems", "3-5", values=SYSTEM_VALUES)
    return [
        *in_formats(
            "a row of groups above the header", grouped, two, formats=GRIDS, lines=["read: two-row headers"]
        ),
        *in_formats(
            "headers merged downwards", downwards, two, formats=GRIDS, lines=["read: merged headers"]
        ),
        *in_formats("headers in other words", broken, _WHOLE, formats=("xlsx", "ods"), lines=[]),
        *in_formats(
            "English headers and values",
            english,
            taken("systems", "2-3", values={"system.lifecycle": ["in_use", "phasing_out"]}, told=_ENGLISH),
            formats=("csv", "xls"),
        ),
    ]


# "never" answers whether something was done; an acquisition has a date or is unknown.
_ENGLISH: list[tuple[str, int | None, str | None]] = []


def _sheets() -> list[Case]:
    """Hidden sheets with an older list beside the visible one."""
    older = [HEADER, ["Fagsystem Gammel", PAYROLL, "avviklet", None, None, None]]
    sheets: dict[str, Rows] = {"Gammel liste": older, "Systemer": _TABLE}
    expected = taken("systems", {"Systemer": "2-4"}, values=SYSTEM_VALUES)
    return [
        Case(
            f"a hidden sheet with an older list ({name})",
            f"systemer.{name}",
            make,
            (expected,),
            ("read: hidden sheets",),
        )
        for name, make in {
            "xlsx": lambda: _hidden_office(sheets, "hidden"),
            "xls": lambda: _hidden_old(sheets),
        }.items()
    ]


def _hidden_office(sheets: dict[str, Rows], state: str) -> bytes:
    import io

    import openpyxl

    from tests.writers import book_bytes

    book = openpyxl.load_workbook(io.BytesIO(book_bytes(sheets, "xlsx")))
    book.active = 1
    book["Gammel liste"].sheet_state = state
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _hidden_old(sheets: dict[str, Rows]) -> bytes:
    import io

    import xlwt

    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = int(name == "Gammel liste")
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(place, column, value, *([day] if isinstance(value, date) else []))
    book.set_active_sheet(1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _repairs() -> list[Case]:
    """Names broken by a wrong encoding on the way are told of or mended, never silently stored."""
    rows = [HEADER, *SYSTEMS]
    broken = Case(
        "bytes that cp1252 cannot name (csv)",
        "systemer.csv",
        lambda: table_bytes(rows, "csv", encoding="cp1252").replace(b"\xc6rlig", b"\x81rlig"),
        (
            taken(
                "systems",
                "2-4",
                told=[("broken_characters", None, None), ("encoding_guessed", None, None)],
                values={"system.system_name": ["Fagsystem \ufffdrlig", *NAMES[1:]]},
            ),
        ),
    )
    return [broken]


def _multi() -> list[Case]:
    """Multi-valued cells are split on ; | and line breaks."""
    rows = [
        ["systemnavn", "funksjon", "livsløp", "satsingsområde"],
        ["Fagsystem En", f"{HEALTH};{PAYROLL}", "i bruk", "Helse og omsorg|Sak og arkiv"],
        ["Fagsystem To", f"{MAPS}\n{PAYROLL}", "i bruk", "Innbyggerdialog ; Sak og arkiv;"],
    ]
    values = {
        "system.function_ids": [["health_record", "payroll_hr"], ["map_geodata", "payroll_hr"]],
        "system.focus_area_ids": [["case_records", "health_care"], ["case_records", "citizen_dialogue"]],
    }
    expected: Delivery = taken("systems", "2-3", values=values)
    return in_formats("several values in a cell", rows, expected)


CASES: list[Case] = [
    *_dialects(),
    *_numbers(),
    *_dates(),
    *_around(),
    *_headers(),
    *_sheets(),
    *_repairs(),
    *_multi(),
]
