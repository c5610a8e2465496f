"""Why a cell has no value: the signs of the CSV files, and the rule that puts one into each empty cell.

DuckDB and Parquet have null and a status beside it. A CSV file has neither type nor null, so there the
reason itself stands in the cell. The rules are data: ``missing.yml``.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

RULES_FILE = Path(__file__).with_name("missing.yml")
STATUS = "status"

Reason = Literal["not_applicable", "missing", "suppressed"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignRule(_Strict):
    """A reason, and where it holds: ``when`` is SQL over the row, ``edition`` one of the editions."""

    sign: Reason
    when: str | None = None
    edition: Literal["member", "public"] | None = None


class MissingRules(_Strict):
    """The whole of missing.yml."""

    signs: dict[Reason, str]
    statuses: dict[str, Reason]
    status_of_something_else: tuple[str, ...]
    columns: dict[str, dict[str, Reason | tuple[SignRule, ...]]]


@cache
def missing_rules() -> MissingRules:
    """The rules, read once. pydantic's ValidationError names what is wrong in the file."""
    return MissingRules.model_validate(yaml.safe_load(RULES_FILE.read_text("utf-8")))


def reason_rules(table: str, column: str, edition: str) -> tuple[SignRule, ...]:
    """The column's own rules in the edition, the first that holds first; empty where it has none."""
    found = missing_rules().columns.get(table, {}).get(column, ())
    if isinstance(found, str):
        return (SignRule(sign=found),)
    return tuple(rule for rule in found if rule.edition in (None, edition))


def goes_by_status(table: str, columns: Collection[str]) -> bool:
    """Whether the table's column ``status`` tells why its figures are not there."""
    return STATUS in columns and table not in missing_rules().status_of_something_else


def sign_expression(table: str, column: str, edition: str, columns: Collection[str]) -> str:
    """SQL for the sign that stands in an empty cell of the column; ``columns``: all of the table.

    A status that missing.yml does not know makes the statement fail with a sentence: a reason is not
    guessed.
    """
    rules = missing_rules()
    branches, is_open = [], True
    for rule in reason_rules(table, column, edition):
        branches.append(f"when {rule.when or 'true'} then {_quoted(rules.signs[rule.sign])}")
        is_open = is_open and rule.when is not None
    if is_open and goes_by_status(table, columns):
        branches += [
            f"when {STATUS} = {_quoted(status)} then {_quoted(rules.signs[reason])}"
            for status, reason in rules.statuses.items()
        ]
        unknown = f"{table}: status without a sign in pipelines/disclosure/missing.yml: "
        branches.append(f"else error({_quoted(unknown)} || coalesce({STATUS}, 'null'))")
    elif is_open and branches:
        branches.append(f"else {_quoted(rules.signs['missing'])}")
    if not branches:
        return _quoted(rules.signs["missing"])
    return f"case {' '.join(branches)} end"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
