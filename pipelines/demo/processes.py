"""Process inventories: the reference processes, a few local ones, what they ask for, and initiatives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pipelines.demo.catalogue import Catalogue, Moment, Process
from pipelines.demo.dice import Dice
from pipelines.demo.municipalities import Municipality
from pipelines.demo.names import GOALS, INITIATIVES, LOCAL_PROCESSES, UNITS
from pipelines.demo.systems import SystemView
from pipelines.demo.tables import Cell, Delivery, Row, Table

ABSENT = "har ikke"
TYPES = {"main": "hovedprosess", "support": "støtteprosess", "management": "styringsprosess"}
PROCESS_HEADERS = [
    "prosessnavn", "referanseprosess", "prosesstype", "satsingsområde", "eierskap", "eier_rolle",
    "eier_enhet", "enheter", "systemer", "beskrevet_dato", "måles", "selvbetjening", "volum_per_år",
]  # fmt: skip
DATA_HEADERS = ["prosessnavn", "dataobjekt", "innhenting"]
INITIATIVE_HEADERS = [
    "tiltak", "prosesser", "mål", "besluttet_dato", "kartlagt_før", "ansvarlig_rolle", "gevinst_måles",
    "status",
]  # fmt: skip
SIZE_OF_ABSENCE = {"small": 0.10, "medium": 0.04, "large": 0.0}


def process_delivery(
    municipality: Municipality, moment: Moment, catalogue: Catalogue, systems: Sequence[SystemView]
) -> Delivery:
    """The three sheets. ``systems`` are those that process rows may name (none: the column is blank)."""
    writer = _Writer(municipality, moment, catalogue, systems)
    delivered = [process for process in catalogue.processes if writer.is_delivered(process)]
    present = [process for process in delivered if not writer.is_absent(process)]
    rows = [writer.absent_row(p) if writer.is_absent(p) else writer.row(p) for p in delivered]
    rows += [writer.local_row(name) for name in writer.local_names()]
    return Delivery(
        "processes",
        [
            Table("Prosesser", list(PROCESS_HEADERS), rows),
            Table("Opplysninger", list(DATA_HEADERS), [row for p in present for row in writer.data_rows(p)]),
            Table("Tiltak", list(INITIATIVE_HEADERS), writer.initiative_rows(present)),
        ],
    )


class _Writer:
    """Rows of one municipality and period; what a process is stays, how mature it is grows."""

    def __init__(
        self, municipality: Municipality, moment: Moment, catalogue: Catalogue, systems: Sequence[SystemView]
    ) -> None:
        self._who, self._moment, self._catalogue, self._systems = municipality, moment, catalogue, systems
        self._maturity = municipality.maturity_at(moment.years)
        self._evenly = _spread(municipality, [process.process_id for process in catalogue.processes])

    def is_delivered(self, process: Process) -> bool:
        share = 0.5 if "processes" in self._who.thin else 0.97
        return self._who.dice("delivered", process.process_id).chance(share)

    def is_absent(self, process: Process) -> bool:
        return self._who.dice("absent", process.process_id).chance(SIZE_OF_ABSENCE[self._who.size_class])

    def local_names(self) -> list[str]:
        dice = self._who.dice("local processes")
        return dice.some(LOCAL_PROCESSES, dice.between(0, 3))

    def absent_row(self, process: Process) -> Row:
        return [ABSENT, process.name, *[None] * (len(PROCESS_HEADERS) - 2)]

    def row(self, process: Process) -> Row:
        head: Row = [process.name, process.name, TYPES[process.process_type], process.focus_area]
        systems = [s for s in self._systems if s.is_active and process.focus_area in s.focus_areas]
        return head + self._state(process.process_id, systems, is_citizen_facing=process.is_citizen_facing)

    def local_row(self, name: str) -> Row:
        head: Row = [name, None, TYPES["main"], self._who.dice(name).pick(self._catalogue.focus_areas)]
        return head + self._state(name, [], is_citizen_facing=True)

    def _state(self, key: str, systems: Sequence[SystemView], *, is_citizen_facing: bool) -> Row:
        """Everything after the focus area."""
        dice = self._who.dice("process", key)
        ownership = self._ownership(self._evenly.get(key, 0.5), dice.chance(0.05))
        units = dice.some(UNITS, 1 + int(3.2 * dice.unit()))
        named = dice.some([s.name for s in systems], dice.between(0, 2))
        owned = ownership in ("linjeleder", "prosesseier")
        role = self._owner_role(dice, ownership)
        volume = int(self._who.population * 0.3 * dice.unit() ** 3) + 1
        described = self._described(key, dice)
        measured = _yes_no(dice, 0.02 + 0.55 * self._maturity, blank=0.06)
        # Drawn before the choice, so that one process's blank moves nothing else of it.
        no_units, no_volume = dice.chance(0.05), dice.chance(0.25)
        is_irrelevant = dice.chance(0.06 if is_citizen_facing else 0.7)
        online = _yes_no(dice, 0.1 + 0.6 * self._maturity, blank=0.08)
        self_service = "ikke relevant" if is_irrelevant else online
        return [
            ownership,
            role,
            units[0] if owned else None,
            None if no_units else ";".join(units),
            ";".join(named) or None,
            described,
            measured,
            self_service,
            None if no_volume else volume,
        ]

    def _owner_role(self, dice: Dice, ownership: Cell) -> Cell:
        """A role, *ingen* where nobody owns it, or blank."""
        role, is_told = self._who.role(dice, self._catalogue.roles), dice.chance(0.85)
        if not is_told or ownership is None:
            return None
        return "ingen" if ownership == "ingen" else role

    def _ownership(self, draw: float, is_blank: bool) -> Cell:
        if is_blank:
            return None
        if draw < 0.45 * self._maturity - 0.08:
            return "prosesseier"
        return "linjeleder" if draw < 0.35 + 0.75 * self._maturity else "ingen"

    def _described(self, key: str, dice: Dice) -> Cell:
        """The latest time it was described: a date, only a year, *nei*, or blank."""
        dates = [
            day
            for year in range(2019, self._moment.reference_date.year + 1)
            if (day := self._described_in(key, year)) and day <= self._moment.reference_date
        ]
        is_blank, is_year = dice.chance(0.06), dice.chance(0.15)
        if is_blank:
            return None
        if not dates:
            return "nei"
        return dates[-1].year if is_year else dates[-1]

    def _described_in(self, key: str, year: int) -> date | None:
        dice = self._who.dice("described", key, year)
        if not dice.chance(0.04 + 0.28 * self._maturity_in(year)):
            return None
        return date(year, 1, 1) + timedelta(days=dice.between(0, 364))

    def _maturity_in(self, year: int) -> float:
        return self._who.maturity_at(year - 2023)

    def data_rows(self, process: Process) -> list[Row]:
        rows: list[Row] = []
        for name in process.objects:
            dice = self._who.dice("collected", process.process_id, name)
            draw, blank = dice.unit(), dice.chance(0.08)
            automatic = 0.06 + 0.5 * self._maturity
            asked, typed = automatic + (1 - automatic) * 0.55, automatic + (1 - automatic) * 0.85
            way = (
                "register_auto"
                if draw < automatic
                else "spurt_bruker"
                if draw < asked
                else "tastet_manuelt"
                if draw < typed
                else "gjenbruk_internt"
            )
            rows.append([process.name, name, None if blank else way])
        return rows

    def initiative_rows(self, present: Sequence[Process]) -> list[Row]:
        dice = self._who.dice("initiatives")
        rows: list[Row] = []
        for name in dice.some(INITIATIVES, dice.between(4, 8)):
            own = self._who.dice("initiative", name)
            decided = date(2023, 1, 1) + timedelta(days=own.between(0, 1200))
            if decided > self._moment.reference_date:
                continue
            processes = own.some([p.name for p in present], own.between(0, 2))
            rows.append(
                [
                    name,
                    ";".join(processes) or None,
                    own.pick(GOALS) or None,
                    decided,
                    _yes_no(own, 0.1 + 0.5 * self._maturity, blank=0.1),
                    self._responsible(own),
                    _yes_no(own, 0.02 + 0.35 * self._maturity, blank=0.1),
                    own.pick(("planlagt", "pågår", "ferdig")),
                ]
            )
        return rows

    def _responsible(self, dice: Dice) -> Cell:
        """A role, *ingen*, or blank."""
        role, draw = self._who.role(dice, self._catalogue.roles), dice.unit()
        return None if draw < 0.1 else role if draw < 0.55 + 0.4 * self._maturity else "ingen"


def _spread(municipality: Municipality, keys: Sequence[str]) -> dict[str, float]:
    """A draw for each key, one in each of as many equal parts of 0-1 as there are keys.

    Twenty free draws are so uneven that the hidden maturity hardly shows in a share of them.
    """
    draws = {key: municipality.dice("spread", key).unit() for key in keys}
    ordered = sorted(keys, key=lambda key: (draws[key], key))
    return {key: (place + draws[key]) / len(keys) for place, key in enumerate(ordered)}


def _yes_no(dice: Dice, probability: float, *, blank: float) -> Cell:
    draw, is_blank = dice.unit(), dice.chance(blank)
    return None if is_blank else "ja" if draw < probability else "nei"
