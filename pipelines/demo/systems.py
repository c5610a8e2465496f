"""System lists: what a municipality has, from when to when, and which objects each system holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pipelines.demo.catalogue import Catalogue, Function, Moment
from pipelines.demo.dice import Dice
from pipelines.demo.municipalities import Municipality
from pipelines.demo.names import LOCAL_OBJECTS, UNITS, VENDORS, topic_of
from pipelines.demo.tables import Cell, Delivery, Row, Table

SYSTEM_HEADERS = [
    "system_id", "systemnavn", "leverandør", "produkt", "funksjon", "satsingsområde", "eier_enhet",
    "systemeier_rolle", "driftsmodell", "livsløp", "anskaffet", "avtaleslutt", "årlig_kostnad", "brukere",
    "personopplysninger", "ros_dato", "funksjonell_egnethet", "teknisk_egnethet",
]  # fmt: skip
FUNCTION_HEADERS = ["funksjon", "systemer", "komplett"]
OBJECT_HEADERS = ["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master", "kilde"]
EXCHANGE_HEADERS = ["fra_system", "til_system", "dataobjekt", "automatisk"]
SERVICE_HEADERS = ["løsning", "i_bruk"]

NEVER = 99.0
ABSENT_BY_SIZE = {"small": 0.07, "medium": 0.02, "large": 0.0}
SECOND_BY_SIZE = {"small": 0.16, "medium": 0.26, "large": 0.36}


@dataclass(frozen=True)
class System:
    """One product under one contract. start, phase_out and end are years after the start of 2024."""

    system_id: str
    name: str
    vendor: str
    functions: tuple[Function, ...]
    acquired: date
    start: float = 0.0
    phase_out: float = NEVER
    end: float = NEVER


@dataclass(frozen=True)
class SystemView:
    """A system as it stands in one period."""

    system: System
    lifecycle: str

    @property
    def name(self) -> str:
        """As the municipality calls it."""
        return self.system.name

    @property
    def is_active(self) -> bool:
        """Whether it is in use, perhaps for the last time."""
        return self.lifecycle in ("i bruk", "under utfasing")

    @property
    def focus_areas(self) -> tuple[str, ...]:
        """The focus areas of its functions, each once."""
        return tuple(dict.fromkeys(function.focus_area for function in self.system.functions))


def views(municipality: Municipality, moment: Moment, catalogue: Catalogue) -> list[SystemView]:
    """The systems that the period's list shows: planned a year ahead, retired ones a year after."""
    found = []
    for system in inventory(municipality, catalogue):
        if (lifecycle := _lifecycle(system, moment.years)) is not None:
            found.append(SystemView(system, lifecycle))
    return found


def _lifecycle(system: System, years: float) -> str | None:
    if years < system.start:
        return "planlagt" if years >= system.start - 1 else None
    if years >= system.end:
        return "avviklet" if years < system.end + 1 else None
    return "under utfasing" if years >= system.phase_out else "i bruk"


def inventory(municipality: Municipality, catalogue: Catalogue) -> list[System]:
    """Everything it ever had, the same whatever the period."""
    stock = _Stock(municipality)
    by_area: defaultdict[str, list[Function]] = defaultdict(list)
    for function in catalogue.functions:
        if not has_none(municipality, function):
            by_area[function.focus_area].append(function)
    for area, functions in by_area.items():
        stock.furnish(area, functions)
    return stock.systems


def has_none(municipality: Municipality, function: Function) -> bool:
    """Whether nothing at all serves the function there."""
    share = ABSENT_BY_SIZE[municipality.size_class]
    return municipality.dice("no system", function.function_id).chance(share)


