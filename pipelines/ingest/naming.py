"""Written names to the reference pack's concepts: exact, by form, by likeness, or put to a person.

Exact: an id, name or alias as ``key`` compares them. By form: the same but for signs, *og* and a firm's
legal form. By likeness: from the contract's threshold, and only where no other id is nearly as near. What
is near and not near enough is told as a candidate; a row in the pack's alias table settles it. Pure.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pipelines.ingest.contract import Closeness
from pipelines.ingest.text import key
from pipelines.reference.closeness import (
    MIN_LETTERS,
    Close,
    KnownNames,
    content_words,
    known_names,
    same_form,
)
from pipelines.reference.schema import CONCEPTS

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

How = Literal["known", "likeness", "review", "unknown"]

_KEPT = 100_000
INFINITE = float("inf")
_KEPT_PACKS = 8
# So far down a name is still worth mentioning to somebody who misspelt it.
_MENTIONED = 50.0
_MOST_MENTIONED = 3
# A longer text is a sentence that happens to mention something.
_MOST_WORDS = 12
_packs: OrderedDict[tuple[str, Closeness], dict[str, ConceptNames]] = OrderedDict()


@dataclass(frozen=True)
class Naming:
    """What a written name means. id: where it leads, None unless linked; close: the name it is like."""

    how: How
    id: str | None = None
    close: Close | None = None


UNKNOWN = Naming("unknown")


@dataclass(frozen=True, eq=False)
class ConceptNames:
    """The names of one concept.

    exact: text as compared -> id; shown: id -> the pack's name; passed_by: texts that are no name of
    this concept however near they are, such as a vendor's among products; parts_count: whether a name
    that stands whole inside a longer text is a candidate.
    """

    concept: str
    exact: Mapping[str, str]
    shown: Mapping[str, str]
    closeness: Closeness
    passed_by: frozenset[str] = frozenset()
    parts_count: bool = False
    _kept: dict[str, Naming] = field(default_factory=dict)

    def look_up(self, text: str) -> Naming:
        """What a text means."""
        compared = key(text)
        if compared not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[compared] = self._look_up(compared)
        return self._kept[compared]

    def find(self, text: str) -> str | None:
        """The id that a text is linked to, in whatever way."""
        return self.look_up(text).id

    @cached_property
    def without_likeness(self) -> ConceptNames:
        """The same names, where a text is known or is not."""
        never = replace(self.closeness, link=INFINITE, review=INFINITE)
        return replace(self, closeness=never, parts_count=False, _kept={})

    @property
    def likens(self) -> bool:
        """Whether a text may be linked to a name that it is only like."""
        return self.closeness.review != INFINITE

    def mentioned(self, text: str) -> list[str]:
        """At most three names that a text is most like, nearest first, as the pack writes them."""
        near = self._known.nearest(text, _MENTIONED, _MOST_MENTIONED)
        return [self.shown[close.id] for close in near]

    def _look_up(self, compared: str) -> Naming:
        form = same_form(compared)
        found = self.exact.get(compared) or self._forms.get(form)
        if found is not None:
            return Naming("known", found)
        if not form or form in self.passed_by:
            return UNKNOWN
        if not self.likens:
            return UNKNOWN
        near = self._known.nearest(compared, self.closeness.review - self.closeness.apart)
        if near and near[0].score >= self.closeness.review:
            best, *others = near
            is_alone = not others or others[0].score <= best.score - self.closeness.apart
            if best.score >= self.closeness.link and is_alone:
                return Naming("likeness", best.id, best)
            return Naming("review", None, best)
        inside = self._inside(form) if self.parts_count else None
        return Naming("review", None, inside) if inside else UNKNOWN

    @cached_property
    def _known(self) -> KnownNames:
        return known_names(self.exact)

    @cached_property
    def _forms(self) -> dict[str, str]:
        """Form -> id, without the forms that two ids share."""
        ids: dict[str, set[str]] = {}
        for text, target in self.exact.items():
            ids.setdefault(same_form(text), set()).add(target)
        return {form: next(iter(found)) for form, found in ids.items() if form and len(found) == 1}

    def _inside(self, form: str) -> Close | None:
        """The longest known name that stands whole in a longer one; None where two are as long.

        The score is its share of the letters, so that *Gerica* in "Gerica pleie" is a question, no answer.
        """
        words = form.split()
        if len(words) > _MOST_WORDS:
            return None
        places = range(len(words))
        runs = {" ".join(words[start : end + 1]) for start in places for end in places[start:]}
        held = sorted(run for run in runs if run in self._distinctive)
        longest = [name for name in held if len(name) == max(map(len, held))]
        if len({self._forms[name] for name in longest}) != 1:
            return None
        name = longest[0]
        return Close(self._forms[name], name, round(100 * len(name) / len(form), 1))

    @cached_property
    def _distinctive(self) -> frozenset[str]:
        """The forms long enough to be told within a longer name."""
        return frozenset(
            form
            for form in self._forms
            if sum(c.isalpha() for c in form) >= MIN_LETTERS and content_words(form)
        )


def concept_names(pack: ReferencePack, closeness: Closeness) -> dict[str, ConceptNames]:
    """The names of every concept of a pack, made on first use and kept."""
    name = (pack.pack_hash, closeness)
    if name not in _packs:
        _packs[name] = _all_names(pack, closeness)
        while len(_packs) > _KEPT_PACKS:
            _packs.popitem(last=False)
    _packs.move_to_end(name)
    return _packs[name]


def _all_names(pack: ReferencePack, closeness: Closeness) -> dict[str, ConceptNames]:
    found = {
        concept: ConceptNames(concept, dict(pack.concept_index(concept)), _shown(pack, concept), closeness)
        for concept in CONCEPTS
        if concept != "product"
    }
    vendors = found["vendor"]
    found["product"] = ConceptNames(
        "product",
        _with_vendors(pack),
        _shown(pack, "product"),
        closeness,
        passed_by=frozenset(map(same_form, vendors.exact)),
        parts_count=True,
    )
    return found


def _shown(pack: ReferencePack, concept: str) -> dict[str, str]:
    table, id_column = CONCEPTS[concept]
    frame = pack.table(table)
    names = frame["name_nb"] if "name_nb" in frame.columns else frame["name"]
    return dict(zip(frame[id_column], names, strict=True))


def _with_vendors(pack: ReferencePack) -> dict[str, str]:
    """The products' names, also with each of their vendor's names in front."""
    products = dict(pack.concept_index("product"))
    by_vendor: dict[str, list[str]] = {}
    for text, vendor in pack.concept_index("vendor").items():
        by_vendor.setdefault(vendor, []).append(text)
    vendor_of = dict(pack.table("product").select("product_id", "vendor_id").iter_rows())
    fronted: dict[str, set[str]] = {}
    for text, product in products.items():
        for vendor in by_vendor.get(vendor_of[product], ()):
            # "ACOS WebSak" names its vendor already.
            if not same_form(text).startswith(same_form(vendor)):
                fronted.setdefault(key(f"{vendor} {text}"), set()).add(product)
    clear = {text: next(iter(ids)) for text, ids in fronted.items() if len(ids) == 1}
    return {**clear, **products}
