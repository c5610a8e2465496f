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
from pipelines.ingest.items import ItemFinder, item_finder
from pipelines.ingest.naming import ConceptNames, concept_names
from pipelines.ingest.place_names import PlaceNames
from pipelines.ingest.text import header_key, key, without_parenthesis

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

# Columns of a survey in long form: which item, its text, the answer.
LONG = "long:"
ITEM = "item:"
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
    def names(self) -> dict[str, ConceptNames]:
        """Concept -> its names, which also know what a nearly known text means; of every concept."""
        return concept_names(self.pack, self.contract.closeness)

    @cached_property
    def vendors(self) -> dict[str, str]:
        """product_id -> vendor_id."""
        return dict(self.pack.table("product").select("product_id", "vendor_id").iter_rows())

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
    def item_texts(self) -> dict[str, str]:
        """Item id -> its question in Norwegian."""
        if not self.items:
            return {}
        return dict(self.pack.items(self.period).select("item_id", "text_nb").iter_rows())

    @cached_property
    def item_finder(self) -> ItemFinder:
        """The period's questions, to look up headers of any tool in; none where there is no instrument."""
        texts = self.pack.item_index(self.period) if self.items else {}
        codes = {key(item) for item in self.items}
        return item_finder(
            self.item_headers,
            {text: item for text, item in texts.items() if text not in codes},
            self.items,
            self.contract.survey_exports.comment_words,
            self.contract.closeness.item,
        )

    @cached_property
    def headers(self) -> dict[str, dict[str, str]]:
        """Contract sheet -> compared header -> contract column or ``item:ID``."""
        found = {sheet.id: dict(sheet.header_index) for sheet in self.contract.sheets}
        for header, item in self.item_finder.headers.items():
            found["survey"][header] = f"{ITEM}{item}"
        for header, part in self.contract.survey_exports.long_headers.items():
            found["survey"].setdefault(header, f"{LONG}{part}")
        return found

    @property
    def year(self) -> int:
        """The year whose municipality numbers the period's deliveries use."""
        return self.pack.year(self.period)

    @property
    def municipality_numbers(self) -> frozenset[str]:
        """The numbers valid in the period's year."""
        return self.pack.numbers.valid_in(self.year)

    @cached_property
    def places(self) -> PlaceNames:
        """What municipalities are called in the period, and were before."""
        return PlaceNames(self.pack, self.contract.municipality_words, self.year)

    @cached_property
    def municipality_shown(self) -> dict[str, tuple[str, str]]:
        """Number -> the municipality's name and its county's; a former one's county is not known: ''."""
        rows = self.pack.table("municipality").select("municipality_number", "county_name")
        counties: dict[str, str] = dict(rows.iter_rows())
        names = self.pack.numbers.names
        return {number: (name, counties.get(number, "")) for number, name in names.items()}

    @cached_property
    def field_words(self) -> frozenset[str]:
        """Single words of the pack's own names, which are no persons' names."""
        concepts = ("role", "focus_area", "function", "process", "role_group")
        texts = (text for concept in concepts for text in self.concepts.get(concept, ()))
        words = [word for text in texts for word in re.split(r"[\s,/;()]+", text) if word]
        return frozenset({*words, *(part for word in words for part in word.split("-") if len(part) > 1)})

    @cached_property
    def answer_words(self) -> frozenset[str]:
        """Words that answers are made of: those of every scale's labels in the pack, and usual ones."""
        labels = self.pack.table("scale_label").select("label_nb", "label_en").rows()
        words = {word for row in labels for label in row if label for word in key(label).split()}
        return self.contract.answer_words | words

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
        return len(compared) <= _LONGEST_HEADER and self._is_near_header(compared)

    def _is_near_header(self, compared: str) -> bool:
        """As difflib judges it, of the few headers that can come so near at all: a sheet has many cells."""
        from rapidfuzz import fuzz, process

        # Never below difflib's ratio: it counts letters in order, whether they stand together or not.
        floor = 100 * _NEAR - 0.1
        able = process.extract(compared, self._header_list, scorer=fuzz.ratio, score_cutoff=floor, limit=None)
        return bool(difflib.get_close_matches(compared, [text for text, _, _ in able], n=1, cutoff=_NEAR))

    @cached_property
    def _header_list(self) -> list[str]:
        return sorted(self.known_headers)


def vocabulary(pack: ReferencePack, period: str) -> Vocabulary:
    """The vocabulary of a pack and period, made on first use."""
    name = (pack.pack_hash, period)
    if name not in _cache:
        _cache[name] = Vocabulary(pack, period, load_contract())
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    _cache.move_to_end(name)
    return _cache[name]
