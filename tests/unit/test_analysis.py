"""explain and what-if without a run: texts, numbers, names, and what an assumption does to delivered rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.analysis import explain_lines, finding, what_if_lines
from pipelines.analysis.assuming import CELL_ANSWERS, PROCESS_ANSWERS, Change, apply
from pipelines.analysis.built import AnalysisError
from pipelines.analysis.explain import Explanation, shown_columns
from pipelines.analysis.what_if import Answer, Moved
from pipelines.analysis.wording import LANGUAGES, TEXTS, Language, number, say
from pipelines.ingest.contract import load_contract
from pipelines.storage.lake import dataset_columns

ROOM = TEXTS.parent
texts: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(texts))
def test_every_text_stands_in_both_languages_with_the_same_places(key: str) -> None:
    assert set(texts[key]) == set(LANGUAGES)
    places = [re.findall(r"{(\w+)}", text) for text in texts[key].values()]
    assert sorted(places[0]) == sorted(places[1])
    assert all(text.strip() for text in texts[key].values())


def test_a_text_that_is_not_there_is_an_error() -> None:
    assert say("rank", "nb", rank=1, n=6) == "plass 1 av 6"
    with pytest.raises(KeyError):
        say("nothing of the kind", "nb")


@pytest.mark.parametrize(
    ("value", "lang", "decimals", "text"),
    [
        (None, "nb", 1, "–"),
        (12.345, "nb", 1, "12,3"),
        (12.345, "en", 2, "12.35"),
        (-3.5, "en", 1, "−3.5"),
        (-0.04, "nb", 1, "0,0"),
        (66.0, "nb", 0, "66"),
    ],
)
def test_numbers_are_written_as_in_the_language(
    value: float | None, lang: Language, decimals: int, text: str
) -> None:
    assert number(value, lang, decimals) == text


# --- names ------------------------------------------------------------------------------------------

NAMES = {"PRO_OWN": "PRO_OWN", "Prosesser med eier": "PRO_OWN", "PRO_OWNX": "PRO_OWNX"}


@pytest.mark.parametrize("text", ["PRO_OWN", "pro_own", " prosesser  med EIER "])
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert finding.find(text, NAMES, "indicator", "the catalogue") == "PRO_OWN"


def test_an_unknown_name_gets_the_nearest_as_they_are_written() -> None:
    with pytest.raises(AnalysisError, match=r"no indicator 'PRO_OWM' in the catalogue; did you mean PRO_OWN"):
        finding.find("PRO_OWM", NAMES, "indicator", "the catalogue")
    with pytest.raises(AnalysisError, match="there is PRO_OWN, PRO_OWNX"):
        finding.find("zzz", NAMES, "indicator", "the catalogue")
    many = {str(name): str(name) for name in range(100, 200)}
    with pytest.raises(AnalysisError, match="there are 100"):
        finding.find("zzz", many, "municipality", "period 2026")


def test_the_first_of_two_that_read_alike_is_meant() -> None:
    assert finding.find("sak", {"Sak": "pack", "SAK": "own"}, "process", "x") == "pack"


# --- what explain shows -----------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", sorted(shown_columns()))
def test_what_is_shown_of_a_row_is_there_and_has_a_heading(dataset: str) -> None:
    spec = shown_columns()[dataset]
    sheet = load_contract().sheet_by_id[spec["sheet"]]
    shown = {c for key, names in spec.items() if key not in {"sheet", "thing", "named"} for c in names}
    # The gate adds the keys of the systems that the names mean.
    assert shown <= {*dataset_columns()[dataset], "system_keys"}
    assert [name for name in shown if name not in sheet.by_name and f"column_{name}" not in texts] == []


def explanation(**value: Any) -> Explanation:
    row = {
        "name": "Granvåg", "municipality_number": "9904", "period": "2026", "focus_area": "all",
        "boundary": "delivered", "collection_mode": "register", "status": "ok", "value": 50.0,
        "numerator": 1.0, "denominator": 2.0, "n": 3, "lower_bound": 33.0, "upper_bound": 67.0,
        "ci_low": None, "ci_high": None, "coverage": 66.7,
    }  # fmt: skip
    indicator = {
        "indicator_id": "PRO_OWN", "family": "PRO", "unit": "percent", "formula": "100 · owned ÷ all",
        "name_nb": "Prosesser med eier", "name_en": "Processes with an owner",
        "description_nb": "Andel med eier. Mer.", "description_en": "Share with an owner. More.",
    }  # fmt: skip
    used = {
        "dataset": "process", "used_for": "value", "delivery_id": "d1", "sheet": "", "is_quarantined": False,
    }  # fmt: skip
    rows = [
        {**used, "thing": "p1", "row_number": 2, "said": {"is_absent": False, "ownership": "line_manager"}},
        {**used, "thing": "p2", "row_number": 3, "said": {"is_absent": False, "ownership": None}},
        {**used, "thing": "p3", "row_number": 4, "said": {"is_absent": True, "ownership": None}},
    ]
    rows[1] |= {"is_quarantined": True, "sheet": "Prosesser"}
    rows[2] |= {"used_for": "coverage"}
    file = {"delivery_id": "d1", "file_name": "prosesser.csv", "kind": "processes", "sha256": "ab" * 32}
    named: dict[Language, dict[str, str]] = {
        "nb": {"process:p1": "Byggesøknad"},
        "en": {"process:p1": "Building application"},
    }
    return Explanation({**row, **value}, indicator, (), tuple(rows), (file,), named)


def told(what: Explanation, lang: Language = "nb", *, show_all: bool = False) -> list[str]:
    return list(explain_lines.lines(what, lang, show_all=show_all))


def test_an_explanation_tells_formula_numbers_rows_and_files() -> None:
    assert told(explanation()) == [
        "Prosesser med eier (PRO_OWN): Granvåg 9904 2026",
        "  hele kommunen · slik den leverte · registre",
        "",
        "Andel med eier.",
        "Formel: 100 · owned ÷ all",
        "Med tallene i: 100 · 1 ÷ 2 = 50,00 %",
        "Status: regnet ut",
        "Grenser: 33,0 – 67,0",
        "Dekning: 66,7 %",
        "n: 3",
        "",
        "Radene bak tallet (3 av 3):",
        "  Byggesøknad: har ikke = nei, eierskap = linjeleder",
        "    prosesser.csv, rad 2",
        "  p2: har ikke = nei, eierskap = – [satt til side, teller som ukjent]",
        "    prosesser.csv, ark Prosesser, rad 3",
        "  p3: har ikke = ja, eierskap = – (bare til dekningen)",
        "    prosesser.csv, rad 4",
        "",
        "Filene:",
        "  prosesser.csv (processes, d1)",
        f"    sha256 {'ab' * 32}",
    ]


def test_an_explanation_in_english() -> None:
    lines = told(explanation(), "en")
    assert "  Building application: does not have it = no, ownership = line manager" in lines
    assert "With the numbers in: 100 · 1 ÷ 2 = 50.00 %" in lines


def test_a_value_that_is_none_is_told_in_words_and_without_numbers() -> None:
    lines = told(explanation(status="insufficient_coverage", value=None))
    assert "Status: for lite er besvart" in lines
    assert not any(line.startswith("Med tallene i") for line in lines)


def test_composites_and_differences_show_their_parts() -> None:
    parts = (
        {"indicator_id": "PO1", "status": "ok", "value": 40.0},
        {"indicator_id": "PRO_OWN", "status": "ok", "value": 65.0},
    )
    base = explanation(value=-25.0, numerator=None, denominator=None)
    gap = Explanation(base.value, base.indicator, parts, base.used, base.files, base.names)
    assert "Med tallene i: PO1 40,00 − PRO_OWN 65,00 = −25,00" in told(gap)
    missing = ({**parts[0], "status": "too_few_respondents", "value": None}, parts[1])
    index = Explanation(
        base.value, {**base.indicator, "family": "MOD"}, missing, base.used, base.files, base.names
    )
    assert "Med tallene i: PO1 for få respondenter, PRO_OWN 65,00 → −25,00" in told(index)


def test_rows_beyond_the_first_are_counted_unless_all_are_asked_for() -> None:
    base = explanation()
    many = Explanation(base.value, base.indicator, (), base.used * 20, base.files, base.names)  # sixty rows
    assert "  … og 35 til (--all viser alle)" in told(many)
    everything = told(many, show_all=True)
    assert sum(line.startswith("    prosesser.csv") for line in everything) == 60
    assert "Radene bak tallet (60 av 60):" in everything


def test_without_rows_it_is_said() -> None:
    base = explanation(status="not_delivered", value=None)
    empty = Explanation(base.value, base.indicator, (), (), (), base.names)
    assert told(empty)[-1] == ""
    assert "Ingen rader står bak tallet." in told(empty)


def test_json_has_everything_but_the_words() -> None:
    found = json.loads(explain_lines.as_json(explanation()))
    assert set(found) == {"value", "indicator", "parts", "used", "files"}
    assert len(found["used"]) == 3


# --- what what-if shows -----------------------------------------------------------------------------

VALUE = {
    "status": "ok", "value": 50.0, "lower_bound": 40.0, "upper_bound": 60.0, "ci_low": None, "ci_high": None,
    "coverage": 80.0,
}  # fmt: skip
PLACE = {
    "peer_group": "g", "n_municipalities": 6, "rank": 3, "percentile": None, "gap_to_median": 1.0,
    "conclusion": "unresolved",
}  # fmt: skip


def answer(after: dict[str, Any], **places: Any) -> Answer:
    moved = Moved("PRO_OWN", "register", VALUE, {**VALUE, **after}, places)
    changes = (Change("give_owner", "p1"), Change("appoint_master", "s1", "o1"))
    return Answer("9904", "2026", changes, (moved,))


WORDS = {
    "9904": "Granvåg",
    "PRO_OWN": "Prosesser med eier",
    "process:p1": "Byggesøknad",
    "system:s1": "Arkivet",
    "data_object:o1": "Person",
}


def test_an_answer_tells_what_was_assumed_and_what_moves() -> None:
    higher = {**PLACE, "rank": 2, "conclusion": "above"}
    given = answer(
        {"value": 55.0, "lower_bound": 45.0}, owners=(PLACE, higher), county=(PLACE, PLACE), all=(None, PLACE)
    )
    assert list(what_if_lines.lines(given, WORDS, "nb")) == [
        "Antatt for Granvåg (9904), 2026:",
        "  Byggesøknad (p1) har en prosesseier på tvers",
        "  Arkivet (s1) er master for Person (o1)",
        "",
        "Én indikator endrer seg:",
        "  Prosesser med eier (PRO_OWN)",
        "    50,0 (mellom 40,0 og 60,0) → 55,0 (mellom 45,0 og 60,0)",
        "    eierne: plass 3 av 6, uavklart → plass 2 av 6, over de andre",
        "    alle: ikke blant de andre → plass 3 av 6, uavklart",
        "    som før: fylket plass 3 av 6, uavklart",
        "",
        "Regnet ut på en kopi av siste kjøring. Ingenting er lagret eller publisert.",
    ]


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ({"value": 50.02}, "    50.00 (between 40.00 and 60.00) → 50.02 (between 40.00 and 60.00)"),
        ({"coverage": 85.0}, "    Coverage: 80.0 → 85.0 %"),
        (
            {"status": "insufficient_coverage", "value": None},
            "    50.0 (between 40.0 and 60.0) → too little is answered (between 40.0 and 60.0)",
        ),
        ({"value": 60.0, "lower_bound": 60.0}, "    50.0 (between 40.0 and 60.0) → 60.0"),
    ],
)
def test_a_change_can_be_seen(after: dict[str, Any], line: str) -> None:
    assert line in list(what_if_lines.lines(answer(after), WORDS, "en"))


def test_a_percentile_is_told_where_there_is_one_and_a_group_of_one_says_nothing() -> None:
    many = {**PLACE, "n_municipalities": 40, "percentile": 61.4}
    alone = {**PLACE, "n_municipalities": 1, "rank": 1}
    given = answer({"value": 51.0}, all=(many, {**many, "percentile": 70.0}), county=(alone, alone))
    lines = "\n".join(what_if_lines.lines(given, WORDS, "en"))
    assert "all: percentile 61 of 40, unresolved → percentile 70 of 40, unresolved" in lines
    assert "county" not in lines


def test_nothing_that_moves_is_said() -> None:
    none = Answer("9904", "2026", (), ())
    assert "No indicator changes." in list(what_if_lines.lines(none, WORDS, "en"))
    found = json.loads(what_if_lines.as_json(answer({"value": 51.0})))
    assert found["moved"][0]["after"]["value"] == 51.0


# --- what an assumption does to the rows ------------------------------------------------------------

ROW = {"municipality_number": "m", "period": "2026", "delivery_id": "d", "sheet": "", "is_quarantined": False}


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two systems, three processes, cells of both, with a row that was set aside of each kind."""
    connection = duckdb.connect()
    common = "municipality_number varchar, period varchar, delivery_id varchar, sheet varchar,"
    common += " row_number bigint, is_quarantined boolean"
    flags = {"is_absent", "is_master", "keeps_copy", "is_described", "is_measured"}
    tables = {
        "lake.system": ["system_key", "lifecycle"],
        "lake.process": ["process_id", *PROCESS_ANSWERS],
        "lake.process_data": ["process_id", "process_key", "data_object_id", "collection"],
        "lake.system_data_object": ["system_key", "data_object_id", *CELL_ANSWERS],
    }
    for schema in ("lake", "reference", "intermediate"):
        connection.execute(f"create schema {schema}")
    for table, columns in tables.items():
        typed = ", ".join(f"{name} {'boolean' if name in flags else 'varchar'}" for name in columns)
        connection.execute(f"create table {table} ({common}, {typed})")
    connection.execute(
        "create table reference.process_object as select 'p1' as process_id, 'o1' as data_object_id"
    )
    connection.execute(
        "insert into reference.process_object values ('p2', 'o1'), ('p3', 'o1'), ('p4', 'o1');"
        "create table reference.data_object (data_object_id varchar, register_id varchar);"
        "insert into reference.data_object values ('o1', 'r1'), ('o2', null);"
        "create table intermediate.int_system__cell (municipality_number varchar, period varchar,"
        " system_key varchar, data_object_id varchar);"
        "insert into intermediate.int_system__cell values"
        " ('m', '2026', 's2', 'o1'), ('m', '2026', 's1', 'o1')"
    )
    put(connection, "lake.system", {"system_key": "s1", "lifecycle": "in_use"})
    put(connection, "lake.system", {"system_key": "s2", "lifecycle": "in_use"})
    put(connection, "lake.system", {"system_key": "s3", "lifecycle": None, "is_quarantined": True})
    put(connection, "lake.process", {"process_id": "p1", "ownership": "none", "unit_names": "a"})
    put(connection, "lake.process", {"process_id": "p1", "unit_names": "b", "is_quarantined": True})
    put(connection, "lake.process", {"process_id": "p2", "is_absent": True})
    put(
        connection,
        "lake.process_data",
        {"process_key": "p1", "data_object_id": "o1", "collection": "asked_user"},
    )
    cell = {"system_key": "s1", "data_object_id": "o1"}
    put(connection, "lake.system_data_object", {**cell, "operations": "CRUD", "is_quarantined": True})
    yield connection
    connection.close()


