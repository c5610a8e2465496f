"""Names and texts that were written by others, on their way into Streamlit's Markdown. No Streamlit here.

What a sender wrote is shown by ``st.text`` or in a table of ``app.tables``, which know no markup at all.
"""

from __future__ import annotations

import re

# CommonMark takes a backslash before any of its signs for the sign itself; $ and : are Streamlit's own.
_SIGN = re.compile(r"([!-/:-@\[-`{-~])")
# An address is made a link after the signs are read, unless something stands within it.
_ADDRESS = re.compile(r"(?i)(?<=http)(?=s?:)|(?<=www)(?=\.)|(?=@)")
_WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """The text as Markdown that shows it letter by letter, on one line and without links."""
    one_line = " ".join(_ADDRESS.sub(_WORD_JOINER, text).split())
    return _SIGN.sub(r"\\\1", one_line)
