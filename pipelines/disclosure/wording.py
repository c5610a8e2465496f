"""The words of the release folder, from ``texts.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["nb", "en"]
TEXTS = Path(__file__).with_name("texts.yml")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text by its key and language."""
    content: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))
    return content


def say(key: str, lang: Language, **filled: object) -> str:
    """A text in a language, with its places filled. KeyError for a text that is not there."""
    text = texts()[key][lang]
    return text.format(**filled) if filled else text


def table_text(name: str, comment: str) -> tuple[tuple[str, Language], ...]:
    """What a table is: in bokmål where texts.yml says it, then the model's own words in English."""
    own = texts().get(f"table_{name}")
    return ((own["nb"], "nb"), (comment, "en")) if own else ((comment, "en"),)
