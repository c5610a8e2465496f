"""The contract is whole, unambiguous and the same as what the lake stores."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.ingest import contract as contract_module
from pipelines.ingest.contract import (
    CONTRACT_FILE,
    Contract,
    ContractError,
    dataset_schema,
    datasets_of_sheet,
    load_contract,
)
from pipelines.ingest.text import header_key

REQUIRED = {
    "survey": set(),
    "processes": {"process_name"},
    "process_data": {"process_name", "data_object_id"},
    "initiatives": {"initiative_name"},
    "systems": {"system_name", "function_ids"},
    "functions": {"function_id"},
    "system_data_objects": {"system_name", "data_object_name"},
    "exchanges": {"from_system", "to_system"},
    "shared_services": {"service_id"},
}
# The headers of the Norwegian template, as the agreement with the municipalities has them.
TEMPLATE = {
    "systems": "system_id, systemnavn, leverandør, produkt, funksjon, satsingsområde, eier_enhet, "
    "systemeier_rolle, driftsmodell, livsløp, anskaffet, avtaleslutt, årlig_kostnad, brukere, "
    "personopplysninger, ros_dato, funksjonell_egnethet, teknisk_egnethet, dataobjekter",
    "functions": "funksjon, systemer, komplett",
    "system_data_objects": "systemnavn, dataobjekt, operasjoner, lagrer_kopi, master, kilde",
    "exchanges": "fra_system, til_system, dataobjekt, automatisk",
    "shared_services": "løsning, i_bruk",
    "processes": "prosessnavn, referanseprosess, prosesstype, satsingsområde, eierskap, eier_rolle, "
    "eier_enhet, enheter, systemer, beskrevet_dato, måles, selvbetjening, volum_per_år",
    "process_data": "prosessnavn, dataobjekt, innhenting",
    "initiatives": "tiltak, prosesser, mål, besluttet_dato, kartlagt_før, ansvarlig_rolle, gevinst_måles, "
    "status",
}


def test_required_columns_are_those_of_the_agreement() -> None:
    found = {sheet.id: {column.name for column in sheet.required} for sheet in load_contract().sheets}
    assert found == REQUIRED


@pytest.mark.parametrize("sheet_id", TEMPLATE)
def test_every_header_of_the_template_is_known_and_no_column_has_two(sheet_id: str) -> None:
    sheet = load_contract().sheet_by_id[sheet_id]
    headers = [header.strip() for header in TEMPLATE[sheet_id].split(",")]
    found = [sheet.header_index.get(header_key(header)) for header in headers]
    assert None not in found
    assert len(set(found)) == len(headers)
    assert {c.header_nb for c in (*sheet.columns, *sheet.flat)} == set(headers)


def test_every_sheet_s_data_sets_have_a_schema() -> None:
    for sheet in load_contract().sheets:
        for dataset in datasets_of_sheet(sheet.id):
            assert dataset_schema(dataset)


def test_coded_columns_read_their_own_labels() -> None:
    for sheet in load_contract().sheets:
        for column in sheet.columns:
            for code in column.codes:
                assert column.code_index[header_key(code.label_nb)] == code.code
                assert column.code_index[header_key(code.label_en)] == code.code


def changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, other: str) -> Contract:
    content = CONTRACT_FILE.read_text(encoding="utf-8")
    assert text in content
    path = tmp_path / "contract.yml"
    path.write_text(content.replace(text, other, 1), encoding="utf-8")
    monkeypatch.setattr(contract_module, "CONTRACT_FILE", path)
    return load_contract.__wrapped__()


@pytest.mark.parametrize(
    ("text", "other", "message"),
    [
        ("header_nb: leverandør", "header_nb: systemnavn", "means both"),
        ("nb: planlagt", "nb: i bruk", "two codes"),
        ("required: true", "requird: true", "unknown setting"),
        ("type: decimal", "type: money", "unknown type"),
        ("sheet: system_data_objects", "sheet: nowhere", "no sheet"),
        ("from: described_date, how: is_dated", "from: nothing, how: is_dated", "no column"),
        ("type: concept", "type: text", "codes and concept"),
    ],
)
def test_a_contract_that_contradicts_itself_fails_at_load(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, other: str, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        changed(monkeypatch, tmp_path, text, other)


def test_the_contract_is_plain_yaml() -> None:
    assert set(yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))["kinds"]) == {
        "survey",
        "processes",
        "systems",
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Undersøkelse 2026.xlsx", "survey"),
        ("nettskjema-eksport.csv", "survey"),
        ("PROSESSER.csv", "processes"),
        ("systemliste.xlsx", "systems"),
        ("bok1.xlsx", "unknown"),
    ],
)
def test_a_file_s_name_tells_its_kind_when_nothing_else_does(name: str, kind: str) -> None:
    assert load_contract().kind_of_file_name(name) == kind
