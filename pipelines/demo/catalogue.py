"""The reference pack as plain Python values: what the generator asks municipalities about.

Only the tier ``kjerne`` of functions, processes and objects: that is what a template pre-prints, and
a pack that grows leaves the generated files as they are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack


@dataclass(frozen=True)
class Item:
    """One survey item; points is the number of its scale's points."""

    item_id: str
    dimension_id: str
    scale_id: str
    text: str
    points: int
    is_reversed: bool


@dataclass(frozen=True)
class Function:
    """A core function with the names of the objects it is expected to hold."""

    function_id: str
    name: str
    focus_area: str
    objects: tuple[str, ...]


@dataclass(frozen=True)
class Process:
    """A core reference process with the names of the objects that a register could give it."""

    process_id: str
    name: str
    process_type: str
    focus_area: str
    objects: tuple[str, ...]
    is_citizen_facing: bool


@dataclass(frozen=True)
class Moment:
    """One period: its last day, and the years since the start of 2024 (a half-year counts a half)."""

    period: str
    reference_date: date
    years: float
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Catalogue:
    """The Norwegian names of everything that the files speak of, in the pack's order."""

    functions: tuple[Function, ...]
    processes: tuple[Process, ...]
    objects: tuple[str, ...]
    register_objects: frozenset[str]
    services: tuple[str, ...]
    focus_areas: tuple[str, ...]
    role_groups: tuple[str, ...]
    roles: tuple[str, ...]
    labels: dict[tuple[str, int | str], str]

    @classmethod
    def of(cls, pack: ReferencePack) -> Catalogue:
        """Read the pack's tables; a pack without core functions, processes or objects gives an error."""
        areas = {row["focus_area_id"]: row["name_nb"] for row in _rows(pack, "focus_area")}
        objects = {row["data_object_id"]: row for row in _core(pack, "data_object")}
        names = {key: row["name_nb"] for key, row in objects.items()}
        expected = _grouped(pack, "function_object", "function_id", names)
        granted = _grouped(pack, "process_object", "process_id", names)
        return cls(
            functions=tuple(
                Function(
                    r["function_id"], r["name_nb"], areas[r["focus_area_id"]], expected[r["function_id"]]
                )
                for r in _core(pack, "function")
            ),
            processes=tuple(
                Process(
                    r["process_id"],
                    r["name_nb"],
                    r["process_type"],
                    areas[r["focus_area_id"]],
                    granted[r["process_id"]],
                    bool(r["is_citizen_facing"]),
                )
                for r in _core(pack, "process")
            ),
            objects=tuple(names.values()),
            register_objects=frozenset(names[key] for key, row in objects.items() if row["register_id"]),
            services=tuple(row["name_nb"] for row in _rows(pack, "shared_service")),
            focus_areas=tuple(areas.values()),
            role_groups=tuple(row["name_nb"] for row in _rows(pack, "role_group")),
            roles=tuple(row["name_nb"] for row in _rows(pack, "role")),
            labels=_labels(pack),
        )


def moment_of(pack: ReferencePack, period: str) -> Moment:
    """The period with its instrument's items in their order.

    Raises ValueError when the pack does not know the period.
    """
    if period not in pack.periods:
        raise ValueError(f"period {period!r} is not in the reference pack; it has {', '.join(pack.periods)}")
    end = pack.reference_date(period)
    points = {row["scale_id"]: int(row["n_points"]) for row in _rows(pack, "scale")}
    items = tuple(
        Item(
            item_id=row["item_id"],
            dimension_id=row["dimension_id"],
            scale_id=row["scale_id"],
            text=row["text_nb"],
            points=points[row["scale_id"]],
            is_reversed=bool(row["is_reversed"]),
        )
        for row in pack.items(period).to_dicts()
    )
    return Moment(period, end, end.year - 2024 + end.month / 12, items)


def _rows(pack: ReferencePack, table: str) -> list[dict[str, Any]]:
    return pack.table(table).to_dicts()


def _core(pack: ReferencePack, table: str) -> list[dict[str, Any]]:
    rows = [row for row in _rows(pack, table) if row["tier"] == "kjerne"]
    if not rows:
        raise ValueError(
            f"the reference pack has no {table} of tier kjerne: nothing to ask municipalities about"
        )
    return rows


def _grouped(
    pack: ReferencePack, table: str, key: str, names: dict[str, str]
) -> defaultdict[str, tuple[str, ...]]:
    """Names of core objects per key, each once, in the pack's order."""
    groups: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in _rows(pack, table):
        name = names.get(row["data_object_id"])
        if name is not None and name not in groups[row[key]]:
            groups[row[key]] = (*groups[row[key]], name)
    return groups


def _labels(pack: ReferencePack) -> dict[tuple[str, int | str], str]:
    """Norwegian label by scale and value (or by scale and status where there is no value)."""
    return {
        (row["scale_id"], row["answer_status"] if row["value"] is None else int(row["value"])): row[
            "label_nb"
        ]
        for row in _rows(pack, "scale_label")
    }
