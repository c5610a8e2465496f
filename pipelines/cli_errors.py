"""What the command line says and how it leaves when it cannot do its work. Knows no command."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import click

from pipelines.storage.files import storage_fault

# ``check`` uses 0, 1 and 2 for what it found; this says that it could not look.
NOT_CHECKED = 3


class WrongCallError(click.UsageError):
    """A call of ``check`` with wrong arguments: click's own 2 would say that the file was rejected."""

    exit_code = NOT_CHECKED


class CheckCommand(click.Command):
    """``check``, whose exit statuses 0, 1 and 2 are what it found."""

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        """As click makes it."""
        try:
            return super().make_context(*given, **more)
        except click.UsageError as error:
            raise WrongCallError(error.format_message(), error.ctx) from None


class Day(click.ParamType[date]):
    """A day, written one way only: 01.02.2027 means two days to two people."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day of a text."""
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            return self.fail(f"{value} is not understood: write the day as 2027-01-31", param, ctx)


@contextmanager
def clear_errors(debug: bool, status: int) -> Iterator[None]:
    """Say what went wrong in a sentence and exit; the traceback only with --debug."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except BrokenPipeError:
        # Whoever reads has seen enough (head, a pager that was left); click ends quietly.
        raise
    except KeyboardInterrupt:
        click.echo("interrupted; the next run goes on from here", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 (told in a sentence; --debug shows the rest)
        if debug:
            traceback.print_exception(error)
        click.echo(f"kommunebench: {explain(error)}", err=True)
        sys.exit(status)


def explain(error: BaseException) -> str:
    """One sentence or more for the terminal: our own errors speak for themselves."""
    module = type(error).__module__
    if module.startswith(("pipelines.", "app.")) or module == "pipelines":
        return str(error)
    if (fault := storage_fault(error)) is not None:
        return fault
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}"
    return f"unexpected {type(error).__name__}: {error}\n(kommunebench --debug shows where; please report it)"
