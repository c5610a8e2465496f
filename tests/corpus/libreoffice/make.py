"""The recipe of the files in this folder: flat OpenDocument text, opened and saved by LibreOffice.

    python tests/corpus/libreoffice/make.py

Needs ``soffice`` (made with 7.4). What LibreOffice writes differs from run to run in a few bytes (dates of
creation), so the files are kept; no test runs this.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = (
    f'xmlns:office="{SPACE}office:1.0" xmlns:table="{SPACE}table:1.0" xmlns:text="{SPACE}text:1.0" '
    f'xmlns:style="{SPACE}style:1.0" xmlns:fo="{SPACE}xsl-fo-compatible:1.0" '
    f'xmlns:number="{SPACE}datastyle:1.0" xmlns:of="{SPACE}of:1.2"'
)
STYLES = """
<number:date-style style:name="N1"><number:day number:style="long"/><number:text>.</number:text>
<number:month number:style="long"/><number:text>.</number:text><number:year number:style="long"/>
</number:date-style>
<number:currency-style style:name="N2" number:language="nb" number:country="NO"><number:currency-symbol
number:language="nb" number:country="NO">kr</number:currency-symbol><number:text> </number:text><number:number
number:decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:currency-style>
<number:percentage-style style:name="N3"><number:number number:decimal-places="0"
number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="money" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="percent" style:family="table-cell" style:data-style-name="N3"/>
<style:style style:name="head" style:family="table-cell"><style:table-cell-properties
fo:background-color="#dddddd"/><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="bold" style:family="text"><style:text-properties
fo:font-weight="bold"/></style:style>
<style:style style:name="grid" style:family="table-cell"><style:table-cell-properties
fo:border="0.5pt solid #000000"/></style:style>
<style:style style:name="hidden" style:family="table"><style:table-properties
table:display="false"/></style:style>
<style:style style:name="shown" style:family="table"><style:table-properties
table:display="true"/></style:style>
"""
ALL = ("xlsx", "xls", "ods")
WITH_MACROS = (*ALL, "xlsm")
FILTERS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xls": "xls:MS Excel 97",
    "ods": "ods:calc8",
    "xlsm": "xlsm:Calc MS Excel 2007 VBA XML",
}
CSV = "csv:Text - txt - csv (StarCalc)"
HEALTH, PAYROLL, MAPS = "Pasientjournal for helse og omsorg", "Lønn og personal", "Kart og geodata"


def cell(value: object = None, *, style: str = "", across: int = 1, down: int = 1, note: str = "") -> str:
    """One cell: text, number, date, truth or nothing; merged over columns or rows; with a comment."""
    attributes = f' table:style-name="{style}"' if style else ""
    if across > 1 or down > 1:
        attributes += f' table:number-columns-spanned="{across}" table:number-rows-spanned="{down}"'
    comment = f"<office:annotation><text:p>{escape(note)}</text:p></office:annotation>" if note else ""
    if value is None:
        return f"<table:table-cell{attributes}>{comment}</table:table-cell>"
    if isinstance(value, bool):
        kind = f'boolean" office:boolean-value="{str(value).lower()}'
    elif isinstance(value, date):
        kind = f'date" office:date-value="{value.isoformat()}'
        attributes = attributes or ' table:style-name="day"'
    elif isinstance(value, int | float):
        kind = f'{"percentage" if style == "percent" else "float"}" office:value="{value}'
    else:
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
        return f'<table:table-cell office:value-type="string"{attributes}>{comment}{lines}</table:table-cell>'
    return f'<table:table-cell office:value-type="{kind}"{attributes}>{comment}</table:table-cell>'


def formula(text: str, style: str = "") -> str:
    """A cell that LibreOffice works out."""
    shown = f' table:style-name="{style}"' if style else ""
    return f"<table:table-cell table:formula={quoteattr('of:' + text)}{shown}/>"


def covered(count: int = 1) -> str:
    """Cells under a merged one."""
    return f'<table:covered-table-cell table:number-columns-repeated="{count}"/>'


def rich(*parts: str) -> str:
    """Text of which every second part is bold."""
    spans = "".join(
        f'<text:span text:style-name="bold">{escape(part)}</text:span>' if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
    return f'<table:table-cell office:value-type="string"><text:p>{spans}</text:p></table:table-cell>'


def row(*cells: object, times: int = 1) -> str:
    """A row; what is not yet a cell becomes one."""
    made = [c if isinstance(c, str) and c.startswith("<table:") else cell(c) for c in cells]
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{''.join(made) or '<table:table-cell/>'}</table:table-row>"


def head(*names: str) -> str:
    """A header row, in bold on grey."""
    return row(*(cell(name, style="head") for name in names))


def sheet(name: str, *rows: str, hidden: bool = False, columns: str = "") -> str:
    """A sheet."""
    style = "hidden" if hidden else "shown"
    inside = columns + "".join(rows)
    return f'<table:table table:name="{name}" table:style-name="{style}">{inside}</table:table>'


def document(*sheets: str, before: str = "", after: str = "") -> str:
    """A flat OpenDocument spreadsheet."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {NAMES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
        f"<office:automatic-styles>{STYLES}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{before}{''.join(sheets)}{after}</office:spreadsheet></office:body></office:document>"
    )