class _Stock:
    """Fills one municipality's list, area by area."""

    def __init__(self, municipality: Municipality) -> None:
        self._who = municipality
        self.systems: list[System] = []

    def furnish(self, area: str, functions: Sequence[Function]) -> None:
        """One suite for several functions of the area, single products for the rest, and the overlaps."""
        dice = self._who.dice("suite", area)
        in_suite = (
            functions[: dice.between(2, len(functions))] if len(functions) > 1 and dice.chance(0.5) else []
        )
        if in_suite:
            self._with_successor(dice, topic_of(area), tuple(in_suite))
        for function in functions:
            own = self._who.dice("product", function.function_id)
            if function not in in_suite:
                self._with_successor(own, topic_of(function.name), (function,))
            if own.chance(SECOND_BY_SIZE[self._who.size_class]):
                self._overlap(own, function)

    def _with_successor(self, dice: Dice, topic: str, functions: tuple[Function, ...]) -> None:
        if not dice.chance(0.18):
            self._add(dice, topic, functions)
            return
        leaves = float(dice.between(1, 3))
        self._add(dice, topic, functions, phase_out=leaves, end=leaves + 1)
        self._add(dice, topic, functions, start=leaves + 1)

    def _overlap(self, dice: Dice, function: Function) -> None:
        """A second system for one function; the more mature clear it away."""
        leaves = float(dice.between(1, 4)) if dice.chance(self._who.maturity) else NEVER
        self._add(dice, topic_of(function.name), (function,), phase_out=leaves, end=leaves + 1)

    def _add(
        self,
        dice: Dice,
        topic: str,
        functions: tuple[Function, ...],
        *,
        start: float = 0.0,
        phase_out: float = NEVER,
        end: float = NEVER,
    ) -> None:
        vendor = self._free_vendor(dice, topic)
        acquired = date(2009, 1, 1) + timedelta(days=dice.between(0, 14 * 365))
        if start:
            acquired = date(2024 + int(start) - 1, 1, 1) + timedelta(days=dice.between(0, 330))
        number = f"{self._who.number}-S{len(self.systems) + 1:03d}"
        name = f"{vendor} {topic}"
        self.systems.append(System(number, name, vendor, functions, acquired, start, phase_out, end))

    def _free_vendor(self, dice: Dice, topic: str) -> str:
        """A few vendors share each market, so that neighbours often own the same product."""
        usual = Dice("market", topic).some(VENDORS, 4)
        taken = {system.name for system in self.systems}
        free = [vendor for vendor in VENDORS if f"{vendor} {topic}" not in taken]
        return dice.pick([vendor for vendor in free if vendor in usual] or free)


def system_delivery(
    municipality: Municipality, moment: Moment, catalogue: Catalogue, listed: Sequence[SystemView]
) -> Delivery:
    """The five sheets, or the flat table and the sheets that it does not replace."""
    writer = _Writer(municipality, moment, catalogue, listed)
    systems = Table("Systemer", list(SYSTEM_HEADERS), [writer.system_row(view) for view in listed])
    functions = Table("Funksjoner", list(FUNCTION_HEADERS), writer.function_rows())
    if municipality.is_flat:
        systems.headers.append("dataobjekter")
        for row, view in zip(systems.rows, listed, strict=True):
            row.append(";".join(name for name, _ in writer.held(view)) or None)
        return Delivery("systems", [systems, functions])
    return Delivery(
        "systems",
        [
            systems,
            functions,
            Table("Dataobjekter", list(OBJECT_HEADERS), writer.object_rows()),
            Table("Integrasjoner", list(EXCHANGE_HEADERS), writer.exchange_rows()),
            Table("Fellesløsninger", list(SERVICE_HEADERS), writer.service_rows()),
        ],
    )


def _expected_objects(view: SystemView) -> dict[str, None]:
    """What the system's functions are expected to hold, each once, in order."""
    return dict.fromkeys(name for function in view.system.functions for name in function.objects)


