"""Damage: bytes flipped, cut out, repeated or swapped, in a file or in a member of its zip.

Every mutation is drawn from a seed and the file's place in the sequence, so that one that fails can be
made again.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import EXAMPLE_INBOX, LIMESURVEY, REAL_DATA, ROOT, SAN_FRANCISCO

Mutation = Callable[[bytes, random.Random], bytes]
CORPUS = ROOT / "tests" / "corpus"
SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".parquet"})
MOST_BYTES = 2_000_000
# What a spreadsheet's markup turns on: damage there reaches further than into random bytes.
TELLING = (b"<row", b"<c ", b"<v>", b"</v>", b"<f>", b't="s"', b'r="', b"<table:table-row", b"repeated=\"",
           b"office:value", b"<sst", b"&amp;", b";", b'"', b"\r\n", b"<sheet ", b"mergeCell")  # fmt: skip
NUMBERS = (b"0", b"-1", b"2147483648", b"1048577", b"18446744073709551616", b"1e309", b"NaN")


@dataclass(frozen=True)
class Original:
    """A file to damage; mapping: of the real file that has one."""

    path: Path
    kind: str | None
    mapping: Path | None = None

    @property
    def name(self) -> str:
        return self.path.name


@cache
def originals() -> tuple[Original, ...]:
    """The real files, the example's deliveries and the corpus' files made by other programs."""
    real = [
        Original(REAL_DATA / "san_francisco_systems.csv", "systems", SAN_FRANCISCO / "mapping.yml"),
        Original(REAL_DATA / "limesurvey_export.csv", "survey", LIMESURVEY / "mapping.yml"),
        Original(REAL_DATA / "limesurvey_export.xlsx", "survey", LIMESURVEY / "mapping.yml"),
    ]
    found = sorted(
        path
        for folder in (EXAMPLE_INBOX / "2026", CORPUS)
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES and path.stat().st_size <= MOST_BYTES
    )
    present = [one for one in real if one.path.is_file()]
    return (*present, *(Original(path, None) for path in found))


def damaged(number: int, seed: int) -> tuple[Original, bytes]:
    """The number-th damaged file of a seed."""
    dice = random.Random(f"{seed}/{number}")
    files = originals()
    # The real files come up as often as all others together.
    chosen = dice.choice(files[:3] if dice.random() < 0.3 else files)
    content = chosen.path.read_bytes()
    if content.startswith(b"PK") and dice.random() < 0.7:
        return chosen, _in_member(content, dice)
    return chosen, _mutate(content, dice)


def _mutate(content: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        content = dice.choice(MUTATIONS)(content, dice)
    return content


def _in_member(content: bytes, dice: random.Random) -> bytes:
    """Damage below the zip's checksums, so that the reader behind them sees it."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        members = source.infolist()
        hit = {member.filename for member in dice.sample(members, min(len(members), dice.choice((1, 1, 2))))}
        sheets = [m.filename for m in members if "sheet" in m.filename or m.filename == "content.xml"]
        hit |= {dice.choice(sheets)} if sheets else set()
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
            for member in members:
                data = source.read(member)
                target.writestr(member.filename, _mutate(data, dice) if member.filename in hit else data)
                if member.filename in hit and dice.random() < 0.02:
                    target.writestr("xl/worksheets/extra.xml", data)
    return result.getvalue()


def _span(content: bytes, dice: random.Random, most: int = 4_096) -> tuple[int, int]:
    start = dice.randrange(len(content) + 1)
    return start, min(len(content), start + dice.randint(1, most))


def _flip(content: bytes, dice: random.Random) -> bytes:
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(dice.choice((1, 2, 8, 64))):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(content: bytes, dice: random.Random) -> bytes:
    start, end = _span(content, dice)
    return content[:start] + content[end:]


def _cut_end(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _repeat(content: bytes, dice: random.Random) -> bytes:
    start, end = _span(content, dice)
    return content[:end] + content[start:end] * dice.choice((1, 2, 50)) + content[end:]


def _swap(content: bytes, dice: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_span(content, dice), _span(content, dice)))
    if b > c:
        return content
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _telling(content: bytes, dice: random.Random) -> bytes:
    """A piece of markup taken away, doubled or put elsewhere."""
    piece = dice.choice(TELLING)
    place = content.find(piece, dice.randrange(len(content) + 1))
    if place < 0:
        return content
    other = dice.choice((b"", piece * 2, dice.choice(TELLING)))
    return content[:place] + other + content[place + len(piece) :]


def _number(content: bytes, dice: random.Random) -> bytes:
    """A run of digits becomes a number that nobody expects."""
    start = dice.randrange(len(content) + 1)
    while start < len(content) and not content[start : start + 1].isdigit():
        start += 1
    end = start
    while end < len(content) and content[end : end + 1].isdigit():
        end += 1
    return content[:start] + dice.choice(NUMBERS) + content[end:] if end > start else content


def _noise(content: bytes, dice: random.Random) -> bytes:
    start, end = _span(content, dice, 64)
    return content[:start] + dice.randbytes(end - start) + content[end:]


MUTATIONS: Sequence[Mutation] = (_flip, _cut, _cut_end, _repeat, _swap, _telling, _number, _noise)
