"""Tables that many cases share: a few systems, processes and answers that break no rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

HEADER = ["systemnavn", "funksjon", "livsløp", "anskaffet", "årlig_kostnad", "brukere"]
HEALTH = "Pasientjournal for helse og omsorg"
PAYROLL = "Lønn og personal"
MAPS = "Kart og geodata"
NAMES = ["Fagsystem Ærlig", "Fagsystem Økern", "Fagsystem Åsen"]
DATES = [date(2019, 3, 14), date(2021, 11, 2), date(2024, 6, 30)]
COSTS = [Decimal("1250000.50"), Decimal("98000.25"), Decimal("1.50")]
USERS = [240, 12, 7]
SYSTEMS: list[list[object]] = [
    [NAMES[0], HEALTH, "i bruk", DATES[0], 1250000.5, 240],
    [NAMES[1], PAYROLL, "i bruk", DATES[1], 98000.25, 12],
    [NAMES[2], MAPS, "planlagt", DATES[2], 1.5, 7],
]
SYSTEM_VALUES: dict[str, list[object]] = {
    "system.system_name": list(NAMES),
    "system.lifecycle": ["in_use", "in_use", "planned"],
    "system.acquired_date": list(DATES),
    "system.annual_cost": list(COSTS),
    "system.n_users": list(USERS),
}
PROCESSES: list[list[object]] = [
    ["prosessnavn", "referanseprosess", "eierskap", "beskrevet_dato", "måles"],
    ["Opptak til barnehage", "Tildele barnehageplass", "linjeleder", date(2025, 1, 20), "ja"],
    ["Byggesak", "building_permit", "prosesseier", "nei", "nei"],
]


def systems_with(column: int, values: list[object]) -> list[list[object]]:
    """The header and the systems, with other values in one column."""
    rows = [HEADER]
    for system, value in zip(SYSTEMS, values, strict=True):
        rows.append([*system[:column], value, *system[column + 1 :]])
    return [list(row) for row in rows]
