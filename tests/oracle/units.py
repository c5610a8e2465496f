"""What numbers are computed for: a municipality in a period, on a boundary, whole or one focus area."""

from __future__ import annotations

from dataclasses import dataclass

from .cell import worst
from .pack import Pack
from .parts import Parts

DELIVERED, CURRENT, WHOLE = "delivered", "current", "all"


@dataclass(frozen=True, order=True)
class Unit:
    """A municipality in a period on a boundary, and the delivering municipalities behind it."""

    municipality: str
    period: str
    boundary: str
    parts: tuple[str, ...]
    is_broken: bool = False


def index(parts: Parts) -> list[tuple[str, str]]:
    """Participants ∪ deliverers, as (municipality number, period)."""
    named = {(row["municipality_number"], row["period"]) for row in parts.pack.rows("participant")}
    return sorted(named | {(number, period) for (number, period, _), _ in parts.counting})


def units(parts: Parts) -> list[Unit]:
    """Every municipality of the index, as delivered and on today's boundaries."""
    pack = parts.pack
    own = index(parts)
    found = {Unit(number, period, DELIVERED, (number,)) for number, period in own}
    for number, period in own:
        for end in pack.successors(number):
            found.add(current_unit(pack, end, period))
    return sorted(found)


def current_unit(pack: Pack, municipality: str, period: str) -> Unit:
    """Today's municipality: the numbers of the period that lead to it; broken where one split."""
    numbers = tuple(pack.parts(municipality, period))
    return Unit(municipality, period, CURRENT, numbers, any(pack.is_split(number) for number in numbers))


def delivery_status(parts: Parts, unit: Unit, kinds: list[str], mode: str) -> str:
    """delivered when every part delivered every kind, else the worst status among them."""
    found = [
        parts.status(part, unit.period, kind, mode if kind == "survey" else "register")
        for kind in kinds
        for part in unit.parts
    ]
    missing = [status for status in found if status != "delivered"]
    # Official answers of several parts are no answer of the whole.
    if not found or (mode == "official" and len(unit.parts) > 1):
        return "not_delivered"
    return worst(missing) if missing else "delivered"


def survey_areas(parts: Parts, unit: Unit, mode: str) -> list[str]:
    """The focus areas that a respondent of the unit carries; official answers are not cut."""
    if mode != "respondents" or delivery_status(parts, unit, ["survey"], mode) != "delivered":
        return []
    surveys = [parts.survey(part, unit.period, mode) for part in unit.parts]
    return sorted({area for survey in surveys for areas in survey.areas for area in areas})
