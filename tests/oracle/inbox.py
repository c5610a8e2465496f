"""The inbox → for each municipality, period and kind: delivered (its united sheets), rejected or not.

Everything in the inboxes is taken as one scan of a fresh home: a file that stands there twice
with the same bytes is one delivery, and two files with the same sheet are a conflict.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .files import UnreadableError, read_tables
from .names import norm
from .pack import Pack
from .sheets import KIND_OF_SHEET, Sheet, kind_from_name, recognise

IGNORED = {".yml", ".yaml", ".md"}
Place = tuple[str, str, str]  # municipality number, period, kind


@dataclass(frozen=True)
class Delivery:
    """One file's part for one municipality and kind; no sheets means rejected."""

    place: Place
    mode: str
    sha256: str
    file: str
    sheets: tuple[Sheet, ...] = ()
    reason: str = ""


@dataclass
class Delivered:
    """What counts for one municipality, period, kind and collection mode."""

    status: str
    sheets: dict[str, Sheet] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def read_inboxes(inboxes: Sequence[Path], pack: Pack) -> list[Delivery]:
    """Every delivery of every file below ``<inbox>/<period>/<municipality number>/``."""
    found: list[Delivery] = []
    for inbox in inboxes:
        for folder in sorted(path for path in inbox.glob("*/*") if path.is_dir()):
            period, number = folder.parent.name, folder.name
            if period not in pack.periods or not pack.is_valid(number, period):
                continue
            for path in sorted(folder.iterdir()):
                if path.is_file() and not _is_ignored(path):
                    found += read_file(path, number, period, pack)
    return found


def _is_ignored(path: Path) -> bool:
    """Mappings, notes and what an office program leaves behind are no deliveries."""
    return path.suffix.lower() in IGNORED or path.name.startswith((".", "~$"))


def read_file(path: Path, number: str, period: str, pack: Pack) -> list[Delivery]:
    """The deliveries of one file: one per kind, and one per municipality where it names them."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        sheets = _recognised(path, period, pack)
    except (UnreadableError, ValueError) as error:
        return [_rejection(path, number, period, sha256, str(error))]
    if not sheets:
        return [_rejection(path, number, period, sha256, "nothing recognised")]
    found = []
    for kind in sorted({KIND_OF_SHEET[sheet.sheet] for sheet in sheets}):
        own = [sheet for sheet in sheets if KIND_OF_SHEET[sheet.sheet] == kind]
        # "A required column missing: the delivery is rejected whole", not only that sheet.
        missing = [name for sheet in own for name in sheet.missing]
        if missing:
            found.append(_rejection(path, number, period, sha256, f"missing: {missing}", kind))
            continue
        found += _per_municipality(own, (number, period, kind), sha256, path.name, pack)
    return found


def _rejection(path: Path, number: str, period: str, sha256: str, reason: str, kind: str = "") -> Delivery:
    kind = kind or kind_from_name(path.name)
    mode = "respondents" if kind == "survey" else "register"
    return Delivery((number, period, kind), mode, sha256, path.name, reason=reason)


def _recognised(path: Path, period: str, pack: Pack) -> list[Sheet]:
    """The sheets of the reading whose headers match best; of two sheets of one sort, the better."""
    items = pack.items(period)
    readings = [
        [sheet for table in tables if (sheet := recognise(table, pack, items))]
        for tables in read_tables(path)
    ]
    return max(readings, key=lambda sheets: sum(sheet.score for sheet in sheets))


def _per_municipality(
    sheets: list[Sheet], place: Place, sha256: str, file: str, pack: Pack
) -> list[Delivery]:
    number, period, kind = place
    plain = "respondents" if kind == "survey" else "register"
    if not any(sheet.has_municipality for sheet in sheets):
        return [Delivery(place, plain, sha256, file, tuple(sheets))]
    named = {norm(row["name"]): key for key, row in pack.municipalities.items()}
    split: dict[str, list[Sheet]] = defaultdict(list)
    mode = plain
    for sheet in sheets:
        groups: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for row_number, cells in sheet.rows:
            text = cells.get("municipality", "")
            key = text.zfill(4) if text.isdecimal() else named.get(norm(text), text)
            key = key if not key or pack.is_valid(key, period) else _successor(key, pack)
            groups[key or number].append((row_number, cells))
        # Who answered alone is not the municipality.
        if kind == "survey" and not sheet.has_respondents and all(len(g) == 1 for g in groups.values()):
            mode = "official"
        for key, rows in groups.items():
            split[key].append(Sheet(sheet.sheet, rows, sheet.score, sheet.offered, True))
    # A folder speaks for its own municipality only.
    if others := sorted(key for key in split if pack.is_valid(key, period) and key != number):
        return [Delivery(place, plain, sha256, file, reason=f"rows of {others}")]
    return [
        Delivery((key, period, kind), mode, sha256, file, tuple(parts))
        for key, parts in sorted(split.items())
        if pack.is_valid(key, period)
    ]


def _successor(number: str, pack: Pack) -> str:
    """An old number goes to its successor where there is one."""
    found = pack.successors(number)
    return found[0] if len(found) == 1 else number


def unite(deliveries: Sequence[Delivery]) -> dict[tuple[Place, str], Delivered]:
    """What counts for each (municipality, period, kind) and collection mode."""
    groups: dict[tuple[Place, str], dict[str, Delivery]] = defaultdict(dict)
    for delivery in deliveries:
        groups[(delivery.place, delivery.mode)].setdefault(delivery.sha256, delivery)
    return {key: _counting(list(group.values())) for key, group in groups.items()}


def _counting(deliveries: list[Delivery]) -> Delivered:
    """The sheets of all files of one kind, less those that conflict."""
    seen: dict[str, int] = defaultdict(int)
    for delivery in deliveries:
        for sheet_id in {sheet.sheet for sheet in delivery.sheets}:
            seen[sheet_id] += 1
    result = Delivered("rejected")
    for delivery in deliveries:
        if delivery.sheets and all(seen[sheet.sheet] == 1 for sheet in delivery.sheets):
            result.status = "delivered"
            result.sheets.update({sheet.sheet: sheet for sheet in delivery.sheets})
            result.files.append(delivery.file)
    return result
