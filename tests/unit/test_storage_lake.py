"""The lake: what is read is read once, what is torn or old is read again, order does not matter."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.ingest import parse
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Limits, Settings
from pipelines.storage import files
from pipelines.storage import lake as lake_module
from pipelines.storage.archive import Archive, Arrival, scan_inboxes
from pipelines.storage.lake import (
    IngestResult,
    Lake,
    conform,
    dataset_columns,
    ingest_key,
    ingest_pending,
    input_id_of,
    known_deliveries,
)
from pipelines.storage.ledger import derive, with_file_names

SYSTEMS = "systemnavn;funksjon;årlig_kostnad\nAlfa;health_record;1 200,50\nBeta;health_record;mye\n"
FUNCTIONS = "funksjon;systemer;komplett\nhealth_record;Alfa|Beta;ja\n"
SURVEY = "respondent_id;PU1;PU2\n1;4;x\n2;;vet ikke\n"


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    seeds = ROOT / "data" / "seeds"
    return load_pack([seeds / "reference", seeds / "fictional"])


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home", reference=(), inboxes=(tmp_path / "inbox",))
    for name, text in {
        "9901/systemer.csv": SYSTEMS,
        "9901/funksjoner.csv": FUNCTIONS,
        "9902/undersokelse.csv": SURVEY,
        "9903/tom.csv": "",
    }.items():
        target = tmp_path / "inbox" / "2026" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return settings


def arrivals(settings: Settings, pack: ReferencePack) -> list[Arrival]:
    scan_inboxes(settings, pack)
    return Archive(settings).arrivals()


def by_file(result: IngestResult) -> dict[str, str]:
    return {meta.file_name: name for name, meta in result.metas.items()}


def test_every_dataset_starts_with_the_rows_identity() -> None:
    assert len(dataset_columns()) == 10
    for columns in dataset_columns().values():
        assert list(columns)[:3] == ["delivery_id", "sheet", "row_number"]


def test_deliveries_are_read_once_and_typed(own: Settings, pack: ReferencePack) -> None:
    known = arrivals(own, pack)
    told: list[tuple[int, int, str]] = []
    first = ingest_pending(own, pack, known, lambda *said: told.append(said))
    assert first.parsed == 4
    assert told[0][:2] == (0, 4)
    assert told[-1] == (4, 4, "")
    assert {len(ids) for ids in first.deliveries_of.values()} == {1}
    again = ingest_pending(own, pack, known)
    assert again.parsed == 0
    assert again.metas == first.metas
    assert known_deliveries(own, pack, known) == replace(first, parsed=0)

    systems = Lake(own.lake).read("system", first.metas.values())
    assert {k: systems.schema[k] for k in dataset_columns()["system"]} == dataset_columns()["system"]
    assert systems["annual_cost"].cast(pl.String).to_list() == ["1200.50", None]
    assert systems["annual_cost__raw"].to_list() == ["1 200,50", "mye"]
    assert systems["annual_cost__error"].to_list() == [None, "not_a_number"]
    assert systems["row_number"].to_list() == [2, 3]


def test_a_file_that_cannot_be_used_is_a_rejected_delivery(own: Settings, pack: ReferencePack) -> None:
    result = ingest_pending(own, pack, arrivals(own, pack))
    empty = result.metas[by_file(result)["tom.csv"]]
    assert empty.rejection is not None
    assert (empty.rejection.rule, empty.datasets, empty.rows_received) == ("empty_file", {}, None)


def test_the_order_of_arrivals_does_not_matter(own: Settings, pack: ReferencePack) -> None:
    known = arrivals(own, pack)
    shuffled = known.copy()
    random.Random(3).shuffle(shuffled)
    results, frames = [], []
    for order in (shuffled, known):
        shutil.rmtree(own.lake, ignore_errors=True)
        results.append(ingest_pending(own, pack, order))
        frames.append(Lake(own.lake).read("survey_answer", list(results[-1].metas.values())[::-1]))
    assert results[0].parsed == results[1].parsed == 4
    assert results[0] == results[1]
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("damage", ["rows gone", "rows torn", "meta gone", "meta torn", "input gone"])
def test_what_is_gone_or_torn_is_read_again(own: Settings, pack: ReferencePack, damage: str) -> None:
    known = arrivals(own, pack)
    whole = ingest_pending(own, pack, known)
    name = by_file(whole)["systemer.csv"]
    rows = own.lake / "system" / "period=2026" / f"{name}.parquet"
    meta = own.lake / "parsed" / f"{name}.json"
    if damage == "rows gone":
        rows.unlink()
    elif damage == "rows torn":
        rows.write_bytes(rows.read_bytes()[:-1])
    elif damage == "meta gone":
        meta.unlink()
    elif damage == "meta torn":
        meta.write_text(meta.read_text()[:50])
    else:
        for path in (own.lake / "inputs").iterdir():
            if name in path.read_text():
                path.unlink()
    again = ingest_pending(own, pack, known)
    assert again.parsed == 1
    assert again.metas == whole.metas
    assert Lake(own.lake).read("system", again.metas.values()).height == 2


def test_another_pack_reader_or_limit_is_another_key(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = arrivals(own, pack)
    before = ingest_pending(own, pack, known)
    other = replace(own, limits=Limits(max_rows=5))
    assert ingest_key(other, pack) != ingest_key(own, pack)
    assert ingest_key(own, replace(pack, pack_hash="0" * 64)) != ingest_key(own, pack)
    assert ingest_pending(other, pack, known).parsed == 4
    name = by_file(before)["systemer.csv"]
    (of,) = (input_id_of(a) for a in known if before.deliveries_of[a.sequence] == (name,))
    assert Lake(own.lake).read_input(of, ingest_key(other, pack)) is not None
    assert Lake(own.lake).read_input(of, ingest_key(own, pack)) is None
    monkeypatch.setattr(lake_module, "_reader_source", lambda: "another reader")
    assert Lake(own.lake).read_input(of, ingest_key(other, pack)) is None


@pytest.mark.parametrize(("first", "then"), [("a.csv", "c.csv"), ("x.csv", "y.csv"), ("y.csv", "x.csv")])
def test_one_content_under_two_names_is_one_delivery_told_alike_in_every_run(
    pack: ReferencePack, tmp_path: Path, first: str, then: str
) -> None:
    own = Settings(home=tmp_path / "home", reference=(), inboxes=(tmp_path / "inbox",))
    folder = tmp_path / "inbox" / "2026" / "9901"
    folder.mkdir(parents=True)
    (folder / first).write_text(SYSTEMS, encoding="utf-8")
    ingest_pending(own, pack, arrivals(own, pack))
    (folder / then).write_text(SYSTEMS, encoding="utf-8")
    known = arrivals(own, pack)
    results = [ingest_pending(own, pack, known) for _ in range(2)]
    shutil.rmtree(own.lake)
    results.append(ingest_pending(own, pack, known))
    assert results[0].metas == results[1].metas == results[2].metas
    told = with_file_names(results[0].metas, derive(known, results[0].deliveries_of, results[0].metas))
    assert [meta.file_name for meta in told.values()] == [min(first, then)]


def test_a_reader_that_fails_costs_its_own_file_only(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = parse.parse_file

    class PanicException(BaseException):
        """As Rust raises it."""

    def fail(content: bytes, file_name: str, *rest: object) -> object:
        if file_name == "systemer.csv":
            raise PanicException("index out of bounds")
        return real(content, file_name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(parse, "parse_file", fail)
    result = ingest_pending(own, pack, arrivals(own, pack))
    failed = result.metas[by_file(result)["systemer.csv"]]
    assert failed.kind == "systems"
    assert failed.rejection is not None
    assert (failed.rejection.rule, failed.rejection.params) == ("internal_error", {"found": "PanicException"})
    assert result.metas[by_file(result)["funksjoner.csv"]].rejection is None


def test_a_file_past_the_limit_is_rejected_without_being_read(own: Settings, pack: ReferencePack) -> None:
    small = replace(own, limits=Limits(max_file_bytes=60))
    result = ingest_pending(small, pack, arrivals(small, pack))
    big = result.metas[by_file(result)["systemer.csv"]]
    assert big.rejection is not None
    assert (big.rejection.rule, big.rejection.params["limit"]) == ("file_too_big", "60")


def test_a_mapping_that_cannot_be_used_rejects_its_files(own: Settings, pack: ReferencePack) -> None:
    mapping = own.inboxes[0] / "2026" / "9901" / "mapping.yml"
    mapping.write_text("kind: systems\nfiles: systemer.csv\ncolumns: {systemnavn: sistem_name}\n")
    result = ingest_pending(own, pack, arrivals(own, pack))
    mapped = result.metas[by_file(result)["systemer.csv"]]
    assert mapped.rejection is not None
    assert mapped.rejection.rule == "mapping_unreadable"
    assert "system_name" in mapped.rejection.params["found"]
    assert result.metas[by_file(result)["funksjoner.csv"]].rejection is None


@pytest.mark.parametrize("content", ["constants: {acquired_date: 2026-02-30}\n", "[" * 5000, "[1"])
def test_a_mapping_that_is_no_yaml_rejects_its_files(
    own: Settings, pack: ReferencePack, content: str
) -> None:
    (own.inboxes[0] / "2026" / "9901" / "mapping.yml").write_text(content)
    result = ingest_pending(own, pack, arrivals(own, pack))
    mapped = result.metas[by_file(result)["systemer.csv"]]
    assert mapped.rejection is not None
    assert mapped.rejection.rule == "mapping_unreadable"


def test_a_mapping_with_an_empty_pattern_is_used(own: Settings, pack: ReferencePack) -> None:
    mapping = own.inboxes[0] / "2026" / "9901" / "mapping.yml"
    (mapping.parent / "funksjoner.csv").unlink()
    mapping.write_text(
        "kind: systems\nfiles:\ncontract_sheet: systems\n"
        "columns: {systemnavn: system_name, funksjon: function_ids}\n"
    )
    result = ingest_pending(own, pack, arrivals(own, pack))
    mapped = result.metas[by_file(result)["systemer.csv"]]
    assert (mapped.rejection, mapped.rows_received) == (None, 2)


def test_a_home_that_recorded_a_name_that_is_no_text_is_read(own: Settings, pack: ReferencePack) -> None:
    arrivals(own, pack)
    (record,) = (own.archive / "arrivals").iterdir()
    record.write_text(record.read_text().replace("undersokelse", r"unders\udcf8kelse"))
    known = Archive(own).arrivals()
    result = ingest_pending(own, pack, known)
    assert r"unders\xf8kelse.csv" in by_file(result)
    assert all(result.deliveries_of.values())
    assert ingest_pending(own, pack, known).parsed == 0


def test_every_module_of_the_reference_room_decides_how_a_file_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed: list[str] = []

    def note(paths: list[Path], root: Path) -> str:
        hashed.extend(path.relative_to(root).as_posix() for path in paths)
        return ""

    monkeypatch.setattr(files, "sha256_of_files", note)
    lake_module._reader_source.__wrapped__()
    room = ROOT / "pipelines" / "reference"
    assert {f"reference/{path.name}" for path in room.glob("*.py")} <= set(hashed)
    assert len(hashed) == len(set(hashed))


def test_an_empty_sheet_of_a_template_claims_no_place(own: Settings, pack: ReferencePack) -> None:
    book = openpyxl.Workbook()
    systems, objects = book.create_sheet("Systemer", 0), book.create_sheet("Dataobjekter", 1)
    systems.append(["systemnavn", "funksjon", "dataobjekter"])
    systems.append(["Alfa", "health_record", "person"])
    objects.append(["system", "dataobjekt", "bruk"])
    path = own.inboxes[0] / "2026" / "9904" / "mal.xlsx"
    path.parent.mkdir()
    book.save(path)
    result = ingest_pending(own, pack, arrivals(own, pack))
    meta = result.metas[by_file(result)["mal.xlsx"]]
    assert meta.rejection is None
    assert [sheet["contract_sheet"] for sheet in meta.recognised["sheets"]] == [
        "systems",
        "system_data_objects",
    ]
    assert meta.sheets == ("systems", "system_data_objects")
    assert meta.contract_sheets == ("systems",)


def test_a_lake_that_is_deleted_is_rebuilt_from_the_archive(own: Settings, pack: ReferencePack) -> None:
    known = arrivals(own, pack)
    before = ingest_pending(own, pack, known)
    frames = Lake(own.lake).read_all(before.metas.values())
    shutil.rmtree(own.lake)
    shutil.rmtree(own.inboxes[0])
    after = ingest_pending(own, pack, known)
    assert after == before
    for dataset, frame in Lake(own.lake).read_all(after.metas.values()).items():
        assert frame.equals(frames[dataset]), dataset


def test_a_reader_that_leaves_a_column_out_is_told_of() -> None:
    frame = pl.DataFrame({"delivery_id": ["d"], "sheet": [""], "row_number": [1]})
    with pytest.raises(ValueError, match="no column is_used, service_id"):
        conform(frame, "shared_service")
    with pytest.raises(ValueError, match="no dataset nothing"):
        conform(frame, "nothing")
