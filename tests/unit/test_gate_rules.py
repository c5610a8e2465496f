"""Every rule that anything can name has its sentences; what the checks look at is what they say."""

import ast
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.gate import rules as rules_module
from pipelines.gate.checks import UNIQUE_KEYS, contradictions, plan, plan_answers
from pipelines.gate.expectations import _raised
from pipelines.gate.references import PROCESS_REFERENCES, SYSTEM_REFERENCES, References
from pipelines.gate.rows import Rows, columns_of, default_sheet
from pipelines.gate.rules import SEVERITIES, RulesError, load_rules
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import RULES
from pipelines.settings import ROOT

CONSEQUENCES = "consequences: {" + ", ".join(f"{one}: {{nb: a, en: a}}" for one in SEVERITIES) + "}"
ROOMS = [ROOT / "pipelines" / room for room in ("ingest", "gate", "storage")]
PLACEHOLDERS = {
    *("found", "expected", "column", "row", "sheet", "limit", "other", "count"),
    *("reason", "date", "item", "nearest", "score", "cells", "near", "low", "high", "rows_nb", "rows_en"),
}
# Rules that are put together from parts where they are named.
BUILT = {f"unknown_{column.concept}" for sheet in load_contract().sheets for column in sheet.columns} | {
    f"{word}_{concept}"
    for word in ("unresolved", "ambiguous", "follows_quarantined")
    for concept in ("system", "process")
}


