"""What a period's deliveries may say: the pack's concepts and the instrument's items, ready to look up.

Made once per pack and period and kept; pure look-ups, no file is opened.
"""

from __future__ import annotations

import difflib
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.ingest.contract import Contract, load_contract
from pipelines.ingest.text import header_key, key, without_parenthesis

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

_KEPT = 16
# Lets "sytemnavn" through; a person's name is never so near.
_NEAR = 0.8
_LONGEST_HEADER = 200
_cache: OrderedDict[tuple[str, str], Vocabulary] = OrderedDict()


@dataclass(frozen=True)
class Item:
    """A survey item: its scale, how many points that has, its place in the instrument."""

    item_id: str
    scale_id: str
    n_points: int
    position: int


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """A pack as the reader needs it. period: one of the pack's, or another (then there are no items)."""

    pack: ReferencePack
    period: str
    contract: Contract

    @cached_property
    def concepts(self) -> dict[str, dict[str, str]]:
        """Concept -> normalised text -> id, for the concepts of the contract and the roles."""
        columns = (c for sheet in self.contract.sheets for c in (*sheet.columns, *sheet.flat))
        names = {c.concept for c in columns if c.concept} | {"role"}
        return {name: dict(self.pack.concept_index(name)) for name in sorted(names)}

    @cached_property
    def items(self) -> dict[str, Item]:
        """Items of the period's instrument by id, in the instrument's order."""
        if self.period not in self.pack.periods:
            return {}
        points = dict(self.pack.table("scale").select("scale_id", "n_points").iter_rows())
        rows = self.pack.items(self.period).select("item_id", "scale_id").iter_rows()
        return {i: Item(i, scale, points[scale], position) for position, (i, scale) in enumerate(rows)}

    @cached_property
    def item_headers(self) -> dict[str, str]:
        """Compared header -> item id: code, question text, and both together (``PU1 Kommunen har ...``)."""
        if not self.items:
            return {}
        texts = self.pack.item_index(self.period)
        headers = {header_key(text): item for text, item in texts.items()}
        for text, item in texts.items():
            for mark in (" ", ". ", ": ", ") "):
                headers.setdefault(header_key(f"{item}{mark}{text}"), item)
        return headers

    @cached_property
    def headers(self) -> dict[str, dict[str, str]]:
        """Contract sheet -> compared header -> contract column or ``item:ID``."""
        found = {sheet.id: dict(sheet.header_index) for sheet in self.contract.sheets}
        for header, item in self.item_headers.items():
            found["survey"][header] = f"item:{item}"
        return found

    @cached_property
    def municipality_by_name(self) -> dict[str, list[str]]:
        """Normalised name (also without ``kommune`` and a second language) -> numbers."""
        found: dict[str, list[str]] = {}
        rows = self.pack.table("municipality").select("municipality_number", "name").iter_rows()
        for number, name in rows:
            for text in {key(name), key(name.split(" - ")[0]), key(f"{name} kommune")}:
                found.setdefault(text, []).append(number)
        return found

    @cached_property
    def field_words(self) -> frozenset[str]:
        """Single words of the pack's own names, which are no persons' names."""
        concepts = ("role", "focus_area", "function", "process", "role_group")
        texts = (text for concept in concepts for text in self.concepts.get(concept, ()))
        words = [word for text in texts for word in re.split(r"[\s,/;()]+", text) if word]
        return frozenset({*words, *(part for word in words for part in word.split("-") if len(part) > 1)})

    @cached_property
    def known_headers(self) -> frozenset[str]:
        """Every header of the contract and the period's items, as compared."""
        return frozenset(header for sheet in self.headers.values() for header in sheet)

    @cached_property
    def respondent_headers(self) -> frozenset[str]:
        """Headers, as compared, that only a table of respondents has."""
        survey = self.contract.sheet_by_id["survey"].by_name
        own = (survey[name] for name in ("respondent_id", "role_group_id", "focus_area_ids"))
        return self.contract.respondent_headers | {header for column in own for header in column.header_keys}

    def is_like_header(self, text: str) -> bool:
        """Whether a cell is a known header, or so near to one that it is a misspelt header and no content."""
        compared = header_key(without_parenthesis(text))
        if {compared, header_key(text)} & self.known_headers:
            return True
        return len(compared) <= _LONGEST_HEADER and bool(
            difflib.get_close_matches(compared, self.known_headers, n=1, cutoff=_NEAR)
        )


def vocabulary(pack: ReferencePack, period: str) -> Vocabulary:
    """The vocabulary of a pack and period, made on first use."""
    name = (pack.pack_hash, period)
    if name not in _cache:
        _cache[name] = Vocabulary(pack, period, load_contract())
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    _cache.move_to_end(name)
    return _cache[name]
