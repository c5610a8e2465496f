"""What one delivering municipality's things are, read once for each period.

A unit of the benchmark, whole or one focus area, today's or as delivered, is made of these parts;
see ``units``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .exchanges import Exchange, read_exchanges, register_options
from .functions import Served, served_functions
from .inbox import Delivered, Place
from .initiatives import Initiative, read_initiatives
from .once_only import Gap, Pair, pair_options, read_pairs, worklist
from .pack import Pack
from .processes import CoreProcess, ProcessNames, core_processes, read_rows
from .services import service_options
from .shares import Options
from .sheets import Sheet
from .survey import Survey, read_survey
from .systems import (
    Cells,
    Grid,
    Resolver,
    System,
    answered_functions,
    build_grid,
    listed_cells,
    read_systems,
)

Counting = Mapping[tuple[Place, str], Delivered]


@dataclass(frozen=True)
class Processes:
    """The things of a process delivery."""

    core: dict[str, CoreProcess | None]
    pairs: dict[Pair, Options]
    initiatives: dict[str, Initiative]
    worklist: dict[Pair, Gap]


@dataclass(frozen=True)
class Systems:
    """The things of a system delivery; answered: core functions marked komplett or har ikke."""

    systems: list[System]
    answered: frozenset[str]
    grid: Grid
    functions: dict[str, Served]
    exchanges: list[Exchange]
    fed: dict[Cells, Options]
    services: dict[str, Options]


@dataclass
class Parts:
    """Every delivery that counts, its things read when they are first asked for."""

    counting: Counting
    pack: Pack
    _processes: dict[tuple[str, str], Processes] = field(default_factory=dict)
    _systems: dict[tuple[str, str], Systems] = field(default_factory=dict)
    _surveys: dict[tuple[str, str, str], Survey] = field(default_factory=dict)

    def status(self, number: str, period: str, kind: str, mode: str) -> str:
        """delivered, rejected or not_delivered."""
        own = self.counting.get(((number, period, kind), mode))
        return "not_delivered" if own is None else own.status

    def survey(self, number: str, period: str, mode: str) -> Survey:
        key = (number, period, mode)
        if key not in self._surveys:
            sheet = self.counting[((number, period, "survey"), mode)].sheets["survey"]
            self._surveys[key] = read_survey(sheet, self.pack, period, mode)
        return self._surveys[key]

    def processes(self, number: str, period: str) -> Processes:
        key = (number, period)
        if key not in self._processes:
            self._processes[key] = self._read_processes(number, period)
        return self._processes[key]

    def systems(self, number: str, period: str) -> Systems:
        key = (number, period)
        if key not in self._systems:
            self._systems[key] = self._read_systems(number, period)
        return self._systems[key]

    def _sheets(self, number: str, period: str, kind: str) -> Mapping[str, Sheet]:
        return self.counting[((number, period, kind), "register")].sheets

    def _read_processes(self, number: str, period: str) -> Processes:
        sheets, pack = self._sheets(number, period, "processes"), self.pack
        sheet = sheets.get("processes")
        rows = read_rows(sheet, pack, period, self._quarantines(number, period)) if sheet else []
        names = ProcessNames(rows, pack)
        core = core_processes(rows, pack)
        answers = read_pairs(sheets.get("process_data"), names, pack)
        return Processes(
            core,
            pair_options(core, answers, pack),
            read_initiatives(sheets.get("initiatives"), names, pack, period),
            worklist(rows, answers, pack),
        )

    def _quarantines(self, number: str, period: str) -> Callable[[str], bool]:
        """Whether a system named in *Prosesser* quarantines its row; one that nobody knows does not."""
        delivered = self.counting.get(((number, period, "systems"), "register"))
        sheet = delivered.sheets.get("systems") if delivered else None
        return Resolver(read_systems(sheet, self.pack, period)).is_quarantined

    def _read_systems(self, number: str, period: str) -> Systems:
        sheets, pack = self._sheets(number, period, "systems"), self.pack
        systems = read_systems(sheets.get("systems"), pack, period)
        resolver = Resolver(systems)
        core = pack.core("function")
        answered = answered_functions(sheets.get("functions"), resolver, pack) & set(core)
        listed = listed_cells(sheets.get("system_data_objects"), systems, resolver, pack)
        grid = build_grid(systems, listed, pack)
        exchanges = read_exchanges(sheets.get("exchanges"), resolver, pack)
        return Systems(
            systems,
            frozenset(answered),
            grid,
            served_functions(systems, answered, core),
            exchanges,
            register_options(grid, exchanges, set(pack.registers) & set(pack.core("data_object"))),
            service_options(sheets.get("shared_services"), pack),
        )
