"""PRO_ and COV_PRO: the core reference processes, each yes, no or unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .calendar import is_recent, read_date
from .cell import HUNDRED, Cell, enough
from .names import norm, parts
from .pack import Pack
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
MEANS_NO = {"nei", "ingen", "har ikke", "no", "none"}


@dataclass(frozen=True)
class ProcessRow:
    """One row of *Prosesser*; None is unknown, and a quarantined row is unknown throughout."""

    process_id: str | None
    is_absent: bool = False
    is_quarantined: bool = False
    ownership: str | None = None
    is_cross_unit: bool | None = None
    is_described: bool | None = None
    is_measured: bool | None = None


@dataclass(frozen=True)
class CoreProcess:
    """What is known of one core process: its rows put together."""

    is_delivered: bool
    ownership: str | None = None
    is_cross_unit: bool | None = None
    is_described: bool | None = None
    is_measured: bool | None = None


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
        return ProcessRow(process_id, is_quarantined=True)
    if norm(name) in ABSENT:
        return ProcessRow(process_id, is_absent=True)
    # "Ingen" is a known answer, and as little cross-unit as a single unit is.
    units = {norm(unit) for unit in parts(cells.get("enheter", ""))} - MEANS_NO
    has_units = bool(parts(cells.get("enheter", "")))
    return ProcessRow(
        process_id,
        ownership=OWNERSHIP.get(norm(cells.get("eierskap", ""))),
        is_cross_unit=len(units) >= 2 if has_units else None,
        is_described=is_recent(described, reference_date) if described else _only_no(described_text),
        is_measured=yes_no(cells.get("måles", "")),
    )


def _only_no(text: str) -> bool | None:
    return False if norm(text) in MEANS_NO else None


def combine(rows: Sequence[ProcessRow]) -> CoreProcess | None:
    """The least favourable known answer of a core process's rows; None when it is *har ikke*."""
    present = [row for row in rows if not row.is_absent]
    accepted = [row for row in present if not row.is_quarantined]
    if any(row.is_absent for row in rows) and not accepted:
        return None
    if not accepted:
        return CoreProcess(False)
    return CoreProcess(
        True,
        _ownership([row.ownership for row in present]),
        _any_yes([row.is_cross_unit for row in present]),
        _all_yes([row.is_described for row in present]),
        _all_yes([row.is_measured for row in present]),
    )


def _ownership(answers: list[str | None]) -> str | None:
    if NONE in answers:
        return NONE
    if None in answers:
        return None
    return LINE if LINE in answers else OWNER


def _all_yes(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _any_yes(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


def core_processes(rows: Sequence[ProcessRow], pack: Pack) -> dict[str, CoreProcess | None]:
    """Each core process of the pack with what is known of it; None is *har ikke*."""
    by_process: dict[str, list[ProcessRow]] = defaultdict(list)
    for row in rows:
        if row.process_id is not None:
            by_process[row.process_id].append(row)
    return {process_id: combine(by_process[process_id]) for process_id in pack.core("process")}


# What one thing can be: any of "yes", "no", "out". One entry is known.
Options = frozenset[str]
YES, NO, OUT = "yes", "no", "out"


def share_cell(things: Sequence[Options], family_is_covered: bool) -> Cell:
    """The share rule over things whose scope may be unknown.

    things: what each can be; a thing that can only be out is no thing at all.
    """
    scoped = [options for options in things if options != frozenset({OUT})]
    yes = sum(options == frozenset({YES}) for options in scoped)
    no = sum(options == frozenset({NO}) for options in scoped)
    known, everything = yes + no, len(scoped)
    coverage = HUNDRED * Fraction(known, everything) if everything else None
    plain = Cell(
        "no_denominator",
        numerator=Fraction(yes),
        denominator=Fraction(known),
        n=everything,
        coverage=coverage,
    )
    low, high = (extreme(scoped, NO, YES), extreme(scoped, YES, NO)) if scoped else (None, None)
    if not family_is_covered or not enough(known, everything):
        return replace(plain, status="insufficient_coverage", lower_bound=low, upper_bound=high)
    if not known:
        return plain
    value = HUNDRED * Fraction(yes, known)
    return replace(plain, status="ok", value=value, lower_bound=low, upper_bound=high)


def extreme(things: Sequence[Options], liked: str, disliked: str) -> Fraction:
    """The share of yes in the completion that takes ``liked``, else out, else ``disliked``.

    Where that leaves no denominator, nothing can be ``liked`` and one ``disliked`` thing decides.
    """
    chosen = [liked if liked in o else OUT if OUT in o else disliked for o in things]
    inside = [choice for choice in chosen if choice != OUT] or [disliked]
    return HUNDRED * Fraction(inside.count(YES), len(inside))


def option(answer: bool | None) -> Options:
    """What one thing of a known scope can be."""
    return frozenset({YES, NO}) if answer is None else frozenset({YES if answer else NO})


def scoped_option(process: CoreProcess, wanted: str) -> Options:
    """What a process can be where only cross-unit ones are in scope."""
    if process.is_cross_unit is False:
        return frozenset({OUT})
    inside = option(None if process.ownership is None else process.ownership == wanted)
    return inside | {OUT} if process.is_cross_unit is None else inside


def process_cells(core: dict[str, CoreProcess | None]) -> dict[str, Cell]:
    """The six PRO_ indicators of this issue and COV_PRO."""
    present = [process for process in core.values() if process is not None]
    answered = sum(1 for process in core.values() if process is None or process.is_delivered)
    covered = enough(answered, len(core))
    owned = [None if p.ownership is None else p.ownership != NONE for p in present]
    things: dict[str, list[Options]] = {
        "PRO_OWN": [option(answer) for answer in owned],
        "PRO_OWNX": [scoped_option(process, OWNER) for process in present],
        "PRO_XUN": [scoped_option(process, NONE) for process in present],
        "PRO_X": [option(process.is_cross_unit) for process in present],
        "PRO_DOC": [option(process.is_described) for process in present],
        "PRO_MEAS": [option(process.is_measured) for process in present],
    }
    cells = {indicator: share_cell(options, covered) for indicator, options in things.items()}
    cells["COV_PRO"] = coverage_cell(answered, len(core))
    return cells


def coverage_cell(known: int, expected: int) -> Cell:
    """A COV_ indicator: ok whenever the kind was delivered, 100 when nothing is expected.

    Its own coverage is whole: of every expected thing it is known whether it is known.
    """
    value = HUNDRED * Fraction(known, expected) if expected else HUNDRED
    return Cell(
        "ok",
        value,
        numerator=Fraction(known),
        denominator=Fraction(expected),
        n=expected,
        coverage=HUNDRED,
    )
