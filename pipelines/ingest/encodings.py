"""From bytes to text: which encoding they are in, and whether one was already applied wrongly before.

A byte-order mark settles it; then zero bytes in every other place (UTF-16 without a mark); then strict
UTF-8. What is left is one byte a letter, and there Norwegian decides: the encoding is the one under which
æ, ø, å and the like stand within words, in the case of their neighbours, and no odd signs do. The same
bytes always give the same answer.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from pipelines.ingest.model import Rejection

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = (("utf-32-le", 4, 0), ("utf-32-be", 4, 3), ("utf-16-le", 2, 0), ("utf-16-be", 2, 1))
# In the order of how often they come, which decides between equals.
_NARROW = ("cp1252", "iso8859-15", "mac-roman", "cp850", "cp865")
_LETTERS = frozenset("æøåÆØÅéèêóòôöäüÉÈÊÓÒÔÖÄÜáÁàÀčđŋšŧžČĐŊŠŦŽ")
_CORE = frozenset("æøåÆØÅ")
_RARE = frozenset("ŽžŠš")
# Signs that stand in ordinary text without being letters.
_USUAL = frozenset("\u00a0«»“”„’‘–—…•·§°´€£©®™½¼¾²³±×¨\u00ad")
_CONTEXT = re.compile(rb"([A-Za-z0-9]?)([\x80-\xff]{1,8})(?=([A-Za-z0-9]?))")
_MOST_CONTEXTS = 5_000
_SURE = 2
# Text that was UTF-8, was read as cp1252 and saved again: Ã¸ for ø.
_MOJIBAKE = re.compile("[ÃÂÅÄ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸŽ]|â€|ï»¿")
_UNNAMED = re.compile("([\x80-\x9f]+)")
# Of all characters, so many may be control characters before it is no text.
_MOST_CONTROL = 0.02
_FEW_CONTROL = 3
_CONTROL = [chr(code) for code in (*range(9), *range(14, 32))]
_HEAD = 65_536


@dataclass(frozen=True)
class Decoded:
    """Text and how it was read.

    n_broken: characters that could not be read or were broken before; is_guess: whether another encoding
    was as likely; was_garbled: whether the text had been read in a wrong encoding before it was sent, and
    was put right.
    """

    text: str
    encoding: str
    n_broken: int
    is_guess: bool = False
    was_garbled: bool = False


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Read bytes as text in the given encoding, or the one that the bytes tell.

    Raises Rejection ``unreadable`` when it is no text.
    """
    if not _is_wide(content):
        content = content.rstrip(b"\x00")
        _refuse_binary(content[:_HEAD].decode("latin-1"))
    text, name, is_guess = _given(content, encoding) if encoding else _told(content)
    text = text.removeprefix("\ufeff")
    _refuse_binary(text)
    repaired = _ungarbled(text)
    if repaired is not None:
        return Decoded(repaired, name, repaired.count("\ufffd"), was_garbled=True)
    return Decoded(text, name, text.count("\ufffd"), is_guess)


def _refuse_binary(text: str) -> None:
    most = _MOST_CONTROL * len(text)
    if text.count("\x00") > most or sum(map(text.count, _CONTROL)) - _FEW_CONTROL > most:
        raise Rejection("unreadable", found="binary content")


def _given(content: bytes, encoding: str) -> tuple[str, str, bool]:
    try:
        return content.decode(encoding), encoding, False
    except (UnicodeError, LookupError):
        # The bytes may tell the same and be broken in places.
        text, name, is_guess = _told(content)
        if name == encoding:
            return text, name, is_guess
        raise Rejection("unreadable", found=f"bytes that are not {encoding}") from None


def _told(content: bytes) -> tuple[str, str, bool]:
    """Text, encoding, whether it is a guess."""
    marked = next((name for bom, name in _BOMS if content.startswith(bom)), None) or _wide_encoding(content)
    if marked is not None:
        try:
            return content.decode(marked), marked, False
        except UnicodeError:
            if marked != "utf-8-sig":
                found = f"bytes that are not {marked}, which the file says it is"
                raise Rejection("unreadable", found=found) from None
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        if marked == "utf-8-sig" or _is_nearly_utf8(content):
            return content.decode("utf-8", errors="replace"), marked or "utf-8", False
    name, is_guess = _narrow_encoding(content)
    return content.decode(name, errors="replace"), name, is_guess


def _is_wide(content: bytes) -> bool:
    boms = tuple(bom for bom, name in _BOMS if name != "utf-8-sig")
    return content.startswith(boms) or _wide_encoding(content) is not None


