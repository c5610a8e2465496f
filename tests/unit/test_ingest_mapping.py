"""Mappings: checked at load, and what they do to headers and values."""

from __future__ import annotations

import hashlib
import textwrap

import pytest

from pipelines.ingest.mapping import Mapping, MappingError, load_mapping
from pipelines.ingest.unpivot import Unpivot
from tests.unit.test_ingest_support import HEALTH, csv_bytes, parse_one, rejection, rules, workbook_bytes


def mapping_of(text: str) -> Mapping:
    return load_mapping(textwrap.dedent(text).encode())


def test_a_mapping_knows_its_hash_and_its_files() -> None:
    content = b"kind: systems\nfiles: 'sys*.csv'\ncolumns: {Name: system_name, Function: function_ids}\n"
    mapping = load_mapping(content)
    assert mapping.sha256 == hashlib.sha256(content).hexdigest()
    assert mapping.applies_to("SYSTEMS.CSV")
    assert not mapping.applies_to("prosesser.csv")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kind: systems\ncolumns: {A: systm_name}", ["unknown contract column 'systm_name'", "system_name"]),
        ("kind: system\ncolumns: {A: system_name}", ["kind", "systems"]),
        ("kind: systems", ["columns", "required"]),
        ("kind: systems\ncolumns: {}", ["at least one source header"]),
        ("kind: systems\ncolumns: {A: system_name}\ncolour: red", ["colour"]),
        ("kind: systems\ncolumns: {A: system_name}", ["contract_sheet", "systems and system_data_objects"]),
        ("kind: systems\ncolumns: {A: vendor, B: is_complete}", ["several contract sheets"]),
        (
            "kind: systems\ncontract_sheet: system\ncolumns: {A: vendor}",
            ["unknown contract sheet", "systems"],
        ),
        ("kind: systems\ncolumns: {A: vendor}\nconstants: {lifecycel: x}", ["'lifecycel'", "lifecycle"]),
        ("kind: systems\ncolumns: {A: vendor, B: item:PU1}", ["item:PU1", "survey item"]),
        ("kind: systems\ncolumns: {A: vendor}\nsplit: {vendor: '['}", ["no regular expression"]),
        (
            "kind: systems\ncolumns: {A: vendor}\nvalues: {vendor: {rules: [{to: x}]}}",
            ["either value or pattern"],
        ),
        (
            "kind: systems\ncolumns: {A: vendor}\nvalues: {vendor: {rules: [{pattern: '(', to: x}]}}",
            ["no regular expression"],
        ),
        (
            "kind: systems\ncolumns: {A: vendor}\nvalues: {vendor: {rules: [{from: B, value: y, to: x}]}}",
            ["unknown source header 'B'", "A"],
        ),
        ("kind: survey\ncolumns: {A: item:PU1}\nscale: {agreement_5: {ja: maybe}}", ["'maybe'", "dont_know"]),
        (
            "kind: systems\ncolumns: {A: vendor}\nconstants: {lifecycle: in_uze}",
            ["unknown code 'in_uze'", "in_use"],
        ),
        (
            "kind: systems\ncolumns: {A: lifecycle}\nvalues: {lifecycle: {Live: used}}",
            ["values.lifecycle", "'used'"],
        ),
        (
            "kind: systems\ncolumns: {A: vendor}\nvalues: {vendor: {rules: [{pattern: '(a)\\1', to: x}]}}",
            ["no regular expression", "backreferences"],
        ),
        ("kind: systems\ncolumns: {A: vendor}\nsplit: {vendor: '" + "a" * 301 + "'}", ["longer than 300"]),
        (
            "kind: systems\nunpivot: [{pattern: '{functoin_id}: {field}', fields: {s: system_names}}]",
            ["unknown contract column 'functoin_id'", "function_id"],
        ),
        (
            "kind: systems\nunpivot: [{pattern: '{service_id}', cell: is_usd}]",
            ["unknown contract column 'is_usd'", "is_used"],
        ),
        ("kind: systems\nunpivot: [{pattern: 'abc', cell: is_used}]", ["one contract column in braces"]),
        ("kind: systems\nunpivot: [{pattern: '{service_id}'}]", ["either fields or cell"]),
        (
            "kind: systems\nunpivot: [{pattern: '{service_id} {field}', cell: is_used}]",
            ["needs {field} with fields"],
        ),
        (
            "kind: systems\nunpivot: [{pattern: '{service_id}{field}', fields: {a: is_used}}]",
            ["some text between"],
        ),
        (
            "kind: systems\ncolumns: {A: is_used}\nunpivot: [{pattern: '{service_id}', cell: is_used}]",
            ["is_used", "by something else as well"],
        ),
        (
            "kind: survey\nunpivot: [{pattern: '{focus_area_ids}', cell: respondent_id}]",
            ["unpivot is for", "not for survey"],
        ),
        ("- a\n- b", ["found list"]),
        ("kind: [", ["not readable as YAML"]),
        ("\x00", ["not readable as YAML"]),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where_and_what_would_do(text: str, parts: list[str]) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping(text.encode(), "inbox/2026/9901/mapping.yml")
    message = str(caught.value)
    assert message.startswith("inbox/2026/9901/mapping.yml: ")
    for part in parts:
        assert part in message


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(MappingError) as caught:
        mapping_of("kind: x\ncolumns: {A: system_name}\nheader_rows: 3")
    assert "kind" in str(caught.value)
    assert "header_rows" in str(caught.value)


