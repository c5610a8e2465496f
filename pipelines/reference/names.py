"""One way to make names comparable, used wherever a text written by a person is looked up."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return the text as it is compared: case, white space and a closing ``.``, ``:`` or ``?`` ignored.

    NFC, case-folded, non-breaking spaces and runs of white space as one space, stripped.
    Applying it twice changes nothing. A text of white space and closing marks alone becomes ''.
    """
    # Case folding may leave decomposed letters, so the composition comes last.
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.split()).rstrip(" .:?")
