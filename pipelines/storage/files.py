"""Writing files so that a reader, or a kill at any moment, sees the old content or the new, never half.

The way is always the same: a temporary name in the same folder, then a rename. What cannot be made
again (the archive) is also forced to disk; what can be rebuilt (the lake) leaves that to the caller.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pipelines.settings import Settings

# What one user makes and others may read; what is only for who runs the pipeline.
OPEN_FOLDER = 0o755
PRIVATE_FOLDER = 0o700
PRIVATE_UMASK = 0o077

TEMPORARY_SUFFIX = ".tmp"
_COUNTER = itertools.count()
_CHUNK = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL_WORDS = ("No space left on device", "disk is full", "Disk quota exceeded", "File too large")
_REFUSED_WORDS = (
    "Permission denied",
    "Read-only file system",
    "Operation not permitted",
    "readonly database",
)


def temporary_name(path: Path) -> Path:
    """A hidden name beside ``path`` that no other process or call uses."""
    return path.with_name(f".{path.name}.{os.getpid()}.{next(_COUNTER)}{TEMPORARY_SUFFIX}")


def keep_private() -> None:
    """From now on this process and its children make files and folders for their own user only.

    Deliveries, and all that is made of them before a release, are nobody else's; what is published is
    opened to readers explicitly.
    """
    os.umask(PRIVATE_UMASK)


def prepare_home(settings: Settings) -> None:
    """Make the home where there is none, readable so that its releases can be reached; close the rest.

    A home that is there keeps the mode that its owner gave it.
    """
    home = settings.home
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(exist_ok=True)
        home.chmod(OPEN_FOLDER)
    private = (settings.archive, settings.lake, settings.reports, home / "logs")
    for folder in private:
        folder.mkdir(exist_ok=True)
    for folder in (*private, settings.build_dir, settings.dagster_home):
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) != PRIVATE_FOLDER:
            folder.chmod(PRIVATE_FOLDER)


def fsync_directory(path: Path) -> None:
    """Force a folder's entries (new names, renames) to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Force the content of a file that another library wrote to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def atomic_write(path: Path, write: Callable[[BinaryIO], object], *, durable: bool = True) -> None:
    """Let ``write`` fill a temporary file, then give it the name ``path``.

    durable: also force content and name to disk, for what cannot be made again.
    Whatever ``write`` raises goes on to the caller; the temporary file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        fsync_directory(path.parent)


def atomic_write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write ``data`` to ``path`` whole or not at all."""
    atomic_write(path, lambda stream: stream.write(data), durable=durable)


def atomic_write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write ``text`` as UTF-8 with the line ends it has, whole or not at all."""
    atomic_write_bytes(path, text.encode("utf-8"), durable=durable)


def atomic_write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write ``value`` as JSON with sorted keys, so that equal values give equal bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    atomic_write_text(path, text + "\n", durable=durable)


def open_regular(path: Path) -> BinaryIO:
    """Open a file of somebody else's to read; never what a symbolic link leads to, nor a pipe.

    Raises OSError: a link instead of the file is ELOOP.
    """
    # Without O_NONBLOCK opening a pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def sha256_of_file(path: Path, *, follow: bool = True) -> str:
    """SHA-256 (hex) of a file's content, read in pieces; follow: also through a symbolic link."""
    digest = hashlib.sha256()
    with path.open("rb") if follow else open_regular(path) as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sha256_of_files(paths: Iterable[Path], root: Path) -> str:
    """SHA-256 over names (relative to ``root``) and contents, independent of the order given."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root).as_posix()}\n{sha256_of_file(path)}\n".encode())
    return digest.hexdigest()


def storage_fault(error: BaseException) -> str | None:
    """What is wrong with the disk, when that is what an error says, and what to do; None for other errors.

    Libraries have errors of their own for it, so their words are looked at too.
    """
    text, number = str(error), getattr(error, "errno", None)
    if number in _FULL or any(words in text for words in _FULL_WORDS):
        return f"the disk is full, or this user's share of it ({text}); free some space, then run again"
    if number in _REFUSED or any(words in text for words in _REFUSED_WORDS):
        return f"this user may not use that ({text}); give the right back, then run again"
    return None


def remove_leftovers(folder: Path) -> int:
    """Remove temporary files and folders that a killed writer left under ``folder``; how many.

    Only the holder of the writer's lock may call this.
    """
    if not folder.is_dir():
        return 0
    found = [path for path in folder.rglob(f".*{TEMPORARY_SUFFIX}") if not path.is_symlink()]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(found)
