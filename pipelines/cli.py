"""The ``kommunebench`` command. Heavy imports stand inside the commands, so that help comes at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import click

from pipelines.cli_errors import NOT_CHECKED, CheckCommand, Day, clear_errors
from pipelines.settings import Settings, SettingsError
from pipelines.storage.files import keep_private, prepare_home

# Python's own start is not ours to measure; everything after this line is.
STARTED = time.perf_counter()

KINDS = ("survey", "processes", "systems")
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(path_type=Path)

# Exit status of a command that could not do its work for a reason that it names.
FAILED = 1


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
    help="Show the libraries' words too; list every delivery, not only the ten gravest.",
)
@click.pass_obj
def run(debug: bool, inboxes: tuple[Path, ...], periods: tuple[str, ...], verbose: bool) -> None:
    """Read the inboxes, judge the deliveries, build, test and publish.

    Exit status: 0 published or nothing new; 1 nothing could be published, with the reason.
    """
    with clear_errors(debug, FAILED):
        settings = _with_inboxes(Settings.from_environment(), inboxes)
        from pipelines.orchestration.runner import run_job
        from pipelines.orchestration.summary import lines_after_run

        prepare_home(settings)
        outcome = run_job(settings, periods, _terminal(), verbose=verbose, started=STARTED)
        for line in lines_after_run(outcome, list_all=verbose):
            click.echo(line)
        if outcome.failure is not None:
            raise outcome.failure


@main.command(cls=CheckCommand)
@click.argument("file", type=FILE)
@click.option(
    "--kind",
    required=True,
    type=click.Choice([*KINDS, "all"]),
    help="all: whatever the file holds, such as the workbook of template --kind all.",
)
@click.option("--municipality", required=True, help="Four digits, such as 0301.")
@click.option("--period", required=True, help="Such as 2026 or 2026-H1.")
@click.option("--mapping", type=FILE, help="The mapping.yml that belongs to the file.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of what is told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--report", type=NEW_FILE, help="Write the report as a page (HTML) to this file.")
@click.option("--marked", type=NEW_FILE, help="Write the file with its failing cells marked (xlsx).")
@click.option("--propose", is_flag=True, help="Propose a mapping.yml, also where none is needed.")
@click.option("--write-mapping", type=NEW_FILE, help="Write the proposed mapping.yml to this file.")
@click.option("--force", is_flag=True, help="Write over reports and marked files that are there.")
@click.pass_obj
def check(
    debug: bool, /, file: Path, lang: Literal["nb", "en"], as_json: bool, force: bool, **given: Any
) -> None:
    """Tell what a run would say of one FILE, and where the time goes. Stores nothing.

    Exit status: 0 all rows accepted, 1 rows quarantined, 2 rejected; 3 the file could not be checked.
    """
    with clear_errors(debug, NOT_CHECKED):
        settings = Settings.from_environment()
        from pipelines.orchestration import checking
        from pipelines.orchestration.quiet import chatter_to

        page, marked, target = given["report"], given["marked"], given["write_mapping"]
        checking.check_targets((file, given["mapping"]), (page, marked), target, force=force)
        kind = None if given["kind"] == "all" else given["kind"]
        place = (kind, given["municipality"], given["period"])
        wants_proposal = given["propose"] or target is not None
        question = checking.Question(file, *place, given["mapping"], wants_proposal)
        with chatter_to(None):
            trial = checking.try_file(settings, question, STARTED)
            if page is not None:
                checking.write_page(trial, page, lang)
            if marked is not None:
                checking.write_marked(settings, trial, marked, lang)
        if target is not None and not checking.write_mapping(trial, target):
            click.echo(f"kommunebench: no mapping could be proposed, so there is no {target}", err=True)
        for line in [checking.result_as_json(trial)] if as_json else checking.result_lines(trial, lang):
            click.echo(line)
        if not as_json and (wants_proposal or trial.proposal is not None):
            for line in checking.proposal_lines(trial, lang):
                click.echo(line)
        sys.exit(checking.exit_status(trial))


@main.command()
@click.option(
    "--kind", required=True, type=click.Choice([*KINDS, "all"]), help="all: every kind in one workbook."
)
@click.option("--municipality", required=True, help="Four digits, such as 0301.")
@click.option("--period", required=True, help="Such as 2026 or 2026-H1.")
@click.option("--out", required=True, type=NEW_FILE, help="The workbook to write, such as systemer.xlsx.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of the workbook.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def template(
    debug: bool,
    kind: str,
    municipality: str,
    period: str,
    out: Path,
    lang: Literal["nb", "en"],
    force: bool,
) -> None:
    """Write the workbook that a municipality fills in for a period.

    What it answered last time stands in it, where the home holds a delivery of an earlier period.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.quiet import chatter_to
        from pipelines.reference.pack import load_pack
        from pipelines.templates.template import told, write_template

        pack = load_pack(settings.reference)
        with chatter_to(None):
            written = write_template(
                settings,
                pack,
                kind=kind,
                municipality=municipality,
                period=period,
                out=out,
                lang=lang,
                force=force,
            )
        for line in told(written):
            click.echo(line)


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
    with clear_errors(debug, FAILED):
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


