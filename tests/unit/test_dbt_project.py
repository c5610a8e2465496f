"""Guards over the dbt project's files: nothing undescribed, untested or without a contract. Starts no dbt."""

from __future__ import annotations

import ast
import copy
import csv
import io
import json
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
import yaml

from pipelines.disclosure.published import PUBLISHED
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import MASK
from pipelines.reference.names import normalise
from pipelines.reference.pack import load_pack
from pipelines.storage.lake import dataset_columns

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
MODELS = PROJECT / "models"
REFERENCE = ROOT / "data" / "seeds" / "reference"

Yaml = dict[str, Any]

# A dimension is computed like another, and so is a barrier; every other indicator has a formula of its own.
DIMENSIONS = {f"MOD_{name}" for name in ("PU", "PO", "CS", "EN", "P1", "P2", "P3", "P4", "P5")}
CASES = ("ordinary", "missing", "not applicable", "boundary")


def entries(kind: str) -> Iterator[Yaml]:
    """Every entry of that kind (models, sources, unit_tests, exposures) in the project's YAML."""
    for path in sorted(MODELS.rglob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, [])


@cache
def models() -> dict[str, Yaml]:
    return {entry["name"]: entry for entry in entries("models")}


@cache
def sql() -> dict[str, str]:
    """The SQL of every model, by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(MODELS.rglob("*.sql"))}


def layer(name: str) -> str:
    """staging, intermediate or marts: the folder in which the model lies."""
    path = next(MODELS.rglob(f"{name}.sql"))
    return path.relative_to(MODELS).parts[0]


def doc_blocks() -> set[str]:
    return set(re.findall(r"{% docs (\w+) %}", (MODELS / "docs.md").read_text(encoding="utf-8")))


# --- the guards, as functions that name what is wrong ---------------------------------------------


def undescribed(table: Yaml) -> list[str]:
    """The table, or its columns, that have no description, no type, or point at no text."""
    found = [] if table.get("description", "").strip() else [table["name"]]
    for column in table.get("columns", []):
        text = column.get("description", "").strip()
        missing = set(re.findall(r"doc\([\"'](\w+)[\"']\)", text)) - doc_blocks()
        if not text or missing or not column.get("data_type"):
            found.append(f"{table['name']}.{column['name']}")
    return found


def key_of(model: Yaml) -> list[str]:
    """The columns of its uniqueness test; empty without one."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_key" in test:
            return list(test["unique_key"]["arguments"]["columns"])
    return []


def has_key(model: Yaml) -> bool:
    """Whether it has a uniqueness test, on columns that it has."""
    columns = {column["name"] for column in model["columns"]}
    return bool(key_of(model)) and set(key_of(model)) <= columns


def has_primary_key(mart: Yaml) -> bool:
    """Whether its primary key is that of its uniqueness test, and not null."""
    keys = [c["columns"] for c in mart.get("constraints", []) if c["type"] == "primary_key"]
    firm = {
        column["name"]
        for column in mart["columns"]
        if any(constraint["type"] == "not_null" for constraint in column.get("constraints", []))
    }
    return keys == [key_of(mart)] and set(key_of(mart)) <= firm


def expected_rows(test: Yaml) -> list[dict[str, str]]:
    """The rows that a unit test expects, written as CSV in the YAML."""
    return list(csv.DictReader(io.StringIO(test["expect"]["rows"])))


def covered(tests: list[Yaml]) -> dict[str, set[str]]:
    """Per indicator, or group of indicators computed alike, the cases its unit tests have."""
    cases: dict[str, set[str]] = {}
    for test in tests:
        named = {row["indicator_id"] for row in expected_rows(test) if row.get("status")}
        for name in named:
            cases.setdefault(group(name), set()).update(cases_of(test))
    return cases


def cases_of(test: Yaml) -> set[str]:
    """The cases that a unit test names in its rows or in its text."""
    text = json.dumps(test, ensure_ascii=False).replace("\\n", "\n")
    return {case for case in CASES if re.search(rf"[\n', ]{case}", text)}


