"""People's data stays out: identity numbers, e-mail, phone numbers, persons' names in role columns.

A cell that holds one is replaced whole by ``***`` before it is typed or stored. Pure functions; a
vectorised look over a frame finds the few columns that need a closer one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.ingest.identity_numbers import BETWEEN, has_national_id
from pipelines.ingest.model import MASK
from pipelines.ingest.person_names import person_names
from pipelines.ingest.text import clean, key

# Also with blanks around the sign, its full-width form, and (at) as some write it against robots.
_AT = r"(?:\s{0,2}[@＠]\s{0,2}|\s?[(\[]\s?(?:at|krøllalfa|alfakrøll)\s?[)\]]\s?)"
_EMAIL = re.compile(rf"[\w.+'-]+{_AT}[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_AT_SIGNS = ("@", "＠", "(", "[")
_PHONE = re.compile(
    r"(?<![\d.,+])(?:"
    r"(?:\+\s?|00\s?)\d{1,3}\)?[\s\u00a0-]?\(?\d(?:[\s\u00a0()-]{0,2}\d){6,11}"  # +47 22 33 44 55
    r"|[2-9]\d[\s\u00a0]\d{2}[\s\u00a0]\d{2}[\s\u00a0]\d{2}"  # 22 33 44 55
    r"|[489]\d{2}[\s\u00a0]\d{2}[\s\u00a0]?\d{3}"  # 912 34 567
    r"|[2-9]\d{7}"  # 22334455
    r"|\(?\d{3}\)?[\s.-]\d{3}[.-]\d{4}"  # (415) 555-0123
    r")(?![\d])(?![.,]\d)"
)
_SUSPICIOUS = rf"@|＠|[(\[]\s?(?i:at|krøllalfa|alfakrøll)\s?[)\]]|\d(?:[{BETWEEN},()]{{0,3}}\d){{7}}"
_WORDS = re.compile(r"[\s,/;()]+")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_TWO_WORDS = r"\p{L}{2}[^\p{L}\d]+\p{L}{2}"
_NUMBERED = r"^\p{L}+[ ._-]?[0-9]{1,3}$"
_NUMBERED_NAME = re.compile(r"[^\W\d_]+[ ._-]?[0-9]{1,3}")
_NAME_MARKS = str.maketrans("", "", "-‐'’.")
_LONGEST_ACRONYM = 3
_NAME_LENGTHS = range(2, 5)


@dataclass(frozen=True)
class Masked:
    """One masked cell: position in the column and the rule that masked it."""

    index: int
    rule: str


def find_personal(text: str, *, with_phone: bool) -> str | None:
    """The masking rule that a text calls for, or None."""
    if any(sign in text for sign in _AT_SIGNS) and _EMAIL.search(text):
        return "masked_email"
    if has_national_id(text):
        return "masked_national_id"
    if with_phone and any(not _is_plain_date(found) for found in _PHONE.findall(text)):
        return "masked_phone"
    return None


def spans_of_personal(text: str) -> list[tuple[int, int]]:
    """Where in a text e-mail addresses and phone numbers stand."""
    phones = (found for found in _PHONE.finditer(text) if not _is_plain_date(found[0]))
    return [found.span() for found in (*_EMAIL.finditer(text), *phones)]


def header_shown(header: str) -> str:
    """A header as it may be shown: where data stands in its place, personal data is masked."""
    is_personal = find_personal(header, with_phone=True) or person_names().has_full_name(header.split())
    return MASK if is_personal else header


def is_person_name(
    text: str, known_texts: Collection[str], known_words: Collection[str], role_words: Collection[str]
) -> bool:
    """Whether a text of a role column has a person's name in it.

    A name of the list of common ones tells of a person wherever it stands and whatever its case. Beyond the
    list, two capitalised words in a row that belong to no role are a name; so are two to four words, whatever
    their case, of which none is known. known_texts: normalised roles and the like; known_words: single
    words of the field; role_words: words for roles and units, also as the last part of a compound.
    """
    if key(text) in known_texts:
        return False
    words = [word for word in _WORDS.split(clean(text)) if word]
    if person_names().has_name(words, (known_words, role_words)):
        return True
    known = [_is_known(word, known_words, role_words) for word in words]
    if len(words) in _NAME_LENGTHS and not any(known) and all(map(_is_alphabetic, words)):
        return True
    return _has_name_pair(words, known)


def looks_like_person(text: str, known_words: Collection[str], role_words: Collection[str]) -> bool:
    """Whether a title names a person: a common name, or two capitalised words that belong to no role."""
    words = [word for word in _WORDS.split(clean(text)) if word]
    known = [_is_known(word, known_words, role_words) for word in words]
    return person_names().has_name(words, (known_words, role_words)) or _has_name_pair(words, known)


def may_name_persons(ids: pl.Series) -> bool:
    """Whether any text of a column of ids may be a person's name: a quick look over all their words."""
    names, texts = person_names(), ids.drop_nulls().str.to_lowercase().str.strip_chars()
    bare = _words_in(texts.filter(~texts.str.contains(r"\d") | texts.str.contains(_NUMBERED)))
    if not bare.isdisjoint(names.sure_given | names.sure_surnames):
        return True
    words = _words_in(texts.filter(texts.str.contains(_TWO_WORDS)))
    return not words.isdisjoint(names.given) and not words.isdisjoint(names.surnames)


