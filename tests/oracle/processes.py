"""PRO_ and COV_PRO: the core reference processes, each yes, no or unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .calendar import is_recent, read_date
from .cell import Cell, enough
from .names import norm, parts
from .pack import Pack
from .roles import MEANS_NO, NOBODY, read_role
from .shares import OUT, Options, any_yes, coverage_cell, least_favourable, option, share_cell
from .sheets import Sheet

NONE, LINE, OWNER = "none", "line_manager", "process_owner"
OWNERSHIP = {
    "ingen": NONE,
    "linjeleder": LINE,
    "prosesseier": OWNER,
    "none": NONE,
    "line manager": LINE,
    "process owner": OWNER,
}
YES_NO = {"ja": True, "nei": False, "yes": True, "no": False, "true": True, "false": False}
ABSENT = {"har ikke", "har ikkje", "does not have", "not present"}
# The columns that the sender fills in.
ANSWERS = (
    *("eierskap", "eier rolle", "eier enhet", "enheter", "systemer", "beskrevet dato", "måles"),
    *("selvbetjening", "volum per år"),
)


@dataclass(frozen=True)
class ProcessRow:
    """One row of *Prosesser*; None is unknown, and a quarantined row is unknown throughout.

    role: as ``read_role``; name: as delivered, told apart by ``norm``; volume: None is unknown;
    is_answered: whether it holds more than what a template prints.
    """

    process_id: str | None
    is_absent: bool = False
    is_quarantined: bool = False
    ownership: str | None = None
    is_cross_unit: bool | None = None
    is_described: bool | None = None
    is_measured: bool | None = None
    is_self_service: bool | None = None
    role: str | None = None
    name: str = ""
    volume: int | None = None
    is_answered: bool = True


@dataclass(frozen=True)
class CoreProcess:
    """What is known of one core process: its rows put together.

    roles: those of its rows; empty when they are known to be none, None when one is unknown.
    """

    is_delivered: bool
    ownership: str | None = None
    is_cross_unit: bool | None = None
    is_described: bool | None = None
    is_measured: bool | None = None
    is_self_service: bool | None = None
    roles: frozenset[str] | None = None


def yes_no(text: str) -> bool | None:
    return YES_NO.get(norm(text))


def read_rows(
    sheet: Sheet, pack: Pack, period: str, follows: Callable[[str], bool] = lambda _: False
) -> list[ProcessRow]:
    """The rows of *Prosesser*.

    follows: whether a text in *systemer* names a quarantined system.
    """
    processes = pack.concepts("process")
    return [_read_row(cells, processes, pack, period, follows) for _, cells in sheet.rows]


def _read_row(
    cells: dict[str, str], processes: dict[str, str], pack: Pack, period: str, follows: Callable[[str], bool]
) -> ProcessRow:
    name, reference = cells.get("prosessnavn", ""), cells.get("referanseprosess", "")
    process_id = processes.get(norm(reference or name))
    reference_date = pack.reference_date(period)
    described_text = cells.get("beskrevet dato", "")
    described = read_date(described_text)
    late = described is not None and described > reference_date
    if not name or late or any(follows(system) for system in parts(cells.get("systemer", ""))):
        return ProcessRow(process_id, is_quarantined=True, name=norm(name))
    if norm(name) in ABSENT:
        return ProcessRow(process_id, is_absent=True)
    # "Ingen" is a known answer, and as little cross-unit as a single unit is.
    units = {norm(unit) for unit in parts(cells.get("enheter", ""))} - MEANS_NO
    has_units = bool(parts(cells.get("enheter", "")))
    return ProcessRow(
        process_id,
        ownership=OWNERSHIP.get(norm(cells.get("eierskap", ""))),
        is_cross_unit=len(units) >= 2 if has_units else None,
        is_described=is_recent(described, reference_date) if described else only_no(described_text),
        is_measured=yes_no(cells.get("måles", "")),
        is_self_service=yes_no(cells.get("selvbetjening", "")),
        role=read_role(cells.get("eier rolle", ""), pack),
        name=norm(name),
        volume=_whole(cells.get("volum per år", "")),
        is_answered=any(cells.get(column) for column in ANSWERS),
    )


def only_no(text: str) -> bool | None:
    """What a date column without a date says."""
    return False if norm(text) in MEANS_NO else None


def _whole(text: str) -> int | None:
    digits = text.replace(" ", "").replace("\u00a0", "")
    return int(digits) if digits.isdecimal() else None


def combine(rows: Sequence[ProcessRow]) -> CoreProcess | None:
    """The least favourable known answer of a core process's rows; None when it is *har ikke*."""
    present = [row for row in rows if not row.is_absent]
    accepted = [row for row in present if not row.is_quarantined]
    if any(row.is_absent for row in rows) and not accepted:
        return None
    if not any(row.is_answered for row in accepted):
        return CoreProcess(False)
    return CoreProcess(
        True,
        _ownership([row.ownership for row in present]),
        any_yes([row.is_cross_unit for row in present]),
        least_favourable([row.is_described for row in present]),
        least_favourable([row.is_measured for row in present]),
        least_favourable([row.is_self_service for row in present]),
        _roles([row.role for row in present]),
    )


