"""Text files as they come: every encoding, delimiter and end of line, told by the bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipelines.ingest.dialect import detect_delimiter, read_records
from pipelines.ingest.encodings import decode
from pipelines.ingest.model import Rejection
from pipelines.ingest.readers import ReadFile, read_file
from pipelines.settings import Limits
from tests.unit.test_ingest_support import HEALTH, parse_one, rejection, rules

TEXT = "systemnavn;leverandør;funksjon\nÆrfugl;Åpen kildekode;Pasientjournal\nBlåbær;Ørret AS;kjøkken\n"
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "utf-32-le": "utf-32-le",
    "utf-32-be": "utf-32-be",
    "cp1252": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-15": "cp1252",
    "mac-roman": "mac-roman",
    "cp850": "cp850",
    "cp865": "cp850",
}


def no_score(rows: object) -> int:
    return 0


def read(content: bytes) -> ReadFile:
    return read_file(content, Limits(), no_score)


def cells(content: bytes) -> list[tuple[str | None, ...]]:
    (table,) = read(content).tables
    return table.frame.rows()


def told(content: bytes) -> list[str]:
    return [finding.rule for finding in read(content).findings]


@pytest.mark.parametrize(("written", "told_as"), ENCODINGS.items())
def test_norwegian_text_is_read_in_whatever_encoding_it_came(written: str, told_as: str) -> None:
    decoded = decode(TEXT.encode(written))
    assert (decoded.text, decoded.encoding, decoded.n_broken) == (TEXT, told_as, 0)
    assert not decoded.is_guess
    assert not decoded.was_garbled


@pytest.mark.parametrize("word", ["blåbær", "ØRE", "Årsplan", "Sør-Trøndelag", "«ål»", "kjøkken – bad"])
@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "cp850"])
def test_one_norwegian_word_is_enough(word: str, encoding: str) -> None:
    try:
        content = f"navn;x\n{word};1\n".encode(encoding)
    except UnicodeEncodeError:
        pytest.skip(f"{encoding} cannot write {word}")
    assert decode(content).text == f"navn;x\n{word};1\n"


def test_a_space_that_does_not_break_between_digits_is_no_letter() -> None:
    decoded = decode("navn;beløp\nAlfa;1\u00a0234\n".encode("cp1252"))
    assert (decoded.text, decoded.is_guess) == ("navn;beløp\nAlfa;1\u00a0234\n", False)
    alone = decode("a;b\nc;1\u00a0234\n".encode("cp1252"))
    assert (alone.text, alone.is_guess) == ("a;b\nc;1\u00a0234\n", False)


def test_the_euro_sign_and_letters_of_the_north() -> None:
    assert decode("Kárášjohka;blåbær;Šibmo\n".encode("iso8859-10", "replace")).text
    assert decode("pris på øl;50 €\n".encode("cp1252")).text == "pris på øl;50 €\n"
    assert decode("fiskebåt;šuoi;žáŋ\n".encode()).text == "fiskebåt;šuoi;žáŋ\n"


def test_a_guess_is_told_and_always_the_same() -> None:
    content = "a;b\n\u00d6;1\n".encode("mac-roman")
    assert told(content) == ["encoding_guessed"]
    assert {decode(content).text for _ in range(3)} == {decode(content).text}


def test_utf_8_that_is_broken_in_places_is_not_taken_for_another_encoding() -> None:
    decoded = decode("ærfugl;blåbær;ørret;ål".encode() + b"\xc3")
    assert (decoded.encoding, decoded.n_broken) == ("utf-8", 1)
    assert decoded.text == "ærfugl;blåbær;ørret;ål\ufffd"


def garbled(text: str) -> str:
    """As if UTF-8 had been read as cp1252."""
    return "".join(
        chr(b) if b in b"\x81\x8d\x8f\x90\x9d" else bytes([b]).decode("cp1252") for b in text.encode()
    )


@pytest.mark.parametrize("written", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("times", [1, 2])
def test_text_that_was_read_wrongly_before_is_put_right_and_told(written: str, times: int) -> None:
    text = TEXT
    for _ in range(times):
        text = garbled(text)
    assert ("Ã¸" in text) == (times == 1)
    assert decode(text.encode(written)).text == TEXT
    assert told(text.encode(written)) == ["garbled_text_repaired"]


def test_text_that_only_in_part_looks_garbled_is_left() -> None:
    text = f"{garbled('blåbær')};blåbær\n"
    decoded = decode(text.encode())
    assert (decoded.text, decoded.was_garbled) == (text, False)


# Delimiters, quotes and lines


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_end_of_line_with_every_delimiter(newline: str, delimiter: str) -> None:
    lines = [["a", "b c", "d"], ["1", "2", ""], ["3", "", "4"]]
    text = newline.join(delimiter.join(line) for line in lines)
    assert read_records(text, no_score).rows == lines
    assert read_records(text + newline, no_score).rows == lines


def test_mixed_ends_of_lines_and_blank_lines_are_counted() -> None:
    assert read_records("a;b\r\n\r1;2\n\n3;4", no_score).rows == [["a", "b"], [], ["1", "2"], [], ["3", "4"]]


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r\n', "sep=;;;\r\n"])
def test_the_line_that_names_the_delimiter_is_no_row(line: str) -> None:
    assert read_records(f"{line}a;b,c\r\n1,5;2\r\n", no_score).rows == [["a", "b,c"], ["1,5", "2"]]
    delivery = parse_one(f"{line}systemnavn;funksjon\nAlfa;{HEALTH}\n".encode())
    assert delivery.datasets["system"]["row_number"].to_list() == [2]


def test_the_line_may_name_a_delimiter_that_would_not_have_been_found() -> None:
    assert read_records("sep=:\na:b\n1;2:3\n", no_score).rows == [["a", "b"], ["1;2", "3"]]


def test_a_bar_is_a_delimiter_only_where_it_splits_every_line_alike() -> None:
    assert detect_delimiter("a|b\n1|2\n3|4\n", no_score) == "|"
    assert detect_delimiter("navn\nhelse|skole\nplan\n", no_score) == ";"
    assert detect_delimiter("navn;områder\nAlfa;helse|skole\nBeta;plan\n", no_score) == ";"


def test_decimal_commas_do_not_make_the_comma_a_delimiter() -> None:
    assert detect_delimiter("navn;pris\nAlfa;1,5\nBeta;2,5\n", no_score) == ";"


def test_delimiters_at_the_end_of_every_line_add_no_finding() -> None:
    delivery = parse_one(f"systemnavn;funksjon;;\nAlfa;{HEALTH};;\n".encode())
    assert (delivery.rejection, rules(delivery)) == (None, [])


def test_doubled_quotes_and_line_breaks_within_a_cell() -> None:
    assert cells(b'a;"b ""c"" d"\n"1\r\n2";3\n') == [("a", 'b "c" d'), ("1\r\n2", "3")]


# What nobody sees


def test_control_characters_are_taken_out_and_told_once_with_their_place() -> None:
    content = "a;b\nx\x00y;1\nu\x07v\x1b;2\n".ljust(400, "z").encode()
    (finding,) = read(content).findings
    assert cells(content)[1:3] == [("xy", "1"), ("uv", "2")]
    assert (finding.rule, finding.row_number, finding.column) == ("control_characters", 2, "A")
    assert finding.params == {"found": "2", "cells": "A2, A3"}


def test_zero_bytes_at_the_end_are_no_part_of_the_file() -> None:
    assert cells(b"a;b\n1;2\n" + b"\x00" * 500) == [("a", "b"), ("1", "2")]


@pytest.mark.parametrize("sign", ["\u200b", "\u200e", "\u202e", "\u2066", "\u00ad", "\ufeff", "\u2060"])
def test_signs_that_nobody_sees_are_taken_out(sign: str) -> None:
    assert cells(f"a;b\nAl{sign}fa;{sign}\n".encode()) == [("a", "b"), ("Alfa", "")]
    assert told(f"a;b\nAl{sign}fa;1\n".encode()) == []


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_other_separators_of_lines_are_line_breaks_within_the_cell(sign: str) -> None:
    assert cells(f"a;b\nen{sign}to;3\n".encode()) == [("a", "b"), ("en\nto", "3")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'=1+1", "=1+1"),
        ("'-fri tekst", "-fri tekst"),
        ("'@x", "@x"),
        ("' +47", " +47"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("'", "'"),
        ("''=", "''="),
        ("=1+1", "=1+1"),
    ],
)
def test_the_apostrophe_that_guards_a_text_is_taken_away(written: str, meant: str) -> None:
    assert cells(f"a;b\n{written};1\n".encode())[1] == (meant, "1")


@pytest.mark.parametrize(
    "text", ["#N/A", "#REF!", "#I/T", "#VERDI!", "#DIV/0!", "#NAVN?", "########", "Err:502"]
)
def test_an_error_of_the_spreadsheet_is_a_blank_that_is_told(text: str) -> None:
    content = f"a;b\nx;{text}\n".encode()
    assert cells(content)[1] == ("x", None)
    assert told(content) == ["error_cells"]


@pytest.mark.parametrize("text", ["#", "# 1", "#hashtag", "C#", "N/A", "##"])
def test_a_number_sign_alone_is_no_error(text: str) -> None:
    assert cells(f"a;b\nx;{text}\n".encode())[1] == ("x", text)


def test_binary_content_is_no_text() -> None:
    with pytest.raises(Rejection) as caught:
        read(bytes(range(32)) * 100 + b"a;b")
    assert caught.value.finding.rule == "unreadable"


def test_more_cells_than_the_limit() -> None:
    delivery = parse_one(b"a;b\n" + b";" * 1_000, limits=Limits(max_cells=900))
    assert rejection(delivery) == "too_many_rows"


def test_bars_within_cells_do_not_become_the_delimiter() -> None:
    text = "systemnavn,funksjon,dataobjekter\nAlfa,health_record,person|address|income|contact_information\n"
    known = {"systemnavn", "funksjon", "person", "address", "income", "contact_information", "dataobjekter"}

    def score(rows: Sequence[Sequence[str]]) -> int:
        return max((sum(cell in known for cell in row) for row in rows), default=0)

    assert detect_delimiter(text, score) == ","
