"""Whose row it is: the folder's municipality, or a municipality column, by number or by name.

The numbers and the names are those of the period's year. One that had gone out of use by then goes to what
followed; one that was split, one that was not yet there, an unknown one and a name that several bear are
refused with what they could mean. Pure look-ups in the pack.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.column_texts import Source, cleaned, column_text
from pipelines.ingest.model import MASK, Finding, Rejection
from pipelines.ingest.person_names import person_names
from pipelines.ingest.text import header_key, without_parenthesis
from pipelines.ingest.vocabulary import Vocabulary

MUNICIPALITY = "municipality_number"
ROUTED = (MUNICIPALITY, "municipality_name")
_OF_OTHER_TIMES = ("old_municipality", "later_municipality")
_OF_RESPONDENTS = frozenset({"respondent_id", "role_group_id", "focus_area_ids"})
# 301, 0301, 301.0 and the number in "K-0301" and "Oslo (0301)".
_NUMBER = re.compile(r"(?<![0-9])([0-9]{1,6})(?:[.,]0+)?(?![0-9])")
_WORDS = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 8
# So many unknown texts of one table are refused each for itself; of more, so many are told.
_MOST_UNKNOWN = 50
_MOST_TOLD = 10
_MOST_ROWS_TOLD = 100
# A longer text is no municipality's name.
_LONGEST = 100
_NUMBER_WORDS = re.compile(
    r"[\s()\[\],;:.–—-]+|\b(?:k|no|nr|kommunenr|kommunenummer|komnr|knr)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """A municipality as given and as found; fault: why its rows are refused."""

    number: str
    fault: Rejection | None = None


def is_routed(body: Body) -> bool:
    """Whether the table says itself whose rows it holds."""
    return any(name in body.match.targets for name in ROUTED)


def route(
    body: Body, rows: pl.DataFrame, source: Source, home: str = ""
) -> tuple[pl.Series, dict[str, Place]]:
    """Per row the number of its municipality (as written where it is refused), and what each means.

    A number and a name side by side must mean the same, where the name means anything. A row with neither
    is the folder's, ``home``, where that is a municipality's.
    """
    columns = body.match.sheet.by_name
    number, name = (
        cleaned(column_text(body, rows, columns[column], source).read).fill_null("") for column in ROUTED
    )
    known = home if home in source.vocabulary.municipality_numbers else ""
    pairs = pl.DataFrame({"number": number, "name": name})
    found: dict[tuple[str, ...], Place] = {}
    n_unknown = 0
    for pair in pairs.unique(maintain_order=True).iter_rows():
        # What comes after those that are told needs no suggestions, which take long to find.
        is_told = n_unknown <= _MOST_UNKNOWN
        found[pair] = _of_pair(pair[0], pair[1], known, source.vocabulary, is_told=is_told)
        n_unknown += _is_unknown(found[pair])
    found = _few_unknown(found)
    given = pl.Series([found[pair].number for pair in pairs.iter_rows()], dtype=pl.String)
    return given, {place.number: place for place in found.values()}


def _of_pair(number: str, name: str, home: str, vocabulary: Vocabulary, *, is_told: bool) -> Place:
    """The place of a row with this number and name. Of several that bear a name the folder's is meant."""
    place = find_place(number or name or home, vocabulary, is_told=is_told)
    if number and name:
        return both_mean(f"{number} {name}", place, name, vocabulary)
    if place.fault is not None and place.fault.finding.rule == "ambiguous_municipality":
        found = vocabulary.places.find(name) or vocabulary.places.bare(name)
        return Place(home) if found is not None and home in found.numbers else place
    return place


def _few_unknown(found: dict[tuple[str, ...], Place]) -> dict[tuple[str, ...], Place]:
    """A column of other things than municipalities gives one refusal, not one for each of its texts."""
    unknown = {pair: place for pair, place in found.items() if _is_unknown(place)}
    if len(unknown) <= _MOST_UNKNOWN:
        return found
    texts = [place.number or "(tom)" for place in unknown.values()]
    told = ", ".join(texts[:_MOST_TOLD]) + f" … ({len(texts)})"
    whole = Place("", Rejection("unknown_municipality", value=told, found=told, expected=""))
    return {**found, **dict.fromkeys(unknown, whole)}


def _is_unknown(place: Place) -> bool:
    return place.fault is not None and place.fault.finding.rule == "unknown_municipality"


