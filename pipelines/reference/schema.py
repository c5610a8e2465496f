"""The schema of every reference table: columns, types, nulls, keys, foreign keys, allowed values.

A new reference table is an entry in ``TABLES`` and a CSV file. Rules that need more than one
cell or one reference stand in ``rules.py``. No file is opened here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

ColumnType = Literal["text", "int", "float", "decimal", "bool", "date"]


@dataclass(frozen=True)
class Problem:
    """One fault of a pack: where it is, what stands there and how it is mended.

    row counts records from 1, the header being the first (as a spreadsheet shows it);
    None where the fault is the whole file's.
    """

    file: Path
    row: int | None
    column: str | None
    found: str
    to_do: str

    def __str__(self) -> str:
        place = [str(self.file)]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.found}; {self.to_do}"


class PackError(ValueError):
    """A reference pack cannot be used; ``problems`` holds every fault found, in file order."""

    shown: Final = 20

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in problems[: self.shown]]
        if (more := len(problems) - self.shown) > 0:
            lines.append(f"… and {more} more")
        super().__init__("the reference pack cannot be used:\n" + "\n".join(lines))


@dataclass(frozen=True)
class Column:
    """A column: blank cells are null and allowed only where ``nullable``; bounds are inclusive."""

    name: str
    type: ColumnType = "text"
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class ForeignKey:
    """``columns`` must stand together in ``target_columns`` of ``table``; a null refers to nothing."""

    columns: tuple[str, ...]
    table: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A reference table. Without rows a pack is useless when it is ``required``."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    required: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """In the order of the typed frame; a CSV file may have another."""
        return tuple(column.name for column in self.columns)


ID_PATTERN: Final = r"[A-Za-z0-9_-]+"
# Becomes a folder name of the inbox and part of a peer group's name.
NUMBER_PATTERN: Final = r"[A-Za-z0-9]+"
TIERS: Final = ("kjerne", "utvidet")
SOURCE_KINDS: Final = ("survey", "processes", "systems")
# SBO: of the owners together, one row per function in fct_joint_procurement and none in fct_indicator_value.
FAMILIES: Final = (
    *("MOD", "BAR", "PRO", "INI", "DUP", "ONCE", "REG", "NAT", "FUN", "INT", "SILO", "TIME", "SYS", "KEY"),
    *("COV", "SBO"),
)
PEER_VARIABLES: Final = ("log_population", "log_area", "centrality_class")
CONCEPTS: Final[dict[str, tuple[str, str]]] = {
    "function": ("function", "function_id"),
    "process": ("process", "process_id"),
    "data_object": ("data_object", "data_object_id"),
    "shared_service": ("shared_service", "service_id"),
    "focus_area": ("focus_area", "focus_area_id"),
    "role_group": ("role_group", "role_group_id"),
    "role": ("role", "role_id"),
    "register": ("register", "register_id"),
    "vendor": ("vendor", "vendor_id"),
    "product": ("product", "product_id"),
}
# Other texts of questions (the bare barrier); looked up within an instrument, so no concept of its own.
ITEM_ALIAS: Final = "item"
# Names of municipalities beside the one in their table; two may bear the same, so no concept either. A pack
# of few municipalities may keep the names of all: those of others lead nowhere.
MUNICIPALITY_ALIAS: Final = "municipality"
THRESHOLDS: Final = (
    "min_respondents",
    "min_coverage_percent",
    "min_n_quartiles",
    "min_n_percentile",
    "min_n_stable",
    "min_n_reliability",
    "n_neighbours",
    "max_missing_parts",
    "recent_months",
    "public_min_municipalities",
    "min_n_share_release",
    "valid_share_numerator",
    "valid_share_denominator",
    "protection_points",
    "public_min_count",
    "min_owners_shielded",
)
# What a published column may be told of: to all, to the members, to members of many owners together only.
COLUMN_CLASSES: Final = ("open", "internal", "shielded")


def _id(name: str, *, nullable: bool = False, allowed: tuple[str, ...] = ()) -> Column:
    return Column(name, pattern=ID_PATTERN, nullable=nullable, allowed=allowed)


def _number(name: str) -> Column:
    return Column(name, pattern=NUMBER_PATTERN)


def _names() -> tuple[Column, Column]:
    return Column("name_nb"), Column("name_en")


def _to(table: str, column: str, target: str | None = None) -> ForeignKey:
    return ForeignKey((column,), table, (target or column,))


_INSTRUMENT = _to("instrument", "instrument_id")
_MUNICIPALITY = _to("municipality", "municipality_number")
_FOCUS_AREA = _to("focus_area", "focus_area_id")
_DATA_OBJECT = _to("data_object", "data_object_id")
_REGISTER = _to("register", "register_id")
_TIER = Column("tier", allowed=TIERS)

_ALL: Final = (
    Table(
        "municipality",
        (
            _number("municipality_number"),
            Column("name"),
            # The first year in which the number was valid; blank: since before the change table begins.
            Column("first_year", "int", nullable=True, minimum=1900, maximum=2999),
            _number("county_number"),
            Column("county_name"),
            _id("kostra_group", nullable=True),
            Column("centrality_class", "int", nullable=True, minimum=1, maximum=6),
            Column("area_km2", "float", nullable=True, minimum=0),
            Column("latitude", "float", nullable=True, minimum=-90, maximum=90),
            Column("longitude", "float", nullable=True, minimum=-180, maximum=180),
            Column("is_fictional", "bool"),
        ),
        ("municipality_number",),
        (_to("kostra_group", "kostra_group"),),
        required=True,
    ),
    Table(
        "population",
        (
            _number("municipality_number"),
            Column("year", "int", minimum=1900, maximum=2999),
            Column("population", "int", minimum=0),
        ),
        ("municipality_number", "year"),
        (_MUNICIPALITY,),
    ),
    Table(
        "municipality_change",
        (
            _number("old_number"),
            Column("old_name"),
            Column("first_year", "int", nullable=True, minimum=1900, maximum=2999),
            Column("last_year", "int", minimum=1900, maximum=2999),
            _number("new_number"),
            Column("new_name"),
            Column("kind", allowed=("renumbered", "merged", "split")),
        ),
        ("old_number", "new_number"),
        (_to("municipality", "new_number", "municipality_number"),),
    ),
    Table(
        "size_class",
        (
            _id("size_class"),
            *_names(),
            Column("min_population", "int", minimum=0),
            Column("max_population", "int", nullable=True, minimum=0),
        ),
        ("size_class",),
        required=True,
    ),
    Table("kostra_group", (_id("kostra_group"), *_names()), ("kostra_group",)),
    Table(
        "period",
        (Column("period"), _id("instrument_id")),
        ("period",),
        (_INSTRUMENT,),
        required=True,
    ),
    Table(
        "focus_area",
        (
            _id("focus_area_id"),
            *_names(),
            Column("network_nb"),
            Column("network_en"),
            Column("sector", allowed=("sectoral", "cross_sectoral")),
        ),
        ("focus_area_id",),
    ),
    Table("principle", (_id("principle_id"), *_names()), ("principle_id",)),
    Table("sub_goal", (_id("sub_goal_id"), *_names()), ("sub_goal_id",)),
    Table("scale", (_id("scale_id"), Column("n_points", "int", minimum=2)), ("scale_id",)),
    Table(
        "scale_label",
        (
            _id("scale_id"),
            Column("value", "int", nullable=True, minimum=1),
            Column("answer_status", allowed=("ok", "dont_know", "not_relevant")),
            Column("label_nb"),
            Column("label_en"),
        ),
        ("scale_id", "answer_status", "value"),
        (_to("scale", "scale_id"),),
    ),
    Table(
        "instrument",
        (
            _id("instrument_id"),
            *_names(),
            Column("valid_from", "date"),
            Column("valid_to", "date", nullable=True),
        ),
        ("instrument_id",),
        required=True,
    ),
    Table(
        "instrument_dimension",
        (_id("instrument_id"), _id("dimension_id"), *_names(), Column("sort_order", "int")),
        ("instrument_id", "dimension_id"),
        (_INSTRUMENT,),
    ),
    Table(
        "instrument_item",
        (
            _id("instrument_id"),
            _id("item_id"),
            _id("dimension_id"),
            _id("scale_id"),
            Column("text_nb"),
            Column("text_en"),
            Column("is_reversed", "bool"),
            _TIER,
            Column("sort_order", "int"),
        ),
        ("instrument_id", "item_id"),
        (
            ForeignKey(
                ("instrument_id", "dimension_id"), "instrument_dimension", ("instrument_id", "dimension_id")
            ),
            _to("scale", "scale_id"),
        ),
    ),
    Table("role_group", (_id("role_group_id"), *_names()), ("role_group_id",)),
    Table("role", (_id("role_id"), *_names()), ("role_id",)),
    Table(
        "participant",
        (_number("municipality_number"), Column("period")),
        ("municipality_number", "period"),
        # The number may be a former one, if it was valid in the period: see rules.participants.
        (_to("period", "period"),),
    ),
    Table("sbo", (_id("sbo_id"), *_names()), ("sbo_id",)),
    Table(
        "owner",
        (_id("sbo_id"), _number("municipality_number")),
        ("sbo_id", "municipality_number"),
        (_to("sbo", "sbo_id"), _MUNICIPALITY),
    ),
    Table(
        "indicator",
        (
            _id("indicator_id"),
            *_names(),
            Column("description_nb"),
            Column("description_en"),
            Column("formula"),
            Column("unit", allowed=("points", "percent", "level", "count", "fraction")),
            Column("better", allowed=("up", "down", "neutral", "near_zero")),
            _TIER,
            _id("principle"),
            _id("sub_goal"),
            Column("source_kind", allowed=SOURCE_KINDS),
            # The other kind without which there is no value (PRO_GAP, KEY1).
            Column("second_source_kind", nullable=True, allowed=SOURCE_KINDS),
            Column("family", allowed=FAMILIES),
            Column("has_focus_area_cut", "bool"),
            _id("dimension_id", nullable=True),
            _id("item_id", nullable=True),
            Column("version", "int", minimum=1),
        ),
        ("indicator_id",),
        (
            _to("principle", "principle", "principle_id"),
            _to("sub_goal", "sub_goal", "sub_goal_id"),
            _to("instrument_dimension", "dimension_id"),
            ForeignKey(("dimension_id", "item_id"), "instrument_item", ("dimension_id", "item_id")),
        ),
        required=True,
    ),
    Table(
        # What the maturity index is made of: required parts share one half of the weight evenly, the others
        # that are present the other half; without others the required parts have it all.
        "composite_part",
        (_id("indicator_id"), _id("dimension_id"), Column("is_required", "bool")),
        ("indicator_id", "dimension_id"),
        (_to("indicator", "indicator_id"), _to("instrument_dimension", "dimension_id")),
    ),
    Table(
        "target",
        (
            _id("indicator_id"),
            Column("value", "decimal"),
            Column("basis_nb"),
            Column("basis_en"),
        ),
        ("indicator_id",),
        (_to("indicator", "indicator_id"),),
    ),
    Table(
        # How much each variable weighs in the distance between municipalities.
        "peer_weight",
        (Column("variable", allowed=PEER_VARIABLES), Column("weight", "decimal", minimum=0)),
        ("variable",),
    ),
    Table(
        # Items that ask the same as an item of an earlier instrument, so that change can be told.
        "item_link",
        (
            _id("instrument_id"),
            _id("item_id"),
            _id("earlier_instrument_id"),
            _id("earlier_item_id"),
        ),
        ("instrument_id", "item_id", "earlier_instrument_id"),
        (
            ForeignKey(("instrument_id", "item_id"), "instrument_item", ("instrument_id", "item_id")),
            ForeignKey(
                ("earlier_instrument_id", "earlier_item_id"), "instrument_item", ("instrument_id", "item_id")
            ),
        ),
    ),
    Table(
        "threshold",
        (
            _id("threshold_id", allowed=THRESHOLDS),
            Column("value", "decimal", minimum=0),
            Column("description_nb"),
            Column("description_en"),
        ),
        ("threshold_id",),
        required=True,
    ),
    Table(
        # Who may be told of each published column; a column without a class is not published.
        "column_class",
        (
            Column("table_name", pattern=ID_PATTERN),
            Column("column_name", pattern=ID_PATTERN),
            Column("column_class", allowed=COLUMN_CLASSES),
        ),
        ("table_name", "column_name"),
    ),
    Table(
        "function",
        (_id("function_id"), *_names(), _id("focus_area_id"), _TIER),
        ("function_id",),
        (_FOCUS_AREA,),
    ),
    Table(
        "process",
        (
            _id("process_id"),
            *_names(),
            Column("process_type", allowed=("main", "support", "management")),
            _id("focus_area_id"),
            _TIER,
            Column("is_citizen_facing", "bool"),
        ),
        ("process_id",),
        (_FOCUS_AREA,),
    ),
    Table(
        "data_object",
        (_id("data_object_id"), *_names(), _id("register_id", nullable=True), _TIER),
        ("data_object_id",),
        (_REGISTER,),
    ),
    Table(
        "register",
        (
            _id("register_id"),
            *_names(),
            Column("authority_nb"),
            Column("is_available", "bool"),
            Column("access_basis_nb"),
            Column("access_basis_en"),
        ),
        ("register_id",),
    ),
    Table(
        "function_object",
        (_id("function_id"), _id("data_object_id")),
        ("function_id", "data_object_id"),
        (_to("function", "function_id"), _DATA_OBJECT),
    ),
    Table(
        "process_object",
        (_id("process_id"), _id("data_object_id"), _id("register_id")),
        ("process_id", "data_object_id"),
        (_to("process", "process_id"), _DATA_OBJECT, _REGISTER),
    ),
    Table(
        "shared_service",
        (_id("service_id"), *_names(), Column("provider_nb"), Column("is_relevant", "bool")),
        ("service_id",),
    ),
    Table("vendor", (_id("vendor_id"), Column("name")), ("vendor_id",)),
    Table(
        "product",
        (_id("product_id"), Column("name"), _id("vendor_id")),
        ("product_id",),
        (_to("vendor", "vendor_id"),),
    ),
    Table(
        "alias",
        (
            Column("concept", allowed=(*CONCEPTS, ITEM_ALIAS, MUNICIPALITY_ALIAS)),
            Column("alias"),
            _id("concept_id"),
        ),
        ("concept", "alias"),
    ),
)

TABLES: Final[dict[str, Table]] = {table.name: table for table in _ALL}
