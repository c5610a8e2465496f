"""Whose row it is and of which period: numbers, names, folders, and what the SBO delivers for its owners."""

from __future__ import annotations

import pytest

from pipelines.ingest.dating import find_period
from pipelines.ingest.model import ParsedDelivery
from pipelines.ingest.place_names import name_key, plain
from pipelines.ingest.routing import Place, find_place
from pipelines.ingest.vocabulary import vocabulary
from pipelines.reference.schema import MUNICIPALITY_ALIAS
from tests.unit.test_ingest_masking import BORN
from tests.unit.test_ingest_support import (
    HEALTH,
    PERIOD,
    SYSTEM_HEADERS,
    Rows,
    csv_bytes,
    pack,
    parse,
    parse_one,
    workbook_bytes,
)


def place(text: str) -> Place:
    return find_place(text, vocabulary(pack(), PERIOD))


def refusal(text: str) -> tuple[str, str]:
    """The rule and what is proposed instead."""
    fault = place(text).fault
    assert fault is not None, text
    return fault.finding.rule, fault.finding.params["expected"]


def told(deliveries: list[ParsedDelivery]) -> list[tuple[str, str, int | None, str | None]]:
    """Period, municipality, rows and the rule of the rejection."""
    return [
        (d.period, d.municipality_number, d.rows_received, d.rejection.rule if d.rejection else None)
        for d in deliveries
    ]


@pytest.mark.parametrize(
    "text",
    ["0301", "301", "301.0", "301,00", "'0301", "0301 Oslo", "Oslo (0301)", "K-0301", "Oslo kommune 301"],
)
def test_a_number_however_it_is_written(text: str) -> None:
    assert place(text) == Place("0301")


@pytest.mark.parametrize(("old", "number"), [("1201", "4601"), ("1201 Bergen", "4601"), ("0137", "3114")])
def test_an_old_number_leads_to_what_followed(old: str, number: str) -> None:
    assert place(old) == Place(number)


@pytest.mark.parametrize(
    ("old", "targets"),
    [
        ("1850", "1806 Narvik, 1875 Hamarøy"),
        ("Tysfjord", "1806 Narvik, 1875 Hamarøy"),
        ("Divtasvuodna - Tysfjord", "1806 Narvik, 1875 Hamarøy"),
        ("1507", "1508 Ålesund, 1580 Haram"),
        ("Snillfjord kommune", "5055 Heim, 5056 Hitra, 5059 Orkland"),
    ],
)
def test_what_was_split_is_refused_with_its_targets(old: str, targets: str) -> None:
    assert refusal(old) == ("old_municipality", targets)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("OSLO", "0301"),
        ("Oslo kommune", "0301"),
        ("Oslo Kommunes", "0301"),
        ("Oslos", "0301"),
        ("kommunen Oslo", "0301"),
        ("Trondheims kommune", "5001"),
        ("Municipality of Bergen", "4601"),
        ("Nes", "3228"),
        ("Ås", "3218"),
        ("Ålesund", "1508"),
        ("Haram", "1580"),
        ("A\u030alesund", "1508"),
        ("Aalesund", "1508"),
        ("Alesund", "1508"),
        ("Baerum", "3201"),
        ("Tromso", "5501"),
        ("Röros", "5025"),
        ("Sor-Varanger", "5605"),
        ("Nord Fron", "3436"),
        ("Kárásjohka – Karasjok", "5610"),
        ("Karasjok", "5610"),
        ("Kárášjohka", "5610"),
        ("KARASJOHKA", "5610"),
        ("Kautokeino", "5612"),
        ("Guovdageaidnu", "5612"),
        ("Guovdageainnu suohkan", "5612"),
        ("Deatnu-Tana", "5628"),
        ("Porsanger / Porsáŋgu / Porsanki", "5622"),
        ("Nesseby-Unjárga", "5636"),
        ("Gáivuotna Kåfjord", "5540"),
        ("Raarvihke Røyrvik", "5043"),
        ("Snåase Snåsa", "5041"),
        ("Hamarøy Hábmer", "1875"),
        ("Loabák Lavangen", "5518"),
        ("Fauske Fuossko", "1841"),
        ("Storfjord Omasvuotna Omasvuono", "5538"),
        ("Klæbu", "5001"),
        ("Nesset", "1506"),
        ("Sande", "1514"),
        ("Sande (Vestfold)", "3903"),
        ("Bø", "1867"),
        ("Bø i Telemark", "4020"),
    ],
)
def test_a_name_however_it_is_written(text: str, number: str) -> None:
    assert place(text) == Place(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Våler (Østfold)", "3114"),
        ("Våler i Innlandet", "3419"),
        ("Våler, Østfold fylke", "3114"),
        ("Våler (Hedmark)", "3419"),
        ("Herøy (Nordland)", "1818"),
        ("Herøy kommune (Møre og Romsdal)", "1515"),
        ("Herøy 1818", "1818"),
    ],
)
def test_the_county_settles_which_of_two_is_meant(text: str, number: str) -> None:
    assert place(text) == Place(number)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("Våler", ("3114", "3419")), ("Våler i Solør", ("3114", "3419")), ("herøys", ("1515", "1818"))],
)
def test_a_name_that_two_bear_is_refused_with_both(text: str, numbers: tuple[str, str]) -> None:
    rule, expected = refusal(text)
    assert rule == "ambiguous_municipality"
    assert all(number in expected for number in numbers)


