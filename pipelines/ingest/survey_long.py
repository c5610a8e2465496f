"""Surveys in long form: one row per respondent and question, made respondents and answers.

Every row of the file stays a row: a good one is an answer with its own row number; one that cannot be used
(an unknown question, nobody who answered, the same question answered twice) stands among the respondents
with the rule that sets it aside. A question that the file asks but a respondent has no row for is blank, at
the respondent's first good row. A row that asks a background question answers no item and is its
respondent's background. What is told of the rows is told here, since only here its cells are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.column_texts import Source
from pipelines.ingest.columns import type_column
from pipelines.ingest.items import undressed
from pipelines.ingest.masking import header_shown
from pipelines.ingest.model import MASK, Finding
from pipelines.ingest.text import clean, column_letter, header_key, key
from pipelines.ingest.vocabulary import LONG, Vocabulary

BACKGROUND = ("role_group_id", "focus_area_ids", "n_invited")
_MOST_TOLD = 200
_LONGEST_TOLD = 200
# So many rows of one repeated answer are named at each of them.
_MOST_NAMED = 20
_NOBODY = "-"


@dataclass(frozen=True)
class LongRows:
    """A long survey's rows, told apart.

    answers: row_number, respondent_row, item_id, raw of the good rows and of the blank ones filled in, by
    respondent, then in the instrument's order; anchors: row_number (first good row), who; fault: row_number
    and rule of the others; who: row_number and who of all rows; asked: row_number, target (a background
    column) and raw of the rows that ask for it.
    """

    answers: pl.DataFrame
    anchors: pl.DataFrame
    fault: pl.DataFrame
    who: pl.DataFrame
    asked: pl.DataFrame
    findings: tuple[Finding, ...]


def read_long(body: Body, rows: pl.DataFrame, source: Source, places: pl.Series) -> LongRows:
    """Tell the rows of a long survey apart.

    rows: the masked rows; places: each row's municipality. Respondents are told apart by what the file
    says, masked or not, which is not kept.
    """
    texts = _item_texts(body, rows)
    meant, likened = _items(texts, body, source.vocabulary)
    is_background = meant.is_in(BACKGROUND)
    frame = pl.DataFrame(
        {
            "row_number": rows["row_number"],
            "who": _who(body, places),
            "item_id": meant,
            "raw": rows[_column(body, f"{LONG}answer")],
        }
    )
    asked = frame.filter(is_background).rename({"item_id": "target"}).select("row_number", "target", "raw")
    pair = ["who", "item_id"]
    is_known = pl.col("who").is_not_null() & pl.col("item_id").is_not_null()
    marked = frame.with_columns(
        rule=pl.when(pl.col("who").is_null())
        .then(pl.lit("respondent_missing"))
        .when(pl.col("item_id").is_null())
        .then(pl.lit("unknown_item"))
        .when((pl.len().over(pair) > 1) & is_known & ~pl.col("item_id").is_in(BACKGROUND))
        .then(pl.lit("repeated_answer"))
    )
    good = marked.filter(pl.col("rule").is_null())
    anchors = good.group_by("who").agg(pl.col("row_number").min()).sort("row_number")
    offered = marked.filter(is_known)["item_id"].unique()
    backing = good.filter(pl.col("item_id").is_in(BACKGROUND))
    own = good.filter(~pl.col("item_id").is_in(BACKGROUND))
    findings = (*likened, *_told(marked, texts, body))
    return LongRows(
        answers=_answers(own, backing, anchors, offered, source.vocabulary),
        anchors=anchors.select("row_number", "who"),
        fault=marked.filter(pl.col("rule").is_not_null()).select("row_number", "rule"),
        who=marked.select("row_number", "who"),
        asked=asked,
        findings=findings,
    )


def respondents_of(long: LongRows, by_row: pl.DataFrame, source: Source) -> pl.DataFrame:
    """survey_respondent of a long survey: a row per respondent, and one per row that is set aside.

    by_row: the typed frame of every row. What a respondent's rows contradict each other in is unknown.
    """
    for name in BACKGROUND:
        by_row = _with_asked(by_row, name, long, source)
    own = by_row.join(long.who, on="row_number", how="left", maintain_order="left")
    good = own.join(long.fault, on="row_number", how="anti")
    frame = own.join(long.anchors.select("row_number"), on="row_number", how="semi")
    for name in BACKGROUND:
        said = _background(good, name)
        frame = frame.drop(name, f"{name}__raw", f"{name}__error").join(said, on="who", how="left")
    aside = own.join(long.fault, on="row_number", how="inner").with_columns(
        respondent_id=pl.lit(None, dtype=pl.String), respondent_id__error=pl.col("rule")
    )
    blank = [c for c in by_row.columns if c not in ("sheet", "row_number") and "respondent_id" not in c]
    aside = aside.with_columns(pl.lit(None, dtype=by_row.schema[c]).alias(c) for c in blank)
    both = pl.concat([frame.select(by_row.columns), aside.select(by_row.columns)])
    return both.sort("row_number")


def _column(body: Body, target: str) -> str:
    return f"c{body.match.targets[target][0]}"


def _header(body: Body, *targets: str) -> str:
    """The header of the first of some columns that is there."""
    index = next(body.match.targets[t][0] for t in targets if t in body.match.targets)
    return body.match.names[index] or column_letter(index)


def _item_texts(body: Body, rows: pl.DataFrame) -> pl.DataFrame:
    """row_number, item and text: the question's code and its words, where the file has them."""
    columns = {name: body.match.targets.get(f"{LONG}{name}") for name in ("item", "text")}
    none = pl.lit(None, dtype=pl.String)
    return rows.select(
        "row_number",
        *((pl.col(f"c{found[0]}") if found else none).alias(name) for name, found in columns.items()),
    )