def _words_in(texts: pl.Series) -> set[str]:
    found = texts.str.extract_all(r"\p{L}{2,}").explode().unique().drop_nulls()
    return {key(word) for word in found.to_list()}


def is_named_id(text: str, *, alone_counts: bool) -> bool:
    """Whether an id is a person's name by the list: a given name beside a surname, or (alone_counts) one
    common name, bare or with a number behind. Within a longer code three letters of a name tell nothing."""
    words = _NOT_LETTERS.sub(" ", clean(text)).split()
    if person_names().has_full_name(words):
        return True
    is_bare = not any(c.isdigit() for c in text) or _NUMBERED_NAME.fullmatch(clean(text))
    return alone_counts and bool(is_bare) and person_names().has_name(words)


def _has_name_pair(words: Sequence[str], known: Sequence[bool]) -> bool:
    pairs = zip(words, words[1:], known, known[1:], strict=False)
    return any(not (a or b) and _is_name_pair(one, other) for one, other, a, b in pairs)


def _is_known(word: str, known_words: Collection[str], role_words: Collection[str]) -> bool:
    """A word of the field, a hyphenated one with such a last part, or a compound of two such words."""
    folded = key(word)
    last = folded.rstrip("-").rsplit("-", 1)[-1]
    if not {folded, last}.isdisjoint(known_words) or not {folded, last}.isdisjoint(role_words):
        return True
    return any(
        stem in known_words or stem in role_words
        for cut in range(3, len(folded) - 2)
        if folded[cut:] in role_words
        for stem in (folded[:cut], folded[:cut].removesuffix("s"), folded[:cut].removesuffix("e"))
    )


def _is_alphabetic(word: str) -> bool:
    """Letters of any alphabet, with the marks that names have."""
    return word.translate(_NAME_MARKS).isalpha()


def _is_name_pair(one: str, other: str) -> bool:
    """Two words written as names: capitalised, an initial, or in capitals; two acronyms are none."""
    if not all(_is_alphabetic(word) and word[0].isupper() for word in (one, other)):
        return False
    acronyms = [
        word.isupper() and 2 <= len(word) <= _LONGEST_ACRONYM and "." not in word for word in (one, other)
    ]
    # IKT-leder OLA NORDMANN: the short word is a name only beside a long one in capitals.
    return not any(acronyms) or (not all(acronyms) and one.isupper() and other.isupper())


def mask_frame(
    frame: pl.DataFrame, judge: Callable[[str, str], str | None], always: Collection[str]
) -> tuple[pl.DataFrame, dict[str, list[Masked]]]:
    """Mask a frame of text columns.

    judge(column, text) gives a rule or None. Only columns that hold a suspicious pattern, and those in
    ``always``, are looked at text by text.
    """
    if not frame.width or not frame.height:
        return frame, {}
    suspicious = frame.select(pl.all().str.contains(_SUSPICIOUS).any()).row(0, named=True)
    masked: dict[str, list[Masked]] = {}
    columns = []
    for name in frame.columns:
        if suspicious[name] or name in always:
            series, hits = _mask_column(frame[name], name, judge)
            if hits:
                masked[name] = hits
                columns.append(series)
    return (frame.with_columns(columns) if columns else frame), masked


def _mask_column(
    series: pl.Series, name: str, judge: Callable[[str, str], str | None]
) -> tuple[pl.Series, list[Masked]]:
    texts = series.unique().drop_nulls().to_list()
    rules = {text: rule for text in texts if (rule := judge(name, text)) is not None}
    if not rules:
        return series, []
    found = series.is_in(list(rules))
    indexes = found.fill_null(value=False).arg_true().to_list()
    hits = [Masked(index, rules[series[index]]) for index in indexes]
    return pl.select(pl.when(found).then(pl.lit(MASK)).otherwise(series).alias(name)).to_series(), hits


def _is_plain_date(found: str) -> bool:
    """20240501 is a date, not a phone number."""
    if not (found.isdecimal() and len(found) == 8 and found.startswith(("19", "20"))):
        return False
    try:
        date(int(found[:4]), int(found[4:6]), int(found[6:]))
    except ValueError:
        return False
    return True