SYSTEMS = """
    kind: systems
    columns:
      Navn på program: system_name
      Avdeling: [owner_unit, function_ids]
      Hva det gjør: function_ids
      Tilstand: lifecycle
    values:
      lifecycle: {Live: in_use, Borte: avviklet}
      function_ids:
        otherwise: blank
        rules:
          - {from: Avdeling, value: helse, to: health_record}
          - {from: Hva det gjør, pattern: "alarm|sensor", to: [welfare_technology]}
          - {from: Hva det gjør, pattern: "økonomisk", to: [social_services]}
    constants: {operating_model: sky}
    ignore: [Notat]
"""


def test_source_headers_and_values_become_the_contract_s() -> None:
    rows = [
        ["Navn på program", "Avdeling", "Hva det gjør", "Tilstand", "Notat", "Farge", "leverandør"],
        ["Alfa", "Helse", "Sensorer og ALARM; økonomisk hjelp", "live", "n", "rød", "Fjord"],
        ["Beta", "Teknisk", "", "Borte", "n", "", ""],
        ["Gamma", "Helse", "tekst", "Ukjent sak", "", "", ""],
    ]
    mapping = mapping_of(SYSTEMS)
    delivery = parse_one(csv_bytes(rows), mapping=mapping)
    frame = delivery.datasets["system"]
    assert frame["function_ids"].to_list() == [
        ["health_record", "social_services", "welfare_technology"],
        None,
        ["health_record"],
    ]
    assert frame["function_ids__error"].to_list() == [None] * 3
    assert frame["function_ids__raw"].to_list()[:2] == [
        "Helse | Sensorer og ALARM; økonomisk hjelp",
        "Teknisk",
    ]
    assert frame["owner_unit"].to_list() == ["Helse", "Teknisk", "Helse"]
    assert frame["lifecycle"].to_list() == ["in_use", "retired", None]
    assert frame["lifecycle__error"].to_list() == [None, None, "unknown_code"]
    assert frame["lifecycle__raw"].to_list() == ["live", "Borte", "Ukjent sak"]
    assert frame["operating_model"].to_list() == ["sky"] * 3
    assert frame["vendor"].to_list() == ["Fjord", None, None]
    assert [(f.rule, f.column) for f in delivery.findings] == [("unknown_column", "Farge")]
    assert delivery.mapping_sha256 == delivery.recognised["mapping"] == mapping.sha256
    assert delivery.delivery_id != parse_one(csv_bytes(rows), mapping=mapping_of(SYSTEMS + "\n")).delivery_id


def test_a_constant_makes_no_row() -> None:
    rows = [
        ["Navn på program", "Avdeling", "Hva det gjør", "Tilstand"],
        ["Alfa", "Helse", "", ""],
        ["", "", "", ""],
    ]
    assert parse_one(csv_bytes(rows), mapping=mapping_of(SYSTEMS)).rows_received == 1


