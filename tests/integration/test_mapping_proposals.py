"""Proposed mappings of the two real files: how much a person must mend, and what they then read.

A correction is one entry changed, added or taken away at a place in the YAML. The files lie beside the
checkout and are no part of it; without them these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.ingest.mapping import load_mapping, load_mapping_file
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.parse import parse_file
from pipelines.ingest.propose import Proposal, propose_mapping
from pipelines.ingest.propose_concepts import UNCERTAIN
from pipelines.ingest.vocabulary import vocabulary
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits
from tests.support import LIMESURVEY, REAL_DATA, SAN_FRANCISCO, pack_folders

pytestmark = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason="the real files are not beside the checkout (../shared/realdata)"
)

MOST_CORRECTIONS = 5
PERIOD = "2026"
Content = dict[str, Any]


@dataclass(frozen=True)
class Correction:
    """One entry: what a person does, and how the read YAML changes by it."""

    what: str
    apply: Callable[[Content], None]


def meaning(department: str, function: str) -> Correction:
    """The rule for one department: changed, or filled in where the proposal left it open."""

    def apply(content: Content) -> None:
        rules = content["values"]["function_ids"]["rules"]
        given = next((rule for rule in rules if rule.get("value") == department), None)
        if given is None:
            rules.append({"from": "Department Custodian", "value": department, "to": function})
        else:
            assert given["to"] != function, "nothing to correct"
            given["to"] = function

    return Correction(f"values.function_ids: {department} -> {function}", apply)


def in_use(content: Content) -> None:
    """That the inventory lists what is in use stands nowhere in the file."""
    assert "lifecycle" not in content.get("constants", {})
    content["constants"] = {"lifecycle": "in_use"}


SAN_FRANCISCO_CORRECTIONS = [
    Correction("constants.lifecycle: in_use", in_use),
    meaning("Public Health", "patient_care"),
    meaning("GSA - Technology", "it_operations"),
    meaning("Board of Appeals", "legal_affairs"),
    meaning("Rent Arbitration Board", "affordable_housing"),
]
# Guessed from the words in their rows, with confidence, and by hand's mapping wrong; a person who looks only
# at what is marked as uncertain does not see them. The five corrections do not mend them.
WRONG_AND_SURE = {"311", "Children and Families Commission", "Health Service System"}
# Both forms of the survey are read as they are proposed.
LIMESURVEY_CORRECTIONS: list[Correction] = []


def proposal_of(name: str, pack: ReferencePack) -> Proposal:
    content = (REAL_DATA / name).read_bytes()
    proposal = propose_mapping(content, name, None, vocabulary(pack, PERIOD), Limits())
    assert proposal is not None
    return proposal


def corrected(proposal: Proposal, corrections: Sequence[Correction]) -> bytes:
    assert len(corrections) <= MOST_CORRECTIONS
    content = yaml.safe_load(proposal.mapping_yaml)
    for correction in corrections:
        correction.apply(content)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode()


def read(name: str, municipality: str, pack: ReferencePack, mapping: bytes | Path) -> ParsedDelivery:
    loaded = load_mapping_file(mapping) if isinstance(mapping, Path) else load_mapping(mapping)
    content = (REAL_DATA / name).read_bytes()
    (delivery,) = parse_file(content, name, PERIOD, municipality, pack, Limits(), loaded)
    assert delivery.rejection is None
    return delivery


# San Francisco


@pytest.fixture(scope="module")
def city_pack(tmp_path_factory: pytest.TempPathFactory) -> ReferencePack:
    return load_pack(pack_folders(SAN_FRANCISCO, tmp_path_factory.mktemp("sf") / "method"))


@pytest.fixture(scope="module")
def city(city_pack: ReferencePack) -> dict[str, ParsedDelivery]:
    """The inventory read by hand's mapping and by the corrected proposal."""
    name = "san_francisco_systems.csv"
    proposal = proposal_of(name, city_pack)
    return {
        "hand": read(name, "06075", city_pack, SAN_FRANCISCO / "mapping.yml"),
        "proposed": read(name, "06075", city_pack, corrected(proposal, SAN_FRANCISCO_CORRECTIONS)),
    }


def test_the_inventory_s_proposal_is_read_at_once(city_pack: ReferencePack) -> None:
    proposal = proposal_of("san_francisco_systems.csv", city_pack)
    assert (proposal.kind, proposal.contract_sheet, proposal.is_complete) == ("systems", "systems", True)
    by_header: dict[str, set[str | None]] = {}
    for column in proposal.columns:
        by_header.setdefault(column.header, set()).add(column.target)
    hand = load_mapping_file(SAN_FRANCISCO / "mapping.yml").columns
    # What the purpose says of functions besides the department's is left out, all else is by hand's.
    wanted: Mapping[str, set[str | None]] = {header: set(targets) for header, targets in hand.items()}
    assert {header: by_header[header] for header in wanted} == {**wanted, "Purpose": {"data_objects"}}
    delivery = read("san_francisco_systems.csv", "06075", city_pack, proposal.mapping_yaml.encode())
    assert delivery.rows_received == 463


