"""A run on what the SBO sends for its owners, on one file for many, and on what they send themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import current, environment, kommunebench
from tests.unit.test_ingest_support import HEALTH, Rows, csv_bytes

SYSTEMS = ["system_id", "systemnavn", "funksjon", "livsløp", "årlig_kostnad"]
SHARED: Rows = [
    SYSTEMS,
    ["F-1", "Felles journal", HEALTH, "i bruk", 600_000],
    ["F-2", "Eget journalsystem", HEALTH, "i bruk", 1],
]
OWN: Rows = [SYSTEMS, ["17", "Eget journalsystem", HEALTH, "i bruk", 50_000]]
MANY: Rows = [
    ["periode", "kommune", *SYSTEMS],
    ["2026", "Kvitlia kommune", "K-1", "Kvitlia journal", HEALTH, "i bruk", 10],
    ["2025", "9903", "B-1", "Bjørkefjell journal", HEALTH, "i bruk", 10],
    ["2026", "Kvitlin", "X-1", "Ukjent journal", HEALTH, "i bruk", 10],
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    inbox = folder / "inbox"
    for name, rows in (("2026/felles/f.csv", SHARED), ("2026/9901/o.csv", OWN), ("alle.csv", MANY)):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(csv_bytes(rows))
    return folder


@pytest.fixture(scope="module")
def env(place: Path) -> dict[str, str]:
    return environment(place / "home", KOMMUNEBENCH_INBOX=str(place / "inbox"))


@pytest.fixture(scope="module")
def said(env: dict[str, str]) -> str:
    return kommunebench("run", "--verbose", env=env).stdout


def released(place: Path, query: str) -> list[tuple[Any, ...]]:
    file = current(place / "home") / "member" / "benchmark.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_owner_has_a_delivery_of_the_shared_file_and_no_row_is_lost(said: str, place: Path) -> None:
    found = released(
        place,
        "select file_name, period, municipality_number, status, rows_received, rows_accepted, is_counting "
        "from delivery where kind = 'systems' order by all",
    )
    assert found == [
        ("alle.csv", "2025", "9903", "accepted", 1, 1, True),
        ("alle.csv", "2026", "9902", "accepted", 1, 1, True),
        ("alle.csv", "2026", "Kvitlin", "rejected", 1, 0, False),
        *(("f.csv", "2026", f"990{n}", "accepted", 2, 2, True) for n in range(1, 7)),
        ("o.csv", "2026", "9901", "accepted", 1, 1, True),
    ]
    assert "Kvitlin" in said


def test_nothing_that_is_delivered_twice_is_counted_twice(said: str, place: Path) -> None:
    (row,) = released(
        place,
        "select n_owners, n_products, products, annual_cost from fct_joint_procurement "
        "where period = '2026' and function_id = 'health_record'",
    )
    # Six owners; what the SBO pays for all of them is not six times that, so the whole is unknown.
    assert row == (6, 3, "eget journalsystem; felles journal; kvitlia journal", None)
    assert "Published release" in said


def test_what_arrived_can_be_shown(said: str, env: dict[str, str]) -> None:
    assert "Published release" in said
    lines = kommunebench(
        "deliveries", "--municipality", "9901", "--kind", "systems", env=env
    ).stdout.splitlines()
    assert [line.split("accepted", 1)[-1].split() for line in lines[1:]] == [
        ["1", "1", "0", "2026/9901/o.csv", "(counts", "for", "systems)"],
        ["2", "2", "0", "2026/felles/f.csv", "(counts", "for", "systems)"],
    ]


def test_a_shared_file_can_be_checked_before_it_is_sent(said: str, place: Path, env: dict[str, str]) -> None:
    assert "Published release" in said
    file = place / "inbox" / "2026" / "felles" / "f.csv"
    arguments = ("--kind", "systems", "--municipality", "felles", "--period", "2026")
    checked = kommunebench("check", file, *arguments, env=env).stdout
    assert "«Eget journalsystem» står også i kommunens egen leveranse" in checked