HEADER = ("systemnavn", "funksjon", "livsløp", "anskaffet", "årlig_kostnad", "brukere")


def system(name: str, function: str, life: str, day: date, cost: float, users: int) -> str:
    """One system with a date and an amount in their styles."""
    return row(name, function, life, day, cell(cost, style="money"), users)


SYSTEMS = (
    system("Fagsystem Ærlig", HEALTH, "i bruk", date(2019, 3, 14), 1250000.5, 240),
    system("Fagsystem Økern", PAYROLL, "i bruk", date(2021, 11, 2), 98000.25, 12),
    system("Fagsystem Åsen", MAPS, "planlagt", date(2024, 6, 30), 1.5, 7),
)


def plain() -> str:
    """Titles above, a total that is a formula and a note below."""
    return document(
        sheet(
            "Systemer",
            row(cell("Systemer i kommunen", style="head", across=6), covered(5)),
            row("Ført av IKT-avdelingen"),
            row(),
            head(*HEADER),
            *SYSTEMS,
            row(),
            row("Totalt", None, None, None, formula("=SUM([.E5:.E7])", "money"), formula("=SUM([.F5:.F7])")),
            row("Merk: kostnadene er fra regnskapet for i fjor"),
        )
    )


def workbook() -> str:
    """The sheets of the contract with lists, filter, comments, a guide and a hidden sheet of codes."""
    validation = (
        '<table:content-validations><table:content-validation table:name="ja_nei" '
        'table:condition="of:cell-content-is-in-list(&quot;ja&quot;;&quot;nei&quot;)" '
        'table:base-cell-address="Funksjoner.C2"/></table:content-validations>'
    )
    listed = (
        '<table:table-cell office:value-type="string" table:content-validation-name="ja_nei">'
        "<text:p>ja</text:p></table:table-cell>"
    )
    ranges = (
        '<table:named-expressions><table:named-range table:name="funksjoner" '
        'table:cell-range-address="Lister.A1:Lister.A3" table:base-cell-address="Lister.A1"/>'
        "</table:named-expressions>"
        '<table:database-ranges><table:database-range table:name="systemliste" '
        'table:target-range-address="Systemer.A1:Systemer.F4" table:display-filter-buttons="true"/>'
        "</table:database-ranges>"
    )
    first = row(
        cell("Fagsystem Ærlig", note="Spør Tordis Fjelldalen, 22 00 00 01"),
        rich("Pasientjournal", " for helse", " og omsorg"),
        "i bruk",
        date(2019, 3, 14),
        cell(1250000.5, style="money"),
        240,
    )
    return document(
        sheet("Veiledning", row("Slik fyller du ut"), row("systemnavn: det navnet dere bruker selv")),
        sheet("Systemer", head(*HEADER), first, *SYSTEMS[1:]),
        sheet(
            "Funksjoner",
            head("funksjon", "systemer", "komplett"),
            row(HEALTH, "Fagsystem Ærlig", listed),
            row(MAPS, "har ikke", "ja"),
            row(PAYROLL, "Fagsystem Økern; Fagsystem Borte", "nei"),
        ),
        sheet(
            "Dataobjekter",
            head("systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi"),
            row("Fagsystem Ærlig", "Virksomhet", "CRU", True),
            row("fagsystem  ærlig", "Eiendom", "x", False),
            row("Fagsystem Økern", "Eiendom", "ingen", "nei"),
        ),
        sheet(
            "Integrasjoner",
            head("fra_system", "til_system", "automatisk"),
            row("Fagsystem Ærlig", "Fagsystem Økern", True),
        ),
        sheet("Fellesløsninger", head("løsning", "i_bruk"), row("ID-porten", "ja"), row("Altinn", False)),
        sheet("Lister", row(HEALTH), row(PAYROLL), row(MAPS), hidden=True),
        before=validation,
        after=ranges,
    )


