"""A survey with one row per answer through the gate: received is accepted and set aside, in words too."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.gate.single import Checked, check_deliveries
from tests.unit.test_ingest_support import csv_bytes, pack, parse

HEAD = ["respondent", "spørsmål", "svar", "rollegruppe"]


def check(rows: list[list[str]], municipality: str = "9901") -> Checked:
    return check_deliveries(parse(csv_bytes(rows), "survey.csv", municipality=municipality), pack())


def counts(checked: Checked) -> list[tuple[object, ...]]:
    columns = ("rows_received", "rows_accepted", "rows_quarantined")
    return checked.gate.rows.sort("delivery_id").select(columns).rows()


def findings(checked: Checked) -> list[tuple[object, ...]]:
    return checked.findings.select("severity", "rule", "row_number", "column_name").rows()


def test_every_row_is_accepted_or_set_aside() -> None:
    rows = [
        HEAD,
        ["r1", "PU1", "5", "IKT og digitalisering"],
        ["r1", "PO1", "9", "Saksbehandlere og rådgivere"],
        ["r2", "PU1", "4", ""],
        ["r2", "PU1", "3", ""],
        ["", "PU1", "3", ""],
        ["r3", "Kommentar", "Ring Ola", ""],
        ["r3", "Kommentar til PU1", "nei", ""],
        ["r3", "PO1", "1", ""],
    ]
    checked = check(rows)
    assert counts(checked) == [(8, 3, 5)]
    assert checked.gate.quarantined["row_number"].to_list() == [4, 5, 6, 7, 8]
    assert sorted(findings(checked), key=repr) == sorted(
        [
            ("quarantine", "repeated_answer", 4, "svar"),
            ("quarantine", "repeated_answer", 5, "svar"),
            ("quarantine", "respondent_missing", 6, "respondent"),
            ("quarantine", "unknown_item", 7, "spørsmål"),
            ("quarantine", "unknown_item", 8, "spørsmål"),
            ("cell", "unknown_answer", 3, "svar"),
            ("cell", "contradicting_background", 2, "rollegruppe"),
        ],
        key=repr,
    )
    sentences = "".join(checked.findings["sentence_nb"]) + "".join(checked.findings["sentence_en"])
    assert "radene 4, 5" in sentences
    assert "Kommentar til PU1" in sentences
    assert "Ola" not in sentences
    answers = checked.gate.beside["survey_answer"]
    assert not answers["is_quarantined"].any()


def test_a_clean_long_survey_has_no_finding() -> None:
    rows = [
        HEAD,
        *([f"r{n}", item, "4", "IKT og digitalisering"] for n in range(6) for item in ("PU1", "PU2")),
    ]
    checked = check(rows)
    assert counts(checked) == [(12, 12, 0)]
    assert checked.findings.height == 0


def test_background_asked_as_questions_is_accepted() -> None:
    rows = [HEAD[:3], ["r1", "rollegruppe", "caseworkers"], ["r1", "PU1", "4"], ["r2", "rollegruppe", "Sjef"]]
    checked = check(rows)
    assert counts(checked) == [(3, 3, 0)]
    assert [row[:3] for row in findings(checked)] == [("cell", "unknown_role_group", 4)]


def test_official_answers_of_several_municipalities() -> None:
    rows = [["kommune", "spørsmål", "svar"]]
    rows += [[name, item, "4"] for name in ("Tindelid", "Kvitlia") for item in ("PU1", "PU2", "PO1")]
    checked = check(rows, municipality="")
    assert counts(checked) == [(3, 3, 0)] * 2
    assert set(checked.deliveries["collection_mode"]) == {"official"}


def test_several_ticked_roles_are_told_once(tmp_path: Path) -> None:
    rows = [
        ["respondent", "PU1", "rollegruppe.caseworkers", "rollegruppe.IKT og digitalisering"],
        ["r1", "4", "1", "1"],
        ["r2", "4", "1", "1"],
        ["r3", "4", "0", "1"],
    ]
    checked = check(rows)
    assert counts(checked) == [(3, 3, 0)]
    assert findings(checked)[0][:3] == ("cell", "several_options", 2)
    assert isinstance(checked.findings, pl.DataFrame)
    assert checked.findings.height == 1
