"""Every indicator of every unit of the index, from the raw files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .cell import Cell, Key, enough
from .exchanges import automatic_options
from .functions import function_cells
from .inbox import read_inboxes, unite
from .initiatives import initiative_cells
from .key_roles import key_role_cell, read_loads
from .lifecycle import lifecycle_cells
from .pack import Pack, Row, load
from .parts import Parts
from .processes import answered_processes, process_cells
from .shares import share_cell
from .silos import silo_cell, silo_objects
from .survey import PARTS, PRINCIPLES, gap_cell, survey_cells
from .systems import Grid, System, settled_cells, system_cells, unite_grids
from .units import DELIVERED, WHOLE, Unit, delivery_status, survey_areas, units

# municipality number, period, indicator, collection mode, boundary, focus area
FullKey = tuple[str, str, str, str, str, str]
NOT_IN_INDEX = {"SBO_DIV"}


@dataclass(frozen=True)
class Recomputed:
    """Everything that the recomputation found."""

    parts: Parts
    cells: dict[FullKey, Cell]

    @property
    def pack(self) -> Pack:
        return self.parts.pack

    def of(self, boundary: str) -> dict[Key, Cell]:
        """The whole municipalities of one boundary."""
        return {key[:4]: cell for key, cell in self.cells.items() if key[4:] == (boundary, WHOLE)}


def recompute(inboxes: list[Path], packs: list[Path]) -> dict[Key, Cell]:
    """One cell for each municipality and period of the index, indicator and collection mode.

    inboxes: folders ``<period>/<municipality number>/``; packs: base folder first, then overlays.
    As delivered, whole; ``recompute_all`` gives the rest.
    """
    return recompute_all(inboxes, packs).of(DELIVERED)


def recompute_all(inboxes: list[Path], packs: list[Path]) -> Recomputed:
    """As ``recompute``, on both boundaries, with the focus-area cuts."""
    pack = load(packs)
    parts = Parts(unite(read_inboxes(inboxes, pack)), pack)
    rows = [row for row in pack.rows("indicator") if row["indicator_id"] not in NOT_IN_INDEX]
    cells: dict[FullKey, Cell] = {}
    families: dict[tuple[str, tuple[str, ...]], Families] = {}
    for unit in units(parts):
        # A municipality that never changed is made of the same things on both boundaries.
        own = families.setdefault((unit.period, unit.parts), Families(parts, unit))
        cells.update(cells_of(own, unit, rows))
    return Recomputed(parts, cells)


def kinds_of(row: Row) -> list[str]:
    """The kinds of delivery that an indicator is made of."""
    return [kind for kind in (row["source_kind"], row.get("second_source_kind", "")) if kind]


def modes_of(parts: Parts, unit: Unit, row: Row) -> list[str]:
    """The collection modes of an indicator; ``official`` only where such answers came."""
    if "survey" not in kinds_of(row):
        return ["register"]
    came = any(((part, unit.period, "survey"), "official") in parts.counting for part in unit.parts)
    return ["respondents", "official"] if came else ["respondents"]


def cells_of(families: Families, unit: Unit, rows: list[Row]) -> dict[FullKey, Cell]:
    """Every cell of one unit and of its focus areas."""
    found: dict[FullKey, Cell] = {}
    parts = families.parts
    for row in rows:
        for mode in modes_of(parts, unit, row):
            status = delivery_status(parts, unit, kinds_of(row), mode)
            areas = [WHOLE]
            if row.get("has_focus_area_cut") == "true":
                areas += _areas(parts, unit, row, mode, status)
            for area in areas:
                key = (unit.municipality, unit.period, row["indicator_id"], mode, unit.boundary, area)
                found[key] = _cell(families, unit, row, mode, status, area)
    return found


def _areas(parts: Parts, unit: Unit, row: Row, mode: str, status: str) -> list[str]:
    """The cuts of an indicator: a survey's by its respondents, a register's all of the pack.

    What is not delivered, or broken, is not cut.
    """
    if status != "delivered" or unit.is_broken:
        return []
    return survey_areas(parts, unit, mode) if "survey" in kinds_of(row) else parts.pack.areas


def _cell(families: Families, unit: Unit, row: Row, mode: str, status: str, area: str) -> Cell:
    is_blocked = status != "delivered" or unit.is_broken
    if not is_applicable(row, families.pack, unit.period, is_blocked):
        return Cell("not_applicable")
    if status != "delivered":
        return Cell(status)
    if unit.is_broken:
        return Cell("break_in_series")
    return families.cells(row, mode, area)[row["indicator_id"]]


def is_applicable(row: Row, pack: Pack, period: str, is_blocked: bool) -> bool:
    """Whether the period's instrument has what the indicator is made of.

    is_blocked: nothing can be computed, so that every part is missing and the worst one decides.
    """
    asked = pack.dimensions(period)
    if row["indicator_id"] == "MOD_IDX":
        lacking = set(PRINCIPLES) - asked
        return set(PARTS) <= asked and len(lacking) <= (0 if is_blocked else 1)
    if row["indicator_id"] == "MOD_LVL":
        return set(PARTS) <= asked
    if row["indicator_id"] == "PRO_GAP":
        return "PO1" in {item.item_id for item in pack.items(period)}
    if row["dimension_id"] and row["family"] == "MOD" and row["dimension_id"] not in asked:
        return False
    return not row["item_id"] or row["item_id"] in {item.item_id for item in pack.items(period)}


class Families:
    """The families' cells of one unit, each family computed once per focus area."""

    def __init__(self, parts: Parts, unit: Unit) -> None:
        self.parts, self.pack = parts, parts.pack
        self.period, self.numbers = unit.period, unit.parts
        self._found: dict[tuple[str, str, str], dict[str, Cell]] = {}

    def cells(self, row: Row, mode: str, area: str) -> dict[str, Cell]:
        """The cells of the group that the indicator belongs to; every kind it needs was delivered."""
        kinds = kinds_of(row)
        group = "key_roles" if row["indicator_id"] == "KEY1" else "gap" if len(kinds) > 1 else kinds[0]
        key = (group, mode, area)
        if key not in self._found:
            compute: dict[str, Callable[[str, str], dict[str, Cell]]] = {
                "survey": self._survey,
                "processes": self._processes,
                "systems": self._systems,
                "key_roles": self._key_roles,
                "gap": self._gap,
            }
            self._found[key] = compute[group](mode, area)
        return self._found[key]

    def _survey(self, mode: str, area: str) -> dict[str, Cell]:
        own = [self.parts.survey(part, self.period, mode) for part in self.numbers]
        surveys = own if area == WHOLE else [survey.of(area) for survey in own]
        return survey_cells(surveys, self.pack, self.period)

    def _processes(self, mode: str, area: str) -> dict[str, Cell]:
        pack, period = self.pack, self.period
        areas = pack.area_of("process")
        own = {part: self.parts.processes(part, period) for part in self.numbers}
        core = {
            (part, process_id): process
            for part, things in own.items()
            for process_id, process in things.core.items()
            if area in {WHOLE, areas[process_id]}
        }
        facing = {r["process_id"] for r in pack.rows("process") if r.get("is_citizen_facing") == "true"}
        cells = process_cells(core, {key for key in core if key[1] in facing})
        is_covered = enough(answered_processes(core), len(core))
        pairs = [
            options
            for things in own.values()
            for (process_id, _), options in things.pairs.items()
            if area in {WHOLE, areas[process_id]}
        ]
        cells["ONCE_GAP"] = share_cell(pairs, is_covered)
        initiatives = [one for things in own.values() for one in things.initiatives.values()]
        return cells | initiative_cells(initiatives, is_covered)

    def _grid(self, area: str) -> Grid:
        """The cells of the unit's systems, or of those that carry a focus area."""
        grids = {}
        for part in self.numbers:
            things = self.parts.systems(part, self.period)
            grids[part] = things.grid.of([s.key for s in things.systems if _is_of(s, area)])
        return unite_grids(grids)

    def _systems(self, mode: str, area: str) -> dict[str, Cell]:
        pack = self.pack
        own = {part: self.parts.systems(part, self.period) for part in self.numbers}
        areas = pack.area_of("function")
        core = [f for f in pack.core("function") if area in {WHOLE, areas[f]}]
        n_answered = sum(len(things.answered & set(core)) for things in own.values())
        n_functions = len(core) * len(own)
        grid = self._grid(area)
        registers = {f"{part}/{object_id}" for part in own for object_id in pack.registers}
        cells = system_cells(grid, n_answered, n_functions, registers)
        known, _, expected = settled_cells(grid)
        has_systems = enough(known, expected)
        served = [things.functions[function_id] for things in own.values() for function_id in core]
        cells |= function_cells(served, n_answered)
        systems = {part: [s for s in things.systems if _is_of(s, area)] for part, things in own.items()}
        cells |= lifecycle_cells([s for one in systems.values() for s in one], has_systems)
        keys = {part: {s.key for s in one} for part, one in systems.items()}
        fed = [
            options
            for part, things in own.items()
            for (system, _), options in things.fed.items()
            if system in keys[part]
        ]
        cells["REG_USE"] = share_cell(fed, has_systems)
        return cells | self._uncut(known, expected) if area == WHOLE else cells

    def _uncut(self, known: int, expected: int) -> dict[str, Cell]:
        """What is never cut; known of expected: the cells of COV_SYS."""
        own = [self.parts.systems(part, self.period) for part in self.numbers]
        exchanges = [exchange for things in own for exchange in things.exchanges]
        services = [options for things in own for options in things.services.values()]
        objects = [
            one
            for things in own
            for one in silo_objects(things.grid, things.exchanges, {s.key: s.areas for s in things.systems})
        ]
        return {
            "INT_AUTO": share_cell(automatic_options(exchanges), enough(known, expected)),
            "NAT_USE": share_cell(services, True),
            "SILO_OBJ": silo_cell(objects, known, expected),
        }

    def _key_roles(self, mode: str, area: str) -> dict[str, Cell]:
        processes = self._processes("register", WHOLE)
        systems = self._systems("register", WHOLE)
        loads = []
        for part in self.numbers:
            core = self.parts.processes(part, self.period).core
            loads.append(read_loads(list(core.values()), self.parts.systems(part, self.period).systems))
        is_covered = all(
            enough(int(cell.numerator or 0), int(cell.denominator or 0))
            for cell in (processes["COV_PRO"], systems["COV_FUN"])
        )
        return {"KEY1": key_role_cell(loads, is_covered)}

    def _gap(self, mode: str, area: str) -> dict[str, Cell]:
        own = [self.parts.survey(part, self.period, mode) for part in self.numbers]
        surveys = own if area == WHOLE else [survey.of(area) for survey in own]
        owned = self._processes("register", area)["PRO_OWN"]
        return {"PRO_GAP": gap_cell(surveys, owned, self.pack, self.period)}


def _is_of(system: System, area: str) -> bool:
    return area == WHOLE or area in system.areas
