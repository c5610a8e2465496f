"""explain and what-if on a real run of the example, and against a run of deliveries that were changed so."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner

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
    found = json.loads(ask(home, "explain", indicator, MUNICIPALITY, PERIOD, "--json"))
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
    assert f"Formel: {found['indicator']['formula']}" in lines
    assert all(f"    sha256 {file['sha256']}" in lines for file in found["files"])
    assert f"({len(found['used'])} av {len(found['used'])}):" in said
    assert sum(line.startswith("    ") and ", rad " in line for line in lines) == len(found["used"])
    if value["status"] == "ok":
        (numbers,) = [line for line in lines if line.startswith("Med tallene i: ")]
        decimals = 4 if found["indicator"]["unit"] == "count" else 2
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
        (("PRO_OWM", MUNICIPALITY, PERIOD), "did you mean PRO_OWN"),
        (("PRO_OWN", "Granvog", PERIOD), "did you mean Granvåg"),
        (("PRO_OWN", MUNICIPALITY, "2031"), "it has 2025, 2026"),
        (("PRO_OWN", MUNICIPALITY, PERIOD, "--focus-area", "helth"), "did you mean health"),
        (("PRO_OWN", MUNICIPALITY, PERIOD, "--collection-mode", "official"), "there is register"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in ask(home, "explain", *arguments, expect=1)


def test_without_a_build_it_is_said_what_makes_one(tmp_path: Path) -> None:
    assert "kommunebench run makes one" in ask(
        tmp_path / "home", "explain", "PRO_OWN", MUNICIPALITY, PERIOD, expect=1
    )


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
    assert not {name for name in moved if name.startswith(("PRO_", "ONCE", "INI_", "MOD_", "BAR_"))}


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
    was, will = moved["PRO_OWNX"]["places"]["all"]
    assert (was["n_municipalities"], will["n_municipalities"]) == (6, 6)
    assert will["rank"] < was["rank"]


@pytest.mark.parametrize(
    ("assumed", "words"),
    [
        ((), "nothing is assumed"),
        (("--retire-system", "Skjærgård IKT Lon"), "did you mean Skjærgård IKT Lønn"),
        (("--give-owner", "Behandle byggesoknad"), "did you mean Behandle byggesøknad"),
        (("--connect-register", "Behandle byggesøknad", "Budsjett og økonomiplan"), "no register for"),
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


VALUE = ("status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "coverage")
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
        for group, (before, after) in one["places"].items():
            assert before == was_placed.get((key, group))
            assert after == placed.get((key, group)), (key, group)
