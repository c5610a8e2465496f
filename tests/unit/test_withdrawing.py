"""Withdrawing and sending again: the delivery that is named, and no other of the same content."""

from pathlib import Path

import pytest

from pipelines.orchestration.withdrawing import WithdrawalError, undo_withdrawal, withdraw_delivery
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import ROOT, Settings
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.lake import ingest_pending
from pipelines.storage.ledger import derive

SYSTEMS = "systemnavn;funksjon\nAlfa;health_record\n"


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    seeds = ROOT / "data" / "seeds"
    return load_pack([seeds / "reference", seeds / "fictional"])


def put(own: Settings, path: str, text: str) -> None:
    target = own.inboxes[0] / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def run(own: Settings, pack: ReferencePack) -> dict[tuple[str, str], str]:
    """(period, municipality number) of each delivery → its id."""
    scan_inboxes(own, pack)
    metas = ingest_pending(own, pack, Archive(own).arrivals()).metas
    return {(meta.period, meta.municipality_number): name for name, meta in metas.items()}


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", reference=(), inboxes=(tmp_path / "inbox",))


@pytest.mark.parametrize("place", [("2025", "9901"), ("2026", "9901"), ("2026", "9902")])
def test_undo_sends_the_withdrawn_delivery_and_not_the_same_content_elsewhere(
    own: Settings, pack: ReferencePack, place: tuple[str, str]
) -> None:
    for period, number in (("2025", "9901"), ("2026", "9901"), ("2026", "9902")):
        put(own, f"{period}/{number}/systemer.csv", SYSTEMS)
    name = run(own, pack)[place]
    withdraw_delivery(own, name, "feil fil")
    with pytest.raises(WithdrawalError, match="is withdrawn already"):
        withdraw_delivery(own, name, "feil fil")
    undo_withdrawal(own, name)
    last = Archive(own).arrivals()[-1]
    assert (last.sequence, last.period, last.municipality_number) == (4, *place)
    with pytest.raises(WithdrawalError, match="is not withdrawn"):
        undo_withdrawal(own, name)
    assert scan_inboxes(own, pack).new == ()


def test_a_newer_file_in_the_inbox_does_not_displace_what_was_sent_again(
    own: Settings, pack: ReferencePack
) -> None:
    put(own, "2026/9901/systemer.csv", SYSTEMS)
    (name,) = run(own, pack).values()
    withdraw_delivery(own, name, "feil fil")
    put(own, "2026/9901/systemer.csv", SYSTEMS + "Beta;health_record\n")
    run(own, pack)
    undo_withdrawal(own, name)
    assert scan_inboxes(own, pack).new == ()
    assert Archive(own).arrivals()[-1].sha256 == Archive(own).arrivals()[0].sha256


def test_undo_leaves_alone_what_others_in_the_same_file_have_mended_since(
    own: Settings, pack: ReferencePack
) -> None:
    head, row = SYSTEMS.split("\n", 1)
    put(own, "2026/alle.csv", f"kommune;{head}\n9901;{row}9902;{row}")
    first = run(own, pack)
    put(own, "2026/9902/systemer.csv", SYSTEMS)
    mended = run(own, pack)["2026", "9902"]
    name = first["2026", "9901"]
    withdraw_delivery(own, name, "feil fil")
    undo_withdrawal(own, name)
    archive = Archive(own)
    found = ingest_pending(own, pack, archive.arrivals())
    known = derive(archive.arrivals(), found.deliveries_of, found.metas, archive.withdrawals())
    assert set(known.counting["delivery_id"]) == {name, mended}


def test_a_delivery_whose_file_never_came_is_told_of(own: Settings, pack: ReferencePack) -> None:
    put(own, "2026/9901/systemer.csv", SYSTEMS)
    (name,) = run(own, pack).values()
    for path in (own.lake / "inputs").iterdir():
        path.unlink()
    with pytest.raises(WithdrawalError, match="no file of delivery"):
        withdraw_delivery(own, name, "feil fil")
