"""The committed example: it can be made again, and its expected outcomes and README belong to it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pipelines.demo.catalogue import Catalogue, moment_of
from pipelines.demo.example import PERIODS, SENDERS, sender_of, write_example, write_expected
from pipelines.demo.faults import PERSON
from pipelines.demo.sending import fill_in
from pipelines.demo.survey import questions
from pipelines.demo.tables import Cell, PlantedFault, Table
from pipelines.reference.pack import load_pack
from tests.support import EXAMPLE_INBOX, ROOT

FIXTURES = ROOT / "tests" / "fixtures"
AGAIN = "make it again with 'python -m pipelines.demo' and commit what it writes"


def files(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found.pop("README.md", None)
    return found


def content(name: str, data: bytes) -> object:
    """A workbook's parts, because compressed bytes may differ with another zlib; else the bytes."""
    if not name.endswith(".xlsx") or not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def test_the_committed_example_is_what_the_generator_makes(tmp_path: Path) -> None:
    summary = write_example(tmp_path / "inbox")
    made, committed = files(tmp_path / "inbox"), files(EXAMPLE_INBOX)
    assert sorted(made) == sorted(committed), AGAIN
    damaged = {fault.path for fault in summary.faults if fault.fault == "unreadable_file"}
    changed = [n for n in made if n not in damaged and content(n, made[n]) != content(n, committed[n])]
    assert not changed, AGAIN
    write_expected(summary, tmp_path / "expected.csv", tmp_path / "faults.csv")
    for name in ("expected", "faults"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (FIXTURES / f"example_{name}.csv").read_bytes(), (
            AGAIN
        )


def test_it_is_small_and_covers_six_municipalities_two_periods_and_three_kinds() -> None:
    found = files(EXAMPLE_INBOX)
    assert sum(map(len, found.values())) < 1_000_000
    assert {tuple(name.split("/")[:2]) for name in found} == {
        (p, n) for p in ("2025", "2026") for n in SENDERS
    }
    for period in ("2025", "2026"):
        for number in SENDERS:
            names = {name.split("/")[2] for name in found if name.startswith(f"{period}/{number}/")}
            assert any("undersokelse" in name for name in names)
            assert "kartlegging.xlsx" in names or {"prosesser", "systemer"} <= {
                n.split(".")[0] for n in names
            }


def test_the_six_tell_the_studys_story() -> None:
    """Few owners across, little measured or followed up, the same asked for again; not alike, and some
    get on while others stand still."""
    seeds = ROOT / "data" / "seeds"
    pack = load_pack([seeds / "reference", seeds / "fictional"])
    catalogue = Catalogue.of(pack)
    totals: Counter[str] = Counter()
    owned: dict[tuple[str, str], float] = {}
    for place, period in enumerate(PERIODS):
        for number in SENDERS:
            deliveries = fill_in(sender_of(pack, number, place), moment_of(pack, period), catalogue)
            tables = {table.name: table for delivery in deliveries for table in delivery.tables}
            ownership = Counter(column(tables["Prosesser"], "eierskap"))
            owned[period, number] = (ownership["linjeleder"] + ownership["prosesseier"]) / (
                ownership["linjeleder"] + ownership["prosesseier"] + ownership["ingen"]
            )
            totals.update({str(key): n for key, n in ownership.items()})
            totals.update(f"innhenting {cell}" for cell in column(tables["Opplysninger"], "innhenting"))
            totals.update(f"gevinst {cell}" for cell in column(tables["Tiltak"], "gevinst_måles"))
            totals.update(f"måles {cell}" for cell in column(tables["Prosesser"], "måles"))
    assert totals["prosesseier"] < 0.2 * (totals["linjeleder"] + totals["ingen"])
    assert totals["gevinst ja"] < 0.4 * totals["gevinst nei"]
    assert totals["måles ja"] < 0.6 * totals["måles nei"]
    again = totals["innhenting spurt_bruker"] + totals["innhenting tastet_manuelt"]
    assert again > totals["innhenting register_auto"] + totals["innhenting gjenbruk_internt"]
    first, second = ([owned[period, number] for number in SENDERS] for period in PERIODS)
    assert max(second) - min(second) > 0.15
    assert sum(second) > sum(first)
    assert any(now == before for before, now in zip(first, second, strict=True))


def test_the_barriers_that_weigh_most_are_those_of_the_study() -> None:
    seeds = ROOT / "data" / "seeds"
    pack = load_pack([seeds / "reference", seeds / "fictional"])
    catalogue = Catalogue.of(pack)
    for place, period in enumerate(PERIODS):
        moment = moment_of(pack, period)
        levels: defaultdict[str, float] = defaultdict(float)
        for number in SENDERS:
            for question in questions(sender_of(pack, number, place), moment, catalogue, labels=False):
                levels[question.item.item_id] += question.level / len(SENDERS)
        barriers = {item: level for item, level in levels.items() if item.startswith("BAR_")}
        assert set(sorted(barriers, key=lambda item: -barriers[item])[:3]) == {"BAR_1", "BAR_2", "BAR_10"}
        others = {item: level for item, level in levels.items() if item not in barriers}
        assert min(others, key=lambda item: others[item]).startswith("PO")


def column(table: Table, header: str) -> list[Cell]:
    """The cells below a header."""
    return [row[table.column(header)] for row in table.rows]


@pytest.fixture(scope="module")
def faults() -> list[PlantedFault]:
    with (FIXTURES / "example_faults.csv").open(encoding="utf-8", newline="") as lines:
        return [
            PlantedFault(
                r["fault"],
                r["path"],
                r["sheet"],
                int(r["row"]) if r["row"] else None,
                r["column"] or None,
                r["outcome"],
                r["rule"],
            )
            for r in csv.DictReader(lines)
        ]


def cell(fault: PlantedFault) -> object:
    """The value at the fault's place, read with csv and openpyxl alone."""
    import openpyxl

    path = EXAMPLE_INBOX / fault.path
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)[fault.sheet]
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    else:
        encoding = "utf-8-sig" if path.read_bytes()[:3] in (b"\xef\xbb\xbf", b'"$s') else "cp1252"
        with path.open(encoding=encoding, newline="") as lines:
            rows = [list(row) for row in csv.reader(lines, delimiter=";")]
    header = next(row for row in rows if fault.column in row)
    assert fault.row is not None
    return rows[fault.row - 1][header.index(fault.column)]


