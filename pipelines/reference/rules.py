"""Rules of a reference pack that need more than one cell: keys, references, scales, instruments,
periods, names. Each rule appends its faults; a rule without faults says nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.reference.names import normalise
from pipelines.reference.periods import Period, parse_period
from pipelines.reference.reading import Record, Records, Value
from pipelines.reference.schema import CONCEPTS, ITEM_ALIAS, TABLES, THRESHOLDS, Problem, Table

# Scores are summed as integers over the least common multiple of 1..15 (exact in any order).
MAX_ITEMS_PER_DIMENSION = 15
# A firm and its products have one name in every language.
NAME_COLUMNS = ("name_nb", "name_en", "name")
# What a value can be, by its unit; a count or a gap may be anything.
_RANGES: Final = {"percent": (0, 100), "level": (1, 5), "fraction": (0, 1)}

Index = dict[str, str]


def check_all(records: Records, folder: Path) -> Iterator[Problem]:
    """Every rule but those of ``build_concepts``, ``build_scales`` and ``build_items``, which check
    while they build. ``folder`` is the base pack, named where a whole table is missing."""
    yield from required_tables(records, folder)
    for table in TABLES.values():
        yield from repeated_keys(table, records[table.name])
        yield from broken_references(table, records)
    yield from size_classes(records["size_class"])
    yield from thresholds(records["threshold"], folder)
    yield from changes(records["municipality_change"])
    yield from former_numbers(records)
    yield from periods(records)
    yield from participants(records)
    yield from scales(records)
    yield from instruments(records)
    yield from item_links(records)
    yield from composites(records)
    yield from targets(records)
    yield from granted_registers(records)
    yield from focus_areas(records["focus_area"])


def required_tables(records: Records, folder: Path) -> Iterator[Problem]:
    """The tables without which nothing can be loaded or compared."""
    for table in TABLES.values():
        if table.required and not records[table.name]:
            file = folder / f"{table.name}.csv"
            yield Problem(file, None, None, "the table has no rows", "add the file with its rows")


def repeated_keys(table: Table, rows: list[Record]) -> Iterator[Problem]:
    """A key stands once, over all folders of the pack."""
    first: dict[tuple[Value, ...], Record] = {}
    for record in rows:
        key = _values(record, table.key)
        earlier = first.setdefault(key, record)
        if earlier is not record:
            found = f"the key {_shown(key)} stands already in {earlier.file}, row {earlier.row}"
            yield record.problem(", ".join(table.key), found, "remove one of the two")


def broken_references(table: Table, records: Records) -> Iterator[Problem]:
    """Every foreign key leads to a row; a null refers to nothing."""
    for reference in table.foreign_keys:
        targets = {_values(row, reference.target_columns) for row in records[reference.table]}
        for record in records[table.name]:
            key = _values(record, reference.columns)
            if None not in key and key not in targets:
                found = f"{_shown(key)} is not in {reference.table}.csv"
                to_do = f"use a {' and '.join(reference.target_columns)} of that table, or add it there"
                yield record.problem(", ".join(reference.columns), found, to_do)


def size_classes(rows: list[Record]) -> Iterator[Problem]:
    """The classes divide the populations from 0 upwards without gap or overlap; the last is open."""
    expected: int | None = 0
    for record in sorted(rows, key=lambda row: _int(row, "min_population") or 0):
        low, high = _int(record, "min_population"), _int(record, "max_population")
        if low != expected:
            where = "after an open class" if expected is None else f"where {expected} was expected"
            to_do = "let each class begin where the one below it ends"
            yield record.problem("min_population", f"found {low} {where}", to_do)
        if low is not None and high is not None and high < low:
            yield record.problem("max_population", f"{high} is below {low}", "raise it or leave it blank")
        expected = None if high is None else high + 1
    if rows and expected is not None:
        last = max(rows, key=lambda row: _int(row, "min_population") or 0)
        yield last.problem("max_population", "the largest class has an end", "leave it blank")


def thresholds(rows: list[Record], folder: Path) -> Iterator[Problem]:
    """Every threshold that a model reads is given."""
    given = {record.values["threshold_id"] for record in rows}
    if missing := [name for name in THRESHOLDS if rows and name not in given]:
        found = f"missing: {', '.join(missing)}"
        yield Problem(folder / "threshold.csv", None, "threshold_id", found, "add a row for each")


def changes(rows: list[Record]) -> Iterator[Problem]:
    """A split has several targets; a number that was renumbered or merged has one."""
    targets = Counter(record.values["old_number"] for record in rows)
    for record in rows:
        is_split = record.values["kind"] == "split"
        if is_split != (targets[record.values["old_number"]] > 1):
            found = f"{record.values['kind']} with {targets[record.values['old_number']]} target(s)"
            yield record.problem("kind", found, "a split has one row per target, every other change one row")


def former_numbers(records: Records) -> Iterator[Problem]:
    """A former number is not one of today's; it has one name and one span of years, whatever follows it."""
    now = {record.values["municipality_number"] for record in records["municipality"]}
    said: dict[Value, tuple[Value, ...]] = {}
    for record in records["municipality_change"]:
        old, (first, last) = record.values["old_number"], _years(record)
        if old in now:
            to_do = "remove the change or the municipality"
            yield record.problem("old_number", f"{old} is a number of today", to_do)
        if first is not None and last is not None and last < first:
            yield record.problem("last_year", f"{last} is before {first}", "correct one of the years")
        own = _values(record, ("old_name", "first_year", "last_year"))
        if said.setdefault(old, own) != own:
            to_do = "let every row of an old number tell the same"
            yield record.problem("old_name, first_year, last_year", f"{old} differs from row to row", to_do)


