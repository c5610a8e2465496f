"""What dbt's results say: how much ran, or which models and tests failed and why. No dagster here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.orchestration.dbt_worker import DbtError

_SHOWN_FAILURES = 10


def read_verdict(run_results: Path, exit_status: int) -> str:
    """How many models and tests ran. Raises DbtError naming those that failed."""
    results: list[dict[str, Any]] = []
    if run_results.exists():
        results = json.loads(run_results.read_text("utf-8"))["results"]
    failed = [r for r in results if r["status"] in {"error", "fail", "runtime error"}]
    if exit_status != 0 or failed:
        raise DbtError(explain_failures(failed))
    kinds = [str(r["unique_id"]).split(".", 1)[0] for r in results]
    return f"{kinds.count('model')} models, {kinds.count('test')} tests"


def explain_failures(failed: Sequence[Mapping[str, Any]]) -> str:
    """What to tell: each failed model or test with dbt's message."""
    if not failed:
        return "dbt ended with an error before it ran anything; its log is in HOME/logs"
    lines = [f"  {_short_name(r['unique_id'])}: {_first_line(r.get('message'))}" for r in failed]
    if len(lines) > _SHOWN_FAILURES:
        lines = [*lines[:_SHOWN_FAILURES], f"  and {len(lines) - _SHOWN_FAILURES} more"]
    return "nothing is published, because dbt's models or tests failed:\n" + "\n".join(lines)


def _short_name(unique_id: str) -> str:
    """``test.project.name.hash`` or ``model.project.name`` → kind and name."""
    parts = unique_id.split(".")
    return f"{parts[0]} {parts[2] if len(parts) > 2 else unique_id}"


def _first_line(message: object) -> str:
    lines = [line.strip() for line in str(message or "no message").splitlines()]
    return " ".join(line for line in lines if line)[:300]
