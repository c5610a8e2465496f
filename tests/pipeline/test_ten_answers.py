"""The example's release gives the same ten answers to every reader: four DuckDB, ours, Polars and pandas."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package, Resource, validate

from pipelines.disclosure.published import EDITIONS, MEMBER, PUBLIC
from pipelines.disclosure.questions import questions
from tests import ten_answers, ten_answers_pandas, ten_answers_polars
from tests.other_duckdb import VERSIONS, python_with, read_with

READERS: dict[str, tuple[Callable[[Path], Any], Callable[[str, Any], Any]]] = {
    "Polars, Parquet": (ten_answers.polars_parquet, ten_answers_polars.answer),
    "Polars, CSV": (ten_answers.polars_csv, ten_answers_polars.answer),
    "pandas, Parquet": (ten_answers.pandas_parquet, ten_answers_pandas.answer),
    "pandas, CSV": (ten_answers.pandas_csv, ten_answers_pandas.answer),
}


@pytest.fixture(scope="module")
def release(example_home: Path) -> Path:
    return (example_home / "releases" / "current").resolve(strict=True)


@pytest.fixture(scope="module", params=EDITIONS)
def asked(request: pytest.FixtureRequest, release: Path) -> tuple[Path, dict[str, Any]]:
    """An edition's folder, and what its views answer in our DuckDB."""
    folder = release / request.param
    found = read_with(sys.executable, folder / "benchmark.duckdb")
    # Ten in the members' edition; the public one answers those that means of groups can answer.
    expected = {question.view for question in questions()}
    assert len(expected) == 10
    assert set(found["answers"]) == (
        expected if request.param == MEMBER else set(found["answers"]) & expected
    )
    assert len(found["answers"]) >= 3
    return folder, found


def test_every_question_has_an_answer_with_rows(asked: tuple[Path, dict[str, Any]]) -> None:
    folder, found = asked
    for view, answer in found["answers"].items():
        assert answer["columns"] == ten_answers.COLUMNS[view]
        # Six municipalities make no size class of five, so the public edition has none to tell of.
        assert answer["rows"] or (folder.name == PUBLIC and view == "size_class_means"), view


@pytest.mark.parametrize("version", VERSIONS)
def test_another_duckdb_gives_the_same_answers(
    asked: tuple[Path, dict[str, Any]], version: str, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None
    folder, ours = asked
    other = read_with(python_with(version, pytestconfig.cache), folder / "benchmark.duckdb")
    assert other["answers"] == ours["answers"]
    assert other["attached"] == ours["answers"]


@pytest.mark.parametrize("reader", READERS)
def test_another_library_gives_the_same_answers(asked: tuple[Path, dict[str, Any]], reader: str) -> None:
    folder, found = asked
    read, answer = READERS[reader]
    tables = read(folder)
    for view, ours in found["answers"].items():
        assert ten_answers.rows(answer(view, tables)) == ten_answers.rows(ours["rows"]), view


@pytest.mark.parametrize("edition", EDITIONS)
def test_frictionless_finds_the_package_valid(release: Path, edition: str) -> None:
    path = release / edition / "datapackage.json"
    assert Package(str(path)).resource_names[-1] == "release"
    report = validate(str(path))
    assert report.valid, report.flatten(["title", "fieldName", "rowNumber", "note"])
    assert len(report.tasks) == len(ten_answers.resources(release / edition))


def test_the_references_of_the_example_hold(release: Path) -> None:
    package = Package(str(release / MEMBER / "datapackage.json"))
    for name in package.resource_names:
        resource: Resource = package.get_resource(name)
        fields = {field.name for field in resource.schema.fields}
        told = {tuple(key["fields"]) for key in resource.schema.foreign_keys}
        if "indicator_id" in fields and name != "dim_indicator":
            assert ("indicator_id",) in told, name
        if {"municipality_number", "period"} <= fields and name != "dim_municipality":
            assert ("municipality_number", "period") in told, name
