"""Survey tables: one row per respondent becomes a respondent and an answer per offered item.

Items are columns, or rows of a long table (survey_long.py), known by code or question text; an answer is
a number or a label of the item's own scale. ``vet ikke`` and ``ikke relevant`` are statuses, blank is
``blank``, anything else ``invalid``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping as MappingType

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.column_texts import Source
from pipelines.ingest.columns import type_column, type_sheet
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.model import Finding
from pipelines.ingest.routing import is_routed
from pipelines.ingest.survey_long import read_long, respondents_of
from pipelines.ingest.tellable import tellable_answer
from pipelines.ingest.text import key
from pipelines.ingest.vocabulary import ITEM, Item, Vocabulary

Answer = tuple[str, int | None]
_NUMBER = re.compile(r"[(\[]?([0-9]{1,3})(?:[.,]0+)?[)\]]?")
_NUMBERED = re.compile(r"[(\[]?(?P<number>[0-9]{1,3})[)\]]?\s*[-–—.,:=)/]*\s*\(?(?P<label>[^\W\d_].*?)\)?")
_NUMBER_BEHIND = re.compile(r"(?P<label>[^\W\d_].*?\D)\s*[-–—.,:=/]*\s*[(\[]?(?P<number>[0-9]{1,3})[)\]]?")
_CODE = re.compile(r"ao?0*([0-9]{1,2})")


def type_survey(
    body: Body, rows: pl.DataFrame, source: Source, places: pl.Series
) -> tuple[dict[str, pl.DataFrame], tuple[Finding, ...]]:
    """survey_respondent and survey_answer of one table, and what is told of its rows.

    rows: the masked rows; places: the municipality of each. survey_answer: sheet, row_number,
    respondent_row (the row of the respondent; row_number but in a long table), item_id, answer_status,
    answer, and for invalid answers answer__raw (*** where it may not be told) and answer__error; by
    respondent, then in the instrument's order.
    """
    frames = type_sheet(body, rows, source)
    respondents = frames["survey_respondent"]
    if body.match.options:
        respondents = _with_options(respondents, body, rows, source)
    if body.match.survey.n_invited is not None and not is_routed(body):
        respondents = _with_invited(respondents, body.match.survey.n_invited, source)
    if not body.match.is_long_survey:
        frames["survey_respondent"] = respondents
        frames["survey_answer"] = _answers(_wide_answers(body, rows, source), body, source)
        return frames, _from_zero(frames["survey_answer"], source)
    long = read_long(body, rows, source, places)
    frames["survey_respondent"] = respondents_of(long, respondents, source)
    frames["survey_answer"] = _answers(long.answers, body, source)
    return frames, (*long.findings, *_from_zero(frames["survey_answer"], source))


def read_answer(
    text: str,
    item: Item,
    vocabulary: Vocabulary,
    mapping: Mapping | None = None,
    *,
    has_codes: bool = False,
) -> Answer:
    """(status, value) of an answer that is not blank; labels of the mapping go before those of the scale.

    has_codes: whether A1 … Ak stand for the scale's points, as in LimeSurvey. A number outside the scale is
    never counted from another end.
    """
    folded = key(text)
    own = {
        key(label): answer
        for label, answer in (mapping.scale.get(item.scale_id, {}) if mapping else {}).items()
    }
    if folded in own:
        answer = own[folded]
        return (answer, None) if isinstance(answer, str) else _in_range(answer, item)
    if (meant := _of_label(folded, item, vocabulary)) is not None:
        return meant
    if number := _NUMBER.fullmatch(folded) or (_CODE.fullmatch(folded) if has_codes else None):
        return _in_range(int(number[1]), item)
    for pattern in (_NUMBERED, _NUMBER_BEHIND):
        numbered = pattern.fullmatch(folded)
        meant = _of_label(key(numbered["label"]), item, vocabulary) if numbered else None
        # A status has a number of its own in every tool; a point must have its own.
        if numbered and meant and meant[1] in (None, int(numbered["number"])):
            return meant
    return "invalid", None


def _of_label(folded: str, item: Item, vocabulary: Vocabulary) -> Answer | None:
    """What a label of the item's scale, or a word for a status, means."""
    labels = vocabulary.pack.scale_index(item.scale_id)
    if folded in labels:
        return labels[folded]
    status = vocabulary.contract.answer_statuses.get(folded)
    return (status, None) if status else None


