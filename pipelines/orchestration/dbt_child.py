"""The process in which dbt runs: ``python -m pipelines.orchestration.dbt_child``.

It parses the project at once, prints a line that says so, and then waits on stdin for one line: the
arguments of a dbt command as a JSON list, which it runs with the manifest that it has in memory. So
dbt's imports and parsing pass while deliveries are read. When stdin closes, the parent is gone, by
kill -9 perhaps: then it ends at once, so that no orphan writes to the build file.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any

from pipelines.orchestration.dbt_command import parse_args

PARSED = "kommunebench_parsed"
PARENT_GONE = 3


def _listen(commands: queue.Queue[list[str]]) -> None:
    for line in sys.stdin:
        commands.put(json.loads(line))
    os._exit(PARENT_GONE)


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def main() -> int:
    """Parse, wait for a command, run it. Returns dbt's own verdict as exit status, 0 or 1."""
    commands: queue.Queue[list[str]] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()

    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(parse_args())
    _say({PARSED: parsed.success, "exception": str(parsed.exception or "")})
    if not parsed.success:
        return 1
    args = commands.get()
    # What a successful parse returns is the manifest; dbt types it as any command's result.
    done = dbtRunner(manifest=parsed.result).invoke(args)  # type: ignore[arg-type]
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main())
