"""The archive: what a scan records, what it does not record twice, and what a kill leaves."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Settings
from pipelines.storage import archive as archive_module
from pipelines.storage import files
from pipelines.storage.archive import Archive, ArchiveError, ScanResult, scan_inboxes


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack([ROOT / "data" / "seeds" / "reference"])


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", reference=(), inboxes=(tmp_path / "inbox",))


def put(settings: Settings, path: str, text: str, inbox: int = 0) -> Path:
    target = settings.inboxes[inbox] / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def paths(result: ScanResult) -> list[str]:
    return [arrival.inbox_path for arrival in result.new]


def test_a_scan_records_arrivals_by_path_and_keeps_the_bytes(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/b.csv", "b")
    put(own, "2025/0301/a.csv", "a")
    put(own, "2024/4601/c.csv", "c")
    result = scan_inboxes(own, pack)
    assert paths(result) == ["2024/4601/c.csv", "2025/0301/a.csv", "2025/0301/b.csv"]
    assert [a.sequence for a in result.new] == [1, 2, 3]
    assert {a.scan for a in result.new} == {1}
    first = result.new[0]
    assert (first.period, first.municipality_number, first.file_name) == ("2024", "4601", "c.csv")
    assert Archive(own).read_bytes(first.sha256) == b"c"
    assert Archive(own).arrivals() == list(result.new)


def test_a_file_that_lies_still_arrives_once(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    scan_inboxes(own, pack)
    again = scan_inboxes(own, pack)
    assert (again.scan, again.new, again.seen) == (None, (), 1)
    assert len(Archive(own).arrivals()) == 1


def test_a_changed_file_arrives_again_and_so_does_an_older_content(
    own: Settings, pack: ReferencePack
) -> None:
    for text in ("one", "two", "one"):
        put(own, "2025/0301/a.csv", text)
        assert len(scan_inboxes(own, pack).new) == 1
    known = Archive(own).arrivals()
    assert [a.scan for a in known] == [1, 2, 3]
    assert known[0].sha256 == known[2].sha256 != known[1].sha256


def test_a_changed_mapping_is_an_arrival_of_the_files_it_is_meant_for(
    own: Settings, pack: ReferencePack
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/b.xlsx", "b")
    assert paths(scan_inboxes(own, pack)) == ["2025/0301/a.csv", "2025/0301/b.xlsx"]
    put(own, "2025/0301/mapping.yml", "kind: systems\nfiles: '*.CSV'\n")
    (changed,) = scan_inboxes(own, pack).new
    assert changed.inbox_path == "2025/0301/a.csv"
    assert changed.mapping_sha256
    assert Archive(own).read_bytes(changed.mapping_sha256).startswith(b"kind")


@pytest.mark.parametrize("content", ["a: [", "- 1", "files: [1]"])
def test_a_mapping_that_cannot_be_read_is_left_to_the_reader(
    own: Settings, pack: ReferencePack, content: str
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/mapping.yml", content)
    (arrival,) = scan_inboxes(own, pack).new
    assert (arrival.mapping_sha256 is not None) == (content != "files: [1]")


def test_only_the_periods_asked_for_are_looked_into(own: Settings, pack: ReferencePack) -> None:
    put(own, "2024/0301/a.csv", "a")
    put(own, "2025/0301/b.csv", "b")
    assert paths(scan_inboxes(own, pack, ["2025"])) == ["2025/0301/b.csv"]
    assert paths(scan_inboxes(own, pack)) == ["2024/0301/a.csv"]


def test_clutter_is_passed_over_and_stray_files_are_told_of(own: Settings, pack: ReferencePack) -> None:
    for name in (".DS_Store", "~$a.xlsx", "Thumbs.db", ".git/config"):
        put(own, f"2025/0301/{name}", "x")
    put(own, "README.md", "x")
    put(own, "stray.csv", "x")
    put(own, "2025/many.csv", "x")
    result = scan_inboxes(own, pack)
    assert [(a.inbox_path, a.municipality_number) for a in result.new] == [("2025/many.csv", "")]
    assert len(result.passed_over) == 1
    assert "stray.csv: lies in no folder" in result.passed_over[0]


def test_two_inboxes_with_the_same_path_do_not_displace_each_other(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    own = replace(own, inboxes=(tmp_path / "one", tmp_path / "two", tmp_path / "one"))
    put(own, "2025/0301/a.csv", "a", 0)
    put(own, "2025/0301/a.csv", "b", 1)
    assert paths(scan_inboxes(own, pack)) == ["2025/0301/a.csv", "2025/0301/a.csv#2"]
    assert scan_inboxes(own, pack).new == ()


def test_a_kill_before_the_record_leaves_no_arrival_and_the_next_scan_has_them_all(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/b.csv", "b")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive_module.files, "atomic_write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            scan_inboxes(own, pack)
    assert Archive(own).arrivals() == []
    assert len(scan_inboxes(own, pack).new) == 2


def test_torn_files_of_a_killed_scan_are_no_arrivals(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    scan_inboxes(own, pack)
    torn = files.temporary_name(own.archive / "arrivals" / "00000002.jsonl")
    torn.write_text('{"sequence": 2, "scan"')
    half = files.temporary_name(own.archive / "bytes" / "incoming")
    half.write_text("half a fi")
    assert len(Archive(own).arrivals()) == 1
    put(own, "2025/0301/b.csv", "b")
    (new,) = scan_inboxes(own, pack).new
    assert (new.sequence, new.scan) == (2, 2)
    assert not torn.exists()
    assert not half.exists()


def test_archived_bytes_that_changed_or_vanished_are_an_error(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    (arrival,) = scan_inboxes(own, pack).new
    stored = Archive(own).bytes_path(arrival.sha256)
    stored.write_bytes(b"rotten")
    with pytest.raises(ArchiveError, match="restore it from a backup"):
        Archive(own).read_bytes(arrival.sha256)
    stored.unlink()
    with pytest.raises(ArchiveError, match="is missing"):
        Archive(own).read_bytes(arrival.sha256)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/b.csv", "b")
    real = files.sha256_of_file

    def refuse(path: Path) -> str:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(archive_module.files, "sha256_of_file", refuse)
    result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0301/b.csv"]
    assert "a.csv: cannot be read (Permission denied)" in result.passed_over[0]


def test_withdrawals_cover_what_has_arrived_and_need_a_reason(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    scan_inboxes(own, pack)
    with pytest.raises(ValueError, match="needs a reason"):
        Archive(own).withdraw("d1", " ")
    withdrawal = Archive(own).withdraw("d1", "feil fil")
    assert (withdrawal.sequence, withdrawal.after_sequence) == (1, 1)
    assert Archive(own).withdraw("d2", "også").sequence == 2
    assert [w.delivery_id for w in Archive(own).withdrawals()] == ["d1", "d2"]


def test_the_pack_is_kept_by_its_hash_and_loads_again(own: Settings, pack: ReferencePack) -> None:
    scan_inboxes(own, pack)
    folder = own.archive / "packs" / pack.pack_hash
    assert load_pack([folder]).pack_hash == pack.pack_hash
    shutil.rmtree(folder)
    assert Archive(own).store_pack(pack) == folder
    assert Archive(own).store_pack(pack) == folder
