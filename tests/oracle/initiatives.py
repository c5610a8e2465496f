"""INI_: the initiatives of *Tiltak*, told apart by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .calendar import read_date
from .cell import Cell
from .names import norm, parts
from .pack import Pack
from .processes import ProcessNames, yes_no
from .roles import NOBODY, read_role
from .shares import least_favourable, option, share_cell
from .sheets import Sheet


@dataclass(frozen=True)
class Initiative:
    """What is known of one initiative; None is unknown."""

    is_mapped: bool | None = None
    is_owned: bool | None = None
    is_measured: bool | None = None


def read_initiatives(
    sheet: Sheet | None, names: ProcessNames, pack: Pack, period: str
) -> dict[str, Initiative]:
    """Name → what its rows say together; a nameless row is a thing of its own, and unknown."""
    rows: dict[str, list[Initiative]] = defaultdict(list)
    for number, cells in sheet.rows if sheet else []:
        name = norm(cells.get("tiltak", ""))
        rows[name or f"row:{number}"].append(_read(cells, names, pack, period))
    return {name: _combine(own) for name, own in rows.items()}


def _read(cells: Mapping[str, str], names: ProcessNames, pack: Pack, period: str) -> Initiative:
    decided = read_date(cells.get("besluttet dato", ""))
    is_late = decided is not None and decided > pack.reference_date(period)
    follows = any(names.is_quarantined(process) for process in parts(cells.get("prosesser", "")))
    if is_late or follows or not norm(cells.get("tiltak", "")):
        return Initiative()
    role = read_role(cells.get("ansvarlig rolle", ""), pack)
    return Initiative(
        yes_no(cells.get("kartlagt før", "")),
        None if role is None else role != NOBODY,
        yes_no(cells.get("gevinst måles", "")),
    )


def _combine(rows: Sequence[Initiative]) -> Initiative:
    return Initiative(
        least_favourable([row.is_mapped for row in rows]),
        least_favourable([row.is_owned for row in rows]),
        least_favourable([row.is_measured for row in rows]),
    )


def initiative_cells(initiatives: Sequence[Initiative], is_covered: bool) -> dict[str, Cell]:
    """is_covered: whether COV_PRO, on which the family rests, is high enough."""
    return {
        "INI_MAP": share_cell([option(one.is_mapped) for one in initiatives], is_covered),
        "INI_OWN": share_cell([option(one.is_owned) for one in initiatives], is_covered),
        "INI_BEN": share_cell([option(one.is_measured) for one in initiatives], is_covered),
    }