def named_in_source() -> set[str]:
    """The rule in every Finding(…), Rejection(…), Told(…) and Check(…) where it is a plain text."""
    position = {"Finding": 0, "Rejection": 0, "_rejected": 1, "reject": 0, "Told": 1, "Check": 2}
    found: set[str] = set()
    for path in (path for room in ROOMS for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = position.get(name)
            if place is not None and len(node.args) > place:
                argument = node.args[place]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return found


def test_every_rule_that_is_named_anywhere_has_its_sentences() -> None:
    named = named_in_source()
    assert {"empty_file", "conflict", "repeated_key", "contradiction", "blank_lifecycle"} <= named
    known = set(load_rules().rules)
    built = {rule for rule in BUILT if not rule.endswith("_None")}
    assert (named | set(RULES) | built) - known == set()


def test_every_rule_with_sentences_is_named_somewhere() -> None:
    built = {rule for rule in BUILT if not rule.endswith("_None")}
    assert set(load_rules().rules) - named_in_source() - set(RULES) - built == set()


def test_sentences_name_only_what_a_finding_can_fill() -> None:
    for rule in (*load_rules().rules.values(), *load_rules().variants.values()):
        for sentence in (rule.sentence_nb, rule.sentence_en):
            assert sentence.rstrip().endswith((".", "}")), rule.rule
            assert set(re.findall(r"{(\w*)}", sentence)) <= PLACEHOLDERS, rule.rule
        both = (rule.sentence_nb, rule.sentence_en.replace("{rows_en}", "{rows_nb}"))
        names = [set(re.findall(r"{(\w+)}", s)) for s in both]
        assert names[0] == names[1], rule.rule


def test_a_sentence_is_filled_and_tells_what_follows() -> None:
    known = load_rules()
    nb, en = known.sentences("unknown_function", "quarantine", {"found": "Barenvern", "nearest": "Barnevern"})
    assert nb.startswith(
        "«Barenvern» er ikke en funksjon i referanselisten. Bruk et navn fra malens lister. "
        "Nærmest er Barnevern. Raden er satt"
    )
    assert "The nearest is Barnevern." in en
    two = known.sentences("unknown_function", "cell", {"found": "x", "nearest": "«A, b», «C»"})
    assert "The nearest are «A, b», «C»." in two[1]
    assert "The nearest is «A, b»." in known.sentences("unknown_function", "cell", {"nearest": "«A, b»"})[1]
    assert "Nærmest" not in known.sentences("unknown_function", "cell", {"found": "x"})[0]
    # What the delivery says is never read as a pattern.
    assert "«{row}»" in known.sentences("not_a_date", "cell", {"found": "{row}"})[0]
    assert "«–»" in known.sentences("not_a_date", "cell", {})[0]


def test_a_variant_speaks_in_the_rules_place() -> None:
    known = load_rules()
    one = known.sentences(
        "not_a_number", "cell", {"found": "bra", "variant": "scale", "low": "1", "high": "5"}
    )
    assert one[0].startswith("«bra» er ikke et tall. Skriv ett helt tall fra 1 til 5.")
    assert "for eksempel 200000" in known.sentences("not_a_number", "cell", {"found": "bra"})[0]


def test_an_unknown_rule_names_the_file_to_mend() -> None:
    with pytest.raises(RulesError, match=r"rules\.yml has no rule 'nothing'"):
        load_rules()["nothing"]


@pytest.mark.parametrize(
    "content",
    [
        "consequences: {}\nnearest: {nb: a, en: a}\nrules: {}",
        f"{CONSEQUENCES}\nnearest: {{nb: a, en: a}}\nrules: {{r: {{severity: cell, nb: a, en: b}}}}",
        f"{CONSEQUENCES}\nnearest: {{nb: a, en: a}}\nrules: {{r: {{nb: a}}}}",
        f"{CONSEQUENCES}\nnearest: {{nb: a, en: a}}\nnearest_one: {{nb: a, en: a}}\n"
        "variants: {s.one: {nb: a, en: a}}\nrules: {r: {nb: a, en: a}}",
    ],
)
def test_rules_that_cannot_be_used_fail_at_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(content)
    monkeypatch.setattr(rules_module, "RULES_FILE", path)
    with pytest.raises(RulesError):
        load_rules.__wrapped__()


def test_every_severity_has_its_consequence() -> None:
    assert set(load_rules().consequences) == set(SEVERITIES)


def test_what_refers_and_what_is_unique_stands_in_the_contract() -> None:
    for dataset, columns in {**SYSTEM_REFERENCES, **PROCESS_REFERENCES}.items():
        assert set(columns) <= {column.name for column in columns_of(dataset)}
    for dataset, column in UNIQUE_KEYS.items():
        assert column in {c.name for c in columns_of(dataset)}
        assert default_sheet(dataset)


@pytest.mark.parametrize(
    ("column", "header"),
    [
        ("system_name", "systemnavn"),
        ("data_objects", "Objekter"),
        ("data_object_name", "Objekter"),
        ("operations", "Objekter"),
        ("item:PU1", "item:PU1"),
    ],
)
def test_what_a_flat_column_gave_is_told_under_its_own_header(column: str, header: str) -> None:
    rows = Rows({}, pl.DataFrame(), {("d", "systems", "data_objects"): "Objekter"})
    assert rows.header("d", "systems", column) == header


def test_dates_of_what_happened_stand_in_the_contract() -> None:
    dated = {c.name for s in load_contract().sheets for c in s.columns if c.not_after_period}
    assert dated == {"described_date", "decided_date", "acquired_date", "risk_assessed_date"}


def cells(
    rows: list[tuple[str, str | None, bool | None, bool | None]],
    lookup: str = "l",
    places: Sequence[tuple[str, str]] = (),
) -> list[str | None]:
    """contradictions() of rows (system, operations, keeps_copy, is_master) of one object, numbered from 2.

    places: each row's delivery and sheet; all in one without.
    """
    places = places or [("d", "")] * len(rows)
    frame = pl.DataFrame(
        {
            "lookup": [lookup] * len(rows),
            "delivery_id": [where[0] for where in places],
            "sheet": [where[1] for where in places],
            "row_number": list(range(2, len(rows) + 2)),
            "system_name": [row[0] for row in rows],
            "data_object_id": ["person"] * len(rows),
            "data_object_name": ["Person"] * len(rows),
            "operations": [row[1] for row in rows],
            "keeps_copy": [row[2] for row in rows],
            "is_master": [row[3] for row in rows],
        },
        schema_overrides={"operations": pl.String, "keeps_copy": pl.Boolean, "is_master": pl.Boolean},
    )
    keys = pl.DataFrame({"system_key": [row[0].casefold() for row in rows]})
    files = {"d": "d.csv", "e": "e.xlsx"}
    return contradictions(frame, keys, files).to_list()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("A", "none", None, None)], [None]),
        ([("A", "none", False, False)], [None]),
        ([("A", "none", True, None)], ["2"]),
        ([("A", "none", None, True)], ["2"]),
        ([("A", None, True, True)], [None]),
        ([("A", "CR", None, None), ("A", "U", True, True)], [None, None]),
        ([("A", "none", None, None), ("a", "R", None, None)], ["2, 3", "2, 3"]),
        ([("A", "none", None, None), ("A", "x", None, None), ("B", "x", None, None)], ["2, 3", "2, 3", None]),
        ([("A", "none", None, None), ("A", None, None, None)], [None, None]),
        ([("A", "none", None, None), ("A", None, None, True)], ["2, 3", "2, 3"]),
    ],
)
def test_a_contradiction_takes_all_rows_of_its_cell(
    rows: list[tuple[str, str | None, bool | None, bool | None]], expected: list[str | None]
) -> None:
    assert cells(rows) == expected


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("e", "A"), ("e", "A")], "2, 3"),
        ([("d", ""), ("e", "A")], "d.csv: 2, e.xlsx: 3"),
        ([("e", "A"), ("e", "B")], "A: 2, B: 3"),
        ([("d", ""), ("e", "A"), ("e", "B")], "d.csv: 2, e.xlsx/A: 3, e.xlsx/B: 4"),
    ],
)
def test_the_rows_of_a_contradiction_are_named_with_their_file(
    places: list[tuple[str, str]], expected: str
) -> None:
    rows = [("A", "none", None, None), ("A", "x", None, None), ("A", "x", None, None)][: len(places)]
    found = cells([*rows, ("B", "x", None, None)], places=[*places, ("d", "")])
    assert found == [*[expected] * len(rows), None]