def merged() -> str:
    """Two header rows: groups merged over columns, other headers merged downwards."""
    return document(
        sheet(
            "Ark1",
            row(
                cell("systemnavn", style="head", down=2),
                cell("funksjon", style="head", down=2),
                cell("Drift og avtale", style="head", across=4),
                covered(3),
            ),
            row(covered(), covered(), *(cell(name, style="head") for name in HEADER[2:])),
            *SYSTEMS,
        )
    )


def hidden() -> str:
    """An older list on a hidden sheet, and a sheet of something else."""
    older = row("Fagsystem Gammel", PAYROLL, "avviklet", date(2009, 1, 1), 5, 1)
    return document(
        sheet("Systemer", head(*HEADER), *SYSTEMS),
        sheet("Gammel liste", head(*HEADER), older, hidden=True),
        sheet("Møteplan", row("Uke", "Tema"), row(12, "Budsjett")),
    )


def formulas() -> str:
    """Names, dates, amounts and marks that are worked out; two that went wrong; text that looks like one."""
    return document(
        sheet(
            "Systemer",
            head(*HEADER, "funksjonell_egnethet"),
            row(
                formula('=CONCATENATE("Fagsystem ";"En")'),
                formula("=['Kilde'.A1]"),
                "i bruk",
                formula("=DATE(2019;3;14)", "day"),
                formula("=1000*1250+0.5", "money"),
                formula("=20*12"),
                formula("=IF([.F2]>100;4;2)"),
            ),
            row("Fagsystem To", PAYROLL, "i bruk", date(2021, 11, 2), formula("=1/0"), formula("=NA()"), 3),
            row(
                "=SUM(A1:A9)", MAPS, "i bruk", formula('=""'), formula("=[.E2]"), formula('=IF(1=1;"";0)'), 5
            ),
        ),
        sheet("Kilde", row(HEALTH), hidden=True),
    )


def repeated() -> str:
    """Answers that are all alike, which OpenDocument writes once, in a grid that is formatted to its end."""
    grid = '<table:table-column table:number-columns-repeated="1024" table:default-cell-style-name="grid"/>'
    return document(
        sheet(
            "Svar",
            head("rollegruppe", "PU1", "PU2", "PO1", "PO2"),
            row("IKT og digitalisering", 4, 4, 4, 4),
            row("IKT og digitalisering", 4, 4, 4, 4),
            row("IKT og digitalisering", 4, 4, 4, 4),
            row("Saksbehandlere og rådgivere", 2, 2, "vet ikke", "vet ikke"),
            row("Saksbehandlere og rådgivere", None, None, 5, 5),
            row(cell(style="grid"), times=1048570),
            columns=grid,
        )
    )


def processes() -> str:
    """Three sheets of processes; yes and no as truth values; dates as dates, texts, years and *nei*."""
    return document(
        sheet(
            "Prosesser",
            head(
                "prosessnavn",
                "referanseprosess",
                "eierskap",
                "enheter",
                "beskrevet_dato",
                "måles",
                "volum_per_år",
            ),
            row(
                "Opptak til barnehage",
                "Tildele barnehageplass",
                "linjeleder",
                "Barnehage; Økonomi",
                date(2025, 1, 20),
                True,
                300,
            ),
            row(
                "Byggesak",
                "building_permit",
                "prosesseier",
                "Plan\nByggesak",
                "nei",
                False,
                formula("=10*12"),
            ),
            row("Lønnskjøring", "Utbetale lønn og refusjoner", "ingen", "ingen", 2023, "ja", "1\u00a0200"),
            row("har ikke", "Tilknytte bygg til vann og avløp"),
            row("Egen prosess", None, "kanskje", None, "01.02.2027", "nei"),
        ),
        sheet(
            "Opplysninger",
            head("prosessnavn", "dataobjekt", "innhenting"),
            row("Opptak til barnehage", "Familierelasjon og foreldreansvar", "register_auto"),
            row("Behandle byggesøknad", "Eiendom", "spurt_bruker"),
            row("En prosess ingen kjenner", "Eiendom", "spurt_bruker"),
        ),
        sheet(
            "Tiltak",
            head("tiltak", "prosesser", "besluttet_dato", "gevinst_måles"),
            row("Felles søknadsskjema", "Opptak til barnehage; Byggesak", date(2025, 9, 1), True),
        ),
    )


