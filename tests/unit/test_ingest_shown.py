"""Names of sheets and files are told without what they hold of persons."""

from __future__ import annotations

import pytest

from pipelines.ingest.mapping import load_mapping
from pipelines.ingest.parse import parse_file
from pipelines.ingest.sent import reject
from pipelines.ingest.shown import file_name_shown, is_personal_sheet, sheet_names_shown
from pipelines.settings import Limits
from tests.unit.test_ingest_masking import BORN
from tests.unit.test_ingest_support import HEALTH, SYSTEM_HEADERS, pack, parse_one, workbook_bytes
from tests.writers import book_bytes

SYSTEMS = [SYSTEM_HEADERS, ["Alfa", HEALTH]]
OTHER = [["Hva som helst", "noe"], ["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (f"Kari Nordmann {BORN}.xlsx", "*** ***.xlsx"),
        (f"systemer_{BORN[:6]}_{BORN[6:]}.csv", "systemer_***.csv"),
        (f"{BORN[1:]}.xlsx", "***.xlsx"),
        ("systemer fra kari@kommune.no.xlsx", "systemer fra ***.xlsx"),
        ("kari@kommune.no", "***"),
        ("ring_912_34_567.csv", "ring_***.csv"),
        ("svar +47 912 34 567.ods", "svar ***.ods"),
        ("undersøkelse-kari_nordmann.csv", "undersøkelse-***.csv"),
        ("2026/9901/Liv Berg.csv", "2026/9901/***.csv"),
        ("systemer_20260131.xlsx", "systemer_20260131.xlsx"),
        ("9901_systemer_2026-01-31.v2.xlsx", "9901_systemer_2026-01-31.v2.xlsx"),
        ("2026/9901/systemer.xlsx", "2026/9901/systemer.xlsx"),
        ("data-123456-2026-01-31-1200.csv", "data-123456-2026-01-31-1200.csv"),
        # A single name, or a rare one, cannot be told from other words of a file's name.
        ("kari.csv", "kari.csv"),
        ("Torkjell Kvisvik.csv", "Torkjell Kvisvik.csv"),
    ],
)
def test_a_file_s_name_is_told_without_what_is_personal(name: str, shown: str) -> None:
    assert file_name_shown(name) == shown


@pytest.mark.parametrize(
    ("name", "is_personal"),
    [
        ("Kari Nordmann", True),
        ("kari", True),
        ("Svar Ola", True),
        ("ola_nordmann", True),
        (f"fnr {BORN}", True),
        ("ola@x.no", True),
        ("Ark1", False),
        ("Systemer", False),
        ("Prosesser 2026", False),
        ("Form Responses 1", False),
        ("Dag", False),
    ],
)
def test_which_sheets_are_called_by_persons(name: str, is_personal: bool) -> None:
    assert is_personal_sheet(name) == is_personal


def test_a_sheet_told_by_its_place_is_not_taken_for_another() -> None:
    assert sheet_names_shown(["A", "Kari", "ark 2"]) == {"A": "A", "Kari": "ark nr. 2", "ark 2": "ark 2"}


@pytest.mark.parametrize("file_format", ["xlsx", "xls", "ods"])
def test_no_sheet_s_name_tells_of_a_person(file_format: str) -> None:
    sheets = {
        "Kari Nordmann": [[*SYSTEM_HEADERS, "ukjent"], ["Alfa", HEALTH, "x"], ["Ola@x.no", HEALTH, "x"]],
        "Torkjell Kvisvik": OTHER,
        f"fnr {BORN}": OTHER,
        "Gamle ting": OTHER,
    }
    delivery = parse_one(book_bytes(sheets, file_format), f"Kari Nordmann {BORN}.{file_format}")
    assert delivery.rejection is None
    assert delivery.file_name == f"*** ***.{file_format}"
    assert delivery.recognised["other_sheets"] == ["ark 2", "ark 3", "Gamle ting"]
    assert delivery.recognised["sheets"][0]["sheet"] == "ark 1"
    told = [(f.rule, f.sheet) for f in delivery.findings]
    assert ("sheet_not_recognised", "ark 2") in told
    assert ("sheet_not_recognised", "Gamle ting") in told
    assert ("masked_email", "ark 1") in told
    assert delivery.datasets["system"]["sheet"].to_list() == ["ark 1", "ark 1"]
    everything = repr(delivery) + repr([frame.rows() for frame in delivery.datasets.values()])
    assert not [text for text in ("Kari", "Torkjell", BORN) if text in everything]


def test_a_mapping_finds_its_sheet_whatever_it_is_called() -> None:
    content = workbook_bytes({"Annet": OTHER, "Kari Nordmann": [["navn", "bruk"], ["Alfa", HEALTH]]})
    for sheet in ("Kari Nordmann", "ark 2"):
        text = f"kind: systems\nsheet: {sheet}\ncolumns: {{navn: system_name, bruk: function_ids}}\n"
        delivery = parse_one(content, "systemer.xlsx", mapping=load_mapping(text.encode()))
        assert delivery.datasets["system"]["system_name"].to_list() == ["Alfa"]
    missing = text.replace("ark 2", "Ola Nordmann")
    absent = parse_one(content, "systemer.xlsx", mapping=load_mapping(missing.encode()))
    assert absent.rejection is not None
    assert absent.rejection.rule == "sheet_not_found"
    assert absent.rejection.params == {"found": "Annet, ark 2", "expected": "***"}


def test_a_limit_that_a_sheet_breaks_does_not_tell_its_name() -> None:
    content = workbook_bytes({"Kari Nordmann": SYSTEMS})
    (delivery,) = parse_file(content, "s.xlsx", "2026", "9901", pack(), Limits(max_rows=1))
    assert delivery.rejection is not None
    assert (delivery.rejection.rule, delivery.rejection.sheet) == ("too_many_rows", "***")


def test_a_file_that_is_not_read_is_told_by_the_same_name() -> None:
    delivery = reject(
        "file_too_big",
        {},
        file_name=f"systemer {BORN}.xlsx",
        sha256="0" * 64,
        mapping_sha256=None,
        period="2026",
        municipality_number="9901",
    )
    assert (delivery.file_name, delivery.kind) == ("systemer ***.xlsx", "systems")