def _in_range(number: int, item: Item) -> Answer:
    return ("ok", number) if 1 <= number <= item.n_points else ("invalid", None)


def _wide_answers(body: Body, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """row_number, respondent_row, item_id, raw of a table with a column per item."""
    items = source.vocabulary.items
    columns = {t.removeprefix(ITEM): cs[0] for t, cs in body.match.targets.items() if t.startswith(ITEM)}
    ordered = sorted(columns, key=lambda item: items[item].position)
    wide = rows.select("row_number", *(pl.col(f"c{columns[item]}").alias(item) for item in ordered))
    # unpivot goes item by item; the stable sort brings each respondent's answers together again.
    return (
        wide.unpivot(index="row_number", variable_name="item_id", value_name="raw")
        .sort("row_number", maintain_order=True)
        .with_columns(respondent_row="row_number")
    )


def _answers(long: pl.DataFrame, body: Body, source: Source) -> pl.DataFrame:
    """survey_answer of row_number, respondent_row, item_id and raw."""
    read = _distinct_answers(long, source, has_codes=body.match.survey.tool == "limesurvey")
    is_invalid = pl.col("answer_status") == "invalid"
    return long.join(read, on=["item_id", "raw"], how="left", nulls_equal=True, maintain_order="left").select(
        pl.lit(body.match.table.sheet, dtype=pl.String).alias("sheet"),
        "row_number",
        "respondent_row",
        "item_id",
        "answer_status",
        "answer",
        pl.when(is_invalid).then(pl.col("told")).alias("answer__raw"),
        pl.when(is_invalid).then(pl.lit("unknown_answer")).alias("answer__error"),
    )


def _from_zero(answers: pl.DataFrame, source: Source) -> tuple[Finding, ...]:
    """A warning for a scale on which 0 is answered and the highest point never: it may be counted from 0.

    Then every number is one too low. Nobody but the sender knows, so nothing is moved.
    """
    items = source.vocabulary.items.values()
    points = pl.DataFrame(
        [(item.item_id, item.scale_id, item.n_points) for item in items],
        schema={"item_id": pl.String, "scale_id": pl.String, "n_points": pl.Int64},
        orient="row",
    )
    is_zero = pl.col("answer__raw").str.contains(r"^\s*0(?:[.,]0+)?\s*$").fill_null(value=False)
    suspect = (
        answers.join(points, on="item_id", how="left", maintain_order="left")
        .with_columns(is_zero=is_zero)
        .group_by("scale_id", "n_points", maintain_order=True)
        .agg(
            pl.col("sheet", "row_number").filter("is_zero").first(),
            count=pl.col("is_zero").sum(),
            top=pl.col("answer").max(),
        )
        .filter((pl.col("count") > 0) & (pl.col("top") < pl.col("n_points")))
    )
    return tuple(
        Finding(
            "answers_from_zero", "warning", sheet, row, None, "0", {"count": str(n), "limit": str(points)}
        )
        for sheet, row, n, points in suspect.select("sheet", "row_number", "count", "n_points").iter_rows()
    )


def _distinct_answers(long: pl.DataFrame, source: Source, *, has_codes: bool) -> pl.DataFrame:
    """Every distinct (item, text) with its status, value and what of the text may be told if it is invalid.

    A few hundred, read in plain Python.
    """
    vocabulary = source.vocabulary
    pairs = long.select("item_id", "raw").unique().rows()
    read = [
        ("blank", None)
        if raw is None
        else read_answer(raw, vocabulary.items[item], vocabulary, source.mapping, has_codes=has_codes)
        for item, raw in pairs
    ]
    labels = {i: _labels(vocabulary.items[i], source) for i in {item for item, _ in pairs if item}}
    told = [
        tellable_answer(raw, labels[item], vocabulary.answer_words, vocabulary.contract.answer_units)
        if status == "invalid"
        else None
        for (item, raw), (status, _) in zip(pairs, read, strict=True)
    ]
    return pl.DataFrame(
        {
            "item_id": [item for item, _ in pairs],
            "raw": [raw for _, raw in pairs],
            "told": told,
            "answer_status": [status for status, _ in read],
            "answer": [value for _, value in read],
        },
        schema={
            "item_id": pl.String(),
            "raw": pl.String(),
            "told": pl.String(),
            "answer_status": pl.String(),
            "answer": pl.Int64(),
        },
    )


def _labels(item: Item, source: Source) -> set[str]:
    """Every text that would have been an answer to the item, normalised: numbers apart."""
    own = source.mapping.scale.get(item.scale_id, {}) if source.mapping else {}
    vocabulary = source.vocabulary
    return {
        *map(key, own),
        *vocabulary.pack.scale_index(item.scale_id),
        *vocabulary.contract.answer_statuses,
    }


def _with_options(respondents: pl.DataFrame, body: Body, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Check boxes in columns of their own, added to the column they belong to."""
    by_target: dict[str, list[tuple[str, str]]] = {}
    for index, (target, concept_id) in body.match.options.items():
        by_target.setdefault(target, []).append((f"c{index}", concept_id))
    marks = source.vocabulary.contract.survey_exports.ticked
    for target, options in by_target.items():
        concept = body.match.sheet.by_name[target].concept or ""
        texts = source.vocabulary.concepts[concept]
        ticked = [_ticked(rows, column, concept_id, marks, texts) for column, concept_id in options]
        chosen = pl.DataFrame(ticked).select(pl.concat_list(pl.all()).list.drop_nulls()).to_series()
        is_multi = body.match.sheet.by_name[target].is_multi
        respondents = (_with_many if is_multi else _with_one)(respondents, target, chosen)
    return respondents


def _with_many(respondents: pl.DataFrame, target: str, chosen: pl.Series) -> pl.DataFrame:
    """Ticked options beside what a column of the same meaning lists."""
    both = pl.select(
        pl.concat_list(
            pl.lit(respondents[target]).fill_null(pl.lit([], dtype=pl.List(pl.String))), pl.lit(chosen)
        )
        .list.unique()
        .list.sort()
    ).to_series()
    joined = pl.select(pl.when(pl.lit(both).list.len() > 0).then(pl.lit(both))).to_series()
    return respondents.with_columns(joined.alias(target))


def _with_one(respondents: pl.DataFrame, target: str, chosen: pl.Series) -> pl.DataFrame:
    """The one ticked option of a column that takes one; several ticked are a fault of that cell."""
    raw, error = f"{target}__raw", f"{target}__error"
    options = pl.col("chosen")
    return (
        respondents.with_columns(chosen=chosen.list.unique().list.sort())
        .with_columns(
            pl.coalesce(target, pl.when(options.list.len() == 1).then(options.list.first())).alias(target),
            pl.when(pl.col(error).is_null() & (options.list.len() > 1))
            .then(pl.lit("several_options"))
            .otherwise(pl.col(error))
            .alias(error),
            pl.coalesce(raw, pl.when(options.list.len() > 0).then(options.list.join("; "))).alias(raw),
        )
        .with_columns(
            pl.when(pl.col(error) != "several_options")
            .then(target)
            .otherwise(pl.when(pl.col(error).is_null()).then(target))
            .alias(target)
        )
        .drop("chosen")
    )


def _ticked(
    rows: pl.DataFrame, column: str, concept_id: str, marks: Collection[str], texts: MappingType[str, str]
) -> pl.Series:
    """The option's id where it is ticked; marks: normalised; texts: normalised text -> concept id."""
    # Some tools write the option itself into the cell.
    ticks = [
        t for t in rows[column].unique().drop_nulls() if key(t) in marks or texts.get(key(t)) == concept_id
    ]
    is_ticked = rows[column].is_in(ticks)
    return pl.select(pl.when(is_ticked).then(pl.lit(concept_id))).to_series().alias(column)


def _with_invited(respondents: pl.DataFrame, text: str, source: Source) -> pl.DataFrame:
    """The number invited as a title row has it, where no column says it."""
    column = source.vocabulary.contract.sheet_by_id["survey"].by_name["n_invited"]
    if respondents["n_invited__raw"].null_count() < respondents.height:
        return respondents
    raw = pl.Series([text], dtype=pl.String)
    value, rule = type_column(raw, column, source)
    return respondents.with_columns(
        pl.lit(value[0], dtype=column.dtype).alias("n_invited"),
        pl.lit(text).alias("n_invited__raw"),
        pl.lit(rule[0], dtype=pl.String).alias("n_invited__error"),
    )