def forms() -> str:
    """An export of Microsoft Forms: question texts as headers, several choices in one cell."""
    return document(
        sheet(
            "Sheet1",
            head(
                "ID",
                "Starttidspunkt",
                "Fullføringstidspunkt",
                "E-postadresse",
                "Navn",
                "Tidspunkt for siste endring",
                "Hvilken rolle har du?",
                "Hvilket satsingsområde arbeider du med?",
                "Hver viktig prosess har en utpekt prosesseier",
                "Prosessen kartlegges før en løsning velges",
            ),
            row(1, date(2026, 3, 1), date(2026, 3, 1), "anonymous", None, None, "IKT og digitalisering",
                "Helse og omsorg;Sak og arkiv;", "Delvis enig", "Helt uenig"),
            row(2, date(2026, 3, 2), date(2026, 3, 2), "anonymous", None, None, "Saksbehandlere og rådgivere",
                "Innbyggerdialog;", "Vet ikke", "Helt enig"),
            row(3, date(2026, 3, 2), date(2026, 3, 2), "anonymous", None, None, None,
                None, None, "Ikke relevant"),
        )
    )  # fmt: skip


def mac() -> str:
    """Dates counted from 1904, as workbooks from old Macintosh machines have them."""
    epoch = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/>'
        "</table:calculation-settings>"
    )
    return document(sheet("Systemer", head(*HEADER), *SYSTEMS), before=epoch)


def texts() -> str:
    """Numbers and dates stored as text, a percentage, blanks around names."""
    return document(
        sheet(
            "Systemer",
            head(*HEADER),
            row(" Fagsystem Ærlig ", HEALTH, "I bruk", "14.03.2019", "1\u00a0250\u00a0000,50", "240"),
            row("Fagsystem Økern", PAYROLL, "i  bruk", "2021-11-02", "kr 98 000,25", "12,0"),
            row("Fagsystem Åsen", MAPS, "Planlagt", "30.6.2024", cell(0.5, style="percent"), "7"),
        )
    )


def faulty() -> str:
    """Rows that break rules, beside one that does not."""
    return document(
        sheet(
            "Systemer",
            head("system_id", *HEADER, "farge"),
            row("A1", "Fagsystem En", HEALTH, "i bruk", date(2019, 3, 14), 10, 5, "blå"),
            row("A2", "Fagsystem To", None, "i bruk", date(2019, 3, 14), 10, 5),
            row("A3", "Fagsystem Tre", "romskip", "i bruk", date(2019, 3, 14), 10, 5),
            row("A4", "Fagsystem Fire", MAPS, "i bruk", date(2027, 3, 14), 10, 5),
            row("A5", "Fagsystem Fem", MAPS, "i bruk", date(2019, 3, 14), "mye", 5.5),
            row("A5", "Fagsystem Seks", MAPS, "i bruk", None, 10, 5),
        )
    )


def matrix() -> str:
    """Systems down, objects across, letters or x in the cells."""
    return document(
        sheet("Systemer", head(*HEADER), *SYSTEMS),
        sheet(
            "Dataobjekter",
            head("systemnavn", "Virksomhet", "Eiendom", "Bygning"),
            row("Fagsystem Ærlig", "CRUD", "x", None),
            row("Fagsystem Økern", None, "ingen", "R"),
            row("Fagsystem Åsen", "R", None, "CRU"),
        ),
    )


def twice() -> str:
    """Two columns with the same header."""
    return document(
        sheet(
            "Ark1", head("systemnavn", "funksjon", "livsløp", "Livsløp"), row("A", MAPS, "i bruk", "planlagt")
        )
    )


