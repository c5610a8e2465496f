"""Sheets of OpenDocument as other programs write them: one function for each file."""

from __future__ import annotations

from tests.writers import ods_bytes

HEADER = ("systemnavn", "funksjon", "livsløp", "anskaffet", "årlig_kostnad", "brukere")
HIDDEN = (
    '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
    "</style:style>"
)


def text(value: str) -> str:
    """A cell of text."""
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def number(value: str, shown: str, kind: str = "float") -> str:
    """A cell with a number, and how it is shown, which does not count."""
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}"><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def day(value: str, shown: str) -> str:
    """A cell with a date, and how it is shown."""
    return (
        f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def row(*cells: str, more: str = "") -> str:
    """A row."""
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def table(name: str, *rows: str, style: str = "") -> str:
    """A sheet."""
    named = f' table:style-name="{style}"' if style else ""
    return f'<table:table table:name="{name}"{named}>{"".join(rows)}</table:table>'


def header(names: tuple[str, ...] = HEADER) -> str:
    """A header row."""
    return row(*map(text, names))


def system(name: str, function: str, life: str, bought: str, cost: str, users: str) -> str:
    """One system; what is shown is shorter than what is meant."""
    return row(
        text(name),
        text(function),
        text(life),
        day(bought, f"{bought[8:]}.{bought[5:7]}.{bought[2:4]}"),
        number(cost, "kr 1 mill.", "currency"),
        number(users, "mange"),
    )


SYSTEMS = (
    system(
        "Fagsystem Ærlig", "Pasientjournal for helse og omsorg", "i bruk", "2019-03-14", "1250000.5", "240"
    ),
    system("Fagsystem Økern", "Lønn og personal", "i bruk", "2021-11-02", "98000.25", "12"),
    system("Fagsystem Åsen", "Kart og geodata", "planlagt", "2024-06-30", "1.5", "7"),
)


def inside_groups() -> bytes:
    """Rows in header groups and outlines, columns in groups, shapes and a forms part in front."""
    shapes = (
        '<table:shapes><draw:frame xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"/>'
        "</table:shapes>"
    )
    columns = (
        '<table:table-column-group><table:table-column table:number-columns-repeated="6"/>'
        "</table:table-column-group>"
    )
    grouped = (
        f"<table:table-row-group><table:table-row-group>{SYSTEMS[1]}</table:table-row-group>"
        f"{SYSTEMS[2]}</table:table-row-group>"
    )
    return ods_bytes(
        table(
            "Ark1",
            shapes,
            columns,
            f"<table:table-header-rows>{header()}</table:table-header-rows>",
            SYSTEMS[0],
            grouped,
        )
    )


def repeated() -> bytes:
    """Repeated cells and rows: blank ones in front, equal answers, and a million at the end."""
    answers = (
        text("IKT og digitalisering")
        + '<table:table-cell table:number-columns-repeated="4" office:value-type="float" office:value="4">'
        "<text:p>4</text:p></table:table-cell>"
    )
    rows = (
        row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            more=' table:number-rows-repeated="2"',
        ),
        header(("rollegruppe", "PU1", "PU2", "PO1", "PO2")),
        row(
            answers,
            '<table:table-cell table:number-columns-repeated="16379"/>',
            more=' table:number-rows-repeated="3"',
        ),
        row(
            text("Saksbehandlere og rådgivere"),
            '<table:table-cell table:number-columns-repeated="2"/>',
            '<table:table-cell table:number-columns-repeated="2" office:value-type="string">'
            "<text:p>vet ikke</text:p>"
            "</table:table-cell>",
        ),
        row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            more=' table:number-rows-repeated="1048569"',
        ),
    )
    return ods_bytes(table("Svar", *rows))


def rich_text() -> bytes:
    """Spans, links, runs of spaces, tabs, line breaks, paragraphs and a comment in the cells."""
    comment = (
        "<office:annotation><dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        "Tordis Fjelldalen</dc:creator>"
        "<text:p>Ring 22 00 00 01</text:p></office:annotation>"
    )
    link = '<text:a xlink:href="http://eksempel.invalid" xmlns:xlink="http://www.w3.org/1999/xlink">Økern</text:a>'
    first = row(
        f'<table:table-cell office:value-type="string">{comment}<text:p>Fagsystem<text:s/>'
        "<text:span>Ær</text:span>lig"
        "</text:p></table:table-cell>",
        '<table:table-cell office:value-type="string"><text:p>Pasientjournal for helse og omsorg</text:p>'
        "<text:p>Lønn og personal</text:p></table:table-cell>",
        (
            '<table:table-cell office:value-type="string"><text:p>i<text:s text:c="2"/>bruk</text:p>'
            "</table:table-cell>"
        ),
    )
    second = row(
        (
            f'<table:table-cell office:value-type="string"><text:p>Fagsystem<text:tab/>{link}</text:p>'
            "</table:table-cell>"
        ),
        '<table:table-cell office:value-type="string">'
        "<text:p>Kart og geodata<text:line-break/>payroll_hr</text:p>"
        "</table:table-cell>",
        '<table:table-cell office:value-type="string" office:string-value="planlagt"/>',
    )
    return ods_bytes(table("Ark1", header(HEADER[:3]), first, second))