def check_municipality(number: str, vocabulary: Vocabulary) -> Rejection | None:
    """Why a folder's municipality cannot be used, or None.

    One that was gone in the period is refused with its followers, one that was not yet there with its parts.
    """
    if number in vocabulary.municipality_numbers:
        return None
    return _other_time(number, vocabulary) or _unknown(number, vocabulary)


def find_place(text: str, vocabulary: Vocabulary, *, is_told: bool = True) -> Place:
    """The municipality that a cell names by number, name, or both if they mean the same; blank is unknown.

    is_told: whether it is told what a text that means none may have meant.
    """
    shown = text.strip().lstrip("'")[:_LONGEST]
    numbers = _NUMBER.findall(shown)
    # A number of another country may have letters in it (S103).
    if len(numbers) != 1 or shown in vocabulary.pack.numbers.names:
        return _by_name(shown, vocabulary, is_told=is_told)
    by_number = _by_number(numbers[0], vocabulary)
    beside = _NUMBER_WORDS.sub(" ", _NUMBER.sub(" ", shown)).strip()
    if by_number is None or not beside:
        return by_number or _nowhere(shown, vocabulary, is_told=is_told)
    return both_mean(shown, by_number, beside, vocabulary)


def both_mean(text: str, by_number: Place, name: str, vocabulary: Vocabulary) -> Place:
    """The place of a number with a name beside it: the number's, unless the name is surely of another."""
    named = vocabulary.places.find(name)
    if named is None or by_number.fault is not None or by_number.number in named.numbers:
        return by_number
    listed = _listed([by_number.number, *named.numbers], vocabulary)
    return Place(text, Rejection("ambiguous_municipality", value=text, found=text, expected=listed))


def is_official(bodies_and_places: list[tuple[Body, pl.Series]], vocabulary: Vocabulary) -> bool:
    """Whether every municipality named has exactly one row: one official answer each.

    Never where a column tells of a respondent: one who answered alone is not the municipality.
    """
    bodies = [body for body, _ in bodies_and_places]
    if not all(map(is_routed, bodies)) or any(tells_of_respondent(body, vocabulary) for body in bodies):
        return False
    # A long table has a row per question, and says twice what it says twice elsewhere.
    times = Counter(
        text
        for body, given in bodies_and_places
        for text in (given.unique() if body.match.is_long_survey else given).to_list()
    )
    return bool(times) and set(times.values()) == {1}


def tells_of_respondent(body: Body, vocabulary: Vocabulary) -> bool:
    """Whether there is an id, a time stamp, a role group, a focus area or the like, read or not."""
    match = body.match
    if match.options or not _OF_RESPONDENTS.isdisjoint(match.targets):
        return True
    names = [name for name in match.names if name]
    texts = (text for name in names for text in (name, without_parenthesis(name), name.rsplit(" | ", 1)[-1]))
    return any(header_key(text) in vocabulary.respondent_headers for text in texts)


def find_other(
    places: Iterable[Place], home: str, vocabulary: Vocabulary, sheet: str | None
) -> Rejection | None:
    """Why a file in a municipality's folder cannot be used: it holds rows of another municipality.

    home: the folder's municipality, blank or unknown where the folder names none.
    """
    fault = check_municipality(home, vocabulary)
    if fault is not None:
        return fault if fault.finding.rule in _OF_OTHER_TIMES else None
    others = sorted({place.number for place in places if place.fault is None and place.number != home})
    if not others:
        return None
    listed = ", ".join(others)[:500]
    return Rejection("other_municipality", sheet=sheet, value=listed, found=listed, expected=home)


def refused_rows(finding: Finding, bodies: Iterable[Body]) -> list[Finding]:
    """The refusal of a municipality at each row that named it, so that its sender finds it; at least one."""
    at_rows = [
        replace(finding, sheet=body.match.table.sheet, row_number=row, column=body.match.header_of(column))
        for body in bodies
        if (column := next((name for name in ROUTED if name in body.match.targets), None)) is not None
        for row in body.rows["row_number"].head(_MOST_ROWS_TOLD).to_list()
    ]
    return at_rows[:_MOST_ROWS_TOLD] or [finding]


def nearly_official(given: pl.Series, sheet: str, vocabulary: Vocabulary) -> Finding | None:
    """A warning where most municipalities have one row but some have more."""
    times = Counter(given.to_list())
    known = vocabulary.municipality_shown
    repeated = sorted(known[text][0] if text in known else text for text, n in times.items() if n > 1)
    if not repeated or len(repeated) * 2 >= len(times):
        return None
    return Finding("official_repeated", "warning", sheet, params={"found": ", ".join(repeated)[:500]})