def test_separators_of_the_source() -> None:
    mapping = mapping_of(
        """
        kind: systems
        columns: {Navn: system_name, Område: function_ids}
        values: {function_ids: {EPJ: health_record, "Sosial": social_services}}
        split: {function_ids: "[,/]"}
        """
    )
    rows = [["Navn", "Område"], ["Alfa", "EPJ / sosial"], ["Beta", f"{HEALTH},Tull"]]
    frame = parse_one(csv_bytes(rows), mapping=mapping).datasets["system"]
    assert frame["function_ids"].to_list() == [["health_record", "social_services"], ["health_record"]]
    assert frame["function_ids__error"].to_list() == [None, "unknown_function"]


def test_two_header_rows_are_a_pair_and_a_short_name_does_where_it_is_the_only_one() -> None:
    mapping = mapping_of(
        """
        kind: survey
        header_rows: 2
        columns:
          "Kart | Vurdering": item:PU1
          "Eier | Vurdering": item:PO1
          Opplæring: item:EN3
          Skjema: respondent_id
        scale: {agreement_5: {Topp: 5, Bånn: 1, Blankt: blank, Aner ikke: dont_know}}
        """
    )
    rows = [
        ["Skjema", "Kart", "", "Eier", "Annet"],
        ["", "Vurdering", "Kommentar", "Vurdering", "Opplæring"],
        ["7", "topp", "x", "Aner ikke", "helt enig"],
        ["8", "Bånn", "", "blankt", "3"],
    ]
    merged = {"Svar": ["B1:C1"]}
    book = workbook_bytes({"Svar": [[cell or None for cell in row] for row in rows]}, merged=merged)
    for content, name in ((csv_bytes(rows), "svar.csv"), (book, "svar.xlsx")):
        delivery = parse_one(content, name, mapping=mapping)
        answers = delivery.datasets["survey_answer"].select(
            "row_number", "item_id", "answer_status", "answer"
        )
        assert answers.rows() == [
            (3, "PU1", "ok", 5),
            (3, "PO1", "dont_know", None),
            (3, "EN3", "ok", 5),
            (4, "PU1", "ok", 1),
            (4, "PO1", "blank", None),
            (4, "EN3", "ok", 3),
        ]
        assert delivery.datasets["survey_respondent"]["respondent_id"].to_list() == ["7", "8"]
        assert [f.column for f in delivery.findings] == ["Kart | Kommentar"]


def test_the_mapping_s_sheet_encoding_and_delimiter_are_kept_to() -> None:
    columns = "columns: {Navn: system_name, Funksjon: function_ids}"
    rows = [["Navn", "Funksjon"], ["Ærfugl", HEALTH]]
    mapping = mapping_of(f"kind: systems\nencoding: cp865\ndelimiter: '#'\n{columns}")
    content = "\n".join("#".join(row) for row in rows).encode("cp865")
    assert parse_one(content, mapping=mapping).datasets["system"]["system_name"].to_list() == ["Ærfugl"]
    mapping = mapping_of(f"kind: systems\nsheet: Data\n{columns}")
    book = workbook_bytes({"Annet": rows, "data": [*rows[:1], ["Andre", HEALTH]]}, hidden=["data"])
    assert parse_one(book, "a.xlsx", mapping=mapping).datasets["system"]["system_name"].to_list() == ["Andre"]
    missing = parse_one(workbook_bytes({"Annet": rows}), "a.xlsx", mapping=mapping)
    assert rejection(missing) == "sheet_not_found"


def test_a_mapped_header_that_is_not_there_is_told_or_rejects() -> None:
    mapping = mapping_of(
        "kind: systems\ncolumns: {Navn: system_name, Område: function_ids, Pris: annual_cost}"
    )
    delivery = parse_one(csv_bytes([["Navn", "Område"], ["Alfa", HEALTH]]), mapping=mapping)
    assert rules(delivery) == ["mapped_header_missing"]
    assert delivery.findings[0].params["expected"] == "årlig_kostnad"
    delivery = parse_one(csv_bytes([["Navn", "Pris"], ["Alfa", "1"]]), mapping=mapping)
    assert rejection(delivery) == "required_column_missing"


