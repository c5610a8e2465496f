"""From a number back to what it is made of: the formula with its numbers, the rows, the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.analysis import catalogue as names
from pipelines.analysis import context, finding, survey_counts, things
from pipelines.analysis.built import AnalysisError, Row, reading, rows, tested_build
from pipelines.analysis.survey_counts import ItemCount
from pipelines.analysis.things import Thing
from pipelines.analysis.wording import LANGUAGES, TEXTS, Language, say
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock

if TYPE_CHECKING:
    import duckdb

# Which columns of a delivered row tell what it says, by dataset; and by indicator where only some matter.
SHOWN = TEXTS.with_name("shown_columns.yml")
IDENTITY = ("delivery_id", "sheet", "row_number")


@dataclass(frozen=True)
class Question:
    """Which value: as it stands in fct_indicator_value. municipality: number or name."""

    indicator_id: str
    municipality: str
    period: str
    focus_area: str = "all"
    boundary: str = "delivered"
    collection_mode: str | None = None


@dataclass(frozen=True)
class Explanation:
    """What a value is made of.

    value: the row of fct_indicator_value with the municipality's name; indicator: the row of
    dim_indicator; parts: values that it is put together from (composites); used: delivered rows, with
    dataset, used_for, thing, said (column → what stands there), delivery_id, sheet, row_number; files: the
    deliveries behind them with name and SHA-256; names: language → id of a thing → what it is called;
    things: what is counted, each with its answer; loaded: the roles that own the most (KEY1); answers: how
    many respondents answered what to each question; around: target, place, change and release of the
    value, and whether the release hides it.
    """

    value: Row
    indicator: Row
    parts: tuple[Row, ...]
    used: tuple[Row, ...]
    files: tuple[Row, ...]
    names: dict[Language, dict[str, str]]
    things: tuple[Thing, ...] = ()
    loaded: tuple[Row, ...] = ()
    answers: tuple[ItemCount, ...] = ()
    around: Row = field(default_factory=dict)


def explain(settings: Settings, question: Question) -> Explanation:
    """Look a value up in the last run's build. Raises AnalysisError for one that is not there."""
    with writer_lock(settings), reading(tested_build(settings)) as connection:
        value = _value(connection, question)
        indicator = rows(
            connection, "select * from main.dim_indicator where indicator_id = ?", [value["indicator_id"]]
        )[0]
        parts = [*_parts(connection, value), *_taken_away(connection, value)]
        counted = things.of_value(connection, value, indicator)
        if _n_parts(connection, value) > 1:
            # The parts may have things of one id: which rows are whose is not told.
            counted = [replace(thing, row=None) for thing in counted]
        is_key = indicator["family"] == "KEY"
        answers = survey_counts.of_value(connection, value)
        hidden = {item.item_id for item in answers if item.counts is None}
        used = _used(connection, value, indicator["family"], hidden, hides_all=len(hidden) == len(answers))
        return Explanation(
            value,
            indicator,
            tuple(parts),
            tuple(used),
            tuple(_files(connection, used)),
            {lang: names.of_things(connection, value["municipality_number"], lang) for lang in LANGUAGES},
            tuple(counted),
            tuple(things.most_loaded(connection, value["unit_id"])) if is_key and counted else (),
            tuple(answers),
            {**context.of_value(connection, value), **context.told_in_release(settings, value)},
        )


def _n_parts(connection: duckdb.DuckDBPyConnection, value: Row) -> int:
    sql = "select count(distinct part_number) as n from intermediate.int_index__part where unit_id = ?"
    return int(rows(connection, sql, [value["unit_id"]])[0]["n"])