def empty() -> str:
    """A sheet with nothing in it."""
    return document(sheet("Ark1", row()))


SOURCES = {
    "vanlig": (plain, ALL),
    "arbeidsbok": (workbook, WITH_MACROS),
    "flettet": (merged, ALL),
    "skjult": (hidden, WITH_MACROS),
    "formler": (formulas, ALL),
    "gjentatt": (repeated, ALL),
    "prosesser": (processes, ALL),
    "skjema": (forms, ALL),
    "mac1904": (mac, ALL),
    "tekster": (texts, ALL),
    "feil": (faulty, WITH_MACROS),
    "matrise": (matrix, ALL),
    "dobbel": (twice, ALL),
    "tom": (empty, ALL),
}
# name -> (source, target format and filter, file name)
OTHERS = (
    ("vanlig", f"{CSV}:59,34,1,1", "vanlig_cp1252.csv"),
    ("vanlig", f"{CSV}:9,34,65535,1", "vanlig_utf16.csv"),
    ("vanlig", f"{CSV}:44,34,76,1,,0,true", "vanlig_quoted.csv"),
    ("vanlig", "xml:MS Excel 2003 XML", "vanlig_2003.xml"),
    ("vanlig", "html:HTML (StarCalc)", "vanlig_html.xls"),
)
# A macro is the only way to save with a password without a window.
MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Protecting()
  LINES
End Sub

Sub KeepAs(source, target, filterName)
  Dim opened(0) As New com.sun.star.beans.PropertyValue
  opened(0).Name = "Hidden"
  opened(0).Value = True
  document = StarDesktop.loadComponentFromURL(source, "_blank", 0, opened())
  Dim saved(1) As New com.sun.star.beans.PropertyValue
  saved(0).Name = "FilterName"
  saved(0).Value = filterName
  saved(1).Name = "Password"
  saved(1).Value = "hemmelig"
  document.storeToURL(target, saved())
  document.close(True)
End Sub
</script:module>
"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/>
</library:library>
"""

LIBRARIES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">
<library:libraries xmlns:library="http://openoffice.org/2000/library"
 xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard"
 xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" library:link="false"/>
</library:libraries>
"""


def office(profile: Path, *arguments: str) -> None:
    """Run LibreOffice without a window, with a profile of its own."""
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{profile}", *arguments]
    subprocess.run(command, check=True, timeout=180, stdout=subprocess.DEVNULL)


def convert(source: Path, to: str, target: Path, work: Path) -> None:
    """One source saved in another format under another name."""
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    office(work / "profile", "--convert-to", to, "--outdir", str(out), str(source))
    (made,) = out.iterdir()
    shutil.copyfile(made, target)


def lock(source: Path, work: Path) -> None:
    """The same source with a password; only OpenDocument can be had so without a window."""
    basic = work / "profile" / "user" / "basic" / "Standard"
    basic.mkdir(parents=True, exist_ok=True)
    (basic / "script.xlb").write_text(LIBRARY, "utf-8")
    (basic.parent / "script.xlc").write_text(LIBRARIES, "utf-8")
    targets = {HERE / f"passord.{ending}": FILTERS[ending].split(":")[1] for ending in ("ods",)}
    lines = "\n  ".join(f'KeepAs("file://{source}", "file://{t}", "{name}")' for t, name in targets.items())
    (basic / "Module1.xba").write_text(MODULE.replace("LINES", lines).replace("&", "&amp;"), "utf-8")
    office(work / "profile", "macro:///Standard.Module1.Protecting")
    if not all(target.is_file() for target in targets):
        raise SystemExit("the macro did not save with a password")


def main() -> None:
    """Make every file anew."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name, (make, _) in SOURCES.items():
            (work / f"{name}.fods").write_text(make(), "utf-8")
        for ending, to in FILTERS.items():
            sources = [
                str(work / f"{name}.fods") for name, (_, formats) in SOURCES.items() if ending in formats
            ]
            office(work / "profile", "--convert-to", to, "--outdir", str(HERE), *sources)
        for name, to, target in OTHERS:
            convert(work / f"{name}.fods", to, HERE / target, work)
        lock(work / "vanlig.fods", work)


if __name__ == "__main__":
    main()
