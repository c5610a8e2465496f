"""Whose row it is: the folder's municipality, or a municipality column, by number or by name.

An old number goes to its successor; one that was split, an unknown one and a name that several bear are
refused with what they could mean. Pure look-ups in the pack.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.columns import Source, cleaned, column_text
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.text import clean, header_key, key, without_parenthesis
from pipelines.ingest.vocabulary import Vocabulary

MUNICIPALITY = "municipality_number"
ROUTED = (MUNICIPALITY, "municipality_name")
_OF_RESPONDENTS = frozenset({"respondent_id", "role_group_id", "focus_area_ids"})
_WHOLE = re.compile(r"([0-9]{1,6})(?:[.,]0+)?")


@dataclass(frozen=True)
class Place:
    """A municipality as given and as found; fault: why its rows are refused."""

    number: str
    fault: Rejection | None = None


def is_routed(body: Body) -> bool:
    """Whether the table says itself whose rows it holds."""
    return any(name in body.match.targets for name in ROUTED)


def route(body: Body, rows: pl.DataFrame, source: Source) -> tuple[pl.Series, dict[str, Place]]:
    """Per row the text that names its municipality (its number first), and what each text means."""
    columns = body.match.sheet.by_name
    texts = [cleaned(column_text(body, rows, columns[name], source).read) for name in ROUTED]
    given = pl.select(pl.coalesce(*texts).fill_null("")).to_series()
    return given, {text: find_place(text, source.vocabulary) for text in given.unique().to_list()}


def check_municipality(number: str, vocabulary: Vocabulary) -> Rejection | None:
    """Why a folder's municipality cannot be used, or None. An old number is refused with its followers."""
    if number in vocabulary.pack.municipality_numbers:
        return None
    followers = vocabulary.pack.successors(number)
    if followers:
        return _old(number, [f"{new} {name}" for new, name, _ in followers])
    return _unknown(number, vocabulary)


def find_place(text: str, vocabulary: Vocabulary) -> Place:
    """The municipality that a cell names. A blank cell is unknown."""
    pack = vocabulary.pack
    number = _WHOLE.fullmatch(text)
    if number is None:
        return _by_name(text, vocabulary)
    candidates = [text, number[1], number[1].zfill(4)]
    if known := next((c for c in candidates if c in pack.municipality_numbers), None):
        return Place(known)
    for candidate in candidates:
        followers = pack.successors(candidate)
        if len(followers) == 1:
            return Place(followers[0][0])
        if followers:
            return Place(candidate, _old(candidate, [f"{new} {name}" for new, name, _ in followers]))
    return Place(text, _unknown(text, vocabulary))


def is_official(bodies_and_places: list[tuple[Body, pl.Series]], vocabulary: Vocabulary) -> bool:
    """Whether every municipality named has exactly one row: one official answer each.

    Never where a column tells of a respondent: one who answered alone is not the municipality.
    """
    bodies = [body for body, _ in bodies_and_places]
    if not all(map(is_routed, bodies)) or any(tells_of_respondent(body, vocabulary) for body in bodies):
        return False
    times = Counter(text for _, given in bodies_and_places for text in given.to_list())
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
        return fault if fault.finding.rule == "old_municipality" else None
    others = sorted({place.number for place in places if place.fault is None and place.number != home})
    if not others:
        return None
    listed = ", ".join(others)[:500]
    return Rejection("other_municipality", sheet=sheet, value=listed, found=listed, expected=home)


def nearly_official(given: pl.Series, sheet: str) -> Finding | None:
    """A warning where most municipalities have one row but some have more."""
    times = Counter(given.to_list())
    repeated = sorted(text for text, n in times.items() if n > 1)
    if not repeated or len(repeated) * 2 >= len(times):
        return None
    return Finding("official_repeated", "warning", sheet, params={"found": ", ".join(repeated)[:500]})


def _by_name(text: str, vocabulary: Vocabulary) -> Place:
    numbers = vocabulary.municipality_by_name.get(key(text), [])
    if len(set(numbers)) == 1:
        return Place(numbers[0])
    if numbers:
        listed = ", ".join(sorted(set(numbers)))
        return Place(text, Rejection("ambiguous_municipality", value=text, found=text, expected=listed))
    return Place(text, _unknown(text, vocabulary))


def _old(number: str, followers: list[str]) -> Rejection:
    return Rejection("old_municipality", value=number, found=number, expected=", ".join(followers))


def _unknown(text: str, vocabulary: Vocabulary) -> Rejection:
    known = [*vocabulary.municipality_by_name, *sorted(vocabulary.pack.municipality_numbers)]
    nearest = difflib.get_close_matches(key(clean(text)), known, n=3, cutoff=0.6)
    return Rejection("unknown_municipality", value=text, found=text or "(tom)", expected=", ".join(nearest))
