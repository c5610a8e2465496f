"""The folder of what the cooperation body (SBO) delivers once for all its owners. Pure look-ups.

``felles`` means the owners of the pack's one SBO; where there are several, each has ``felles-<sbo_id>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.ingest.model import Finding, Rejection
from pipelines.settings import SHARED_FOLDER

if TYPE_CHECKING:
    from pipelines.ingest.vocabulary import Vocabulary
    from pipelines.reference.pack import ReferencePack

SHARED_KIND = "systems"


def is_shared_folder(folder: str) -> bool:
    """Whether a folder's name, in any case, is that of shared deliveries."""
    name = folder.casefold()
    return name == SHARED_FOLDER or name.startswith(f"{SHARED_FOLDER}-")


def owners(folder: str, pack: ReferencePack, year: int) -> tuple[str, ...]:
    """The municipalities that a shared folder speaks for in a year, by number.

    The pack names the owners of today; in an earlier year each stands by its parts that became nobody
    else's. Raises Rejection: ``no_owners`` where the pack has none, ``unknown_shared_folder`` where it has
    no such SBO, or several and none is named.
    """
    frame = pack.table("owner").select("sbo_id", "municipality_number")
    by_sbo: dict[str, list[str]] = {}
    for sbo, number in frame.iter_rows():
        by_sbo.setdefault(sbo, []).append(number)
    if not by_sbo:
        raise Rejection("no_owners", value=folder, found=folder)
    named = {f"{SHARED_FOLDER}-{sbo}".casefold(): numbers for sbo, numbers in by_sbo.items()}
    if len(by_sbo) == 1:
        named[SHARED_FOLDER] = next(iter(by_sbo.values()))
    if folder.casefold() not in named:
        expected = ", ".join(sorted(f"{SHARED_FOLDER}-{sbo}" for sbo in by_sbo))
        raise Rejection("unknown_shared_folder", value=folder, found=folder, expected=expected)
    today = set(named[folder.casefold()])
    parts = {part for number in today for part in pack.numbers.parts(number, year)}
    own = tuple(sorted(part for part in parts if today.issuperset(pack.numbers.leads_to(part))))
    if not own:
        raise Rejection("no_owners", value=folder, found=folder)
    return own


def shared_fault(folder: str, kind: str, vocabulary: Vocabulary) -> Finding | None:
    """Why a file without a municipality column cannot lie in a shared folder, or None."""
    if kind != SHARED_KIND:
        name = vocabulary.contract.kind_by_id[kind].name_nb
        return Finding("shared_other_kind", "rejected", params={"found": name})
    try:
        owners(folder, vocabulary.pack, vocabulary.year)
    except Rejection as rejection:
        return rejection.finding
    return None
