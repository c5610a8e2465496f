"""Files that are rejected whole: the first line of the contract's table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import polars as pl

from pipelines.settings import Limits
from tests.corpus.cases.tables import HEADER, PROCESSES, SYSTEMS
from tests.corpus.model import ALL, BOOKS, Case, in_formats, refused
from tests.writers import ZIP_DATE, book_bytes, ods_bytes, table_bytes, zip_bytes

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"


def _case(name: str, file_name: str, content: Callable[[], bytes], rule: str, *lines: str) -> Case:
    kind = "systems" if file_name.startswith("system") else "unknown"
    return Case(name, file_name, content, (refused(kind, rule),), lines)


def _half(file_format: str) -> Callable[[], bytes]:
    def make() -> bytes:
        content = table_bytes([HEADER, *SYSTEMS], file_format)
        return content[: len(content) // 2]

    return make


def _encrypted_office(file_format: str) -> bytes:
    """A compound file with the stream in which an encrypted workbook lies."""
    from xlwt.CompoundDoc import XlsDoc

    document = io.BytesIO()
    XlsDoc().save(document, bytes(range(256)) * 32 + file_format.encode())
    name, other = "Workbook", "EncryptedPackage"
    field = f"{name}\0".encode("utf-16-le").ljust(64, b"\0") + (2 * len(name) + 2).to_bytes(2, "little")
    renamed = f"{other}\0".encode("utf-16-le").ljust(64, b"\0") + (2 * len(other) + 2).to_bytes(2, "little")
    content = document.getvalue()
    if field not in content:
        raise AssertionError("the directory of the compound file is not as expected")
    return content.replace(field, renamed)


def _encrypted_old() -> bytes:
    """An .xls whose first record after the beginning says that the rest is encrypted (FILEPASS)."""
    import xlwt
    from xlwt.CompoundDoc import XlsDoc

    book = xlwt.Workbook()
    book.add_sheet("Systemer").write(0, 0, "systemnavn")
    stream = book.get_biff_data()
    length = 4 + int.from_bytes(stream[2:4], "little")
    filepass = bytes.fromhex("2f003600") + bytes.fromhex("010001000100") + b"\x5a" * 48
    document = io.BytesIO()
    XlsDoc().save(document, stream[:length] + filepass + stream[length:])
    return document.getvalue()


def _encrypted_ods() -> bytes:
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.3" '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" '
        'manifest:size="4096"><manifest:encryption-data manifest:checksum-type="SHA256/1K" '
        'manifest:checksum="AAAA"><manifest:algorithm manifest:algorithm-name="AES256-CBC" '
        'manifest:initialisation-vector="AAAA"/>'
        '<manifest:key-derivation manifest:key-derivation-name="PBKDF2" '
        'manifest:iteration-count="100000" manifest:salt="AAAA"/></manifest:encryption-data>'
        "</manifest:file-entry></manifest:manifest>"
    )
    noise = bytes(range(256)) * 16
    return ods_bytes("", more={"META-INF/manifest.xml": manifest, "content.xml": noise})


def _swelling(file_format: str) -> bytes:
    """A workbook with a part of two million equal bytes: small as a zip, large as what it unpacks to."""
    with zipfile.ZipFile(io.BytesIO(table_bytes([HEADER, *SYSTEMS], file_format))) as package:
        parts: dict[str, str | bytes] = {name: package.read(name) for name in package.namelist()}
    place = "Pictures/bilde.bin" if file_format == "ods" else "xl/media/bilde.bin"
    return zip_bytes({**parts, place: b"\0" * 2_000_000})


def _swelling_column() -> bytes:
    """A thousand long texts that are nearly the same."""
    names = [f"{n}{'x' * 5_000}" for n in range(1_000)]
    frame = pl.DataFrame({"systemnavn": names, "funksjon": ["payroll_hr"] * len(names)})
    stream = io.BytesIO()
    frame.write_parquet(stream, compression="zstd", use_pyarrow=False)
    return stream.getvalue()


def _locked_zip() -> bytes:
    """A zip whose entries carry the flag of encryption."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr(zipfile.ZipInfo("xl/workbook.xml", ZIP_DATE), b"x" * 40)
    content = bytearray(stream.getvalue())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _empty() -> list[Case]:
    made: dict[str, Callable[[], bytes]] = {
        "csv": bytes,
        "tsv": lambda: b"\xef\xbb\xbf \t \r\n\r\n",
        "xlsx": lambda: book_bytes({"Systemer": []}, "xlsx"),
        "xlsm": lambda: book_bytes({"Ark1": [], "Ark2": []}, "xlsm"),
        "xls": lambda: book_bytes({"Systemer": []}, "xls"),
        "ods": lambda: book_bytes({"Systemer": []}, "ods"),
        "parquet": lambda: b"\r\n",
    }
    cases = [
        _case(f"empty ({name})", f"systemer.{name}", content, "empty_file", "empty file")
        for name, content in made.items()
    ]
    return cases + in_formats(
        "headers without rows", [HEADER], refused("systems", "no_rows"), lines=["empty file"]
    )


def _unreadable() -> list[Case]:
    made: dict[str, tuple[Callable[[], bytes], str]] = {
        "csv": (lambda: b"systemnavn;funksjon\r\n\x00\x01\x02;payroll_hr\r\n", "unreadable"),
        "tsv": (lambda: b"\xff\xfes\x00y\x00s", "unreadable"),
        "xlsx": (_half("xlsx"), "unreadable"),
        "xlsm": (_half("xlsm"), "unreadable"),
        "xls": (_half("xls"), "unreadable"),
        "ods": (lambda: ods_bytes("<table:table><table:table-row>"), "unreadable"),
        "parquet": (_half("parquet"), "unreadable"),
    }
    return [
        _case(f"torn ({name})", f"systemer.{name}", content, rule, "unreadable file")
        for name, (content, rule) in made.items()
    ]


