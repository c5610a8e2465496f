"""Deliveries of the invented municipalities of ``tests/fixtures/earlier_years``, made by code, nothing real.

A municipality's processes: every core process of the pack, so many of them with an owner.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from tests.support import BASE_PACK, EARLIER_YEARS
from tests.unit.test_ingest_support import HEALTH, Rows, csv_bytes, workbook_bytes

PACKS = (BASE_PACK, EARLIER_YEARS / "pack")
# (period, number of then) → core processes with an owner.
OWNED: Mapping[tuple[str, str], int] = {
    ("2019", "9711"): 7,
    ("2019", "9730"): 2,
    ("2019", "9703"): 3,
    ("2019", "9712"): 1,
    ("2019", "9713"): 4,
    ("2019", "9714"): 2,
    ("2019", "9716"): 5,
    ("2019", "9799"): 6,
    ("2023", "9707"): 4,
    ("2023", "9711"): 8,
    ("2023", "9720"): 5,
    ("2023", "9799"): 6,
    ("2024", "9708"): 6,
    ("2024", "9711"): 9,
    ("2024", "9740"): 5,
    ("2024", "9755"): 3,
    ("2024", "9756"): 3,
    ("2024", "9759"): 3,
    ("2024", "9780"): 3,
    ("2024", "9799"): 7,
}
# In one file for the whole period, by what they were called then.
BY_NAME: Mapping[tuple[str, str], str] = {
    ("2019", "9711"): "Lyngskar",
    ("2019", "9730"): "Steinrabb kommune",
    ("2019", "9712"): "9712 Snøskavl",
    ("2023", "9707"): "Uglevåg",
    ("2024", "9708"): "Uglevåg",
    ("2024", "9780"): "Gaupemo",
}
# (period, folder) → the rule that refuses it.
REFUSED: Mapping[tuple[str, str], str] = {
    ("2023", "9730"): "old_municipality",
    ("2023", "9780"): "later_municipality",
    ("2024", "9707"): "old_municipality",
    ("2019", "9759"): "later_municipality",
}
PROCESS_COLUMNS = ["prosessnavn", "referanseprosess", "eierskap"]
RENUMBERED = ("2023", "9720")


def core_processes() -> list[str]:
    """The names of the pack's core processes, in its order."""
    with (BASE_PACK / "process.csv").open(encoding="utf-8", newline="") as file:
        return [row["name_nb"] for row in csv.DictReader(file) if row["tier"] == "kjerne"]


def process_rows(n_owned: int) -> list[list[object]]:
    """A row per core process, of which the first ``n_owned`` have an owner."""
    return [
        [name, name, "prosesseier" if position < n_owned else "ingen"]
        for position, name in enumerate(core_processes())
    ]


def write_inbox(inbox: Path) -> None:
    """Every delivery: those by name in one file per period, the others in their folders."""
    together: dict[str, list[list[object]]] = {}
    for (period, number), n_owned in OWNED.items():
        if (period, number) in BY_NAME:
            named = [[BY_NAME[period, number], *row] for row in process_rows(n_owned)]
            together.setdefault(period, []).extend(named)
        else:
            _write(inbox / period / number / "prosesser.csv", [PROCESS_COLUMNS, *process_rows(n_owned)])
    for period, rows in together.items():
        _write(inbox / period / "alle.csv", [["kommune", *PROCESS_COLUMNS], *rows])
    for period, number in REFUSED:
        _write(inbox / period / number / "prosesser.csv", [PROCESS_COLUMNS, *process_rows(1)])
    _write_systems(inbox / RENUMBERED[0] / RENUMBERED[1])
    _write_survey(inbox / "2019" / "9730")


def _write_systems(folder: Path) -> None:
    sheets: dict[str, Rows] = {
        "Systemer": [["systemnavn", "funksjon", "livsløp"], ["Uglepost", HEALTH, "i bruk"]],
        "Funksjoner": [["funksjon", "systemer", "komplett"], [HEALTH, "Uglepost", "ja"]],
    }
    (folder / "systemer.xlsx").write_bytes(workbook_bytes(sheets))


def _write_survey(folder: Path) -> None:
    """Answers to the questions that the instrument of before 2024 had."""
    answers: list[list[object]] = [
        ["respondent_id", "PU1", "PU2"],
        *([f"r{n}", n, 3] for n in (1, 2, 3, 4, 5)),
    ]
    (folder / "undersokelse.csv").parent.mkdir(parents=True, exist_ok=True)
    (folder / "undersokelse.csv").write_bytes(csv_bytes(answers))


def _write(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv_bytes(rows))
