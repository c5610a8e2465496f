"""Tags: names that people give to releases, each a relative link ``releases/tags/<name>``.

A tagged release is kept however old it is. A reader opens it under its name as under ``current``.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from pipelines.settings import Settings
from pipelines.storage.files import OPEN_FOLDER, fsync_directory
from pipelines.storage.lock import writer_lock
from pipelines.storage.release_check import RELEASE_NAME, release_folder, verify
from pipelines.storage.release_files import ReleaseError

FOLDER = "tags"
# Letters of any alphabet, so that people can write æ, ø and å; never a path, an option or a hidden file.
_NAME = re.compile(r"\w[\w.-]{0,63}")


def tags(settings: Settings) -> dict[str, str]:
    """Name → release, by name. A release may have several."""
    folder = _folder(settings)
    if not folder.is_dir():
        return {}
    return {path.name: path.readlink().name for path in sorted(folder.iterdir()) if path.is_symlink()}


def tag(settings: Settings, release: str, name: str) -> None:
    """Name a release. Raises ReleaseError for a name that cannot be used or that another release has.

    Naming it the same again does nothing. A release that is not whole gets no name.
    """
    own = unicodedata.normalize("NFC", name)
    if not _NAME.fullmatch(own) or own == "current" or RELEASE_NAME.fullmatch(own):
        raise ReleaseError(
            f"{name!r} cannot name a release: letters, digits, '-', '_' and '.', at most 64, and neither "
            "'current' nor a release's own name"
        )
    with writer_lock(settings):
        release_folder(settings, release)
        if (other := tags(settings).get(own, release)) != release:
            raise ReleaseError(
                f"{own} names {other} already; kommunebench releases untag {own} first, "
                "or choose another name"
            )
        if problems := verify(settings, release):
            raise ReleaseError(f"release {release} is not whole and gets no name: " + "; ".join(problems))
        folder = _folder(settings)
        folder.mkdir(exist_ok=True)
        folder.chmod(OPEN_FOLDER)
        if not (folder / own).is_symlink():
            (folder / own).symlink_to(Path("..") / release)  # relative: the home can be moved
        fsync_directory(folder)


def untag(settings: Settings, name: str) -> str:
    """Take a name away; which release had it. Raises ReleaseError where none has."""
    own = unicodedata.normalize("NFC", name)
    with writer_lock(settings):
        named = tags(settings)
        if own not in named:
            raise ReleaseError(f"no release is named {name!r}; names are: {', '.join(named) or 'none'}")
        (_folder(settings) / own).unlink()
        fsync_directory(_folder(settings))
    return named[own]


def release_named(settings: Settings, text: str) -> str:
    """The release that a tag names; any other text as it is."""
    return tags(settings).get(unicodedata.normalize("NFC", text), text)


def _folder(settings: Settings) -> Path:
    return settings.releases / FOLDER
