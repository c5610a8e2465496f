"""The questions that are asked most often, each answered by a view: ``questions.yml``, read once."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

QUESTIONS_FILE = Path(__file__).with_name("questions.yml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in both languages."""

    nb: str
    en: str

    @property
    def both(self) -> str:
        """Bokmål first, as comments in the database have it."""
        return f"{self.nb} / {self.en}"


class Question(_Strict):
    """A question and the view that answers it; ``columns``: those that no table describes."""

    view: str
    question: Text
    tables: tuple[str, ...]
    key: tuple[str, ...]
    columns: dict[str, Text]
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """All of them, in order. pydantic's ValidationError names what is wrong in the file."""
    return tuple(
        Question.model_validate(entry) for entry in yaml.safe_load(QUESTIONS_FILE.read_text("utf-8"))
    )


def questions_for(tables: Collection[str]) -> tuple[Question, ...]:
    """Those that can be answered from these tables alone."""
    return tuple(question for question in questions() if set(question.tables) <= set(tables))