class _Writer:
    """Rows of one municipality and period."""

    def __init__(
        self, municipality: Municipality, moment: Moment, catalogue: Catalogue, listed: Sequence[SystemView]
    ) -> None:
        self._who, self._moment, self._catalogue, self._listed = municipality, moment, catalogue, listed
        self._maturity = municipality.maturity_at(moment.years)
        self._is_thin = "systems" in municipality.thin

    def system_row(self, view: SystemView) -> Row:
        system = view.system
        dice = self._who.dice("system", system.system_id)
        return [
            system.system_id,
            system.name,
            f"{system.vendor} AS",
            system.name,
            ";".join(function.name for function in system.functions),
            self._told_areas(view),
            dice.pick(UNITS),
            self._owner_role(dice),
            dice.pick(("skytjeneste", "egen drift", "driftet av leverandør", "interkommunal drift")),
            None if dice.chance(0.02) else view.lifecycle,
            self._acquired(view),
            self._contract_end(dice),
            Decimal(dice.between(400, 9_000) * self._who.population // 2_000 * 25) / 100
            + dice.between(9, 60) * 1000,
            dice.between(3, 30 + self._who.population // 25),
            None if dice.chance(0.05) else "ja" if dice.chance(0.75) else "nei",
            self._risk_assessed(dice, system),
            None if dice.chance(0.2) else dice.between(1, 5),
            None if dice.chance(0.2) else dice.between(1, 5),
        ]

    def _told_areas(self, view: SystemView) -> Cell:
        """The focus areas, or blank for a few systems."""
        is_blank = self._who.dice("area", view.system.system_id).chance(0.05)
        return None if is_blank else ";".join(view.focus_areas)

    def _owner_role(self, dice: Dice) -> Cell:
        """A role, *ingen*, or blank; the more mature know more."""
        role, draw = self._who.role(dice, self._catalogue.roles), dice.unit()
        if draw > 0.72 + 0.25 * self._maturity:
            return None
        return "ingen" if draw < 0.06 else role

    def _acquired(self, view: SystemView) -> Cell:
        """A date, only a year, or blank; nothing for what is only planned."""
        draw = self._who.dice("acquired", view.system.system_id).unit()
        if view.lifecycle == "planlagt" or draw < 0.07:
            return None
        return view.system.acquired.year if draw < 0.2 else view.system.acquired

    def _contract_end(self, dice: Dice) -> Cell:
        day = self._moment.reference_date + timedelta(days=dice.between(-100, 1500))
        return None if dice.chance(0.2) else day

    def _risk_assessed(self, dice: Dice, system: System) -> Cell:
        """Blank, *nei*, or a date between the purchase and the period's end."""
        draw, days = dice.unit(), dice.between(0, 1300)
        if draw < 0.1:
            return None
        if draw > 0.2 + 0.8 * self._maturity:
            return "nei"
        earliest = min(system.acquired, self._moment.reference_date)
        return max(earliest, self._moment.reference_date - timedelta(days=days))

    def function_rows(self) -> list[Row]:
        active = [view for view in self._listed if view.is_active]
        rows: list[Row] = []
        for function in self._catalogue.functions:
            dice = self._who.dice("answered", function.function_id)
            names = [view.name for view in active if function in view.system.functions]
            is_silent, vouch = dice.chance(0.45 if self._is_thin else 0.03), dice.unit()
            if is_silent:
                rows.append([function.name, None, None])
            elif names:
                rows.append(
                    [
                        function.name,
                        ";".join(names),
                        "ja" if vouch < 0.93 else None if vouch < 0.97 else "nei",
                    ]
                )
            else:
                rows.append([function.name, "har ikke" if has_none(self._who, function) else None, None])
        return rows

    def held(self, view: SystemView) -> list[tuple[str, Dice]]:
        """The objects that the system's rows speak of, with the draws of each cell."""
        if not view.is_active:
            return []
        expected = _expected_objects(view)
        extra = self._who.dice("extra object", view.system.system_id)
        if extra.chance(0.3):
            expected[extra.pick(self._catalogue.objects)] = None
        cells = [(name, self._who.dice("cell", view.system.system_id, name)) for name in expected]
        # Some are careful and some are not, so that coverage differs.
        listed = 0.5 if self._is_thin else 0.85 + 0.14 * self._who.dice("care").unit()
        return [(name, dice) for name, dice in cells if dice.chance(listed)]

    def object_rows(self) -> list[Row]:
        rows: list[Row] = []
        holders: defaultdict[str, int] = defaultdict(int)
        for view in self._listed:
            for name, dice in self.held(view):
                rows.append([view.name, name, *self._cell(name, dice, is_first=holders[name] == 0)])
                holders[name] += 1
            local = self._who.dice("local object", view.system.system_id)
            if view.is_active and local.chance(0.06):
                rows.append([view.name, local.pick(LOCAL_OBJECTS), "CRUD", "ja", "ja", "egenregistrert"])
        return rows

    def _cell(self, name: str, dice: Dice, *, is_first: bool) -> Row:
        """Operations, copy, master and source. The first system that holds an object is its home."""
        kind, share, copy, master = dice.unit(), dice.unit(), dice.unit(), dice.unit()
        source = self._source(name, dice)
        if kind < 0.05:
            return ["x", None, None, None]
        if kind < 0.12 and not is_first:
            return ["ingen", "nei", "nei", None]
        if kind < 0.15:
            return [None, None, None, source]
        if not is_first and share < 0.25 + 0.75 * self._maturity:
            keeps = None if copy < 0.1 else "ja" if copy < 0.7 - 0.4 * self._maturity else "nei"
            return ["R", keeps, "nei", source]
        operations = "CRUD" if share < 0.5 else "CRU" if share < 0.8 else "CU"
        # What a national register holds has its master there, whatever some say.
        from_register = name in self._catalogue.register_objects
        is_master = is_first and master < (0.3 if from_register else 0.45 + 0.5 * self._maturity)
        return [operations, "ja", None if master > 0.92 else "ja" if is_master else "nei", source]

    def _source(self, name: str, dice: Dice) -> Cell:
        draw = dice.unit()
        if draw < 0.06:
            return None
        if name not in self._catalogue.register_objects:
            return "egenregistrert" if draw < 0.6 else "system_auto" if draw < 0.8 else "system_manuell"
        automatic = 0.15 + 0.5 * self._maturity
        if draw < automatic:
            return "register_auto"
        return "register_manuell" if draw < automatic + 0.2 else "egenregistrert"

    def exchange_rows(self) -> list[Row]:
        views = {view.name: view for view in self._listed if view.is_active}
        dice = self._who.dice("exchanges")
        rows: list[Row] = []
        for sender in dice.some(list(views), 6 + len(views) // 2):
            own = self._who.dice("exchange", sender)
            receiver, name = self._passed_on(own, sender, views)
            draw, is_blank = own.unit(), own.chance(0.1)
            automatic = None if draw < 0.06 else "ja" if draw < 0.2 + 0.7 * self._maturity else "nei"
            rows.append([sender, receiver, None if is_blank else name, automatic])
        return rows

    def _passed_on(self, dice: Dice, sender: str, views: Mapping[str, SystemView]) -> tuple[str, str]:
        """To whom and what: an object that both are expected to hold, where there is one."""
        own = _expected_objects(views[sender])
        shared = [
            (name, thing)
            for name, view in views.items()
            for thing in own
            if name != sender and thing in _expected_objects(view)
        ]
        others = [name for name in views if name != sender] or [sender]
        return dice.pick(shared) if shared else (dice.pick(others), dice.pick(self._catalogue.objects))

    def service_rows(self) -> list[Row]:
        rows: list[Row] = []
        for name in self._catalogue.services:
            dice = self._who.dice("service", name)
            draw = dice.unit()
            used = 0.35 + 0.4 * Dice("service", name).unit() + 0.5 * (self._maturity - 0.4)
            if not dice.chance(0.05):
                rows.append([name, None if dice.chance(0.04) else "ja" if draw < used else "nei"])
        return rows
