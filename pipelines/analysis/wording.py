"""The words of this room, from ``texts.yml``, and how numbers are written in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["nb", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "en")
TEXTS = Path(__file__).with_name("texts.yml")


@cache
def _texts() -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))
    return content


def say(key: str, lang: Language, **filled: object) -> str:
    """A text in a language, with its places filled. KeyError for a text that is not there."""
    return _texts()[key][lang].format(**filled)


def is_text(key: str) -> bool:
    """Whether a text has this key."""
    return key in _texts()


def number(value: float | None, lang: Language, decimals: int = 1) -> str:
    """A number as it is written in the language; ``–`` for none."""
    if value is None:
        return "–"
    text = f"{value:.{decimals}f}"
    # A rounded nought has no sign.
    text = text.lstrip("-") if float(text) == 0 else text
    return text.replace(".", ",").replace("-", "−") if lang == "nb" else text.replace("-", "−")


def count(value: float, lang: Language) -> str:
    """A whole number without decimals, others with two."""
    return number(value, lang, 0 if float(value).is_integer() else 2)


def with_unit(value: float | None, unit: str, lang: Language, decimals: int = 1) -> str:
    """A number with the unit of its indicator; units that no text names stand as they are."""
    shown = number(value, lang, decimals)
    key = f"unit_{unit}"
    return say(key, lang, number=shown) if is_text(key) else f"{shown} {unit}"
