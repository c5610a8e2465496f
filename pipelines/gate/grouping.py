"""Equal findings together, so that a sender mends one thing once: pure, plain data in and out.

A group is a rule on a column of a sheet; in it the same sentence stands once, with all its rows. What
matters most comes first: the severity, then causes before what only follows from them, then sheet by
sheet in the contract's order (systems before what refers to them), then how many rows it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.gate.rules import SEVERITIES, load_rules
from pipelines.gate.wording import LANGUAGES
from pipelines.ingest.contract import load_contract

FOLLOWS = "follows_"
ACTED_ON = frozenset({"rejected", "quarantine", "cell"})


def grouped(
    findings: Iterable[Mapping[str, Any]], sheets: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """The findings of one delivery as groups, most important first.

    sheets: sheet as in the file → its place in the contract (``sheet_order``). Each group has severity,
    rule, sheet, column, n_findings, consequence_nb, consequence_en and entries: value (None where a
    sentence is about several), sentence_nb and sentence_en without the consequence, rows (sorted numbers).
    """
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], set[int]]] = {}
    values: dict[tuple[Any, ...], set[Any]] = {}
    counts: dict[tuple[Any, ...], int] = {}
    for finding in findings:
        name = tuple(finding[part] for part in ("severity", "rule", "sheet", "column_name"))
        sentences = tuple(_alone(finding, language) for language in LANGUAGES)
        rows = groups.setdefault(name, {}).setdefault(sentences, set())
        values.setdefault((*name, *sentences), set()).add(finding["value"])
        if finding["row_number"] is not None:
            rows.add(finding["row_number"])
        counts[name] = counts.get(name, 0) + 1
    made = [_group(name, entries, counts[name], values) for name, entries in groups.items()]
    return sorted(made, key=lambda group: _weight(group, sheets or {}))


def sheet_order(recognised: Mapping[str, Any] | None) -> dict[str, int]:
    """Sheet as in the file → where the sheet that it was read as stands in the contract."""
    place = {sheet.id: number for number, sheet in enumerate(load_contract().sheets)}
    read = (recognised or {}).get("sheets", ())
    return {one["sheet"]: place[one["contract_sheet"]] for one in read if one["contract_sheet"] in place}


def _group(
    name: Sequence[Any],
    entries: Mapping[tuple[Any, ...], set[int]],
    n_findings: int,
    values: Mapping[tuple[Any, ...], set[Any]],
) -> dict[str, Any]:
    severity, rule, sheet, column = name
    nb, en = load_rules().consequences[severity]
    return {
        "severity": severity,
        "rule": rule,
        "sheet": sheet,
        "column": column,
        "n_findings": n_findings,
        "consequence_nb": nb,
        "consequence_en": en,
        "entries": [
            {
                "value": _only(values[*name, in_nb, in_en]),
                "sentence_nb": in_nb,
                "sentence_en": in_en,
                "rows": sorted(rows),
            }
            for (in_nb, in_en), rows in entries.items()
        ],
    }


def _only(values: set[Any]) -> Any:
    """The value, where a sentence is about one."""
    return next(iter(values)) if len(values) == 1 else None


def _weight(group: Mapping[str, Any], sheets: Mapping[str, int]) -> tuple[Any, ...]:
    n_rows = sum(len(entry["rows"]) for entry in group["entries"])
    return (
        SEVERITIES.index(group["severity"]),
        group["rule"].startswith(FOLLOWS),
        sheets.get(group["sheet"] or "", len(sheets)),
        -n_rows,
        group["sheet"] or "",
        group["column"] or "",
        group["rule"],
    )


def _alone(finding: Mapping[str, Any], language: str) -> str:
    """A finding's sentence without what follows from it, which a group says once."""
    consequence = load_rules().consequences[finding["severity"]][0 if language == "nb" else 1]
    sentence: str = finding[f"sentence_{language}"]
    return sentence.removesuffix(consequence).strip() if consequence else sentence


def rows_to_mend(findings: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Rows set aside for a fault of their own, and rows that only follow such a row."""
    own: set[tuple[Any, Any]] = set()
    following: set[tuple[Any, Any]] = set()
    for finding in findings:
        if finding["severity"] == "quarantine":
            place = (finding["sheet"], finding["row_number"])
            (following if finding["rule"].startswith(FOLLOWS) else own).add(place)
    return len(own), len(following - own)


def needs_action(findings: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there is something that the sender has to mend."""
    return any(finding["severity"] in ACTED_ON for finding in findings)