def _items(texts: pl.DataFrame, body: Body, vocabulary: Vocabulary) -> tuple[pl.Series, list[Finding]]:
    """Per row the item, by code, else by words, else by words nearly the same; null where it is none."""
    found: dict[tuple[str | None, str | None], str | None] = {}
    findings = []
    first = texts.unique(["item", "text"], keep="first", maintain_order=True)
    for row, code, words in first.iter_rows():
        given = [text for text in (code, words) if text]
        exact = [vocabulary.item_finder.find(text) for text in given]
        sure = next((items for items in exact if items), frozenset())
        if len(frozenset().union(*exact)) > 1:
            # A code and words of two questions: nobody can say which is meant.
            found[(code, words)] = None
            continue
        item = min(sure) if sure else _background_of(given, vocabulary)
        if item is None and given and len(first) <= _MOST_TOLD:
            near = vocabulary.item_finder.near(given[-1])
            item = near[0].id if len(near) == 1 else None
            findings += [
                Finding(
                    "linked_by_likeness",
                    "warning",
                    body.match.table.sheet,
                    row,
                    _header(body, f"{LONG}text", f"{LONG}item"),
                    header_shown(given[-1]),
                    {
                        "found": header_shown(given[-1]),
                        "expected": f"{close.id} {vocabulary.item_texts[close.id]}",
                        "score": f"{close.score:.1f}",
                    },
                )
                for close in near
                if len(near) == 1
            ]
        found[(code, words)] = item
    pairs = texts.select("item", "text").iter_rows()
    return pl.Series("item_id", [found[pair] for pair in pairs], dtype=pl.String), findings


