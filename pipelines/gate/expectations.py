"""The edge to Great Expectations: plans of checks in, places of failing rows out. The only pandas.

One ephemeral context per run, one batch per dataset over all deliveries. Every check is first run as a
plain yes or no; only those that failed are run again for the rows. An expectation that raised fails the
run: it must never pass rows that it did not look at. Importing takes seconds, so it waits until needed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.gate.checks import ANSWER_STATUSES, Check, Plan


class GateError(RuntimeError):
    """The gate itself failed: it cannot vouch for any row."""


@dataclass(frozen=True)
class Outcome:
    """What one check found. evaluated: rows looked at; places: those that failed, ascending."""

    check: Check
    evaluated: int
    places: tuple[int, ...]


def run_plans(plans: Iterable[Plan]) -> list[Outcome]:
    """Run every plan in one context. Raises GateError where an expectation could not be evaluated."""
    filled = list(plans)
    outcomes = [Outcome(check, 0, ()) for p in filled if p.narrow.is_empty() for check in p.checks]
    busy = [p for p in filled if not p.narrow.is_empty() and p.checks]
    if not busy:
        return outcomes
    source = _context().data_sources.add_pandas("lake")
    for one in busy:
        asset = source.add_dataframe_asset(one.dataset).add_batch_definition_whole_dataframe(one.dataset)
        batch = asset.get_batch({"dataframe": _to_pandas(one)})
        outcomes += _run(batch, one)
    return outcomes


def _context() -> Any:
    """A context of this run's own: nothing is written, nothing is sent, no bars are drawn."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


def _to_pandas(one: Plan) -> Any:
    """Through Arrow; the index is the row's place."""
    return one.narrow.to_arrow().to_pandas()


def _run(batch: Any, one: Plan) -> list[Outcome]:
    """Aggregates first, rows only where a check failed."""
    verdicts = _validate(batch, one.checks, {"result_format": "BOOLEAN_ONLY"})
    failed = [check for check in one.checks if not verdicts[check].success]
    detail = _validate(batch, failed, {"result_format": "COMPLETE"}) if failed else {}
    height = one.narrow.height
    return [
        Outcome(check, height, _places(check, detail[check]) if check in detail else ())
        for check in one.checks
    ]


def _validate(batch: Any, checks: Sequence[Check], result_format: Mapping[str, str]) -> dict[Check, Any]:
    from great_expectations.core import ExpectationSuite

    suite = ExpectationSuite(name="gate")
    for check in checks:
        suite.add_expectation(_expectation(check))
    results = batch.validate(suite, result_format=dict(result_format)).results
    found = {check.name: check for check in checks}
    verdicts = {found[r.expectation_config.meta["check"]]: r for r in results}
    for check in checks:
        if check not in verdicts:
            raise GateError(f"the check {check.name} gave no result")
        if reason := _raised(verdicts[check].exception_info):
            raise GateError(f"the check {check.name} could not be evaluated: {reason}")
    return verdicts


def _expectation(check: Check) -> Any:
    """The expectation that stands for a check."""
    gxe: Any = importlib.import_module("great_expectations.expectations")
    meta = {"check": check.name}
    if check.sort == "null":
        return gxe.ExpectColumnValuesToBeNull(column=check.on, meta=meta)
    if check.sort == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=check.on, meta=meta)
    if check.sort == "unique":
        return gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["delivery_id", check.on], ignore_row_if="any_value_is_missing", meta=meta
        )
    if check.sort == "not_after":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="period__day",
            column_B=check.on,
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta=meta,
        )
    return gxe.ExpectColumnValuesToBeInSet(column=check.on, value_set=list(ANSWER_STATUSES), meta=meta)


def _places(check: Check, result: Any) -> tuple[int, ...]:
    """Places of the rows that failed. A failure without rows is an error, not a pass."""
    places = result.result.get("unexpected_index_list")
    if not places:
        raise GateError(f"the check {check.name} failed without naming a row")
    return tuple(sorted({int(place) for place in places}))


def _raised(info: Any) -> str:
    """What an expectation raised, or nothing; the shape differs between one metric and several."""
    if not isinstance(info, Mapping):
        return ""
    if "raised_exception" in info:
        return str(info.get("exception_message") or "unknown") if info["raised_exception"] else ""
    return next((reason for one in info.values() if (reason := _raised(one))), "")


def statistics(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    """dataset, column, rule, severity, evaluated, failed: one row per check, sorted."""
    rows = [
        (o.check.dataset, o.check.column, o.check.label, o.check.severity, o.evaluated, len(o.places))
        for o in outcomes
    ]
    schema = {
        "dataset": pl.String,
        "column": pl.String,
        "rule": pl.String,
        "severity": pl.String,
        "evaluated": pl.Int64,
        "failed": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("dataset", "column", "rule", "severity")
