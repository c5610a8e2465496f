"""The code version: of the sources, wherever they lie."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.version import code_version

FILES = {
    "pyproject.toml": '[project]\nname = "x"\nversion = "1.2.3"\n',
    "pipelines/a.py": "a = 1\n",
    "pipelines/ingest/contract.yml": "kinds: {}\n",
    "dbt_project/models/m.sql": "select 1\n",
    "dbt_project/dbt_project.yml": "name: x\n",
}


def checkout(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def test_it_reads_as_version_and_hash(tmp_path: Path) -> None:
    assert re.fullmatch(r"1\.2\.3\+[0-9a-f]{12}", code_version(checkout(tmp_path, FILES)))
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", code_version())


def test_folder_line_ends_and_order_of_creation_do_not_matter(tmp_path: Path) -> None:
    one = checkout(tmp_path / "one", FILES)
    other = checkout(
        tmp_path / "other folder",
        {name: text.replace("\n", "\r\n") for name, text in reversed(FILES.items())},
    )
    assert code_version(one) == code_version(other)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_change_of_any_source_changes_it(tmp_path: Path, name: str) -> None:
    changed = FILES[name].replace("1", "2") if name == "pyproject.toml" else FILES[name] + "# more\n"
    one = checkout(tmp_path / "one", FILES)
    other = checkout(tmp_path / "other", FILES | {name: changed})
    assert code_version(one) != code_version(other)


def test_a_renamed_source_and_moved_content_change_it(tmp_path: Path) -> None:
    one = checkout(tmp_path / "one", FILES)
    renamed = {name.replace("a.py", "b.py"): text for name, text in FILES.items()}
    split = FILES | {"pipelines/a.py": "a", "pipelines/b.py": " = 1\n"}
    versions = {
        code_version(one),
        code_version(checkout(tmp_path / "other", renamed)),
        code_version(checkout(tmp_path / "third", split)),
    }
    assert len(versions) == 3


@pytest.mark.parametrize(
    "name",
    [
        "pipelines/__pycache__/a.py",
        "pipelines/notes.txt",
        "dbt_project/target/run.sql",
        "dbt_project/logs/x.yml",
        "dbt_project/.user.yml",
        "tests/t.py",
    ],
)
def test_what_is_no_source_does_not_matter(tmp_path: Path, name: str) -> None:
    one = checkout(tmp_path / "one", FILES)
    other = checkout(tmp_path / "other", FILES | {name: "x\n"})
    assert code_version(one) == code_version(other)
