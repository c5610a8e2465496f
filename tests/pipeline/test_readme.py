"""What the README and the decisions let their reader ask gives the answer that it seems to give."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.cli import main
from tests.support import EXAMPLE_INBOX, ROOT, current, environment

README = (ROOT / "README.md").read_text("utf-8")
# A line that stands for lines that are left out.
LEFT_OUT = "…"


def shown_commands() -> Iterator[tuple[list[str], str]]:
    """The arguments of each command whose output the README shows, and what it shows."""
    for command, output in re.findall(r"```sh\n([^\n]*)\n```\n\n```text\n(.*?)```", README, re.DOTALL):
        yield shlex.split(command)[1:], output


def without_output() -> list[list[str]]:
    """The arguments of the README's other explain and what-if commands."""
    lines = re.findall(r"^\.venv/bin/(kommunebench (?:explain|what-if) .*)$", README, re.MULTILINE)
    shown = [arguments for arguments, _ in shown_commands()]
    return [split for line in lines if (split := shlex.split(line)[1:]) not in shown]


@pytest.fixture(scope="module")
def home(example_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of the example's run in a home of its own, which what-if may use."""
    own = tmp_path_factory.mktemp("readme") / "home"
    shutil.copytree(example_home / "build", own / "build")
    return own


def said(home: Path, arguments: list[str]) -> str:
    env = {name: value for name, value in environment(home).items() if name.startswith("KOMMUNEBENCH_")}
    result = CliRunner().invoke(main, arguments, env=env)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_query_counts_each_municipality_once(example_home: Path) -> None:
    found = re.search(r"```sql\n(.*?)```", README, re.DOTALL)
    assert found
    path = current(example_home) / "member" / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(found.group(1)).fetchall()
        municipalities = connection.execute(
            "select count(distinct municipality_number) from fct_indicator_value "
            "where indicator_id = 'PRO_OWN' and period = '2026' and status = 'ok'"
        ).fetchone()
    assert municipalities is not None
    assert sum(n for _, _, n in rows) == municipalities[0] > 0


def test_the_readme_shows_explain_and_what_if() -> None:
    assert [arguments[0] for arguments, _ in shown_commands()] == ["explain", "what-if"]
    assert [arguments[0] for arguments in without_output()] == ["what-if"]


@pytest.mark.parametrize(("arguments", "output"), list(shown_commands()), ids=["explain", "what-if"])
def test_a_command_says_what_the_readme_shows(home: Path, arguments: list[str], output: str) -> None:
    """Whole lines in their order; between parts that follow each other nothing is left out unmarked."""
    rest = said(home, arguments)
    for part in output.split(f"{LEFT_OUT}\n"):
        assert f"\n{part}" in f"\n{rest}", part
        rest = rest[rest.index(part) + len(part) :]


@pytest.mark.parametrize("arguments", without_output(), ids=lambda arguments: arguments[0])
def test_a_command_without_shown_output_runs(home: Path, arguments: list[str]) -> None:
    assert "Antatt for" in said(home, arguments)


def test_every_command_of_the_readme_is_there() -> None:
    named = set(re.findall(r"kommunebench ([a-z][a-z-]*)", README))
    assert {"run", "explain", "what-if"} <= named <= set(main.commands)


def test_the_lineage_query_leads_to_the_files_that_were_delivered(example_home: Path) -> None:
    found = re.search(r"```sql\n(.*?)```", (ROOT / "docs" / "decisions.md").read_text("utf-8"), re.DOTALL)
    assert found
    with duckdb.connect(str(example_home / "build" / "kommunebench.duckdb"), read_only=True) as connection:
        rows = connection.execute(found.group(1)).fetchall()
    (file,) = (EXAMPLE_INBOX / "2026" / "9904").glob("prosesser.csv")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert {(name, sha256) for _, _, name, _, _, sha256, _ in rows} == {(file.name, digest)}
    # The header is row 1 of the file.
    lines = file.read_text("utf-8-sig").splitlines()
    assert {number for _, _, _, _, number, _, _ in rows} <= set(range(2, len(lines) + 1))