def participants(records: Records) -> Iterator[Problem]:
    """A participant's number, today's or a former one, is known and was valid in the period."""
    years = {row.values["old_number"]: _years(row) for row in records["municipality_change"]}
    years |= {row.values["municipality_number"]: _years(row) for row in records["municipality"]}
    for record in records["participant"]:
        number, period = record.values["municipality_number"], _period(record)
        if number not in years:
            to_do = "add the municipality or correct the number"
            yield record.problem("municipality_number", f"{number} is no municipality of the pack", to_do)
            continue
        first, last = years[number]
        to_do = "write the number of that time"
        if period is not None and last is not None and period.year > last:
            found = f"{number} was valid up to {last}, not in {period}"
            yield record.problem("municipality_number", found, to_do)
        if period is not None and first is not None and period.year < first:
            found = f"{number} is valid from {first}, not in {period}"
            yield record.problem("municipality_number", found, to_do)


def periods(records: Records) -> Iterator[Problem]:
    """Periods can be read, have one frequency, and lie within their instrument's validity."""
    validity = {row.values["instrument_id"]: row for row in records["instrument"]}
    frequency: str | None = None
    for record in records["period"]:
        period = _period(record)
        if period is None:
            to_do = "write a year (2026) or a half-year (2026-H1, 2026-H2)"
            yield record.problem("period", f"found {record.values['period']!r}", to_do)
            continue
        frequency = frequency or period.frequency
        if period.frequency != frequency:
            yield record.problem("period", f"{period} among periods of another length", "use one frequency")
        instrument = validity.get(record.values["instrument_id"])
        if instrument is not None and not _is_valid_on(instrument, period.reference_date):
            found = f"{record.values['instrument_id']} is not valid on {period.reference_date}"
            yield record.problem("instrument_id", found, "choose another instrument or correct its dates")
    for record in records["instrument"]:
        start, end = record.values["valid_from"], record.values["valid_to"]
        if isinstance(start, date) and isinstance(end, date) and end < start:
            yield record.problem("valid_to", f"{end} is before {start}", "correct one of the dates")


def scales(records: Records) -> Iterator[Problem]:
    """A scale of k points has a label for each of 1..k; the other statuses have no value."""
    points = {row.values["scale_id"]: _int(row, "n_points") or 0 for row in records["scale"]}
    labelled: dict[Value, set[Value]] = defaultdict(set)
    for record in records["scale_label"]:
        scale, value = record.values["scale_id"], _int(record, "value")
        if (record.values["answer_status"] == "ok") != (value is not None):
            to_do = "give ok labels a value and the others none"
            yield record.problem("value", f"{value} with status {record.values['answer_status']}", to_do)
        elif value is not None and value > points.get(scale, value):
            found = f"{value} on a scale of {points[scale]} points"
            yield record.problem("value", found, "correct one of them")
        labelled[scale].add(value)
    for record in records["scale"]:
        scale = record.values["scale_id"]
        if missing := [str(v) for v in range(1, points[scale] + 1) if v not in labelled[scale]]:
            yield record.problem(
                "n_points", f"no label for {', '.join(missing)}", "add them to scale_label.csv"
            )