def test_a_number_with_another_municipalitys_name_is_refused_with_both() -> None:
    assert refusal("0301 Bergen") == ("ambiguous_municipality", "0301 Oslo, 4601 Bergen")
    assert place("0301 Bydel Alna") == Place("0301")


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Olso", "0301 Oslo"),
        ("Våga", "3435 Vågå"),
        ("Oslo kommun", "0301 Oslo"),
        ("Bø i Vesterålen", "1867 Bø"),
        ("9999", ""),
        ("", ""),
    ],
)
def test_what_is_only_near_is_suggested_and_never_linked(text: str, suggested: str) -> None:
    rule, expected = refusal(text)
    assert rule == "unknown_municipality"
    assert suggested in expected


def test_every_municipality_is_found_by_its_number_its_name_and_its_name_with_the_county() -> None:
    rows = pack().table("municipality").select("municipality_number", "name", "county_name")
    shared = {name for name in rows["name"] if rows["name"].to_list().count(name) > 1}
    assert shared == {"Herøy", "Våler"}
    for number, name, county in rows.iter_rows():
        own = [number, number.lstrip("0"), f"{number} {name}", f"{name} ({county})"]
        own += [] if name in shared else [name, name.upper(), f"{name} kommune", f"{name}s kommune"]
        assert {place(text) for text in own} == {Place(number)}, name


def test_other_names_of_municipalities_lead_to_those_of_the_pack() -> None:
    aliases = pack().table("alias")
    own = aliases.filter(aliases["concept"] == MUNICIPALITY_ALIAS)
    assert own.height > 30
    for name, number in own.select("alias", "concept_id").iter_rows():
        assert place(name) == Place(number), name


def test_names_in_plain_letters_do_not_meet() -> None:
    names = [name_key(name) for name in pack().table("municipality")["name"].unique()]
    assert len({plain(name) for name in names}) == len(names)


# Many municipalities in one file, of every kind and sheet

SHEETS: dict[str, Rows] = {
    "Systemer": [SYSTEM_HEADERS, ["Alfa", HEALTH]],
    "Funksjoner": [["funksjon", "systemer"], [HEALTH, "Alfa"]],
    "Dataobjekter": [["systemnavn", "dataobjekt", "operasjoner"], ["Alfa", "Person", "CRUD"]],
    "Integrasjoner": [["fra_system", "til_system"], ["Alfa", "Beta"]],
    "Fellesløsninger": [["løsning", "i_bruk"], ["Altinn", "ja"]],
    "Prosesser": [["prosessnavn", "eierskap"], ["Byggesak", "linjeleder"]],
    "Opplysninger": [["prosessnavn", "dataobjekt"], ["Byggesak", "Person"]],
    "Tiltak": [["tiltak", "mål"], ["Rydde", "Færre skjema"]],
    "Undersøkelse": [["PU1", "PU2"], ["3", "4"]],
}