def put(connection: duckdb.DuckDBPyConnection, table: str, cells: dict[str, Any]) -> None:
    row = {**ROW, "row_number": 2, **cells}
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))


def found(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def test_a_retired_system_counts_as_retired_also_when_its_row_was_set_aside(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    apply(lake, "m", "2026", Change("retire_system", "s3"))
    sql = "select lifecycle, is_quarantined from lake.system where system_key = 's3'"
    assert found(lake, sql) == [("retired", False)]
    assert found(lake, "select count(*) from lake.system where lifecycle = 'retired'") == [(1,)]


def test_an_owner_makes_nothing_else_known_of_a_row_that_was_set_aside(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    apply(lake, "m", "2026", Change("give_owner", "p1"))
    sql = (
        "select ownership, unit_names, is_quarantined from lake.process where process_id = 'p1' order by all"
    )
    assert found(lake, sql) == [("process_owner", "a", False), ("process_owner", None, False)]


def test_a_process_that_was_not_delivered_gets_a_row(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("give_owner", "p3"))
    sql = "select ownership, is_absent, delivery_id from lake.process where process_id = 'p3'"
    assert found(lake, sql) == [("process_owner", False, "what_if")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("give_owner", "p2"), "does not have the process p2"),
        (Change("connect_register", "p2", "o1"), "does not have the process p2"),
        (Change("connect_register", "p4", "o1"), "p4 is not delivered"),
        (Change("connect_register", "p1", "o2"), "grants p1 no register for o2"),
        (Change("connect_register", "s1", "o2"), "knows no register for o2"),
        (Change("connect_register", "s3", "o1"), "the row of s3 was set aside"),
        (Change("appoint_master", "s3", "o1"), "the row of s3 was set aside"),
    ],
)
def test_what_contradicts_the_delivery_is_refused(
    lake: duckdb.DuckDBPyConnection, change: Change, words: str
) -> None:
    with pytest.raises(AnalysisError, match=words):
        apply(lake, "m", "2026", change)


def test_a_process_is_connected_also_by_its_own_name(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("connect_register", "p1", "o1"))
    assert found(lake, "select process_key, collection from lake.process_data") == [("p1", "register_auto")]


def test_a_connected_system_has_the_object(lake: duckdb.DuckDBPyConnection) -> None:
    for system in ("s1", "s2"):
        apply(lake, "m", "2026", Change("connect_register", system, "o1"))
    sql = (
        "select system_key, operations, source_kind, is_quarantined from lake.system_data_object order by all"
    )
    # What the set-aside row said of operations stays unknown; that the object is there, is known now.
    assert found(lake, sql) == [("s1", "x", "register_auto", False), ("s2", "x", "register_auto", False)]


def test_one_system_is_master_and_no_other_listed_or_not(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("appoint_master", "s2", "o1"))
    sql = "select system_key, is_master, operations, is_quarantined from lake.system_data_object order by all"
    assert found(lake, sql) == [("s1", False, None, False), ("s2", True, "x", False)]


def test_what_a_system_only_reads_it_keeps_a_copy_of_when_it_is_the_master(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    put(lake, "lake.system_data_object", {"system_key": "s2", "data_object_id": "o1", "operations": "R"})
    apply(lake, "m", "2026", Change("appoint_master", "s2", "o1"))
    sql = "select operations, keeps_copy from lake.system_data_object where system_key = 's2'"
    assert found(lake, sql) == [("R", True)]


def test_rows_of_other_municipalities_and_periods_stay(lake: duckdb.DuckDBPyConnection) -> None:
    for place in ({"municipality_number": "n"}, {"period": "2025"}):
        put(lake, "lake.system", {"system_key": "s1", "lifecycle": "in_use", **place})
    apply(lake, "m", "2026", Change("retire_system", "s1"))
    assert found(lake, "select count(*) from lake.system where lifecycle = 'retired'") == [(1,)]


def test_the_room_has_no_numbers_of_its_own() -> None:
    """Whatever is shown of a value comes from the models: nothing here sums or averages.

    The worked example counts and ranks what the release says, for its sentences.
    """
    paths = [path for path in sorted(Path(ROOM).glob("*.py")) if not path.name.startswith("worked_")]
    assert len(paths) >= 8
    code = "".join(path.read_text("utf-8") for path in paths)
    assert not re.search(r"\b(avg|sum|median)\(", code)