def test_a_million_answers_are_judged_as_what_differs() -> None:
    answers = pl.DataFrame(
        {
            "delivery_id": ["d"] * 6,
            "sheet": [""] * 6,
            "row_number": [2, 3, 4, 5, 6, 7],
            "item_id": ["PU1"] * 6,
            "answer_status": ["ok", "ok", "invalid", "invalid", "invalid", "blank"],
            "answer__raw": [None, None, "9", "8", "9", None],
        }
    )
    narrow = plan_answers(answers).narrow
    assert narrow.select("answer_status", "value", "count", "row_number").rows() == [
        ("blank", None, 1, 7),
        ("invalid", "8", 1, 5),
        ("invalid", "9", 2, 4),
        ("ok", None, 2, 2),
    ]


def test_the_narrow_frame_holds_only_what_is_looked_at() -> None:
    frame = pl.DataFrame(
        {
            "place": [0, 1],
            "delivery_id": ["d", "d"],
            "period": ["2026", "2026"],
            "service_id": ["id_porten", None],
            "service_id__error": [None, "unknown_shared_service"],
            "is_used": [None, True],
            "is_used__error": ["not_yes_no", None],
        },
        schema_overrides={"service_id__error": pl.String},
    )
    empty = pl.DataFrame()
    own = plan(
        "shared_service",
        Rows({"shared_service": frame}, empty),
        References(empty, empty, {}),
        {"2026": date(2026, 12, 31)},
    )
    assert own.narrow.columns == [
        "delivery_id",
        "row__error",
        "service_id__error",
        "service_id__given",
        "is_used__error",
        "key",
    ]
    assert own.narrow["service_id__given"].to_list() == ["x", "x"]
    assert [(c.name, c.severity) for c in own.checks] == [
        ("shared_service.row.readable", "quarantine"),
        ("shared_service.service_id.readable", "quarantine"),
        ("shared_service.service_id.required_missing", "quarantine"),
        ("shared_service.is_used.readable", "cell"),
        ("shared_service.service_id.repeated_key", "quarantine"),
    ]


@pytest.mark.parametrize(
    ("info", "raised"),
    [
        (None, ""),
        ({"raised_exception": False, "exception_message": None}, ""),
        ({"raised_exception": True, "exception_message": "mixed types"}, "mixed types"),
        ({"a metric": {"raised_exception": True, "exception_message": "boom"}}, "boom"),
        ({"a metric": {"raised_exception": False}, "b": {"raised_exception": True}}, "unknown"),
    ],
)
def test_what_an_expectation_raised_is_seen_in_every_shape(info: object, raised: str) -> None:
    assert _raised(info) == raised