@pytest.mark.parametrize("sheet", list(SHEETS))
@pytest.mark.parametrize("is_book", [False, True])
def test_every_sheet_may_hold_rows_of_many_municipalities(sheet: str, is_book: bool) -> None:
    header, row = SHEETS[sheet]
    named = ["Tindelid kommune", "9902", "1850", "", "Kvitlia"]
    rows = [["kommune", *header], *([name, *row] for name in named)]
    content = workbook_bytes({sheet: rows}) if is_book else csv_bytes(rows)
    deliveries = parse(content, f"fil.{'xlsx' if is_book else 'csv'}", municipality="")
    assert told(deliveries) == [
        (PERIOD, "", 1, "unknown_municipality"),
        (PERIOD, "1850", 1, "old_municipality"),
        (PERIOD, "9901", 1, None),
        (PERIOD, "9902", 2, None),
    ]


def test_a_row_without_municipality_is_the_folders_and_in_no_folder_nobodys() -> None:
    content = csv_bytes([["kommune", *SYSTEM_HEADERS], ["Tindelid", "A", HEALTH], ["", "B", HEALTH]])
    assert told(parse(content)) == [(PERIOD, "9901", 2, None)]
    assert told(parse(content, municipality="")) == [
        (PERIOD, "", 1, "unknown_municipality"),
        (PERIOD, "9901", 1, None),
    ]


def test_a_folder_settles_which_of_two_is_meant_and_no_others_name() -> None:
    rows = [["kommune", *SYSTEM_HEADERS], ["Herøy", "A", HEALTH], ["Herøy kommune", "B", HEALTH]]
    assert told(parse(csv_bytes(rows), municipality="1818")) == [(PERIOD, "1818", 2, None)]
    assert told(parse(csv_bytes(rows), municipality="3114")) == [
        (PERIOD, "Herøy", 1, "ambiguous_municipality"),
        (PERIOD, "Herøy kommune", 1, "ambiguous_municipality"),
    ]


