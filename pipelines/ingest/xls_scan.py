"""How large an xls workbook would be in memory, told from its records before it is read.

An xls file is an OLE container (its own small file system) with a stream of records: type and length,
two bytes each, then the content. The reader that reads it holds each sheet as a dense grid.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipelines.ingest.model import Rejection
from pipelines.ingest.tables import ErrorCells, check_grid
from pipelines.settings import Limits

_STREAMS = ("workbook", "book")
_OTHERS = {
    "worddocument": "doc (Word)",
    "powerpoint document": "ppt (PowerPoint)",
    "__properties_version1.0": "msg (Outlook)",
    "visiodocument": "vsd (Visio)",
    "\x01ole10native": "OLE",
}
_ENCRYPTED = "encryptedpackage"
_END = 0xFFFFFFFA  # this and above: no sector, but an end or a mark
_HEADER = 512
_ENTRY = 128

_BOF = (0x0009, 0x0209, 0x0409, 0x0809)
_FILEPASS, _SST, _CONTINUE, _EOF, _BOUNDSHEET = 0x002F, 0x00FC, 0x003C, 0x000A, 0x0085
_LABELSST, _BOOLERR, _FORMULA = 0x00FD, 0x0205, 0x0006
# Records of a cell start with row and column; of these two, several cells that end with the last column.
_SINGLE = frozenset({0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6, 0x0206, 0x0406, 0x0001})
_MULTIPLE = frozenset({0x00BD, 0x00BE})


def scan_xls(content: bytes, limits: Limits) -> dict[str, ErrorCells]:
    """Refuse a workbook that would not fit; by sheet the cells that hold an error.

    Raises Rejection ``unsupported_format`` for another OLE file, ``password_protected`` where it is
    encrypted, ``unreadable`` where its container is broken.
    """
    try:
        return _scan_records(_workbook_stream(content), limits)
    except (struct.error, IndexError, ValueError) as error:
        raise Rejection("unreadable", found=str(error)[:200]) from None


# The container


def _workbook_stream(content: bytes) -> bytes:
    if len(content) < _HEADER:
        raise ValueError("OLE: cut off")
    entries = _directory(content)
    if _ENCRYPTED in entries:
        raise Rejection("password_protected", found="xlsx")
    for name in _STREAMS:
        if name in entries:
            return _stream(content, *entries[name])
    found = next((shown for name, shown in _OTHERS.items() if name in entries), "OLE")
    raise Rejection("unsupported_format", found=found)


def _sector_size(content: bytes) -> int:
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in (9, 12):
        raise ValueError(f"OLE: sector shift {shift}")
    return int(1 << shift)


def _sector(content: bytes, number: int, size: int) -> bytes:
    start = (number + 1) * size
    if start >= len(content):
        raise ValueError("OLE: a sector beyond the end")
    return content[start : start + size]


def _allocation(content: bytes) -> array[int]:
    """The table that names each sector's successor."""
    size = _sector_size(content)
    sectors = [s for s in struct.unpack_from("<109I", content, 76) if s < _END]
    following, seen = struct.unpack_from("<I", content, 68)[0], 0
    while following < _END:
        part = _unpacked(_sector(content, following, size))
        sectors += [s for s in part[:-1] if s < _END]
        following, seen = part[-1], seen + 1
        if seen * size > len(content):
            raise ValueError("OLE: its table goes round in circles")
    if len(sectors) * size > len(content) + size:
        raise ValueError("OLE: a table larger than the file")
    table: array[int] = array("I")
    for sector in sectors:
        table.extend(_unpacked(_sector(content, sector, size)))
    _refuse_circles(table)
    return table


def _refuse_circles(table: Sequence[int]) -> None:
    """No chain may come back to where it was: who follows it would never end."""
    done = bytearray(len(table))
    for start in range(len(table)):
        place, path = start, []
        while place < len(table) and not done[place]:
            done[place] = 1
            path.append(place)
            place = table[place]
        if place < len(table) and done[place] == 1:
            raise ValueError("OLE: a chain goes round in circles")
        for passed in path:
            done[passed] = 2


