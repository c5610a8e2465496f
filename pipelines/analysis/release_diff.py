"""What differs between two releases, and why: values, deliveries, reference pack, code. Facts only, no words.

Read from the releases' member edition and manifests and from the archived packs. A cause is what changed
among the things that a value is made of; where several did, a value carries all of them, since only a rebuild
could tell them apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.disclosure.published import EDITIONS, MEMBER
from pipelines.reference.schema import TABLES
from pipelines.settings import Settings
from pipelines.storage.release_check import release_folder
from pipelines.storage.release_files import (
    DATABASE,
    ReleaseError,
    attach_read_only,
    fresh_connection,
    read_manifest,
)
from pipelines.storage.release_record import recorded
from pipelines.storage.release_tags import release_named

Row = dict[str, Any]
VALUES = "fct_indicator_value"
SUPPRESSED = "suppressed"
# In the order in which they are told. Of deliveries first, then of what all values share.
DELIVERY_CAUSES = ("new", "corrected", "withdrawn", "again", "gone", "judged_otherwise")
CAUSES = (SUPPRESSED, *DELIVERY_CAUSES, "others", "rule", "reference", "unknown")
_DELIVERY = (
    *("delivery_id", "municipality_number", "period", "kind", "collection_mode", "file_name", "status"),
    *("is_counting", "rows_accepted", "rows_quarantined", "supersedes"),
)


@dataclass(frozen=True)
class DeliveryChange:
    """A delivery that counts in one release and not in the other, or of which other rows count.

    cause: one of DELIVERY_CAUSES; replaced: the file names of those that it took the place of.
    """

    cause: str
    delivery: Row
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackChange:
    """One row of a table of the reference pack; before and after: its columns as text, None where absent."""

    table: str
    key: tuple[str, ...]
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None


@dataclass(frozen=True)
class ValueChange:
    """One row of fct_indicator_value that differs; before and after: its columns, None where absent."""

    key: Row
    before: Row | None
    after: Row | None
    causes: tuple[str, ...]

    @property
    def weight(self) -> tuple[bool, bool, float]:
        """The most telling first: whole municipalities as they delivered, then how much it moved, 0 to 1."""
        old, new = ((row or {}).get("value") for row in (self.before, self.after))
        largest = max(abs(old or 0), abs(new or 0))
        if old is None or new is None:
            moved = float((self.before or {}).get("status") != (self.after or {}).get("status"))
        else:
            moved = abs(new - old) / (largest or 1)
        return (self.key["focus_area"] != "all", self.key["boundary"] != "delivered", -moved)


@dataclass(frozen=True)
class TableChange:
    """How many rows of a published table differ; causes: combination → rows (member edition only)."""

    edition: str
    table: str
    added: int
    removed: int
    changed: int
    causes: Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class Difference:
    """Everything that differs. code, pack: before and after; pack_changes: None where a pack is not archived.

    names: code of a municipality or an indicator → (nb, en).
    """

    releases: tuple[str, str]
    created_at: tuple[str, str]
    content: tuple[str, str]
    code: tuple[str, str]
    pack: tuple[str, str]
    deliveries: tuple[DeliveryChange, ...]
    pack_changes: tuple[PackChange, ...] | None
    values: tuple[ValueChange, ...]
    tables: tuple[TableChange, ...]
    names: Mapping[str, tuple[str, str]]


def difference(settings: Settings, before: str, after: str) -> Difference:
    """Compare two releases, each given by its id, a tag, or a folder such as a rebuild leaves.

    Raises ReleaseError where one of them is not there or cannot be read.
    """
    folders = _folder(settings, before), _folder(settings, after)
    manifests = read_manifest(folders[0] / MEMBER), read_manifest(folders[1] / MEMBER)
    code, pack = _pair(manifests, "code_version"), _pair(manifests, "pack_hash")
    with fresh_connection(settings.threads) as connection:
        for edition in EDITIONS:
            for side, folder in zip(("a", "b"), folders, strict=True):
                attach_read_only(connection, folder / edition / DATABASE, f"{side}_{edition}")
        deliveries = tuple(_delivery_changes(connection))
        pack_changes = _pack_changes(settings, pack)
        why = _Why(deliveries, code[0] != code[1], pack[0] != pack[1], _former(settings, pack[1]))
        sources, redefined = _indicators(connection)
        values = tuple(_value_changes(connection, manifests, why, sources, redefined))
        tables = tuple(_table_changes(connection, folders, why))
        names = _names(connection)
    return Difference(
        (folders[0].name, folders[1].name),
        _pair(manifests, "created_at"),
        _pair(manifests, "content_hash"),
        code,
        pack,
        deliveries,
        pack_changes,
        tuple(sorted(values, key=lambda value: (value.weight, tuple(map(str, value.key.values()))))),
        tables,
        names,
    )


def _folder(settings: Settings, text: str) -> Path:
    """A release's folder. Raises ReleaseError, which tells of the rebuild where only the record is left."""
    given = Path(text)
    if (given / MEMBER).is_dir():
        return given.resolve()
    name = release_named(settings, text)
    if not (settings.releases / name).is_dir() and name in recorded(settings):
        raise ReleaseError(
            f"release {name} is not kept any more; make it again with kommunebench releases rebuild {name} "
            f"--out DIR, then name DIR/{name} instead"
        )
    return release_folder(settings, name)


