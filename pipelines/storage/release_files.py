"""The files of one release: writing an edition's folder, and reading back what a release says it is.

Nothing here knows ``current``: that belongs to ``releases``. Every function works inside one folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.disclosure.codebook import CodebookTable, codebook
from pipelines.disclosure.editions import column_list, typed_columns
from pipelines.disclosure.published import MEMBER, Described, tables_of
from pipelines.storage.content_hash import TableHash, hash_table
from pipelines.storage.files import OPEN_FOLDER, fsync_directory, fsync_file, sha256_of_file

DATABASE = "benchmark.duckdb"
MANIFEST = "manifest.json"
CODEBOOK = "codebook.md"
CHECKSUMS = "SHA256SUMS"
RELEASE_TABLE = "release"
# The oldest file format that keeps keys and comments; DuckDB 1.2 and everything after it reads it.
STORAGE_VERSION = "v1.2.0"

RELEASE_COMMENT = "Utgivelsen denne filen hører til, én rad. / The release of this file, one row."
RELEASE_COLUMNS = (
    (
        "release_id",
        "VARCHAR",
        "Utgivelsens navn: tidspunkt i UTC og åtte tegn av innholdets hash. / "
        "The release's name: time in UTC and eight digits of the content hash.",
    ),
    ("edition", "VARCHAR", "Utgave: member eller public. / Edition: member or public."),
    (
        "content_hash",
        "VARCHAR",
        "SHA-256 over den kanoniske teksten til alle tabeller i begge utgaver, uten denne. / "
        "SHA-256 over the canonical text of all tables of both editions, without this one.",
    ),
    (
        "code_version",
        "VARCHAR",
        "Programversjonen som laget tallene. / The version of the code that made the numbers.",
    ),
    ("created_at", "TIMESTAMP", "Tidspunkt for publisering, UTC. / Time of publication, UTC."),
)


class ReleaseError(Exception):
    """A release cannot be made, found or trusted; the message says why and what to do."""


@dataclass(frozen=True)
class Origin:
    """What a release was made from. inputs: SHA-256 of every delivered file that counts or counted."""

    release_id: str
    content_hash: str
    code_version: str
    pack_hash: str
    inputs: tuple[str, ...]
    created_at: datetime  # UTC, without time zone


@contextmanager
def fresh_connection(threads: int, spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own in memory, to attach files to.

    Connecting to a path would give back an older instance of it that this process still holds.
    spill: where DuckDB may put what does not fit in memory (it is its folder ``.tmp`` otherwise).
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if spill is not None:
        config["temp_directory"] = str(spill)
    connection = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    finally:
        connection.close()


def literal(text: str | Path) -> str:
    """A text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def attach_read_only(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a database file under a name, never to be written. DuckDB's errors go on to the caller."""
    connection.execute(f"attach {literal(path)} as {name} (read_only)")


def write_edition(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    edition: str,
    described: Mapping[str, Described],
    hashes: Mapping[str, TableHash],
    origin: Origin,
) -> None:
    """Write one edition's folder from its schema in the connection's memory, and force it to disk.

    hashes: one per table of the edition. Raises ReleaseError when what was written differs from what
    was to be written.
    """
    (folder / "parquet").mkdir(parents=True)
    database = folder / DATABASE
    _write_database(connection, database, edition, described, origin)
    fsync_file(database)
    with fresh_connection(threads=1) as reader:
        attach_read_only(reader, database, "edition")
        _compare(reader, edition, hashes)
        _write_parquet(reader, folder, edition, hashes)
        _write_codebook(reader, folder, edition, described)
    _write_manifest(folder, edition, described, hashes, origin)
    _write_checksums(folder)
    make_durable(folder)


def _write_database(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    edition: str,
    described: Mapping[str, Described],
    origin: Origin,
) -> None:
    """Create the DuckDB file with keys, rows in key order, comments and the table ``release``."""
    connection.execute(f"attach {literal(path)} as edition (storage_version {literal(STORAGE_VERSION)})")
    connection.execute("use edition")  # names written as alias.table would break for every reader
    connection.execute("begin")  # each statement alone would be forced to disk: hundreds of times
    for table in tables_of(edition):
        _write_table(connection, edition, described[table.name])
    _write_release_table(connection, edition, origin)
    connection.execute("commit")
    connection.execute("checkpoint edition")
    connection.execute("use memory")
    connection.execute("detach edition")
    if _wal(path).exists():
        raise ReleaseError(
            f"{path} still has a write-ahead log after its checkpoint; it must not be published"
        )


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _write_table(connection: duckdb.DuckDBPyConnection, edition: str, described: Described) -> None:
    table, key = described.table, column_list(described.table.key)
    connection.execute(f"create table {table.name} ({typed_columns(described)}, primary key ({key}))")
    connection.execute(
        f"insert into {table.name} select * from memory.{edition}.{table.name} order by {key}"  # noqa: S608 our own names
    )
    columns = [(column.name, column.comment or "") for column in described.columns]
    _write_comments(connection, table.name, described.comment or "", columns)


def _write_release_table(connection: duckdb.DuckDBPyConnection, edition: str, origin: Origin) -> None:
    columns = ", ".join(f"{name} {data_type}" for name, data_type, _ in RELEASE_COLUMNS)
    connection.execute(f"create table {RELEASE_TABLE} ({columns}, primary key (release_id))")
    connection.execute(
        "insert into release values (?, ?, ?, ?, ?)",
        [origin.release_id, edition, origin.content_hash, origin.code_version, origin.created_at],
    )
    comments = [(name, comment) for name, _, comment in RELEASE_COLUMNS]
    _write_comments(connection, RELEASE_TABLE, RELEASE_COMMENT, comments)


def _write_comments(
    connection: duckdb.DuckDBPyConnection, table: str, comment: str, columns: list[tuple[str, str]]
) -> None:
    connection.execute(f"comment on table {table} is {literal(comment)}")
    for name, text in columns:
        connection.execute(f'comment on column {table}."{name}" is {literal(text)}')


def _compare(reader: duckdb.DuckDBPyConnection, edition: str, hashes: Mapping[str, TableHash]) -> None:
    """Read the written file back: rows and canonical text must be those of the edition in memory."""
    for table in tables_of(edition):
        found = hash_table(reader, f"edition.main.{table.name}", table.name, table.key)
        if found != hashes[table.name]:
            raise ReleaseError(
                f"{edition}.{table.name} was written with {found.rows} rows that differ from the "
                f"{hashes[table.name].rows} of the build; nothing was published, run again"
            )


def _write_parquet(
    reader: duckdb.DuckDBPyConnection, folder: Path, edition: str, hashes: Mapping[str, TableHash]
) -> None:
    """One Parquet file per table, rows in key order."""
    keys = {table.name: column_list(table.key) for table in tables_of(edition)}
    rows = {name: table.rows for name, table in hashes.items()} | {RELEASE_TABLE: 1}
    for name, key in (keys | {RELEASE_TABLE: "release_id"}).items():
        path = folder / "parquet" / f"{name}.parquet"
        rows_in_order = f"select * from edition.main.{name} order by {key}"  # noqa: S608 our own names
        reader.execute(f"copy ({rows_in_order}) to {literal(path)} (format parquet, compression zstd)")
        written = reader.execute("select count(*) from read_parquet(?)", [str(path)]).fetchall()[0][0]
        if written != rows[name]:
            raise ReleaseError(f"{path} holds {written} rows instead of {rows[name]}; nothing was published")


def _write_codebook(
    reader: duckdb.DuckDBPyConnection, folder: Path, edition: str, described: Mapping[str, Described]
) -> None:
    tables = [
        CodebookTable(
            table.name,
            table.key,
            described[table.name].comment or "",
            tuple((c.name, c.data_type, c.comment or "") for c in described[table.name].columns),
        )
        for table in tables_of(edition)
    ]
    tables.append(CodebookTable(RELEASE_TABLE, ("release_id",), RELEASE_COMMENT, RELEASE_COLUMNS))
    cursor = reader.execute("select * from edition.main.dim_indicator order by indicator_id")
    names = [str(column[0]) for column in cursor.description or ()]
    indicators = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    (folder / CODEBOOK).write_text(codebook(edition, tables, indicators), encoding="utf-8", newline="\n")


def _write_manifest(
    folder: Path,
    edition: str,
    described: Mapping[str, Described],
    hashes: Mapping[str, TableHash],
    origin: Origin,
) -> None:
    """What the edition is. Only members read from which files, pack and code it was made."""
    manifest: dict[str, Any] = {
        "release_id": origin.release_id,
        "edition": edition,
        "created_at": origin.created_at.isoformat() + "Z",
        "tables": {
            table.name: {
                "key": list(table.key),
                "columns": {column.name: column.data_type for column in described[table.name].columns},
                "rows": hashes[table.name].rows,
                "sha256": hashes[table.name].sha256,
            }
            for table in tables_of(edition)
        },
    }
    if edition == MEMBER:
        manifest |= {
            "content_hash": origin.content_hash,
            "code_version": origin.code_version,
            "pack_hash": origin.pack_hash,
            "inputs": sorted(set(origin.inputs)),
        }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _write_checksums(folder: Path) -> None:
    """One line per file, as ``sha256sum -c`` reads it."""
    lines = [f"{sha256_of_file(folder / name)}  {name}\n" for name in listed_files(folder)]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def listed_files(folder: Path) -> list[str]:
    """Every file under a folder by its relative name, in order, without the checksums themselves."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in names if name != CHECKSUMS)


def make_durable(folder: Path) -> None:
    """Open files and folders under ``folder`` to readers, close files to writers, force all to disk."""
    folder.chmod(OPEN_FOLDER)
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            path.chmod(OPEN_FOLDER)  # readers are others, whatever this process's umask is
            fsync_directory(path)
        else:
            path.chmod(0o444)  # a release never changes; who opens it for writing is told at once
            fsync_file(path)
    fsync_directory(folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an edition's folder. Raises ReleaseError when it is absent or unreadable."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error
    if not isinstance(manifest, dict):
        raise ReleaseError(f"{path} holds no manifest")
    return manifest
