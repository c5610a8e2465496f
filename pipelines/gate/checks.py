"""Which rules a dataset is held to, as checks on a narrow frame: pure, no pandas and no expectations.

A narrow frame has one row per row of the dataset, in its order, and only what the checks look at:

    <column>__error       a rule that the cell broke when it was read, or null
    row__error            a rule that the row as a whole broke when it was read, so that it says nothing
    <column>__given       whether a required cell holds a value; null where it does not
    <column>__day         a date as days since 1970; period__day: the period's last day
    delivery_id, key      what must not stand twice together (a respondent's key names its sheet too)
    <column>__reference   a rule that a reference broke, or null
    contradiction         the rows of the cell that contradicts itself, or null
    contradiction__flat   the same, for a row that a flat column of another sheet gave
    serving               the systems in use that serve a function answered *har ikke*, or null
    cell__<name>          any of these, for a row that one cell of a wide row of the file gave
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl

from pipelines.gate.references import (
    OPTIONAL_REFERENCES,
    PROCESS_REFERENCES,
    SYSTEM_REFERENCES,
    References,
)
from pipelines.gate.rows import Rows, columns_of, is_flat, mapped
from pipelines.ingest.contract import Column
from pipelines.ingest.text import key

Sort = Literal["null", "not_null", "unique", "not_after", "legal_answer"]
ANSWER_STATUSES = ("ok", "dont_know", "not_relevant", "blank")
FLAT, CELL = "__flat", "cell__"
ROW_ERROR = "row__error"
# Keys that may stand once in a delivery; respondents once in each of its tables.
UNIQUE_KEYS = {
    "system": "system_id",
    "function_answer": "function_id",
    "shared_service": "service_id",
    "survey_respondent": "respondent_id",
}


@dataclass(frozen=True)
class Check:
    """One rule on one column of a dataset.

    rule: None where the narrow column itself names it; column: the contract's column; on: the narrow
    column that is looked at; severity: of what it finds; opens: whether the row of the dataset tells
    nothing although the row of the file, which gave other rows as well, is not set aside.
    """

    dataset: str
    column: str
    rule: str | None
    severity: Literal["quarantine", "cell", "warning"]
    sort: Sort
    on: str
    opens: bool = False

    @property
    def label(self) -> str:
        """The rule, or what a check that names several rules is about."""
        return self.rule or ("resolvable" if self.on.endswith("__reference") else "readable")

    @property
    def name(self) -> str:
        """The check's own name, unique among all."""
        own = f"{self.dataset}.{self.column}.{self.label}"
        return f"{own}.cell" if self.on.startswith(CELL) else own


@dataclass(frozen=True)
class Plan:
    """A dataset's narrow frame and the checks on it."""

    dataset: str
    narrow: pl.DataFrame
    checks: tuple[Check, ...]


def plan(dataset: str, rows: Rows, references: References, reference_dates: Mapping[str, date]) -> Plan:
    """What a dataset is held to; reference_dates: each period's last day."""
    frame = _with_errors(rows.frames[dataset], dataset)
    narrow = frame.select("place", "delivery_id", ROW_ERROR)
    checks = [Check(dataset, "row", None, "quarantine", "null", ROW_ERROR)]
    for column in columns_of(dataset):
        narrow, own = _column_checks(dataset, column, frame, narrow)
        checks += own
    narrow, dated = _date_checks(dataset, frame, narrow, reference_dates)
    narrow, unique = _unique_check(dataset, frame, narrow, references)
    narrow, referring = _reference_checks(dataset, narrow, references)
    checks += [*dated, *unique, *referring]
    if dataset == "system_data_object":
        narrow, both = _contradiction_checks(dataset, frame, narrow, references, rows.files)
        checks += both
    if dataset == "function_answer":
        narrow = narrow.hstack([serving_systems(frame, rows.frames["system"], rows.files)])
        checks.append(Check(dataset, "system_names", "system_despite_none", "warning", "null", "serving"))
    if dataset == "system":
        is_blank = pl.all_horizontal(pl.col("lifecycle", "lifecycle__error", ROW_ERROR).is_null())
        narrow = narrow.hstack(frame.select(lifecycle__given=pl.when(~is_blank).then(pl.lit("x"))))
        checks.append(
            Check(dataset, "lifecycle", "blank_lifecycle", "warning", "not_null", "lifecycle__given")
        )
    narrow, checks = _parted(dataset, rows, narrow, checks)
    return Plan(dataset, narrow.drop("place"), tuple(checks))