def _unpacked(sector: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4])


def _chain(content: bytes, table: array[int], start: int, size: int) -> bytes:
    """The sectors of a chain, one after the other."""
    parts, count = [], 0
    while start < _END:
        parts.append(_sector(content, start, size))
        count += 1
        if count * size > len(content) + size:
            raise ValueError("OLE: a chain goes round in circles")
        start = table[start]
    return b"".join(parts)


def _directory(content: bytes) -> dict[str, tuple[int, int]]:
    """Entries by their folded name: first sector and size."""
    size = _sector_size(content)
    start = struct.unpack_from("<I", content, 48)[0]
    raw = _chain(content, _allocation(content), start, size)
    entries: dict[str, tuple[int, int]] = {}
    for place in range(0, len(raw) - _ENTRY + 1, _ENTRY):
        length = min(struct.unpack_from("<H", raw, place + 64)[0], 64)
        name = raw[place : place + max(length - 2, 0)].decode("utf-16-le", errors="replace").casefold()
        first, n_bytes = struct.unpack_from("<II", raw, place + 116)
        kind = raw[place + 66]
        if kind == 5:
            entries["\x00root"] = (first, n_bytes)
        elif kind == 2:
            entries.setdefault(name, (first, n_bytes))
    return entries


def _stream(content: bytes, first: int, n_bytes: int) -> bytes:
    """A stream's bytes; one below the cutoff lies in the root's small sectors."""
    size, table = _sector_size(content), _allocation(content)
    cutoff, small_first = struct.unpack_from("<II", content, 56)
    if n_bytes >= cutoff:
        return _chain(content, table, first, size)[:n_bytes]
    root = _directory(content).get("\x00root")
    if root is None:
        raise ValueError("OLE: no root")
    store = _chain(content, table, root[0], size)
    successors = _unpacked(_chain(content, table, small_first, size)) if small_first < _END else ()
    _refuse_circles(successors)
    parts, count = [], 0
    while first < _END:
        parts.append(store[first * 64 : first * 64 + 64])
        count += 1
        if count > len(successors):
            raise ValueError("OLE: a chain goes round in circles")
        first = successors[first]
    return b"".join(parts)[:n_bytes]


# The records


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, start of the content and its length."""
    place, end = 0, len(stream) - 4
    unpack = struct.Struct("<HH").unpack_from
    while place <= end:
        kind, length = unpack(stream, place)
        yield kind, place + 4, length
        place += 4 + length


@dataclass
class _Part:
    """A substream of records, a sheet or the workbook's own: where it starts and what its cells span."""

    start: int
    rows: int = 0
    columns: int = 0
    errors: ErrorCells = field(default_factory=ErrorCells)

    def span(self, rows: int, columns: int) -> None:
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)


def _scan_records(stream: bytes, limits: Limits) -> dict[str, ErrorCells]:
    unpack = struct.Struct("<HH").unpack_from
    last_kind = 0
    uses: Counter[int] = Counter()
    shared: list[bytes] = []
    sheets: list[tuple[int, str]] = []
    opened = [_Part(-1)]
    closed: dict[int, _Part] = {}
    for kind, start, length in _records(stream):
        if kind in _SINGLE and length >= 4:
            row, column = unpack(stream, start)
            opened[-1].span(row + 1, column + 1)
            if kind == _LABELSST and length >= 10:
                uses[struct.unpack_from("<I", stream, start + 6)[0]] += 1
            if _is_error(kind, stream, start, length):
                opened[-1].errors.add(row + 1, column + 1)
        elif kind in _MULTIPLE and length >= 6:
            last = struct.unpack_from("<H", stream, start + length - 2)[0]
            opened[-1].span(unpack(stream, start)[0] + 1, last + 1)
        elif kind == _FILEPASS:
            raise Rejection("password_protected", found="xls")
        elif kind in _BOF:
            opened.append(_Part(start - 4))
        elif kind == _EOF:
            _close(opened, closed)
        elif kind == _BOUNDSHEET and length >= 4:
            sheets.append((struct.unpack_from("<I", stream, start)[0], _sheet_name(stream, start, length)))
        elif kind == _SST or (kind == _CONTINUE and last_kind == _SST):
            shared.append(stream[start : start + length])
        last_kind = last_kind if kind == _CONTINUE else kind
    while len(opened) > 1:
        _close(opened, closed)
    _check_sheets(sheets, closed, limits)
    _check_text(shared, uses, limits)
    found = {name: closed[start].errors for start, name in sheets}
    return {name: errors for name, errors in found.items() if errors.count}


