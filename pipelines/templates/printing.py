"""The rows that stand in a template before anybody fills it in. Pure.

What the pack expects an answer to is printed in the pack's order, with last time's answers in place; then
follow last time's other rows, as they came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import polars as pl

from pipelines.ingest.contract import Sheet
from pipelines.ingest.model import MASK
from pipelines.ingest.text import key
from pipelines.templates.labels import CORE, Cell, Labels
from pipelines.templates.last import LastAnswers, Typed

# A column for information, and the sheets that have it.
INFO = "info"
INFORMED = frozenset({"functions", "shared_services"})
Row = dict[str, Cell]
Key = Callable[[Typed], Hashable]


class Printer:
    """Rows by sheet, in the language of the labels."""

    def __init__(self, labels: Labels, last: LastAnswers) -> None:
        self._labels, self._last = labels, last
        self._pack = labels.pack

    def rows(self, sheet: Sheet) -> list[Row]:
        """A sheet's rows, by column name."""
        printed: dict[str, tuple[Iterable[tuple[Hashable, Row]], Key]] = {
            "functions": (self._functions(), lambda row: row["function_id"]),
            "processes": (self._processes(), lambda row: row["process_id"]),
            "process_data": (
                self._register_objects(),
                lambda row: (row["process_key__"], row["data_object_id"]),
            ),
            "shared_services": (self._services(), lambda row: row["service_id"]),
            "system_data_objects": (self._expected_objects(), _cell_key),
        }
        known = self._last.rows.get(sheet.id, ())
        expected, key_of = printed.get(sheet.id, ((), id))
        return self._merged(sheet, list(expected), known, key_of)

    def _merged(
        self, sheet: Sheet, expected: Sequence[tuple[Hashable, Row]], known: Sequence[Typed], key_of: Key
    ) -> list[Row]:
        """Each expected row, or last time's rows of the same thing in its place; then the others."""
        by_key: dict[Hashable, list[Typed]] = defaultdict(list)
        for row in known:
            by_key[key_of(row)].append(row)
        merged: list[Row] = []
        for thing, blank in expected:
            answers = [self._written(sheet, row) for row in by_key.pop(thing, ())]
            merged += [{**blank, **_filled(row)} for row in answers] or [blank]
        merged += [self._written(sheet, row) for rows in by_key.values() for row in rows]
        # A row whose name was masked cannot be written again.
        return [row for row in merged if all(row[column.name] is not None for column in sheet.required)]

    def _written(self, sheet: Sheet, row: Typed) -> Row:
        """Last time's row as it is written."""
        written = {
            column.name: self._labels.cell(column, row[column.name], row.get(f"{column.name}__raw"))
            for column in sheet.columns
        }
        if sheet.id == "system_data_objects" and row["data_object_id"]:
            written["data_object_name"] = self._name("data_object", row["data_object_id"])
        return written

    # What the pack expects

    def _core(self, table: str) -> list[dict[str, Any]]:
        return [row for row in self._pack.table(table).iter_rows(named=True) if row["tier"] == CORE]

    def _functions(self) -> Iterable[tuple[Hashable, Row]]:
        areas = list(self._labels.concepts["focus_area"])
        ordered = sorted(self._core("function"), key=lambda r: areas.index(r["focus_area_id"]))
        for row in ordered:
            area = self._name("focus_area", row["focus_area_id"])
            yield row["function_id"], {"function_id": self._name("function", row["function_id"]), INFO: area}

    def _processes(self) -> Iterable[tuple[Hashable, Row]]:
        column = self._labels.contract.sheet_by_id["processes"].by_name["process_type"]
        types = self._labels.codes(column)
        for row in self._ordered_processes():
            name = self._name("process", row["process_id"])
            yield (
                row["process_id"],
                {
                    "process_name": name,
                    "process_id": name,
                    "process_type": types[row["process_type"]],
                    "focus_area_ids": self._name("focus_area", row["focus_area_id"]),
                },
            )

    def _ordered_processes(self) -> list[dict[str, Any]]:
        areas = list(self._labels.concepts["focus_area"])
        return sorted(self._core("process"), key=lambda r: areas.index(r["focus_area_id"]))

    def _register_objects(self) -> Iterable[tuple[Hashable, Row]]:
        pairs: dict[str, list[str]] = defaultdict(list)
        for row in self._pack.table("process_object").iter_rows(named=True):
            pairs[row["process_id"]].append(row["data_object_id"])
        for process in self._ordered_processes():
            for data_object in pairs[process["process_id"]]:
                yield (
                    (process["process_id"], data_object),
                    {
                        "process_name": self._name("process", process["process_id"]),
                        "data_object_id": self._name("data_object", data_object),
                    },
                )

    def _services(self) -> Iterable[tuple[Hashable, Row]]:
        """Those that the pack calls relevant; an answer about another one is read all the same."""
        for row in self._pack.table("shared_service").filter(pl.col("is_relevant")).iter_rows(named=True):
            name = self._name("shared_service", row["service_id"])
            yield row["service_id"], {"service_id": name, INFO: row["provider_nb"]}

    def _expected_objects(self) -> Iterable[tuple[Hashable, Row]]:
        """The core objects that the pack expects of last time's systems, by their functions."""
        core = {row["data_object_id"] for row in self._core("data_object")}
        expected: dict[str, list[str]] = defaultdict(list)
        for row in self._pack.table("function_object").iter_rows(named=True):
            if row["data_object_id"] in core:
                expected[row["function_id"]].append(row["data_object_id"])
        for system in self._last.rows.get("systems", ()):
            if system["lifecycle"] in ("planned", "retired"):
                continue
            objects = [o for f in system["function_ids"] or () for o in expected[f]]
            for data_object in dict.fromkeys(objects):
                yield (
                    (system["system_key__"], data_object),
                    {
                        "system_name": self._system_text(system),
                        "data_object_name": self._name("data_object", data_object),
                    },
                )

    def _system_text(self, system: Typed) -> str | None:
        """What names a system and no other: its name, or its id where several bear the name."""
        names = [key(row["system_name"]) for row in self._last.rows.get("systems", ())]
        is_only = names.count(key(system["system_name"])) == 1
        text: str = system["system_name"] if is_only else system["system_id"] or system["system_name"]
        return None if MASK in text else text

    def _name(self, concept: str, identifier: str) -> str:
        return self._labels.concept(concept, identifier)


def _cell_key(row: Typed) -> Hashable:
    """System × object: by the object's id, or by the name of a local one."""
    return row["system_key__"], row["data_object_id"] or key(row["data_object_name"] or "")


def _filled(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if cell is not None}
