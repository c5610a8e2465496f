"""The report's words: ``report_texts.yml`` read once, and how numbers and shares are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

_MARKS = re.compile(r"◆\s*|\s*\*(?=\s*(?:,|$))")
TEXTS_FILE = Path(__file__).with_name("report_texts.yml")
Language = Literal["nb", "en"]
LANGUAGES: tuple[Language, ...] = ("nb", "en")


class TextsError(ValueError):
    """report_texts.yml lacks a text or one of its languages."""


@cache
def load_texts() -> dict[str, dict[Language, list[str]]]:
    """Key → language → the text for one and for several. Raises TextsError for a missing language."""
    raw: dict[str, dict[str, Any]] = yaml.safe_load(TEXTS_FILE.read_text("utf-8"))
    found = {key: {lang: _forms(key, lang, texts) for lang in LANGUAGES} for key, texts in raw.items()}
    for key, texts in raw.items():
        if set(texts) != set(LANGUAGES):
            has = ", ".join(texts)
            raise TextsError(f"{TEXTS_FILE.name}, {key}: needs {', '.join(LANGUAGES)}, has {has}")
    return found


def _forms(key: str, language: str, texts: dict[str, Any]) -> list[str]:
    given = texts.get(language)
    forms = given if isinstance(given, list) else [given, given]
    if len(forms) != 2 or not all(isinstance(form, str) for form in forms):
        raise TextsError(
            f"{TEXTS_FILE.name}, {key}, {language}: write one text, or one for one and another for more"
        )
    return forms


def say(key: str, language: Language, n: int | None = None, **values: object) -> str:
    """The text behind a key; n chooses between one and several. TextsError for an unknown key."""
    texts = load_texts()
    if key not in texts:
        raise TextsError(f"{TEXTS_FILE.name} has no text {key!r}")
    form = texts[key][language][0 if n == 1 else 1]
    return form.format(n="" if n is None else number(n, language), **values)


def number(value: int, language: Language) -> str:
    """A whole number with its thousands told apart."""
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", "\u00a0")


def bare_header(text: str) -> str:
    """A header, or several, without the template's marks: ◆ before, * behind."""
    return _MARKS.sub("", text)


def joined(names: Iterable[str], quotes: str = "") -> str:
    """Names in a row; with semicolons where one of them has a comma. quotes: what stands about each."""
    told = list(names)
    opening, closing = quotes[:1], quotes[1:]
    between = "; " if any("," in name for name in told) else ", "
    return between.join(f"{opening}{name}{closing}" for name in told)


def share(known: int, total: int, language: Language) -> str:
    """A share in whole per cent, never rounded up to 100 nor, to 70, over a limit that it does not reach."""
    percent = 100 if total == 0 else 100 * known // total
    return f"{percent}\u00a0%" if language == "nb" else f"{percent} %"
