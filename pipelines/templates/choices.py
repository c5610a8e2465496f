"""Which drop-down a column has, and what it does with a text that is not in it. Pure.

``stop`` refuses the text, ``warn`` asks whether it was meant, ``open`` takes it: a cell for several values
cannot be held to a list, nor one for names that the sender knows better than we do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.ingest.contract import Column, Sheet
from pipelines.templates.labels import OPERATIONS, Labels

if TYPE_CHECKING:
    from pipelines.ingest.contract import Kind
    from pipelines.reference.pack import ReferencePack

Strictness = Literal["stop", "warn", "open"]
Entry = str | int
# Lists that grow with what is written in the workbook itself: the sheet and column they come from.
GROWING: dict[str, tuple[str, str]] = {
    "own_systems": ("systems", "system_name"),
    "own_processes": ("processes", "process_name"),
}
# Free text that names something listed in another sheet of the same workbook.
_REFERENCES: dict[tuple[str, str], tuple[str, Strictness]] = {
    ("functions", "system_names"): ("own_systems", "open"),
    ("system_data_objects", "system_name"): ("own_systems", "warn"),
    ("system_data_objects", "data_object_name"): ("data_object", "warn"),
    ("exchanges", "from_system"): ("own_systems", "warn"),
    ("exchanges", "to_system"): ("own_systems", "warn"),
    ("processes", "system_names"): ("own_systems", "open"),
    ("processes", "process_name"): ("absent", "open"),
    ("process_data", "process_name"): ("own_processes", "warn"),
    ("initiatives", "process_names"): ("own_processes", "open"),
}
_LONGEST_SCALE = 10


@dataclass(frozen=True)
class Choice:
    """A drop-down: the list it shows and how strict it is."""

    list_name: str
    strictness: Strictness


def choice_of(sheet: Sheet, column: Column, sheet_ids: Collection[str]) -> Choice | None:
    """The drop-down of a column, None where anything may be written. sheet_ids: those of the workbook."""
    if (reference := _REFERENCES.get((sheet.id, column.name))) is not None:
        name, strictness = reference
        source = GROWING.get(name)
        return Choice(name, strictness) if source is None or source[0] in sheet_ids else None
    listed: dict[str, Choice] = {
        "bool": Choice("yes_no", "stop"),
        "code": Choice(code_list(sheet, column), "stop"),
        "operations": Choice("operations", "warn"),
        "concept": Choice(column.concept or "", "open" if column.is_multi else "stop"),
    }
    if column.mask == "role" and column.type == "text":
        return Choice("role", "open")
    if is_scale(column):
        return Choice(f"from_{column.minimum}_to_{column.maximum}", "stop")
    return listed.get(column.type)


def code_list(sheet: Sheet, column: Column) -> str:
    """The name of a coded column's list."""
    return f"{sheet.id}_{column.name}"


def is_scale(column: Column) -> bool:
    """Whether a whole number has so few values that they can be listed."""
    low, high = column.minimum, column.maximum
    return column.type == "int" and low is not None and high is not None and high - low < _LONGEST_SCALE


def scale_list(scale_id: str) -> str:
    """The name of a scale's list."""
    return f"scale_{scale_id}"


def make_lists(
    kinds: Collection[Kind], used: Collection[str], labels: Labels
) -> dict[str, tuple[Entry, ...]]:
    """The entries of every list in use, growing ones apart."""
    lists: dict[str, tuple[Entry, ...]] = {
        "yes_no": (labels.word("yes"), labels.word("no")),
        "absent": (labels.word("absent"),),
        "operations": (*OPERATIONS, "x", labels.word("none")),
        **{concept: tuple(names.values()) for concept, names in labels.concepts.items()},
        **_scales(labels.pack, labels.lang),
    }
    for kind in kinds:
        for sheet in kind.sheets:
            for column in sheet.columns:
                if column.codes:
                    lists[code_list(sheet, column)] = tuple(labels.codes(column).values())
                if is_scale(column):
                    low, high = column.minimum or 0, column.maximum or 0
                    lists[f"from_{low}_to_{high}"] = tuple(range(low, high + 1))
    return {name: entries for name, entries in lists.items() if name in used}


def _scales(pack: ReferencePack, lang: str) -> Mapping[str, tuple[Entry, ...]]:
    """A scale's labels in order, what is no answer after them, then the bare numbers."""
    found: dict[str, tuple[Entry, ...]] = {}
    label = f"label_{lang}"
    points = dict(pack.table("scale").select("scale_id", "n_points").iter_rows())
    for scale_id, n_points in points.items():
        rows = [r for r in pack.table("scale_label").iter_rows(named=True) if r["scale_id"] == scale_id]
        ranked = sorted(rows, key=lambda r: (r["value"] is None, r["value"] or 0, r["answer_status"]))
        found[scale_list(scale_id)] = (*(r[label] for r in ranked), *range(1, n_points + 1))
    return found
