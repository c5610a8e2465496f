"""The words of a template, in Norwegian and English: the guide, the help beside each column."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.templates.labels import Labels, Lang

TEXTS_FILE = Path(__file__).with_name("texts.yml")


@lru_cache(maxsize=1)
def _load() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(TEXTS_FILE.read_text(encoding="utf-8"))
    return content


class TemplateTexts:
    """The words in the language of the labels. KeyError names a text that is missing."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.lang: Lang = labels.lang
        self._own: dict[str, Any] = _load()["texts"]
        self._help: dict[str, Any] = _load()["help"]

    def text(self, name: str, /, **values: object) -> str:
        """A text, with its places filled."""
        text: str = self._own[name][self.lang]
        return text.format(**values) if values else text

    def lines(self, name: str) -> Sequence[str]:
        """A text of several paragraphs or steps."""
        lines: list[str] = self._own[name][self.lang]
        return lines

    def pairs(self, name: str) -> Sequence[tuple[str, str]]:
        """A text of signs and their meanings."""
        pairs: list[list[str]] = self._own[name][self.lang]
        return [(sign, meaning) for sign, meaning in pairs]

    def about(self, sheet_id: str) -> str:
        """What a sheet is about, in a sentence."""
        text: str = self._own["about"][sheet_id][self.lang]
        return text

    def help(self, sheet_id: str, column: str) -> str:
        """What to write in a column, in a sentence or two."""
        text: str = self._help[sheet_id][column][self.lang]
        return text
