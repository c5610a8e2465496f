"""The gate on real files: every rule with a row that passes and one that fails, and no row lost."""

import csv
import html
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.gate import expectations
from pipelines.gate import gate as gate_module
from pipelines.gate.checks import Check, Plan
from pipelines.gate.expectations import GateError, run_plans
from pipelines.gate.gate import GateResult, count_rows, run_gate
from pipelines.gate.report import write_reports
from pipelines.gate.rows import ROW, prepare
from pipelines.gate.rules import load_rules
from pipelines.gate.single import Checked, check_deliveries
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Limits, Settings
from pipelines.storage import ledger
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.build import create_build
from pipelines.storage.lake import IngestResult, Lake, dataset_columns, ingest_pending
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK

FIXTURES = ROOT / "tests" / "fixtures"

SYSTEMS = "system_id;systemnavn;funksjon;livsløp;anskaffet;ros_dato;årlig_kostnad\n"
ALFA = "S1;Alfa;health_record;i bruk;2020;;\n"
OBJECTS = "systemnavn;dataobjekt;operasjoner;lagrer_kopi;master\n"
FUNCTIONS = "funksjon;systemer;komplett\n"
EXCHANGES = "fra_system;til_system;dataobjekt;automatisk\n"
SERVICES = "løsning;i_bruk\n"
PROCESSES = "prosessnavn;referanseprosess;eierskap;systemer;beskrevet_dato;måles\n"
PROCESS_DATA = "prosessnavn;dataobjekt;innhenting\n"
INITIATIVES = "tiltak;prosesser;besluttet_dato;kartlagt_før\n"
SURVEY = "respondent_id;rollegruppe;PU1;PU2\n"


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def judge(pack: ReferencePack, files: Mapping[str, str], period: str = "2026") -> Checked:
    """The gate's word on some CSV files of one municipality, sent together."""
    parsed = [
        delivery
        for name, text in files.items()
        for delivery in parse_file(text.encode(), f"{name}.csv", period, "9901", pack, Limits())
    ]
    assert not [d.rejection for d in parsed if d.rejection], "the test's own files are wrong"
    return check_deliveries(parsed, pack)


def aside(result: Checked) -> dict[str, list[int]]:
    """File name without ending → rows set aside."""
    found: dict[str, list[int]] = {}
    for delivery, _, row in result.gate.quarantined.iter_rows():
        found.setdefault(result.metas[delivery].file_name.removesuffix(".csv"), []).append(row)
    return found


def rules(result: Checked) -> set[tuple[str, str, int | None]]:
    """(rule, severity, row) of every finding."""
    return set(result.findings.select("rule", "severity", "row_number").iter_rows())


