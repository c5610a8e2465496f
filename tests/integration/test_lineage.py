"""The rows that int_lineage__row names recompute the value: without all others the models give it again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import duckdb

from tests.integration.model_runner import Models, rows
from tests.integration.small_worlds import World, joined, load, pack, registers, survey

PERIOD = "2005"
NUMBERS = tuple(f"{number:04d}" for number in range(1, 7))
# Besides one of every indicator.
MORE = 40
# What concerns all owners together stands in a table of its own.
NOT_IN_THE_INDEX = {"SBO_DIV"}
DATASETS = (
    "survey_answer", "survey_respondent", "process", "process_data", "initiative", "system",
    "function_answer", "system_data_object", "exchange", "shared_service",
)  # fmt: skip
NUMBERS_OF_A_VALUE = "status, value, lower_bound, upper_bound, ci_low, ci_high, numerator, denominator, n"
Key = tuple[Any, ...]


def world() -> World:
    worlds = [registers(n, PERIOD, random.Random(f"lineage:{n}")) for n in NUMBERS]
    answers = [survey(n, PERIOD, random.Random(f"survey:{n}")) for n in NUMBERS]
    return joined([pack(NUMBERS, [PERIOD]), *worlds, *answers])


def only(everything: World, kept: set[Key]) -> World:
    """The world with the delivered rows that are kept, and none of the others."""
    return {
        table: [
            row
            for row in found
            if not table.startswith("lake.")
            or (table[5:], row["delivery_id"], row["sheet"], row["row_number"]) in kept
        ]
        for table, found in everything.items()
    }


def test_the_named_rows_alone_give_the_value_again(models: Models) -> None:
    everything = world()
    with models.world() as connection:
        load(connection, everything)
        models.run(connection)
        keys = rows(
            connection,
            "select distinct unit_id, indicator_id, collection_mode from intermediate.int_lineage__row "
            "order by all",
        )
        values = {row[:3]: row[3:] for row in rows(connection, _values())}
        by_indicator: dict[str, list[Key]] = {}
        for key in keys:
            if values[key][0] in {"ok", "insufficient_coverage"}:
                by_indicator.setdefault(key[1], []).append(key)
        tried = chosen(by_indicator)
        lineage = {key: lineage_of(connection, key) for key in tried}
        catalogue = {row[0] for row in rows(connection, "select indicator_id from main.dim_indicator")}
    assert set(by_indicator) == catalogue - NOT_IN_THE_INDEX
    for together in rounds(tried):
        kept = set().union(*(lineage[key] for key in together))
        with models.world() as connection:
            load(connection, only(everything, kept))
            models.run(connection)
            again = {row[:3]: row[3:] for row in rows(connection, _values())}
        for key in together:
            assert again[key] == values[key], key


def chosen(by_indicator: dict[str, list[Key]]) -> list[Key]:
    """Every indicator at least once, whole or cut; and more at random."""
    dice = random.Random(4)
    first = [dice.choice(some) for some in by_indicator.values()]
    rest = [key for some in by_indicator.values() for key in some if key not in first]
    return first + dice.sample(rest, MORE)


def lineage_of(connection: duckdb.DuckDBPyConnection, key: Key) -> set[Key]:
    """The rows that are named for a value."""
    sql = (
        "select dataset, delivery_id, sheet, row_number from intermediate.int_lineage__row "
        "where unit_id = ? and indicator_id = ? and collection_mode = ?"
    )
    return {tuple(row) for row in connection.execute(sql, list(key)).fetchall()}


def rounds(keys: list[Key]) -> Iterator[list[Key]]:
    """The values one of each municipality at a time: no municipality's rows matter to another's values."""
    by_number: dict[str, list[Key]] = {}
    for key in keys:
        by_number.setdefault(key[0].split(":")[0], []).append(key)
    for together in zip_longest(*by_number.values()):
        yield [key for key in together if key is not None]


def test_no_row_is_named_twice_for_a_value(models: Models) -> None:
    with models.world() as connection:
        load(connection, world())
        models.run(connection)
        sql = (
            "select unit_id, indicator_id, dataset, delivery_id, sheet, row_number, thing "
            "from intermediate.int_lineage__row "
            "group by all having count(distinct collection_mode) < count(*)"
        )
        assert rows(connection, sql) == []
        found = rows(connection, "select distinct dataset from intermediate.int_lineage__row order by all")
    assert [row[0] for row in found] == sorted(DATASETS)


def _values() -> str:
    return (
        "select i.unit_id, v.indicator_id, v.collection_mode, "
        + ", ".join(f"v.{name.strip()}" for name in NUMBERS_OF_A_VALUE.split(","))
        + " from main.fct_indicator_value as v inner join intermediate.int_index__indicator as i "
        "using (municipality_number, period, boundary, focus_area, indicator_id, collection_mode) "
        "order by all"
    )