def _parted(
    dataset: str, rows: Rows, narrow: pl.DataFrame, checks: Sequence[Check]
) -> tuple[pl.DataFrame, list[Check]]:
    """A grave fault in one cell of a wide row takes that cell, not the row's other cells."""
    parted: list[Check] = []
    for check in checks:
        in_cell = rows.in_cell(dataset, check.column)
        if check.severity != "quarantine" or check.sort not in ("null", "not_null") or not in_cell.any():
            parted.append(check)
            continue
        # Where the check does not look, nothing must fail: null, or a value that is given.
        spared = pl.lit("x") if check.sort == "not_null" else pl.lit(None, dtype=pl.String)
        own = narrow[check.on]
        name = f"{CELL}{check.on}"
        narrow = narrow.with_columns(
            pl.when(in_cell).then(spared).otherwise(own).alias(check.on),
            pl.when(in_cell).then(own).otherwise(spared).alias(name),
        )
        parted += [check, replace(check, on=name, severity="cell", opens=True)]
    return narrow, parted


def plan_answers(answers: pl.DataFrame) -> Plan:
    """Survey answers, one row per delivery, item, status and text as received, however many answers.

    The narrow frame also has value, count and the first sheet and row_number of each.
    """
    raw = pl.col("answer__raw") if "answer__raw" in answers.columns else pl.lit(None, dtype=pl.String)
    group = ["delivery_id", "item_id", "answer_status", "value"]
    # A delivery's rows lie in the file's own order, so the first row of a group is the first of the file.
    narrow = (
        answers.with_columns(value=raw)
        .group_by(group)
        .agg(count=pl.len(), sheet=pl.col("sheet").first(), row_number=pl.col("row_number").first())
        .sort(group, nulls_last=True)
    )
    check = Check("survey_answer", "item_id", "unknown_answer", "cell", "legal_answer", "answer_status")
    return Plan("survey_answer", narrow, (check,))


def _contradiction_checks(
    dataset: str,
    frame: pl.DataFrame,
    narrow: pl.DataFrame,
    references: References,
    files: Mapping[str, str],
) -> tuple[pl.DataFrame, list[Check]]:
    """A contradiction takes the cell's rows of *Dataobjekter*; of a row of *Systemer* only that cell."""
    said = contradictions(frame, references.keys[dataset], files)
    own = frame.select(flat=is_flat(dataset))["flat"]
    narrow = narrow.with_columns(
        pl.when(~own).then(said).alias("contradiction"),
        pl.when(own).then(said).alias(f"contradiction{FLAT}"),
    )
    flat = f"contradiction{FLAT}"
    return narrow, [
        Check(dataset, "operations", "contradiction", "quarantine", "null", "contradiction"),
        Check(dataset, "data_object_name", "contradiction", "cell", "null", flat, opens=True),
    ]


def contradictions(frame: pl.DataFrame, keys: pl.DataFrame, files: Mapping[str, str]) -> pl.Series:
    """The rows of each cell (system × object) that says both none and that it is used, else null.

    A cell's rows are those of one municipality and period where they count, else of one delivery.
    files: delivery_id → file name, named with the row where the rows stand in several.
    """
    name = mapped(frame["system_name"], lambda text: f"name:{key(text)}")
    local = mapped(frame["data_object_name"], lambda text: f"name:{key(text)}")
    has_more = (
        (pl.col("operations").is_not_null() & (pl.col("operations") != "none"))
        | pl.col("keeps_copy").fill_null(value=False)
        | pl.col("is_master").fill_null(value=False)
    )
    cell = ["lookup", "system", "object"]
    marked = frame.select(
        "lookup",
        "delivery_id",
        "sheet",
        "row_number",
        system=pl.coalesce(keys["system_key"], name),
        object=pl.coalesce("data_object_id", local),
        has_none=(pl.col("operations") == "none").fill_null(value=False),
        has_more=has_more,
        file=pl.col("delivery_id").replace_strict(files, default=None, return_dtype=pl.String),
    )
    both = pl.col("has_none").any().over(cell) & pl.col("has_more").any().over(cell)
    is_known = pl.col("system").is_not_null() & pl.col("object").is_not_null()
    members = _row_with_place(cell).str.join(", ").over(cell)
    return marked.select(contradiction=pl.when(both & is_known).then(members)).to_series()


def serving_systems(answers: pl.DataFrame, systems: pl.DataFrame, files: Mapping[str, str]) -> pl.Series:
    """The rows of the systems in use that serve a function answered *har ikke*, else null.

    A system is one of the same municipality and period where both count, else of the same delivery. It
    beats the answer, so the sender is told. files: delivery_id → file name, named where it is another.
    """
    serving = systems.filter(pl.col("lifecycle") == "in_use").select(
        "lookup", "row_number", function_id="function_ids", system_file="delivery_id"
    )
    file = pl.col("system_file").replace_strict(files, default=None, return_dtype=pl.String)
    place = pl.when(pl.col("system_file") != pl.col("delivery_id")).then(pl.concat_str(file, pl.lit(": ")))
    row = pl.concat_str(place.otherwise(pl.lit("")), pl.col("row_number").cast(pl.String))
    told = (
        answers.select("lookup", "function_id", "delivery_id", "has_none")
        .with_row_index("answer")
        .filter(pl.col("has_none").fill_null(value=False))
        .join(serving.explode("function_id"), on=["lookup", "function_id"])
        .sort("answer", "system_file", "row_number")
        .group_by("answer", maintain_order=True)
        .agg(serving=row.str.join(", "))
    )
    places = pl.DataFrame({"answer": pl.int_range(answers.height, dtype=pl.UInt32, eager=True)})
    return places.join(told, on="answer", how="left", maintain_order="left")["serving"]


