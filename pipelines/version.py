"""The code version: the package's version and a hash of the sources that make the numbers."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pipelines.settings import ROOT

SOURCES = {
    "pipelines": frozenset({".py", ".yml"}),
    "dbt_project": frozenset({".sql", ".yml", ".csv", ".md"}),
}
# What dbt and Python write beside the sources.
GENERATED = frozenset({"target", "logs", "dbt_packages", "__pycache__"})


def code_version(root: Path = ROOT) -> str:
    """``<package version>+<first 12 hex of SHA-256 over the sources>``, the same on every machine.

    Names are relative to the checkout and in order, line ends are LF, so neither the folder nor
    Git's settings matter. Raises FileNotFoundError outside a checkout.
    """
    with (root / "pyproject.toml").open("rb") as stream:
        version = tomllib.load(stream)["project"]["version"]
    digest = hashlib.sha256()
    for name, path in sorted(_sources(root)):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\n{len(content)}\n".encode())
        digest.update(content)
    return f"{version}+{digest.hexdigest()[:12]}"


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    for folder, suffixes in SOURCES.items():
        for path in (root / folder).rglob("*"):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") or part in GENERATED for part in parts)
            if path.suffix in suffixes and not hidden and path.is_file():
                yield "/".join(parts), path
