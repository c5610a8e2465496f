"""Faults planted on purpose, each as a real sender makes it, and what must become of it.

A fault works on the tables before they are written and says where it stands. Faults of a whole file
(unreadable, a required column missing) say so to the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipelines.demo.catalogue import Moment
from pipelines.demo.dice import Dice
from pipelines.demo.tables import Cell, Delivery, Table

ABSENT = "har ikke"

# A well-known placeholder name, and an address in a domain reserved for examples.
PERSON = "Kari Nordmann"
ADDRESS = "kari.nordmann@example.com"

# Fault → the rule that finds it ('' where the reader must cope).
RULES = {
    "misspelt_function": "unknown_function",
    "future_date": "date_after_period",
    "letters_in_number": "not_a_number",
    "repeated_system_id": "repeated_key",
    "illegal_answer": "unknown_answer",
    "person_in_role": "masked_person_name",
    "address_in_role": "masked_email",
    "extra_column": "unknown_column",
    "title_rows": "",
    "missing_required_column": "required_column_missing",
    "unreadable_file": "unreadable",
}
UNREADABLE = "unreadable_file"
MISSING_COLUMN = "missing_required_column"


@dataclass(frozen=True)
class Planted:
    """A fault in a table: index is the 0-based data row, None for the whole table."""

    fault: str
    kind: str
    table: str
    index: int | None
    column: str | None
    outcome: str


def _plant(fault: str, found: tuple[Delivery, Table], index: int, column: str, outcome: str) -> Planted:
    delivery, table = found
    return Planted(fault, delivery.kind, table.name, index, column, outcome)


def _find(deliveries: Sequence[Delivery], kind: str, name: str) -> tuple[Delivery, Table] | None:
    """The table where it is delivered and has rows."""
    for delivery in deliveries:
        if delivery.kind == kind and (table := delivery.table(name)) is not None and table.rows:
            return delivery, table
    return None


def _put(
    deliveries: Sequence[Delivery],
    dice: Dice,
    place: tuple[str, str, str],
    value: Cell,
    says: tuple[str, str],
) -> list[Planted]:
    """Put a value into one row of ``place`` (kind, table, column); ``says`` is fault and outcome."""
    kind, name, column = place
    found = _find(deliveries, kind, name)
    if found is None:
        return []
    table = found[1]
    rows = [index for index, row in enumerate(table.rows) if row[0] != ABSENT]
    index = dice.pick(rows)
    table.rows[index][table.column(column)] = value
    return [_plant(says[0], found, index, column, says[1])]


def misspelt_function(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """A function's name with its first two letters swapped: the row is quarantined.

    Further back in a long name the reader would see what is meant.
    """
    found = _find(deliveries, "systems", "Systemer")
    if found is None:
        return []
    table = found[1]
    index, column = dice.between(0, len(table.rows) - 1), table.column("funksjon")
    name = str(table.rows[index][column]).split(";")[0]
    table.rows[index][column] = name[1] + name[0] + name[2:]
    return [_plant("misspelt_function", found, index, "funksjon", "quarantined")]


def future_date(deliveries: Sequence[Delivery], moment: Moment, dice: Dice) -> list[Planted]:
    """A description dated after the period's end: the row is quarantined."""
    day = moment.reference_date + timedelta(days=75)
    place = ("processes", "Prosesser", "beskrevet_dato")
    return _put(deliveries, dice, place, day, ("future_date", "quarantined"))