def _wide_encoding(content: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: Latin letters leave zero bytes in the same places."""
    head = content[:4_096]
    if head.count(0) * 3 < len(head):
        return None
    for name, width, place in _WIDE:
        letters = [head[i::width] for i in range(width)]
        others = b"".join(part for i, part in enumerate(letters) if i != place)
        if letters[place].count(0) * 20 < len(letters[place]) and others.count(0) * 10 > len(others) * 8:
            return name
    return None


def _is_nearly_utf8(content: bytes) -> bool:
    """Whether most of what is not ASCII is UTF-8, as in a file that was cut or put together."""
    text = content.decode("utf-8", errors="replace")
    n_broken = text.count("\ufffd")
    n_good = sum(len(run) for run in re.findall(r"[\u0080-\ufffc\U00010000-\U0010ffff]+", text))
    return n_good > 0 and n_good >= 2 * n_broken


# One byte a letter


def _narrow_encoding(content: bytes) -> tuple[str, bool]:
    """The encoding that makes most sense, and whether another one made as much."""
    found = islice(_CONTEXT.finditer(content), _MOST_CONTEXTS)
    contexts = Counter(match[1] + match[2] + match[3] for match in found)
    scores = {name: _sense(contexts, name) for name in _NARROW}
    best = max(_NARROW, key=lambda name: (scores[name], -_NARROW.index(name)))
    if scores[best] < 0:
        return _known_elsewhere(content, best), True
    rivals = [n for n in _NARROW if scores[best] - scores[n] < _SURE and _differs(contexts, n, best)]
    return best, bool(rivals)


def _known_elsewhere(content: bytes, best: str) -> str:
    """What statistics of other languages say, for text in which Norwegian finds no sense at all."""
    from charset_normalizer import from_bytes

    found = from_bytes(content[:20_000]).best()
    if found is None or found.encoding.startswith(("utf", "ascii")):
        return best
    try:
        content.decode(found.encoding)
    except UnicodeError:
        return best
    return found.encoding


def _differs(contexts: Mapping[bytes, int], one: str, other: str) -> bool:
    return any(c.decode(one, errors="replace") != c.decode(other, errors="replace") for c in contexts)


def _sense(contexts: Mapping[bytes, int], name: str) -> float:
    """How well the bytes read as Norwegian words in an encoding."""
    return sum(_word_sense(context.decode(name, errors="replace")) * n for context, n in contexts.items())


def _word_sense(word: str) -> float:
    """The sense of one run of letters beyond ASCII with its neighbours."""
    total = 0.0
    for place, sign in enumerate(word):
        if sign.isascii():
            continue
        before = word[place - 1] if place else ""
        after = word[place + 1 : place + 2]
        total += _sign_sense(sign, before, after)
    return total


def _sign_sense(sign: str, before: str, after: str) -> float:
    is_inside = before.isalpha() or after.isalpha()
    if sign == "\u00a0" and before.isdigit() and after.isdigit():
        return _SURE
    if sign == "\ufffd" or "\x80" <= sign <= "\x9f":
        return -3
    if sign.isalpha():
        return _letter_sense(sign, before, after, is_inside=is_inside)
    if sign in _USUAL:
        is_within = before.isalpha() and after.isalpha() and sign not in "’\u00ad–´\u00a0"
        return -1 if is_within else 0.25
    return -2


def _letter_sense(sign: str, before: str, after: str, *, is_inside: bool) -> float:
    # A capital within a word of small letters, or a letter beside a digit, is a sign of the wrong table.
    is_odd_capital = sign.isupper() and (before.islower() or (before.isalpha() and after.islower()))
    is_odd_case = is_odd_capital or (sign.islower() and after.isupper())
    if sign not in _LETTERS or is_odd_case or before.isdigit() or after.isdigit():
        return -0.5 if is_inside and not is_odd_case else -1
    if not is_inside:
        return 1 if sign in "åÅ" else 0.25
    return 3 if sign in _CORE else 0.5 if sign in _RARE else 1.5


# Read wrongly before


def _ungarbled(text: str) -> str | None:
    """The text as it was before it was read as cp1252 although it was UTF-8; None where it was not."""
    found, current = None, text
    while _MOJIBAKE.search(current) and (earlier := _undone(current)) is not None:
        found = current = earlier
    return found.removeprefix("\ufeff") if found is not None else None


def _undone(text: str) -> str | None:
    """Only where the whole file goes back, and becomes shorter: then nothing else can have happened."""
    try:
        undone = b"".join(map(_as_cp1252, _UNNAMED.split(text))).decode("utf-8")
    except UnicodeError:
        return None
    return undone if len(undone) < len(text) else None


def _as_cp1252(part: str) -> bytes:
    """cp1252, and bytes that it does not name as most programs read them."""
    return part.encode("latin-1") if _UNNAMED.fullmatch(part) else part.encode("cp1252")
