"""The workbook part of a package: which sheets there are and where, and our sheet of findings among them."""

from __future__ import annotations

from functools import cache

from lxml import etree

from pipelines.gate.cell_styles import Styles
from pipelines.gate.package import Package, PackageError, local, parse, serialise, tag
from pipelines.gate.sheet_marks import Grid
from pipelines.gate.wording import LANGUAGES, Language, say

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"


@cache
def _said(*keys: str) -> frozenset[str]:
    """What some texts are in every language."""
    return frozenset(say(key, language) for key in keys for language in LANGUAGES)


class Book:
    """The workbook part: which sheets there are and where; the sheet of findings is put here."""

    def __init__(self, package: Package) -> None:
        self._package = package
        parts = list(package.related("", "officeDocument").values())
        self.part = parts[0] if parts else "xl/workbook.xml"
        self._root = parse(package.read(self.part))
        self._list = self._root.find(tag(self._root, "sheets"))
        if self._list is None or not len(self._list):
            raise PackageError("the workbook has no sheets")
        self.relations = self._relations_namespace()
        targets = package.related(self.part, "worksheet")
        self._elements = {str(e.get("name")): e for e in self._list}
        self._parts = {
            name: targets[str(element.get(self._id))]
            for name, element in self._elements.items()
            if element.get(self._id) in targets
        }
        self._strings: list[str] | None = None
        self.styles = self._one("styles")
        self.strings = self._one("sharedStrings")
        self.calculation = self._one("calcChain")
        self.masked_strings: set[str] = set()
        self.ours = next(
            (
                name
                for name in self._parts
                if name in _said("marked_sheet", "marked_sheet_other") and self._is_ours(name)
            ),
            None,
        )

    @property
    def sheets(self) -> dict[str, str]:
        """Name → part of every worksheet but our own."""
        return {name: part for name, part in self._parts.items() if name != self.ours}

    @property
    def _id(self) -> str:
        return f"{{{self.relations}}}id"

    def _relations_namespace(self) -> str:
        for element in self._list if self._list is not None else ():
            for name in element.attrib:
                if etree.QName(name).localname == "id" and etree.QName(name).namespace:
                    return str(etree.QName(name).namespace)
        raise PackageError("the workbook's sheets lead nowhere")

    def _one(self, kind: str) -> str | None:
        found = [p for p in self._package.related(self.part, kind).values() if self._package.has(p)]
        return found[0] if found else None

    def _is_ours(self, name: str) -> bool:
        """Whether a sheet of our name was made by us: its first cell says so."""
        root = parse(self._package.read(self._parts[name]))
        first = next(iter(Grid(root).cells()), None)
        if first is None:
            return False
        text = "".join(e.text or "" for e in first.iter() if local(e) in ("t", "v"))
        if first.get("t") == "s" and self.strings and text.isdecimal():
            items = [i for i in parse(self._package.read(self.strings)) if local(i) == "si"]
            text = "".join(e.text or "" for e in items[int(text)].iter() if local(e) == "t")
        return text in _said("marked_title")

    def put_findings(self, sheet: bytes, language: Language, *, alone: bool) -> None:
        """Put our sheet last, or in the place of the one from an earlier marking."""
        if self.ours is not None:
            part = self._parts[self.ours]
            self._package.remove(part)
            self._package.put(part, sheet)
            self._package.set_type(part, _SHEET_TYPE)
            return
        part = self._package.free_name("xl/worksheets/kommunebench{}.xml")
        self._package.put(part, sheet)
        self._package.set_type(part, _SHEET_TYPE)
        relationship = self._package.relate(self.part, "worksheet", part)
        taken = {name.casefold() for name in self._elements}
        names = [say("marked_sheet", language), say("marked_sheet_other", language)]
        name = next((n for n in names if n.casefold() not in taken), "Kommunebench")
        list_ = self._list
        if list_ is None:
            raise PackageError("the workbook has no sheets")
        if alone:
            # A workbook has at least one sheet, so an empty one had to stand there until now.
            for element in list(list_):
                list_.remove(element)
            for old in self._parts.values():
                self._package.unrelate(self.part, old)
                self._package.remove(old)
        number = 1 + max((int(e.get("sheetId") or 0) for e in list_), default=0)
        attributes = {"name": name, "sheetId": str(number), self._id: relationship}
        list_.append(list_.makeelement(tag(self._root, "sheet"), attributes))
        self._package.put(self.part, serialise(self._root))

    def put_styles(self, styles: Styles) -> None:
        """Put the styles back, in a part of their own where the workbook had none."""
        if self.styles is None:
            self.styles = self._package.free_name("xl/kommunebenchStyles{}.xml")
            self._package.set_type(self.styles, _STYLES_TYPE)
            self._package.relate(self.part, "styles", self.styles)
        self._package.put(self.styles, styles.to_bytes())
