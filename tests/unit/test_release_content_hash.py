"""The content hash: of the content only, and of all of it."""

from __future__ import annotations

import hashlib
import math

import duckdb
import pytest

from pipelines.disclosure.editions import make_editions
from pipelines.disclosure.published import EDITIONS, MEMBER, tables_of
from pipelines.storage.content_hash import ContentError, TableHash, content_hash, hash_table
from tests.synthetic_build import data_type, example, fill_build

ALL_TYPES = """
create table t (
    id integer, t varchar, d double, b boolean, m decimal(9, 2), day date, stamp timestamp, l varchar[],
    big hugeint
)
"""
ROWS = [
    (2, None, None, None, None, None, None, None, None),
    (
        1,
        'æ\t"\\\n',
        0.1,
        True,
        "1.50",
        "2026-12-31",
        "2026-01-02 03:04:05.000006",
        ["b", None, ""],
        2**100,
    ),
    (3, "", -0.0, False, "-0.05", "2026-02-28", "2026-01-02 03:04:05", [], -1),
]
TEXT = (
    "table\tt\nkey\tid\n"
    "column\tid\tINTEGER\ncolumn\tt\tVARCHAR\ncolumn\td\tDOUBLE\ncolumn\tb\tBOOLEAN\n"
    "column\tm\tDECIMAL(9,2)\ncolumn\tday\tDATE\ncolumn\tstamp\tTIMESTAMP\ncolumn\tl\tVARCHAR[]\n"
    "column\tbig\tHUGEINT\n"
    '1\t"æ\\t\\"\\\\\\n"\t0.1\ttrue\t1.50\t2026-12-31\t2026-01-02T03:04:05.000006\t["b",null,""]\t'
    "1267650600228229401496703205376\n"
    "2" + "\tnull" * 8 + "\n"
    '3\t""\t0.0\tfalse\t-0.05\t2026-02-28\t2026-01-02T03:04:05\t[]\t-1\n'
)


def connection_with(create: str, rows: list[tuple[object, ...]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(create)
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"insert into t values ({marks})", rows)
    return connection


def hash_of(create: str, *rows: tuple[object, ...]) -> str:
    return hash_table(connection_with(create, list(rows)), "t", "t", ["id"]).sha256


def test_the_text_is_ours_and_written_down() -> None:
    found = hash_table(connection_with(ALL_TYPES, ROWS), "t", "t", ["id"])
    assert found == TableHash(3, hashlib.sha256(TEXT.encode()).hexdigest())


def test_the_order_of_rows_and_the_threads_do_not_matter() -> None:
    create = "create table t (a varchar, b integer, value double)"
    rows = [(f"a{i % 100:02d}", i, i / 7) for i in range(20_000)]
    found = set()
    for threads, ordered in ((1, rows), (2, rows[::-1]), (4, rows[7000:] + rows[:7000])):
        connection = duckdb.connect()
        connection.execute(create)
        connection.execute(f"set threads = {threads}")
        a, b, value = (list(column) for column in zip(*ordered, strict=True))
        connection.execute("insert into t select unnest(?), unnest(?), unnest(?)", [a, b, value])
        found.add(hash_table(connection, "t", "t", ["a", "b"]))
    assert len(found) == 1
    assert next(iter(found)).rows == 20_000


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_cell_of_every_published_table_counts(edition: str) -> None:
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as build")
    connection.execute("use build")
    rows = example()
    for table in tables_of(edition):
        if not rows[table.name]:
            rows[table.name].append({name: "x" for name in table.key if data_type(name) == "varchar"})
    fill_build(connection, rows)
    connection.execute("use memory")
    make_editions(connection)
    other = {"varchar": "'changed'", "date": "date '1999-01-01'", "varchar[]": "['changed']"}
    for table in tables_of(edition):
        relation = f"memory.{edition}.{table.name}"
        if table.name == "fct_answer_distribution":  # of no group of the example are there enough for all
            connection.execute(f"insert into {relation} by name from build.main.{table.name}")
        before = hash_table(connection, relation, table.name, table.key)
        assert before.rows > 0
        for column in table.columns:
            value = other.get(data_type(column), "null")
            if value == "null":
                value = f"case when {column} is null then 1 end"
            connection.execute("begin")
            first = connection.execute(f"select min(rowid) from {relation}").fetchall()[0][0]
            connection.execute(f'update {relation} set "{column}" = {value} where rowid = {first}')
            assert hash_table(connection, relation, table.name, table.key) != before, f"{relation}.{column}"
            connection.execute("rollback")


def test_null_empty_and_the_word_null_are_three_things() -> None:
    create = "create table t (id integer, t varchar)"
    assert len({hash_of(create, (1, text)) for text in (None, "", "null", "NULL", " ")}) == 5


def test_a_list_is_not_its_text_and_keeps_its_nulls() -> None:
    lists = "create table t (id integer, t varchar[])"
    found = {hash_of(lists, (1, v)) for v in (None, [], [None], [""], ["a,b"], ["a", "b"], ["b", "a"])}
    assert len(found) == 7


def test_a_cell_cannot_pretend_to_be_two() -> None:
    create = "create table t (id integer, t varchar, u varchar)"
    assert hash_of(create, (1, 'a"\t"b', "c")) != hash_of(create, (1, "a", 'b"\t"c'))


def test_the_two_zeros_are_one_and_doubles_are_told_apart_to_the_last_bit() -> None:
    create = "create table t (id integer, d double)"
    assert hash_of(create, (1, 0.0)) == hash_of(create, (1, -0.0))
    assert hash_of(create, (1, 0.3)) != hash_of(create, (1, 0.1 + 0.2))


def test_a_type_counts_and_so_do_names() -> None:
    row = (1, 2)
    columns = ("a integer", "a bigint", "b integer")
    found = {hash_of(f"create table t (id integer, {column})", row) for column in columns}
    assert len(found) == 3
    connection = connection_with("create table t (id integer, d double)", [(1, 1.0)])
    assert hash_table(connection, "t", "t", ["id"]) != hash_table(connection, "t", "u", ["id"])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ContentError, match=r"t\.d: found (nan|-?inf)"):
        hash_of("create table t (id integer, d double)", (1, value))


@pytest.mark.parametrize("data_type", ["float", "timestamptz", "time", "blob", "struct(a integer)"])
def test_a_type_without_canonical_text_is_refused(data_type: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"create table t (id integer, x {data_type})")
    with pytest.raises(ContentError, match=r"t\.x: type .* has no canonical text"):
        hash_table(connection, "t", "t", ["id"])


def test_the_hash_of_all_tables_knows_names_and_rows_and_no_order() -> None:
    a, b = TableHash(1, "a" * 64), TableHash(1, "b" * 64)
    found = content_hash({f"{MEMBER}.x": a, f"{MEMBER}.y": b})
    assert found == content_hash({f"{MEMBER}.y": b, f"{MEMBER}.x": a})
    assert found != content_hash({f"{MEMBER}.x": b, f"{MEMBER}.y": a})
    assert found != content_hash({f"{MEMBER}.x": a})
