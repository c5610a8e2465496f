"""How the headers of a wide form are read: a template in which one contract column stands in braces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.ingest.text import clean, header_key

_FIELD = "field"
_HOLE = re.compile(r"\{([^{}]*)\}")
_MAX_TEMPLATE = 200
# Marks that templates set behind a header.
_HEADER_MARKS = " ◆*"


class Unpivot(BaseModel):
    """Columns of a wide form: headers that a template fits name a thing, and what is said of it.

    pattern: text with one contract column in braces, and ``{field}`` where ``fields`` says what the other
    part of the header means. Compared whatever the case; no regular expression.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str = Field(max_length=_MAX_TEMPLATE)
    fields: dict[str, str] = Field(default_factory=dict)
    cell: str | None = None

    @property
    def by(self) -> str:
        """The contract column that takes the thing's name."""
        holes: list[str] = _HOLE.findall(self.pattern)
        return next(hole for hole in holes if hole != _FIELD)

    @property
    def filled(self) -> tuple[str, ...]:
        """The contract columns that the cells fill."""
        return (self.cell,) if self.cell is not None else tuple(self.fields.values())

    @field_validator("fields", mode="before")
    @classmethod
    def _texts(cls, given: Any) -> Any:
        return {str(k): v for k, v in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _one_way(self) -> Unpivot:
        holes = _HOLE.findall(self.pattern)
        named = [hole for hole in holes if hole != _FIELD]
        if len(named) != 1 or not named[0]:
            raise ValueError(f"pattern {self.pattern!r} needs one contract column in braces")
        if (self.cell is None) == (not self.fields):
            raise ValueError(f"pattern {self.pattern!r} needs either fields or cell")
        if holes.count(_FIELD) != (1 if self.fields else 0):
            raise ValueError(f"pattern {self.pattern!r} needs {{field}} with fields, and none with cell")
        if "}{" in self.pattern:
            raise ValueError(f"pattern {self.pattern!r} needs some text between its two parts")
        if len({header_key(field) for field in self.fields}) < len(self.fields) or not all(
            clean(field) for field in self.fields
        ):
            raise ValueError("fields must be different and not blank")
        return self

    def read(self, header: str) -> tuple[str, str] | None:
        """(name of the thing, contract column that the cell fills), or None where the header does not fit."""
        text = clean(header).strip(_HEADER_MARKS)
        fields: dict[str, str] = self.fields or {"": self.cell or ""}
        # The longest first: "eget system" before "system".
        for field in sorted(fields, key=lambda one: (-len(one), one)):
            before, after = self._around(field)
            rest = _cut(text, before, at_end=False)
            rest = None if rest is None else _cut(rest, after, at_end=True)
            if rest is not None and rest.strip():
                return rest.strip(), fields[field]
        return None

    def _around(self, field: str) -> tuple[list[str], list[str]]:
        """The fixed texts before and behind the name, from the header's ends inwards."""
        pieces = [
            piece if index % 2 == 0 else (field if piece == _FIELD else None)
            for index, piece in enumerate(_HOLE.split(self.pattern))
        ]
        place = pieces.index(None)
        before = [piece for piece in pieces[:place] if piece]
        return before, [piece for piece in reversed(pieces[place + 1 :]) if piece]


def _cut(text: str, fixed: Sequence[str], *, at_end: bool) -> str | None:
    """The text without the fixed texts at one end; spaces around them do not count. None: not there."""
    for one in fixed:
        core = clean(one)
        if not core:
            if not (text.endswith(" ") if at_end else text.startswith(" ")):
                return None
            text = text.strip()
            continue
        text = text.rstrip() if at_end else text.lstrip()
        found = text[-len(core) :] if at_end else text[: len(core)]
        if found.casefold() != core.casefold():
            return None
        text = text[: -len(core)] if at_end else text[len(core) :]
    return text