def _by_number(given: str, vocabulary: Vocabulary) -> Place | None:
    """The municipality of a number: of the period, or what an older one became; None for no number."""
    pack, year = vocabulary.pack, vocabulary.year
    candidates = list(dict.fromkeys([given, given.zfill(4)]))
    if known := next((c for c in candidates if c in vocabulary.municipality_numbers), None):
        return Place(known)
    for candidate in candidates:
        if pack.numbers.standing(candidate, year) == "former":
            heirs = pack.numbers.heirs(candidate, year)
            if len(heirs) == 1:
                return Place(heirs[0])
        if fault := _other_time(candidate, vocabulary):
            return Place(candidate, fault)
    return None


def _by_name(text: str, vocabulary: Vocabulary, *, is_told: bool) -> Place:
    if text in vocabulary.pack.numbers.names:
        # A number that is not made of digits alone.
        return _by_number(text, vocabulary) or Place(text)
    found = vocabulary.places.find(text)
    if found is not None and found.is_sure:
        return Place(found.numbers[0])
    if found is not None and (found.is_split or found.is_later):
        shown = [_shown(number, vocabulary) for number in found.numbers]
        return Place(text, (_later if found.is_later else _old)(text, shown))
    found = found or vocabulary.places.bare(text)
    if found is not None and len(found.numbers) > 1:
        listed = _listed(found.numbers, vocabulary)
        return Place(text, Rejection("ambiguous_municipality", value=text, found=text, expected=listed))
    return _nowhere(text, vocabulary, is_told=is_told)


def _nowhere(text: str, vocabulary: Vocabulary, *, is_told: bool) -> Place:
    """A text that means no municipality. It stands where a number would, so a person's name is masked."""
    if person_names().has_full_name(_WORDS.findall(text)):
        return Place(MASK, _unknown(MASK, vocabulary, is_told=False))
    return Place(text, _unknown(text, vocabulary, is_told=is_told))


def _listed(numbers: Iterable[str], vocabulary: Vocabulary) -> str:
    return ", ".join(_shown(number, vocabulary) for number in numbers)


def _shown(number: str, vocabulary: Vocabulary) -> str:
    """A municipality as it is suggested: number, name and, where another has the name, its county."""
    name, county = vocabulary.municipality_shown[number]
    found = vocabulary.places.find(name)
    is_shared = found is not None and len(found.numbers) > 1
    return f"{number} {name} ({county})" if is_shared and county else f"{number} {name}"


def _other_time(number: str, vocabulary: Vocabulary) -> Rejection | None:
    """Why a number of another time cannot be used, with those of the period instead; None for others."""
    numbers, year = vocabulary.pack.numbers, vocabulary.year
    standing = numbers.standing(number, year)
    if standing == "former":
        return _old(number, numbers.told(numbers.heirs(number, year)))
    if standing == "later":
        return _later(number, numbers.told(numbers.parts(number, year)))
    return None


def _old(number: str, followers: list[str]) -> Rejection:
    return Rejection("old_municipality", value=number, found=number, expected=", ".join(followers))


def _later(number: str, parts: list[str]) -> Rejection:
    return Rejection("later_municipality", value=number, found=number, expected=", ".join(parts))


def _unknown(text: str, vocabulary: Vocabulary, *, is_told: bool = True) -> Rejection:
    nearest = _suggested(text, vocabulary) if is_told else []
    return Rejection("unknown_municipality", value=text, found=text or "(tom)", expected=", ".join(nearest))


def _suggested(text: str, vocabulary: Vocabulary) -> list[str]:
    """What a text that means no municipality may have meant; never taken for it."""
    places = vocabulary.places
    found = places.bare(text) or next(filter(None, map(places.find, text.split()[:_MOST_WORDS])), None)
    if found is not None:
        return [_shown(number, vocabulary) for number in found.numbers]
    if nearest := places.nearest(text):
        return nearest
    digits = _NUMBER.findall(text)
    known = sorted(vocabulary.municipality_numbers) if digits else []
    near = difflib.get_close_matches(digits[0].zfill(4), known, n=3, cutoff=0.7) if digits else []
    return [_shown(number, vocabulary) for number in near]
