"""One municipality's post for one period: tables, faults, files, and what they must lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.demo.catalogue import Catalogue, Moment
from pipelines.demo.faults import (
    RULES,
    UNREADABLE,
    WITHOUT_SYSTEMS,
    Fault,
    Planted,
    quarantined_rows,
)
from pipelines.demo.files import OutFile, nettskjema_csv, norwegian_csv, workbook
from pipelines.demo.municipalities import Municipality
from pipelines.demo.processes import process_delivery
from pipelines.demo.survey import survey_table
from pipelines.demo.systems import system_delivery, views
from pipelines.demo.tables import Delivery, PlantedFault, Table

ENCODINGS = {"csv-cp1252": "cp1252", "csv-utf8": "utf-8-sig"}
FILE_WORDS = {"survey": "undersokelse", "processes": "prosesser", "systems": "systemer"}
# A workbook of this many respondents takes long to write and longer to open; tools export CSV then.
MOST_RESPONDENTS_IN_A_WORKBOOK = 200
GUIDE = (
    "Slik fyller du ut",
    "Tomme celler betyr at dere ikke vet. Bare nei, ingen og har ikke betyr nei.",
    "Skriv roller, ikke navn på personer.",
    "Flere verdier i en celle skilles med semikolon.",
)


@dataclass(frozen=True)
class Expected:
    """What the pipeline must say of one kind in one file; received and quarantined are
    None where no table can be found."""

    path: str
    kind: str
    status: str
    received: int | None
    accepted: int
    quarantined: int | None


@dataclass(frozen=True)
class Post:
    """The files of one municipality's folder, the faults in them, the respondents, the outcomes."""

    folder: str
    files: tuple[OutFile, ...]
    faults: tuple[PlantedFault, ...]
    expected: tuple[Expected, ...]
    respondents: int


def fill_in(
    municipality: Municipality, moment: Moment, catalogue: Catalogue, *, systems_known: bool = True
) -> list[Delivery]:
    """The kinds that the municipality delivers; processes name systems only where those are known."""
    listed = views(municipality, moment, catalogue)
    nameable = listed if systems_known and "systems" in municipality.kinds else []
    deliveries = []
    if "survey" in municipality.kinds:
        deliveries.append(Delivery("survey", [survey_table(municipality, moment, catalogue)]))
    if "processes" in municipality.kinds:
        deliveries.append(process_delivery(municipality, moment, catalogue, nameable))
    if "systems" in municipality.kinds:
        deliveries.append(system_delivery(municipality, moment, catalogue, listed))
    for delivery in deliveries:
        delivery.tables = [table for table in delivery.tables if table.rows]
    return deliveries


def send(
    municipality: Municipality,
    moment: Moment,
    catalogue: Catalogue,
    faults: Sequence[Fault] = (),
    *,
    together: bool = False,
    compress: bool = False,
) -> Post:
    """Fill in, plant the faults, make the files.

    together: processes and systems in one workbook; compress: see ``workbook``.
    """
    systems_known = not any(fault in WITHOUT_SYSTEMS for fault in faults)
    deliveries = fill_in(municipality, moment, catalogue, systems_known=systems_known)
    planted: list[Planted] = []
    for number, fault in enumerate(faults):
        planted += fault(deliveries, moment, municipality.dice("fault", moment.period, number))
    packed = _pack(municipality, deliveries, together=together, compress=compress)
    damaged = {fault.table for fault in planted if fault.fault == UNREADABLE}
    packed = [_damage(file) if damaged & set(file.sheets) else file for file in packed]
    folder = f"{moment.period}/{municipality.number}"
    return Post(
        folder,
        tuple(packed),
        tuple(_located(fault, folder, packed, deliveries) for fault in planted),
        tuple(_expected(folder, packed, deliveries, planted)),
        sum(len(d.tables[0].rows) for d in deliveries if d.kind == "survey"),
    )


def _pack(
    municipality: Municipality, deliveries: Sequence[Delivery], *, together: bool, compress: bool
) -> list[OutFile]:
    files: list[OutFile] = []
    registers = [delivery for delivery in deliveries if delivery.kind != "survey"]
    for delivery in deliveries:
        if delivery.kind == "survey":
            files.append(_survey_file(municipality, delivery.tables[0], compress=compress))
        elif municipality.register_format != "xlsx":
            encoding = ENCODINGS[municipality.register_format]
            files += [norwegian_csv(table, encoding) for table in delivery.tables]
        elif not together:
            name = f"{FILE_WORDS[delivery.kind]}.xlsx"
            files.append(workbook(name, delivery.tables, GUIDE, compress=compress))
    if together and registers:
        tables = [table for delivery in registers for table in delivery.tables]
        files.append(workbook("kartlegging.xlsx", tables, GUIDE, compress=compress))
    return files


def _survey_file(municipality: Municipality, table: Table, *, compress: bool) -> OutFile:
    if municipality.survey_format == "nettskjema":
        return nettskjema_csv(table)
    if municipality.survey_format == "xlsx" and len(table.rows) <= MOST_RESPONDENTS_IN_A_WORKBOOK:
        return workbook("undersokelse.xlsx", [table], (), compress=compress)
    return norwegian_csv(table, "cp1252")


def _damage(file: OutFile) -> OutFile:
    """A workbook loses its end, as when a transfer breaks; a text file becomes what no text is."""
    if file.name.endswith(".xlsx"):
        return OutFile(file.name, file.content[: len(file.content) // 3], file.sheets)
    return OutFile(file.name, b"\x00\xff\x00\x07" * 64, file.sheets)


def _located(
    fault: Planted, folder: str, files: Sequence[OutFile], deliveries: Sequence[Delivery]
) -> PlantedFault:
    file = next(file for file in files if fault.table in file.sheets)
    table = _table(deliveries, fault.table)
    row = None if fault.index is None else table.row_number(fault.index)
    return PlantedFault(
        fault=fault.fault,
        path=f"{folder}/{file.name}",
        sheet=file.sheets[fault.table],
        row=row,
        column=fault.column,
        outcome=fault.outcome,
        rule=RULES[fault.fault],
    )


def _table(deliveries: Sequence[Delivery], name: str) -> Table:
    return next(table for delivery in deliveries for table in delivery.tables if table.name == name)


def _expected(
    folder: str, files: Sequence[OutFile], deliveries: Sequence[Delivery], planted: Sequence[Planted]
) -> list[Expected]:
    """One per file and kind. A required column missing rejects the kind's whole delivery in that file."""
    bad = quarantined_rows(deliveries, planted)
    lost = {(fault.table, fault.fault) for fault in planted if fault.outcome == "rejected"}
    outcomes: list[Expected] = []
    for file in files:
        for delivery in deliveries:
            tables = [table for table in delivery.tables if table.name in file.sheets]
            if not tables:
                continue
            faults = {fault for table, fault in lost if table in {t.name for t in tables}}
            rows = sum(len(table.rows) for table in tables)
            outside = sum(len(bad[table.name]) for table in tables)
            path = f"{folder}/{file.name}"
            outcomes.append(_outcome(path, delivery.kind, faults, rows, outside))
    return outcomes


def _outcome(path: str, kind: str, faults: set[str], rows: int, outside: int) -> Expected:
    if UNREADABLE in faults:
        return Expected(path, kind, "rejected", None, 0, None)
    if faults:
        return Expected(path, kind, "rejected", rows, 0, rows)
    return Expected(path, kind, "partly_accepted" if outside else "accepted", rows, rows - outside, outside)
