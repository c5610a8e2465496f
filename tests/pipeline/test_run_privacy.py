"""A run on files with persons planted in every kind of place: nothing of them leaves the archive.

The inbox and the archive hold the files as they came, under their own names. A report's marked workbook is
the sender's own file, so that only what the masking found is gone from it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.support import current, environment, kommunebench
from tests.unit.test_ingest_masking import BORN, D_NUMBER, MONTH_80
from tests.unit.test_ingest_support import HEALTH, Rows
from tests.writers import book_bytes, table_bytes

FORMATS = {"csv": "9901", "xlsx": "9902", "ods": "9903"}
TITLE = ["Utfylt av Tittelrad Hansen, tittelrad@x.no, tlf. 912 34 561"]
NOTE = ["Merk: spør Notabene Olsen, 912 34 562"]
SYSTEMS: Rows = [
    TITLE,
    [],
    [
        "system_id", "systemnavn", "funksjon", "leverandør", "systemeier_rolle", "årlig_kostnad",
        "Kontaktperson", "Ring overskrift@x.no", "Notat fra Solveig Berg",
    ],
    ["id.en@x.no", "Alfa", HEALTH, "ring 912 34 563", "leder solveig", 10, "Ukjentkolonne Larsen", "x", "y"],
    ["id.to@x.no", "Beta", HEALTH, "Fjord", "Turid (rådgiver)", int(BORN), f"fnr {D_NUMBER}", "x", "y"],
    ["S3", f"Gamma {MONTH_80[:6]}-{MONTH_80[6:]}", HEALTH, "Fjord", "IKT-leder", 10, "u@x.no", "x", "y"],
    [],
    NOTE,
]  # fmt: skip
PROCESSES: Rows = [
    ["prosessnavn", "eier_rolle", "eier_enhet", "beskrevet_dato", "måles", "Kommentar"],
    ["Opptak", "Ragnhild Myhre", "post @ enhet.no", "se Tormods perm", "kanskje, sier Tormod", "Jorunn vet"],
]
SURVEY: Rows = [
    ["respondent_id", "Navn", "rollegruppe", "satsingsområde", "PU1", "PU2", "Kommentar"],
    ["svar.en@x.no", "Navnekolonne", "Reidun Vik", "sigrids avdeling", "4", "Guro mener 4", "Kommentert"],
    ["svar.to@x.no", "Navnekolonne", "Ansatt", "", "2", "3", f"{BORN[:6]} {BORN[6:]}"],
]
OTHER: Rows = [["Hvem", "Hva"], ["Annetark Persson", "annetark@x.no"], ["Enda en", "912 34 564"]]
# Found by the masking, so not even in the copy that goes back to the sender.
MASKED = (
    BORN, BORN[1:], MONTH_80, f"{MONTH_80[:6]}-{MONTH_80[6:]}", "912 34 563", "id.en@", "id.to@",
    "leder solveig", "Turid", "Ragnhild", "post @", "svar.en@", "svar.to@", "Reidun",
)  # fmt: skip
PLANTED = (
    *MASKED, D_NUMBER, f"{BORN[:6]} {BORN[6:]}", "Nordmann", "Tittelrad", "tittelrad@", "912 34 56",
    "Notabene", "overskrift@", "olveig", "Ukjentkolonne", "u@x.no", "Jorunn", "Navnekolonne", "Guro",
    "Kommentert", "Annetark", "annetark@", "Enda en", "Fatima", "Astrid",
)  # fmt: skip
# A text where a date or a yes belongs is told to its sender, but the release does not tell it.
SENDERS_OWN = ("ormod",)
# What stands in a respondent's background is told to nobody, but kept in the lake to tell such texts apart.
RESPONDENTS_OWN = ("igrids",)


def deliver(inbox: Path) -> None:
    for file_format, municipality in FORMATS.items():
        folder = inbox / "2026" / municipality
        folder.mkdir(parents=True)
        for kind, rows in (("systemer", SYSTEMS), ("prosesser", PROCESSES), ("undersokelse", SURVEY)):
            if file_format == "csv":
                content = table_bytes(rows, "csv")
            else:
                sheets = {"Astrid Nordmann": rows, "Fatima Hassan": OTHER, "Skjult": OTHER}
                content = book_bytes(sheets, file_format)
                content = hidden(content) if file_format == "xlsx" else content
            (folder / f"{kind} Ola Nordmann {BORN}.{file_format}").write_bytes(content)


def hidden(content: bytes) -> bytes:
    """The workbook with its last sheet hidden."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content))
    book.worksheets[-1].sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def texts_of(path: Path) -> Iterator[str]:
    """Everything that a file says, unpacked where it is packed."""
    yield path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".parquet":
        yield repr(pl.read_parquet(path).to_dicts())
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
            for schema, table in tables:
                yield repr(connection.execute(f'from "{schema}"."{table}"').fetchall())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("privacy")
    deliver(folder / "inbox")
    return folder


@pytest.fixture(scope="module")
def said(place: Path) -> str:
    env = environment(place / "home", KOMMUNEBENCH_INBOX=str(place / "inbox"))
    done = kommunebench("run", "--verbose", env=env)
    return done.stdout + done.stderr + kommunebench("deliveries", env=env).stdout


def found(texts: Iterator[str], planted: tuple[str, ...]) -> set[str]:
    return {one for text in texts for one in planted if one in text}


def is_copy(path: Path) -> bool:
    """Whether it is the sender's own file with marks."""
    return path.parts[0] == "reports" and path.suffix == ".xlsx"


def test_the_files_are_read_and_their_persons_found(said: str, place: Path) -> None:
    path = current(place / "home") / "member" / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as release:
        delivered = release.execute("select kind, status, file_name, rows_received from delivery").fetchall()
        rules = release.execute("select distinct rule from delivery_finding").fetchall()
    assert len(delivered) == 9
    assert {(kind, status, rows) for kind, status, _, rows in delivered} == {
        ("systems", "accepted", 3), ("processes", "accepted", 1), ("survey", "accepted", 2),
    }  # fmt: skip
    assert {name.rpartition(".")[0] for _, _, name, _ in delivered} == {
        f"{kind} *** ***" for kind in ("systemer", "prosesser", "undersokelse")
    }
    masked = {f"masked_{what}" for what in ("national_id", "email", "phone", "person_name")}
    assert masked | {"sheet_not_recognised"} <= {rule for (rule,) in rules}


def test_nothing_of_a_person_is_anywhere_but_in_the_archive(said: str, place: Path) -> None:
    home = place / "home"
    assert found(iter([said]), PLANTED) == set()
    n_files = 0
    for path in sorted(home.rglob("*")):
        own = path.relative_to(home)
        if not path.is_file() or own.parts[0] == "archive":
            continue
        n_files += 1
        planted = MASKED if is_copy(own) else PLANTED
        if own.parts[0] == "releases":
            planted += SENDERS_OWN
        if own.parts[0] != "lake" and not is_copy(own):
            planted += RESPONDENTS_OWN
        assert found(iter([str(own), *texts_of(path)]), planted) == set(), own
    assert n_files > 50


def test_the_files_themselves_hold_what_was_planted(place: Path) -> None:
    """So that the test above cannot pass for want of anything to find."""
    texts = [text for path in (place / "inbox").rglob("*.*") for text in (path.name, *texts_of(path))]
    assert set(PLANTED) - found(iter(texts), PLANTED) <= {BORN[1:], MONTH_80, "912 34 56"}
