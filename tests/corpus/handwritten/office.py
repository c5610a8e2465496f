"""Sheets of Office Open XML as other programs write them: one function for each file."""

from __future__ import annotations

from tests.corpus.handwritten.packages import (
    DECLARATION,
    MAIN,
    OFFICE,
    PACKAGE,
    TYPES,
    office_open,
    worksheet,
)

HEADER = ("systemnavn", "funksjon", "livsløp", "anskaffet", "årlig_kostnad", "brukere")


def text(place: str, value: str, style: int = 0) -> str:
    """A cell with its text inside."""
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def number(place: str, value: str, style: int = 0) -> str:
    """A cell with a number as it stands in the XML."""
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def header(row: int, names: tuple[str, ...] = HEADER) -> str:
    """A header row of inline texts."""
    cells = "".join(text(f"{chr(65 + n)}{row}", name, 5) for n, name in enumerate(names))
    return f'<row r="{row}">{cells}</row>'


def system(
    row: int, name: str, function: str, life: str, day: str, cost: str, users: str, more: str = ""
) -> str:
    """One system: inline texts, a serial date, an amount, a number."""
    return (
        f'<row r="{row}"{more}>{text(f"A{row}", name)}{text(f"B{row}", function)}{text(f"C{row}", life)}'
        f"{number(f'D{row}', day, 1)}{number(f'E{row}', cost, 4)}{number(f'F{row}', users)}</row>"
    )


def systems(first: int, more: str = "") -> str:
    """The three systems that the corpus always has."""
    return (
        system(
            first,
            "Fagsystem Ærlig",
            "Pasientjournal for helse og omsorg",
            "i bruk",
            "43538",
            "1250000.5",
            "240",
        )
        + system(first + 1, "Fagsystem Økern", "Lønn og personal", "i bruk", "44502", "98000.25", "12", more)
        + system(first + 2, "Fagsystem Åsen", "Kart og geodata", "planlagt", "45473", "1.5", "7")
    )


def inline(*, macros: bool = False) -> bytes:
    """All text inline, numbers in scientific notation, cells without an address."""
    plain = (
        '<row><c t="inlineStr"><is><t>Fagsystem Åsen</t></is></c><c t="inlineStr"><is>'
        "<t>Kart og geodata</t></is></c>"
        '<c t="inlineStr"><is><t>planlagt</t></is></c><c s="1"><v>45473</v></c><c><v>1.5</v></c><c>'
        "<v>7</v></c></row>"
    )
    rows = (
        header(1)
        + system(
            2,
            "Fagsystem Ærlig",
            "Pasientjournal for helse og omsorg",
            "i bruk",
            "43538.75",
            "1.2500005E6",
            "2.4E2",
        )
        + system(3, "Fagsystem Økern", "Lønn og personal", "i bruk", "44502", "98000.250000000000", "12")
        + plain
    )
    return office_open({"Ark1": worksheet(rows)}, macros=macros)


def rich_text() -> bytes:
    """Shared texts in pieces of different fonts, with the reading aid of Asian keyboards beside them."""
    shared = [f"<t>{name}</t>" for name in HEADER] + [
        '<r><rPr><b/></rPr><t xml:space="preserve">Fagsystem </t></r><r><t>Ærlig</t></r>',
        '<r><t>Pasientjournal</t></r><r><rPr><i/></rPr><t xml:space="preserve"> for helse og omsorg</t></r>'
        '<rPh sb="0" eb="3"><t>uttale</t></rPh><phoneticPr fontId="1"/>',
        "<t>i bruk</t>",
        '<t xml:space="preserve"> Fagsystem Økern </t>',
        "<t>Lønn og personal</t>",
        "<t>Fagsystem &#197;sen</t>",
        "<t>Kart og geodata</t>",
        "<t>planlagt</t>",
    ]

    def at(place: str, index: int) -> str:
        return f'<c r="{place}" t="s"><v>{index}</v></c>'

    rows = "<row r='1'>" + "".join(at(f"{chr(65 + n)}1", n) for n in range(6)) + "</row>"
    for row, texts, values in (
        (2, (6, 7, 8), ("43538", "1250000.5", "240")),
        (3, (9, 10, 8), ("44502", "98000.25", "12")),
        (4, (11, 12, 13), ("45473", "1.5", "7")),
    ):
        cells = "".join(at(f"{chr(65 + n)}{row}", index) for n, index in enumerate(texts))
        typed = number(f"D{row}", values[0], 2) + number(f"E{row}", values[1]) + number(f"F{row}", values[2])
        rows += f'<row r="{row}">{cells}{typed}</row>'
    return office_open({"Ark1": worksheet(rows)}, shared=shared)


