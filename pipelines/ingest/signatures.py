"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.ingest.model import Rejection

Container = Literal["zip", "ole", "parquet", "text"]

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET = b"PAR1"

# Other formats that arrive: how they begin, and what they are called towards the sender.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip (.gz)"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip (.7z)"),
    (b"BZh", "bzip2 (.bz2)"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"PARE", "Parquet (kryptert/encrypted)"),
    (b"ARROW1", "Arrow/Feather"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"\x00\x01\x00\x00Standard Jet DB", "Access (.mdb)"),
    (b"\x00\x01\x00\x00Standard ACE DB", "Access (.accdb)"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"$FL2", "SPSS (.sav)"),
    (b"$FL3", "SPSS (.zsav)"),
    (b"MZ", "Windows-program (.exe)"),
    (b"\x7fELF", "program"),
    (b"MIME-Version:", "MHTML/e-post"),
    # Excel 2 to 4 wrote its records without a container.
    (b"\x09\x00\x04\x00", "xls (Excel 2)"),
    (b"\x09\x02\x06\x00", "xls (Excel 3)"),
    (b"\x09\x04\x06\x00", "xls (Excel 4)"),
)
_HEAD = 4_096
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<office:document\b"), "fods (OpenDocument XML)"),
    (re.compile(r"urn:schemas-microsoft-com:office:spreadsheet"), "XML Spreadsheet 2003"),
    (re.compile(r"^<(?:!doctype\s+html|html|head|body|table|meta|style)\b"), "HTML"),
    (re.compile(r"^<\?xml\b.*?<html\b", re.DOTALL), "HTML"),
    (re.compile(r"^<\?xml\b"), "XML"),
    (re.compile(r"^<!doctype\b"), "XML"),
    (re.compile(r'^\{\s*"'), "JSON"),
    (re.compile(r'^\[\s*[\[{]\s*"?'), "JSON"),
)


def container_of(content: bytes) -> Container:
    """How the bytes are packed.

    Raises Rejection ``unsupported_format`` for a format that is known and not read.
    """
    if content.startswith(ZIP):
        return "zip"
    if content.startswith(OLE):
        return "ole"
    if content.startswith(PARQUET):
        return "parquet"
    for start, name in _OTHERS:
        if content.startswith(start) and _is_no_text(content, start):
            raise Rejection("unsupported_format", found=name)
    if (markup := _markup(content[:_HEAD])) is not None:
        raise Rejection("unsupported_format", found=markup)
    return "text"


def _is_no_text(content: bytes, start: bytes) -> bool:
    """A CSV file may begin with the letters MZ or BZh; then no binary follows."""
    is_lettered = start.isalnum() and start.isascii()
    return not is_lettered or any(byte < 9 for byte in content[:_HEAD])


def _markup(head: bytes) -> str | None:
    """HTML, XML or JSON: old systems send an HTML table or Excel's XML of 2003 under the name .xls."""
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    text = head.decode(encoding, errors="ignore").removeprefix("ï»¿").lstrip().casefold()
    while text.startswith("<!--"):
        text = text.partition("-->")[2].lstrip()
    if not text.startswith(("<", "{", "[")):
        return None
    return next((name for pattern, name in _MARKUP if pattern.search(text)), None)