def letters_in_number(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """Words where a number belongs: the cell is unknown, the row stays."""
    place = ("systems", "Systemer", "årlig_kostnad")
    return _put(deliveries, dice, place, "ca. 200 tusen", ("letters_in_number", "cell"))


def repeated_system_id(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """Two systems under one id: both rows are quarantined."""
    found = _find(deliveries, "systems", "Systemer")
    if found is None or len(found[1].rows) < 2:
        return []
    table = found[1]
    first = dice.between(0, len(table.rows) - 2)
    column = table.column("system_id")
    table.rows[first + 1][column] = table.rows[first][column]
    return [
        _plant("repeated_system_id", found, row, "system_id", "quarantined") for row in (first, first + 1)
    ]


def illegal_answer(deliveries: Sequence[Delivery], moment: Moment, dice: Dice) -> list[Planted]:
    """A 7 on a scale of five: the answer is invalid, the respondent stays."""
    found = _find(deliveries, "survey", "Undersøkelse")
    if found is None:
        return []
    table = found[1]
    index = dice.between(0, len(table.rows) - 1)
    column = len(table.headers) - len(moment.items) + dice.between(0, len(moment.items) - 1)
    table.rows[index][column] = 7
    return [_plant("illegal_answer", found, index, table.headers[column], "cell")]


def person_in_role(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """A person's name where a role belongs: the cell is masked."""
    return _put(
        deliveries, dice, ("processes", "Prosesser", "eier_rolle"), PERSON, ("person_in_role", "masked")
    )


def address_in_role(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """An e-mail address where a role belongs: the cell is masked."""
    place = ("systems", "Systemer", "systemeier_rolle")
    return _put(deliveries, dice, place, ADDRESS, ("address_in_role", "masked"))


def extra_columns(deliveries: Sequence[Delivery], _moment: Moment, dice: Dice) -> list[Planted]:
    """Two columns of the sender's own: a warning that names them."""
    found = _find(deliveries, "processes", "Prosesser")
    if found is None:
        return []
    table = found[1]
    table.headers += ["intern merknad", "arkivkode"]
    for row in table.rows:
        row += [None if dice.chance(0.7) else "se møtereferat", f"{dice.between(100, 999)}"]
    names = ("intern merknad", "arkivkode")
    return [Planted("extra_column", "processes", table.name, None, name, "warning") for name in names]


def title_rows(deliveries: Sequence[Delivery], moment: Moment, _dice: Dice) -> list[Planted]:
    """A title and a note above the header: read correctly."""
    found = _find(deliveries, "processes", "Prosesser")
    if found is None:
        return []
    found[1].titles = ["Prosesskartlegging", f"Utfylt for perioden {moment.period}"]
    return [Planted("title_rows", "processes", found[1].name, None, None, "accepted")]


def missing_required_column(deliveries: Sequence[Delivery], _moment: Moment, _dice: Dice) -> list[Planted]:
    """The systems table without its name column: rejected."""
    return drop_column(deliveries, "systems", "Systemer", "systemnavn")


def drop_column(deliveries: Sequence[Delivery], kind: str, name: str, column: str) -> list[Planted]:
    """Take a column out of a table."""
    found = _find(deliveries, kind, name)
    if found is None:
        return []
    table = found[1]
    place = table.column(column)
    del table.headers[place]
    for row in table.rows:
        del row[place]
    return [Planted(MISSING_COLUMN, kind, name, None, column, "rejected")]


def unreadable_file(deliveries: Sequence[Delivery], _moment: Moment, _dice: Dice) -> list[Planted]:
    """The file of the systems table is cut off or overwritten: rejected. The writer does the damage."""
    found = _find(deliveries, "systems", "Systemer")
    return [Planted(UNREADABLE, "systems", "Systemer", None, None, "rejected")] if found else []


Fault = Callable[[Sequence[Delivery], Moment, Dice], list[Planted]]
FAULTS: tuple[Fault, ...] = (
    misspelt_function,
    future_date,
    letters_in_number,
    repeated_system_id,
    illegal_answer,
    person_in_role,
    address_in_role,
    extra_columns,
    title_rows,
    missing_required_column,
    unreadable_file,
)
# With one of these no system of the municipality is known, so nothing may refer to one.
WITHOUT_SYSTEMS: tuple[Fault, ...] = (missing_required_column, unreadable_file)

# One sender in about three has some fault in some period: 5 and 36 share no factor, so that every fault
# meets municipalities of every format and size.
ROUND = 36


def fault_of(index: int, period_index: int) -> Fault | None:
    """The fault that the index-th municipality makes in the given period, if any."""
    slot = (5 * index + 7 * period_index) % ROUND
    return FAULTS[slot] if slot < len(FAULTS) else None


def quarantined_rows(deliveries: Sequence[Delivery], planted: Sequence[Planted]) -> dict[str, set[int]]:
    """0-based data rows that must be quarantined, by table: the planted ones and those that follow them.

    A row that names a quarantined system or process follows it into quarantine; where the systems
    table itself is rejected, no system is known and every row that names one is quarantined.
    """
    tables = {table.name: table for delivery in deliveries for table in delivery.tables}
    bad: dict[str, set[int]] = {name: set() for name in tables}
    for fault in planted:
        if fault.outcome == "quarantined" and fault.index is not None:
            bad[fault.table].add(fault.index)
    by_system = {
        "Funksjoner": ("systemer",),
        "Dataobjekter": ("systemnavn",),
        "Integrasjoner": ("fra_system", "til_system"),
        "Prosesser": ("systemer",),
    }
    _follow(tables, bad, by_system, _lost(tables, bad, planted, "Systemer", "systemnavn"))
    by_process = {"Opplysninger": ("prosessnavn",), "Tiltak": ("prosesser",)}
    _follow(tables, bad, by_process, _lost(tables, bad, planted, "Prosesser", "prosessnavn"))
    return bad


def _lost(
    tables: Mapping[str, Table],
    bad: Mapping[str, set[int]],
    planted: Sequence[Planted],
    name: str,
    header: str,
) -> set[Cell] | None:
    """The names that a table's quarantined rows carry; None (all there are) when the table is rejected."""
    if any(fault.table == name and fault.outcome == "rejected" for fault in planted):
        return None
    if name not in tables:
        return set()
    place = tables[name].column(header)
    return {tables[name].rows[index][place] for index in bad[name]}


def _follow(
    tables: Mapping[str, Table],
    bad: dict[str, set[int]],
    referring: Mapping[str, tuple[str, ...]],
    lost: set[Cell] | None,
) -> None:
    """Add the rows that name something lost; a function that has no system names none."""
    for name, columns in referring.items():
        table = tables.get(name)
        places = [table.column(c) for c in columns if c in table.headers] if table else []
        for index, row in enumerate(table.rows if table else ()):
            cells = [row[place] for place in places]
            named = {part for cell in cells if isinstance(cell, str) for part in cell.split(";")} - {ABSENT}
            if named and (lost is None or lost & named):
                bad[name].add(index)
