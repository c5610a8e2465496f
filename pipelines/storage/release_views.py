"""The views of a release that answer the commonest questions: writing them, and hashing their answers.

A view is a way of reading and adds nothing to what is published, so it does not enter the content hash.
Its answer stands in the manifest by hash, and verification asks it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from pipelines.disclosure.edition_table import EditionTable
from pipelines.disclosure.editions import column_list, identifier
from pipelines.disclosure.questions import Question, questions_for
from pipelines.storage.content_hash import hash_table


class ViewError(Exception):
    """A view cannot be written as questions.yml has it."""


def create_views(connection: duckdb.DuckDBPyConnection, tables: Sequence[EditionTable]) -> None:
    """Create the views of an edition in the connection's current database, with comments.

    The current database must be the edition itself: names written with a catalogue would break for
    every reader that attaches the file under another name. Raises ViewError for a view that does not
    fit the tables or has a column that nobody describes.
    """
    for question in questions_for({table.name for table in tables}):
        try:
            connection.execute(f"create view {identifier(question.view)} as {question.sql}")
            described = connection.execute(f"describe {identifier(question.view)}").fetchall()
        except duckdb.Error as error:
            raise ViewError(
                f"questions.yml, view {question.view}: {error}. Mend the view, or what published.py declares"
            ) from error
        if not _key_is_unique(connection, question):
            raise ViewError(
                f"questions.yml, view {question.view}: two rows of the answer share "
                f"{', '.join(question.key)}; name a key that tells them apart"
            )
        columns = [str(row[0]) for row in described]
        _write_comments(connection, question, _comments(question, columns, tables))


def _comments(
    question: Question, columns: Sequence[str], tables: Sequence[EditionTable]
) -> Mapping[str, str]:
    """What each column means: the view's own words, else those of the first table that has it."""
    by_name = {table.name: table for table in tables}
    found: dict[str, str] = {}
    for name in reversed(question.tables):
        found |= {column: comment for column, _, comment in by_name[name].columns}
    found |= {column: text.both for column, text in question.columns.items()}
    if unknown := [column for column in columns if column not in found]:
        raise ViewError(
            f"questions.yml, view {question.view}: nothing describes {', '.join(unknown)}; "
            "describe it under columns"
        )
    return {column: found[column] for column in columns}


def _write_comments(
    connection: duckdb.DuckDBPyConnection, question: Question, comments: Mapping[str, str]
) -> None:
    view = identifier(question.view)
    connection.execute(f"comment on view {view} is {_literal(question.question.both)}")
    for column, comment in comments.items():
        connection.execute(f"comment on column {view}.{identifier(column)} is {_literal(comment)}")


def hash_views(
    connection: duckdb.DuckDBPyConnection, catalog: str, views: Iterable[tuple[str, Sequence[str]]]
) -> dict[str, dict[str, Any]]:
    """Per view (name and key) the rows of its answer and their SHA-256, as the manifest has it."""
    found = {}
    for name, key in views:
        answer = hash_table(connection, f"{catalog}.main.{identifier(name)}", name, key)
        found[name] = {"key": list(key), "rows": answer.rows, "sha256": answer.sha256}
    return found


def view_names(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    """The views that a file holds."""
    rows = connection.execute(
        "select view_name from duckdb_views() where database_name = ? and not internal", [catalog]
    ).fetchall()
    return {str(name) for (name,) in rows}


def _key_is_unique(connection: duckdb.DuckDBPyConnection, question: Question) -> bool:
    """Whether the key of a question tells the rows of its answer apart: only then is their order one."""
    view, keys = identifier(question.view), column_list(question.key)
    counted = connection.execute(
        f"select count(*) = (select count(*) from (select distinct {keys} from {view})) from {view}"  # noqa: S608 our own names
    ).fetchall()
    return bool(counted[0][0])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