def test_one_of_several_source_headers_is_enough() -> None:
    mapping = mapping_of("kind: systems\ncolumns: {Navn: system_name, Name: system_name, F: function_ids}")
    assert rules(parse_one(csv_bytes([["Name", "F"], ["Alfa", HEALTH]]), mapping=mapping)) == []
    both = parse_one(csv_bytes([["Navn", "Name", "F"], ["Alfa", "Alfa", HEALTH]]), mapping=mapping)
    assert rejection(both) == "two_headers_one_column"


def test_items_that_the_instrument_does_not_have_reject() -> None:
    mapping = mapping_of("kind: survey\ncolumns: {A: item:PU1, B: item:NOPE}")
    delivery = parse_one(csv_bytes([["A", "B"], ["1", "2"]]), mapping=mapping)
    assert delivery.rejection is not None
    assert (delivery.rejection.rule, delivery.rejection.params["found"]) == ("mapping_unknown_item", "NOPE")


def test_a_scale_that_the_instrument_does_not_use_rejects() -> None:
    mapping = mapping_of("kind: survey\ncolumns: {A: item:PU1}\nscale: {agreement_6: {ja: 1}}")
    delivery = parse_one(csv_bytes([["A"], ["1"]]), mapping=mapping)
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "mapping_unknown_scale"
    assert "agreement_5" in delivery.rejection.params["expected"]


def test_a_mapping_of_another_kind_than_expected_rejects() -> None:
    mapping = mapping_of("kind: survey\ncolumns: {A: item:PU1}")
    assert rejection(parse_one(csv_bytes([["A"], ["1"]]), mapping=mapping, kind="systems")) == "wrong_kind"


@pytest.mark.parametrize(
    ("pattern", "fields", "header", "expected"),
    [
        ("{function_id}: {field}", ["system"], "Lønn: system", ("Lønn", "system")),
        ("{function_id}: {field}", ["system"], "  Lønn :\n SYSTEM ◆", ("Lønn", "system")),
        ("{function_id}: {field}", ["system"], "Plan: bygg: system", ("Plan: bygg", "system")),
        ("{function_id}: {field}", ["system", "eget system"], "Lønn: eget system", ("Lønn", "eget system")),
        ("{field} for {function_id}", ["System"], "System for Lønn", ("Lønn", "System")),
        ("{function_id} {field}", ["system"], "Lønn system", ("Lønn", "system")),
        ("{function_id} {field}", ["system"], "Lønnssystem", None),
        ("{function_id}: {field}", ["system"], "Lønn: pris", None),
        ("{function_id}: {field}", ["system"], ": system", None),
        ("{data_object_name} (CRUD)", [], "Adresse (crud)", ("Adresse", "cell")),
        ("{service_id}", [], "ID-porten", ("ID-porten", "cell")),
    ],
)
def test_a_template_reads_headers(
    pattern: str, fields: list[str], header: str, expected: tuple[str, str] | None
) -> None:
    given = {"cell": None if fields else "cell", "fields": {field: field for field in fields}}
    assert Unpivot.model_validate({"pattern": pattern, **given}).read(header) == expected


def test_a_pattern_that_would_hang_another_engine_is_read_at_once() -> None:
    mapping = mapping_of(
        """
        kind: systems
        columns: {Navn: system_name, Hva: function_ids}
        values:
          function_ids: {rules: [{pattern: "^(a+)+(a|a)*(.*.*)*$x", to: payroll_hr}], otherwise: blank}
        split: {function_ids: "(a|a)*;(b+)+"}
        """
    )
    rows = [["Navn", "Hva"], ["Alfa", "a" * 30_000]]
    frame = parse_one(csv_bytes(rows), mapping=mapping).datasets["system"]
    assert frame["function_ids"].to_list() == [None]


def test_a_group_in_a_separator_is_no_value() -> None:
    mapping = mapping_of(
        """
        kind: systems
        columns: {Navn: system_name, F: function_ids}
        split: {function_ids: "( og |,)"}
        """
    )
    rows = [["Navn", "F"], ["Alfa", "health_record og payroll_hr,accounting"]]
    frame = parse_one(csv_bytes(rows), mapping=mapping).datasets["system"]
    assert frame["function_ids"].to_list() == [["accounting", "health_record", "payroll_hr"]]
    assert frame["function_ids__error"].to_list() == [None]