def test_every_planted_fault_stands_where_the_fixture_says(faults: list[PlantedFault]) -> None:
    placed = {(f.fault, f.path, f.row): cell(f) for f in faults if f.row is not None}
    by_fault: dict[str, list[object]] = {}
    for (name, _, _), value in placed.items():
        by_fault.setdefault(name, []).append(value)
    assert by_fault["person_in_role"] == [PERSON]
    assert "@" in str(by_fault["address_in_role"][0])
    assert by_fault["letters_in_number"] == ["ca. 200 tusen"]
    assert [str(value) for value in by_fault["illegal_answer"]] == ["7", "7"]
    first, second = by_fault["repeated_system_id"]
    assert first == second
    assert str(by_fault["future_date"][0]).startswith("2026-03-16")


def test_the_readme_names_every_fault(faults: list[PlantedFault]) -> None:
    text = (EXAMPLE_INBOX / "README.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    for fault in faults:
        about = [line for line in lines if f"`{fault.path}`" in line and fault.rule in line]
        assert about, f"{fault} is not in the README"
        if fault.row is not None:
            assert any(str(fault.row) in line.split("|")[2] for line in about), fault


def test_the_expected_outcomes_lose_no_row() -> None:
    with (FIXTURES / "example_expected.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["path"] for row in rows} == set(files(EXAMPLE_INBOX))
    for row in rows:
        if row["rows_received"]:
            parts = int(row["rows_accepted"]) + int(row["rows_quarantined"])
            assert int(row["rows_received"]) == parts, row
        else:
            assert row["status"] == "rejected"