def test_a_guess_that_is_wrong_says_that_it_is_uncertain(city_pack: ReferencePack) -> None:
    proposal = proposal_of("san_francisco_systems.csv", city_pack)
    hand = yaml.safe_load((SAN_FRANCISCO / "mapping.yml").read_text("utf-8"))["values"]["function_ids"][
        "rules"
    ]
    right = {rule["value"]: rule["to"] for rule in hand if "value" in rule}
    proposed = yaml.safe_load(proposal.mapping_yaml)["values"]["function_ids"]["rules"]
    wrong = {r["value"] for r in proposed if "value" in r and r["to"] != right.get(r["value"], r["to"])}
    uncertain = [line for line in proposal.mapping_yaml.splitlines() if UNCERTAIN in line]
    marked = {value for value in wrong if any(f'"{value}"' in line for line in uncertain)}
    mended = {"Public Health", "GSA - Technology"}
    assert wrong - marked - mended == WRONG_AND_SURE
    assert len(wrong) == 14


def test_five_corrections_give_the_inventory_s_rows(city: dict[str, ParsedDelivery]) -> None:
    from tests.integration.test_real_files_ingest import faultless_rows

    for delivery in city.values():
        systems = delivery.datasets["system"]
        assert delivery.rows_received == systems.height == 463
        accepted = faultless_rows(delivery)
        assert accepted.height == 459
        aside = systems.join(accepted.select("row_number"), on="row_number", how="anti")
        assert aside["row_number"].to_list() == [407, 408, 435, 461]


def test_the_gate_sets_the_same_rows_of_the_inventory_aside(
    city: dict[str, ParsedDelivery], city_pack: ReferencePack
) -> None:
    from pipelines.gate.single import check_deliveries

    rows = {}
    for name, delivery in city.items():
        checked = check_deliveries([delivery], city_pack)
        counted = checked.gate.rows.select("rows_received", "rows_accepted", "rows_quarantined").row(0)
        rows[name] = (counted, checked.gate.quarantined["row_number"].to_list())
    assert rows["proposed"] == rows["hand"] == ((463, 459, 4), [407, 408, 435, 461])


def test_the_inventory_s_plain_columns_are_the_same(city: dict[str, ParsedDelivery]) -> None:
    plain = ["row_number", "system_id", "system_name", "vendor", "product", "owner_unit", "lifecycle"]
    given = {name: delivery.datasets["system"].select(plain) for name, delivery in city.items()}
    assert given["proposed"].equals(given["hand"])


def test_most_of_the_inventory_s_functions_and_objects_are_those_by_hand(
    city: dict[str, ParsedDelivery],
) -> None:
    """Guesses are guesses: how many are right is measured, and must not fall."""
    functions = {
        name: delivery.datasets["system"].select("row_number", "function_ids").explode("function_ids")
        for name, delivery in city.items()
    }
    right = functions["proposed"].join(functions["hand"], on=["row_number", "function_ids"], how="semi")
    assert right["row_number"].n_unique() >= 0.9 * 463
    objects = {
        name: delivery.datasets["system_data_object"].select("row_number", "data_object_id").unique()
        for name, delivery in city.items()
    }
    shared = objects["proposed"].join(objects["hand"], on=["row_number", "data_object_id"], how="semi")
    assert shared.height >= 0.7 * objects["proposed"].height
    assert shared.height >= 0.5 * objects["hand"].height


# LimeSurvey


@pytest.fixture(scope="module")
def survey_pack(tmp_path_factory: pytest.TempPathFactory) -> ReferencePack:
    return load_pack(pack_folders(LIMESURVEY, tmp_path_factory.mktemp("limesurvey") / "method"))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_survey_s_proposal_gives_the_answers_by_hand(ending: str, survey_pack: ReferencePack) -> None:
    """The CSV asks in English, the workbook in German: there order tells the items, words the labels."""
    name = f"limesurvey_export.{ending}"
    mapping = corrected(proposal_of(name, survey_pack), LIMESURVEY_CORRECTIONS)
    answers = {
        "proposed": read(name, "9990", survey_pack, mapping).datasets["survey_answer"],
        "hand": read(name, "9990", survey_pack, LIMESURVEY / "mapping.yml").datasets["survey_answer"],
    }
    columns = ["respondent_row", "item_id", "answer_status", "answer"]
    assert answers["proposed"].select(columns).equals(answers["hand"].select(columns))
    counts = dict(answers["proposed"]["answer_status"].value_counts().iter_rows())
    assert counts == {"ok": 976, "dont_know": 8, "blank": 231}
    assert answers["proposed"]["respondent_row"].n_unique() == 45


def test_the_survey_s_background_is_not_proposed(survey_pack: ReferencePack) -> None:
    """Professional background could point at a respondent, and the rest is written freely."""
    proposal = proposal_of("limesurvey_export.csv", survey_pack)
    left = [column for column in proposal.columns if column.target is None]
    assert len(left) == 38 - 27
    assert all(not column.header.startswith("item:") for column in left)
