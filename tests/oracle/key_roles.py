"""KEY1: how much the most loaded role carries of core processes and active systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .cell import HUNDRED, Cell, enough, percent
from .processes import CoreProcess
from .ratio import Choice, greatest_ratio, least_ratio
from .roles import NOBODY
from .systems import System


@dataclass(frozen=True)
class Loads:
    """The things of one municipality.

    fixed: the loads of roles in things that are surely in scope, of which there are n_fixed;
    open_roles: things that may be out of scope, with a known role; n_unknown: things whose role is
    unknown, which may have any role, or none and be out.
    """

    fixed: Counter[str]
    n_fixed: int
    n_unknown: int
    open_roles: Counter[str]

    @property
    def most(self) -> int:
        return max(self.fixed.values(), default=0)

    @property
    def n(self) -> int:
        return self.n_fixed + self.n_unknown + self.open_roles.total()


def read_loads(processes: Sequence[CoreProcess | None], systems: Sequence[System]) -> Loads:
    fixed: Counter[str] = Counter()
    open_roles: Counter[str] = Counter()
    n_fixed = n_unknown = 0
    for process in processes:
        if process is None:
            continue
        if process.roles is None:
            n_unknown += 1
        elif process.roles:
            fixed.update(process.roles)
            n_fixed += 1
    for system in systems:
        if not system.is_active or system.role == NOBODY:
            continue
        if system.may_be_gone and system.role is not None:
            open_roles[system.role] += 1
        elif system.role is None:
            n_unknown += 1
        else:
            fixed[system.role] += 1
            n_fixed += 1
    return Loads(fixed, n_fixed, n_unknown, open_roles)


def greatest_choices(loads: Loads) -> list[Choice]:
    """(load of the most loaded role, things), where one role gets all that it can."""
    roles = {*loads.fixed, *loads.open_roles, "somebody"}
    found = []
    for role in sorted(roles):
        own = loads.fixed[role] + loads.n_unknown + loads.open_roles[role]
        others = loads.n_fixed - loads.fixed[role]
        found.append((own, own + others))
    return found


def least_choices(loads: Loads) -> list[Choice]:
    """(load of the most loaded role, things), where every unknown thing has a role of its own.

    The more a role may carry, the more of the open things with it can be in scope.
    """
    found = []
    for most in range(max(1, loads.most), max(1, loads.most, *_tops(loads)) + 1):
        room = sum(min(number, max(0, most - loads.fixed[role])) for role, number in loads.open_roles.items())
        things = loads.n_fixed + loads.n_unknown + room
        if things:
            found.append((most, things))
    if not loads.n_fixed:
        found.append((0, 0))
    return found or [(0, 0)]


def _tops(loads: Loads) -> list[int]:
    return [loads.fixed[role] + number for role, number in loads.open_roles.items()]


def key_role_cell(parts: Sequence[Loads], is_covered: bool) -> Cell:
    """is_covered: whether COV_PRO and COV_FUN are high enough; each part adds its own most loaded role."""
    load = sum(one.most for one in parts)
    known = sum(one.n_fixed for one in parts)
    n = sum(one.n for one in parts)
    low = percent(least_ratio([least_choices(one) for one in parts]))
    high = percent(greatest_ratio([greatest_choices(one) for one in parts]))
    cell = Cell(
        "no_denominator",
        numerator=Fraction(load),
        denominator=Fraction(known),
        n=n,
        coverage=HUNDRED * Fraction(known, n) if n else None,
    )
    if not is_covered or not enough(known, n):
        return replace(cell, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if not known:
        return cell
    return replace(
        cell, status="ok", value=HUNDRED * Fraction(load, known), lower_bound=low, upper_bound=high
    )