def test_a_column_of_other_things_is_refused_once() -> None:
    names = [f"Enhet {chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]
    rows = [["kommune", *SYSTEM_HEADERS], ["Tindelid", "A", HEALTH], *([name, "B", HEALTH] for name in names)]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert told(deliveries) == [(PERIOD, "", 200, "unknown_municipality"), (PERIOD, "9901", 1, None)]
    assert deliveries[0].rejection is not None
    assert deliveries[0].rejection.params["found"].endswith("… (200)")


@pytest.mark.parametrize("secret", [f"Oslo {BORN}", "kari@nordmann.no"])
def test_what_is_a_persons_is_masked_in_the_municipality_column_too(secret: str) -> None:
    rows = [["kommune", *SYSTEM_HEADERS], [secret, "A", HEALTH], ["Oslo", "B", HEALTH]]
    deliveries = parse(csv_bytes(rows), municipality="")
    assert all(part not in repr(deliveries) for part in (BORN, "kari@"))


def test_every_row_that_is_refused_is_pointed_out() -> None:
    rows = [
        ["kommune", *SYSTEM_HEADERS],
        ["Tindelid", "A", HEALTH],
        ["Olso", "B", HEALTH],
        ["Olso", "C", HEALTH],
    ]
    refused = parse(csv_bytes(rows), municipality="")[1]
    findings = [refused.rejection, *refused.findings]
    assert [(f.rule, f.row_number, f.column, f.value) for f in findings if f] == [
        ("unknown_municipality", 3, "kommune", "Olso"),
        ("unknown_municipality", 4, "kommune", "Olso"),
    ]


def test_number_and_name_in_columns_of_their_own_must_mean_the_same() -> None:
    rows = [
        ["kommunenr", "kommune", *SYSTEM_HEADERS],
        ["9901", "Tindelid", "A", HEALTH],
        ["9901", "Sentrum", "B", HEALTH],
        ["9901", "Kvitlia", "C", HEALTH],
        ["", "Kvitlia", "D", HEALTH],
    ]
    assert told(parse(csv_bytes(rows), municipality="")) == [
        (PERIOD, "9901", 2, None),
        (PERIOD, "9901 Kvitlia", 1, "ambiguous_municipality"),
        (PERIOD, "9902", 1, None),
    ]


def test_one_municipality_by_name_and_by_number_is_one_respondent_too_many_for_an_official_answer() -> None:
    rows = [["kommune", "PU1"], ["9901", "3"], ["Tindelid", "4"], ["9902", "2"]]
    assert {d.collection_mode for d in parse(csv_bytes(rows), "s.csv", municipality="")} == {"respondents"}
    once = [rows[0], rows[1], rows[3]]
    assert {d.collection_mode for d in parse(csv_bytes(once), "s.csv", municipality="")} == {"official"}


# The period


@pytest.mark.parametrize("header", ["periode", "Period", "rapporteringsår", "Reporting year"])
@pytest.mark.parametrize("value", ["2026", "2026.0", ""])
def test_a_period_column_may_repeat_the_folders(header: str, value: str) -> None:
    delivery = parse_one(csv_bytes([[header, *SYSTEM_HEADERS], [value, "A", HEALTH]]))
    assert (delivery.rejection, delivery.period, delivery.rows_received) == (None, PERIOD, 1)
    assert header not in {finding.column for finding in delivery.findings}


def test_rows_of_another_period_reject_the_file_and_both_periods_are_named() -> None:
    delivery = parse_one(
        csv_bytes([["periode", *SYSTEM_HEADERS], ["2026", "A", HEALTH], ["2025", "B", HEALTH]])
    )
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "other_period"
    assert delivery.rejection.params == {"found": "2025", "expected": "2026"}
    assert (delivery.rows_received, delivery.datasets) == (2, {})


@pytest.mark.parametrize("value", ["Kari Nordmann, Storgata 1", "01010112345", "a@b.no"])
def test_what_stands_in_the_period_column_is_told_only_where_it_is_short(value: str) -> None:
    delivery = parse_one(csv_bytes([["periode", *SYSTEM_HEADERS], [value, "A", HEALTH]]))
    assert delivery.rejection is not None
    assert delivery.rejection.params["found"] == "…"


@pytest.mark.parametrize(
    ("text", "home", "period"),
    [
        ("2026-H1", "", "2026-H1"),
        ("2026 h1", "", "2026-H1"),
        ("H2/2026", "", "2026-H2"),
        ("2026", "2026-H1", "2026-H1"),
        ("2026", "2026-H2", "2026-H2"),
        # Of two halves a year alone means neither.
        ("2026", "", None),
        ("2025", "2026-H1", "2025-H2"),
        ("2027", "", None),
        ("2025-H1", "", None),
        ("i fjor", "", None),
    ],
)
def test_a_half_year_however_it_is_written(text: str, home: str, period: str | None) -> None:
    assert find_period(text, ["2025-H2", "2026-H1", "2026-H2"], home) == period


def test_a_file_straight_in_the_inbox_is_divided_by_period_and_municipality() -> None:
    rows = [
        ["periode", "kommune", *SYSTEM_HEADERS],
        ["2025", "Tindelid", "A", HEALTH],
        ["2026", "9901", "B", HEALTH],
        ["2026", "Kvitlia", "C", HEALTH],
        ["1999", "Kvitlia", "D", HEALTH],
        ["", "Kvitlia", "E", HEALTH],
        ["2026", "", "F", HEALTH],
    ]
    deliveries = parse(csv_bytes(rows), period="", municipality="")
    assert told(deliveries) == [
        ("2025", "9901", 1, None),
        ("2026", "", 1, "unknown_municipality"),
        ("2026", "9901", 1, None),
        ("2026", "9902", 1, None),
        ("", "", 2, "unknown_period"),
    ]
    assert [d.datasets["system"]["system_name"].to_list() for d in deliveries if d.datasets] == [
        ["A"],
        ["B"],
        ["C"],
    ]
    assert len({d.delivery_id for d in deliveries}) == len(deliveries)


def test_answers_of_several_periods_are_read_with_each_ones_instrument() -> None:
    rows = [
        ["periode", "kommunenr", "PU1"],
        ["2025", "9901", "3"],
        ["2026", "9901", "4"],
        ["2026", "9902", "5"],
    ]
    deliveries = parse(csv_bytes(rows), "s.csv", period="", municipality="")
    assert told(deliveries) == [
        ("2025", "9901", 1, None),
        ("2026", "9901", 1, None),
        ("2026", "9902", 1, None),
    ]
    assert [d.datasets["survey_answer"]["answer"].to_list() for d in deliveries] == [[3], [4], [5]]
    assert {d.collection_mode for d in deliveries} == {"official"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["periode", *SYSTEM_HEADERS], ["2026", "A", HEALTH]], (PERIOD, "", 1, "unplaced_file")),
        ([["kommune", *SYSTEM_HEADERS], ["9901", "A", HEALTH]], ("", "", 1, "unplaced_file")),
        ([SYSTEM_HEADERS, ["A", HEALTH]], ("", "", 1, "unplaced_file")),
        ([["periode", "kommune", *SYSTEM_HEADERS]], ("", "", None, "no_rows")),
        (
            [["periode", "kommune", "produkt"], ["2026", "9901", "A"]],
            (PERIOD, "", 1, "required_column_missing"),
        ),
        ([["hva", "som helst"], ["x", "y"]], ("", "", None, "not_recognised")),
    ],
)
def test_a_file_straight_in_the_inbox_that_does_not_say_enough_is_rejected_once(
    rows: Rows, expected: tuple[str, str, int | None, str]
) -> None:
    assert told(parse(csv_bytes(rows), period="", municipality="")) == [expected]


