"""The sheet of findings in a marked workbook: what to do on top, then a row per finding with a link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from pipelines.gate.cell_styles import Styles
from pipelines.gate.wording import Language, say
from pipelines.reference.export_text import cell_text, starts_formula

if TYPE_CHECKING:
    from pipelines.gate.marking import Place

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WIDTHS = (6, 22, 18, 8, 24, 9, 28, 95, 26)
_HEADINGS = ("", "what", "sheet", "row", "column", "cell", "value", "explanation", "rule")
_LETTERS = "ABCDEFGHI"
# More rows than that nobody mends by hand; the JSON file has them all.
MOST_FINDINGS = 20_000


def findings_sheet(
    places: Sequence[Place],
    reports: Sequence[Mapping[str, Any]],
    styles: Styles,
    language: Language,
    lead: Sequence[str],
) -> bytes:
    """The worksheet's XML; the styles that it needs are added to ``styles``."""
    writer = _Writer(styles)
    writer.row([(say("marked_title", language), "bold")])
    for report in reports:
        writer.row([(_about(report), "")])
        writer.row([(f"{report[f'status_{language}']}. {report[f'next_{language}']}", "bold")])
        for finding in report["findings"]:
            if finding["severity"] == "rejected":
                writer.row([(finding[f"sentence_{language}"], "")])
    is_masked = any(place.finding["severity"] == "masked" for place in places)
    is_marked = any(place.mark is not None for place in places)
    for text in (
        *lead,
        *([say("marked_lead", language)] if is_marked else []),
        *([say("marked_masked", language)] if is_masked else []),
    ):
        writer.row([(text, "")])
    writer.row([])
    writer.row([(say(key, language) if key else "#", "bold") for key in _HEADINGS])
    for number, place in enumerate(places[:MOST_FINDINGS], start=1):
        writer.finding(number, place, language)
    return writer.xml()


def _about(report: Mapping[str, Any]) -> str:
    name = report["municipality_name"]
    who = f"{report['municipality_number']} {name}" if name else report["municipality_number"]
    return f"{report['file_name']} · {who} · {report['period']}"


class _Writer:
    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._rows: list[str] = []
        self._links: list[str] = []

    def row(self, cells: Iterable[tuple[object, str]]) -> None:
        """A row of texts with the name of their style."""
        number = len(self._rows) + 1
        self._rows.append(
            f'<row r="{number}">'
            + "".join(
                self._cell(f"{_LETTERS[i]}{number}", value, kind) for i, (value, kind) in enumerate(cells)
            )
            + "</row>"
        )

    def finding(self, number: int, place: Place, language: Language) -> None:
        """A finding's row, with a link to its cell."""
        finding, mark = place.finding, place.mark
        reference = mark.reference if mark is not None else ""
        row = mark.row if mark is not None else finding["row_number"]
        what = say(f"one_{finding['severity']}", language)
        self.row(
            [
                (number, ""),
                (what, finding["severity"]),
                (place.sheet, "wrap"),
                (row, ""),
                (finding["column_name"], "wrap"),
                (reference, "link"),
                (finding["value"], "wrap"),
                (finding[f"sentence_{language}"], "wrap"),
                (finding["rule"], ""),
            ]
        )
        if reference:
            sheet = place.sheet.replace("'", "''")
            location = escape(f"'{sheet}'!{reference}")
            self._links.append(
                f'<hyperlink ref="F{len(self._rows)}" location="{location}" display="{reference}"/>'
            )

    def _cell(self, reference: str, value: object, kind: str) -> str:
        if value in (None, ""):
            return ""
        if isinstance(value, int):
            return f'<c r="{reference}" s="{self._style("")}"><v>{value}</v></c>'
        text = cell_text(str(value))
        style = self._style(kind, quoted=starts_formula(text))
        held = escape(text, quote=False)
        return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{held}</t></is></c>'

    def _style(self, kind: str, *, quoted: bool = False) -> int:
        if kind in ("bold", "link"):
            return self._styles.plain(kind, quoted=quoted)
        if kind in ("", "wrap"):
            return self._styles.plain(wrap=kind == "wrap", quoted=quoted)
        is_marked = kind != "warning"
        return self._styles.plain(wrap=True, quoted=quoted, severity=kind if is_marked else "")

    def xml(self) -> bytes:
        """The worksheet."""
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
            for n, width in enumerate(_WIDTHS, start=1)
        )
        links = f"<hyperlinks>{''.join(self._links)}</hyperlinks>" if self._links else ""
        return (
            f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
            '<sheetPr><tabColor rgb="FFB3261E"/></sheetPr><sheetFormatPr defaultRowHeight="15"/>'
            f"<cols>{columns}</cols><sheetData>{''.join(self._rows)}</sheetData>{links}</worksheet>"
        ).encode()
