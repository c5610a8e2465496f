"""Every indicator of every municipality and period of the index, from the raw files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .cell import Cell, Key
from .inbox import Delivered, Place, read_inboxes, unite
from .pack import Pack, load
from .processes import core_processes, process_cells, read_rows
from .survey import read_survey, survey_cells
from .systems import Resolver, read_systems, system_cells


def recompute(inboxes: list[Path], packs: list[Path]) -> dict[Key, Cell]:
    """One cell for each municipality and period of the index, indicator and collection mode.

    inboxes: folders ``<period>/<municipality number>/``; packs: base folder first, then overlays.
    """
    pack = load(packs)
    counting = unite(read_inboxes(inboxes, pack))
    cells: dict[Key, Cell] = {}
    for municipality, period in index(counting, pack):
        for source, mode in _sources(counting, municipality, period):
            own = _cells(counting, pack, (municipality, period, source), mode)
            cells.update({(municipality, period, name, mode): cell for name, cell in own.items()})
    return cells


def index(counting: Mapping[tuple[Place, str], Delivered], pack: Pack) -> list[tuple[str, str]]:
    """Participants ∪ deliverers, as (municipality number, period)."""
    named = {(row["municipality_number"], row["period"]) for row in pack.rows("participant")}
    return sorted(named | {(number, period) for (number, period, _), _ in counting})


def _sources(
    counting: Mapping[tuple[Place, str], Delivered], municipality: str, period: str
) -> list[tuple[str, str]]:
    """The kinds with their collection modes; ``official`` only where such answers came."""
    sources = [("survey", "respondents"), ("processes", "register"), ("systems", "register")]
    if ((municipality, period, "survey"), "official") in counting:
        sources.append(("survey", "official"))
    return sources


def _cells(
    counting: Mapping[tuple[Place, str], Delivered], pack: Pack, place: Place, mode: str
) -> dict[str, Cell]:
    names = [row["indicator_id"] for row in pack.rows("indicator") if row["source_kind"] == place[2]]
    own = counting.get((place, mode))
    if own is None or own.status != "delivered":
        status = "not_delivered" if own is None else "rejected"
        return {name: Cell(_without_data(name, status, pack, place[1])) for name in names}
    found = _compute(counting, own, pack, place, mode)
    return {name: found[name] for name in names}


def _without_data(indicator: str, status: str, pack: Pack, period: str) -> str:
    """not_applicable comes before the rest: the instrument does not have the dimension or item."""
    row = pack.indicators[indicator]
    if row["dimension_id"] and row["family"] == "MOD" and row["dimension_id"] not in pack.dimensions(period):
        return "not_applicable"
    if row["item_id"] and row["item_id"] not in {item.item_id for item in pack.items(period)}:
        return "not_applicable"
    return status


def _compute(
    counting: Mapping[tuple[Place, str], Delivered], own: Delivered, pack: Pack, place: Place, mode: str
) -> dict[str, Cell]:
    municipality, period, kind = place
    if kind == "survey":
        return survey_cells(read_survey(own.sheets["survey"], pack, period, mode), pack, period)
    if kind == "systems":
        return system_cells(own.sheets, pack, period)
    sheet = own.sheets.get("processes")
    follows = _system_reference(counting, pack, municipality, period)
    return process_cells(core_processes(read_rows(sheet, pack, period, follows) if sheet else [], pack))


def _system_reference(
    counting: Mapping[tuple[Place, str], Delivered], pack: Pack, municipality: str, period: str
) -> Callable[[str], bool]:
    """Whether a system named in *Prosesser* quarantines its row; one that nobody knows does not."""
    delivered = counting.get(((municipality, period, "systems"), "register"))
    sheet = delivered.sheets.get("systems") if delivered else None
    return Resolver(read_systems(sheet, pack, period)).is_quarantined
