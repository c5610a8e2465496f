"""Survey tables: one row per respondent becomes a respondent and an answer per offered item.

Items are columns, recognised by code or question text; an answer is a number or a label of the item's
own scale. ``vet ikke`` and ``ikke relevant`` are statuses, blank is ``blank``, anything else ``invalid``.
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.columns import Source, type_sheet
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.model import MASK
from pipelines.ingest.recognise import ITEM
from pipelines.ingest.tellable import tellable_answer
from pipelines.ingest.text import key
from pipelines.ingest.vocabulary import Item, Vocabulary

Answer = tuple[str, int | None]
_NUMBER = re.compile(r"([0-9]{1,3})(?:[.,]0+)?")
_NUMBERED = re.compile(r"([0-9]{1,3})\s*[-–.:=)]*\s*\(?(.+?)\)?")
_TRUE = frozenset({"1", "true", "ja", "yes", "x", "sann"})


def type_survey(body: Body, rows: pl.DataFrame, source: Source) -> dict[str, pl.DataFrame]:
    """survey_respondent and survey_answer of one table (rows: the masked rows).

    survey_answer: sheet, row_number, respondent_row (= row_number), item_id, answer_status, answer, and
    for invalid answers answer__raw (*** where it may not be told) and answer__error; by respondent, then
    in the instrument's order.
    """
    frames = type_sheet(body, rows, source)
    respondents = _without_masked_ids(frames["survey_respondent"])
    if body.match.options:
        respondents = _with_options(respondents, body, rows)
    frames["survey_respondent"] = respondents
    frames["survey_answer"] = _answers(body, rows, source)
    return frames


def read_answer(text: str, item: Item, vocabulary: Vocabulary, mapping: Mapping | None = None) -> Answer:
    """(status, value) of an answer that is not blank; labels of the mapping go before those of the scale."""
    folded = key(text)
    own = {
        key(label): answer
        for label, answer in (mapping.scale.get(item.scale_id, {}) if mapping else {}).items()
    }
    if folded in own:
        answer = own[folded]
        return (answer, None) if isinstance(answer, str) else _in_range(answer, item)
    labels = vocabulary.pack.scale_index(item.scale_id)
    if folded in labels:
        return labels[folded]
    if folded in vocabulary.contract.answer_statuses:
        return vocabulary.contract.answer_statuses[folded], None
    if number := _NUMBER.fullmatch(folded):
        return _in_range(int(number[1]), item)
    numbered = _NUMBERED.fullmatch(folded)
    if numbered and labels.get(key(numbered[2])) == ("ok", int(numbered[1])):
        return "ok", int(numbered[1])
    return "invalid", None


def _in_range(number: int, item: Item) -> Answer:
    return ("ok", number) if 1 <= number <= item.n_points else ("invalid", None)


def _answers(body: Body, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    items = source.vocabulary.items
    columns = {t.removeprefix(ITEM): cs[0] for t, cs in body.match.targets.items() if t.startswith(ITEM)}
    ordered = sorted(columns, key=lambda item: items[item].position)
    wide = rows.select("row_number", *(pl.col(f"c{columns[item]}").alias(item) for item in ordered))
    # unpivot goes item by item; the stable sort brings each respondent's answers together again.
    long = wide.unpivot(index="row_number", variable_name="item_id", value_name="raw").sort(
        "row_number", maintain_order=True
    )
    read = _distinct_answers(long, source)
    is_invalid = pl.col("answer_status") == "invalid"
    return long.join(read, on=["item_id", "raw"], how="left", nulls_equal=True, maintain_order="left").select(
        pl.lit(body.match.table.sheet, dtype=pl.String).alias("sheet"),
        "row_number",
        pl.col("row_number").alias("respondent_row"),
        "item_id",
        "answer_status",
        "answer",
        pl.when(is_invalid).then(pl.col("told")).alias("answer__raw"),
        pl.when(is_invalid).then(pl.lit("unknown_answer")).alias("answer__error"),
    )


def _distinct_answers(long: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Every distinct (item, text) with its status, value and what of the text may be told if it is invalid.

    A few hundred, read in plain Python.
    """
    vocabulary = source.vocabulary
    pairs = long.select("item_id", "raw").unique().rows()
    read = [
        ("blank", None)
        if raw is None
        else read_answer(raw, vocabulary.items[item], vocabulary, source.mapping)
        for item, raw in pairs
    ]
    labels = {item: _labels(vocabulary.items[item], source) for item in {item for item, _ in pairs}}
    told = [
        tellable_answer(raw, labels[item]) if status == "invalid" else None
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


def _without_masked_ids(respondents: pl.DataFrame) -> pl.DataFrame:
    """A masked id tells nobody apart, so it is as a blank one; the row number tells respondents apart."""
    parts = pl.col("respondent_id").str.split("|").list.eval(pl.element().str.strip_chars())
    is_masked = parts.list.contains(MASK).fill_null(value=False)
    return respondents.with_columns(respondent_id=pl.when(~is_masked).then("respondent_id"))


def _with_options(respondents: pl.DataFrame, body: Body, rows: pl.DataFrame) -> pl.DataFrame:
    """Check boxes in columns of their own, added to the multi-valued column they belong to."""
    by_target: dict[str, list[tuple[str, str]]] = {}
    for index, (target, concept_id) in body.match.options.items():
        by_target.setdefault(target, []).append((f"c{index}", concept_id))
    for target, options in by_target.items():
        ticked = [_ticked(rows, column, concept_id) for column, concept_id in options]
        chosen = pl.DataFrame(ticked).select(pl.concat_list(pl.all()).list.drop_nulls()).to_series()
        both = pl.select(
            pl.concat_list(
                pl.lit(respondents[target]).fill_null(pl.lit([], dtype=pl.List(pl.String))), pl.lit(chosen)
            )
            .list.unique()
            .list.sort()
        ).to_series()
        joined = pl.select(pl.when(pl.lit(both).list.len() > 0).then(pl.lit(both))).to_series()
        respondents = respondents.with_columns(joined.alias(target))
    return respondents


def _ticked(rows: pl.DataFrame, column: str, concept_id: str) -> pl.Series:
    marks = rows[column].str.strip_chars().str.to_lowercase().is_in(list(_TRUE))
    return pl.select(pl.when(marks).then(pl.lit(concept_id))).to_series().alias(column)
