"""The audit of a build before it is published: the laws, asked of the tables themselves.

Problems come back as sentences, an empty list when there is none. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipelines.disclosure.editions import BUILD, column_list, identifier
from pipelines.disclosure.published import PUBLISHED, Described, describe_build
from pipelines.settings import Settings
from pipelines.storage.archive import Archive, ArchiveError

# Without rows in these there is nothing to compare anybody by.
NEVER_EMPTY = ("dim_municipality", "dim_indicator", "fct_indicator_value")

# Law 1. A file in which no table was found has no number of rows: nothing accepted, nothing quarantined.
LOST_ROWS = """
select
    format(
        'delivery {} ({}): {} rows received, but {} accepted and {} quarantined',
        delivery_id,
        file_name,
        coalesce(cast(rows_received as varchar), 'no'),
        coalesce(cast(rows_accepted as varchar), 'no'),
        coalesce(cast(rows_quarantined as varchar), 'none')
    )
from build.main.delivery
where
    case
        when rows_received is null then coalesce(rows_accepted, 0) <> 0 or coalesce(rows_quarantined, 0) <> 0
        else rows_received is distinct from rows_accepted + rows_quarantined
    end
    or (status = 'rejected' and coalesce(rows_accepted, 0) <> 0)
order by delivery_id
"""

# Law 2. A rejection without a reason helps nobody, and a value without status ok is a missing made zero.
UNEXPLAINED_REJECTIONS = """
select format('delivery {} ({}) is rejected without a finding that says why', delivery_id, file_name)
from build.main.delivery
where
    status = 'rejected'
    and delivery_id not in (select delivery_id from build.main.delivery_finding where severity = 'rejected')
order by delivery_id
"""
VALUES_WITHOUT_OK = """
select
    format(
        '{} {} {} has a value but the status {}, or the status ok and no value',
        municipality_number, period, indicator_id, status
    )
from build.main.fct_indicator_value
where (status = 'ok') <> (value is not null)
order by municipality_number, period, indicator_id, collection_mode, boundary, focus_area
limit 10
"""

# Law 5. Every row that counts leads to a delivery, and every delivery to its file in the archive.
LAKE_TABLES = """
select table_name from duckdb_columns()
where database_name = 'build' and schema_name = 'lake' and column_name = 'delivery_id'
order by table_name
"""
ROWS_WITHOUT_DELIVERY = """
select distinct format('lake.{name} has rows of delivery {{}}, which the ledger does not know', delivery_id)
from build.lake.{identifier}
where delivery_id not in (select delivery_id from build.ledger.delivery where is_counting)
order by 1
"""
FILES = "select min(delivery_id), sha256 from build.ledger.delivery group by sha256 order by sha256"


def audit_build(connection: duckdb.DuckDBPyConnection, settings: Settings, *, is_tested: bool) -> list[str]:
    """What speaks against publishing the build that is attached as ``build``.

    is_tested: whether dbt built and tested it without a failure, as the caller saw it.
    Raises BuildFileError when a published table or column is missing.
    """
    problems = [] if is_tested else ["dbt did not build and test the marts without failures"]
    described = describe_build(connection, BUILD)
    for table in PUBLISHED:
        problems += _table_problems(connection, described[table.name])
    for sql in (LOST_ROWS, UNEXPLAINED_REJECTIONS, VALUES_WITHOUT_OK):
        problems += _sentences(connection, sql)
    for (table_name,) in connection.execute(LAKE_TABLES).fetchall():
        problems += _sentences(
            connection, ROWS_WITHOUT_DELIVERY.format(name=table_name, identifier=identifier(table_name))
        )
    return problems + list(_file_problems(connection, Archive(settings)))


def _sentences(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [sentence for (sentence,) in connection.execute(sql).fetchall()]


def _table_problems(connection: duckdb.DuckDBPyConnection, described: Described) -> Iterator[str]:
    """Rows, keys and comments of one table of the build."""
    table, key = described.table, column_list(described.table.key)
    is_complete = " and ".join(f"{identifier(name)} is not null" for name in table.key)
    rows, keys = connection.execute(
        f"""
        select count(*), count(distinct ({key})) filter (where {is_complete})
        from {BUILD}.main.{table.name}
        """  # noqa: S608 our own names
    ).fetchall()[0]
    if rows == 0 and table.name in NEVER_EMPTY:
        yield f"{table.name} has no rows"
    if rows != keys:
        yield f"{table.name}: {rows} rows but {keys} different, complete keys ({', '.join(table.key)})"
    if not described.comment:
        yield f"{table.name} has no comment; describe it in dbt"
    for column in described.columns:
        if not column.comment:
            yield f"{table.name}.{column.name} has no comment; describe it in dbt"


def _file_problems(connection: duckdb.DuckDBPyConnection, archive: Archive) -> Iterator[str]:
    """Deliveries whose file the archive does not hold as it was received, unless it was purged."""
    for delivery_id, sha256 in connection.execute(FILES).fetchall():
        if archive.is_purged(sha256):
            continue
        try:
            archive.read_bytes(sha256)
        except ArchiveError as error:
            yield f"delivery {delivery_id}: {error}"
