"""The one resource of the graph: the workspace, held under the writer's lock for the whole run."""

from collections.abc import Callable, Iterator

import dagster as dg

from pipelines.orchestration.workspace import Workspace
from pipelines.storage.lock import writer_lock


def workspace_resource(make: Callable[[], Workspace]) -> dg.ResourceDefinition:
    """make: gives the workspace of one run; called once the lock is held.

    In a run of the command line the process holds the lock already and takes it once more; a run of
    the web server waits here, and says for whom.
    """

    @dg.resource(description="Settings, reference pack and the results of this run, under the writer's lock.")
    def workspace(context: dg.InitResourceContext) -> Iterator[Workspace]:
        made = make()
        with writer_lock(made.settings, say=_logger(context)):
            try:
                yield made
            finally:
                made.close()

    return workspace


def _logger(context: dg.InitResourceContext) -> Callable[[str], None]:
    def say(text: str) -> None:
        if context.log:
            context.log.info(text)

    return say