def _other_formats() -> list[Case]:
    word = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}
    return [
        _case("a picture", "systemer.csv", lambda: _PNG, "unsupported_format"),
        _case("a PDF", "systemer.pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "unsupported_format"),
        _case("a Word document", "systemer.docx", lambda: zip_bytes(word), "unsupported_format"),
        _case(
            "a binary workbook (xlsb)",
            "systemer.xlsb",
            lambda: zip_bytes({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\x83\x01\x00"}),
            "unsupported_format",
        ),
        _case(
            "text that is no table",
            "brev.txt",
            lambda: b"Hei! Vi sender listen i morgen.\r\n",
            "not_recognised",
        ),
        _case("a quote that never ends", "systemer.csv", _open_quote, "unclosed_quote", "unreadable file"),
    ]


def _open_quote() -> bytes:
    return b'systemnavn;funksjon\r\n"Fagsystem Alfa;payroll_hr\r\nFagsystem Beta;payroll_hr\r\n'


def _protected() -> list[Case]:
    made: dict[str, Callable[[], bytes]] = {
        "xlsx": lambda: _encrypted_office("xlsx"),
        "xlsm": lambda: _encrypted_office("xlsm"),
        "xls": _encrypted_old,
        "ods": _encrypted_ods,
    }
    line = "password-protected workbook"
    cases = [
        _case(f"password ({name})", f"systemer.{name}", content, "password_protected", line)
        for name, content in made.items()
    ]
    return [*cases, _case("locked zip (xlsx)", "systemer.xlsx", _locked_zip, "password_protected", line)]


def _too_big() -> list[Case]:
    line, small = "zip that unpacks past the limit", Limits(max_unpacked_bytes=1_000_000)

    def swelling(file_format: str) -> Callable[[], bytes]:
        return lambda: _swelling(file_format)

    packed = [
        Case(
            f"unpacks past the limit ({name})",
            f"systemer.{name}",
            swelling(name),
            (refused("systems", "unpacks_too_big"),),
            (line,),
            limits=small,
        )
        for name in ("xlsx", "xlsm", "ods")
    ]
    table = [HEADER, *SYSTEMS]
    return [
        *packed,
        Case(
            "unpacks past the limit (parquet)",
            "systemer.parquet",
            _swelling_column,
            (refused("systems", "unpacks_too_big"),),
            limits=small,
        ),
        *in_formats(
            "more bytes than the limit",
            table,
            refused("systems", "file_too_big"),
            formats=("csv", "xlsx"),
            limits=Limits(max_file_bytes=200),
        ),
        *in_formats(
            "more rows than the limit",
            table,
            refused("systems", "too_many_rows"),
            formats=ALL,
            limits=Limits(max_rows=3),
        ),
        *in_formats(
            "more columns than the limit",
            table,
            refused("systems", "too_many_columns"),
            formats=("tsv", *BOOKS),
            limits=Limits(max_columns=5),
        ),
    ]


def _headers() -> list[Case]:
    same = [
        ["systemnavn", "funksjon", "livsløp", "Systemnavn "],
        ["Fagsystem A", "payroll_hr", "i bruk", "B"],
    ]
    both = [["systemnavn", "funksjon", "livsløp", "navn"], ["Fagsystem A", "payroll_hr", "i bruk", "B"]]
    lacking = [
        ["systemnavn", "livsløp", "anskaffet", "brukere"],
        *([row[0], row[2], row[3], row[5]] for row in SYSTEMS),
    ]
    return [
        *in_formats(
            "two columns with the same header",
            same,
            refused("systems", "duplicate_header"),
            lines=["two columns with the same header"],
        ),
        *in_formats(
            "two unknown columns with the same header",
            [["systemnavn", "funksjon", "Kommentar", "kommentar"], ["Fagsystem A", "payroll_hr", "x", "y"]],
            refused("systems", "duplicate_header"),
            formats=("csv", "xlsx", "parquet"),
        ),
        *in_formats(
            "two headers that mean the same column",
            both,
            refused("systems", "two_headers_one_column"),
            lines=["header that matches two contract columns"],
        ),
        *in_formats(
            "no column for the functions",
            lacking,
            refused("systems", "required_column_missing"),
            lines=["required column missing"],
        ),
    ]


def _kind_and_place() -> list[Case]:
    table = [HEADER, *SYSTEMS]
    return [
        *in_formats(
            "processes where systems are expected",
            PROCESSES,
            refused("systems", "wrong_kind"),
            kind="systems",
            lines=["wrong kind"],
        ),
        *in_formats(
            "a municipality that nobody knows",
            table,
            refused("systems", "unknown_municipality", municipality="9999"),
            municipality="9999",
            lines=["unknown municipality"],
        ),
        *in_formats(
            "a period that is not in the pack",
            table,
            refused("systems", "unknown_period"),
            period="2031",
            lines=["unknown period"],
        ),
        *in_formats(
            "an old number of a municipality",
            table,
            refused("systems", "old_municipality", municipality="0709"),
            municipality="0709",
            formats=("csv", "xlsx"),
        ),
    ]


CASES: list[Case] = [
    *_empty(),
    *_unreadable(),
    *_other_formats(),
    *_protected(),
    *_too_big(),
    *_headers(),
    *_kind_and_place(),
]