def group(indicator: str) -> str:
    """The name under which an indicator is tested."""
    if indicator in DIMENSIONS:
        return "MOD_ dimension"
    return "BAR_" if indicator.startswith("BAR_") else indicator


def unpredictable(text: str) -> list[str]:
    """What would make two runs over the same input differ."""
    return re.findall(r"\b(?:hash|random|uuid|now|current_\w+|today|rowid)\s*\(", text)


# --- the project holds to them --------------------------------------------------------------------


def test_every_model_is_declared_once_and_every_declaration_has_a_model() -> None:
    declared = [entry["name"] for entry in entries("models")]
    assert sorted(declared) == sorted(sql())


@pytest.mark.parametrize("name", sorted(sql()))
def test_everything_of_a_model_is_described_typed_and_unique(name: str) -> None:
    assert undescribed(models()[name]) == []
    assert has_key(models()[name])


@pytest.mark.parametrize("name", sorted(name for name in sql() if layer(name) == "marts"))
def test_a_mart_has_its_primary_key(name: str) -> None:
    assert has_primary_key(models()[name])


def test_every_source_and_its_columns_are_described() -> None:
    tables = [table for source in entries("sources") for table in source["tables"]]
    assert [fault for table in tables for fault in undescribed(table)] == []


def test_every_model_has_an_enforced_contract() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["models"]["kommunebench"]["+contract"] == {"enforced": True}
    assert not [name for name, text in sql().items() if re.search(r"\bconfig\s*\(", text)]
    assert not [name for name, entry in models().items() if "config" in entry]


def test_models_are_named_by_their_layer() -> None:
    patterns = {
        "staging": r"stg_(reference|lake|ledger)__\w+",
        "intermediate": r"int_[a-z]+__\w+",
        "marts": r"(dim|fct)_\w+|delivery|delivery_finding",
    }
    assert [name for name in sql() if not re.fullmatch(patterns[layer(name)], name)] == []


def test_only_staging_reads_sources() -> None:
    assert [name for name, text in sql().items() if "source(" in text and layer(name) != "staging"] == []


def test_every_indicator_has_its_unit_test() -> None:
    with (REFERENCE / "indicator.csv").open(encoding="utf-8", newline="") as file:
        wanted = {group(row["indicator_id"]) for row in csv.DictReader(file)}
    families = [test for test in entries("unit_tests") if test["model"].startswith("int_")]
    cases = covered([test for test in families if "indicator_id" in test["expect"]["rows"]])
    # What concerns all owners together stands in a table of its own, over what each of them has.
    owners = ("int_system__owned", "fct_joint_procurement")
    shared = [test for test in entries("unit_tests") if test["model"] in owners]
    cases["SBO_DIV"] = {case for test in shared for case in cases_of(test)}
    assert {name: set(CASES) - cases.get(name, set()) for name in wanted} == {name: set() for name in wanted}


def test_every_dimension_stands_in_a_unit_test() -> None:
    tests = [test for test in entries("unit_tests") if test["model"] == "int_survey__dimension"]
    assert {row["indicator_id"] for test in tests for row in expected_rows(test)} >= DIMENSIONS


def test_nothing_unpredictable_stands_in_the_sql() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(PROJECT.rglob("*.sql"))]
    assert [found for text in texts for found in unpredictable(text)] == []


def test_the_sources_are_what_the_loader_writes() -> None:
    declared = {
        (source["schema"], table["name"]): {column["name"] for column in table["columns"]}
        for source in entries("sources")
        for table in source["tables"]
    }
    pack = load_pack([REFERENCE])
    for name, frame in pack.tables.items():
        added = {"reference_date", "year"} if name == "period" else set()
        assert declared["reference", name] == set(frame.columns) | added
    for name, columns in dataset_columns().items():
        assert declared["lake", name] >= set(columns)


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_a_mart_has_what_is_published(table: Any) -> None:
    if table.name == "release":
        pytest.skip("the release table is written when the release is published")
    columns = {column["name"] for column in models()[table.name]["columns"]}
    assert set(table.columns) <= columns
    assert set(table.key) == set(key_of(models()[table.name]))