def typed() -> bytes:
    """Truth values, a percentage, a currency, a date with a time, whole numbers with a fraction of nought."""
    first = row(
        text("Fagsystem En"),
        text("Lønn og personal"),
        text("i bruk"),
        day("2019-03-14T08:30:00", "torsdag"),
        number("0.5", "50 %", "percentage"),
        number("12.0", "12"),
        (
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>SANN</text:p>'
            "</table:table-cell>"
        ),
    )
    second = row(
        text("Fagsystem To"),
        text("Lønn og personal"),
        text("i bruk"),
        text("14.03.2019"),
        number("1.25E6", "1,25E+06", "currency"),
        text("1\u00a0200"),
        (
            '<table:table-cell office:value-type="boolean" office:boolean-value="false">'
            "<text:p>USANN</text:p></table:table-cell>"
        ),
    )
    return ods_bytes(table("Ark1", header((*HEADER, "personopplysninger")), first, second))


def formulas() -> bytes:
    """Formulas with what they came to, an error among them."""
    first = row(
        '<table:table-cell table:formula="of:=CONCATENATE(&quot;Fagsystem &quot;;&quot;En&quot;)" '
        'office:value-type="string" office:string-value="Fagsystem En"><text:p>Fagsystem En</text:p>'
        "</table:table-cell>",
        text("Lønn og personal"),
        text("i bruk"),
        '<table:table-cell table:formula="of:=DATE(2019;3;14)" office:value-type="date" '
        'office:date-value="2019-03-14"><text:p>14.03.19</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
        '<table:table-cell table:formula="of:=20*12" office:value-type="float" office:value="240">'
        "<text:p>240</text:p></table:table-cell>",
    )
    return ods_bytes(table("Ark1", header(), first))


def merged() -> bytes:
    """A title over all columns and two header rows, merged across and downwards."""
    covered = "<table:covered-table-cell/>"
    title = (
        '<table:table-cell table:number-columns-spanned="6" office:value-type="string">'
        "<text:p>Kommunens systemer</text:p>"
        '</table:table-cell><table:covered-table-cell table:number-columns-repeated="5"/>'
    )

    def down(name: str) -> str:
        return (
            '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>'
            f"{name}</text:p></table:table-cell>"
        )

    group = (
        '<table:table-cell table:number-columns-spanned="4" office:value-type="string">'
        "<text:p>Drift og avtale</text:p>"
        '</table:table-cell><table:covered-table-cell table:number-columns-repeated="3"/>'
    )
    return ods_bytes(
        table(
            "Ark1",
            row(title),
            row(down("systemnavn"), down("funksjon"), group),
            row(covered, covered, *map(text, HEADER[2:])),
            *SYSTEMS,
        )
    )


def hidden() -> bytes:
    """A hidden older list, rows that a filter hides, a tracked deletion, a table from elsewhere."""
    older = system("Fagsystem Gammel", "Lønn og personal", "avviklet", "2009-01-01", "5", "1")
    tracked = (
        "<table:tracked-changes><table:deletion table:type='row' table:position='1'><table:deletions>"
        "<table:cell-content-deletion><table:change-track-table-cell office:value-type='string'>"
        "<text:p>Fagsystem Slettet</text:p></table:change-track-table-cell></table:cell-content-deletion>"
        "</table:deletions></table:deletion></table:tracked-changes>"
    )
    filtered = SYSTEMS[1].replace("<table:table-row>", '<table:table-row table:visibility="filter">', 1)
    elsewhere = table("'file:///C:/regnskap.ods'#$Ark1", row(text("Konto"), text("Sum")), style="ta2")
    return ods_bytes(
        tracked
        + table("Gammel liste", header(), older, style="ta2")
        + table("Systemer", header(), SYSTEMS[0], filtered, SYSTEMS[2])
        + elsewhere,
        styles=HIDDEN,
    )


def around() -> bytes:
    """Titles above, a total and a note below, blank text in the columns that follow."""
    blank = row("<table:table-cell/>")
    spaces = "".join(text("") for _ in range(3))
    total = row(
        text("Sum"),
        '<table:table-cell table:number-columns-repeated="3"/>',
        number("1348002.25", "1 348 002"),
    )
    return ods_bytes(
        table(
            "Ark1",
            row(text("Systemliste")),
            blank,
            header(),
            *(one.replace("</table:table-row>", f"{spaces}</table:table-row>") for one in SYSTEMS),
            blank,
            total,
            row(text("Kilde: regnskapet")),
        )
    )


def bomb() -> bytes:
    """Entities that unfold a million times over."""
    return ods_bytes("", more={"content.xml": _unfolding()})


def _unfolding() -> str:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {new} "{("&" + old + ";") * 10}">' for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    space = "urn:oasis:names:tc:opendocument:xmlns"
    return (
        f'<?xml version="1.0"?><!DOCTYPE d [{entities}]><office:document-content '
        f'xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="Ark1"><table:table-row>'
        '<table:table-cell office:value-type="string"><text:p>&h;</text:p></table:table-cell>'
        "</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
