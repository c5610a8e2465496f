"""How many respondents gave which answer to the questions behind a value; never the answers of too few."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.analysis.built import Row, rows

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class ItemCount:
    """One question. counts: answer (a scale point, or why there is none) → respondents.

    None where fewer than the catalogue's least number answered, or so few outside a cut that the whole
    would tell their answers. lowest, highest: language → what the ends of the scale are called.
    """

    item_id: str
    text_nb: str
    text_en: str
    counts: dict[str, int] | None
    lowest: dict[str, str]
    highest: dict[str, str]


def of_value(connection: duckdb.DuckDBPyConnection, value: Row) -> list[ItemCount]:
    """The questions that a value is computed from, in the instrument's order; none for registers."""
    least = rows(connection, "select value from reference.threshold where threshold_id = 'min_respondents'")[
        0
    ]["value"]
    whole = {**value, "unit_id": str(value["unit_id"]).rsplit(":", 1)[0] + ":all"}
    ours, all_of_it = _counts(connection, value), _counts(connection, whole)
    found = []
    for item in _items(connection, value):
        counts, in_whole = (one.get(item["item_id"], {}) for one in (ours, all_of_it))
        found.append(
            ItemCount(
                item["item_id"],
                item["text_nb"],
                item["text_en"],
                None if _is_hidden(counts, in_whole, value, int(least)) else counts,
                {"nb": item["lowest_nb"], "en": item["lowest_en"]},
                {"nb": item["highest_nb"], "en": item["highest_en"]},
            )
        )
    return found


def _is_hidden(ours: dict[str, int], whole: dict[str, int], value: Row, least: int) -> bool:
    """Whether so few have answered that their answers are not told. An official answer is nobody's own."""
    if value["collection_mode"] != "respondents":
        return False
    n, n_whole = (_answered(counts) for counts in (ours, whole))
    return n < least or 0 < n_whole - n < least


def _answered(counts: dict[str, int]) -> int:
    """Those who chose a point of the scale."""
    return Counter({answer: n for answer, n in counts.items() if answer.isdigit()}).total()


def _counts(connection: duckdb.DuckDBPyConnection, value: Row) -> dict[str, dict[str, int]]:
    """Question → answer → respondents, of all parts of the unit."""
    found = rows(
        connection,
        "select a.item_id, a.answer, a.n"
        " from intermediate.int_survey__answer_count as a inner join intermediate.int_index__part as p"
        " on a.municipality_number = p.part_number and a.period = p.period and a.focus_area = p.focus_area"
        " where p.unit_id = ? and a.collection_mode = ? order by a.item_id, a.answer, a.municipality_number",
        [value["unit_id"], value["collection_mode"]],
    )
    counted: dict[str, Counter[str]] = {}
    for row in found:
        counted.setdefault(row["item_id"], Counter())[row["answer"]] += row["n"]
    return {item: dict(counts) for item, counts in counted.items()}


def _items(connection: duckdb.DuckDBPyConnection, value: Row) -> list[Row]:
    return rows(
        connection,
        "select i.item_id, i.text_nb, i.text_en, low.label_nb as lowest_nb, low.label_en as lowest_en,"
        " high.label_nb as highest_nb, high.label_en as highest_en"
        " from intermediate.int_lineage__item as l"
        " inner join reference.period as p on l.period = p.period"
        " inner join reference.instrument_item as i"
        " on p.instrument_id = i.instrument_id and l.item_id = i.item_id"
        " inner join reference.scale as s on i.scale_id = s.scale_id"
        " left join reference.scale_label as low on i.scale_id = low.scale_id and low.value = 1"
        " left join reference.scale_label as high on i.scale_id = high.scale_id and high.value = s.n_points"
        " where l.indicator_id = ? and l.period = ? order by i.sort_order, i.item_id",
        [value["indicator_id"], value["period"]],
    )
