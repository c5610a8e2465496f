"""The archive: what a scan records, what it does not record twice, and what a kill leaves."""

import json
import os
import shutil
import socket
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


@pytest.mark.parametrize(
    "content",
    ["a: [", "- 1", "files: [1]", "constants: {acquired_date: 2026-02-30}", "[" * 5000],
    ids=["torn", "no table", "pattern is a list", "no such date", "too deep"],
)
def test_a_mapping_that_cannot_be_read_is_left_to_the_reader(
    own: Settings, pack: ReferencePack, content: str
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/mapping.yml", content)
    (arrival,) = scan_inboxes(own, pack).new
    assert arrival.mapping_sha256 is not None


@pytest.mark.parametrize("pattern", ["files: null", "files:", "files: '*'", "kind: systems"])
def test_a_mapping_without_a_pattern_is_meant_for_every_file(
    own: Settings, pack: ReferencePack, pattern: str
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/mapping.yml", f"{pattern}\n")
    (arrival,) = scan_inboxes(own, pack).new
    assert arrival.mapping_sha256 is not None


def test_files_wait_for_a_mapping_that_cannot_be_opened(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0302/b.csv", "b")
    mapping = put(own, "2025/0301/mapping.yml", "kind: systems\n")
    real = files.open_regular

    def refuse(path: Path) -> object:
        if path == mapping:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "open_regular", refuse)
        result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0302/b.csv"]
    (sentence,) = result.passed_over
    assert "a.csv: waits, since mapping.yml beside it cannot be read (Permission denied)" in sentence
    assert paths(scan_inboxes(own, pack)) == ["2025/0301/a.csv"]


def test_a_name_that_is_no_text_is_told_of_and_not_recorded(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    folder = os.fsencode(own.inboxes[0]) + b"/2025/0301/"
    with open(folder + b"unders\xf8kelse.csv", "wb") as stream:  # noqa: PTH123 (a name of bytes)
        stream.write(b"x")
    result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0301/a.csv"]
    (sentence,) = result.passed_over
    assert "unders\\xf8kelse.csv: the name is not valid UTF-8" in sentence
    sentence.encode("utf-8")


def test_links_in_an_inbox_are_not_followed(own: Settings, pack: ReferencePack, tmp_path: Path) -> None:
    put(own, "2025/0301/a.csv", "a")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.csv").write_text("not for the archive")
    folder = own.inboxes[0] / "2025"
    (folder / "0301" / "p.csv").symlink_to(secret / "s.csv")
    (folder / "0302").symlink_to(secret)
    (folder / "0301" / "mapping.yml").symlink_to(secret / "s.csv")
    (folder / "0301" / "gone.csv").symlink_to(tmp_path / "nowhere")
    result = scan_inboxes(own, pack)
    assert [(a.inbox_path, a.mapping_sha256) for a in result.new] == [("2025/0301/a.csv", None)]
    told = [sentence.removeprefix(f"{folder}/") for sentence in result.passed_over]
    assert [sentence.split(": is a symbolic link")[0] for sentence in told] == [
        "0301/gone.csv",
        "0301/mapping.yml",
        "0301/p.csv",
        "0302",
    ]
    assert len(list((own.archive / "bytes").rglob("*"))) == 2


def test_a_file_that_becomes_a_link_after_the_look_is_not_read(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = put(own, "2025/0301/a.csv", "a")
    (tmp_path / "secret").write_text("not for the archive")
    real = archive_module.candidates

    def then_swap(*given: object) -> object:
        found = real(*given)  # type: ignore[arg-type]
        path.unlink()
        path.symlink_to(tmp_path / "secret")
        return found

    monkeypatch.setattr(archive_module, "candidates", then_swap)
    result = scan_inboxes(own, pack)
    assert result.new == ()
    assert "a.csv: cannot be read" in result.passed_over[0]


def test_an_inbox_that_is_not_there_is_told_of(own: Settings, pack: ReferencePack) -> None:
    result = scan_inboxes(own, pack)
    assert (result.seen, result.passed_over) == (0, (f"no inbox at {own.inboxes[0]} yet",))
    own.inboxes[0].mkdir()
    assert scan_inboxes(own, pack).passed_over == ()


def test_only_the_periods_asked_for_are_looked_into(own: Settings, pack: ReferencePack) -> None:
    put(own, "2024/0301/a.csv", "a")
    put(own, "2025/0301/b.csv", "b")
    assert paths(scan_inboxes(own, pack, ["2025"])) == ["2025/0301/b.csv"]
    assert paths(scan_inboxes(own, pack)) == ["2024/0301/a.csv"]


def test_clutter_is_passed_over_and_stray_files_are_told_of(own: Settings, pack: ReferencePack) -> None:
    for name in (".DS_Store", "~$a.xlsx", "Thumbs.db", ".git/config"):
        put(own, f"2025/0301/{name}", "x")
    put(own, "README.md", "x")
    put(own, "stray.pdf", "x")
    put(own, "all.csv", "x")
    put(own, "2025/many.csv", "x")
    result = scan_inboxes(own, pack)
    assert [(a.inbox_path, a.period, a.municipality_number) for a in result.new] == [
        ("2025/many.csv", "2025", ""),
        ("all.csv", "", ""),
    ]
    assert len(result.passed_over) == 1
    assert "stray.pdf: lies in no folder" in result.passed_over[0]


def test_two_inboxes_with_the_same_path_do_not_displace_each_other(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    own = replace(own, inboxes=(tmp_path / "one", tmp_path / "two", tmp_path / "one"))
    put(own, "2025/0301/a.csv", "a", 0)
    put(own, "2025/0301/a.csv", "b", 1)
    first = scan_inboxes(own, pack).new
    assert [(a.inbox_path, a.inbox) for a in first] == [
        ("2025/0301/a.csv", str(tmp_path / "one")),
        ("2025/0301/a.csv", str(tmp_path / "two")),
    ]
    assert scan_inboxes(own, pack).new == ()


def test_inboxes_looked_into_by_turns_bring_nothing_twice(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    one, two = (replace(own, inboxes=(tmp_path / name / "inbox",)) for name in ("a", "b"))
    put(one, "2025/0301/a.csv", "one")
    put(two, "2025/0301/a.csv", "two")
    assert [len(scan_inboxes(each, pack).new) for each in (one, two, one, two, one)] == [1, 1, 0, 0, 0]
    put(one, "2025/0301/a.csv", "changed")
    assert [len(scan_inboxes(each, pack).new) for each in (two, one, two)] == [0, 1, 0]


def test_a_home_or_an_inbox_that_is_moved_brings_nothing_new(
    own: Settings, pack: ReferencePack, tmp_path: Path
) -> None:
    own = replace(own, inboxes=(own.home / "inbox",))
    put(own, "2025/0301/a.csv", "a")
    (arrival,) = scan_inboxes(own, pack).new
    assert arrival.inbox == "home:inbox"
    own.home.rename(tmp_path / "moved")
    own = replace(own, home=tmp_path / "moved", inboxes=(tmp_path / "moved" / "inbox",))
    assert scan_inboxes(own, pack).new == ()
    own.inboxes[0].rename(tmp_path / "elsewhere")
    assert scan_inboxes(replace(own, inboxes=(tmp_path / "elsewhere",)), pack).new == ()


def test_records_from_before_inboxes_were_named_are_of_any(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    scan_inboxes(own, pack)
    (record,) = (own.archive / "arrivals").iterdir()
    old = {k: v for k, v in json.loads(record.read_text()).items() if k != "inbox"}
    record.write_text(json.dumps(old) + "\n")
    assert Archive(own).arrivals()[0].inbox is None
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

    def refuse(path: Path, *, follow: bool = True) -> str:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return real(path, follow=follow)

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


# What is still on its way, and what is no file


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_look(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "2025/0301/whole.csv", "whole")
    growing = put(own, "2025/0301/growing.csv", "")
    real = archive_module._store

    def then_grow(archive: Archive, path: Path) -> str:
        stored = real(archive, path)
        if path == growing:
            with path.open("a") as stream:
                stream.write("more")
        return stored

    monkeypatch.setattr(archive_module, "_store", then_grow)
    result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0301/whole.csv"]
    assert len(result.passed_over) == 1
    assert "growing.csv: is still being written" in result.passed_over[0]
    monkeypatch.undo()
    later = scan_inboxes(own, pack)
    assert paths(later) == ["2025/0301/growing.csv"]
    assert Archive(own).read_bytes(later.new[0].sha256) == b"more"


def test_a_young_file_is_given_the_time_to_show_that_it_is_being_written(
    own: Settings, pack: ReferencePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own, "2025/0301/old.csv", "old")
    os.utime(own.inboxes[0] / "2025/0301/old.csv", (0, 0))
    waited: list[float] = []
    monkeypatch.setattr(archive_module.time, "sleep", waited.append)
    assert paths(scan_inboxes(own, pack, None, 60)) == ["2025/0301/old.csv"]
    assert waited == []
    young = put(own, "2025/0301/young.csv", "half")

    def write_on(seconds: float) -> None:
        waited.append(seconds)
        put(own, "2025/0301/young.csv", "half and half")

    monkeypatch.setattr(archive_module.time, "sleep", write_on)
    result = scan_inboxes(own, pack, None, 60)
    assert 0 < waited[0] <= 60
    assert result.new == ()
    assert "young.csv: is still being written" in result.passed_over[0]
    os.utime(young, (2**33, 2**33))
    scan_inboxes(own, pack, None, 60)
    assert waited[1] == 60


@pytest.mark.parametrize("name", ["a.xlsx.part", "a.csv.crdownload", "a.TMP", "a.xlsx.filepart"])
def test_a_file_that_is_being_transferred_waits_for_its_own_name(
    own: Settings, pack: ReferencePack, name: str
) -> None:
    path = put(own, f"2025/0301/{name}", "half")
    result = scan_inboxes(own, pack)
    assert result.new == ()
    assert "is still being transferred" in result.passed_over[0]
    path.rename(path.with_name("a.csv"))
    assert paths(scan_inboxes(own, pack)) == ["2025/0301/a.csv"]


def test_pipes_sockets_and_folders_named_like_files_stop_nothing(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    put(own, "2025/0301/folder.csv/b.csv", "b")
    folder = own.inboxes[0] / "2025" / "0301"
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "mapping.yml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket.csv"))
        result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0301/a.csv", "2025/0301/folder.csv/b.csv"]
    told = [sentence.rsplit("/", 1)[-1] for sentence in result.passed_over]
    assert told == [
        f"{name}: is no ordinary file; put the file itself here"
        for name in ("mapping.yml", "pipe.csv", "socket.csv")
    ]


def test_names_that_would_spoil_a_terminal_are_told_of_in_letters(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a\x1b[2J\n.csv", "a")
    put(own, "2025/bad\tfolder/a.csv", "a")
    put(own, f"2025/0301/{'ø' * 120}.csv", "long")
    result = scan_inboxes(own, pack)
    assert [len(path) for path in paths(result)] == [len("2025/0301/") + 124]
    assert all(sentence.isprintable() for sentence in result.passed_over)
    assert [sentence.rsplit(": ", 1)[-1] for sentence in result.passed_over] == [
        "the name has control characters; give it another name"
    ] * 2


def test_folders_without_end_are_told_of(own: Settings, pack: ReferencePack) -> None:
    deep = own.inboxes[0] / "2025" / "0301"
    for _ in range(40):
        deep /= "x"
    deep.mkdir(parents=True)
    put(own, "2025/0301/a.csv", "a")
    result = scan_inboxes(own, pack)
    assert paths(result) == ["2025/0301/a.csv"]
    assert "lies below more than" in result.passed_over[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_of(own: Settings, pack: ReferencePack) -> None:
    put(own, "2025/0301/a.csv", "a")
    closed = put(own, "2025/0302/b.csv", "b").parent
    closed.chmod(0)
    try:
        result = scan_inboxes(own, pack)
    finally:
        closed.chmod(0o700)
    assert paths(result) == ["2025/0301/a.csv"]
    assert "0302: cannot be read" in result.passed_over[0]


def test_hundreds_of_files_arrive_once_each_in_order(own: Settings, pack: ReferencePack) -> None:
    for number in range(500):
        put(own, f"2025/{number % 7:04d}/{number:05d}.csv", str(number))
    first = scan_inboxes(own, pack)
    assert len(first.new) == 500
    assert paths(first) == sorted(paths(first))
    assert scan_inboxes(own, pack).new == ()


def test_a_file_straight_in_the_inbox_is_of_no_period_and_always_looked_at(
    own: Settings, pack: ReferencePack
) -> None:
    put(own, "alle.xlsx", "x")
    put(own, "2024/0301/a.csv", "a")
    put(own, "2025/felles/b.csv", "b")
    result = scan_inboxes(own, pack, {"2025"})
    assert [(a.period, a.municipality_number, a.file_name) for a in result.new] == [
        ("2025", "felles", "b.csv"),
        ("", "", "alle.xlsx"),
    ]
