"""A whole run over years in which municipalities merged, were divided and changed their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from app import queries
from tests.earlier_years import OWNED, PACKS, REFUSED, core_processes, write_inbox
from tests.support import current, environment, kommunebench


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    write_inbox(folder / "inbox")
    kommunebench("run", "--inbox", folder / "inbox", env=environment(folder / "home", PACKS))
    return folder / "home"


def released(home: Path, query: str) -> list[tuple[Any, ...]]:
    file = current(home) / "member" / "benchmark.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def owned(home: Path, boundary: str) -> dict[tuple[str, str], tuple[str, int | None, int | None]]:
    """(period, number) → status, numerator and denominator of the core processes with an owner."""
    rows = released(
        home,
        "select period, municipality_number, status, numerator, denominator from fct_indicator_value "
        f"where indicator_id = 'PRO_OWN' and focus_area = 'all' and boundary = '{boundary}'",
    )
    return {(period, number): (status, above, below) for period, number, status, above, below in rows}


def test_as_delivered_everyone_has_the_value_of_then(home: Path) -> None:
    whole = len(core_processes())
    found = owned(home, "delivered")
    for place, n_owned in OWNED.items():
        assert found[place] == ("ok", n_owned, whole), place
    silent = {place for place, fact in found.items() if fact[0] == "not_delivered"}
    assert silent == {("2023", number) for number in ("9755", "9756", "9759")}


def test_on_todays_boundaries_what_merged_sums_and_what_was_divided_breaks(home: Path) -> None:
    whole = len(core_processes())
    found = owned(home, "current")
    assert found["2019", "9711"] == ("ok", 7 + 2, 2 * whole)
    assert found["2019", "9740"] == ("ok", 3, whole)
    assert found["2023", "9740"] == ("ok", 5, whole)
    assert found["2019", "9799"] == ("ok", 6, whole)
    broken = {place for place, fact in found.items() if fact[0] == "break_in_series"}
    assert broken == {("2023", "9708"), ("2023", "9780"), *(("2019", n) for n in ("9755", "9756", "9759"))}
    for number, n_owned in (("9708", 6), ("9780", 3), ("9711", 9)):
        assert found["2024", number] == ("ok", n_owned, whole)
    assert not {number for _, number in found} & {"9701", "9703", "9707", "9712", "9720", "9730"}


def test_every_municipality_of_then_and_of_today_is_told_of(home: Path) -> None:
    rows = released(
        home,
        "select municipality_number, name, county_number, population, size_class, kostra_group, "
        "is_owner, is_fictional from dim_municipality where period = '2019'",
    )
    found = {row[0]: row[1:] for row in rows}
    for number, name in (("9730", "Steinrabb"), ("9712", "Snøskavl"), ("9703", "Tranhaug")):
        assert found[number] == (name, None, None, None, None, False, True)
    assert found["9740"][:2] == ("Tranhaug", "97")
    assert {"9711", "9755", "9756", "9759", "9799"} <= set(found)


def test_the_app_lists_what_the_municipalities_are_today(home: Path) -> None:
    file = current(home) / "member" / "benchmark.duckdb"
    then = queries.municipalities(file, "2019")["municipality_number"].to_list()
    assert sorted(then) == ["9711", "9740", "9755", "9756", "9759", "9799"]
    assert set(queries.values(file, "2019")["municipality_number"]) == set(then)
    assert {"Steinrabb", "Uglevåg"} <= set(queries.deliveries(file)["name"])


def test_the_ledger_tells_of_who_was_refused(home: Path) -> None:
    rows = released(home, "select period, municipality_number from delivery where status = 'rejected'")
    assert set(rows) == set(REFUSED)
    groups = released(home, "select distinct peer_group from fct_benchmark where peer_group_type = 'all'")
    assert groups == [("fictional:all",)]