@main.command()
@click.option("--before", required=True, type=Day(), help="A day, as 2027-01-31.")
@click.option("--dry-run", is_flag=True, help="Tell what would be deleted; delete nothing.")
@click.pass_obj
def purge(debug: bool, before: date, dry_run: bool) -> None:
    """Delete the received files of which every arrival was before a day. This cannot be undone.

    Their hashes, the ledger and the rows read from them stay, so every number can still be built; the
    files themselves, and our marked copies of them, are gone. Delete them from the inbox yourself.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.purging import purge_files

        for line in purge_files(settings, before, is_trial=dry_run):
            click.echo(line)


@main.command()
@click.option("--municipalities", default=40, show_default=True, type=click.IntRange(1))
@click.option("--respondents", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--period", default="2026", show_default=True)
@click.option("--seed", default=2026, show_default=True, type=int)
@click.pass_obj
def bench(debug: bool, municipalities: int, respondents: int, period: str, seed: int) -> None:
    """Measure the reading and judging of fictional deliveries beside the bare floor. Stores nothing.

    Three files per municipality, half of them workbooks, half CSV. The floor is what the libraries
    alone take to load the same bytes, measured in turns with the reader.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.bench.deliveries import lines, measure
        from pipelines.orchestration.quiet import chatter_to

        with chatter_to(None):
            measured = measure(
                settings,
                municipalities=municipalities,
                respondents=respondents,
                period=period,
                seed=seed,
                say=lambda text: click.echo(text, err=True),
            )
        for line in lines(measured):
            click.echo(line)