def merged(*, macros: bool = False) -> bytes:
    """A title over all columns, then two header rows merged across and downwards."""
    rows = (
        f'<row r="1">{text("A1", "Kommunens systemer", 5)}</row>'
        f'<row r="3">{text("A3", "systemnavn", 5)}{text("B3", "funksjon", 5)}'
        f"{text('C3', 'Drift og avtale', 5)}</row>"
        '<row r="4"><c r="A4" s="5"/><c r="B4" s="5"/>'
        + "".join(text(f"{letter}4", name, 5) for letter, name in zip("CDEF", HEADER[2:], strict=True))
        + "</row>"
        + systems(5)
    )
    after = (
        '<mergeCells count="4"><mergeCell ref="A1:F1"/><mergeCell ref="A3:A4"/><mergeCell ref="B3:B4"/>'
        '<mergeCell ref="C3:F3"/></mergeCells>'
    )
    return office_open({"Ark1": worksheet(rows, after=after)}, macros=macros)


def formulas(*, macros: bool = False) -> bytes:
    """Formulas with what they came to: text, number, date, truth, an error, an empty text, nothing at all."""

    def worked(place: str, formula: str, value: str | None, kind: str = "", style: int = 0) -> str:
        told = f' t="{kind}"' if kind else ""
        found = "" if value is None else f"<v>{value}</v>"
        return f'<c r="{place}" s="{style}"{told}><f>{formula}</f>{found}</c>'

    names = (*HEADER, "personopplysninger")
    rows = (
        header(1, names)
        + '<row r="2">'
        + worked("A2", "CONCATENATE(&quot;Fagsystem &quot;,&quot;En&quot;)", "Fagsystem En", "str")
        + worked("B2", "VLOOKUP(1,Lister!A:B,2,0)", "Lønn og personal", "str")
        + text("C2", "i bruk")
        + worked("D2", "DATE(2019,3,14)", "43538", "", 1)
        + worked("E2", "1000*1250+0.5", "1250000.5", "n", 4)
        + worked("F2", "20*12", "240")
        + worked("G2", "F2&gt;100", "1", "b")
        + '</row><row r="3">'
        + text("A3", "Fagsystem To")
        + text("B3", "Kart og geodata")
        + text("C3", "i bruk")
        + worked("D3", "IF(1=2,1,&quot;&quot;)", "", "str")
        + worked("E3", "1/0", "#DIV/0!", "e")
        + worked("F3", "SUM(Borte!A1)", "#REF!", "e")
        + worked("G3", "FALSE()", "0", "b")
        + '</row><row r="4">'
        # Saved by a program that does not calculate: no value, so nothing is known.
        + worked("A4", "A3&amp;&quot; igjen&quot;", None)
        + text("B4", "Kart og geodata")
        + text("C4", "i bruk")
        + "</row>"
    )
    return office_open({"Systemer": worksheet(rows)}, macros=macros)


def very_hidden(*, macros: bool = False) -> bytes:
    """An older list on a sheet that only a macro can show, another on a hidden one."""
    older = header(1) + system(2, "Fagsystem Gammel", "Lønn og personal", "avviklet", "39814", "5", "1")
    sheets = {
        "Skjult": worksheet(older),
        "Systemer": worksheet(header(1) + systems(2)),
        "Svært skjult": worksheet(older),
    }
    states = {"Skjult": "hidden", "Svært skjult": "veryHidden"}
    return office_open(sheets, states=states, macros=macros)


def serial_dates(*, macros: bool = False) -> bytes:
    """Serial dates in formats of their own, without a format, with a time, and ISO dates as cells."""
    cells = {
        2: number("D2", "43538", 2),
        3: number("D3", "44502.4375", 0),
        4: '<c r="D4" s="1" t="d"><v>2024-06-30T00:00:00</v></c>',
    }
    rows = header(1, HEADER[:4])
    for row, name in ((2, "Fagsystem Ærlig"), (3, "Fagsystem Økern"), (4, "Fagsystem Åsen")):
        rows += f'<row r="{row}">{text(f"A{row}", name)}{text(f"B{row}", "Lønn og personal")}'
        rows += f"{text(f'C{row}', 'i bruk')}{cells[row]}</row>"
    return office_open({"Ark1": worksheet(rows)}, macros=macros)


def from_1904(*, macros: bool = False) -> bytes:
    """Serial dates that count from 1904: 1462 days fewer."""
    rows = header(1, HEADER[:4])
    for row, name, day in (
        (2, "Fagsystem Ærlig", 43538),
        (3, "Fagsystem Økern", 44502),
        (4, "Fagsystem Åsen", 45473),
    ):
        rows += f'<row r="{row}">{text(f"A{row}", name)}{text(f"B{row}", "Lønn og personal")}'
        rows += f"{text(f'C{row}', 'i bruk')}{number(f'D{row}', str(day - 1462), 1)}</row>"
    return office_open({"Ark1": worksheet(rows)}, date1904=True, macros=macros)