def _row_with_place(cell: list[str]) -> pl.Expr:
    """The row's number, behind the file and the sheet where the cell's rows stand in several."""
    in_files = pl.col("delivery_id").n_unique().over(cell) > 1
    in_sheets = pl.col("sheet").n_unique().over([*cell, "delivery_id"]) > 1
    place = pl.concat_str(
        pl.when(in_files).then("file"), pl.when(in_sheets).then("sheet"), separator="/", ignore_nulls=True
    )
    prefix = pl.when(place != "").then(pl.concat_str(place, pl.lit(": "))).otherwise(pl.lit(""))
    return pl.concat_str(prefix, pl.col("row_number").cast(pl.String))


def _with_errors(frame: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """Every error column, the row's and the contract's; blank in a dataset that nobody delivered."""
    names = [ROW_ERROR, *(f"{column.name}__error" for column in columns_of(dataset))]
    return frame.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in frame.columns
    )


def _column_checks(
    dataset: str, column: Column, frame: pl.DataFrame, narrow: pl.DataFrame
) -> tuple[pl.DataFrame, list[Check]]:
    """Cells that could not be read, and required ones that are blank."""
    is_grave = column.required or column.is_key
    error = f"{column.name}__error"
    severity: Literal["quarantine", "cell"] = "quarantine" if is_grave else "cell"
    narrow = narrow.hstack(frame.select(error))
    checks = [Check(dataset, column.name, None, severity, "null", error)]
    if column.required:
        given = f"{column.name}__given"
        # What could not be read is a fault of its own; it is not blank as well.
        is_given = pl.any_horizontal(pl.col(column.name, error, ROW_ERROR).is_not_null())
        narrow = narrow.hstack(frame.select(pl.when(is_given).then(pl.lit("x")).alias(given)))
        checks.append(Check(dataset, column.name, "required_missing", "quarantine", "not_null", given))
    return narrow, checks


def _date_checks(
    dataset: str, frame: pl.DataFrame, narrow: pl.DataFrame, reference_dates: Mapping[str, date]
) -> tuple[pl.DataFrame, list[Check]]:
    columns = [c.name for c in columns_of(dataset) if c.not_after_period]
    if not columns:
        return narrow, []
    last = frame["period"].replace_strict(
        pl.Series(list(reference_dates), dtype=pl.String),
        pl.Series(list(reference_dates.values()), dtype=pl.Date),
        default=None,
        return_dtype=pl.Date,
    )
    days = [pl.col(name).cast(pl.Int32).alias(f"{name}__day") for name in columns]
    narrow = narrow.hstack(frame.select(days)).with_columns(last.cast(pl.Int32).alias("period__day"))
    return narrow, [
        Check(dataset, name, "date_after_period", "quarantine", "not_after", f"{name}__day")
        for name in columns
    ]


def _unique_check(
    dataset: str, frame: pl.DataFrame, narrow: pl.DataFrame, references: References
) -> tuple[pl.DataFrame, list[Check]]:
    if dataset not in UNIQUE_KEYS:
        return narrow, []
    column = UNIQUE_KEYS[dataset]
    if dataset == "system":
        keys = references.keys["system"]["system_key"]
    else:
        keys = mapped(frame[column], lambda text: key(text) or None)
    if dataset == "survey_respondent":
        # Each table numbers its own respondents; a delivery may hold several.
        own = frame["sheet"]
        keys = pl.select(pl.concat_str(own, keys, separator="\n")).to_series()
    narrow = narrow.with_columns(keys.alias("key"))
    return narrow, [Check(dataset, column, "repeated_key", "quarantine", "unique", "key")]


def _reference_checks(
    dataset: str, narrow: pl.DataFrame, references: References
) -> tuple[pl.DataFrame, list[Check]]:
    columns = {**SYSTEM_REFERENCES.get(dataset, {}), **PROCESS_REFERENCES.get(dataset, {})}
    checks = []
    for column in columns:
        name = f"{column}__reference"
        faults = (
            references.edges.filter(
                (pl.col("dataset") == dataset) & (pl.col("column") == column) & pl.col("fault").is_not_null()
            )
            .group_by("place")
            .agg(pl.col("fault").min().alias(name))
        )
        narrow = narrow.join(faults, on="place", how="left", maintain_order="left")
        is_optional = (dataset, column) in OPTIONAL_REFERENCES
        checks.append(Check(dataset, column, None, "cell" if is_optional else "quarantine", "null", name))
    return narrow, checks