@main.command()
@click.option("--municipality", help="Only this municipality: four digits, such as 0301.")
@click.option("--period", help="Only this period.")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.pass_obj
def deliveries(debug: bool, municipality: str | None, period: str | None, kind: str | None) -> None:
    """Show what has arrived, in order, and what became of each delivery. Stores nothing.

    It counts for the sheets that are named; another delivery may have superseded it, sheet by sheet.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.history import history, history_lines

        for line in history_lines(history(settings, municipality, period, kind)):
            click.echo(line)


@main.command()
@click.argument("indicator")
@click.argument("municipality")
@click.argument("period")
@click.option("--focus-area", default="all", show_default=True, help="all, or a focus area.")
@click.option(
    "--boundary",
    type=click.Choice(["delivered", "current"]),
    default="delivered",
    show_default=True,
    help="As delivered, or on today's boundaries.",
)
@click.option(
    "--collection-mode",
    type=click.Choice(["respondents", "official", "register"]),
    help="Where a survey value stands in several.",
)
@click.option("--all", "show_all", is_flag=True, help="Show every thing and row behind the number.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of what is told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --all also each answer.")
@click.pass_obj
def explain(
    debug: bool,
    /,
    indicator: str,
    municipality: str,
    period: str,
    lang: Literal["nb", "en"],
    show_all: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Show what an INDICATOR of a MUNICIPALITY and PERIOD is made of: formula, numbers, things, files.

    Reads the build of the last run; INDICATOR and MUNICIPALITY may be ids or names.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.analysis.built import errors_in
        from pipelines.analysis.explain import Question
        from pipelines.analysis.explain import explain as look_up
        from pipelines.analysis.explain_lines import as_json as to_json
        from pipelines.analysis.explain_lines import lines

        with errors_in(lang):
            explanation = look_up(settings, Question(indicator, municipality, period, **given))
        if as_json:
            click.echo(to_json(explanation, show_all=show_all))
        else:
            for line in lines(explanation, lang, show_all=show_all):
                click.echo(line)


@main.command("what-if")
@click.argument("municipality")
@click.argument("period")
@click.option("--retire-system", "retired", multiple=True, metavar="SYSTEM", help="The system is retired.")
@click.option(
    "--connect-register",
    "connected",
    multiple=True,
    nargs=2,
    metavar="TARGET OBJECT",
    help="The process or system fetches the data object from its national register.",
)
@click.option(
    "--appoint-master",
    "masters",
    multiple=True,
    nargs=2,
    metavar="SYSTEM OBJECT",
    help="The system is the only master of the data object.",
)
@click.option(
    "--give-owner", "owned", multiple=True, metavar="PROCESS", help="The process has an owner across units."
)
@click.option("--all", "show_all", is_flag=True, help="Show the place in every peer group.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of what is told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def what_if(
    debug: bool,
    /,
    municipality: str,
    period: str,
    lang: Literal["nb", "en"],
    show_all: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Tell what a MUNICIPALITY's numbers and places of a PERIOD would become if it changed something.

    Computed by the same models as the real thing, on a copy of the last run's build. Each change may be
    repeated. Places are those among the owners of the same cooperation body. Stores and publishes nothing.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.analysis.assuming import Change
        from pipelines.analysis.built import errors_in
        from pipelines.analysis.catalogue import shown_names
        from pipelines.analysis.what_if import what_if as compute
        from pipelines.analysis.what_if_lines import as_json as to_json
        from pipelines.analysis.what_if_lines import lines

        changes = [
            *(Change("retire_system", target) for target in given["retired"]),
            *(Change("connect_register", *pair) for pair in given["connected"]),
            *(Change("appoint_master", *pair) for pair in given["masters"]),
            *(Change("give_owner", target) for target in given["owned"]),
        ]
        with errors_in(lang):
            answer = compute(
                settings, municipality, period, changes, say=lambda text: click.echo(f"{text} ...", err=True)
            )
            names = shown_names(settings, answer.municipality_number, period, lang)
        if as_json:
            click.echo(to_json(answer))
        else:
            for line in lines(answer, names, lang, show_all=show_all):
                click.echo(line)


@main.group()
def releases() -> None:
    """List, verify, rebuild, compare, tag or roll back what is published."""


@main.group(invoke_without_command=True)
@click.pass_context
def names(context: click.Context) -> None:
    """List the names that wait for a person since the last run; settle one.

    A name waits when it is like one of the reference pack, and not so like that it was read as that.
    """
    if context.invoked_subcommand is not None:
        return
    with clear_errors(context.obj, FAILED):
        settings = Settings.from_environment()
        from pipelines.gate.name_review import read_waiting_names
        from pipelines.orchestration.settling import lines_of_waiting

        waiting = read_waiting_names(settings)
        if waiting is None:
            click.echo(f"no run has written {settings.reports} yet; kommunebench run does")
            return
        for line in lines_of_waiting(waiting):
            click.echo(line)


@names.command("settle")
@click.argument("concept")
@click.argument("text")
@click.argument("concept_id")
@click.option("--pack", required=True, type=FOLDER, help="Overlay pack whose alias.csv gets the row.")
@click.pass_obj
def names_settle(debug: bool, concept: str, text: str, concept_id: str, pack: Path) -> None:
    """Say that TEXT is the CONCEPT (product, vendor, function …) with that CONCEPT_ID.

    Adds a row to the pack's alias.csv, after checking that the pack still loads.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.settling import settle_name

        click.echo(settle_name(settings, concept, text, concept_id, pack))


@main.command()
@click.argument("delivery_id")
@click.option("--reason", default="", help="Why; kept in the archive.")
@click.option("--undo", is_flag=True, help="Send the withdrawn delivery's file again, from the archive.")
@click.pass_obj
def withdraw(debug: bool, delivery_id: str, reason: str, undo: bool) -> None:
    """Take a delivery back; what counted before it counts again from the next run on.

    The file stays in the archive.
    """
    with clear_errors(debug, FAILED):
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
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.release_tags import tags
        from pipelines.storage.releases import list_releases

        found = list_releases(settings)
        named = tags(settings)
        if not found:
            click.echo(f"no release in {settings.releases}; kommunebench run makes the first")
        for info in found:
            mark = "*" if info.is_current else " "
            made = info.created_at or "manifest unreadable"
            own = ", ".join(name for name, release in named.items() if release == info.release_id)
            click.echo(f"{mark} {info.release_id}  {made}  {info.code_version or ''}  {own}".rstrip())


