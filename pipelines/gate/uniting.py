"""What the cooperation body (SBO) delivers for its owners, united with what each owner delivers itself.

Both count. Where both say the same thing (a system with the same id or name, a function, a shared service,
one cell of systems × objects), the municipality's own row counts and the shared one is left out of the
count, so that nothing is counted twice and nobody's own delivery changes through another's file. A row that
is left out is no fault: it stays accepted. Texts that name a left-out system lead to the municipality's own.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pipelines.gate.findings import Told
from pipelines.gate.references import with_system_key
from pipelines.gate.rows import ROW, Rows, mapped
from pipelines.ingest.text import key

# Dataset → the column that names the thing a row is about, told in the finding.
_NAMED = {
    "system": "system_name",
    "function_answer": "function_id",
    "shared_service": "service_id",
    "system_data_object": "data_object_name",
}
# What the SBO states for all owners together; a municipality's share of it is not known.
_AMOUNT = "annual_cost"


def unite(rows: Rows) -> tuple[Rows, list[Told]]:
    """The rows with what yields left out of the count, and a finding for each row that yields."""
    if not any(frame["is_shared"].any() for frame in rows.frames.values()):
        return rows, []
    systems = _with_own(with_system_key(rows.frames["system"]))
    canonical = _canonical(systems)
    frames = dict(rows.frames)
    frames["system"] = _left_out(systems, systems["stands_for"].is_not_null()).select(
        frames["system"].columns
    )
    for dataset, identity in _identities(frames, canonical).items():
        yields = _is_own_too(frames[dataset], identity)
        if dataset == "system_data_object":
            yields |= _is_row_of(frames[dataset], systems.filter(pl.col("stands_for").is_not_null()))
        frames[dataset] = _left_out(frames[dataset], yields)
    united = replace(rows, frames=frames)
    return united, [*_told_yielding(rows, united), *_told_amounts(united)]


def _with_own(systems: pl.DataFrame) -> pl.DataFrame:
    """stands_for: the key of the municipality's own system with the id or else the name of a shared one."""
    counting = systems.filter("is_counting")
    found = systems
    for name in ("system_id__key", "system_name__key"):
        own = (
            counting.filter(~pl.col("is_shared") & pl.col(name).is_not_null())
            .group_by("lookup", name)
            .agg(pl.col("system_key").min().alias(f"own_{name}"))
        )
        found = found.join(own, on=["lookup", name], how="left", maintain_order="left")
    is_shared = pl.col("is_counting") & pl.col("is_shared")
    target = pl.coalesce("own_system_id__key", "own_system_name__key")
    return found.with_columns(stands_for=pl.when(is_shared).then(target))


def _canonical(systems: pl.DataFrame) -> pl.DataFrame:
    """lookup, name → canonical: the key under which a system is counted, by its id or name."""
    counting = systems.filter("is_counting").with_columns(
        canonical=pl.coalesce("stands_for", "system_key"), rank=pl.col("is_shared").cast(pl.Int8)
    )
    named = [
        counting.select("lookup", "rank", "canonical", name=pl.col(column))
        for column in ("system_id__key", "system_name__key")
    ]
    return (
        pl.concat(named)
        .drop_nulls("name")
        .sort("lookup", "name", "rank", "canonical")
        .unique(["lookup", "name"], keep="first", maintain_order=True)
        .select("lookup", "name", "canonical")
    )


def _identities(frames: dict[str, pl.DataFrame], canonical: pl.DataFrame) -> dict[str, pl.Series]:
    """Dataset → what each row is about, null where that is not said."""
    cells = frames["system_data_object"]
    system = pl.DataFrame(
        {"lookup": cells["lookup"], "name": mapped(cells["system_name"], lambda text: key(text) or None)}
    ).join(canonical, on=["lookup", "name"], how="left", maintain_order="left")
    local = mapped(cells["data_object_name"], lambda text: f"name:{key(text)}")
    cell = pl.select(
        pl.concat_str(
            pl.coalesce(system["canonical"], system["name"]),
            pl.coalesce(cells["data_object_id"], local),
            separator="\n",
        )
    ).to_series()
    return {
        "function_answer": frames["function_answer"]["function_id"],
        "shared_service": frames["shared_service"]["service_id"],
        "system_data_object": cell,
    }


def _is_own_too(frame: pl.DataFrame, identity: pl.Series) -> pl.Series:
    """Whether a shared row is about what a row of the municipality's own is about."""
    marked = frame.select("lookup", "is_counting", "is_shared", identity=identity)
    own = marked.filter(pl.col("is_counting") & ~pl.col("is_shared") & pl.col("identity").is_not_null())
    found = marked.join(
        own.select("lookup", "identity", is_own=pl.lit(value=True)).unique(),
        on=["lookup", "identity"],
        how="left",
        maintain_order="left",
    )
    both = pl.col("is_counting") & pl.col("is_shared") & pl.col("is_own").fill_null(value=False)
    return found.select(yields=both)["yields"]


def _is_row_of(frame: pl.DataFrame, systems: pl.DataFrame) -> pl.Series:
    """Whether a row was listed in one of these rows of *Systemer*."""
    found = frame.select(ROW).join(
        systems.select(*ROW, listed=pl.lit(value=True)), on=ROW, how="left", maintain_order="left"
    )
    return found["listed"].fill_null(value=False)


def _left_out(frame: pl.DataFrame, yields: pl.Series) -> pl.DataFrame:
    """Rows that yield do not count; they are looked up in their own delivery, as all that do not."""
    return (
        frame.with_columns(yields.alias("yields"))
        .with_columns(
            is_counting=pl.col("is_counting") & ~pl.col("yields"),
            lookup=pl.when("yields").then("delivery_id").otherwise("lookup"),
        )
        .drop("yields")
    )


def _told_yielding(before: Rows, after: Rows) -> list[Told]:
    """A finding for each row that counted before and does not now."""
    told = []
    for dataset, column in _NAMED.items():
        yielding = before.frames[dataset]["is_counting"] & ~after.frames[dataset]["is_counting"]
        frame = before.frames[dataset].filter(yielding)
        # As the sender wrote it.
        raw = [name for name in (f"{column}__raw", column) if name in frame.columns]
        frame = frame.select(*ROW, "place", value=pl.coalesce(raw))
        for delivery, sheet, row, place, value in frame.iter_rows():
            header = before.header_at(dataset, place, column)
            told.append(Told(delivery, "own_row_counts", "warning", sheet, row, header, value))
    return told


def _told_amounts(rows: Rows) -> list[Told]:
    """One finding per shared delivery that states costs."""
    frame = rows.frames["system"]
    stated = frame.filter(pl.col("is_counting") & pl.col("is_shared") & pl.col(_AMOUNT).is_not_null())
    first = stated.group_by("delivery_id").agg(pl.col("place").min(), pl.col("sheet").first())
    return [
        Told(delivery, "shared_amount", "warning", sheet, None, rows.header_at("system", place, _AMOUNT))
        for delivery, place, sheet in first.sort("delivery_id").iter_rows()
    ]
