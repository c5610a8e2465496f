"""Real files through mappings: San Francisco's inventory of systems and a LimeSurvey export.

The files lie beside the checkout and are no part of it; without them these tests are skipped.
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingest.mapping import load_mapping_file
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits
from tests.support import LIMESURVEY, REAL_DATA, SAN_FRANCISCO, pack_folders

pytestmark = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason="the real files are not beside the checkout (../shared/realdata)"
)


def small_pack(own: Path, folder: Path) -> ReferencePack:
    return load_pack(pack_folders(own, folder / "method"))


def read(path: Path, own: Path, municipality: str, pack: ReferencePack) -> ParsedDelivery:
    mapping = load_mapping_file(own / "mapping.yml")
    assert mapping.applies_to(path.name)
    (delivery,) = parse_file(path.read_bytes(), path.name, "2026", municipality, pack, Limits(), mapping)
    return delivery


@pytest.fixture(scope="module")
def san_francisco(tmp_path_factory: pytest.TempPathFactory) -> ParsedDelivery:
    pack = small_pack(SAN_FRANCISCO, tmp_path_factory.mktemp("sf"))
    assert pack.municipality_numbers == {"06075"}
    return read(REAL_DATA / "san_francisco_systems.csv", SAN_FRANCISCO, "06075", pack)


def faultless_rows(delivery: ParsedDelivery) -> pl.DataFrame:
    """Systems without a fault in a key or required column and without a repeated id."""
    systems = delivery.datasets["system"]
    columns = ("system_id", "system_name", "function_ids")
    return systems.filter(
        pl.all_horizontal(pl.col(f"{name}__error").is_null() for name in columns)
        & pl.col("system_name").is_not_null()
        & (pl.col("function_ids").list.len() > 0)
        & pl.col("system_id").is_unique()
    )


def test_every_row_of_san_francisco_is_received(san_francisco: ParsedDelivery) -> None:
    assert san_francisco.rejection is None
    assert (san_francisco.kind, san_francisco.collection_mode) == ("systems", "register")
    assert san_francisco.rows_received == 463
    assert san_francisco.sheets == ("systems", "system_data_objects")
    assert san_francisco.datasets["system"].height == 463


def test_row_numbers_count_records_not_lines(san_francisco: ParsedDelivery) -> None:
    with (REAL_DATA / "san_francisco_systems.csv").open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.DictReader(file))
    systems = san_francisco.datasets["system"]
    assert systems["row_number"].to_list() == list(range(2, 465))
    assert systems["system_id"].to_list() == [record["ID"] for record in records]


def test_enough_of_san_francisco_can_be_accepted(san_francisco: ParsedDelivery) -> None:
    accepted = faultless_rows(san_francisco)
    assert accepted.height >= 440
    # Four rows share two ids; the gate quarantines them.
    assert san_francisco.datasets["system"].height - accepted.height == 4


def test_values_are_mapped_to_functions_and_objects(san_francisco: ParsedDelivery) -> None:
    systems, objects = san_francisco.datasets["system"], san_francisco.datasets["system_data_object"]
    assert systems["function_ids"].explode().n_unique() >= 20
    assert objects["data_object_id"].null_count() == 0
    assert objects["data_object_id"].n_unique() >= 15
    assert set(objects["operations"]) == {"x"}
    assert set(objects["row_number"]) <= set(systems["row_number"])
    elections = systems.filter(pl.col("owner_unit") == "Elections")
    assert all("elections" in functions for functions in elections["function_ids"])


def test_listed_objects_name_their_system_by_id_since_names_repeat(san_francisco: ParsedDelivery) -> None:
    systems, objects = san_francisco.datasets["system"], san_francisco.datasets["system_data_object"]
    joined = objects.join(systems.select("row_number", "system_id"), on="row_number")
    assert joined["system_name"].to_list() == joined["system_id"].to_list()


def test_broken_characters_are_told(san_francisco: ParsedDelivery) -> None:
    assert "broken_characters" in {finding.rule for finding in san_francisco.findings}
    assert not [f for f in san_francisco.findings if f.rule in ("unknown_column", "mapped_header_missing")]


@pytest.fixture(scope="module")
def limesurvey(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ParsedDelivery]:
    pack = small_pack(LIMESURVEY, tmp_path_factory.mktemp("limesurvey"))
    return {
        ending: read(REAL_DATA / f"limesurvey_export.{ending}", LIMESURVEY, "9990", pack)
        for ending in ("csv", "xlsx")
    }


ANSWER = ["respondent_row", "item_id", "answer_status", "answer"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_limesurvey_is_read_onto_its_instrument(limesurvey: dict[str, ParsedDelivery], ending: str) -> None:
    delivery = limesurvey[ending]
    assert delivery.rejection is None
    assert delivery.rows_received == 45
    answers = delivery.datasets["survey_answer"]
    assert answers["item_id"].n_unique() == 27
    assert answers.height == 45 * 27
    answered = answers.filter(pl.col("answer_status") != "blank")
    accepted = answered.filter(pl.col("answer_status") == "ok")
    assert accepted.height >= 0.9 * answered.height
    assert "invalid" not in answers["answer_status"]
    assert "dont_know" in answers["answer_status"]
    assert not delivery.findings


def test_both_formats_of_limesurvey_give_the_same_answers(limesurvey: dict[str, ParsedDelivery]) -> None:
    given = {e: d.datasets["survey_answer"].select(ANSWER) for e, d in limesurvey.items()}
    assert given["csv"].equals(given["xlsx"])


def test_limesurvey_answers_are_those_of_the_file(limesurvey: dict[str, ParsedDelivery]) -> None:
    with (REAL_DATA / "limesurvey_export.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    values = {"not at all": 1, "rarely": 2, "rather rarely": 3, "rather often": 4, "very often": 5}
    documentation = rows[1].index("Documentation")
    expected = [values.get(row[documentation]) for row in rows[2:]]
    answers = limesurvey["csv"].datasets["survey_answer"].filter(pl.col("item_id") == "PUR2")
    assert answers["answer"].to_list() == expected


def test_only_the_named_sheet_of_the_workbook_is_read(limesurvey: dict[str, ParsedDelivery]) -> None:
    recognised = limesurvey["xlsx"].recognised
    assert [sheet["sheet"] for sheet in recognised["sheets"]] == ["Data"]
    assert recognised["sheets"][0]["header_row"] == 2
    # "Table Cleanup": two capitalised words that nobody knows may be a person, so it is told by its place.
    assert recognised["other_sheets"] == ["ark 1"]
