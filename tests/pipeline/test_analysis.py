"""explain and what-if on a real run of the example, and against a run of deliveries that were changed so."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from pipelines.analysis.built import rows as rows_of
from pipelines.analysis.explain_lines import formula
from pipelines.analysis.things import Thing, of_value
from pipelines.analysis.wording import TEXTS
from pipelines.cli import main
from tests.support import EXAMPLE_INBOX, copy_inbox, environment, kommunebench

MUNICIPALITY, PERIOD = "9904", "2026"
# One of each family, and those that are put together from others.
FAMILIES = (
    "MOD_PU", "MOD_IDX", "MOD_LVL", "BAR_1", "PRO_OWN", "PRO_GAP", "INI_MAP", "ONCE_GAP", "DUP_MULTI",
    "DUP_SOR", "FUN_OVL", "REG_USE", "NAT_USE", "INT_AUTO", "SILO_OBJ", "TIME_E", "SYS_NEW", "KEY1",
    "COV_SYS", "COV_FUN", "COV_PRO",
)  # fmt: skip
# What is assumed, and below the same done to the files of the delivery.
RETIRED = ("--retire-system", "Skjærgård IKT Lønn")
CONNECTED_PROCESS = ("--connect-register", "Behandle byggesøknad", "Eiendom")
CONNECTED_SYSTEM = ("--connect-register", "Skjærgård IKT Økonomi", "Virksomhet")
MASTER = ("--appoint-master", "Skjærgård IKT Økonomi", "Ansatt i kommunen")
OWNED = ("--give-owner", "Motta feilmelding og rette feil på vei, vann og bygg")
texts: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))


@pytest.fixture(scope="module")
def home(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of the example's run in a home of its own, which what-if may use."""
    own = tmp_path_factory.mktemp("analysis") / "home"
    shutil.copytree(example_home / "build", own / "build")
    shutil.copytree(example_home / "releases", own / "releases", symlinks=True)
    return own


def build(home: Path) -> Path:
    return home / "build" / "kommunebench.duckdb"


