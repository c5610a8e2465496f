"""The data behind a release's files fits what is published: signs, words, questions, the README."""

from __future__ import annotations

import re

import pytest
import yaml

from pipelines.disclosure.edition_table import possible_references
from pipelines.disclosure.missing import missing_rules, sign_expression
from pipelines.disclosure.published import EDITIONS, MEMBER, PUBLIC, PUBLISHED, tables_of
from pipelines.disclosure.questions import questions, questions_for
from pipelines.disclosure.wording import texts
from pipelines.storage.datapackage import FieldTypeError, field_type
from tests.support import ROOT

TABLES = {table.name: table for table in PUBLISHED}


def test_the_rules_of_signs_name_published_columns() -> None:
    rules = missing_rules()
    assert len(set(rules.signs.values())) == 3
    assert set(rules.status_of_something_else) <= set(TABLES)
    for table, columns in rules.columns.items():
        assert set(columns) <= set(TABLES[table].others), table


def test_every_status_of_the_marts_has_a_sign() -> None:
    """Those that the models' checks and descriptions name."""
    marts = yaml.safe_load((ROOT / "dbt_project/models/marts/_marts__models.yml").read_text("utf-8"))
    named: set[str] = set()
    for model in marts["models"]:
        if model["name"] in missing_rules().status_of_something_else:
            continue
        for column in model["columns"]:
            if column["name"] == "status":
                for constraint in column.get("constraints", ()):
                    named |= set(re.findall("'([a-z_]+)'", constraint.get("expression", "")))
    assert len(named) >= 10
    assert named <= set(missing_rules().statuses)


@pytest.mark.parametrize(
    ("table", "column", "edition", "expected"),
    [
        ("dim_name", "name_nb", MEMBER, "'..'"),
        ("delivery", "supersedes", MEMBER, "case when true then '.' end"),
        ("fct_benchmark", "median", PUBLIC, "case when true then ':' end"),
        ("delivery_finding", "value", MEMBER,
         "case when column_name is null then '.' when true then ':' end"),
    ],
)  # fmt: skip
def test_the_sign_of_a_column(table: str, column: str, edition: str, expected: str) -> None:
    assert sign_expression(table, column, edition, TABLES[table].columns) == expected


def test_a_rule_of_one_edition_is_not_the_others() -> None:
    columns = TABLES["fct_benchmark"].columns
    of_members = sign_expression("fct_benchmark", "median", MEMBER, columns)
    assert of_members.startswith("case when status = 'ok' then '.'")
    assert "else error('fct_benchmark: status without a sign" in of_members


def test_every_table_and_text_is_said_in_bokmaal_and_the_rest_in_english_too() -> None:
    for key, languages in texts().items():
        expected = {"nb"} if key.startswith("table_") else {"nb", "en"}
        assert set(languages) == expected, key
        assert all(languages.values()), key
    assert {key.removeprefix("table_") for key in texts() if key.startswith("table_")} == set(TABLES)


def test_there_are_ten_questions_and_the_public_edition_answers_what_it_can() -> None:
    assert len(questions()) == 10
    assert len({question.view for question in questions()}) == 10
    member, public = (questions_for({t.name for t in tables_of(edition)}) for edition in EDITIONS)
    assert member == questions()
    assert public == questions()[:3]
    for question in questions():
        assert question.view not in TABLES
        assert set(question.tables) <= set(TABLES)
        # Names without a catalogue or schema, and only of the tables that it declares.
        named = set(re.findall(r"(?:from|join) ([a-z_.]+)", question.sql))
        assert named - {"means"} == set(question.tables), question.view


def test_the_readme_lists_the_views_in_their_order() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition("## The release folder")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)
    assert listed == [question.view for question in questions()]


def test_references_follow_from_the_columns() -> None:
    names = set(TABLES)
    told = {key.columns for key in possible_references("delivery", TABLES["delivery"].columns, names)}
    assert told == {("municipality_number", "period"), ("supersedes",)}
    assert possible_references("dim_indicator", TABLES["dim_indicator"].columns, names) == []
    public = {table.name for table in tables_of(PUBLIC)}
    benchmark = possible_references("fct_benchmark", TABLES["fct_benchmark"].columns, public)
    assert [key.table for key in benchmark] == ["dim_indicator"]


def test_a_type_without_a_field_type_is_refused() -> None:
    assert field_type("t.c", "DECIMAL(38,2)") == "number"
    assert field_type("t.c", "VARCHAR[]") == "array"
    with pytest.raises(FieldTypeError, match=r"t\.c: BLOB"):
        field_type("t.c", "BLOB")
