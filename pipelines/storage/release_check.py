"""The verification of a published release, and the way from a name to its folder.

Problems come back as sentences, an empty list when there is none. Nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.disclosure.editions import identifier
from pipelines.disclosure.published import EDITIONS, MEMBER
from pipelines.settings import Settings
from pipelines.storage.content_hash import ContentError, TableHash, content_hash, hash_table
from pipelines.storage.files import sha256_of_file
from pipelines.storage.release_files import (
    CHECKSUMS,
    DATABASE,
    RELEASE_TABLE,
    ReleaseError,
    attach_read_only,
    fresh_connection,
    listed_files,
    read_manifest,
)
from pipelines.storage.release_views import hash_views, view_names

RELEASE_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def resolve_current(settings: Settings) -> Path:
    """The versioned folder behind ``releases/current``: what a reader opens.

    Raises ReleaseError when nothing is published or the link leads nowhere.
    """
    link = settings.releases / "current"
    if not link.is_symlink():
        raise ReleaseError(f"{link} does not exist: nothing is published yet; run kommunebench run")
    target = str(link.readlink())
    folder = settings.releases / target
    if not RELEASE_NAME.fullmatch(target) or not folder.is_dir():
        raise ReleaseError(
            f"{link} leads to {target!r}, which is no release of this home; "
            "choose one with kommunebench releases rollback"
        )
    return folder


def release_folder(settings: Settings, release: str) -> Path:
    """The folder of a named release. Raises ReleaseError when there is none of that name."""
    folder = settings.releases / release
    if not RELEASE_NAME.fullmatch(release) or not folder.is_dir():
        raise ReleaseError(
            f"no release {release!r} in {settings.releases}; kommunebench releases list shows them"
        )
    return folder


def verify(settings: Settings, release: str | None = None) -> list[str]:
    """Everything that is wrong with a release (``current`` when none is named); empty when it is whole.

    Checks that every file is listed and has its checksum, that no write-ahead log is left, that every
    table can be read and has its rows, and that the content hash, computed anew from both editions'
    DuckDB files, is the one under which the release was published. Never raises for a bad release.
    """
    try:
        folder = resolve_current(settings) if release is None else release_folder(settings, release)
        return list(_release_problems(folder, settings.threads))
    except (ReleaseError, OSError) as error:
        return [str(error)]


def _release_problems(folder: Path, threads: int) -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        if entry.name not in EDITIONS:
            yield f"{entry} does not belong to a release"
    tables: dict[str, TableHash] = {}
    rows: dict[str, tuple[Any, ...]] = {}
    for edition in EDITIONS:
        if not (folder / edition).is_dir():
            yield f"{folder / edition} is missing"
            continue
        yield from _file_problems(folder / edition)
        try:
            manifest = read_manifest(folder / edition)
            if manifest.get("release_id") != folder.name or manifest.get("edition") != edition:
                yield f"{folder / edition}: the manifest is that of another release or edition"
            yield from _database_problems(folder / edition, edition, manifest, threads, tables, rows)
        except (ReleaseError, ContentError, duckdb.Error, KeyError, TypeError, AttributeError) as error:
            yield f"{folder / edition} cannot be read: {type(error).__name__}: {error}"
    if set(rows) == set(EDITIONS):
        yield from _identity_problems(folder, content_hash(tables), rows)


def _file_problems(folder: Path) -> Iterator[str]:
    """Files against their checksums: changed, missing or unlisted."""
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        yield f"{folder / CHECKSUMS} cannot be read: {error}"
        return
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = set(listed_files(folder))
    for name in sorted(found - set(sums)):
        log = ", a write-ahead log: somebody wrote to a published file" if name.endswith(".wal") else ""
        yield f"{folder / name}: not listed{log}"
    for name in sorted(set(sums) - found):
        yield f"{folder / name}: missing"
    for name in sorted(found & set(sums)):
        if sha256_of_file(folder / name) != sums[name]:
            yield f"{folder / name}: the content is not the one that was published"


def _database_problems(
    folder: Path,
    edition: str,
    manifest: dict[str, Any],
    threads: int,
    tables: dict[str, TableHash],
    rows: dict[str, tuple[Any, ...]],
) -> Iterator[str]:
    """One edition's DuckDB file against its manifest; what is found goes into ``tables`` and ``rows``."""
    with fresh_connection(threads) as connection:
        attach_read_only(connection, folder / DATABASE, "edition")
        present = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'edition'"
            ).fetchall()
        }
        expected = set(manifest["tables"]) | {RELEASE_TABLE}
        for name in sorted(present ^ expected):
            fault = "is missing" if name in expected else "is not in the manifest"
            yield f"{folder / DATABASE}: table {name} {fault}"
        for name in sorted(present & set(manifest["tables"])):
            described = manifest["tables"][name]
            found = hash_table(connection, f"edition.main.{identifier(name)}", name, described["key"])
            if found != TableHash(described["rows"], described["sha256"]):
                yield f"{folder / DATABASE}: {name} differs from the manifest ({found.rows} rows)"
            tables[f"{edition}.{name}"] = found
        yield from _view_problems(folder / DATABASE, connection, manifest)
        found_rows = connection.execute(
            "select release_id, edition, content_hash, code_version from edition.main.release"
        ).fetchall()
        if len(found_rows) != 1 or found_rows[0][:2] != (folder.parent.name, edition):
            yield f"{folder / DATABASE}: table {RELEASE_TABLE} does not name this release and edition"
        else:
            rows[edition] = found_rows[0]


def _view_problems(
    path: Path, connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> Iterator[str]:
    """The views against the manifest: each is there and answers as it did when it was published."""
    # Releases made before there were views have no such entry.
    expected: dict[str, dict[str, Any]] = manifest.get("views", {})
    present = view_names(connection, "edition")
    for name in sorted(present ^ set(expected)):
        fault = "is missing" if name in expected else "is not in the manifest"
        yield f"{path}: view {name} {fault}"
    for name in sorted(present & set(expected)):
        try:
            found = hash_views(connection, "edition", [(name, expected[name]["key"])])[name]
        except duckdb.Error as error:
            yield f"{path}: view {name} cannot be read: {error}"
            continue
        if found != expected[name]:
            yield f"{path}: view {name} answers otherwise than when it was published ({found['rows']} rows)"


def _identity_problems(folder: Path, computed: str, rows: dict[str, tuple[Any, ...]]) -> Iterator[str]:
    """The content hash computed anew against the one in both files and in the release's name."""
    for edition in EDITIONS:
        if rows[edition][2] != computed:
            yield f"{folder / edition}: content hash {computed} instead of the published {rows[edition][2]}"
    if not folder.name.endswith(computed[:8]):
        yield f"{folder}: the name does not carry the content hash {computed[:8]}"
    if rows[MEMBER][3] != rows[EDITIONS[1]][3]:
        yield f"{folder}: the editions were made by different versions of the code"
