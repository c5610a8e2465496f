"""A zip is looked through before anything of it is read: what it is, and what it would unpack to.

Members are unpacked in pieces and counted, never kept, never written anywhere, whatever their names say.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.ingest.model import Rejection
from pipelines.settings import Limits

PIECE = 1 << 20
_CENTRAL_ENTRY = b"PK\x01\x02"
# Hundreds are usual in a workbook with pictures; a directory of millions takes memory by itself.
_MAX_MEMBERS = 10_000
_ODS_MIMETYPES = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)
_DOCUMENTS = {
    "word/document.xml": "docx (Word)",
    "ppt/presentation.xml": "pptx (PowerPoint)",
    "index/document.iwa": "Numbers (Apple)",
    "index.zip": "Numbers (Apple)",
    "xl/workbook.bin": "xlsb (Excel Binary)",
}
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,  # what zipfile raises for a compression that it does not know
    ValueError,
    RuntimeError,
    KeyError,
)


@dataclass(frozen=True)
class Archive:
    """A zip that may be read: its bytes and its directory, the last of several members of one name first."""

    content: bytes
    members: tuple[zipfile.ZipInfo, ...]
    limits: Limits

    def member(self, name: str) -> zipfile.ZipInfo | None:
        """A member by its name, as spreadsheets compare them: any case, either slash."""
        return next((m for m in reversed(self.members) if plain_name(m.filename) == name), None)

    def read(self, name: str) -> bytes:
        """A whole member, empty where there is none; raises Rejection where it is broken."""
        member = self.member(name)
        return b"" if member is None else b"".join(self.pieces(member))

    def pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """A member unpacked in pieces of at most 1 MiB.

        Raises Rejection ``unpacks_too_big`` where it holds more than its entry says, ``unreadable``
        where it is broken.
        """
        try:
            yield from self._unpack(member)
        except _FAULTS as error:
            raise _unreadable(error) from None

    def _unpack(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        packed = memoryview(self.content)[slice(*_extent(self.content, member))]
        if member.compress_type == zipfile.ZIP_STORED:
            yield from (bytes(packed[i : i + PIECE]) for i in range(0, len(packed), PIECE))
            return
        if member.compress_type != zipfile.ZIP_DEFLATED:
            raise zipfile.BadZipFile(f"compression {member.compress_type}")
        stream, count = zlib.decompressobj(-15), 0
        for start in range(0, len(packed), PIECE):
            piece: bytes = bytes(packed[start : start + PIECE])
            while piece:
                unpacked = stream.decompress(piece, PIECE)
                count += len(unpacked)
                if count > member.file_size:
                    limit = str(self.limits.max_unpacked_bytes)
                    raise Rejection("unpacks_too_big", found=member.filename[:100], limit=limit)
                if unpacked:
                    yield unpacked
                piece = stream.unconsumed_tail


def plain_name(name: str) -> str:
    """A member's name as spreadsheets compare it."""
    return name.replace("\\", "/").casefold()


def open_archive(content: bytes, limits: Limits) -> Archive:
    """Look at a zip's directory.

    Raises Rejection for one that is broken, encrypted, with members that lie over each other, or that
    says it unpacks past the limit.
    """
    if content.count(_CENTRAL_ENTRY) > _MAX_MEMBERS:
        raise Rejection("unreadable", found=f"zip > {_MAX_MEMBERS}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = tuple(archive.infolist())
        _check_extents(content, members)
    except _FAULTS as error:
        raise _unreadable(error) from None
    if any(member.flag_bits & 1 for member in members):
        raise Rejection("password_protected", found="zip")
    said = sum(member.file_size for member in members)
    if said > limits.max_unpacked_bytes:
        raise Rejection("unpacks_too_big", found=str(said), limit=str(limits.max_unpacked_bytes))
    return Archive(content, members, limits)


def format_of(archive: Archive) -> str:
    """``xlsx``, ``xlsm`` or ``ods``.

    Raises Rejection ``unsupported_format`` for any other zip, ``password_protected`` for an encrypted ods.
    """
    names = {plain_name(member.filename) for member in archive.members}
    if "xl/workbook.xml" in names:
        is_macro = "xl/vbaproject.bin" in names or b"macroEnabled" in archive.read("[content_types].xml")
        return "xlsm" if is_macro else "xlsx"
    if "content.xml" in names and archive.read("mimetype").strip() in (*_ODS_MIMETYPES, b""):
        if b"encryption-data" in archive.read("meta-inf/manifest.xml"):
            raise Rejection("password_protected", found="ods")
        return "ods"
    found = next((shown for name, shown in _DOCUMENTS.items() if name in names), None)
    if found is None and "content.xml" in names:
        found = "OpenDocument: " + archive.read("mimetype").decode("ascii", "replace")[-20:]
    raise Rejection("unsupported_format", found=found or "zip")


def refuse_markup_tricks(piece: bytes) -> None:
    """Refuse XML with a document type: entities can unfold without end, and no spreadsheet writes one.

    Nor does any write UTF-16, in which it could be hidden.
    """
    if b"\x00" in piece:
        raise Rejection("unreadable", found="XML UTF-16")
    if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
        raise Rejection("unreadable", found="XML DOCTYPE")


def _check_extents(content: bytes, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes: a small file can hold the same bomb a thousand times."""
    extents = sorted(_extent(content, member) for member in members if member.compress_size)
    end = 0
    for start, stop in extents:
        if start < end:
            raise zipfile.BadZipFile("members lie over each other")
        end = stop
    if end > len(content):
        raise zipfile.BadZipFile("a member is cut off")


def _extent(content: bytes, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Where a member's packed bytes start and stop."""
    head = content[member.header_offset : member.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("a member is not where the directory says")
    start = member.header_offset + 30 + int.from_bytes(head[26:28], "little")
    start += int.from_bytes(head[28:30], "little")
    return start, start + member.compress_size


def _unreadable(error: BaseException) -> Rejection:
    return Rejection("unreadable", found=str(error)[:200])
