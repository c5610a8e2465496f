"""TIME_E, SYS_ROS and SYS_NEW: shares of active systems."""

from __future__ import annotations

from collections.abc import Sequence

from .cell import Cell
from .shares import GONE, OUT, UNKNOWN, Options, option, share_cell
from .systems import System


def _phase_out(system: System) -> bool | None:
    """No when either fit is 3 or more, yes when both are below."""
    fits = (system.functional, system.technical)
    if any(fit is not None and fit >= 3 for fit in fits):
        return False
    return None if None in fits else True


def _of_active(system: System, answer: bool | None) -> Options:
    """A quarantined system is in scope and unknown; a blank *livsløp* leaves the scope open."""
    if system.is_quarantined:
        return UNKNOWN
    options = option(answer)
    return options | {OUT} if system.may_be_gone else options


def _assessed(system: System) -> Options:
    """Only systems with personal data; a blank *personopplysninger* leaves the scope open."""
    if system.is_quarantined:
        return UNKNOWN
    if system.is_personal is False:
        return GONE
    options = _of_active(system, system.is_assessed)
    return options | {OUT} if system.is_personal is None else options


def lifecycle_cells(systems: Sequence[System], is_covered: bool) -> dict[str, Cell]:
    """is_covered: whether COV_SYS is high enough."""
    active = [system for system in systems if system.is_active]
    return {
        "TIME_E": share_cell([_of_active(s, _phase_out(s)) for s in active], is_covered),
        "SYS_ROS": share_cell([_assessed(s) for s in active], is_covered),
        "SYS_NEW": share_cell([_of_active(s, s.is_new) for s in active], is_covered),
    }
