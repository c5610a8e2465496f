"""``kommunebench names``: what waits to be settled, and the alias row that settles it. No dagster here."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.gate.name_review import WaitingName
    from pipelines.settings import Settings

ALIAS_FILE = "alias.csv"
HEADER = "concept,alias,concept_id"


class SettlingError(ValueError):
    """A name cannot be settled so; names what stands in the way."""


def lines_of_waiting(names: Sequence[WaitingName]) -> Iterator[str]:
    """For people: each text once, with what it may be and how often it waits."""
    places: dict[tuple[str, str], list[WaitingName]] = {}
    for name in names:
        places.setdefault((name.concept, name.text), []).append(name)
    for (concept, text), waiting in places.items():
        first = waiting[0]
        where = ", ".join(sorted({f"{name.period}/{name.municipality}" for name in waiting}))
        candidate = f"{first.candidate_name} ({first.candidate_id})"
        yield f"{concept}: {text!r} may be {candidate}, alike {first.score} of 100"
        command = shlex.join(["kommunebench", "names", "settle", concept, text, first.candidate_id])
        # DIR stands unquoted for the folder of an overlay pack.
        yield f"  in {where}; settle it with:  {command} --pack DIR"
    count = {0: "no name waits", 1: "1 name waits"}
    yield count.get(len(places), f"{len(places)} names wait")


def settle_name(settings: Settings, concept: str, text: str, concept_id: str, pack: Path) -> str:
    """Add a row to the alias table of an overlay pack, checked, and say what was done.

    Raises SettlingError for an unknown concept or id, a text that leads somewhere already, or an alias
    table that cannot be added to; PackError where the pack would not load. Then nothing is changed.
    """
    from pipelines.gate.name_review import alias_row
    from pipelines.reference.names import normalise
    from pipelines.reference.pack import load_pack
    from pipelines.reference.schema import CONCEPTS
    from pipelines.storage import files

    if concept not in CONCEPTS:
        raise SettlingError(f"there is no concept {concept!r}; there are {', '.join(sorted(CONCEPTS))}")
    # One folder has many paths; loaded twice it would stand in its own way.
    known_as = {folder.resolve(): folder for folder in settings.reference}
    is_used = pack.resolve() in known_as
    own = known_as.get(pack.resolve(), pack.absolute())
    # A folder that no run reads yet must still fit the others.
    folders = settings.reference if is_used else (*settings.reference, own)
    known = load_pack(folders if own.is_dir() else settings.reference)
    if concept_id not in known.concept_index(concept).values():
        raise SettlingError(f"{concept} has no id {concept_id!r}")
    name = " ".join(text.split())
    if (leads_to := known.concept_index(concept).get(normalise(name))) is not None:
        raise SettlingError(f"{name!r} leads to {leads_to} already")
    path = own / ALIAS_FILE
    before = path.read_bytes() if path.is_file() else None
    own.mkdir(parents=True, exist_ok=True)
    files.atomic_write_bytes(path, _with_row(path, before, alias_row(concept, name, concept_id)))
    try:
        load_pack(folders)
    except Exception:
        _put_back(path, before)
        raise
    done = f"{path}: {name!r} is {concept_id}; the next run reads it so"
    hint = "" if is_used else f"\n{own} is no pack of KOMMUNEBENCH_REFERENCE yet; add it there"
    return done + hint


def _with_row(path: Path, before: bytes | None, row: str) -> bytes:
    """The table's bytes with a row more, with its own line ends."""
    if before is None:
        return f"{HEADER}\n{row}\n".encode()
    text = before.decode("utf-8-sig")
    if text.splitlines()[:1] != [HEADER]:
        raise SettlingError(f"{path}: the columns must be {HEADER}; add the row by hand:  {row}")
    end = b"\r\n" if b"\r\n" in before else b"\n"
    return before.rstrip(b"\r\n") + end + row.encode() + end


def _put_back(path: Path, before: bytes | None) -> None:
    from pipelines.storage import files

    if before is None:
        path.unlink(missing_ok=True)
    else:
        files.atomic_write_bytes(path, before)
