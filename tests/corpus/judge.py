"""One case through the reader and the gate, and how what came out differs from what must."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines.gate.marking import mark_workbook, marked_suffix
from pipelines.gate.report import make_report
from pipelines.gate.single import Checked, check_deliveries
from pipelines.ingest.mapping import load_mapping
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import ReferencePack, load_pack
from tests.corpus.model import Case, Delivery, Row
from tests.support import BASE_PACK, FICTIONAL_PACK

# What a marked workbook no longer has: masked cells, and what the bytes of the sender's own file told.
_MASKED = frozenset({"masked_national_id", "masked_email", "masked_phone", "masked_person_name"})
_GONE = _MASKED | {"error_cells", "encoding_guessed", "broken_characters", "garbled_text_repaired"}


@lru_cache(maxsize=1)
def pack() -> ReferencePack:
    """The base pack and the fictional municipalities."""
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def differences(case: Case) -> list[str]:
    """What became otherwise than expected, in words; empty when the case holds."""
    parsed, checked = judged(case)
    expected = {(d.kind, d.municipality): d for d in case.expected}
    found = {(d.kind, d.municipality_number): d for d in parsed}
    said = _compare("deliveries", sorted(expected), sorted(found))
    for place in sorted(expected.keys() & found.keys()):
        said += _differences(expected[place], found[place], checked, f"{place[0]} of {place[1]}")
    return said


def marked(case: Case) -> Case:
    """The workbook that goes back to the sender, unmended: everything but what was taken out is the same."""
    parsed, checked = judged(case)
    reports = [
        make_report(
            row, _findings(checked, row["delivery_id"]).to_dicts(), checked.metas[row["delivery_id"]], {}
        )
        for row in checked.deliveries.to_dicts()
    ]
    content = mark_workbook(case.content(), reports, "nb", case.limits)
    expected = tuple(replace(d, told=_told_again(d)) for d in case.expected)
    name = f"{parsed[0].file_name.rsplit('.', 1)[0]}{marked_suffix(content)}"
    return replace(case, file_name=name, content=lambda: content, expected=expected)


def _told_again(delivery: Delivery) -> tuple[tuple[str, int | None, str | None], ...]:
    """What is told of an unmended marked workbook: the masks are still in it, and that is told as well."""
    left = [("masked_left", row, column) for rule, row, column in delivery.told if rule in _MASKED]
    return (*left, *(told for told in delivery.told if told[0] not in _GONE))


def judged(case: Case) -> tuple[list[ParsedDelivery], Checked]:
    """A case through the reader and the gate."""
    mapping = load_mapping(case.mapping.encode("utf-8")) if case.mapping else None
    parsed = parse_file(
        case.content(),
        case.file_name,
        case.period,
        case.municipality,
        pack(),
        case.limits,
        mapping,
        case.kind,
    )
    return parsed, check_deliveries(parsed, pack())


def _findings(checked: Checked, delivery_id: str) -> pl.DataFrame:
    return checked.findings.filter(pl.col("delivery_id") == delivery_id)


def _differences(wanted: Delivery, found: ParsedDelivery, checked: Checked, name: str) -> list[str]:
    findings = _findings(checked, found.delivery_id)
    rejections = findings.filter(pl.col("severity") == "rejected")["rule"].to_list()
    said = _compare(f"{name}: rejected", [wanted.rejected] if wanted.rejected else [], rejections)
    said += _unknown_rules(findings)
    told = findings.filter(~pl.col("severity").is_in(["rejected", "quarantine"]))
    if wanted.rejected and not wanted.told:
        # Of a file that is rejected whole, what else was noticed on the way is not part of the answer.
        told = told.clear()
    triples = [tuple(row) for row in told.select("rule", "row_number", "column_name").iter_rows()]
    said += _compare(f"{name}: told", sorted(wanted.told, key=repr), sorted(triples, key=repr))
    if wanted.rejected:
        return said
    one_sheet = all(sheet == "" for sheet, _ in (*wanted.accepted, *wanted.aside))
    received = _received(found)
    aside = _aside(findings, one_sheet=one_sheet)
    judged = checked.gate.quarantined.filter(pl.col("delivery_id") == found.delivery_id)
    set_aside = {_place(sheet, row, one_sheet=one_sheet) for _, sheet, row in judged.iter_rows()}
    said += _compare(f"{name}: rows with a quarantining finding", sorted(aside), sorted(set_aside))
    said += _compare(f"{name}: set aside", sorted(wanted.aside.items()), sorted(aside.items()))
    accepted = {_place(*row, one_sheet=one_sheet) for row in received} - set_aside
    said += _compare(f"{name}: accepted", sorted(wanted.accepted), sorted(accepted))
    said += _counts(found, checked, len(received), len(judged), name)
    if wanted.mode:
        said += _compare(f"{name}: mode", wanted.mode, found.collection_mode)
    for column, values in wanted.values.items():
        dataset, _, field = column.partition(".")
        said += _compare(f"{name}: {column}", list(values), _values(found, dataset, field))
    return said


def _values(found: ParsedDelivery, dataset: str, field: str) -> list[Any]:
    if dataset not in found.datasets or field not in found.datasets[dataset].columns:
        return [f"no {dataset}.{field}"]
    return found.datasets[dataset][field].to_list()


def _received(found: ParsedDelivery) -> set[Row]:
    return {
        (sheet, row)
        for frame in found.datasets.values()
        for sheet, row in frame.select("sheet", "row_number").iter_rows()
    }


def _counts(found: ParsedDelivery, checked: Checked, received: int, aside: int, name: str) -> list[str]:
    """Rows received = accepted + quarantined, in what is told and in what is held."""
    rows = checked.gate.rows.filter(pl.col("delivery_id") == found.delivery_id)
    columns = ("rows_received", "rows_accepted", "rows_quarantined")
    told = tuple(rows.select(columns).row(0)) if rows.height else None
    return _compare(f"{name}: counts", (found.rows_received, received - aside, aside), told)


def _aside(findings: pl.DataFrame, *, one_sheet: bool) -> dict[Row, tuple[str, ...]]:
    rules: dict[Row, set[str]] = defaultdict(set)
    grave = findings.filter(pl.col("severity") == "quarantine")
    for sheet, row, rule in grave.select("sheet", "row_number", "rule").iter_rows():
        rules[_place(sheet, row, one_sheet=one_sheet)].add(rule)
    return {row: tuple(sorted(names)) for row, names in rules.items()}


def _place(sheet: str | None, row: int, *, one_sheet: bool) -> Row:
    return ("" if one_sheet else sheet or "", row)


def _unknown_rules(findings: pl.DataFrame) -> list[str]:
    """Every finding has a sentence in both languages; a fault of our own is never an answer."""
    said = []
    for rule, nb, en in findings.select("rule", "sentence_nb", "sentence_en").unique().iter_rows():
        if rule == "internal_error":
            said.append("the reader itself failed (internal_error)")
        if not nb or not en:
            said.append(f"{rule} has no sentence")
    return said


def _compare(what: str, wanted: object, found: object) -> list[str]:
    return [] if wanted == found else [f"{what}\n    wanted {wanted}\n    found  {found}"]