# One row that passes (row 2) and one that fails (row 3), for every rule of a cell or row.
ROW_RULES = [
    ("required_missing", "quarantine", {"s": SYSTEMS + ALFA + "S2;;health_record;i bruk;;;\n"}),
    ("required_missing", "quarantine", {"s": SYSTEMS + ALFA + "S2;Beta;;i bruk;;;\n"}),
    ("unknown_function", "quarantine", {"s": SYSTEMS + ALFA + "S2;Beta;noe rart;i bruk;;;\n"}),
    ("date_after_period", "quarantine", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;2027;;\n"}),
    (
        "date_after_period",
        "quarantine",
        {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;;1.1.2027;\n"},
    ),
    ("not_a_date", "cell", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;i fjor;;\n"}),
    ("not_a_number", "cell", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;;;mye\n"}),
    ("out_of_range", "cell", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;;;-5\n"}),
    ("unknown_code", "cell", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;kanskje;;;\n"}),
    ("blank_lifecycle", "warning", {"s": SYSTEMS + ALFA + "S2;Beta;health_record;;;;\n"}),
    (
        "date_after_period",
        "quarantine",
        {"p": PROCESSES + "A;parental_payment;;;31.12.2026;\nB;;;;01.01.2027;\n"},
    ),
    ("unknown_process", "cell", {"p": PROCESSES + "A;parental_payment;;;;\nB;finnes ikke;;;;\n"}),
    ("required_missing", "quarantine", {"p": PROCESSES + "A;;;;;\n;parental_payment;;;;\n"}),
    ("not_yes_no", "cell", {"p": PROCESSES + "A;;;;;ja\nB;;;;;kanskje\n"}),
    (
        "unknown_data_object",
        "quarantine",
        {"d": PROCESS_DATA + "parental_payment;person;\nparental_payment;finnes ikke;\n"},
    ),
    (
        "unresolved_process",
        "quarantine",
        {"d": PROCESS_DATA + "parental_payment;person;\nFinnes ikke;person;\n"},
    ),
    ("date_after_period", "quarantine", {"i": INITIATIVES + "A;;2026;\nB;;2027;\n"}),
    ("unresolved_process", "cell", {"i": INITIATIVES + "A;parental_payment;;\nB;Tull|parental_payment;;\n"}),
    ("unresolved_system", "cell", {"s": SYSTEMS + ALFA, "p": PROCESSES + "A;;;Alfa;;\nB;;;Alfa|Tull;;\n"}),
    (
        "unresolved_system",
        "quarantine",
        {"s": SYSTEMS + ALFA, "o": OBJECTS + "ALFA;person;C;;\nGamma;person;C;;\n"},
    ),
    (
        "unknown_operation",
        "cell",
        {"s": SYSTEMS + ALFA, "o": OBJECTS + "Alfa;person;C;;\nAlfa;building;CQ;;\n"},
    ),
    (
        "required_missing",
        "quarantine",
        {"s": SYSTEMS + ALFA, "o": OBJECTS + "Alfa;person;C;;\nAlfa;;C;;\n"},
    ),
    (
        "contradiction",
        "quarantine",
        {"s": SYSTEMS + ALFA, "o": OBJECTS + "Alfa;person;ingen;nei;nei\nAlfa;building;ingen;ja;\n"},
    ),
    (
        "unknown_function",
        "quarantine",
        {"s": SYSTEMS + ALFA, "f": FUNCTIONS + "health_record;Alfa;ja\ntull;Alfa;ja\n"},
    ),
    (
        "unresolved_system",
        "quarantine",
        {"s": SYSTEMS + ALFA, "f": FUNCTIONS + "health_record;s1;ja\nwelfare_technology;Alfa|Gamma;ja\n"},
    ),
    (
        "system_despite_none",
        "warning",
        {"s": SYSTEMS + ALFA, "f": FUNCTIONS + "welfare_technology;har ikke;\nhealth_record;har ikke;\n"},
    ),
    (
        "none_and_more",
        "cell",
        {
            "s": SYSTEMS + ALFA,
            "f": FUNCTIONS + "health_record;Alfa;ja\nwelfare_technology;har ikke|Alfa;ja\n",
        },
    ),
    (
        "unresolved_system",
        "quarantine",
        {"s": SYSTEMS + ALFA, "e": EXCHANGES + "Alfa;S1;person;ja\nAlfa;Gamma;;\n"},
    ),
    ("unknown_shared_service", "quarantine", {"l": SERVICES + "id_porten;ja\ntull;ja\n"}),
    ("not_yes_no", "cell", {"l": SERVICES + "id_porten;ja\nmaskinporten;tja\n"}),
    ("unknown_answer", "cell", {"u": SURVEY + "1;;4;5\n2;;9;5\n"}),
    ("unknown_role_group", "cell", {"u": SURVEY + "1;caseworkers;4;5\n2;tull;4;5\n"}),
]


@pytest.mark.parametrize(
    ("rule", "severity", "files"), ROW_RULES, ids=[f"{r[0]}-{n}" for n, r in enumerate(ROW_RULES)]
)
def test_each_rule_has_a_row_that_passes_and_one_that_fails(
    pack: ReferencePack, rule: str, severity: str, files: dict[str, str]
) -> None:
    result = judge(pack, files)
    assert rules(result) == {(rule, severity, 3)}
    last = list(files)[-1]
    assert aside(result) == ({last: [3]} if severity == "quarantine" else {})
    status = result.deliveries.filter(pl.col("file_name") == f"{last}.csv")["status"].item()
    assert status == ("partly_accepted" if severity == "quarantine" else "accepted")


@pytest.mark.parametrize(
    "files",
    [
        {"s": SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;;;\nS2;Gamma;health_record;i bruk;;;\n"},
        {"s": SYSTEMS + ALFA + "s2 ;Beta;health_record;i bruk;;;\nS2;Gamma;health_record;i bruk;;;\n"},
        {"s": SYSTEMS + ALFA + ";Beta;health_record;i bruk;;;\n; BETA;health_record;i bruk;;;\n"},
        {
            "s": SYSTEMS + ALFA,
            "f": FUNCTIONS + "health_record;;\nwelfare_technology;;\nwelfare_technology;;\n",
        },
        {"l": SERVICES + "id_porten;ja\nmaskinporten;ja\nmaskinporten;nei\n"},
        {"u": SURVEY + "1;;4;5\n2;;4;5\n2;;3;3\n"},
    ],
    ids=["id", "id in other case", "name", "function", "shared service", "respondent"],
)
def test_repeated_keys_set_all_their_rows_aside_and_name_each_other(
    pack: ReferencePack, files: dict[str, str]
) -> None:
    result = judge(pack, files)
    last = list(files)[-1]
    assert aside(result) == {last: [3, 4]}
    assert rules(result) == {("repeated_key", "quarantine", 3), ("repeated_key", "quarantine", 4)}
    assert all("(3, 4)" in sentence for sentence in result.findings["sentence_nb"])


def test_repeated_rows_are_legal_where_they_unite(pack: ReferencePack) -> None:
    result = judge(
        pack,
        {
            "s": SYSTEMS + ALFA,
            "o": OBJECTS + "Alfa;person;C;;\nAlfa;person;R;ja;\n",
            "d": PROCESS_DATA
            + "parental_payment;person;spurt_bruker\nparental_payment;person;register_auto\n",
            "p": PROCESSES + "A;parental_payment;;;;\nA;parental_payment;;;;\n",
        },
    )
    assert aside(result) == {}
    assert set(result.deliveries["status"]) == {"accepted"}


def test_a_name_that_two_systems_share_is_ambiguous_and_their_ids_are_not(pack: ReferencePack) -> None:
    systems = SYSTEMS + "S1;Alfa;health_record;i bruk;;;\nS2;alfa;health_record;i bruk;;;\n"
    result = judge(pack, {"s": systems, "o": OBJECTS + "S2;person;C;;\nAlfa;person;C;;\n"})
    assert rules(result) == {("ambiguous_system", "quarantine", 3)}
    keys = result.gate.beside["system_data_object"]["system_key"].to_list()
    assert keys == ["s2", None]


def test_rows_that_refer_to_what_is_set_aside_follow_to_the_end(pack: ReferencePack) -> None:
    """System → process → data and initiatives; what refers to the sound one stays."""
    result = judge(
        pack,
        {
            "s": SYSTEMS + ALFA + "S2;Beta;tull;i bruk;;;\n",
            "f": FUNCTIONS + "health_record;Alfa;ja\nwelfare_technology;Alfa|Beta;ja\n",
            "o": OBJECTS + "Alfa;person;C;;\nbeta;person;C;;\n",
            "e": EXCHANGES + "Alfa;Alfa;;ja\nAlfa;S2;;ja\n",
            "p": PROCESSES + "Lokal;;;Alfa;;\nX;parental_payment;;Beta;;\n",
            "d": PROCESS_DATA + "Lokal;person;\nparental_payment;person;\n",
            "i": INITIATIVES + "A;Lokal;;\nB;X|Lokal;;\n",
        },
    )
    assert aside(result) == {name: [3] for name in "sfoepdi"}
    assert rules(result) == {
        ("unknown_function", "quarantine", 3),
        ("follows_quarantined_system", "quarantine", 3),
        ("follows_quarantined_process", "quarantine", 3),
    }
    # Where system and object can be recognised, the models still see which cell it is.
    assert result.gate.beside["system_data_object"]["system_key"].to_list() == ["s1", "s2"]


def test_a_process_with_one_sound_row_is_not_set_aside(pack: ReferencePack) -> None:
    processes = PROCESSES + "A;parental_payment;;;2020;\nB;parental_payment;;;2030;\n"
    result = judge(pack, {"p": processes, "d": PROCESS_DATA + "parental_payment;person;\n"})
    assert aside(result) == {"p": [3]}


def test_a_row_counts_once_however_many_rules_it_breaks(pack: ReferencePack) -> None:
    systems = SYSTEMS + ALFA + "S2;Beta;tull;i bruk;2030;2030;\nS2;;health_record;i bruk;;;\n"
    result = judge(pack, {"s": systems})
    row = result.deliveries.row(0, named=True)
    assert (row["rows_received"], row["rows_accepted"], row["rows_quarantined"]) == (3, 1, 2)
    assert result.findings.filter(pl.col("row_number") == 3).height == 4


def test_rows_of_a_flat_column_follow_their_system(pack: ReferencePack) -> None:
    flat = (
        "system_id;systemnavn;funksjon;livsløp;dataobjekter\nS1;Alfa;health_record;i bruk;person|building\n"
    )
    result = judge(pack, {"s": flat + "S2;Beta;tull;i bruk;person\n"})
    beside = result.gate.beside["system_data_object"]
    assert beside["system_key"].to_list() == ["s1", "s1", "s2"]
    assert beside["is_quarantined"].to_list() == [False, False, True]
    assert beside["contract_sheet"].unique().to_list() == ["systems"]
    assert result.deliveries["rows_received"].to_list() == [2]


def test_a_contradiction_is_seen_across_the_files_that_count(pack: ReferencePack) -> None:
    flat = "system_id;systemnavn;funksjon;livsløp;dataobjekter\nS1;Alfa;health_record;i bruk;person\n"
    result = judge(pack, {"s": flat, "o": OBJECTS + "S1;person;ingen;;\nAlfa;building;ingen;;\n"})
    assert aside(result) == {"o": [2]}
    assert rules(result) == {("contradiction", "quarantine", 2), ("contradiction", "cell", 2)}
    for sentence in result.findings["sentence_nb"]:
        assert "s.csv: 2" in sentence
        assert "o.csv: 2" in sentence


def test_masked_respondents_do_not_repeat_one_another(pack: ReferencePack) -> None:
    rows = "".join(f"svarer{number}@kommune.no;;4;4\n" for number in range(5))
    result = judge(pack, {"u": SURVEY + rows})
    assert aside(result) == {}
    assert result.deliveries["rows_accepted"].to_list() == [5]
    assert {rule for rule, _, _ in rules(result)} == {"masked_email"}


def test_a_blank_list_is_null_in_the_lake_and_in_the_build(tmp_path: Path, pack: ReferencePack) -> None:
    folder = tmp_path / "inbox" / "2026" / "9901"
    folder.mkdir(parents=True)
    cells = ["", "ingen", "Plan; ingen", "Plan|Skole"]
    rows = "".join(f'P{number};"{cell}"\n' for number, cell in enumerate(cells))
    (folder / "prosesser.csv").write_text(f"prosessnavn;enheter\n{rows}", encoding="utf-8")
    run = Run(tmp_path / "home", tmp_path / "inbox", pack)
    expected = [None, [], ["Plan"], ["Plan", "Skole"]]
    (stored,) = (run.settings.lake / "process").rglob("*.parquet")
    assert pl.read_parquet(stored)["unit_names"].to_list() == expected
    path = create_build(run.settings, pack, run.frames, run.deliveries, run.gate)
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("select unit_names from lake.process order by row_number").fetchall()
    assert [units for (units,) in found] == expected


def test_keys_of_none_are_an_empty_list_and_unknown_ones_null(pack: ReferencePack) -> None:
    cells = ["Alfa", "ingen", "", "Tull"]
    processes = "".join(f"{number};;;{cell};;\n" for number, cell in enumerate(cells))
    result = judge(pack, {"s": SYSTEMS + ALFA, "p": PROCESSES + processes})
    assert result.gate.beside["process"]["system_keys"].to_list() == [["s1"], [], None, None]


def places(result: Checked) -> set[tuple[object, ...]]:
    """(severity, row, header, value) of every finding."""
    return set(result.findings.select("severity", "row_number", "column_name", "value").iter_rows())


def test_a_contradiction_opens_only_the_cell_of_a_flat_column(pack: ReferencePack) -> None:
    """The system stands, and so does everything that names it."""
    flat = "System_ID;systemnavn;funksjon;livsløp;Objekter\nS1;Alfa;health_record;i bruk;Person|building\n"
    result = judge(
        pack,
        {
            "s": flat,
            "o": OBJECTS + "S1;person;ingen;;\n",
            "f": FUNCTIONS + "health_record;Alfa;ja\n",
            "p": PROCESSES + "X;parental_payment;;S1;;\n",
        },
    )
    assert aside(result) == {"o": [2]}
    assert places(result) == {("cell", 2, "Objekter", "Person"), ("quarantine", 2, "operasjoner", "ingen")}
    beside = result.gate.beside["system_data_object"].select("contract_sheet", "is_quarantined").rows()
    assert sorted(beside) == [("system_data_objects", True), ("systems", False), ("systems", True)]
    assert result.gate.beside["system"]["is_quarantined"].to_list() == [False]
    statuses = dict(result.deliveries.select("file_name", "status").iter_rows())
    expected = {"s.csv": "accepted", "o.csv": "partly_accepted", "f.csv": "accepted", "p.csv": "accepted"}
    assert statuses == expected
    said = result.findings.filter(pl.col("severity") == "cell")["sentence_nb"].item()
    assert said.endswith("Verdien teller som ukjent; resten av raden er tatt i bruk.")


def test_a_contradiction_is_told_where_the_row_says_it(pack: ReferencePack) -> None:
    objects = "Alfa;person;ingen;;\nAlfa;person;;ja;\nAlfa;person;;nei;ja\nAlfa;person;;;\n"
    result = judge(pack, {"s": SYSTEMS + ALFA, "o": OBJECTS + objects})
    assert places(result) == {
        ("quarantine", 2, "operasjoner", "ingen"),
        ("quarantine", 3, "lagrer_kopi", "ja"),
        ("quarantine", 4, "master", "ja"),
        ("quarantine", 5, "dataobjekt", "person"),
    }


def test_a_system_in_use_beats_a_har_ikke_and_its_rows_are_told(pack: ReferencePack) -> None:
    """Of a system that is being phased out, or serves another function, there is nothing to tell."""
    others = "S2;Beta;health_record|payroll_hr;i bruk;;;\nS3;Gamma;welfare_technology;under utfasing;;;\n"
    answers = "health_record;har ikke;\nwelfare_technology;har ikke;\npayroll_hr;Beta;ja\n"
    result = judge(pack, {"s": SYSTEMS + ALFA + others, "f": FUNCTIONS + answers})
    assert places(result) == {("warning", 2, "systemer", "har ikke")}
    assert "(rad s.csv: 2, s.csv: 3)" in sentences(result, "system_despite_none")[0]
    assert aside(result) == {}


def test_a_repeated_name_is_told_at_the_name(pack: ReferencePack) -> None:
    systems = SYSTEMS + ALFA + ";Beta;health_record;i bruk;;;\n; BETA;health_record;i bruk;;;\n"
    result = judge(pack, {"s": systems})
    assert {(column, str(value).strip()) for _, _, column, value in places(result)} == {
        ("systemnavn", "Beta"),
        ("systemnavn", "BETA"),
    }


def test_objects_of_a_flat_column_belong_to_the_system_of_their_row(pack: ReferencePack) -> None:
    """Also where another system has the same name, and where the system has none."""
    flat = (
        "system_id;systemnavn;funksjon;livsløp;dataobjekter\n;Alfa;health_record;i bruk;person\n"
        "S2;Alfa;health_record;i bruk;building\n;;health_record;i bruk;person\n"
    )
    result = judge(pack, {"s": flat})
    assert aside(result) == {"s": [4]}
    assert rules(result) == {("required_missing", "quarantine", 4)}
    beside = result.gate.beside
    assert beside["system_data_object"]["system_key"].to_list() == beside["system"]["system_key"].to_list()


def test_an_aside_that_leads_nowhere_leaves_its_row(pack: ReferencePack) -> None:
    systems = SYSTEMS + ALFA + "S2;Likt;health_record;i bruk;;;\nS3;likt;health_record;i bruk;;;\n"
    result = judge(pack, {"s": systems, "p": PROCESSES + "X;parental_payment;;Alfa|Tull|Likt;;\n"})
    assert aside(result) == {}
    assert places(result) == {("cell", 2, "systemer", "Tull"), ("cell", 2, "systemer", "Likt")}
    assert result.gate.beside["process"]["system_keys"].to_list() == [["s1"]]


def test_an_aside_is_not_told_where_there_is_no_list_of_systems(pack: ReferencePack) -> None:
    processes = {"p": PROCESSES + "X;parental_payment;;Alfa;;\n"}
    for others in ({}, {"f": FUNCTIONS + "health_record;;ja\n"}):
        result = judge(pack, {**processes, **others})
        assert aside(result) == {}
        assert result.findings.is_empty()


def test_an_aside_to_what_is_set_aside_follows_it(pack: ReferencePack) -> None:
    result = judge(
        pack,
        {
            "s": SYSTEMS + "S2;Beta;tull;i bruk;;;\n",
            "p": PROCESSES + "X;parental_payment;;Tull|Beta;;\n",
            "i": INITIATIVES + "B;Tull|X;;\n",
        },
    )
    assert aside(result) == {"s": [2], "p": [2], "i": [2]}


def test_illegal_answers_are_told_once_per_text_with_their_number(pack: ReferencePack) -> None:
    answers = "".join(f"{n};tull;{9 if n % 2 else 4};5\n" for n in range(1, 101))
    result = judge(pack, {"u": SURVEY + answers})
    found = result.findings.select("rule", "row_number", "column_name", "value").rows()
    assert sorted(found) == [
        ("unknown_answer", 2, "PU1", "9"),
        ("unknown_role_group", 2, "rollegruppe", "***"),
    ]
    assert "Det gjelder 50 svar." in " ".join(result.findings["sentence_nb"])


def test_what_respondents_wrote_freely_is_told_nowhere(pack: ReferencePack, tmp_path: Path) -> None:
    header = "respondent_id;rollegruppe;satsingsområde;antall_inviterte;PU1;PU2\n"
    rows = (
        "1;Kari på posten;Kari sin avdeling;120;4;Kari Nordmann i postmottaket vet\n"
        "2;Ledere ved Kari;;Kari vet;9;helt eniig\n"
        "3;;;-5;4;spør Kari\n"
    )
    result = judge(pack, {"u": header + rows})
    found = result.findings.select("rule", "row_number", "column_name", "value").rows()
    assert sorted(found, key=str) == [
        ("masked_person_name", 2, "rollegruppe", "***"),
        ("masked_person_name", 3, "rollegruppe", "***"),
        ("not_a_number", 3, "antall_inviterte", "***"),
        ("out_of_range", 4, "antall_inviterte", "-5"),
        ("unknown_answer", 2, "PU2", "***"),
        ("unknown_answer", 3, "PU1", "9"),
        ("unknown_answer", 3, "PU2", "helt eniig"),
        ("unknown_focus_area", 2, "satsingsområde", "***"),
        ("unknown_role_group", 2, "rollegruppe", "***"),
    ]
    masked = "Svaret «***» på spørsmålet PU2 finnes ikke på skalaen. Det gjelder 2 svar."
    assert masked in " ".join(result.findings["sentence_nb"])
    own = Settings(home=tmp_path / "home", reference=(), inboxes=())
    content = (header + rows).encode()
    write_reports(own, result.deliveries, result.findings, result.metas, read_bytes=lambda _: content)
    written = [path.read_text("utf-8") for path in own.reports.iterdir() if path.suffix != ".xlsx"]
    assert len(written) == 3
    assert not [text for text in written if "Kari" in text]
    # The copy of the sender's own file lies in the private home, and lacks what was found to be personal.
    (marked,) = own.reports.glob("*.xlsx")
    sheets = openpyxl.load_workbook(marked).worksheets
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert "Kari sin avdeling" in cells
    assert not {"Kari på posten", "Ledere ved Kari"} & set(cells)


def test_findings_tell_the_files_own_header_likely_values_and_both_languages(pack: ReferencePack) -> None:
    result = judge(pack, {"s": "System;Funksjoner\nAlfa;Barenvern\n"})
    finding = result.findings.filter(pl.col("rule") == "unknown_function").row(0, named=True)
    assert (finding["column_name"], finding["value"], finding["row_number"]) == ("Funksjoner", "Barenvern", 2)
    assert "Nærmest er «Barnevern»." in finding["sentence_nb"]
    assert "The row is set aside" in finding["sentence_en"]
    assert result.findings["finding_number"].to_list() == list(range(1, result.findings.height + 1))


def sentences(result: Checked, rule: str) -> list[str]:
    return result.findings.filter(pl.col("rule") == rule)["sentence_nb"].to_list()


def test_an_unresolved_name_tells_the_nearest_of_the_municipalitys_own(pack: ReferencePack) -> None:
    functions = FUNCTIONS + "health_record;Alfaa;ja\npayroll_hr;Gamma;ja\n"
    near, far = sorted(sentences(judge(pack, {"s": SYSTEMS + ALFA, "f": functions}), "unresolved_system"))
    assert "Mente dere «Alfa»?" in near
    assert "Mente" not in far
    assert "nøyaktig som i arket Systemer" in far


def test_without_a_list_of_systems_one_sentence_says_so(pack: ReferencePack) -> None:
    result = judge(pack, {"f": FUNCTIONS + "health_record;Alfa;ja\npayroll_hr;Beta;ja\n"})
    told = sentences(result, "unresolved_system")
    assert len(told) == 2
    assert len(set(told)) == 1
    assert told[0].startswith("Systemlisten")
    assert aside(result) == {"f": [2, 3]}


def test_statistics_have_one_row_per_expectation(pack: ReferencePack) -> None:
    checks = judge(pack, {"s": SYSTEMS + ALFA + "S2;;health_record;;;;\n"}).gate.checks
    assert not checks.select("dataset", "column", "rule").is_duplicated().any()
    assert set(checks["dataset"]) == set(dataset_columns())
    failed = checks.filter(pl.col("failed") > 0).select("dataset", "column", "rule", "evaluated", "failed")
    assert set(failed.rows()) == {
        ("system", "system_name", "required_missing", 2, 1),
        ("system", "lifecycle", "blank_lifecycle", 2, 1),
    }
    assert checks.filter(pl.col("dataset") == "exchange")["evaluated"].sum() == 0


# The gate fails rather than pass what it did not look at.


def test_an_expectation_that_raised_fails_the_run() -> None:
    narrow = pl.DataFrame(
        {"delivery_id": ["d"], "a__error": [None]}, schema_overrides={"a__error": pl.String}
    )
    sound = Check("system", "a", None, "cell", "null", "a__error")
    assert [outcome.places for outcome in run_plans([Plan("system", narrow, (sound,))])] == [()]
    broken = replace(sound, on="not_there")
    with pytest.raises(GateError, match=r"system\.a\.readable could not be evaluated"):
        run_plans([Plan("system", narrow, (broken,))])


def test_a_failure_without_rows_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mixed column gave success=False with an empty result: it must not pass its rows."""
    narrow = pl.DataFrame({"delivery_id": ["d"], "a__error": ["not_a_date"]})
    check = Check("system", "a", None, "quarantine", "null", "a__error")
    real = expectations._validate

    def emptied(*given: object) -> object:
        verdicts = real(*given)  # type: ignore[arg-type]
        for verdict in verdicts.values():
            verdict.result = {}
        return verdicts

    monkeypatch.setattr(expectations, "_validate", emptied)
    with pytest.raises(GateError, match="failed without naming a row"):
        run_plans([Plan("system", narrow, (check,))])


@pytest.mark.parametrize("change", ["a row less", "a row more"])
def test_law_1_broken_on_purpose_stops_the_run(pack: ReferencePack, change: str) -> None:
    parsed = parse_file(
        (SYSTEMS + ALFA + "S2;Beta;tull;;;;\n").encode(), "s.csv", "2026", "9901", pack, Limits()
    )
    frame = parsed[0].datasets["system"]
    changed = (
        frame.head(1)
        if change == "a row less"
        else pl.concat([frame, frame.with_columns(row_number=pl.lit(9, dtype=pl.Int64))])
    )
    broken = [replace(parsed[0], datasets={**parsed[0].datasets, "system": changed})]
    with pytest.raises(GateError, match="2 rows received, but"):
        check_deliveries(broken, pack)


cell = st.sampled_from(
    ["", "Alfa", "alfa ", "S1", "S2", "tull", "health_record", "ja", "2020", "2031", "ingen", "C", "person"]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_law_1_whatever_is_sent(pack: ReferencePack, data: st.DataObject) -> None:
    """Rows received = accepted + set aside, each row once, and every row set aside has its finding."""
    headers = [SYSTEMS, OBJECTS, FUNCTIONS, EXCHANGES, SERVICES, PROCESSES, PROCESS_DATA, INITIATIVES, SURVEY]
    parsed = []
    for number, header in enumerate(headers):
        width = header.count(";") + 1
        rows = data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=6))
        text = header + "".join(";".join(row) + "\n" for row in rows)
        parsed += parse_file(text.encode(), f"f{number}.csv", "2026", "9901", pack, Limits())
    result = check_deliveries(parsed, pack)
    for row in result.deliveries.iter_rows(named=True):
        if row["status"] == "rejected":
            continue
        assert row["rows_received"] == row["rows_accepted"] + row["rows_quarantined"]
        own = result.gate.quarantined.filter(pl.col("delivery_id") == row["delivery_id"])
        assert own.height == row["rows_quarantined"] == own.unique().height
    told = result.findings.filter(pl.col("severity") == "quarantine").select(ROW).unique()
    assert told.sort(ROW).equals(result.gate.quarantined.sort(ROW))


# The example deliveries, all the way.


class Run:
    """One run of storage and gate over an inbox."""

    def __init__(self, home: Path, inbox: Path, pack: ReferencePack, shuffle: int | None = None) -> None:
        self.settings = Settings(home=home, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=(inbox,))
        scan_inboxes(self.settings, pack)
        archive = Archive(self.settings)
        arrivals = archive.arrivals()
        self.paths = {arrival.sequence: arrival.inbox_path for arrival in arrivals}
        if shuffle is not None:
            random.Random(shuffle).shuffle(arrivals)
        self.ingested: IngestResult = ingest_pending(self.settings, pack, arrivals)
        self.ledger = ledger.derive(
            arrivals, self.ingested.deliveries_of, self.ingested.metas, archive.withdrawals()
        )
        metas: Sequence[object] = list(self.ingested.metas.values())
        self.frames = Lake(self.settings.lake).read_all(metas)  # type: ignore[arg-type]
        self.gate: GateResult = run_gate(
            self.frames, self.ingested.metas, self.ledger.counting, pack, ledger.notes(self.ledger)
        )
        self.deliveries = ledger.with_rows(self.ledger, self.gate.rows)

    def outcomes(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """(inbox path, kind) → status and rows."""
        by_id = {row["delivery_id"]: row for row in self.deliveries.iter_rows(named=True)}
        names = ("status", "rows_received", "rows_accepted", "rows_quarantined")
        return {
            (self.paths[sequence], by_id[name]["kind"]): tuple(by_id[name][column] for column in names)
            for sequence, ids in self.ingested.deliveries_of.items()
            for name in ids
        }


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, pack: ReferencePack) -> Run:
    return Run(tmp_path_factory.mktemp("example"), EXAMPLE_INBOX, pack)


def test_the_example_comes_out_as_its_makers_said(example: Run) -> None:
    with (FIXTURES / "example_expected.csv").open(encoding="utf-8") as stream:
        expected = {
            (row["path"], row["kind"]): (
                row["status"],
                *(
                    int(row[c]) if row[c] else None
                    for c in ("rows_received", "rows_accepted", "rows_quarantined")
                ),
            )
            for row in csv.DictReader(stream)
        }
    assert example.outcomes() == expected


def test_every_fault_of_the_example_is_told_at_its_place(example: Run) -> None:
    told = {
        (example.paths[sequence], row, column, severity)
        for sequence, ids in example.ingested.deliveries_of.items()
        for row, column, severity in example.gate.findings.filter(pl.col("delivery_id").is_in(list(ids)))
        .select("row_number", "column_name", "severity")
        .iter_rows()
    }
    with (FIXTURES / "example_faults.csv").open(encoding="utf-8") as stream:
        faults = [
            row for row in csv.DictReader(stream) if row["outcome"] in {"quarantined", "cell", "masked"}
        ]
    assert faults
    for fault in faults:
        severity = {"quarantined": "quarantine"}.get(fault["outcome"], fault["outcome"])
        assert (fault["path"], int(fault["row"]), fault["column"], severity) in told, fault


def test_neither_the_order_nor_the_home_changes_anything(
    example: Run, tmp_path: Path, pack: ReferencePack
) -> None:
    other = Run(tmp_path / "other", EXAMPLE_INBOX, pack, shuffle=7)
    assert other.deliveries.equals(example.deliveries)
    assert other.gate.findings.equals(example.gate.findings)
    for dataset, frame in example.gate.beside.items():
        assert other.gate.beside[dataset].equals(frame), dataset


def test_the_build_file_holds_what_the_gate_let_through(example: Run, pack: ReferencePack) -> None:
    path = create_build(example.settings, pack, example.frames, example.deliveries, example.gate)
    with duckdb.connect(str(path), read_only=True) as connection:

        def one(query: str) -> object:
            row = connection.execute(query).fetchone()
            assert row
            return row[0]

        assert one("select count(*) from ledger.delivery") == example.deliveries.height
        assert one("select count(*) from ledger.delivery_finding") == example.gate.findings.height
        assert one("select count(*) from lake.survey_answer where answer_status = 'ok'")
        # Every accepted reference leads to a system of the same municipality and period.
        for table, keys in (("function_answer", "unnest(system_keys)"), ("exchange", "to_system_key")):
            assert not one(
                f"select count(*) from (select municipality_number, period, {keys} as system_key "
                f"from lake.{table} where not is_quarantined) r "
                "anti join lake.system s using (municipality_number, period, system_key)"
            ), table
        assert one("select count(*) from lake.system_data_object where system_key is null") == 0
        # No table holds what was only needed to judge it.
        names = connection.execute("select column_name from duckdb_columns() where not internal").fetchall()
        assert not [name for (name,) in names if name.endswith(("__raw", "__error"))]
        assert one("select max(reference_date) from reference.period") == date(2026, 12, 31)


def test_what_is_superseded_is_judged_too_but_not_loaded(tmp_path: Path, pack: ReferencePack) -> None:
    inbox = tmp_path / "inbox" / "2026" / "9901"
    inbox.mkdir(parents=True)
    (inbox / "objekter.csv").write_text(OBJECTS + "Alfa;person;C;;\nBeta;person;C;;\n")
    (inbox / "systemer.csv").write_text(SYSTEMS + ALFA + "S2;Beta;health_record;i bruk;;;\n")
    before = Run(tmp_path / "home", tmp_path / "inbox", pack)
    assert before.gate.quarantined.is_empty()
    (inbox / "systemer.csv").write_text(SYSTEMS + ALFA + "S3;Delta;tull;i bruk;;;\n")
    after = Run(tmp_path / "home", tmp_path / "inbox", pack)
    # Beta is gone from what counts, so the row that names it is set aside now.
    assert after.gate.quarantined.height == 2
    assert set(after.deliveries.select("is_counting", "status").rows()) == {
        (False, "accepted"),
        (True, "partly_accepted"),
    }
    new = after.deliveries.filter(pl.col("supersedes").is_not_null())
    assert (
        new["supersedes"].to_list()
        == after.deliveries.filter(~pl.col("is_counting"))["delivery_id"].to_list()
    )
    assert after.gate.beside["system"].filter("is_counting").height == 2


def test_a_file_is_checked_with_what_its_home_knows(tmp_path: Path, pack: ReferencePack) -> None:
    inbox = tmp_path / "inbox" / "2026" / "9901"
    inbox.mkdir(parents=True)
    (inbox / "systemer.csv").write_text(SYSTEMS + ALFA)
    home = Run(tmp_path / "home", tmp_path / "inbox", pack).settings
    objects = (OBJECTS + "Alfa;person;C;;\nGamma;person;C;;\n").encode()
    parsed = parse_file(objects, "o.csv", "2026", "9901", pack, Limits())
    alone, known = check_deliveries(parsed, pack), check_deliveries(parsed, pack, home)
    assert alone.deliveries["rows_quarantined"].to_list() == [2]
    assert known.deliveries["rows_quarantined"].to_list() == [1]
    assert known.findings["value"].to_list() == ["Gamma"]
    assert len(Archive(home).arrivals()) == 1


def test_reports_tell_everything_and_escape_it(tmp_path: Path, pack: ReferencePack) -> None:
    inbox = tmp_path / "inbox" / "2026" / "9901"
    inbox.mkdir(parents=True)
    evil = "<script>alert(1)</script>"
    (inbox / "systemer <b>.csv").write_text(SYSTEMS + ALFA + f"S2;Beta;{evil};i bruk;;;\n")
    (inbox / "tom.csv").write_text("")
    run = Run(tmp_path / "home", tmp_path / "inbox", pack)
    names = {"9901": "Skjærvik"}
    assert write_reports(run.settings, run.deliveries, run.gate.findings, run.ingested.metas, names) == 2
    for row in run.deliveries.iter_rows(named=True):
        report = json.loads((run.settings.reports / f"{row['delivery_id']}.json").read_text("utf-8"))
        page = (run.settings.reports / f"{row['delivery_id']}.html").read_text("utf-8")
        assert report["status"] == row["status"]
        assert html.escape(row["file_name"]) in page
        assert "<script>" not in page
        assert "<b>" not in page
        for finding in report["findings"]:
            assert finding["file_name"] == row["file_name"]
            consequence = load_rules().consequences[finding["severity"]][0]
            assert html.escape(finding["sentence_nb"].removesuffix(consequence).strip()) in page
            assert html.escape(consequence) in page
    partly = run.deliveries.filter(pl.col("status") == "partly_accepted")["delivery_id"].item()
    page = (run.settings.reports / f"{partly}.html").read_text("utf-8")
    assert html.escape(evil) in page
    assert "<dt>Rader satt til side</dt><dd>1</dd>" in page
    assert "9901 Skjærvik" in page
    assert "<td>funksjon</td><td>funksjon</td>" in page
    assert "Rett 1 rad og send filen på nytt." in page
    english = (run.settings.reports / f"{partly}.en.html").read_text("utf-8")
    assert "Mend 1 row and send the file again." in english
    before = page
    write_reports(run.settings, run.deliveries, run.gate.findings, run.ingested.metas, names)
    assert (run.settings.reports / f"{partly}.html").read_text("utf-8") == before


def test_rows_of_an_unknown_delivery_are_not_passed_on(pack: ReferencePack) -> None:
    frame = pl.DataFrame(schema=dataset_columns()["system"])
    stray = pl.concat(
        [frame, pl.DataFrame({"delivery_id": ["x"], "sheet": [""], "row_number": [2]})], how="diagonal"
    )
    counting = pl.DataFrame(schema=ledger.COUNTING_SCHEMA)
    with pytest.raises(ValueError, match="rows of the delivery x"):
        prepare({"system": stray}, {}, counting)


def test_the_count_is_taken_from_the_rows_themselves(example: Run) -> None:
    rows = prepare(example.frames, example.ingested.metas, example.ledger.counting)
    more = pl.concat(
        [
            example.gate.quarantined,
            example.gate.quarantined.head(1).with_columns(row_number=pl.lit(10**6, dtype=pl.Int64)),
        ]
    )
    with pytest.raises(GateError, match="rows received"):
        count_rows(rows, more)
    assert gate_module.count_rows(rows, example.gate.quarantined).height == rows.deliveries.height


def test_nothing_delivered_is_nothing_judged(tmp_path: Path, pack: ReferencePack) -> None:
    (tmp_path / "inbox").mkdir()
    run = Run(tmp_path / "home", tmp_path / "inbox", pack)
    assert run.deliveries.is_empty()
    assert run.gate.findings.is_empty()
    assert run.gate.checks["evaluated"].sum() == 0
    assert create_build(run.settings, pack, run.frames, run.deliveries, run.gate).is_file()
