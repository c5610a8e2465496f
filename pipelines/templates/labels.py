"""How values are written in a template: labels in its language, dates as dates, several joined by ``; ``.

What is written here is read back as the same value, whatever the language. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pipelines.ingest.contract import SEPARATORS, Column, Contract, Sheet
from pipelines.ingest.model import MASK
from pipelines.ingest.text import key
from pipelines.reference.schema import CONCEPTS

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

Lang = Literal["nb", "en"]
Cell = str | int | Decimal | date | None
JOINER = "; "
CORE = "kjerne"
OPERATIONS = (
    "C", "R", "U", "D", "CR", "CU", "CD", "RU", "RD", "UD", "CRU", "CRD", "CUD", "RUD", "CRUD",
)  # fmt: skip
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_WORDS: dict[Lang, dict[str, str]] = {
    "nb": {"yes": "ja", "no": "nei", "none": "ingen", "absent": "har ikke"},
    "en": {"yes": "yes", "no": "no", "none": "none", "absent": "does not have"},
}


class Labels:
    """The names of the pack and the contract in one language."""

    def __init__(self, pack: ReferencePack, contract: Contract, lang: Lang) -> None:
        self.pack, self.contract, self.lang = pack, contract, lang

    def sheet(self, sheet: Sheet) -> str:
        """A sheet's name."""
        return sheet.name_en if self.lang == "en" else sheet.name_nb

    def header(self, column: Column) -> str:
        """A column's header as people write it; the reader takes underscores for spaces."""
        text = column.header_en if self.lang == "en" else column.header_nb
        spaced = text.replace("_", " ")
        return spaced[:1].upper() + spaced[1:]

    def word(self, name: str) -> str:
        """``yes``, ``no``, ``none`` or ``absent``."""
        return _WORDS[self.lang][name]

    @cached_property
    def concepts(self) -> Mapping[str, Mapping[str, str]]:
        """Concept -> id -> name, in the pack's order of ids."""
        return {concept: self._names(concept) for concept in CONCEPTS}

    def concept(self, concept: str, identifier: str) -> str:
        """A thing's name, or its id where the pack no longer has it."""
        return self.concepts[concept].get(identifier, identifier)

    def codes(self, column: Column) -> dict[str, str]:
        """Code -> label of a coded column."""
        return {
            code.code: (code.label_en if self.lang == "en" else code.label_nb).replace("_", " ")
            for code in column.codes
        }

    def _names(self, concept: str) -> dict[str, str]:
        table, identifier = CONCEPTS[concept]
        frame = self.pack.table(table)
        # Products and vendors have one name, whatever the language.
        name = f"name_{self.lang}" if f"name_{self.lang}" in frame.columns else "name"
        rows = frame.select(identifier, name).iter_rows()
        # A name that another thing bears too, or that would be split, is not read back: the id is.
        index = self.pack.concept_index(concept)
        return {i: n if index.get(key(n)) == i and not re.search(SEPARATORS, n) else i for i, n in rows}

    def cell(self, column: Column, value: Any, raw: str | None) -> Cell:
        """The cell that is read as this typed value. raw: as it was delivered."""
        if raw is not None and MASK in raw:
            return None
        if column.is_multi:
            return self._several(column, value)
        return self._no_date(column, raw) if value is None else self._single(column, value, raw)

    def _single(self, column: Column, value: Any, raw: str | None) -> Cell:
        named: dict[str, Callable[[], Cell]] = {
            "bool": lambda: self.word("yes" if value else "no"),
            "code": lambda: self.codes(column)[value],
            "concept": lambda: self.concept(column.concept or "", value),
            "operations": lambda: self.word("none") if value == "none" else value,
            # A year that was answered is a year again, not its first day.
            "date": lambda: int(raw) if raw is not None and _YEAR.fullmatch(raw.strip()) else value,
        }
        written: Cell = named[column.type]() if column.type in named else value
        return written

    def _several(self, column: Column, value: Sequence[str] | None) -> Cell:
        if value is None:
            return None
        if not value:
            return self.word("absent" if column.name == "system_names" else "none")
        return JOINER.join(self.concept(column.concept, v) if column.concept else v for v in value)

    def _no_date(self, column: Column, raw: str | None) -> Cell:
        """A date that was answered with no; anything else that gave no value is unknown."""
        is_no = column.type == "date" and raw is not None and key(raw) in self.contract.words.no_date
        return self.word("no") if is_no else None

    def item_header(self, item: Mapping[str, Any]) -> str:
        """A survey item's header: its code and its question, both of which the reader knows."""
        return f"{item['item_id']}. {item[f'text_{self.lang}']}"


def heading_text(text: str, *, is_core: bool, is_required: bool) -> str:
    """A header with its marks: ◆ before what is asked of everybody, * behind what a row must have."""
    return f"{'◆ ' if is_core else ''}{text}{' *' if is_required else ''}"
