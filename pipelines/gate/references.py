"""References between sheets: which system or process a text means, and who follows a quarantine.

Where a row's references are looked up: one that counts, among the rows that count for its municipality
and period; any other, in its own delivery first and then among those. So what reaches the models never
refers to something that does not.

A text means a system by its id or its name; a process by the pack's code or name, else by the name of
a row in *Prosesser*. One that means two things is ambiguous. Objects listed in a row of *Systemer* belong
to that row's own system, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.gate.rows import ROW, Rows, is_flat, mapped, with_key
from pipelines.ingest.contract import load_contract

# Dataset → its columns that name systems, with the column that receives their keys.
SYSTEM_REFERENCES: dict[str, dict[str, str]] = {
    "function_answer": {"system_names": "system_keys"},
    "process": {"system_names": "system_keys"},
    "system_data_object": {"system_name": "system_key"},
    "exchange": {"from_system": "from_system_key", "to_system": "to_system_key"},
}
PROCESS_REFERENCES: dict[str, dict[str, str]] = {
    "process_data": {"process_name": "process_key"},
    "initiative": {"process_names": "process_keys"},
}
# Where a reference is an aside: one that leads nowhere leaves its row in place. In *Funksjoner* the systems
# are the row's answer, so there it does not.
OPTIONAL_REFERENCES = frozenset({("process", "system_names"), ("initiative", "process_names")})
# Columns of a table of references.
_EDGE = ["dataset", "column", "place", *ROW, "lookup", "value", "target", "fault"]


@dataclass(frozen=True)
class References:
    """What refers to what.

    edges: one row per reference: dataset, column, place, delivery_id, sheet, row_number, lookup,
    concept (system, process), value (as written), target (a key, null where there is not exactly one),
    fault (a rule, null where it is found), in_cell (whether it stood in one cell of a wide row).
    things: what can be referred to: concept, lookup, target, delivery_id, sheet, row_number.
    keys: dataset → place and the columns of keys, in the frame's order.
    """

    edges: pl.DataFrame
    things: pl.DataFrame
    keys: dict[str, pl.DataFrame]


def resolve(
    rows: Rows, processes: Mapping[str, str], nearly: Callable[[str], str | None] = lambda _: None
) -> References:
    """Resolve every reference. processes: the pack's compared codes and names of processes → id.

    nearly: the process of a text that is so like a name of the pack's that it means it; asked last.
    """
    systems = with_system_key(rows.frames["system"])
    system_names = _with_left_out(_named(systems, "system_key", ["system_id", "system_name"]), systems)
    process_rows = _with_process_key(rows.frames["process"])
    process_names = _named(
        process_rows.filter(~pl.col("is_absent").fill_null(value=False)), "process_key", ["process_name"]
    )
    index = {
        "system": _by_lookup(system_names, rows.deliveries),
        "process": _by_lookup(process_names, rows.deliveries),
    }
    found = [
        _resolve_column(rows.frames[dataset], dataset, column, index["system"], "system")
        for dataset, columns in SYSTEM_REFERENCES.items()
        for column in columns
    ] + [
        _resolve_column(rows.frames[dataset], dataset, column, index["process"], "process", processes, nearly)
        for dataset, columns in PROCESS_REFERENCES.items()
        for column in columns
    ]
    things = [
        _things(systems, "system_key", "system", rows),
        _things(process_rows, "process_key", "process", rows),
    ]
    edges = _with_cells(_without_noise(pl.concat(found), things[0]), rows)
    keys = {dataset: _keys(rows, dataset, edges) for dataset in (*SYSTEM_REFERENCES, *PROCESS_REFERENCES)}
    keys["system"] = systems.select("place", "system_key")
    keys["system_data_object"] = _with_own_system(
        keys["system_data_object"], rows.frames["system_data_object"], systems
    )
    return References(edges, pl.concat(things), keys)


def _without_noise(edges: pl.DataFrame, systems: pl.DataFrame) -> pl.DataFrame:
    """An optional reference to a system is no fault where there is no list of systems to look it up in."""
    listed = systems["lookup"].unique().to_list()
    is_optional = pl.concat_str("dataset", "column", separator=".").is_in(
        [".".join(one) for one in sorted(OPTIONAL_REFERENCES)]
    )
    is_noise = is_optional & (pl.col("concept") == "system") & ~pl.col("lookup").is_in(listed)
    return edges.with_columns(fault=pl.when(~is_noise).then("fault"))


def _with_cells(edges: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """in_cell: whether the reference stood in one of several cells of its row of the file."""
    named = [(d, column) for d, columns in SYSTEM_REFERENCES.items() for column in columns]
    named += [(d, column) for d, columns in PROCESS_REFERENCES.items() for column in columns]
    marks = [
        rows.frames[dataset]
        .select("place", in_cell=rows.in_cell(dataset, column))
        .filter("in_cell")
        .with_columns(dataset=pl.lit(dataset), column=pl.lit(column))
        for dataset, column in named
    ]
    on = ["dataset", "column", "place"]
    found = edges.join(pl.concat(marks), on=on, how="left", maintain_order="left")
    return found.with_columns(pl.col("in_cell").fill_null(value=False))


def _with_own_system(keys: pl.DataFrame, frame: pl.DataFrame, systems: pl.DataFrame) -> pl.DataFrame:
    """The keys of listed objects, those of a flat column with the system of their own row."""
    own = (
        frame.filter(is_flat("system_data_object"))
        .select("place", *ROW)
        .join(systems.select(*ROW, own="system_key"), on=ROW, how="inner")
        .select("place", "own")
    )
    return (
        keys.join(own, on="place", how="left", maintain_order="left")
        .with_columns(system_key=pl.coalesce("own", "system_key"))
        .drop("own")
    )


def following(references: References, quarantined: pl.DataFrame) -> pl.DataFrame:
    """The references that pull their rows into quarantine, to the end of every chain.

    quarantined: delivery_id, sheet, row_number of rows set aside for a fault of their own. A system is
    set aside when any of its rows is, a process when all of them are. Returns edges of rows that are
    not in ``quarantined``. Those of a cell come last: they pull their cell, not its row, and nothing more.
    """
    aside = quarantined.select(ROW).unique()
    pulled: list[pl.DataFrame] = []
    of_rows = references.edges.filter(~pl.col("in_cell"))
    while True:
        targets = _set_aside(references.things, aside)
        new = of_rows.join(targets, on=["concept", "lookup", "target"], how="semi").join(
            aside, on=ROW, how="anti"
        )
        if new.is_empty():
            break
        pulled.append(new)
        aside = pl.concat([aside, new.select(ROW)]).unique()
    cells = references.edges.filter("in_cell").join(targets, on=["concept", "lookup", "target"], how="semi")
    return pl.concat([*pulled, cells.join(aside, on=ROW, how="anti")])


def _set_aside(things: pl.DataFrame, aside: pl.DataFrame) -> pl.DataFrame:
    marked = things.join(aside.with_columns(is_aside=pl.lit(value=True)), on=ROW, how="left")
    is_aside = pl.col("is_aside").fill_null(value=False)
    return (
        marked.group_by("concept", "lookup", "target")
        .agg(any_aside=is_aside.any(), all_aside=is_aside.all())
        .filter(pl.when(pl.col("concept") == "system").then("any_aside").otherwise("all_aside"))
    )


def with_system_key(systems: pl.DataFrame) -> pl.DataFrame:
    """system_key: the compared id, else the compared name, else the row itself."""
    named = with_key(with_key(systems, "system_id", "id_key"), "system_name", "name_key")
    row = pl.concat_str(pl.lit("row:"), "delivery_id", pl.lit(":"), "sheet", pl.lit(":"), "row_number")
    return named.with_columns(
        system_id__key=pl.col("id_key"),
        system_name__key=pl.col("name_key"),
        system_key=pl.coalesce("id_key", "name_key", row),
    ).drop("id_key", "name_key")


def _with_process_key(processes: pl.DataFrame) -> pl.DataFrame:
    """process_key: the reference process, else ``local:`` and the compared name."""
    named = with_key(processes, "process_name", "process_name__key")
    local = pl.concat_str(pl.lit("local:"), "process_name__key")
    return named.with_columns(process_key=pl.coalesce("process_id", local))


def _named(frame: pl.DataFrame, target: str, columns: list[str]) -> pl.DataFrame:
    """delivery_id, municipality_number, period, is_counting, name, target, is_borrowed: one row per name."""
    common = ["delivery_id", "municipality_number", "period", "is_counting"]
    parts = [
        frame.select(*common, name=pl.col(f"{column}__key"), target=pl.col(target)) for column in columns
    ]
    return (
        pl.concat(parts).drop_nulls(["name", "target"]).unique().with_columns(is_borrowed=pl.lit(value=False))
    )


def _with_left_out(names: pl.DataFrame, systems: pl.DataFrame) -> pl.DataFrame:
    """The names, and those of shared systems that a municipality lists itself: they mean its own."""
    left_out = systems.filter(pl.col("stands_for").is_not_null()).with_columns(is_counting=pl.lit(value=True))
    borrowed = _named(left_out, "stands_for", ["system_id", "system_name"])
    return pl.concat([names, borrowed.with_columns(is_borrowed=pl.lit(value=True))])


def _by_lookup(names: pl.DataFrame, deliveries: pl.DataFrame) -> pl.DataFrame:
    """lookup, name → target (null where several), n_targets."""
    place = pl.concat_str("municipality_number", "period", separator="|")
    own = names.filter(~pl.col("is_borrowed")).select(pl.col("delivery_id").alias("lookup"), "name", "target")
    counting = names.filter("is_counting")
    united = counting.select(place.alias("lookup"), "name", "target")
    borrowed = (
        deliveries.select("municipality_number", "period", lookup="delivery_id")
        .join(counting, on=["municipality_number", "period"], how="inner")
        .select("lookup", "name", "target")
        .join(own, on=["lookup", "name"], how="anti")
    )
    return (
        pl.concat([own, united, borrowed])
        .group_by("lookup", "name")
        .agg(n_targets=pl.col("target").n_unique(), first=pl.col("target").min())
        .select("lookup", "name", "n_targets", target=pl.when(pl.col("n_targets") == 1).then(pl.col("first")))
    )


def _resolve_column(
    frame: pl.DataFrame,
    dataset: str,
    column: str,
    index: pl.DataFrame,
    concept: str,
    codes: Mapping[str, str] | None = None,
    nearly: Callable[[str], str | None] = lambda _: None,
) -> pl.DataFrame:
    """The references of one column, one row per name in it. codes: names that the pack itself knows;
    nearly: what a name means that neither the pack nor a row has.
    """
    referring = frame.filter(~is_flat(dataset))
    texts = referring.select("place", *ROW, "lookup", value=pl.col(column))
    if frame.schema[column] == pl.List(pl.String):
        texts = texts.explode("value")
    # "har ikke" beside names is a fault of the cell, told by the reader; it names nothing.
    words = load_contract().words
    texts = with_key(texts, "value", "name").filter(
        pl.col("name").is_not_null() & ~pl.col("name").is_in(sorted(words.none | words.absent))
    )
    known = codes or {}
    coded = texts["name"].replace_strict(
        pl.Series(list(known), dtype=pl.String),
        pl.Series(list(known.values()), dtype=pl.String),
        default=None,
        return_dtype=pl.String,
    )
    fault = (
        pl.when(pl.col("target").is_not_null())
        .then(None)
        .when(pl.col("n_targets") > 1)
        .then(pl.lit(f"ambiguous_{concept}"))
        .otherwise(pl.lit(f"unresolved_{concept}"))
    )
    found = (
        texts.with_columns(code=coded)
        .join(index, on=["lookup", "name"], how="left", maintain_order="left")
        .with_columns(target=pl.coalesce("code", "target"))
    )
    is_nowhere = pl.col("target").is_null() & pl.col("n_targets").is_null()
    near = mapped(found.select(pl.when(is_nowhere).then("name")).to_series(), nearly)
    return (
        found.with_columns(target=pl.coalesce("target", near))
        .with_columns(fault=fault, dataset=pl.lit(dataset), column=pl.lit(column), concept=pl.lit(concept))
        .select(*_EDGE, "concept")
    )


def _things(frame: pl.DataFrame, target: str, concept: str, rows: Rows) -> pl.DataFrame:
    """Every row that is referred to, under each lookup in which it can be found."""
    place = pl.concat_str("municipality_number", "period", separator="|")
    common = [*map(pl.col, ROW), pl.col(target).alias("target")]
    found = frame.filter(pl.col(target).is_not_null())
    counting = found.filter("is_counting")
    own = found.select(pl.col("delivery_id").alias("lookup"), *common)
    united = counting.select(place.alias("lookup"), *common)
    borrowed = (
        rows.deliveries.select("municipality_number", "period", lookup="delivery_id")
        .join(counting, on=["municipality_number", "period"], how="inner")
        .select("lookup", *common)
        .join(own, on=["lookup", "target"], how="anti")
    )
    things = pl.concat([own, united, borrowed])
    return things.select(pl.lit(concept).alias("concept"), "lookup", "target", *ROW)


def _keys(rows: Rows, dataset: str, edges: pl.DataFrame) -> pl.DataFrame:
    """place and the resolved keys of a dataset's rows; null where none was named or resolved.

    Of several keys an empty list is known to be none, as in the column itself.
    """
    frame = rows.frames[dataset]
    keys = frame.select("place")
    columns = {**SYSTEM_REFERENCES, **PROCESS_REFERENCES}[dataset]
    for column, name in columns.items():
        own = edges.filter((pl.col("dataset") == dataset) & (pl.col("column") == column))
        is_list = frame.schema[column] == pl.List(pl.String)
        target = pl.col("target").unique().sort() if is_list else pl.col("target").first()
        found = own.drop_nulls("target").group_by("place").agg(target.alias(name))
        if is_list:
            none = frame.filter(pl.col(column).list.len() == 0)
            found = pl.concat([found, none.select("place", pl.lit([], pl.List(pl.String)).alias(name))])
        keys = keys.join(found, on="place", how="left", maintain_order="left")
    return keys
