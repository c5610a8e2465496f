"""The worked example in docs/ says what the committed example's release says."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.analysis.worked_example import generate
from pipelines.settings import Settings
from tests.support import BASE_PACK, FICTIONAL_PACK, ROOT, current, environment, kommunebench

PAGE = ROOT / "docs" / "worked_example.md"


def release_of(home: Path) -> Path:
    return current(home) / "member" / "benchmark.duckdb"


@pytest.fixture(scope="module")
def settings(example_home: Path) -> Settings:
    return Settings(home=example_home, reference=(BASE_PACK, FICTIONAL_PACK), inboxes=())


def test_the_committed_page_is_what_the_release_says(settings: Settings) -> None:
    made = generate(release_of(settings.home), settings)
    assert PAGE.read_text("utf-8") == made, "make worked-example writes docs/worked_example.md anew"


def test_the_order_in_which_the_release_keeps_its_rows_does_not_matter(
    settings: Settings, tmp_path: Path
) -> None:
    """The same rows the other way round, in a file of their own."""
    turned = tmp_path / "turned.duckdb"
    with duckdb.connect(str(turned)) as connection:
        connection.execute(f"attach '{release_of(settings.home)}' as release (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'release' and schema_name = 'main'"
        ).fetchall()
        for (name,) in tables:
            connection.execute(f"create table {name} as select * from release.main.{name} order by all desc")
    assert generate(turned, settings) == PAGE.read_text("utf-8")


def test_explain_says_the_lines_that_stand_on_the_page(example_home: Path) -> None:
    page = PAGE.read_text("utf-8")
    command = page.split("```sh\n", 1)[1].split("\n```", 1)[0]
    lines = page.split("```text\n", 1)[1].split("\n```", 1)[0]
    program, *arguments = command.split()
    assert program == "kommunebench"
    said = kommunebench(*arguments, env=environment(example_home)).stdout
    assert said.startswith(lines + "\n")
