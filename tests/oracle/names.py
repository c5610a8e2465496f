"""How two pieces of text are told apart: the least that every name, header and code goes through."""

from __future__ import annotations

import re
import unicodedata

MASK = "***"


def norm(text: str) -> str:
    """Text without what a reader would not see as a difference: case, white space, final ``.:?``."""
    plain = unicodedata.normalize("NFC", text).replace("\u00a0", " ").casefold()
    return re.sub(r"\s+", " ", plain).strip().rstrip(".:?").strip()


def header(text: str) -> str:
    """A header: also without the template's marks and with underscores as spaces."""
    return norm(re.sub(r"[*◆]", "", text).replace("_", " "))


def parts(text: str) -> list[str]:
    """The non-blank parts of a multi-valued cell, split on ``;``, ``|`` and line breaks.

    A masked cell may have held any number of them, so it is as a blank one.
    """
    if text == MASK:
        return []
    return [part.strip() for part in re.split(r"[;|\r\n]", text) if part.strip()]
