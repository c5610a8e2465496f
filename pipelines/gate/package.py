"""A workbook's package (the zip behind .xlsx and .xlsm): parts read, put, and written back in place.

Knows parts, relationships and content types, nothing of cells. Parts that nobody puts anew come out byte
for byte as they came in.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import struct
import zipfile
import zlib

from lxml import etree

CONTENT_TYPES = "[Content_Types].xml"
_TYPES_NS = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS_NS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# A part is held as a tree, which takes some ten times its size.
MOST_XML = 40_000_000
# The oldest time a zip can hold: the same input gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# What the zip module raises for a broken package; bz2 says OSError, a part with a password RuntimeError.
_BROKEN_ZIP = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
    RuntimeError,
)  # fmt: skip


class PackageError(ValueError):
    """The package is not one that can be marked."""


def parse(data: bytes) -> etree._Element:
    """XML without entities, external parts or network; PackageError for what is no XML or too much.

    Comments are left out: styles and texts are found by counting elements.
    """
    if len(data) > MOST_XML:
        raise PackageError(f"a part of {len(data)} bytes is too large to mark")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise PackageError(f"a part is no XML: {error.msg}") from None


def serialise(root: etree._Element) -> bytes:
    """XML as spreadsheets write it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def local(element: etree._Element) -> str:
    """An element's name without its namespace; '' for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def tag(root: etree._Element, name: str) -> str:
    """A name in the root's own namespace (there is a transitional and a strict one)."""
    namespace = etree.QName(root).namespace
    return f"{{{namespace}}}{name}" if namespace else name


class Package:
    """The parts of one workbook. max_bytes: what they may unpack to."""

    def __init__(self, content: bytes, max_bytes: int) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = {member.filename: member for member in archive.infolist()}
                if sum(member.file_size for member in members.values()) > max_bytes:
                    raise PackageError(f"the workbook unpacks to more than {max_bytes} bytes")
                self._members = members
                self._parts = {name: archive.read(name) for name in members}
        except _BROKEN_ZIP as error:
            raise PackageError(str(error)) from None
        self.types = parse(self.read(CONTENT_TYPES))

    def read(self, name: str) -> bytes:
        """A part's bytes; PackageError where there is none."""
        if name not in self._parts:
            raise PackageError(f"the workbook has no part {name}")
        return self._parts[name]

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._parts

    def put(self, name: str, data: bytes) -> None:
        """Add or replace a part."""
        self._parts[name] = data

    def remove(self, name: str) -> None:
        """Take a part out, with its content type and its own relationships."""
        self._parts.pop(name, None)
        self._parts.pop(_rels_name(name), None)
        for override in list(self.types):
            if override.get("PartName") == f"/{name}":
                self.types.remove(override)

    def free_name(self, pattern: str) -> str:
        """A part's name that is not in use; pattern has ``{}`` for a number."""
        number = 1
        while pattern.format(number) in self._parts:
            number += 1
        return pattern.format(number)

    def set_type(self, name: str, content_type: str) -> None:
        """Say what a part is."""
        self.types.append(
            self.types.makeelement(
                f"{{{_TYPES_NS}}}Override", {"PartName": f"/{name}", "ContentType": content_type}
            )
        )

    def set_default(self, extension: str, content_type: str) -> None:
        """Say what parts with an extension are, where nothing says so yet."""
        known = {(e.get("Extension") or "").lower() for e in self.types}
        if extension not in known:
            element = self.types.makeelement(
                f"{{{_TYPES_NS}}}Default", {"Extension": extension, "ContentType": content_type}
            )
            self.types.insert(0, element)

    # Relationships

    def related(self, name: str, kind: str) -> dict[str, str]:
        """Relationship id → part, of those of a kind (the last word of its type) that lie within."""
        return {
            rel.get("Id") or "": self._target(name, rel)
            for rel in self._rels(name)
            if (rel.get("Type") or "").rsplit("/", 1)[-1] == kind and rel.get("TargetMode") != "External"
        }

    def kinds_related(self, name: str) -> set[str]:
        """The kinds of relationships that a part has."""
        return {(rel.get("Type") or "").rsplit("/", 1)[-1] for rel in self._rels(name)}

    def relate(self, name: str, kind: str, target: str) -> str:
        """Add a relationship within the package; its id."""
        rels = self._rels(name)
        taken = {rel.get("Id") for rel in rels}
        number = 1
        while f"rIdKb{number}" in taken:
            number += 1
        attributes = {"Id": f"rIdKb{number}", "Type": f"{_OFFICE}/{kind}", "Target": f"/{target}"}
        rels.append(rels.makeelement(f"{{{_RELS_NS}}}Relationship", attributes))
        self.put(_rels_name(name), serialise(rels))
        return f"rIdKb{number}"

    def unrelate(self, name: str, target: str) -> None:
        """Take away the relationships to a part."""
        rels = self._rels(name)
        for rel in list(rels):
            if rel.get("TargetMode") != "External" and self._target(name, rel) == target:
                rels.remove(rel)
        self.put(_rels_name(name), serialise(rels))

    def _rels(self, name: str) -> etree._Element:
        data = self._parts.get(_rels_name(name))
        if data is None:
            return parse(f'<Relationships xmlns="{_RELS_NS}"/>'.encode())
        return parse(data)

    def _target(self, name: str, rel: etree._Element) -> str:
        target = rel.get("Target") or ""
        if target.startswith("/"):
            return target.lstrip("/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), target))

    def to_bytes(self) -> bytes:
        """The package anew: parts in their old order and compression, new ones last."""
        self.put(CONTENT_TYPES, serialise(self.types))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self._parts.items():
                old = self._members.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else _EPOCH)
                stored = old is not None and old.compress_type == zipfile.ZIP_STORED
                info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        return stream.getvalue()


def _rels_name(name: str) -> str:
    if not name:
        return "_rels/.rels"
    folder, base = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{base}.rels")
