"""Workbooks put together from XML written by hand; what is in them stands in ``tests/corpus/handwritten``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

from tests.corpus.cases.tables import DATES, NAMES, SYSTEM_VALUES
from tests.corpus.handwritten import document, office
from tests.corpus.model import Case, Delivery, refused, taken

_WHOLE = taken("systems", "2-4", values=SYSTEM_VALUES)
_DATED = taken("systems", "2-4", values={"system.system_name": NAMES, "system.acquired_date": DATES})
_MERGED = taken("systems", "5-7", values=SYSTEM_VALUES)
# Row 4 has no cached value in a required column; row 3 has two formulas that came to an error.
_FORMULAS = taken(
    "systems",
    "2-3",
    aside={4: "required_missing"},
    told=[("error_cells", 3, "E")],
    values={
        "system.system_name": ["Fagsystem En", "Fagsystem To", None],
        "system.acquired_date": [date(2019, 3, 14), None, None],
        "system.annual_cost": [Decimal("1250000.50"), None, None],
        "system.n_users": [240, None, None],
        "system.has_personal_data": [True, False, None],
    },
)
_FORMULA = "formula cell: its cached value"
_BOTH = ("xlsx", "xlsm")


def _case(
    name: str, ending: str, make: Callable[[], bytes], expected: Delivery, *lines: str, stem: str = "systemer"
) -> Case:
    return Case(
        f"by hand: {name} ({ending})", f"{stem}.{ending}", make, (expected,), lines, foreign="by hand"
    )


def _both(name: str, make: Callable[..., bytes], expected: Delivery, *lines: str) -> list[Case]:
    """Without and with macros."""
    return [_case(name, ending, partial(make, macros=ending == "xlsm"), expected, *lines) for ending in _BOTH]


_OFFICE = [
    *_both("texts inside the cells, numbers in scientific notation", office.inline, _WHOLE),
    _case("texts in pieces, shared", "xlsx", office.rich_text, _WHOLE),
    *_both(
        "merged title and headers", office.merged, _MERGED, "read: merged headers", "read: two-row headers"
    ),
    *_both("formulas with and without a value", office.formulas, _FORMULAS, _FORMULA),
    *_both(
        "sheets hidden and very hidden",
        office.very_hidden,
        taken("systems", {"Systemer": "2-4"}, values=SYSTEM_VALUES),
        "read: hidden sheets",
    ),
    *_both("serial and ISO dates", office.serial_dates, _DATED, "read: Excel serial date", "read: ISO date"),
    *_both("dates from 1904", office.from_1904, _DATED, "read: Excel serial date"),
    *_both("filter, table, comments, lists, link, macros", office.furnished, _WHOLE),
    _case(
        "a sheet that says it fills the grid",
        "xlsx",
        office.lying_size,
        _WHOLE,
        "read: trailing empty rows and columns",
    ),
    _case("every element with a prefix", "xlsx", office.prefixed, _WHOLE),
    _case(
        "numbers and dates as text",
        "xlsx",
        office.as_text,
        taken(
            "systems",
            "2-4",
            values={
                "system.acquired_date": DATES,
                "system.annual_cost": [Decimal("1250000.50"), Decimal("98000.25"), Decimal("0.50")],
                "system.n_users": [240, 12, 7],
            },
        ),
        "read: NBSP thousands",
        "read: decimal comma",
    ),
    _case("entities that unfold", "xlsx", office.bomb, refused("systems", "unreadable"), "unreadable file"),
]
_DOCUMENTS = [
    _case("rows and columns in groups", "ods", document.inside_groups, _WHOLE),
    _case(
        "repeated cells and rows",
        "ods",
        document.repeated,
        taken(
            "survey",
            "4-7",
            mode="respondents",
            values={"survey_answer.answer": [4] * 12 + [None] * 4},
        ),
        "read: trailing empty rows and columns",
        stem="undersokelse",
    ),
    _case(
        "spans, links, spaces and comments",
        "ods",
        document.rich_text,
        taken(
            "systems",
            "2-3",
            values={
                "system.system_name": ["Fagsystem Ærlig", "Fagsystem Økern"],
                "system.function_ids": [["health_record", "payroll_hr"], ["map_geodata", "payroll_hr"]],
                "system.lifecycle": ["in_use", "planned"],
            },
        ),
    ),
    _case(
        "truth values, a percentage, a currency",
        "ods",
        document.typed,
        taken(
            "systems",
            "2-3",
            values={
                "system.acquired_date": [date(2019, 3, 14)] * 2,
                "system.annual_cost": [Decimal("0.50"), Decimal("1250000.00")],
                "system.n_users": [12, 1200],
                "system.has_personal_data": [True, False],
            },
        ),
    ),
    _case(
        "formulas",
        "ods",
        document.formulas,
        taken(
            "systems",
            "2",
            told=[("error_cells", 2, "E")],
            values={
                "system.system_name": ["Fagsystem En"],
                "system.acquired_date": [date(2019, 3, 14)],
                "system.n_users": [240],
            },
        ),
        _FORMULA,
    ),
    _case(
        "merged title and headers",
        "ods",
        document.merged,
        taken("systems", "4-6", values=SYSTEM_VALUES),
        "read: merged headers",
    ),
    _case(
        "hidden sheets, filtered and deleted rows",
        "ods",
        document.hidden,
        taken("systems", {"Systemer": "2-4"}, values=SYSTEM_VALUES),
        "read: hidden sheets",
    ),
    _case(
        "title, total and note",
        "ods",
        document.around,
        taken("systems", "4-6", told=[("rows_below_table", 8, None)], values=SYSTEM_VALUES),
        "read: notes and totals below the table",
    ),
    _case("entities that unfold", "ods", document.bomb, refused("systems", "unreadable"), "unreadable file"),
]

CASES: list[Case] = [*_OFFICE, *_DOCUMENTS]