@releases.command("verify")
@click.argument("release", required=False)
@click.pass_obj
def releases_verify(debug: bool, release: str | None) -> None:
    """Read a RELEASE (the current one when none is named) and compute its content hash anew.

    Exit status: 0 whole, 1 not, with everything that is wrong.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.release_tags import release_named
        from pipelines.storage.releases import resolve_current, verify

        name = release_named(settings, release) if release else resolve_current(settings).name
        problems = verify(settings, name)
        for problem in problems:
            click.echo(f"{name}: {problem}", err=True)
        if problems:
            sys.exit(FAILED)
        click.echo(f"{name} is whole: every file, table and row is as published")


@releases.command("rebuild")
@click.argument("release")
@click.option("--out", type=FOLDER, help="Leave the release that was made again in this folder.")
@click.option(
    "--with-this-code", is_flag=True, help="Try although another version of the code made the release."
)
@click.pass_obj
def releases_rebuild(debug: bool, release: str, out: Path | None, with_this_code: bool) -> None:
    """Make a RELEASE again from the archive, and prove that its content hash is the published one.

    Needs the archive only: the release itself, the lake and the build may be gone. Works in a folder of
    its own; what is current stays current. Exit status: 0 the same content, 1 not, with the reason.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.orchestration.progress import Progress
        from pipelines.orchestration.rebuilding import rebuild
        from pipelines.storage.release_tags import release_named

        name = release_named(settings, release)
        done = rebuild(settings, name, out=out, with_this_code=with_this_code, progress=Progress(_terminal()))
        click.echo(f"{name} came out the same: content hash {done.record.content_hash}")
        if done.code_version != done.record.code_version:
            click.echo(f"made by {done.record.code_version}, and now by {done.code_version}")
        if done.folder is not None:
            click.echo(f"it lies in {done.folder}")


@releases.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--all", "show_all", is_flag=True, help="Show every value that changed.")
@click.option("--lang", type=click.Choice(["nb", "en"]), default="nb", help="Language of what is told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with everything.")
@click.pass_obj
def releases_diff(
    debug: bool, before: str, after: str, show_all: bool, lang: Literal["nb", "en"], as_json: bool
) -> None:
    """Tell which values changed between two releases, BEFORE and AFTER, and why.

    Each is a release, a tag, or a folder that rebuild --out left.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.analysis.release_diff import difference
        from pipelines.analysis.release_diff_lines import as_json as to_json
        from pipelines.analysis.release_diff_lines import lines

        found = difference(settings, before, after)
        for line in [to_json(found)] if as_json else lines(found, lang, show_all=show_all):
            click.echo(line)


@releases.command("tag")
@click.argument("release")
@click.argument("name")
@click.pass_obj
def releases_tag(debug: bool, release: str, name: str) -> None:
    """Give a RELEASE a NAME, such as 2026-endelig: it is kept as long as it has one.

    It can be read under releases/tags/NAME, and the other commands know it by that name.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.release_tags import release_named, tag

        target = release_named(settings, release)
        tag(settings, target, name)
        click.echo(f"{name} is {target}; it is kept until kommunebench releases untag {name}")


@releases.command("untag")
@click.argument("name")
@click.pass_obj
def releases_untag(debug: bool, name: str) -> None:
    """Take a NAME away. The release goes with the next publication, unless it is among the last."""
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.release_tags import untag

        click.echo(f"{name} named {untag(settings, name)}; nothing does now")


@releases.command("rollback")
@click.argument("release")
@click.pass_obj
def releases_rollback(debug: bool, release: str) -> None:
    """Make an earlier RELEASE current, after verifying it.

    The next run publishes again what the deliveries say; withdraw what was wrong first.
    """
    with clear_errors(debug, FAILED):
        settings = Settings.from_environment()
        from pipelines.storage.release_tags import release_named
        from pipelines.storage.releases import rollback

        name = release_named(settings, release)
        rollback(settings, name)
        click.echo(f"current is {name}")


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


if __name__ == "__main__":
    main()
