"""A workbook's styles: each cell keeps its own and gets our fill beside it.

The fills are colours that nobody chooses by hand, so that old marks are known again and taken away.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from pipelines.gate.package import local, parse, serialise, tag

# Severity → colour (ARGB) of a marked cell; text stays readable on all of them.
FILLS = {
    "rejected": "FFF6B7B1",
    "quarantine": "FFF7C4BF",
    "cell": "FFFBE39B",
    "masked": "FFD8CDEE",
}
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
EMPTY = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Styles:
    """The styles part, with our marks added as they are asked for."""

    def __init__(self, data: bytes) -> None:
        self._root = parse(data)
        self._fills = self._group("fills")
        self._xfs = self._group("cellXfs")
        if not len(self._xfs):
            self._xfs.append(
                self._new("xf", {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0"})
            )
        # The first of equal styles is the one that is used again.
        self._index = {self._spelt(xf): i for i, xf in reversed(list(enumerate(self._xfs)))}
        self._ours = {i: s for i, fill in enumerate(self._fills) if (s := _severity(fill)) is not None}
        self._font_ids: dict[str, int] = {}

    @property
    def has_marks(self) -> bool:
        """Whether the workbook was marked before."""
        return bool(self._ours)

    def marked(self, style: int, severity: str) -> int:
        """The style of a cell with our fill added."""
        return self._with_fill(style, self._fill(severity))

    def unmarked(self, style: int) -> int:
        """The style of a cell without our fill; its own where it has none of ours."""
        if 0 <= style < len(self._xfs) and int(self._xfs[style].get("fillId") or 0) in self._ours:
            return self._with_fill(style, 0)
        return style

    def plain(self, font: str = "", *, wrap: bool = False, quoted: bool = False, severity: str = "") -> int:
        """A style of our own sheet. font: '', bold, link."""
        attributes = {"numFmtId": "0", "fontId": str(self._font(font)), "fillId": "0", "borderId": "0"}
        if len(self._group("cellStyleXfs")):
            attributes["xfId"] = "0"
        if font:
            attributes["applyFont"] = "1"
        if severity:
            attributes |= {"fillId": str(self._fill(severity)), "applyFill": "1"}
        if quoted:
            attributes["quotePrefix"] = "1"
        xf = self._new("xf", {**attributes, "applyAlignment": "1"})
        alignment = {"vertical": "top", **({"wrapText": "1"} if wrap else {})}
        xf.append(self._new("alignment", alignment))
        return self._indexed(xf)

    def to_bytes(self) -> bytes:
        """The part anew."""
        for group in (self._fills, self._xfs, self._group("fonts")):
            group.set("count", str(len(group)))
        return serialise(self._root)

    def _with_fill(self, style: int, fill: int) -> int:
        # A style that the workbook does not have is read as the first one.
        xf = deepcopy(self._xfs[style if 0 <= style < len(self._xfs) else 0])
        xf.set("fillId", str(fill))
        if fill:
            xf.set("applyFill", "1")
        elif "applyFill" in xf.attrib:
            del xf.attrib["applyFill"]
        return self._indexed(xf)

    def _indexed(self, xf: etree._Element) -> int:
        spelt = self._spelt(xf)
        if spelt not in self._index:
            self._xfs.append(xf)
            self._index[spelt] = len(self._xfs) - 1
        return self._index[spelt]

    def _fill(self, severity: str) -> int:
        for index, known in self._ours.items():
            if known == severity:
                return index
        pattern = self._new("patternFill", {"patternType": "solid"})
        pattern.append(self._new("fgColor", {"rgb": FILLS[severity]}))
        pattern.append(self._new("bgColor", {"indexed": "64"}))
        fill = self._new("fill", {})
        fill.append(pattern)
        for own in ("none", "gray125")[len(self._fills) :]:
            # The first two fills are a spreadsheet's own, whatever they say.
            first = self._new("fill", {})
            first.append(self._new("patternFill", {"patternType": own}))
            self._fills.append(first)
        self._fills.append(fill)
        self._ours[len(self._fills) - 1] = severity
        return len(self._fills) - 1

    def _font(self, kind: str) -> int:
        if not kind:
            return 0
        if kind not in self._font_ids:
            fonts = self._group("fonts")
            font = self._new("font", {})
            if kind == "bold":
                font.append(self._new("b", {}))
            else:
                font.append(self._new("u", {}))
            font.append(self._new("sz", {"val": "11"}))
            if kind == "link":
                font.append(self._new("color", {"rgb": "FF0B4F8A"}))
            font.append(self._new("name", {"val": "Calibri"}))
            spelt = self._spelt(font)
            same = [i for i, known in enumerate(fonts) if self._spelt(known) == spelt]
            if not same:
                fonts.append(font)
            self._font_ids[kind] = same[0] if same else len(fonts) - 1
        return self._font_ids[kind]

    def _group(self, name: str) -> etree._Element:
        found = self._root.find(tag(self._root, name))
        if found is None:
            found = self._new(name, {})
            after = [e for e in self._root if local(e) in _ORDER[: _ORDER.index(name)]]
            self._root.insert(self._root.index(after[-1]) + 1 if after else 0, found)
        return found

    def _new(self, name: str, attributes: dict[str, str]) -> etree._Element:
        return self._root.makeelement(tag(self._root, name), attributes)

    def _spelt(self, element: etree._Element) -> str:
        """An element as it compares: the order of attributes and how a namespace is named do not matter."""
        children = ",".join(self._spelt(child) for child in element)
        return f"{local(element)}{sorted(element.attrib.items())}({children})"


def _severity(fill: etree._Element) -> str | None:
    """The severity that a fill of ours stands for."""
    colours = [(e.get("rgb") or "").upper() for e in fill.iter() if local(e) == "fgColor"]
    return next((severity for severity, rgb in FILLS.items() if rgb in colours), None)