def _sheet_name(stream: bytes, start: int, length: int) -> str:
    """The name in a record of a sheet: its length and flags, then one or two bytes a character."""
    if length < 8:
        return ""
    n_characters, flags = stream[start + 6], stream[start + 7]
    text = stream[start + 8 : start + min(length, 8 + n_characters * (1 + (flags & 1)))]
    return text.decode("utf-16-le" if flags & 1 else "latin-1", errors="replace")


def _close(opened: list[_Part], closed: dict[int, _Part]) -> None:
    """The innermost part ends; what follows belongs to the one around it, which is at least as large."""
    if len(opened) > 1:
        part = opened.pop()
        closed[part.start] = part
        opened[-1].span(part.rows, part.columns)


def _check_sheets(sheets: list[tuple[int, str]], parts: dict[int, _Part], limits: Limits) -> None:
    """Refuse sheets that are too large together; one that is named twice is read twice."""
    if any(start not in parts for start, _ in sheets):
        raise ValueError("xls: a sheet is not where the workbook says")
    check_grid(sum(parts[start].rows * parts[start].columns for start, _ in sheets), 1, "", limits)


def _is_error(kind: int, stream: bytes, start: int, length: int) -> bool:
    """Whether a cell holds an error, by itself or as the result of its formula."""
    if kind == _BOOLERR:
        return length >= 8 and stream[start + 7] == 1
    if kind == _FORMULA and length >= 14:
        return stream[start + 12 : start + 14] == b"\xff\xff" and stream[start + 6] == 2
    return False


def _check_text(shared: list[bytes], uses: Counter[int], limits: Limits) -> None:
    """Refuse shared texts that are more than their bytes can hold, or too long for all their cells."""
    if not shared:
        return
    n_bytes = sum(map(len, shared))
    count = struct.unpack_from("<I", shared[0], 4)[0]
    if count * 3 > n_bytes:
        raise Rejection("unreadable", found=f"SST {count}")
    # No text is longer than all together; only where that could be too much, each is measured.
    if sum(uses.values()) * n_bytes <= limits.max_text_bytes:
        return
    lengths = _text_lengths(shared, count)
    text = sum(lengths[index] * n for index, n in uses.items() if index < len(lengths))
    if text > limits.max_text_bytes:
        raise Rejection("unpacks_too_big", found=str(text), limit=str(limits.max_text_bytes))


def _text_lengths(shared: list[bytes], count: int) -> list[int]:
    """Characters of each shared text; where a record ends within a text, the next begins with its flags."""
    lengths: list[int] = []
    part, place = 0, 8
    while len(lengths) < count and part < len(shared):
        if place + 3 > len(shared[part]):
            part, place = part + 1, 0
            continue
        n_characters, flags = struct.unpack_from("<HB", shared[part], place)
        place += 3
        n_runs = n_extra = 0
        if flags & 8:
            n_runs, place = struct.unpack_from("<H", shared[part], place)[0], place + 2
        if flags & 4:
            n_extra, place = struct.unpack_from("<I", shared[part], place)[0], place + 4
        left, width = n_characters, 1 + (flags & 1)
        while left > 0 and part < len(shared):
            taken = min(left, (len(shared[part]) - place) // width)
            left, place = left - taken, place + taken * width
            if left > 0:
                part, place = part + 1, 1
                if part < len(shared) and shared[part]:
                    width = 1 + (shared[part][0] & 1)
        lengths.append(n_characters)
        skip = n_runs * 4 + n_extra
        while part < len(shared) and skip > len(shared[part]) - place:
            skip, part, place = skip - (len(shared[part]) - place), part + 1, 0
        place += skip
    return lengths
