"""Names in delivered files: linked, marked, put to a person, settled by a row in the alias table."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.gate.name_review import (
    WaitingName,
    alias_row,
    as_csv,
    read_waiting_names,
    waiting_names,
    write_waiting_names,
)
from pipelines.gate.single import Checked, check_deliveries
from pipelines.ingest import columns
from pipelines.ingest.columns import MOST_LIKENED
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import MASK, Finding, ParsedDelivery
from pipelines.ingest.naming import concept_names
from pipelines.ingest.parse import parse_file
from pipelines.orchestration.settling import SettlingError, lines_of_waiting, settle_name
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.reference.schema import PackError
from pipelines.settings import Limits, Settings
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.lake import Lake, ingest_pending
from tests.support import BASE_PACK, FICTIONAL_PACK

LINKED, REVIEW = "linked_by_likeness", "name_to_review"
TYPO, NEAR = "Barnehageoptak", "Lønn og personell"
HEADERS = ["systemnavn", "leverandør", "produkt", "funksjon"]


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def content(headers: list[str], *rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([headers, *rows])
    return text.getvalue().encode("utf-8-sig")


def read(pack: ReferencePack, headers: list[str], *rows: list[str]) -> ParsedDelivery:
    (delivery,) = parse_file(content(headers, *rows), "fil.csv", "2026", "9901", pack, Limits())
    assert delivery.rejection is None
    return delivery


def named(delivery: ParsedDelivery) -> list[Finding]:
    return [finding for finding in delivery.findings if finding.rule in {LINKED, REVIEW}]


def system(pack: ReferencePack, name: str, vendor: str, product: str) -> tuple[str | None, str | None]:
    """product_id and vendor_id of one system."""
    row = read(pack, HEADERS, [name, vendor, product, "EPJ"]).datasets["system"].row(0, named=True)
    assert (row["vendor"], row["product"]) == (vendor or None, product or None)
    return row["product_id"], row["vendor_id"]


@pytest.mark.parametrize(
    "text", ["Visma Enterprise HRM", "VISMA HRM", " Visma Enterprise - HRM", "Visma HRM AS"]
)
def test_one_product_however_it_is_written(pack: ReferencePack, text: str) -> None:
    product, vendor = system(pack, "Lønnssystemet", "", text.strip())
    assert (product, vendor) == ("visma_enterprise_hrm", "visma")


@pytest.mark.parametrize(
    ("name", "vendor", "product", "expected"),
    [
        ("Lønn", "Visma", "Visma", (None, "visma")),
        ("Visma", "", "", (None, None)),
        ("Gerica", "", "", ("gerica", "tietoevry")),
        ("Gerica", "Tieto", "", ("gerica", "tietoevry")),
        # The name of a product of Sikri's, from another known vendor: another thing.
        ("Elements", "ACOS AS", "", (None, "acos")),
        ("Elements", "Lokal Data AS", "", ("elements", None)),
        ("Gerica", "", "Noe annet", (None, None)),
        ("Noe eget", "Egenutviklet", "", (None, None)),
    ],
)
def test_product_and_vendor_of_a_system(
    pack: ReferencePack, name: str, vendor: str, product: str, expected: tuple[str | None, str | None]
) -> None:
    assert system(pack, name, vendor, product) == expected


def test_what_was_not_linked_in_the_end_is_not_told_as_linked(pack: ReferencePack) -> None:
    typo = "Visma Flyt Ressurstyring"
    assert [f.rule for f in named(read(pack, HEADERS, [typo, "Visma", "", "EPJ"]))] == [LINKED]
    assert system(pack, typo, "ACOS", "") == (None, "acos")
    assert named(read(pack, HEADERS, [typo, "ACOS", "", "EPJ"])) == []


def test_a_vendors_name_is_no_product_however_near(pack: ReferencePack) -> None:
    products = concept_names(pack, load_contract().closeness)["product"]
    assert products.look_up("Dossier Solutions AS").how == "unknown"
    assert products.look_up("Dossier Solutions Pro").how == "review"


def test_what_was_linked_by_likeness_is_marked_once_per_text(pack: ReferencePack) -> None:
    delivery = read(pack, HEADERS, *([f"System {n}", "", "", TYPO] for n in range(3)))
    assert delivery.datasets["system"]["function_ids"].to_list() == [["kindergarten_admission"]] * 3
    assert delivery.datasets["system"]["function_ids__error"].null_count() == 3
    (finding,) = named(delivery)
    assert (finding.rule, finding.severity, finding.row_number, finding.column) == (
        LINKED,
        "warning",
        2,
        "funksjon",
    )
    assert finding.value == TYPO
    assert finding.params == {
        "found": TYPO,
        "expected": "Barnehageopptak og foreldrebetaling",
        "score": "93.3",
        "concept": "function",
        "candidate": "kindergarten_admission",
    }


def test_what_is_less_near_is_put_to_a_person_and_stays_unknown(pack: ReferencePack) -> None:
    delivery = read(pack, HEADERS, ["Alfa", "", "", f"EPJ; {NEAR}"], ["Beta", "", "", NEAR])
    systems = delivery.datasets["system"]
    assert systems["function_ids"].to_list() == [["health_record"], None]
    assert systems["function_ids__error"].to_list() == ["unknown_function"] * 2
    (finding,) = named(delivery)
    assert (finding.rule, finding.value, finding.row_number) == (REVIEW, NEAR, 2)
    assert (finding.params["candidate"], finding.params["score"]) == ("payroll_hr", "77.8")


@pytest.mark.parametrize("text", ["P12", "Svømmehall", "ingen", "vet ikke", "***", "Vaktmester"])
def test_what_is_not_near_is_unknown_as_ever(pack: ReferencePack, text: str) -> None:
    assert named(read(pack, HEADERS, ["Alfa", "", "", text])) == []


def test_two_things_that_are_both_near_are_linked_to_neither(tmp_path: Path) -> None:
    (tmp_path / "vendor.csv").write_text("vendor_id,name\na,Hallingdata\nb,Hallinngdata\n")
    pack = load_pack([BASE_PACK, FICTIONAL_PACK, tmp_path])
    delivery = read(pack, HEADERS, ["Alfa", "Hallinggdata", "", "EPJ"])
    assert delivery.datasets["system"]["vendor_id"].to_list() == [None]
    assert [finding.rule for finding in named(delivery)] == [REVIEW]


def test_each_municipality_of_a_file_is_told_of_its_own_rows(pack: ReferencePack) -> None:
    rows = [
        [number, "Alfa", "EPJ" if number == "9903" else TYPO] for number in ("9901", "9902", "9903", "9902")
    ]
    found = parse_file(
        content(["kommunenummer", "systemnavn", "funksjon"], *rows), "alle.csv", "2026", "", pack, Limits()
    )
    assert {d.municipality_number: [f.row_number for f in named(d)] for d in found} == {
        "9901": [2],
        "9902": [3],
        "9903": [],
    }


def test_what_respondents_wrote_is_not_told(pack: ReferencePack) -> None:
    typo, near = "Tilitsvalgte og verneombud", "Mellomledarar"
    delivery = read(pack, ["respondent", "rollegruppe", "PU1"], ["1", typo, "3"], ["2", near, "3"])
    assert delivery.datasets["survey_respondent"]["role_group_id"].to_list() == [
        "employee_representatives",
        None,
    ]
    (finding,) = named(delivery)
    assert (finding.rule, finding.value, finding.params["found"]) == (LINKED, MASK, MASK)
    assert typo not in str(finding)


def test_a_process_is_known_by_a_name_that_is_nearly_the_reference_one(pack: ReferencePack) -> None:
    typo = "Tildele barnehageplas"
    process = read(
        pack, ["prosessnavn", "referanseprosess", "prosesstype"], [typo, "", "hovedprosess"], ["Eget", "", ""]
    )
    assert process.datasets["process"]["process_id"].to_list() == ["kindergarten_place", None]
    assert [(f.column, f.value) for f in named(process)] == [("prosessnavn", typo)]
    # Where the reference is given, the name is the municipality's own.
    own = read(pack, ["prosessnavn", "referanseprosess", "prosesstype"], [typo, "school_enrolment", ""])
    assert own.datasets["process"]["process_id"].to_list() == ["school_enrolment"]
    assert named(own) == []


def test_a_reference_to_a_process_may_be_nearly_its_name(pack: ReferencePack) -> None:
    typo, own = "Tildele barnehageplas", "Tildele sykehjemsplass"
    headers = ["prosessnavn", "dataobjekt", "innhenting"]
    delivery = read(pack, headers, [typo, "Eiendommer", "spurt_bruker"], [own, "Eiendomer", "spurt_bruker"])
    checked = check_deliveries([delivery], pack)
    assert checked.deliveries["rows_quarantined"].to_list() == [1]
    assert checked.gate.beside["process_data"]["process_key"].to_list() == ["kindergarten_place", None]
    linked = checked.findings.filter(pl.col("rule") == LINKED)
    assert linked["value"].to_list() == ["Tildele barnehageplas", "Eiendomer"]
    assert linked["sentence_nb"][0] == (
        "«Tildele barnehageplas» er lest som «Tildele barnehageplass», som er svært likt (92.9 av 100). "
        "Skriv navnet slik hvis det er riktig; hvis ikke, skriv det fulle navnet på det som menes, eller si "
        "fra."
    )


def test_unknown_names_tell_what_there_is(pack: ReferencePack) -> None:
    headers = ["systemnavn", "funksjon", "satsingsområde"]
    checked = check_deliveries([read(pack, headers, ["Alfa", "Lønn og ansatte", "Alt mulig"])], pack)
    sentences = dict(checked.findings.select("rule", "sentence_nb").iter_rows())
    assert "Nærmest er «Lønn og personal»" in sentences["unknown_function"]
    assert "Listen har: " in sentences["unknown_focus_area"]
    for name in pack.table("focus_area")["name_nb"]:
        assert name in sentences["unknown_focus_area"]


def test_a_column_of_very_many_texts_is_read_without_likeness(
    pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["Alfa", "", "", "Noe annet"], ["Beta", "", "", TYPO]]
    assert MOST_LIKENED > 1_000
    monkeypatch.setattr(columns, "MOST_LIKENED", 1)
    delivery = read(pack, HEADERS, *rows)
    assert delivery.datasets["system"]["function_ids__error"].to_list() == ["unknown_function"] * 2
    assert named(delivery) == []


def test_names_are_made_once_per_pack(pack: ReferencePack) -> None:
    closeness = load_contract().closeness
    assert concept_names(pack, closeness) is concept_names(load_pack([BASE_PACK, FICTIONAL_PACK]), closeness)


# The table of names that wait


def waiting(pack: ReferencePack, *texts: str) -> list[WaitingName]:
    checked: Checked = check_deliveries([read(pack, HEADERS, *(["Alfa", "", t, "EPJ"] for t in texts))], pack)
    return waiting_names(checked.metas, list(checked.metas))


def test_the_table_holds_what_waits_and_the_row_that_settles_it(pack: ReferencePack) -> None:
    (one,) = waiting(pack, "Agreso", "Visma HRM", "Noe annet")
    assert one == WaitingName(
        concept="product",
        text="Agreso",
        municipality="9901",
        period="2026",
        file="fil.csv",
        candidate_id="unit4_erp",
        candidate_name="Unit4 ERP",
        score="85.7",
        alias_row="product,Agreso,unit4_erp",
    )
    assert waiting_names({}, []) == []


def test_nothing_in_the_table_is_a_formula_and_it_reads_back(pack: ReferencePack, tmp_path: Path) -> None:
    found = waiting(pack, "=Gerica pleie", "+Gerica;x", "Gerica")
    own = Settings(home=tmp_path, reference=(), inboxes=())
    own.reports.mkdir(parents=True)
    table = as_csv(found)
    assert b";'=Gerica pleie;" in table
    (own.reports / "names_to_review.csv").write_bytes(table)
    assert read_waiting_names(own) == found
    assert [name.text for name in found] == sorted(name.text for name in found)
    assert read_waiting_names(Settings(home=tmp_path / "x", reference=(), inboxes=())) is None


def test_an_alias_row_is_a_line_of_csv() -> None:
    assert (
        alias_row("function", 'Lønn, "og" personell', "payroll_hr")
        == 'function,"Lønn, ""og"" personell",payroll_hr'
    )


def test_settled_names_are_linked_when_the_file_is_read_again(pack: ReferencePack, tmp_path: Path) -> None:
    overlay = tmp_path / "egen"
    own = Settings(home=tmp_path, reference=(BASE_PACK, FICTIONAL_PACK, overlay), inboxes=())
    overlay.mkdir()
    said = settle_name(own, "product", "  Agreso ", "unit4_erp", overlay)
    assert "'Agreso' is unit4_erp" in said
    assert "KOMMUNEBENCH_REFERENCE" not in said
    settle_name(own, "function", "Lønn, og mer", "payroll_hr", overlay)
    assert (overlay / "alias.csv").read_text("utf-8") == (
        'concept,alias,concept_id\nproduct,Agreso,unit4_erp\nfunction,"Lønn, og mer",payroll_hr\n'
    )
    settled = load_pack(own.reference)
    assert settled.pack_hash != pack.pack_hash
    assert waiting(settled, "Agreso") == []
    assert system(settled, "Økonomi", "", "Agreso") == ("unit4_erp", "unit4")


def test_a_pack_in_use_is_known_under_another_path(tmp_path: Path) -> None:
    overlay = tmp_path / "egen"
    overlay.mkdir()
    (overlay / "alias.csv").write_text("concept,alias,concept_id\nproduct,Gerica V,gerica\n")
    (tmp_path / "lenke").symlink_to(overlay)
    own = Settings(home=tmp_path, reference=(BASE_PACK, FICTIONAL_PACK, overlay), inboxes=())
    said = settle_name(own, "product", "Agreso", "unit4_erp", tmp_path / "lenke")
    assert said.startswith(f"{overlay / 'alias.csv'}: ")
    assert "KOMMUNEBENCH_REFERENCE" not in said


@pytest.mark.parametrize(
    ("concept", "text", "concept_id", "says"),
    [
        ("produkt", "Agreso", "unit4_erp", "no concept 'produkt'"),
        ("product", "Agreso", "unit5", "product has no id 'unit5'"),
        ("product", "AGRESSO", "gerica", "leads to unit4_erp already"),
    ],
)
def test_what_cannot_be_settled_changes_nothing(
    tmp_path: Path, concept: str, text: str, concept_id: str, says: str
) -> None:
    own = Settings(home=tmp_path, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=())
    with pytest.raises(SettlingError, match=says):
        settle_name(own, concept, text, concept_id, tmp_path / "egen")
    assert not (tmp_path / "egen").exists()


def test_a_row_that_spoils_the_pack_is_taken_back(tmp_path: Path) -> None:
    overlay = tmp_path / "egen"
    overlay.mkdir()
    own = Settings(home=tmp_path, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=())
    with pytest.raises(PackError):
        settle_name(own, "product", "?.", "gerica", overlay)
    assert list(overlay.iterdir()) == []
    table = overlay / "alias.csv"
    table.write_bytes(b"concept,alias,concept_id\r\nproduct,Gerica V,gerica\r\n")
    said = settle_name(own, "product", "Gerica VI", "gerica", overlay)
    assert "KOMMUNEBENCH_REFERENCE" in said
    assert table.read_bytes().endswith(b"Gerica V,gerica\r\nproduct,Gerica VI,gerica\r\n")


def test_what_waits_is_listed_once_per_text(pack: ReferencePack) -> None:
    (one,) = waiting(pack, "Agreso")
    lines = list(lines_of_waiting([one, one]))
    assert lines[0] == "product: 'Agreso' may be Unit4 ERP (unit4_erp), alike 85.7 of 100"
    assert lines[1].endswith("settle it with:  kommunebench names settle product Agreso unit4_erp --pack DIR")
    assert lines[-1] == "1 name waits"
    (quoted,) = [line for line in lines_of_waiting([replace(one, text="Lønn; rm -r")]) if "settle" in line]
    assert "settle product 'Lønn; rm -r' unit4_erp" in quoted
    assert list(lines_of_waiting([])) == ["no name waits"]


def test_the_archived_file_is_read_again_once_its_name_is_settled(tmp_path: Path) -> None:
    overlay = tmp_path / "egen"
    overlay.mkdir()
    own = Settings(
        home=tmp_path / "home",
        reference=(BASE_PACK, FICTIONAL_PACK, overlay),
        inboxes=(tmp_path / "inbox",),
    )
    sent = own.inboxes[0] / "2026" / "9901" / "systemer.csv"
    sent.parent.mkdir(parents=True)
    sent.write_bytes(content(HEADERS, ["Økonomi", "", "Agreso", "EPJ"]))

    def products() -> tuple[int, list[str | None]]:
        """Files read, and the products of the systems in the lake."""
        pack = load_pack(own.reference)
        scan_inboxes(own, pack)
        result = ingest_pending(own, pack, Archive(own).arrivals())
        rows = Lake(own.lake).read("system", result.metas.values())
        return result.parsed, rows["product_id"].to_list()

    assert products() == (1, [None])
    assert products() == (0, [None])
    settle_name(own, "product", "Agreso", "unit4_erp", overlay)
    assert products() == (1, ["unit4_erp"])


def command(home: Path, *arguments: str) -> Result:
    packs = os.pathsep.join(map(str, (BASE_PACK, FICTIONAL_PACK)))
    env = {"KOMMUNEBENCH_HOME": str(home), "KOMMUNEBENCH_REFERENCE": packs}
    return CliRunner().invoke(main, ["names", *arguments], env=env)


def test_the_command_lists_and_settles(pack: ReferencePack, tmp_path: Path) -> None:
    assert "no run has written" in command(tmp_path).output
    write_waiting_names(Settings(home=tmp_path, reference=(), inboxes=()), waiting(pack, "Agreso"))
    listed = command(tmp_path)
    assert (listed.exit_code, "settle product Agreso unit4_erp --pack" in listed.output) == (0, True)
    overlay = str(tmp_path / "egen")
    settled = command(tmp_path, "settle", "product", "Agreso", "unit4_erp", "--pack", overlay)
    assert (settled.exit_code, "'Agreso' is unit4_erp" in settled.output) == (0, True)
    refused = command(tmp_path, "settle", "product", "Agreso", "nothing", "--pack", overlay)
    assert (refused.exit_code, "has no id 'nothing'" in refused.output) == (1, True)