def _background_of(given: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """The background column that a question asks for."""
    index = vocabulary.contract.sheet_by_id["survey"].header_index
    targets = (index.get(header_key(form)) for text in given for form in (text, undressed(text)))
    return next((target for target in targets if target in BACKGROUND), None)


def _with_asked(by_row: pl.DataFrame, name: str, long: LongRows, source: Source) -> pl.DataFrame:
    """A background column with what rows of their own answer; choices of several rows are taken together."""
    asked = long.asked.filter(pl.col("target") == name)
    if not asked.height:
        return by_row
    column = source.vocabulary.contract.sheet_by_id["survey"].by_name[name]
    value, rule = type_column(asked["raw"], column, source)
    # In a column for any answer only what is known is surely no remark.
    said = asked.select(
        "row_number",
        value.alias("value"),
        pl.when(value.is_not_null())
        .then("raw")
        .otherwise(pl.when(pl.col("raw").is_not_null()).then(pl.lit(MASK)))
        .alias("said"),
        rule.alias("rule"),
    )
    if column.is_multi:
        chosen = said.join(long.who, on="row_number").filter(pl.col("value").is_not_null())
        every = chosen.explode("value").group_by("who").agg(every=pl.col("value").unique().sort())
        told = chosen.join(every, on="who").select("row_number", "every")
        said = said.join(told, on="row_number", how="left").with_columns(value="every")
    return (
        by_row.join(
            said.select("row_number", "value", "said", "rule"),
            on="row_number",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.coalesce(name, "value").alias(name),
            pl.coalesce(f"{name}__raw", "said").alias(f"{name}__raw"),
            pl.coalesce(f"{name}__error", "rule").alias(f"{name}__error"),
        )
        .drop("value", "said", "rule")
    )


def _who(body: Body, places: pl.Series) -> pl.Series:
    """Who answered, per row: the municipality and, where there is that column, the respondent; else null."""
    indexes = body.match.targets.get("respondent_id")
    if not indexes:
        # An official answer: the municipality is the one that answers.
        return places.rename("who")
    given = body.rows[f"c{indexes[0]}"].to_list()
    folded = {text: key(text) if text else "" for text in set(given)}
    who = [
        f"{place or _NOBODY}\n{folded[text]}" if folded[text] else None
        for place, text in zip(places.to_list(), given, strict=True)
    ]
    return pl.Series("who", who, dtype=pl.String)


def _answers(
    good: pl.DataFrame,
    backing: pl.DataFrame,
    anchors: pl.DataFrame,
    offered: pl.Series,
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """Every respondent and offered item with the row that answers it; blank at the respondent's first."""
    order = [item for item in vocabulary.items if item in set(offered.to_list())]
    asked = pl.DataFrame({"item_id": pl.Series(order, dtype=pl.String)}).with_row_index("position")
    first = anchors.rename({"row_number": "respondent_row"})
    every = first.join(asked, how="cross")
    # The rows of background questions answer no item; they stand here so that no row is lost.
    none = pl.lit(None, dtype=pl.String)
    others = backing.join(first, on="who").with_columns(
        item_id=none, raw=none, position=pl.lit(None, dtype=pl.UInt32)
    )
    columns = ["row_number", "respondent_row", "item_id", "raw", "position"]
    answered = every.join(good.drop("rule"), on=["who", "item_id"], how="left").with_columns(
        pl.coalesce("row_number", "respondent_row").alias("row_number")
    )
    return (
        pl.concat([answered.select(columns), others.select(columns)])
        .sort("respondent_row", "position", "row_number", nulls_last=True)
        .drop("position")
    )


def _background(good: pl.DataFrame, name: str) -> pl.DataFrame:
    """who, and one background column with its raw text and rule: null and told where the rows contradict."""
    is_list = isinstance(good.schema[name], pl.List)
    value = pl.col(name).list.join("|") if is_list else pl.col(name).cast(pl.String)
    # What could not be read is compared as it was written.
    meant = pl.coalesce(value, pl.col(f"{name}__raw").str.strip_chars().str.to_lowercase())
    said = good.with_columns(meant=meant).filter(pl.col("meant").is_not_null())
    is_one = pl.col("meant").n_unique() == 1
    columns = [name, f"{name}__raw", f"{name}__error"]
    none = pl.lit(None, dtype=good.schema[name])
    return (
        said.sort("row_number")
        .group_by("who", maintain_order=True)
        .agg(*(pl.col(column).first() for column in columns), is_one=is_one)
        .with_columns(
            pl.when("is_one").then(pl.col(name)).otherwise(none).alias(name),
            pl.when("is_one")
            .then(pl.col(f"{name}__error"))
            .otherwise(pl.lit("contradicting_background"))
            .alias(f"{name}__error"),
        )
        .select("who", *columns)
    )


def _told(marked: pl.DataFrame, texts: pl.DataFrame, body: Body) -> Iterable[Finding]:
    """Findings on the rows that are set aside."""
    sheet = body.match.table.sheet
    item_header = _header(body, f"{LONG}item", f"{LONG}text")
    unknown = (
        marked.filter(pl.col("rule") == "unknown_item")
        .join(texts, on="row_number", how="left", maintain_order="left")
        .with_columns(said=pl.coalesce("item", "text").fill_null(""))
        .group_by("said", maintain_order=True)
        .agg(pl.col("row_number").first(), count=pl.len())
    )
    for said, row, count in unknown.head(_MOST_TOLD).iter_rows():
        shown = header_shown(clean(said))[:_LONGEST_TOLD]
        params = {"found": shown or "(tom)", "count": str(count)}
        yield Finding("unknown_item", "quarantine", sheet, row, item_header, shown or None, params)
    for row in marked.filter(pl.col("rule") == "respondent_missing")["row_number"]:
        yield Finding("respondent_missing", "quarantine", sheet, row, _header(body, "respondent_id"))
    repeated = marked.filter(pl.col("rule") == "repeated_answer").with_columns(
        others=pl.col("row_number").cast(pl.String).head(_MOST_NAMED).str.join(", ").over("who", "item_id")
    )
    answer_header = _header(body, f"{LONG}answer")
    for row, item, others in repeated.select("row_number", "item_id", "others").iter_rows():
        params = {"item": item, "other": others[:_LONGEST_TOLD]}
        yield Finding("repeated_answer", "quarantine", sheet, row, answer_header, None, params)
