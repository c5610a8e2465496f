"""The ``kommunebench`` command. Heavy imports stand inside the commands, so that help comes at once."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from pipelines.settings import Settings, SettingsError
from pipelines.storage.files import keep_private, prepare_home

# Python's own start is not ours to measure; everything after this line is.
STARTED = time.perf_counter()

KINDS = ("survey", "processes", "systems")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

# Exit status of a command that could not do its work for a reason that it names.
FAILED = 1
# ``check`` uses 0, 1 and 2 for what it found; this says that it could not look.
NOT_CHECKED = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """Benchmarks of municipalities: deliveries in, a tested release out.

    Settings come from the environment: KOMMUNEBENCH_HOME, KOMMUNEBENCH_REFERENCE, KOMMUNEBENCH_INBOX,
    KOMMUNEBENCH_THREADS, KOMMUNEBENCH_KEEP_RELEASES.
    """
    context.obj = debug
    keep_private()


@main.command()
@click.option("--inbox", "inboxes", multiple=True, type=FOLDER, help="Folder of deliveries; may be repeated.")
@click.option("--period", "periods", multiple=True, help="Read only this period; may be repeated.")
@click.option(
    "--verbose",
    is_flag=True,
    help="Show the libraries' words too; list every delivery.",
)
@click.pass_obj
def run(debug: bool, inboxes: tuple[Path, ...], periods: tuple[str, ...], verbose: bool) -> None:
    """Read the inboxes, judge the deliveries, build, test and publish.

    Exit status: 0 published or nothing new; 1 nothing could be published, with the reason.
    """
    with _clear_errors(debug, FAILED):
        settings = _with_inboxes(Settings.from_environment(), inboxes)
        from pipelines.orchestration.runner import run_job
        from pipelines.orchestration.summary import lines_after_run

        prepare_home(settings)
        outcome = run_job(settings, periods, _terminal(), verbose=verbose, started=STARTED)
        for line in lines_after_run(outcome, list_all=verbose):
            click.echo(line)
        if outcome.failure is not None:
            raise outcome.failure


@main.command()
@click.argument("file", type=FILE)
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--municipality", required=True, help="Four digits, such as 0301.")
@click.option("--period", required=True, help="Such as 2026 or 2026-H1.")
@click.option("--mapping", type=FILE, help="The mapping.yml that belongs to the file.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of the findings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def check(
    debug: bool,
    file: Path,
    kind: str,
    municipality: str,
    period: str,
    mapping: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Tell what a run would say of one FILE. Stores nothing.

    Exit status: 0 all rows accepted, 1 rows quarantined, 2 rejected; 3 the file could not be checked.
    """
    with _clear_errors(debug, NOT_CHECKED):
        settings = Settings.from_environment()
        from pipelines.orchestration.checking import check_file, exit_status, result_as_json, result_lines
        from pipelines.orchestration.quiet import chatter_to

        with chatter_to(None):
            result = check_file(settings, file, kind, municipality, period, mapping)
        lines = [result_as_json(result)] if as_json else result_lines(result, lang)
        for line in lines:
            click.echo(line)
        sys.exit(exit_status(result))


@main.command()
@click.option("--out", required=True, type=FOLDER, help="Folder to write; made where it is missing.")
@click.option("--municipalities", default=60, show_default=True, type=click.IntRange(1))
@click.option("--periods", default="2024,2025,2026", show_default=True, help="Separated by commas.")
@click.option("--respondents", default=30, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=2026, show_default=True, type=int)
@click.pass_obj
def demo(debug: bool, out: Path, municipalities: int, periods: str, respondents: int, seed: int) -> None:
    """Write fictional deliveries in all formats, with a pack of their municipalities beside them.

    The same seed gives the same bytes.
    """
    with _clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.demo import write_demo
        from pipelines.reference.pack import load_pack

        chosen = [period.strip() for period in periods.split(",") if period.strip()]
        pack = load_pack(settings.reference)
        try:
            summary = write_demo(
                out,
                municipalities=municipalities,
                periods=chosen,
                respondents=respondents,
                seed=seed,
                pack=pack,
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        click.echo(
            f"{summary.municipalities} fictional municipalities, periods {', '.join(summary.periods)}: "
            f"{summary.files} files with {len(summary.faults)} planted faults in {out / 'inbox'}, "
            f"their pack in {out / 'reference'}"
        )


@main.group()
def releases() -> None:
    """List, verify or roll back what is published."""


@main.command()
@click.argument("delivery_id")
@click.option("--reason", default="", help="Why; kept in the archive.")
@click.option("--undo", is_flag=True, help="Send the withdrawn delivery's file again, from the archive.")
@click.pass_obj
def withdraw(debug: bool, delivery_id: str, reason: str, undo: bool) -> None:
    """Take a delivery back; what counted before it counts again from the next run on.

    The file stays in the archive.
    """
    with _clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.withdrawing import undo_withdrawal, withdraw_delivery

        if undo == bool(reason):
            raise click.UsageError("give either --reason TEXT or --undo")
        click.echo(
            undo_withdrawal(settings, delivery_id)
            if undo
            else withdraw_delivery(settings, delivery_id, reason)
        )


@releases.command("list")
@click.pass_obj
def releases_list(debug: bool) -> None:
    """Show every release, oldest first; * marks the current one."""
    with _clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.releases import list_releases

        found = list_releases(settings)
        if not found:
            click.echo(f"no release in {settings.releases}; kommunebench run makes the first")
        for info in found:
            mark = "*" if info.is_current else " "
            made = info.created_at or "manifest unreadable"
            click.echo(f"{mark} {info.release_id}  {made}  {info.code_version or ''}".rstrip())


@releases.command("verify")
@click.argument("release", required=False)
@click.pass_obj
def releases_verify(debug: bool, release: str | None) -> None:
    """Read a RELEASE (the current one when none is named) and compute its content hash anew.

    Exit status: 0 whole, 1 not, with everything that is wrong.
    """
    with _clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.releases import resolve_current, verify

        name = release or resolve_current(settings).name
        problems = verify(settings, name)
        for problem in problems:
            click.echo(f"{name}: {problem}", err=True)
        if problems:
            sys.exit(FAILED)
        click.echo(f"{name} is whole: every file, table and row is as published")


@releases.command("rollback")
@click.argument("release")
@click.pass_obj
def releases_rollback(debug: bool, release: str) -> None:
    """Make an earlier RELEASE current, after verifying it.

    The next run publishes again what the deliveries say; withdraw what was wrong first.
    """
    with _clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.releases import rollback

        rollback(settings, release)
        click.echo(f"current is {release}")


def _with_inboxes(settings: Settings, inboxes: tuple[Path, ...]) -> Settings:
    """The settings with the inboxes of the command line, where any is given; each must exist."""
    if not inboxes:
        return settings
    for inbox in inboxes:
        if not inbox.is_dir():
            raise SettingsError(f"--inbox {inbox}: there is no such folder")
    return replace(settings, inboxes=tuple(inbox.absolute() for inbox in inboxes))


def _terminal() -> Callable[[str], None]:
    """A way to speak to the terminal that stays when stdout is led elsewhere."""
    stream = sys.stdout

    def say(text: str) -> None:
        stream.write(text)
        stream.flush()

    return say


@contextmanager
def _clear_errors(debug: bool, status: int) -> Iterator[None]:
    """Say what went wrong in a sentence and exit; the traceback only with --debug."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
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
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}"
    return f"unexpected {type(error).__name__}: {error}\n(kommunebench --debug shows where; please report it)"
