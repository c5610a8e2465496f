"""A reader of releases as a process of its own: ``python -m tests.release_reader HOME STOP``.

It resolves ``current`` once per turn, opens both editions' files, and computes the content hash from the
rows it read: that must be the one which the release states. Every third release stays open until the end
and is read again, one of them in each turn. Ends when the file STOP is there, and says in JSON what it saw.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.disclosure.published import EDITIONS
from pipelines.storage.content_hash import content_hash, hash_table

HELD_AT_MOST = 4


@dataclass
class Opened:
    """A release that this reader holds open."""

    name: str
    connections: dict[str, duckdb.DuckDBPyConnection]
    keys: dict[str, dict[str, list[str]]]

    def check(self) -> None:
        """Read every row of both editions; fails where they are not those of the stated content hash."""
        tables, stated = {}, set()
        for edition, connection in self.connections.items():
            for table, key in self.keys[edition].items():
                tables[f"{edition}.{table}"] = hash_table(connection, f"main.{table}", table, key)
            stated |= set(connection.execute("select release_id, content_hash from release").fetchall())
        computed = content_hash(tables)
        if stated != {(self.name, computed)}:
            raise AssertionError(f"{self.name}: read rows of {computed}, stated {stated}")


def open_current(home: Path) -> Opened:
    """The release that ``current`` leads to at this moment."""
    folder = (home / "releases" / "current").resolve(strict=True)
    connections, keys = {}, {}
    for edition in EDITIONS:
        connections[edition] = duckdb.connect(
            str(folder / edition / "benchmark.duckdb"), read_only=True, config={"threads": 1}
        )
        manifest = json.loads((folder / edition / "manifest.json").read_text("utf-8"))
        keys[edition] = {name: table["key"] for name, table in manifest["tables"].items()}
    return Opened(folder.name, connections, keys)


def main(home: Path, stop: Path) -> None:
    """Read until told to stop."""
    turns, seen = 0, set[str]()
    held: list[Opened] = []
    while True:
        is_last = stop.exists()
        opened = open_current(home)
        opened.check()
        seen.add(opened.name)
        for old in held if is_last else held[turns % HELD_AT_MOST :][:1]:
            old.check()
        if turns % 3 == 0 and len(held) < HELD_AT_MOST:
            held.append(opened)
        else:
            for connection in opened.connections.values():
                connection.close()
        turns += 1
        if is_last:
            break
        time.sleep(random.uniform(0.5, 1.5))  # ten of them would leave the writer no processor
    gone = [one.name for one in held if not (home / "releases" / one.name).exists()]
    print(json.dumps({"turns": turns, "seen": sorted(seen), "held_and_gone": gone, "last": opened.name}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
