"""``python -m pipelines.orchestration.serve``: Dagster's pages for this home.

Dagster's own folder is made under the writer's lock first: two processes that make it at once crash
each other, and without our settings it would send usage statistics. Then this process becomes
``dagster dev`` and passes its own arguments on, such as ``--port 3001``.
"""

from __future__ import annotations

import os
import sys

import click

from pipelines.settings import Settings


def main() -> None:
    """Prepare the home and hand over to Dagster; does not return."""
    from pipelines.orchestration.instance import prepare
    from pipelines.storage.files import keep_private
    from pipelines.storage.lock import writer_lock

    keep_private()
    settings = Settings.from_environment()
    with writer_lock(settings):
        prepare(settings)
    click.echo(f"Dagster's pages for {settings.home}")
    environ = {**os.environ, "DAGSTER_HOME": str(settings.dagster_home)}
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions", *sys.argv[1:]]
    os.execve(sys.executable, command, environ)  # noqa: S606 (our own interpreter, no shell wanted)


if __name__ == "__main__":
    main()
