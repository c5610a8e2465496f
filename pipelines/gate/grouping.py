"""Equal findings together, so that a sender mends one thing once: pure, plain data in and out.

A group is a rule on a column of a sheet; in it the same sentence stands once, with all its rows. What
matters most comes first: the severity, then causes before what only follows from them, then how many
rows it concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.gate.rules import SEVERITIES, load_rules
from pipelines.gate.wording import LANGUAGES

FOLLOWS = "follows_"
ACTED_ON = frozenset({"rejected", "quarantine", "cell"})


def grouped(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings of one delivery as groups, most important first.

    Each has severity, rule, sheet, column, n_findings, consequence_nb, consequence_en and entries (value,
    sentence_nb, sentence_en without the consequence, rows: sorted row numbers).
    """
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], set[int]]] = {}
    counts: dict[tuple[Any, ...], int] = {}
    for finding in findings:
        name = tuple(finding[part] for part in ("severity", "rule", "sheet", "column_name"))
        sentences = tuple(_alone(finding, language) for language in LANGUAGES)
        rows = groups.setdefault(name, {}).setdefault((finding["value"], *sentences), set())
        if finding["row_number"] is not None:
            rows.add(finding["row_number"])
        counts[name] = counts.get(name, 0) + 1
    made = [_group(name, entries, counts[name]) for name, entries in groups.items()]
    return sorted(made, key=_weight)


def _group(
    name: Sequence[Any], entries: Mapping[tuple[Any, ...], set[int]], n_findings: int
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
            {"value": value, "sentence_nb": in_nb, "sentence_en": in_en, "rows": sorted(rows)}
            for (value, in_nb, in_en), rows in entries.items()
        ],
    }


def _weight(group: Mapping[str, Any]) -> tuple[Any, ...]:
    n_rows = sum(len(entry["rows"]) for entry in group["entries"])
    return (
        SEVERITIES.index(group["severity"]),
        group["rule"].startswith(FOLLOWS),
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