def _value(connection: duckdb.DuckDBPyConnection, question: Question) -> Row:
    indicators = rows(
        connection, "select indicator_id, name_nb, name_en from main.dim_indicator order by all"
    )
    known = {
        str(name): str(row["indicator_id"])
        for column in ("indicator_id", "name_nb", "name_en")
        for row in indicators
        if (name := row[column])
    }
    indicator = finding.find(question.indicator_id, known, "indicator", finding.place("where_catalogue"))
    finding.check_period(connection, question.period)
    places = finding.municipality_names(connection, question.period)
    where = finding.place("where_period", period=question.period)
    number = finding.find(question.municipality, places, "municipality", where)
    areas = {"all": "all", **finding.area_names(connection)}
    area = finding.find(question.focus_area, areas, "focus_area", finding.place("where_pack"))
    _check_cut(connection, indicator, area)
    found = rows(
        connection,
        "select v.*, i.unit_id, m.name from main.fct_indicator_value as v"
        " inner join intermediate.int_index__indicator as i using (municipality_number, period, boundary,"
        " focus_area, indicator_id, collection_mode)"
        " left join main.dim_municipality as m using (municipality_number, period)"
        " where v.indicator_id = ? and v.municipality_number = ? and v.period = ? and v.focus_area = ?"
        " and v.boundary = ? order by v.collection_mode",
        [indicator, number, question.period, area, question.boundary],
    )
    words = {
        "indicator": indicator,
        "municipality": lambda lang: finding.called(number, places, lang),
        "period": question.period,
        "area": lambda lang: finding.called(area, areas, lang),
        "boundary": lambda lang: say(question.boundary, lang),
    }
    return _of_mode(found, question, words)


def _check_cut(connection: duckdb.DuckDBPyConnection, indicator: str, area: str) -> None:
    """Raises AnalysisError for an indicator of no municipality, or a cut of one that has none."""
    found = rows(
        connection,
        "select name_nb, name_en, family, has_focus_area_cut from reference.indicator where indicator_id = ?",
        [indicator],
    )[0]
    named = {"indicator": lambda lang: f"{found[f'name_{lang}']} ({indicator})"}
    if found["family"] == "SBO":
        raise AnalysisError("error_of_owners", **named)
    if area != "all" and not found["has_focus_area_cut"]:
        raise AnalysisError("error_no_cuts", **named)


def _of_mode(found: Sequence[Row], question: Question, words: dict[str, object]) -> Row:
    """The value in the collection mode that is asked for; without one, the only or the delivered one.

    words: what an error tells of. Raises AnalysisError where there is none.
    """
    modes = [row["collection_mode"] for row in found]
    wanted = [row for row in found if question.collection_mode in (None, row["collection_mode"])]
    if not wanted:
        if modes:
            raise AnalysisError(
                "error_no_mode",
                mode=lambda lang: say(str(question.collection_mode), lang),
                modes=lambda lang: ", ".join(say(mode, lang) for mode in modes),
                **words,
            )
        if question.focus_area != "all":
            raise AnalysisError("error_empty_cut", **words)
        raise AnalysisError("error_no_value", **words)
    told = [row for row in wanted if row["status"] != "not_delivered"]
    return (told or wanted)[-1]


def _parts(connection: duckdb.DuckDBPyConnection, value: Row) -> list[Row]:
    """The values that a composite or a difference is made of."""
    return rows(
        connection,
        "select v.indicator_id, d.name_nb, d.name_en, v.status, v.value, v.n, p.is_required"
        " from main.fct_indicator_value as v inner join main.dim_indicator as d using (indicator_id)"
        " inner join reference.composite_part as p on d.dimension_id = p.dimension_id and d.item_id is null"
        " where p.indicator_id = ? and v.municipality_number = ? and v.period = ? and v.boundary = ?"
        " and v.focus_area = ? and v.collection_mode = ? order by p.is_required desc, v.indicator_id",
        [
            value[name]
            for name in (
                *("indicator_id", "municipality_number", "period", "boundary", "focus_area"),
                "collection_mode",
            )
        ],
    )