def furnished(*, macros: bool = False) -> bytes:
    """A filtered table with a hidden row, comments, lists, a link to another workbook, and macros."""
    after = (
        '<autoFilter ref="A1:F4"><filterColumn colId="2"><filters><filter val="planlagt"/></filters>'
        "</filterColumn></autoFilter>"
        '<dataValidations count="1"><dataValidation type="list" sqref="C2:C99"><formula1>"i bruk,planlagt"'
        "</formula1></dataValidation></dataValidations>"
        '<legacyDrawing r:id="rIdDrawing"/><tableParts count="1"><tablePart r:id="rIdTable"/></tableParts>'
    )
    columns = "".join(f'<tableColumn id="{n}" name="{name}"/>' for n, name in enumerate(HEADER, start=1))
    more: dict[str, str | bytes] = {
        "xl/worksheets/_rels/sheet1.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rIdTable" Type="{OFFICE}/table" Target="../tables/table1.xml"/>'
            f'<Relationship Id="rIdComments" Type="{OFFICE}/comments" Target="../comments1.xml"/>'
            f'<Relationship Id="rIdDrawing" Type="{OFFICE}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>'
            "</Relationships>"
        ),
        "xl/tables/table1.xml": (
            f'{DECLARATION}<table xmlns="{MAIN}" id="1" name="Systemliste" '
            'displayName="Systemliste" ref="A1:F4">'
            f'<autoFilter ref="A1:F4"/><tableColumns count="6">{columns}</tableColumns></table>'
        ),
        "xl/comments1.xml": (
            f'{DECLARATION}<comments xmlns="{MAIN}"><authors><author>Tordis Fjelldalen</author></authors>'
            '<commentList><comment ref="A2" authorId="0"><text><t>Ring 22 00 00 01</t></text></comment>'
            "</commentList></comments>"
        ),
        "xl/drawings/vmlDrawing1.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml"/>',
        "xl/externalLinks/externalLink1.xml": (
            f'{DECLARATION}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rId1">'
            '<sheetNames><sheetName val="Regnskap"/></sheetNames></externalBook></externalLink>'
        ),
        "xl/externalLinks/_rels/externalLink1.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{OFFICE}/externalLinkPath" Target="regnskap.xlsx" TargetMode="External"/></Relationships>'
        ),
    }
    if macros:
        more["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0 no macros, only their place"
    links = (
        f'<Relationship Id="rIdExternal" Type="{OFFICE}/externalLink" '
        'Target="externalLinks/externalLink1.xml"/>'
    )
    if macros:
        kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
        links += f'<Relationship Id="rIdMacros" Type="{kind}" Target="vbaProject.bin"/>'
    types = (
        f'<Override PartName="/xl/tables/table1.xml" ContentType="{TYPES}.table+xml"/>'
        f'<Override PartName="/xl/comments1.xml" ContentType="{TYPES}.comments+xml"/>'
        f'<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="{TYPES}.externalLink+xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
    )
    # The filter hides the second system; it is delivered all the same.
    rows = header(1) + systems(2, ' hidden="1"')
    return office_open(
        {"Systemer": worksheet(rows, after=after)},
        workbook='<externalReferences><externalReference r:id="rIdExternal"/></externalReferences>',
        links=links,
        types=types,
        more=more,
        macros=macros,
    )


def lying_size() -> bytes:
    """A sheet that says it fills the whole grid, with one formatted and empty cell in its last corner."""
    rows = header(1) + systems(2) + '<row r="1048576"><c r="XFD1048576" s="5"/></row>'
    before = '<dimension ref="A1:XFD1048576"/>'
    return office_open({"Ark1": worksheet(rows, before=before)})


def prefixed() -> bytes:
    """Every element with a prefix, as some libraries write them."""
    rows = header(1) + systems(2)
    plain = worksheet(rows)
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        for mark in (" ", ">", "/"):
            plain = plain.replace(f"<{tag}{mark}", f"<x:{tag}{mark}")
        plain = plain.replace(f"</{tag}>", f"</x:{tag}>")
    return office_open({"Ark1": plain.replace("xmlns=", "xmlns:x=")})


def as_text() -> bytes:
    """Numbers and dates that are stored as text, a percentage, a leading apostrophe's mark."""
    rows = header(1)
    for row, name, day, cost, users in (
        (
            2,
            "Fagsystem Ærlig",
            text("D2", "14.03.2019"),
            text("E2", "1\u00a0250\u00a0000,50"),
            text("F2", "240"),
        ),
        (3, "Fagsystem Økern", text("D3", "2021-11-02"), text("E3", "98 000,25"), text("F3", "12,0")),
        (4, "Fagsystem Åsen", text("D4", "45473"), number("E4", "0.5", 3), text("F4", "7 ")),
    ):
        rows += f'<row r="{row}">{text(f"A{row}", name)}{text(f"B{row}", "Lønn og personal")}'
        rows += f"{text(f'C{row}', 'i bruk')}{day}{cost}{users}</row>"
    return office_open({"Ark1": worksheet(rows)})


def bomb() -> bytes:
    """Entities that unfold a million times over."""
    doctype = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {new} "{("&" + old + ";") * 10}">' for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    sheet = worksheet(header(1) + f'<row r="2">{text("A2", "&h;")}{text("B2", "payroll_hr")}</row>')
    return office_open({"Ark1": sheet.replace("<worksheet", doctype + "]><worksheet", 1)})