def instruments(records: Records) -> Iterator[Problem]:
    """A dimension has one scale and no more items than exact integer scores allow."""
    dimensions: dict[tuple[Value, ...], list[Record]] = defaultdict(list)
    for record in records["instrument_item"]:
        dimensions[_values(record, ("instrument_id", "dimension_id"))].append(record)
    for key, items in dimensions.items():
        first = items[0].values["scale_id"]
        if odd := next((item for item in items if item.values["scale_id"] != first), None):
            found = f"dimension {key[1]} uses {first} and {odd.values['scale_id']}"
            yield odd.problem("scale_id", found, "use one scale in a dimension, or divide it")
        if len(items) > MAX_ITEMS_PER_DIMENSION:
            found = f"dimension {key[1]} has {len(items)} items"
            to_do = f"keep to {MAX_ITEMS_PER_DIMENSION}, or divide it"
            yield items[MAX_ITEMS_PER_DIMENSION].problem("dimension_id", found, to_do)


def item_links(records: Records) -> Iterator[Problem]:
    """A link leads to another instrument, from one item to one, over scales of the same length."""
    scales = {
        _values(row, ("instrument_id", "item_id")): row.values["scale_id"]
        for row in records["instrument_item"]
    }
    points = {row.values["scale_id"]: _int(row, "n_points") for row in records["scale"]}
    linked: set[tuple[Value, ...]] = set()
    for record in records["item_link"]:
        item = _values(record, ("instrument_id", "item_id"))
        earlier = _values(record, ("earlier_instrument_id", "earlier_item_id"))
        if item[0] == earlier[0]:
            found = f"{item[0]} is linked with itself"
            yield record.problem("earlier_instrument_id", found, "name the earlier instrument")
        lengths = points.get(scales.get(item)), points.get(scales.get(earlier))
        if None not in lengths and lengths[0] != lengths[1]:
            found = f"{lengths[0]} points against {lengths[1]}"
            yield record.problem("earlier_item_id", found, "link items whose scales are equally long")
        if (item[0], *earlier) in linked:
            found = f"{_shown(earlier)} is linked already with another item of {item[0]}"
            yield record.problem("earlier_item_id", found, "link each earlier item once")
        linked.add((item[0], *earlier))


def composites(records: Records) -> Iterator[Problem]:
    """What is made of dimensions is of their family, has none of its own, and rests on a required one."""
    indicators = {row.values["indicator_id"]: row for row in records["indicator"]}
    required = {r.values["indicator_id"] for r in records["composite_part"] if r.values["is_required"]}
    for record in records["composite_part"]:
        name = record.values["indicator_id"]
        indicator = indicators.get(name)
        if indicator is None:
            continue
        if indicator.values["family"] != "MOD" or indicator.values["dimension_id"] is not None:
            found = f"{name} is no indicator of several dimensions"
            yield record.problem("indicator_id", found, "name one of family MOD without a dimension")
        elif name not in required:
            yield record.problem("is_required", f"{name} has no required part", "make one of them required")


def targets(records: Records) -> Iterator[Problem]:
    """A target can be reached, and stands where there is a better and a worse."""
    indicators = {row.values["indicator_id"]: row.values for row in records["indicator"]}
    for record in records["target"]:
        indicator = indicators.get(record.values["indicator_id"], {})
        if indicator.get("better") == "neutral":
            found = f"{record.values['indicator_id']} is neither better high nor low"
            yield record.problem("indicator_id", found, "remove the target")
        unit, value = indicator.get("unit"), record.values["value"]
        if unit == "points" and indicator.get("better") != "near_zero":
            unit = "percent"
        low, high = _RANGES.get(str(unit), (None, None))
        if low is not None and high is not None and isinstance(value, Decimal) and not low <= value <= high:
            yield record.problem(
                "value", f"{value} cannot be reached", f"write a number from {low} to {high}"
            )


def granted_registers(records: Records) -> Iterator[Problem]:
    """A process is granted only a register that municipalities may use."""
    available = {row.values["register_id"]: row.values["is_available"] for row in records["register"]}
    for record in records["process_object"]:
        if available.get(record.values["register_id"]) is False:
            found = f"municipalities may not use {record.values['register_id']}"
            yield record.problem("register_id", found, "remove the row or correct register.csv")


def focus_areas(rows: list[Record]) -> Iterator[Problem]:
    """``all`` is what the indicator tables call the whole municipality."""
    for record in rows:
        if record.values["focus_area_id"] == "all":
            yield record.problem("focus_area_id", "all means the whole municipality", "choose another id")