def _taken_away(connection: duckdb.DuckDBPyConnection, value: Row) -> list[Row]:
    """What PRO_GAP is the difference of: the question's score, and PRO_OWN of the same unit."""
    return rows(
        connection,
        "select s.item_id as indicator_id, null as name_nb, null as name_en, s.status, s.score as value, s.n,"
        " true as is_required from intermediate.int_survey__item_score as s"
        " inner join main.dim_indicator as d on d.indicator_id = ? and s.item_id = d.item_id"
        " where s.unit_id = ? and s.collection_mode = ? and d.family = 'PRO'"
        " union all select p.indicator_id, d.name_nb, d.name_en, p.status, p.value, p.n, true"
        " from intermediate.int_process__share as p inner join main.dim_indicator as d using (indicator_id)"
        " where p.indicator_id = 'PRO_OWN' and p.unit_id = ? and ? = 'PRO_GAP'",
        [
            *(value["indicator_id"], value["unit_id"], value["collection_mode"]),
            *(value["unit_id"], value["indicator_id"]),
        ],
    )


def _used(
    connection: duckdb.DuckDBPyConnection, value: Row, family: str, hidden: set[str], *, hides_all: bool
) -> list[Row]:
    """The delivered rows, what the value is made of first, each with what it says.

    hidden: the questions that so few have answered that no answer is told.
    """
    lineage = rows(
        connection,
        "select dataset, used_for, thing, delivery_id, sheet, row_number, is_quarantined"
        " from intermediate.int_lineage__row where unit_id = ? and indicator_id = ? and collection_mode = ?"
        " order by used_for desc, dataset, delivery_id, sheet, row_number, thing",
        [value["unit_id"], value["indicator_id"], value["collection_mode"]],
    )
    specs = shown_columns()
    said = {
        dataset: _said(
            connection,
            dataset,
            _columns(specs[dataset], value["indicator_id"], family),
            [row for row in lineage if row["dataset"] == dataset],
        )
        for dataset in sorted({row["dataset"] for row in lineage})
    }
    # What the value is made of first, the datasets in their order; the sort keeps the query's order.
    place = {dataset: number for number, dataset in enumerate(specs)}
    lineage.sort(key=lambda row: (row["used_for"] == "coverage", place[row["dataset"]]))
    for row in lineage:
        is_hidden = (row["dataset"] == "survey_answer" and row["thing"] in hidden) or (
            row["dataset"] == "survey_respondent" and hides_all
        )
        row["said"] = None if is_hidden else said[row["dataset"]][_key(row, specs[row["dataset"]])]
    return lineage


@cache
def shown_columns() -> dict[str, dict[str, Any]]:
    """dataset → sheet, thing and the columns to show."""
    content: dict[str, dict[str, Any]] = yaml.safe_load(SHOWN.read_text("utf-8"))
    return content


def _columns(spec: dict[str, Any], indicator_id: str, family: str) -> list[str]:
    columns: list[str] = spec.get(indicator_id) or spec.get(family) or spec["default"]
    return columns


def _key(row: Row, spec: dict[str, Any]) -> tuple[Any, ...]:
    """Which row it is, and of which of its things where it tells of several."""
    return (*(row[name] for name in IDENTITY), (row["thing"] or "") if "thing" in spec else "")


def _said(
    connection: duckdb.DuckDBPyConnection, dataset: str, columns: Sequence[str], wanted: Sequence[Row]
) -> dict[tuple[Any, ...], Row]:
    """(row, thing) → the columns that tell; a file's row may tell of several things."""
    spec = shown_columns()[dataset]
    thing = spec.get("thing", "''")
    deliveries = sorted({row["delivery_id"] for row in wanted})
    found = rows(
        connection,
        f"select distinct delivery_id, sheet, row_number, coalesce({thing}, '') as thing,"  # noqa: S608 our own names
        f" {', '.join(columns)} from lake.{dataset} where list_contains(?, delivery_id) order by all",
        [deliveries],
    )
    return {_key(row, spec): {name: row[name] for name in columns} for row in reversed(found)}


def _files(connection: duckdb.DuckDBPyConnection, used: Sequence[Row]) -> list[Row]:
    return rows(
        connection,
        "select delivery_id, municipality_number, period, kind, file_name, sha256, status from main.delivery"
        " where list_contains(?, delivery_id) order by municipality_number, kind, file_name, delivery_id",
        [sorted({row["delivery_id"] for row in used})],
    )