def asked(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(build(home)), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def ask(home: Path, *arguments: str, expect: int = 0) -> str:
    env = {name: value for name, value in environment(home).items() if name.startswith("KOMMUNEBENCH_")}
    result = CliRunner().invoke(main, list(arguments), env=env)
    assert result.exit_code == expect, result.output
    return result.stdout if expect == 0 else result.stderr


# --- explain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("indicator", FAMILIES)
def test_the_rows_and_files_behind_a_number_are_told(home: Path, indicator: str) -> None:
    found = json.loads(ask(home, "explain", indicator, MUNICIPALITY, PERIOD, "--json", "--all"))
    mode = found["value"]["collection_mode"]
    lineage = asked(
        home,
        "select dataset, thing, delivery_id, sheet, row_number from intermediate.int_lineage__row"
        f" where unit_id = '{MUNICIPALITY}:{PERIOD}:delivered:all' and indicator_id = '{indicator}'"
        f" and collection_mode = '{mode}'",
    )
    used = [
        tuple(row[name] for name in ("dataset", "thing", "delivery_id", "sheet", "row_number"))
        for row in found["used"]
    ]
    assert used
    assert sorted(used) == sorted(lineage)
    # Each row says something, except one that answers nothing at all.
    assert all(row["said"] for row in found["used"])
    assert {row["delivery_id"] for row in found["used"]} == {file["delivery_id"] for file in found["files"]}
    for file in found["files"]:
        sent = EXAMPLE_INBOX / PERIOD / MUNICIPALITY / file["file_name"]
        assert file["sha256"] == hashlib.sha256(sent.read_bytes()).hexdigest()


@pytest.mark.parametrize("indicator", FAMILIES)
def test_formula_numbers_rows_and_hashes_are_printed(home: Path, indicator: str) -> None:
    said = ask(home, "explain", indicator, MUNICIPALITY, PERIOD, "--all")
    found = json.loads(ask(home, "explain", indicator, MUNICIPALITY, PERIOD, "--json"))
    value, lines = found["value"], said.splitlines()
    assert f"Formel: {formula(found['indicator'], 'nb')}" in lines
    assert all(f"    sha256 {file['sha256']}" in lines for file in found["files"])
    assert f"({len(found['used'])} av {len(found['used'])}):" in said
    assert sum(line.startswith("    ") and ", rad " in line for line in lines) == len(found["used"])
    if value["status"] == "ok":
        (numbers,) = [line for line in lines if line.startswith("Med tallene i: ")]
        decimals = {"count": 4, "level": 0}.get(found["indicator"]["unit"], 2)
        assert f"{value['value']:.{decimals}f}".replace(".", ",").replace("-", "−") in numbers
    assert f"Status: {texts['status_' + value['status']]['nb']}" in lines


def test_every_status_is_told_in_words(home: Path) -> None:
    statuses = asked(
        home,
        "select status, min(indicator_id || '|' || municipality_number || '|' || period) "
        "from main.fct_indicator_value where boundary = 'delivered' and focus_area = 'all' "
        "and collection_mode <> 'official' group by status order by status",
    )
    assert len(statuses) >= 4
    for status, key in statuses:
        said = ask(home, "explain", *key.split("|"), "--lang", "en")
        assert f"Status: {texts['status_' + status]['en']}" in said.splitlines()
        assert status == "ok" or "With the numbers in" not in said


def test_names_do_as_well_as_ids_and_cuts_and_boundaries_can_be_asked_for(home: Path) -> None:
    by_id = ask(home, "explain", "PRO_OWN", MUNICIPALITY, PERIOD)
    assert ask(home, "explain", "prosesser med eier", "granvåg", PERIOD) == by_id
    cut = ask(
        home, "explain", "PRO_OWN", MUNICIPALITY, PERIOD, "--focus-area", "helse og omsorg",
        "--boundary", "current",
    )  # fmt: skip
    assert "  Helse og omsorg · på dagens grenser · registre" in cut.splitlines()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("PRO_OWM", MUNICIPALITY, PERIOD), "mente du PRO_OWN (Prosesser med eier)"),
        (("PRO_OWM", MUNICIPALITY, PERIOD, "--lang", "en"), "did you mean PRO_OWN (Processes with an owner)"),
        (("PRO_OWN", "Granvog", PERIOD), "mente du Granvåg (9904)"),
        (("PRO_OWN", MUNICIPALITY, "2031"), "det som finnes, er 2025, 2026"),
        (
            ("PRO_OWN", MUNICIPALITY, PERIOD, "--focus-area", "helth_car"),
            "mente du health_care (Helse og omsorg)",
        ),
        (("PRO_OWN", MUNICIPALITY, PERIOD, "--focus-area", "zz"), "Helse og omsorg (health_care)"),
        (("PRO_OWN", MUNICIPALITY, PERIOD, "--collection-mode", "official"), "det som finnes, er registre"),
        (
            ("INI_MAP", MUNICIPALITY, PERIOD, "--focus-area", "health_care"),
            "Tiltak: kartlagt før (INI_MAP) regnes bare for hele kommunen",
        ),
        (("SBO_DIV", MUNICIPALITY, PERIOD), "Produktmangfold (SBO_DIV) regnes ikke for en kommune"),
        (("SBO_DIV", MUNICIPALITY, PERIOD, "--lang", "en"), "by function in the table fct_joint_procurement"),
    ],
)
def test_what_is_not_there_is_told_in_the_language_with_what_there_is(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in ask(home, "explain", *arguments, expect=1)


def test_without_a_build_it_is_said_what_makes_one(tmp_path: Path) -> None:
    assert "kommunebench run lager en" in ask(
        tmp_path / "home", "explain", "PRO_OWN", MUNICIPALITY, PERIOD, expect=1
    )


# --- thing by thing ---------------------------------------------------------------------------------

VALUES = (
    "select v.*, i.unit_id from main.fct_indicator_value as v"
    " inner join intermediate.int_index__indicator as i using (municipality_number, period, boundary,"
    " focus_area, indicator_id, collection_mode) where v.status in ('ok', 'insufficient_coverage')"
    " and v.collection_mode = 'register' and v.period = '2026' order by all"
)


def counted(indicator: str, found: Sequence[Thing]) -> tuple[int, int, int]:
    """Numerator, denominator and n, put together from what the things say."""
    yes, no = (sum(thing.answer == one for thing in found) for one in ("yes", "no"))
    amounts = [thing.amount or 0 for thing in found]
    if indicator == "DUP_AVG":
        return sum(amounts), yes, len(found)
    if indicator in {"DUP_RED", "DUP_UNC", "FUN_RED"}:
        return sum(amount - 1 for amount in amounts if amount), sum(amounts), len(found)
    return yes, yes + no, len(found)


def test_the_things_are_those_that_the_value_counts(home: Path) -> None:
    """For every value of a register, in each cut and on both boundaries: the things add up to it."""
    seen = set()
    with duckdb.connect(str(build(home)), read_only=True) as connection:
        indicators = {
            row["indicator_id"]: row for row in rows_of(connection, "select * from main.dim_indicator")
        }
        for value in rows_of(connection, VALUES):
            indicator = value["indicator_id"]
            told = of_value(connection, value, indicators[indicator])
            expected = (value["numerator"], value["denominator"], value["n"])
            assert counted(indicator, told) == expected, (indicator, value["unit_id"])
            seen.add(indicator)
    counting = {one for one, row in indicators.items() if row["source_kind"] in {"processes", "systems"}}
    assert seen == counting - {"SBO_DIV"}


def test_a_core_process_that_nobody_listed_is_told_as_unknown(home: Path) -> None:
    ((process, name),) = asked(
        home,
        "select c.process_id, p.name_nb from intermediate.int_process__core_process as c "
        "inner join reference.process as p using (process_id) "
        f"where c.municipality_number = '{MUNICIPALITY}' and c.period = '{PERIOD}' and not c.is_delivered",
    )
    said = ask(home, "explain", "PRO_OWN", MUNICIPALITY, PERIOD).splitlines()
    assert f"  ukjent  {name}: prosessen er ikke levert" in said
    found = json.loads(ask(home, "explain", "PRO_OWN", MUNICIPALITY, PERIOD, "--json"))
    assert process not in {row["thing"] for row in found["used"]}
    # One line for each thing, and none for a row.
    listed = [line for line in said if line.startswith(("  ja ", "  nei ", "  ukjent "))]
    assert len(listed) == found["value"]["n"] == len(found["things"])
    assert "Det som telles (20): 11 ja, 6 nei, 3 ukjent" in said
    assert not any(line.startswith("Radene bak tallet") for line in said)


def test_the_most_loaded_are_named(home: Path) -> None:
    ((role, n),) = asked(
        home,
        "select r.name_nb, l.n_owned from intermediate.int_operation__role_load as l "
        "inner join reference.role as r on l.role_key = 'role:' || r.role_id "
        f"where l.municipality_number = '{MUNICIPALITY}' and l.period = '{PERIOD}' "
        "order by l.n_owned desc limit 1",
    )
    assert f"Eier mest: {role} ({n}), " in ask(home, "explain", "KEY1", MUNICIPALITY, PERIOD)
    person = "Person (name, national identity number, registered residence)"
    said = ask(home, "explain", "DUP_MULTI", MUNICIPALITY, PERIOD, "--lang", "en")
    assert f"Most systems: {person} (9), " in said
    said = ask(home, "explain", "FUN_OVL", MUNICIPALITY, PERIOD)
    assert "Flest systemer: Innbyggerportal (Min side) (2), " in said


def test_answers_of_respondents_are_counts_that_no_one_is_seen_in(home: Path) -> None:
    counts = asked(
        home,
        "select answer, n from intermediate.int_survey__answer_count where item_id = 'PU1' and "
        f"municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' and focus_area = 'all' "
        "and collection_mode = 'respondents'",
    )
    plain = json.loads(ask(home, "explain", "MOD_PU", MUNICIPALITY, PERIOD, "--json"))
    (item,) = [one for one in plain["answers"] if one["item_id"] == "PU1"]
    assert item["counts"] == dict(counts)
    assert all(row["said"] is None for row in plain["used"])
    assert ", rad " not in ask(home, "explain", "MOD_PU", MUNICIPALITY, PERIOD)


def test_the_answers_of_too_few_are_never_told(home: Path) -> None:
    """Neither of fewer than five, nor of a cut that leaves fewer than five outside it."""
    ((least,),) = asked(home, "select value from reference.threshold where threshold_id = 'min_respondents'")
    cuts = asked(
        home,
        "select focus_area, n from main.fct_indicator_value where indicator_id = 'BAR_1' and n > 0 "
        f"and municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' and boundary = 'delivered' "
        "and collection_mode = 'respondents'",
    )
    assert min(n for _, n in cuts) < least <= max(n for _, n in cuts)
    whole = dict(cuts)["all"]
    for area, n in cuts:
        few = n < least or 0 < whole - n < least
        cut = ("explain", "BAR_1", MUNICIPALITY, PERIOD, "--focus-area", area, "--all")
        found = json.loads(ask(home, *cut, "--json"))
        assert (found["answers"][0]["counts"] is None) == few
        answers = [row["said"] for row in found["used"] if row["dataset"] == "survey_answer"]
        assert answers
        assert all((said is None) == few for said in answers)
        assert ("for få respondenter til at svarene vises" in ask(home, *cut)) == few


def test_target_place_change_and_release_are_those_of_the_tables(home: Path) -> None:
    found = json.loads(ask(home, "explain", "MOD_PU", MUNICIPALITY, PERIOD, "--json"))["around"]
    key = f"indicator_id = 'MOD_PU' and municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}'"
    ((rank,),) = asked(home, f"select rank from main.fct_position where {key} and peer_group_type = 'owners'")
    ((change,),) = asked(home, f"select change from main.fct_change where {key}")
    release = (home / "releases" / "current").resolve().name
    assert found["target"] == 75
    assert (found["place"]["rank"], found["change"]["change"]) == (rank, change)
    assert found["release"] == release
    said = ask(home, "explain", "MOD_PU", MUNICIPALITY, PERIOD).splitlines()
    assert "Høyere er bedre; mål: 75 poeng" in said
    assert f"Utgave: {release}" in said
    assert any(line.startswith(f"Plass: eierne, plass {rank} av 6") for line in said)
    # A cut has no place of its own.
    cut = ("--focus-area", "technical_operations", "--json")
    around = json.loads(ask(home, "explain", "PRO_OWN", MUNICIPALITY, PERIOD, *cut))["around"]
    assert around["place"] is around["change"] is None


def test_a_build_that_is_not_published_has_no_release(home: Path, tmp_path: Path) -> None:
    alone = tmp_path / "home"
    shutil.copytree(home / "build", alone / "build")
    assert "Utgave: ikke publisert" in ask(alone, "explain", "PRO_OWN", MUNICIPALITY, PERIOD)
    shutil.copytree(home / "releases", alone / "releases", symlinks=True)
    note = alone / "build" / "build.json"
    other = json.loads(note.read_text("utf-8"))
    note.write_text(json.dumps({**other, "inputs": other["inputs"][1:]}), "utf-8")
    assert "Utgave: ikke publisert" in ask(alone, "explain", "PRO_OWN", MUNICIPALITY, PERIOD)


# --- what-if ----------------------------------------------------------------------------------------


def answered(home: Path, *assumed: str) -> dict[str, dict[str, Any]]:
    """Indicator → what moved of it; the build of the real run is the same before and after."""
    before = hashlib.sha256(build(home).read_bytes()).hexdigest()
    found = json.loads(ask(home, "what-if", MUNICIPALITY, PERIOD, *assumed, "--json"))
    assert hashlib.sha256(build(home).read_bytes()).hexdigest() == before
    assert not list((home / "what_if").rglob("*.duckdb")), "the copies go"
    return {moved["indicator_id"]: moved for moved in found["moved"]}


def test_a_retired_system_moves_what_counts_systems(home: Path) -> None:
    moved = answered(home, *RETIRED)
    assert {"DUP_AVG", "DUP_MULTI", "FUN_OVL", "FUN_RED", "SYS_NEW"} <= set(moved)
    # The share rises though the municipality has no more of it: both parts of it are told.
    overlap = moved["FUN_OVL"]
    assert overlap["after"]["value"] > overlap["before"]["value"]
    assert overlap["after"]["numerator"] == overlap["before"]["numerator"]
    assert overlap["after"]["denominator"] == overlap["before"]["denominator"] - 1
    assert overlap["outcome"] == "worse"
    assert not {name for name in moved if name.startswith(("PRO_", "ONCE", "INI_", "MOD_", "BAR_"))}


def test_what_a_retired_system_leaves_without_one_is_told(home: Path) -> None:
    """The functions and objects that it was the only one to serve and hold, and no others."""
    alone = asked(
        home,
        "with mine as (select municipality_number, period, function_id "
        "from intermediate.int_system__function "
        "inner join lake.system using (municipality_number, period, system_key) "
        f"where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' "
        f"and system_name = '{RETIRED[1]}') select 'function', f.function_id from mine "
        "inner join intermediate.int_system__core_function as f "
        "using (municipality_number, period, function_id) "
        "where f.n_sure = 1 union all select 'data_object', c.data_object_id "
        "from intermediate.int_system__cell as c "
        "inner join intermediate.int_system__object as o using (municipality_number, period, data_object_id) "
        "inner join lake.system as s using (municipality_number, period, system_key) "
        f"where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' and o.n_least = 1 "
        f"and o.focus_area = 'all' and o.measure = 'holding' and s.system_name = '{RETIRED[1]}' "
        "and not c.may_be_none",
    )
    found = json.loads(ask(home, "what-if", MUNICIPALITY, PERIOD, *RETIRED, "--json"))["left_without"]
    assert {(one["concept"], one["thing_id"]) for one in found} == set(alone)
    assert {concept for concept, _ in alone} == {"function", "data_object"}
    said = ask(home, "what-if", MUNICIPALITY, PERIOD, *RETIRED)
    assert "Kjernefunksjoner uten system etterpå: Lønn og personal" in said
    assert "Stiger fordi nevneren faller" in said


def test_a_master_besides_a_register_is_warned_of_and_makes_it_worse(home: Path) -> None:
    person = ("--appoint-master", "Skjærgård IKT Økonomi", "Virksomhet")
    found = json.loads(ask(home, "what-if", MUNICIPALITY, PERIOD, *person, "--json"))
    assert found["warnings"] == [{"data_object": "organisation", "register": "entity_register"}]
    (moved,) = [one for one in found["moved"] if one["indicator_id"] == "DUP_SOR"]
    assert moved["outcome"] == "worse"
    assert moved["after"]["value"] < moved["before"]["value"]
    said = ask(home, "what-if", MUNICIPALITY, PERIOD, *person)
    assert "Merk: Enhetsregisteret er master for «Virksomhet» alt." in said
    # The object of MASTER has no register.
    assert json.loads(ask(home, "what-if", MUNICIPALITY, PERIOD, *MASTER, "--json"))["warnings"] == []


def test_a_connected_process_closes_a_gap_and_nothing_else(home: Path) -> None:
    moved = answered(home, *CONNECTED_PROCESS)
    assert set(moved) == {"ONCE_GAP"}
    assert moved["ONCE_GAP"]["after"]["value"] < moved["ONCE_GAP"]["before"]["value"]
    assert moved["ONCE_GAP"]["after"]["coverage"] == moved["ONCE_GAP"]["before"]["coverage"]


def test_a_connected_system_uses_the_register(home: Path) -> None:
    moved = answered(home, *CONNECTED_SYSTEM)
    assert set(moved) == {"REG_USE"}
    assert moved["REG_USE"]["after"]["value"] > moved["REG_USE"]["before"]["value"]


def test_an_appointed_master_makes_one_master(home: Path) -> None:
    moved = answered(home, *MASTER)
    assert set(moved) == {"DUP_SOR"}
    assert moved["DUP_SOR"]["after"]["value"] > moved["DUP_SOR"]["before"]["value"]


def test_an_owner_moves_ownership_and_the_place_among_the_others(home: Path) -> None:
    moved = answered(home, *OWNED)
    assert {"PRO_OWN", "PRO_OWNX", "PRO_XUN"} <= set(moved) <= {"PRO_OWN", "PRO_OWNX", "PRO_XUN", "PRO_GAP"}
    assert moved["PRO_OWNX"]["after"]["value"] > moved["PRO_OWNX"]["before"]["value"]
    was, will = (moved["PRO_OWNX"]["places"]["all"][one] for one in ("before", "after"))
    assert (was["n_municipalities"], will["n_municipalities"]) == (6, 6)
    assert will["rank"] < was["rank"]


@pytest.mark.parametrize(
    ("assumed", "words"),
    [
        ((), "ingenting er antatt"),
        (("--retire-system", "Skjærgård IKT Lon"), "mente du Skjærgård IKT Lønn (9904-"),
        (("--give-owner", "Behandle byggesoknad"), "mente du Behandle byggesøknad (building_permit)"),
        (
            ("--connect-register", "Behandle byggesøknad", "Budsjett og økonomiplan"),
            "gir ikke Behandle byggesøknad (building_permit) noe register for "
            "Budsjett og økonomiplan (budget)",
        ),
        (
            ("--connect-register", "Behandle byggesøknad", "Budsjett og økonomiplan", "--lang", "en"),
            "no register for Budget and financial plan (budget)",
        ),
    ],
)
def test_what_cannot_be_assumed_is_refused(home: Path, assumed: tuple[str, ...], words: str) -> None:
    assert words in ask(home, "what-if", MUNICIPALITY, PERIOD, *assumed, expect=1)


# --- the same, done to the delivery ------------------------------------------------------------------

Rows = list[dict[str, str]]


def edit(inbox: Path, name: str, change: Callable[[Rows], int]) -> None:
    """Change a file of the municipality's; at least one row must have been."""
    path = inbox / PERIOD / MUNICIPALITY / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        rows, columns = list(reader), list(reader.fieldnames or ())
    assert change(rows) > 0, name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def put(column: str, value: str, **where: str) -> Callable[[Rows], int]:
    """Write a value in the rows in which the columns stand so."""

    def change(rows: Rows) -> int:
        meant = [row for row in rows if where.items() <= row.items()]
        for row in meant:
            row[column] = value
        return len(meant)

    return change


def one_master(unlisted: list[str]) -> Callable[[Rows], int]:
    """The object has one master; the systems of which it is expected say that they are not."""

    def change(rows: Rows) -> int:
        n = put("master", "nei", dataobjekt=MASTER[2])(rows)
        blank = dict.fromkeys(rows[0], "")
        rows += [{**blank, "systemnavn": name, "dataobjekt": MASTER[2], "master": "nei"} for name in unlisted]
        return n * put("master", "ja", systemnavn=MASTER[1], dataobjekt=MASTER[2])(rows)

    return change


@pytest.fixture(scope="module")
def changed_home(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the example in which the municipality delivered what is assumed above, all at once."""
    place = tmp_path_factory.mktemp("changed")
    inbox = copy_inbox(EXAMPLE_INBOX, place / "inbox")
    unlisted = asked(
        home,
        "select min(s.system_name) from intermediate.int_system__cell as c "
        "inner join lake.system as s using (municipality_number, period, system_key) "
        f"where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' "
        "and c.data_object_id = 'employee' and c.system_key not in (select system_key from "
        f"lake.system_data_object where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' "
        "and data_object_id = 'employee' and system_key is not null) group by c.system_key order by all",
    )
    edit(inbox, "systemer", put("livsløp", "avviklet", systemnavn=RETIRED[1]))
    edit(inbox, "dataobjekter", put("kilde", "register_auto", systemnavn=CONNECTED_SYSTEM[1],
         dataobjekt=CONNECTED_SYSTEM[2]))  # fmt: skip
    edit(inbox, "dataobjekter", one_master([name for (name,) in unlisted]))
    edit(inbox, "opplysninger", put("innhenting", "register_auto", prosessnavn=CONNECTED_PROCESS[1],
         dataobjekt=CONNECTED_PROCESS[2]))  # fmt: skip
    edit(inbox, "prosesser", put("eierskap", "prosesseier", referanseprosess=OWNED[1]))
    kommunebench("run", "--inbox", inbox, env=environment(place / "home"))
    return place / "home"


VALUE = (
    "status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "numerator", "denominator", "n",
    "coverage",
)  # fmt: skip
PLACE = ("peer_group", "n_municipalities", "rank", "percentile", "gap_to_median", "conclusion")


def values(home: Path) -> dict[str, dict[str, Any]]:
    found = asked(
        home,
        f"select indicator_id || ' ' || collection_mode, {', '.join(VALUE)} from main.fct_indicator_value "
        f"where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}' and boundary = 'delivered' "
        "and focus_area = 'all'",
    )
    return {key: dict(zip(VALUE, row, strict=True)) for key, *row in found}


def places(home: Path) -> dict[tuple[str, str], dict[str, Any]]:
    found = asked(
        home,
        f"select indicator_id || ' ' || collection_mode, peer_group_type, {', '.join(PLACE)} "
        f"from main.fct_position where municipality_number = '{MUNICIPALITY}' and period = '{PERIOD}'",
    )
    return {(key, group): dict(zip(PLACE, row, strict=True)) for key, group, *row in found}


def test_the_answer_is_what_a_run_says_when_the_municipality_has_done_it(
    home: Path, changed_home: Path
) -> None:
    assumed = (*RETIRED, *CONNECTED_PROCESS, *CONNECTED_SYSTEM, *MASTER, *OWNED)
    moved = json.loads(ask(home, "what-if", MUNICIPALITY, PERIOD, *assumed, "--json"))["moved"]
    told = {f"{one['indicator_id']} {one['collection_mode']}": one for one in moved}
    was, now = values(home), values(changed_home)
    was_placed, placed = places(home), places(changed_home)
    changed = {key for key in now if now[key] != was[key]}
    changed |= {key for key, group in placed if placed[key, group] != was_placed.get((key, group))}
    assert set(told) == changed
    assert len(changed) > 15
    for key, one in told.items():
        assert one["before"] == was[key]
        assert one["after"] == now[key], key
        for group, place in one["places"].items():
            assert place["before"] == was_placed.get((key, group))
            assert place["after"] == placed.get((key, group)), (key, group)
