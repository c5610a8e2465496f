"""Whose row it is in an earlier period: the numbers and the names of that year, and what is refused."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
import pytest

from pipelines.ingest.model import ParsedDelivery, Rejection
from pipelines.ingest.parse import parse_file
from pipelines.ingest.place_names import name_key
from pipelines.ingest.routing import Place, check_municipality, find_place
from pipelines.ingest.sharing import owners
from pipelines.ingest.vocabulary import vocabulary
from pipelines.reference.numbers import TODAY
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.settings import Limits
from pipelines.templates.template import TemplateError, make_template
from pipelines.templates.template import check_municipality as check_for_template
from tests.support import BASE_PACK, EARLIER_YEARS, FICTIONAL_PACK
from tests.unit.test_ingest_support import HEALTH, SYSTEM_HEADERS, Rows, csv_bytes

YEARS = [str(year) for year in range(2016, 2025)]


@lru_cache(maxsize=1)
def pack() -> ReferencePack:
    """The real municipalities, and invented ones that changed."""
    return load_pack([BASE_PACK, FICTIONAL_PACK, EARLIER_YEARS / "pack"])


def place(text: str, period: str) -> Place:
    return find_place(text, vocabulary(pack(), period))


def refusal(fault: Rejection | None) -> tuple[str, str] | None:
    """The rule and what is proposed instead."""
    return None if fault is None else (fault.finding.rule, fault.finding.params["expected"])


# Numbers and names of real municipalities


@pytest.mark.parametrize(
    ("period", "text", "number"),
    [
        ("2019", "5030", "5030"),
        ("2019", "Klæbu", "5030"),
        ("2019", "klabu kommune", "5030"),
        ("2019", "5030 Klæbu", "5030"),
        ("2019", "Trondheim", "5001"),
        ("2019", "5001", "5001"),
        ("2017", "Trondheim", "1601"),
        ("2016", "Trondheim", "1601"),
        ("2017", "Klæbu", "1662"),
        ("2020", "Klæbu", "5001"),
        ("2020", "5030", "5001"),
        ("2024", "Klæbu", "5001"),
        ("2023", "1507", "1507"),
        ("2023", "Ålesund", "1507"),
        ("2020", "Aalesund", "1507"),
        ("2019", "Ålesund", "1504"),
        ("2019", "Haram", "1534"),
        # Haram was a part of Ålesund between 2020 and 2023.
        ("2021", "Haram", "1507"),
        ("2021", "1534", "1507"),
        ("2024", "Ålesund", "1508"),
        ("2024", "Haram", "1580"),
        # Renumbered between two mergers.
        ("2018", "1662", "5030"),
        ("2018", "1601", "5001"),
        ("2018", "1613 Snillfjord", "5012"),
        ("2019", "Snillfjord", "5012"),
        ("2017", "Snillfjord", "1613"),
        ("2021", "0219", "3024"),
        ("2021", "219", "3024"),
        ("2021", "Bærum", "3024"),
        ("2024", "3024", "3201"),
        ("2019", "Tysfjord", "1850"),
        ("2019", "Divtasvuodna – Tysfjord", "1850"),
        ("2019", "Karasjok", "2021"),
        ("2021", "Karasjok", "5437"),
        ("2019", "Kárášjohka", "2021"),
        ("2019", "Våler (Østfold)", "0137"),
        ("2019", "Våler i Hedmark", "0426"),
        ("2021", "Våler (Viken)", "3018"),
        ("2019", "Sande (Vestfold)", "0713"),
        ("2019", "Sande (Møre og Romsdal)", "1514"),
        ("2020", "Sande", "1514"),
        ("2019", "Oslo", "0301"),
    ],
)
def test_a_number_or_a_name_is_that_of_the_period(period: str, text: str, number: str) -> None:
    assert place(text, period) == Place(number)


@pytest.mark.parametrize(
    ("period", "text", "rule", "expected"),
    [
        ("2024", "1507", "old_municipality", "1508 Ålesund, 1580 Haram"),
        ("2020", "5012", "old_municipality", "5055 Heim, 5056 Hitra, 5059 Orkland"),
        ("2020", "Snillfjord", "old_municipality", "5055 Heim, 5056 Hitra, 5059 Orkland"),
        ("2020", "Tysfjord", "old_municipality", "1806 Narvik, 1875 Hamarøy"),
        # What Hof became part of in 2018 merged with Sande in 2020: the table does not tell the two apart.
        ("2018", "0714", "old_municipality", "0713 Sande (Vestfold), 0715 Holmestrand"),
        ("2018", "Hof", "old_municipality", "0713 Sande (Vestfold), 0715 Holmestrand"),
        ("2019", "5059", "later_municipality", "5012 Snillfjord, 5016 Agdenes, 5023 Meldal, 5024 Orkdal"),
        ("2019", "Orkland", "later_municipality", "5012 Snillfjord, 5016 Agdenes, 5023 Meldal, 5024 Orkdal"),
        ("2017", "5030", "later_municipality", "1601 Trondheim, 1662 Klæbu"),
        ("2017", "5001 Trondheim", "later_municipality", "1601 Trondheim, 1662 Klæbu"),
        ("2023", "1508", "later_municipality", "1507 Ålesund"),
        ("2023", "1580", "later_municipality", "1507 Ålesund"),
        ("2019", "Sande", "ambiguous_municipality", "0713 Sande (Vestfold), 1514 Sande (Møre og Romsdal)"),
        (
            "2019",
            "Nes",
            "ambiguous_municipality",
            "0236 Nes (Akershus), 0616 Nes (Buskerud)",
        ),
        ("2019", "5030 Trondheim", "ambiguous_municipality", "5030 Klæbu, 5001 Trondheim"),
        ("2019", "Klæb", "unknown_municipality", "5030 Klæbu"),
        ("2019", "9998", "unknown_municipality", ""),
    ],
)
def test_what_is_not_sure_in_the_period_is_refused(period: str, text: str, rule: str, expected: str) -> None:
    fault = refusal(place(text, period).fault)
    assert fault is not None
    assert fault[0] == rule
    assert fault[1] == expected or (rule == "unknown_municipality" and expected in fault[1])


@pytest.mark.parametrize("period", YEARS)
def test_everyone_of_a_year_is_found_by_number_and_name(period: str) -> None:
    numbers = pack().numbers
    own = sorted(pack().valid_numbers(period))
    names = [name_key(numbers.names[number].split(" (")[0]) for number in own]
    shared = {name for name in names if names.count(name) > 1}
    assert shared <= {"våler", "herøy", "nes", "os", "sande", "bø"}
    for number, compared in zip(own, names, strict=True):
        name = numbers.names[number]
        texts = [number, number.lstrip("0"), f"{number} {name}"]
        texts += [name, f"{name} kommune", name.upper()] if compared not in shared else []
        assert {place(text, period) for text in texts} == {Place(number)}, (number, name)


@pytest.mark.parametrize("period", YEARS)
def test_nobody_is_led_to_a_number_that_was_not_valid(period: str) -> None:
    valid = pack().valid_numbers(period)
    for number, name in pack().numbers.names.items():
        for text in (number, name, f"{number} {name}"):
            found = place(text, period)
            assert found.fault is not None or found.number in valid, (text, found)
            assert found.fault is None or found.fault.finding.rule != "unknown_municipality", text


def test_an_unknown_period_has_the_numbers_of_today() -> None:
    assert vocabulary(pack(), "2031").year == TODAY
    assert place("5030", "2031") == Place("5001")
    assert refusal(place("1507", "").fault) == ("old_municipality", "1508 Ålesund, 1580 Haram")


# The folder


@pytest.mark.parametrize(
    ("period", "folder", "fault"),
    [
        ("2019", "5030", None),
        ("2023", "1507", None),
        ("2024", "1508", None),
        ("2019", "9901", None),
        ("2020", "5030", ("old_municipality", "5001 Trondheim")),
        ("2024", "1507", ("old_municipality", "1508 Ålesund, 1580 Haram")),
        ("2018", "1662", ("old_municipality", "5030 Klæbu")),
        (
            "2019",
            "5059",
            ("later_municipality", "5012 Snillfjord, 5016 Agdenes, 5023 Meldal, 5024 Orkdal"),
        ),
    ],
)
def test_the_folder_of_a_period(period: str, folder: str, fault: tuple[str, str] | None) -> None:
    assert refusal(check_municipality(folder, vocabulary(pack(), period))) == fault


def parse(rows: Rows, period: str, folder: str) -> list[tuple[str, str, str | None]]:
    """Period, municipality and rule of the rejection of every delivery in a file."""
    found: list[ParsedDelivery] = parse_file(csv_bytes(rows), "fil.csv", period, folder, pack(), Limits())
    return [(d.period, d.municipality_number, d.rejection.rule if d.rejection else None) for d in found]


@pytest.mark.parametrize("folder", ["9730", "9712"])
def test_a_former_municipality_delivers_in_its_own_folder(folder: str) -> None:
    own = [SYSTEM_HEADERS, ["A", HEALTH]]
    assert parse(own, "2019", folder) == [("2019", folder, None)]
    assert parse(own, "2020", folder) == [("2020", folder, "old_municipality")]
    named = [["kommune", *SYSTEM_HEADERS], [pack().numbers.names[folder], "A", HEALTH], ["", "B", HEALTH]]
    assert parse(named, "2019", folder) == [("2019", folder, None)]


def test_a_municipality_that_was_not_there_yet_cannot_deliver() -> None:
    own = [SYSTEM_HEADERS, ["A", HEALTH]]
    assert parse(own, "2023", "9780") == [("2023", "9780", "later_municipality")]
    assert parse(own, "2024", "9780") == [("2024", "9780", None)]
    assert parse(own, "2023", "9707") == [("2023", "9707", None)]
    # Not even rows that say they are another's are read from its folder.
    named = [["kommune", *SYSTEM_HEADERS], ["9707", "A", HEALTH]]
    assert parse(named, "2023", "9780") == [("2023", "9780", "later_municipality")]


def test_a_file_straight_in_the_inbox_takes_each_row_by_the_names_of_its_period() -> None:
    rows: Rows = [
        ["periode", "kommune", *SYSTEM_HEADERS],
        ["2017", "Steinrabb", "A", HEALTH],
        ["2019", "Steinrabb", "B", HEALTH],
        ["2020", "Steinrabb", "C", HEALTH],
        ["2020", "9730", "D", HEALTH],
        ["2023", "9707", "E", HEALTH],
        ["2024", "9707", "F", HEALTH],
        ["2023", "Gaupemo", "G", HEALTH],
        ["2019", "Jervland", "H", HEALTH],
    ]
    assert parse(rows, "", "") == [
        ("2017", "9702", None),
        ("2019", "9730", None),
        ("2019", "Jervland", "later_municipality"),
        ("2020", "9711", None),
        ("2023", "9707", None),
        ("2024", "9707", "old_municipality"),
    ]


# What the cooperation body sends, and templates


def test_owners_of_today_stand_by_their_parts_of_then(monkeypatch: pytest.MonkeyPatch) -> None:
    own = pack().table("owner")
    sbo = own["sbo_id"][0]
    more = pl.DataFrame({"sbo_id": [sbo] * 4, "municipality_number": ["9711", "9740", "9708", "9759"]})
    monkeypatch.setitem(pack().tables, "owner", pl.concat([own, more]))
    old = set(own["municipality_number"])
    # Of what was divided nobody knows what it shared: 9712 became others' too, and so did 9707.
    assert set(owners("felles", pack(), 2019)) - old == {"9711", "9730", "9703", "9704", "9706", "9713"}
    assert set(owners("felles", pack(), 2023)) - old == {"9711", "9720", "9759"}
    assert set(owners("felles", pack(), 2024)) - old == {"9711", "9740", "9708", "9759"}


def test_a_template_is_for_a_municipality_of_the_period() -> None:
    assert check_for_template(pack(), "5030", "2019") == "5030"
    with pytest.raises(TemplateError, match="is no more; it became 1508 Ålesund, 1580 Haram"):
        check_for_template(pack(), "1507", "2024")
    with pytest.raises(TemplateError, match="9780 did not exist yet in 2023; then it was 9707 Uglevåg"):
        check_for_template(pack(), "9780", "2023")
    with pytest.raises(TemplateError, match=r"nearest are .*5030 Klæbu"):
        check_for_template(pack(), "klebu", "2019")
    plan, content = make_template(pack(), ("systems",), "9730", "2019")
    assert (plan.municipality_name, plan.municipality_number) == ("Steinrabb", "9730")
    (delivery,) = parse_file(content, "mal.xlsx", "2019", "9730", pack(), Limits())
    assert (delivery.rejection, delivery.findings, delivery.rows_received) == (None, (), 0)