# What the SBO delivers for its owners

OWNERS = ["9901", "9902", "9903", "9904", "9905", "9906"]


@pytest.mark.parametrize("folder", ["felles", "Felles", "felles-nordfjella"])
def test_a_shared_file_gives_a_delivery_to_every_owner(folder: str) -> None:
    deliveries = parse(csv_bytes([SYSTEM_HEADERS, ["A", HEALTH], ["B", HEALTH]]), municipality=folder)
    assert told(deliveries) == [(PERIOD, number, 2, None) for number in OWNERS]
    assert {d.delivery_id for d in deliveries} == {
        parse_one(csv_bytes([SYSTEM_HEADERS, ["A", HEALTH], ["B", HEALTH]]), municipality=number).delivery_id
        for number in OWNERS
    }


def test_a_shared_folder_of_no_sbo_is_refused_with_those_there_are() -> None:
    delivery = parse_one(csv_bytes([SYSTEM_HEADERS, ["A", HEALTH]]), municipality="felles-sorfjella")
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "unknown_shared_folder"
    assert delivery.rejection.params == {"found": "felles-sorfjella", "expected": "felles-nordfjella"}


def test_other_kinds_are_shared_only_with_a_municipality_column() -> None:
    header, row = SHEETS["Prosesser"]
    alone = parse(csv_bytes([header, row]), "p.csv", municipality="felles")
    assert told(alone) == [(PERIOD, "felles", 1, "shared_other_kind")]
    named = parse(csv_bytes([["kommune", *header], ["9902", *row]]), "p.csv", municipality="felles")
    assert told(named) == [(PERIOD, "9902", 1, None)]