def build_concepts(records: Records, problems: list[Problem]) -> dict[str, Index]:
    """Per concept: normalised id, names and aliases → id. A text that leads to two ids is a fault."""
    concepts: dict[str, Index] = {}
    for concept, (table, id_column) in CONCEPTS.items():
        known = {str(row.values[id_column]) for row in records[table]}
        names = tuple(name for name in TABLES[table].column_names if name in NAME_COLUMNS)
        entries = list(_own_texts(records[table], id_column, names))
        entries += _alias_texts(records["alias"], concept, known, f"{table}.csv", problems)
        concepts[concept] = _index(entries, concept, problems)
    return concepts


def build_items(records: Records, problems: list[Problem]) -> dict[str, Index]:
    """Per instrument: normalised item id, question text (nb, en) or alias → item id."""
    known = {str(row.values["item_id"]) for row in records["instrument_item"]}
    aliases = _alias_texts(records["alias"], ITEM_ALIAS, known, "instrument_item.csv", problems)
    items: dict[str, Index] = {}
    for instrument in (str(row.values["instrument_id"]) for row in records["instrument"]):
        own = [row for row in records["instrument_item"] if row.values["instrument_id"] == instrument]
        ids = {row.values["item_id"] for row in own}
        entries = list(_own_texts(own, "item_id", ("text_nb", "text_en")))
        entries += [entry for entry in aliases if entry[1] in ids]
        items[instrument] = _index(entries, f"instrument {instrument}", problems)
    return items


def build_scales(records: Records, problems: list[Problem]) -> dict[str, dict[str, tuple[str, int | None]]]:
    """Per scale: normalised label (nb, en) → (answer status, value or None)."""
    found: dict[str, dict[str, tuple[str, int | None]]] = {
        str(row.values["scale_id"]): {} for row in records["scale"]
    }
    for record in records["scale_label"]:
        meaning = (str(record.values["answer_status"]), _int(record, "value"))
        for column in ("label_nb", "label_en"):
            text = normalise(str(record.values[column]))
            labels = found.setdefault(str(record.values["scale_id"]), {})
            if labels.setdefault(text, meaning) != meaning:
                problems.append(
                    record.problem(column, f"{text!r} has two meanings on this scale", "reword one label")
                )
    return found


_Entry = tuple[str, str, Record, str]  # text, the id it leads to, where it stands


def _own_texts(rows: Iterable[Record], id_column: str, columns: tuple[str, ...]) -> Iterator[_Entry]:
    for record in rows:
        for column in (id_column, *columns):
            yield str(record.values[column]), str(record.values[id_column]), record, column


def _alias_texts(
    rows: list[Record], concept: str, known: set[str], file: str, problems: list[Problem]
) -> list[_Entry]:
    entries = []
    for record in rows:
        if record.values["concept"] != concept:
            continue
        target = str(record.values["concept_id"])
        if target not in known:
            problems.append(
                record.problem("concept_id", f"{target!r} is not in {file}", "correct it or add it there")
            )
        entries.append((str(record.values["alias"]), target, record, "alias"))
    return entries


def _index(entries: list[_Entry], what: str, problems: list[Problem]) -> Index:
    index: Index = {}
    for text, target, record, column in entries:
        name = normalise(text)
        if not name:
            problems.append(record.problem(column, f"{text!r} holds no letter or digit", "give it a name"))
        elif (other := index.setdefault(name, target)) != target:
            found = f"{text!r} leads to both {other} and {target} ({what})"
            problems.append(record.problem(column, found, "make the text lead to one of them"))
    return index


def _values(record: Record, columns: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(record.values[column] for column in columns)


def _shown(key: tuple[Value, ...]) -> str:
    return ", ".join("blank" if part is None else repr(str(part)) for part in key)


def _int(record: Record, column: str) -> int | None:
    value = record.values[column]
    return value if isinstance(value, int) else None


def _years(record: Record) -> tuple[int | None, int | None]:
    """The first and the last year of a number; None for open, as the last of a number of today is."""
    return _int(record, "first_year"), _int(record, "last_year") if "last_year" in record.values else None


def _period(record: Record) -> Period | None:
    try:
        return parse_period(str(record.values["period"]))
    except ValueError:
        return None


def _is_valid_on(instrument: Record, day: date) -> bool:
    start, end = instrument.values["valid_from"], instrument.values["valid_to"]
    return (not isinstance(start, date) or start <= day) and (not isinstance(end, date) or day <= end)