def test_the_fixture_of_thresholds_is_that_of_the_pack() -> None:
    fixture = PROJECT / "tests" / "fixtures" / "thresholds.csv"
    with fixture.open(encoding="utf-8", newline="") as file:
        in_tests = next(csv.DictReader(file))
    with (REFERENCE / "threshold.csv").open(encoding="utf-8", newline="") as file:
        in_pack = {row["threshold_id"]: row["value"] for row in csv.DictReader(file)}
    assert {name: float(in_pack[name]) for name in in_tests} == {n: float(v) for n, v in in_tests.items()}


def test_the_constants_are_what_they_say() -> None:
    text = (PROJECT / "macros" / "arithmetic.sql").read_text(encoding="utf-8")
    literal = re.search(r"cast\((1\.95\d+) as double\)", text)
    assert literal is not None
    assert float(literal[1]) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-15)
    units = re.search(r"macro units_per_point\(\) -%}\s+(\d+)", text)
    assert units is not None
    assert int(units[1]) == math.lcm(*range(1, 16))


def macro_texts(name: str) -> list[str]:
    """The texts that a macro of macros/roles.sql lists."""
    text = (PROJECT / "macros" / "roles.sql").read_text(encoding="utf-8")
    listed = re.search(rf"macro {name}\(\) -%}}\s+{{{{ return\((\[.*?\])\) }}}}", text, re.DOTALL)
    assert listed is not None, name
    return list(ast.literal_eval(listed[1]))


@pytest.mark.parametrize("name", ["none", "unknown"])
def test_the_words_of_role_columns_are_those_of_the_contract(name: str) -> None:
    words = {normalise(word) for word in getattr(load_contract().words, name)}
    assert set(macro_texts(f"{name}_words")) == words


def test_the_mask_of_role_columns_is_that_of_the_reader() -> None:
    text = (PROJECT / "macros" / "roles.sql").read_text(encoding="utf-8")
    masked = re.search(r"macro masked_text\(\) -%}\s+'(.*)'", text)
    assert masked is not None
    assert masked[1] == MASK


def test_a_process_is_answered_by_any_column_that_a_template_does_not_print() -> None:
    sheet = load_contract().sheet_by_id["processes"]
    answers = {column.name for column in sheet.columns} - set(sheet.printed)
    looked_at = re.search(
        r"coalesce\((?!cast\(is_absent)(.*?)\) is not null as is_answered",
        sql()["stg_lake__process"],
        re.DOTALL,
    )
    assert looked_at is not None
    assert set(re.findall(r"[a-z]\w+", looked_at[1])) - {"cast", "as", "varchar"} == answers | {
        "is_described"
    }


# --- and the guards can fail ----------------------------------------------------------------------


@pytest.fixture
def mart() -> Yaml:
    return copy.deepcopy(models()["fct_indicator_value"])


def test_the_guard_sees_a_column_without_description(mart: Yaml) -> None:
    del mart["columns"][3]["description"]
    mart["columns"][4]["description"] = '{{ doc("nobody_wrote_this") }}'
    del mart["columns"][5]["data_type"]
    assert undescribed(mart) == [f"fct_indicator_value.{mart['columns'][i]['name']}" for i in (3, 4, 5)]


def test_the_guard_sees_a_missing_key(mart: Yaml) -> None:
    assert has_key(mart)
    assert has_primary_key(mart)
    del mart["columns"][0]
    assert not has_key(mart)
    del mart["data_tests"]
    assert not has_key(mart)
    assert not has_primary_key(mart)


def test_the_guard_sees_a_missing_case() -> None:
    rows = "municipality_number,indicator_id,status\nordinary,PRO_X,ok\nmissing,PRO_X,insufficient_coverage\n"
    assert covered([{"name": "t", "expect": {"rows": rows}}]) == {"PRO_X": {"ordinary", "missing"}}


def test_the_guard_sees_what_cannot_be_predicted() -> None:
    assert unpredictable("select hash(value), now() from t") == ["hash(", "now("]
    assert unpredictable("select cash(value) from t") == []
