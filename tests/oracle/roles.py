"""Whose role a cell names: a reference role, another text, nobody, or unknown."""

from __future__ import annotations

import re

from .names import MASK, norm
from .pack import Pack

NOBODY = ""
MEANS_NO = {"nei", "ingen", "har ikke", "no", "none"}
SAYS_NOTHING = {"vet ikke", "vet ikkje", "ukjent", "don't know", "unknown", "?", "-"}
# Enough to know a person's name when a delivery of ours holds one; a real list is not needed here.
GIVEN_NAMES = {
    *("anne", "kari", "ola", "per", "inger", "jan", "marit", "liv", "bjørn", "nina", "hans", "eva", "lars"),
    *("ingrid", "knut", "berit", "svein", "randi", "geir", "hilde", "morten", "tone", "terje", "astrid"),
}


def read_role(text: str, pack: Pack) -> str | None:
    """A role by its reference role, else by its text; NOBODY for *ingen*; None is unknown."""
    plain = norm(text)
    if not plain or plain in SAYS_NOTHING or text == MASK or is_person(text, pack):
        return None
    if plain in MEANS_NO:
        return NOBODY
    return pack.roles.get(plain, f"text:{plain}")


def is_person(text: str, pack: Pack) -> bool:
    """Whether a role column holds a person's name, which is masked before anything is read."""
    words = re.findall(r"\w+", text)
    named = len(words) >= 2 and words[0].casefold() in GIVEN_NAMES and words[-1][:1].isupper()
    return named and norm(text) not in pack.roles