def _pair(manifests: tuple[dict[str, Any], dict[str, Any]], name: str) -> tuple[str, str]:
    return str(manifests[0].get(name)), str(manifests[1].get(name))


class _Why:
    """Finds the causes of a row that differs."""

    def __init__(
        self,
        deliveries: Iterable[DeliveryChange],
        is_other_code: bool,
        is_other_pack: bool,
        former: Mapping[str, set[str]],
    ) -> None:
        self._by_kind: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._by_place: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._by_delivery: dict[str, str] = {}
        self._any = False
        self._former = former
        self._shared = [
            name for name, is_so in (("rule", is_other_code), ("reference", is_other_pack)) if is_so
        ]
        for change in deliveries:
            row = change.delivery
            place = (row["municipality_number"], row["period"])
            self._by_kind[(*place, row["kind"])].add(change.cause)
            self._by_place[place].add(change.cause)
            self._by_delivery[row["delivery_id"]] = change.cause
            self._any = True

    def causes(
        self,
        municipality: str | None,
        period: str | None,
        kind: str | None = None,
        *,
        is_redefined: bool = False,
    ) -> tuple[str, ...]:
        """Of its own deliveries of the kind, else of any; else those of others, which it is held against."""
        own = [number for number in (municipality, *self._former.get(municipality or "", ())) if number]
        found = {c for n in own for c in self._by_kind.get((n, period or "", kind or ""), ())}
        found = found or {c for n in own for c in self._by_place.get((n, period or ""), ())}
        if is_redefined:
            found.add("rule")
        found.update(self._shared)
        if self._any and not found.intersection(DELIVERY_CAUSES):
            found.add("others")
        return _ordered(found or {"unknown"})

    def of_row(self, row: Row) -> tuple[str, ...]:
        """Of a row of any table: the delivery that it names, else as of a value."""
        own = self._by_delivery.get(row.get("delivery_id") or "")
        if own is not None:
            return (own,)
        return self.causes(row.get("municipality_number"), row.get("period"), row.get("kind"))


def _ordered(causes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(causes, key=CAUSES.index))


# Deliveries


def _delivery_changes(connection: duckdb.DuckDBPyConnection) -> Iterator[DeliveryChange]:
    columns = ", ".join(_DELIVERY)
    old, new = (
        {row["delivery_id"]: row for row in _rows(connection, f"select {columns} from {side}.delivery")}  # noqa: S608 our own names
        for side in (f"a_{MEMBER}", f"b_{MEMBER}")
    )
    counted = {name for name, row in old.items() if row["is_counting"]}
    counting = {name for name, row in new.items() if row["is_counting"]}
    gone, replaced_by_any = counted - counting, set[str]()
    for name in sorted(counting - counted):
        row = new[name]
        named = set((row["supersedes"] or "").split(",")) & counted
        replaced = named | {other for other in gone if _place(old[other]) == _place(row)}
        replaced_by_any |= replaced
        cause = "again" if name in old else "corrected" if replaced else "new"
        yield DeliveryChange(cause, row, tuple(sorted(str(old[other]["file_name"]) for other in replaced)))
    for name in sorted(gone):
        row = new.get(name, old[name])
        if row["status"] == "withdrawn":
            yield DeliveryChange("withdrawn", row)
        elif name not in replaced_by_any:
            yield DeliveryChange("gone", row)
    for name in sorted(counted & counting):
        if any(old[name][c] != new[name][c] for c in ("rows_accepted", "rows_quarantined")):
            yield DeliveryChange("judged_otherwise", new[name])


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("municipality_number", "period", "kind", "collection_mode"))


# Reference pack


def _pack_changes(settings: Settings, pack: tuple[str, str]) -> tuple[PackChange, ...] | None:
    """Row by row, by table and key; None where one of two different packs is not in the archive."""
    if pack[0] == pack[1]:
        return ()
    folders = [settings.archive / "packs" / name for name in pack]
    if not all(folder.is_dir() for folder in folders):
        return None
    changes = []
    for table in sorted(TABLES):
        old, new = (_pack_rows(folder / f"{table}.csv", TABLES[table].key) for folder in folders)
        changes += [
            PackChange(table, key, old.get(key), new.get(key))
            for key in sorted({*old, *new})
            if old.get(key) != new.get(key)
        ]
    return tuple(changes)


def _pack_rows(path: Path, key: tuple[str, ...]) -> dict[tuple[str, ...], Row]:
    """The rows of an archived table by key, as text; none where the pack of its time had no such table."""
    if not path.is_file():
        return {}
    rows = pl.read_csv(path, infer_schema=False).to_dicts()
    return {tuple(str(row.get(name) or "") for name in key): row for row in rows}