def _ownership(answers: list[str | None]) -> str | None:
    if NONE in answers:
        return NONE
    if None in answers:
        return None
    return LINE if LINE in answers else OWNER


def _roles(roles: Sequence[str | None]) -> frozenset[str] | None:
    if None in roles:
        return None
    return frozenset(role for role in roles if role is not None and role != NOBODY)


def core_processes(rows: Sequence[ProcessRow], pack: Pack) -> dict[str, CoreProcess | None]:
    """Each core process of the pack with what is known of it; None is *har ikke*."""
    by_process: dict[str, list[ProcessRow]] = defaultdict(list)
    for row in rows:
        if row.process_id is not None:
            by_process[row.process_id].append(row)
    return {process_id: combine(by_process[process_id]) for process_id in pack.core("process")}


class ProcessNames:
    """From a process as another sheet names it to the reference process and whether its row counts."""

    def __init__(self, rows: Sequence[ProcessRow], pack: Pack) -> None:
        self._reference = pack.concepts("process")
        self._by_name: dict[str, list[ProcessRow]] = defaultdict(list)
        for row in rows:
            if not row.is_absent:
                self._by_name[row.name].append(row)
            if row.process_id is not None:
                self._by_name[f"id:{row.process_id}"].append(row)

    def find(self, text: str) -> str | None:
        """The reference process; None for a local one, an unknown one and a name of several."""
        own = {row.process_id for row in self._by_name.get(norm(text), [])}
        if own:
            return own.pop() if len(own) == 1 else None
        return self._reference.get(norm(text))

    def is_quarantined(self, text: str) -> bool:
        """Whether every row of the process that is named is quarantined: then who refers to it follows."""
        process_id = self.find(text)
        rows = self._by_name.get(norm(text) if process_id is None else f"id:{process_id}", [])
        return bool(rows) and all(row.is_quarantined for row in rows)


def scoped_option(process: CoreProcess, wanted: str) -> Options:
    """What a process can be where only cross-unit ones are in scope."""
    if process.is_cross_unit is False:
        return frozenset({OUT})
    inside = option(None if process.ownership is None else process.ownership == wanted)
    return inside | {OUT} if process.is_cross_unit is None else inside


ProcessKey = TypeVar("ProcessKey")  # a process, or a part's process where municipalities merged


def answered_processes(core: Mapping[ProcessKey, CoreProcess | None]) -> int:
    """Core processes delivered or *har ikke*."""
    return sum(1 for process in core.values() if process is None or process.is_delivered)


def process_cells(
    core: Mapping[ProcessKey, CoreProcess | None], citizen_facing: Collection[ProcessKey] = ()
) -> dict[str, Cell]:
    """The PRO_ indicators that are shares, and COV_PRO."""
    present = [process for process in core.values() if process is not None]
    answered = answered_processes(core)
    covered = enough(answered, len(core))
    owned = [None if p.ownership is None else p.ownership != NONE for p in present]
    served = [p for key, p in core.items() if p is not None and key in citizen_facing]
    things: dict[str, list[Options]] = {
        "PRO_OWN": [option(answer) for answer in owned],
        "PRO_OWNX": [scoped_option(process, OWNER) for process in present],
        "PRO_XUN": [scoped_option(process, NONE) for process in present],
        "PRO_X": [option(process.is_cross_unit) for process in present],
        "PRO_DOC": [option(process.is_described) for process in present],
        "PRO_MEAS": [option(process.is_measured) for process in present],
        "PRO_SELF": [option(process.is_self_service) for process in served],
    }
    cells = {indicator: share_cell(options, covered) for indicator, options in things.items()}
    cells["COV_PRO"] = coverage_cell(answered, len(core))
    return cells
