"""Which question of the instrument a header asks: by code, by text, or by a text that is nearly the same.

Tools write more than the question: numbers, codes and matrix questions in front, brackets, html tags,
digits behind a repeated text. Those are taken off; what is left must be a question word for word, else it
is only near to one. A header beside which words are asked for (*kommentar*) is no question. Pure look-ups.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.ingest.text import clean, header_key, key
from pipelines.reference.closeness import Close, KnownNames, known_names

# Headers longer than this are no headers; looking for a question inside them is only slow.
_LONGEST = 1_000
# A shorter text is not taken apart but for a code in front or in brackets.
_SHORTEST = 12
_MOST_PARTS = 24
_KEPT = 20_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,9})(?:\s[^<>]{0,500})?/?>")
_BLOCK_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "td", "tr", "h1", "h2", "h3", "h4", "hr"})
_NUMBER_IN_FRONT = re.compile(
    r"(?:(?:spørsmål|spm|question|påstand|statement|nr|q)\.?\s*)?[0-9]{1,3}(?:[.][0-9]{1,2})?[a-z]?(?:\s*[.):]+\s*|\s*[-–]\s+)"
    r"|[A-Za-z]+[0-9]\w*(?:\[\w*\])?\s*[.:]\s*",
    re.IGNORECASE,
)
_DIGITS_BEHIND = re.compile(r"(?<=[^\W\d_])[.?!]?\s?[0-9]{1,2}$")
_BRACKETED = re.compile(r"\[([^\[\]]+)\]|\(([^()]+)\)\s*$")
_SEPARATOR = re.compile(r"\s[-–—/|>]\s|[.:?!|/]\s*|\)\s+|\s-|_(?=\w{12})")


@dataclass(frozen=True, eq=False)
class ItemFinder:
    """An instrument's questions as headers are looked up in.

    headers: compared header -> item id (code, text, both); codes: matches a code that more follows;
    comment_words: normalised; floor: the lowest likeness that counts.
    """

    headers: Mapping[str, str]
    codes: re.Pattern[str]
    comment_words: Collection[str]
    floor: float
    known: KnownNames
    _found: dict[str, frozenset[str]] = field(default_factory=dict)

    def find(self, header: str) -> frozenset[str]:
        """The items that a header names word for word: none, one, or several where it contradicts itself."""
        if header not in self._found:
            if len(self._found) >= _KEPT:
                self._found.clear()
            self._found[header] = self._find(header)
        return self._found[header]

    def near(self, header: str) -> list[Close]:
        """The items that a header is near to, the nearest first, each once; none for a code or a remark."""
        text = undressed(header)
        if not _SHORTEST <= len(text) <= _LONGEST:
            return []
        parts = list(_parts(text))
        if any(self.asks_for_words(rest) for rest in (text, *(rest for _, rest in parts))):
            return []
        best: dict[str, Close] = {}
        for part in ("", *(part for part, _ in parts)):
            for close in self.known.nearest(key(part or text), self.floor, limit=3):
                earlier = best.get(close.id)
                if earlier is None or close.score > earlier.score:
                    best[close.id] = close
        return sorted(best.values(), key=lambda close: (-close.score, close.id))

    def _find(self, header: str) -> frozenset[str]:
        whole = self.headers.get(header_key(header))
        if whole is not None:
            return frozenset({whole})
        text = plain(header)
        if not text or len(text) > _LONGEST or not any(c.isalpha() for c in text):
            return frozenset()
        bare = undressed(text)
        named = self.headers.get(header_key(bare))
        found = (
            {named} if named else {item for part, rest in _parts(bare) for item in self._named(part, rest)}
        )
        # The code in front, where the words say nothing else: a shortened question.
        code = self.codes.match(text)
        if code and not self.asks_for_words(text[code.end() :]):
            found.add(self.headers[header_key(code[0])])
            found.update(self._named(text[code.end() :].lstrip(" .:)]-–|/"), ""))
        return frozenset(found)

    def _named(self, part: str, rest: str) -> Iterator[str]:
        item = self.headers.get(header_key(part))
        if item is not None and not self.asks_for_words(rest):
            yield item

    def asks_for_words(self, rest: str) -> bool:
        """Whether what stands beside a question asks for words about it, so that there is no answer below."""
        words = [key(word) for word in re.split(r"[^\w]+", rest) if word]
        if len(words) <= 4:
            return any(word in self.comment_words for word in words)
        return words[0] in self.comment_words


def item_finder(
    headers: Mapping[str, str],
    texts: Mapping[str, str],
    codes: Collection[str],
    comment_words: Collection[str],
    floor: float,
) -> ItemFinder:
    """A finder; headers: compared header -> item; texts: normalised question text -> item, codes left out."""
    tails = _tails(texts)
    compared = {header_key(text): item for text, item in tails.items()}
    return ItemFinder(
        headers={**compared, **headers},
        codes=_codes_in_front(codes),
        comment_words=comment_words,
        floor=floor,
        known=known_names({**tails, **texts}),
    )


def plain(header: str) -> str:
    """A header without html, on one line."""
    if "<" in header or "&" in header:
        header = html.unescape(_TAG.sub(_without_tag, header))
    return clean(header)


@lru_cache(maxsize=_KEPT)
def undressed(header: str) -> str:
    """A header without html, numbers or a tool's code in front, and digits behind; one line."""
    text = plain(header)
    in_front = _NUMBER_IN_FRONT.match(text)
    if in_front and len(text) > in_front.end():
        text = text[in_front.end() :]
    if len(text) >= _SHORTEST:
        text = _DIGITS_BEHIND.sub("", text)
    return text


def _codes_in_front(codes: Collection[str]) -> re.Pattern[str]:
    """Any code with something behind it; an underscore or a hyphen in it may be a blank or nothing."""
    longest_first = sorted(codes, key=lambda code: (-len(code), code))
    written = [r"[\s_\-]?".join(map(re.escape, re.split(r"[\s_\-]", code))) for code in longest_first]
    return re.compile(rf"(?:{'|'.join(written) or '(?!)'})(?=[\s.:)\]\[(\-–|/]+\S)", re.IGNORECASE)


def _without_tag(tag: re.Match[str]) -> str:
    return " " if tag[2].lower() in _BLOCK_TAGS else ""


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Parts of a header that may be the question, each with what is left of the header without it."""
    for bracket in _BRACKETED.finditer(text):
        inside = bracket[1] or bracket[2]
        yield inside, text.replace(bracket[0], " ")
        before = text[: bracket.start()]
        if before.strip():
            yield undressed(before), text[bracket.start() :]
    if len(text) < _SHORTEST:
        return
    for number, separator in enumerate(_SEPARATOR.finditer(text)):
        if number >= _MOST_PARTS:
            return
        tail = text[separator.end() :].strip()
        if tail:
            yield undressed(tail).strip("[]() "), text[: separator.start()]


def _tails(texts: Mapping[str, str]) -> dict[str, str]:
    """The statements of matrix questions: what follows a question that several items share."""
    split = [(*_stem(text), item) for text, item in texts.items()]
    shared = Counter(stem for stem, tail, _ in split if tail)
    found: dict[str, set[str]] = {}
    for stem, tail, item in split:
        if tail and shared[stem] > 1:
            found.setdefault(tail, set()).add(item)
    return {tail: items.pop() for tail, items in found.items() if len(items) == 1 and tail not in texts}


def _stem(text: str) -> tuple[str, str]:
    stem, mark, tail = text.rpartition("? ")
    if not mark:
        stem, mark, tail = text.rpartition(": ")
    return (stem, tail.strip()) if mark else ("", "")