def _former(settings: Settings, pack: str) -> dict[str, set[str]]:
    """Today's number → the former numbers whose deliveries stand in its values on current boundaries."""
    former: dict[str, set[str]] = defaultdict(set)
    table = settings.archive / "packs" / pack / "municipality_change.csv"
    for row in _pack_rows(table, TABLES["municipality_change"].key).values():
        former[str(row["new_number"])].add(str(row["old_number"]))
    earlier = {number: set(numbers) for number, numbers in former.items()}
    for numbers in former.values():
        numbers.update(*(earlier.get(number, ()) for number in list(numbers)))
    return former


# Values and tables


def _value_changes(
    connection: duckdb.DuckDBPyConnection,
    manifests: tuple[dict[str, Any], dict[str, Any]],
    why: _Why,
    sources: Mapping[str, str],
    redefined: set[str],
) -> Iterator[ValueChange]:
    described = [manifest["tables"][VALUES] for manifest in manifests]
    key = described[1]["key"]
    for old, new in _differing(connection, MEMBER, VALUES, described):
        one = new or old or {}
        indicator = one["indicator_id"]
        causes = why.causes(
            one["municipality_number"],
            one["period"],
            sources.get(indicator),
            is_redefined=indicator in redefined,
        )
        if {(old or {}).get("status"), (new or {}).get("status")} == {"ok", SUPPRESSED}:
            causes = _ordered({SUPPRESSED, *causes})
        yield ValueChange({name: one[name] for name in key}, old, new, causes)


def _table_changes(
    connection: duckdb.DuckDBPyConnection, folders: tuple[Path, Path], why: _Why
) -> Iterator[TableChange]:
    for edition in EDITIONS:
        old, new = (read_manifest(folder / edition)["tables"] for folder in folders)
        for table in sorted({*old, *new}):
            if (edition, table) == (MEMBER, VALUES) or old.get(table) == new.get(table):
                continue
            if table not in old or table not in new:
                rows = (new.get(table) or old[table])["rows"]
                added, removed = (rows, 0) if table in new else (0, rows)
                yield TableChange(edition, table, added, removed, 0, {})
                continue
            yield _counted(connection, edition, table, [old[table], new[table]], why)


def _counted(
    connection: duckdb.DuckDBPyConnection, edition: str, table: str, described: list[Any], why: _Why
) -> TableChange:
    found: Counter[str] = Counter()
    causes: Counter[tuple[str, ...]] = Counter()
    for old, new in _differing(connection, edition, table, described):
        found["added" if old is None else "removed" if new is None else "changed"] += 1
        causes[why.of_row(new or old or {})] += 1
    counts = dict(causes) if edition == MEMBER else {}
    return TableChange(edition, table, found["added"], found["removed"], found["changed"], counts)


def _differing(
    connection: duckdb.DuckDBPyConnection, edition: str, table: str, described: list[Any]
) -> Iterator[tuple[Row | None, Row | None]]:
    """The rows of a table that differ in a column of both releases, by the key of the later one.

    A key column that the earlier one lacks makes all its rows others.
    """
    key = described[1]["key"]
    both = [name for name in described[1]["columns"] if name in described[0]["columns"]]
    old, new = (
        {
            tuple(row.get(name) for name in key): row
            for row in _rows(connection, f"from {side}_{edition}.{table}")
        }
        for side in ("a", "b")
    )
    for place in sorted({*old, *new}, key=lambda values: tuple((v is not None, str(v)) for v in values)):
        before, after = old.get(place), new.get(place)
        if before is None or after is None or any(before[name] != after[name] for name in both):
            yield before, after


def _indicators(connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, str], set[str]]:
    """indicator_id → source_kind, and the indicators whose formula, unit or version is another."""
    columns = ("indicator_id", "source_kind", "formula", "unit", "better", "version")
    old, new = (
        {
            row["indicator_id"]: row
            for row in _rows(connection, f"select {', '.join(columns)} from {side}_{MEMBER}.dim_indicator")  # noqa: S608 our own names
        }
        for side in ("a", "b")
    )
    kinds = {name: str(row["source_kind"]) for name, row in {**old, **new}.items()}
    return kinds, {name for name in {*old, *new} if old.get(name) != new.get(name)}


def _names(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    for side in ("a", "b"):
        catalogue = f"{side}_{MEMBER}"
        for table, columns in (
            ("dim_municipality", "municipality_number, name, name"),
            ("dim_indicator", "indicator_id, name_nb, name_en"),
        ):
            found = connection.execute(f"select {columns} from {catalogue}.{table} order by all").fetchall()  # noqa: S608 our own names
            names |= {code: (nb, en) for code, nb, en in found}
    return names


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = connection.execute(sql)
    names = [str(column[0]) for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
