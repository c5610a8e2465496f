"""ONCE_GAP and its worklist: what is asked for again although a register holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .names import norm
from .pack import Pack
from .processes import CoreProcess, ProcessNames, ProcessRow
from .shares import GONE, SURE_NO, SURE_YES, UNKNOWN, Options
from .sheets import Sheet

COLLECTION = {
    "spurt bruker": "asked",
    "tastet manuelt": "typed",
    "register auto": "register",
    "gjenbruk internt": "reused",
    "asked user": "asked",
    "typed manually": "typed",
    "automatic register": "register",
    "internal reuse": "reused",
}
GAPS = {"asked", "typed"}
Pair = tuple[str, str]  # reference process, data object


@dataclass(frozen=True)
class Gap:
    """One line of the worklist; volume is None unless every row of the process has one."""

    register: str
    volume: int | None


def read_pairs(sheet: Sheet | None, names: ProcessNames, pack: Pack) -> dict[Pair, list[str | None]]:
    """The answers of each pair, None for a blank one or one of a quarantined row."""
    objects = pack.concepts("data_object")
    found: dict[Pair, list[str | None]] = defaultdict(list)
    for _, cells in sheet.rows if sheet else []:
        process, object_id = cells.get("prosessnavn", ""), objects.get(norm(cells.get("dataobjekt", "")))
        process_id = names.find(process)
        if process_id is None or object_id is None:
            continue
        answer = COLLECTION.get(norm(cells.get("innhenting", "").replace("_", " ")))
        found[(process_id, object_id)].append(None if names.is_quarantined(process) else answer)
    return found


def granted(pack: Pack) -> dict[Pair, str]:
    """The pairs for which the pack grants a register, and which."""
    return {
        (row["process_id"], row["data_object_id"]): row["register_id"] for row in pack.rows("process_object")
    }


def pair_options(
    core: Mapping[str, CoreProcess | None], answers: Mapping[Pair, Sequence[str | None]], pack: Pack
) -> dict[Pair, Options]:
    """What each core pair can be."""
    return {
        pair: _options(core[pair[0]], answers.get(pair, ()))
        for pair in sorted(granted(pack))
        if pair[0] in core
    }


def _options(process: CoreProcess | None, answers: Sequence[str | None]) -> Options:
    if process is None:
        return GONE
    if not process.is_delivered:
        return UNKNOWN
    if any(answer in GAPS for answer in answers):
        return SURE_YES
    return UNKNOWN if None in answers or not answers else SURE_NO


def worklist(
    rows: Sequence[ProcessRow], answers: Mapping[Pair, Sequence[str | None]], pack: Pack
) -> dict[Pair, Gap]:
    """Every gap of a pair with a register, also of processes that are not core."""
    found = {}
    for pair, register in sorted(granted(pack).items()):
        own = [row for row in rows if row.process_id == pair[0]]
        present = [row for row in own if not row.is_absent]
        is_absent = any(row.is_absent for row in own) and all(row.is_quarantined for row in present)
        if not is_absent and any(answer in GAPS for answer in answers.get(pair, ())):
            volumes = [row.volume for row in present]
            known = [volume for volume in volumes if volume is not None]
            whole = bool(volumes) and len(known) == len(volumes)
            found[pair] = Gap(register, sum(known) if whole else None)
    return found
