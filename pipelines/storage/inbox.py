"""What lies in the inboxes: which files are deliveries, and a sentence for each that is passed over.

Everything below an inbox comes from others. Nothing is opened here but mappings; links, pipes and devices are
never followed or opened, and a file that is still on its way waits for the next look.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from pipelines.settings import Settings
from pipelines.storage import files

MAPPING_NAME = "mapping.yml"
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "readme.md", "readme.txt"})
# What browsers and file transfers call a file until it is whole.
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".opdownload")
# Files that may lie straight in an inbox, where their own columns say whose and of which period they are.
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet")
# Deeper than anybody sorts deliveries.
_MOST_FOLDERS = 12


@dataclass(frozen=True)
class Candidate:
    """A file found in an inbox, before it is known whether it is new.

    period and municipality_number: the folders', '' where it lies in none; state: size and time of change
    when it was found.
    """

    inbox: str
    inbox_path: str
    path: Path
    period: str
    municipality_number: str
    mapping: Path | None
    state: tuple[int, int]

    @property
    def has_changed(self) -> bool:
        """Whether the file, or what lies there now, is another than the one that was found."""
        return state_of(self.path) != self.state


def state_of(path: Path) -> tuple[int, int]:
    """Size in bytes and time of change in nanoseconds; (-1, -1) for a file that is not there."""
    try:
        status = path.lstat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def candidates(settings: Settings, periods: Collection[str] | None) -> tuple[list[Candidate], list[str]]:
    """Deliveries in all inboxes, sorted by path, and a sentence for each file that is none.

    periods: only these periods' folders (None: all), and what lies in no period's folder. Of two inboxes
    that hold a file under one relative path, the first given comes first.
    """
    found: list[Candidate] = []
    passed_over: list[str] = []
    seen: set[str] = set()
    for inbox in settings.inboxes:
        if (name := inbox_name(settings, inbox)) in seen:
            continue
        seen.add(name)
        for path in _files(inbox, passed_over):
            relative = path.relative_to(inbox)
            is_unplaced = len(relative.parts) < 2
            if is_unplaced and path.suffix.lower() not in _TABLES:
                passed_over.append(f"{shown(path)}: lies in no folder <period>/<municipality number>/")
            elif is_unplaced or periods is None or relative.parts[0] in periods:
                found.append(_candidate(name, inbox, relative))
    return sorted(found, key=lambda candidate: candidate.inbox_path), sorted(passed_over)


def _candidate(name: str, inbox: Path, relative: Path) -> Candidate:
    """A file at ``<period>/<municipality>/…``; straight below a period no municipality is named."""
    folders = (*relative.parts[:-1], "", "")
    path = inbox / relative
    return Candidate(
        inbox=name,
        inbox_path=PurePosixPath(relative).as_posix(),
        path=path,
        period=folders[0],
        municipality_number=folders[1],
        mapping=_mapping_for(path),
        state=state_of(path),
    )


def _files(inbox: Path, passed_over: list[str]) -> Iterator[Path]:
    """Files below an inbox in a fixed order, without mappings, notes and what file managers leave behind.

    passed_over: receives a sentence for what cannot be taken in. The inbox itself may be a link; what
    lies below it comes from others, so a link there could lead to any file of this machine.
    """
    if not inbox.is_dir():
        passed_over.append(f"no inbox at {shown(inbox)} yet")
        return
    yield from _files_below(inbox, passed_over, 0)


def _files_below(folder: Path, passed_over: list[str], depth: int) -> Iterator[Path]:
    if depth > _MOST_FOLDERS:
        passed_over.append(f"{shown(folder)}: lies below more than {_MOST_FOLDERS} folders; move it up")
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        passed_over.append(f"{shown(folder)}: cannot be read ({error.strerror})")
        return
    for entry in entries:
        name = entry.name
        if name.startswith((".", "~$")) or name.lower() in _CLUTTER:
            continue
        if (fault := _fault(entry)) is not None:
            passed_over.append(f"{shown(Path(entry.path))}: {fault}")
        elif entry.is_dir(follow_symlinks=False):
            yield from _files_below(Path(entry.path), passed_over, depth + 1)
        elif name.lower() != MAPPING_NAME:
            yield Path(entry.path)


def _fault(entry: os.DirEntry[str]) -> str | None:
    """Why an entry is neither a folder to look into nor a file to take in."""
    is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
    faults = (
        (not _is_text(entry.name), "the name is not valid UTF-8; give it another name"),
        (not entry.name.isprintable(), "the name has control characters; give it another name"),
        (entry.is_symlink(), "is a symbolic link and is not followed; put what it leads to here"),
        (not is_folder and not is_file, "is no ordinary file; put the file itself here"),
        (
            is_file and entry.name.lower().endswith(_UNFINISHED),
            "is still being transferred; it is read when it has its own name",
        ),
    )
    return next((sentence for is_so, sentence in faults if is_so), None)


def _is_text(name: str) -> bool:
    """Whether the bytes of a file's name are valid UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """A text without bytes that are no UTF-8, which nothing can write."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def shown(path: Path) -> str:
    """A path as it can be printed, with control characters and bytes that are no text as in ``\\xf8``."""
    letters = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in printable(str(path)))
    return "".join(letters)


def inbox_name(settings: Settings, inbox: Path) -> str:
    """What tells one inbox from another in the records: its path, within the home relative to it.

    So a home may be moved with the inbox in it. Nothing that is released depends on it.
    """
    path = inbox.resolve()
    home = settings.home.resolve()
    return f"home:{shown(path.relative_to(home))}" if path.is_relative_to(home) else shown(path)


def _mapping_for(path: Path) -> Path | None:
    """The mapping beside a file, when its ``files`` pattern means that file.

    A mapping that cannot be understood is passed on: the reader rejects the delivery and says why.
    So is one that cannot be opened: the file then waits until it can.
    """
    from pipelines.ingest.mapping import pattern_applies

    mapping = path.with_name(MAPPING_NAME)
    try:
        if mapping.is_symlink() or not mapping.is_file():
            return None
        with files.open_regular(mapping) as stream:
            content: Any = yaml.safe_load(stream.read().decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError, OSError):
        return mapping
    pattern = content.get("files") if isinstance(content, dict) else None
    if pattern is not None and not isinstance(pattern, str):
        return mapping
    return mapping if pattern_applies(pattern, path.name) else None
