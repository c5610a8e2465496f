"""Numbers through the years: which were valid, what a municipality was made of, what an old one became."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from pipelines.reference.numbers import TODAY, MunicipalityNumbers
from pipelines.reference.pack import ReferencePack, load_pack
from pipelines.reference.schema import PackError
from tests.support import BASE_PACK, FICTIONAL_PACK


@lru_cache(maxsize=1)
def pack() -> ReferencePack:
    return load_pack([BASE_PACK, FICTIONAL_PACK])


def numbers() -> MunicipalityNumbers:
    """Of the real municipalities alone: the fictional ones have always been there."""
    real = pack().table("municipality").filter(~pl.col("is_fictional"))
    return MunicipalityNumbers(real, pack().table("municipality_change"))


REAL = numbers()
CHANGES = pack().table("municipality_change").rows(named=True)
RECEIVED_A_PART = ("1508", "1580", "1806", "1875", "5055", "5056", "5059")


@pytest.mark.parametrize(
    ("year", "alive"),
    [(2017, 426), (2018, 422), (2019, 422), (2020, 356), (2021, 356), (2022, 356), (2023, 356), (2024, 357)],
)
def test_as_many_municipalities_as_there_were(year: int, alive: int) -> None:
    assert len(REAL.valid_in(year)) == alive


def test_today_is_todays_numbers() -> None:
    assert REAL.valid_in(TODAY) == REAL.valid_in(2024)
    assert pack().numbers.valid_in(TODAY) == pack().municipality_numbers


@pytest.mark.parametrize("year", range(2017, 2024))
def test_every_municipality_of_today_had_a_part_in_every_year(year: int) -> None:
    today = sorted(REAL.valid_in(TODAY))
    assert [number for number in today if not REAL.parts(number, year)] == []
    # What was valid then is part of something today, and only what was split is part of several.
    times: dict[str, int] = {}
    for number in today:
        for part in REAL.parts(number, year):
            times[part] = times.get(part, 0) + 1
    assert set(times) == REAL.valid_in(year)
    split = {part: n for part, n in times.items() if n > 1}
    expected = {2017: {"1613": 3, "1850": 2}, 2018: {"5012": 3, "1850": 2}, 2019: {"5012": 3, "1850": 2}}
    assert split == expected.get(year, {"1507": 2})


@pytest.mark.parametrize("year", range(2020, 2024))
def test_haram_was_then_only_a_part_of_what_was_split(year: int) -> None:
    assert REAL.parts("1580", year) == ("1507",)
    assert REAL.parts("1508", year) == ("1507",)
    assert REAL.earlier("1580", year) is None
    assert REAL.parts("1580", 2019) == ("1534",)
    assert REAL.earlier("1580", 2019) == "1534"


@pytest.mark.parametrize(
    ("number", "year", "parts"),
    [
        ("5001", 2017, ("1601", "1662")),
        ("5001", 2019, ("5001", "5030")),
        ("5001", 2020, ("5001",)),
        ("1103", 2019, ("1103", "1141", "1142")),
        ("1508", 2019, ("1504", "1523", "1529", "1546")),
        ("5059", 2019, ("5012", "5016", "5023", "5024")),
        ("5056", 2019, ("5012", "5013")),
        # Of a former number: what stood in its place.
        ("5030", 2017, ("1601", "1662")),
        ("1507", 2019, ("1504", "1523", "1529", "1534", "1546")),
        ("0301", 2017, ("0301",)),
    ],
)
def test_parts_of_a_municipality_in_a_year(number: str, year: int, parts: tuple[str, ...]) -> None:
    assert REAL.parts(number, year) == parts


@pytest.mark.parametrize(
    ("number", "year", "heirs"),
    [
        ("5030", 2020, ("5001",)),
        # Renumbered between: the same municipality under its number of then, not the later merger.
        ("1662", 2018, ("5030",)),
        ("1601", 2018, ("5001",)),
        ("1613", 2019, ("5012",)),
        ("1638", 2019, ("5024",)),
        ("0219", 2021, ("3024",)),
        # Merged into what was split later.
        ("1534", 2021, ("1507",)),
        ("1534", 2024, ("1580",)),
        # A split is refused, though a part kept the name.
        ("1507", 2024, ("1508", "1580")),
        ("5012", 2020, ("5055", "5056", "5059")),
        ("1850", 2020, ("1806", "1875")),
        # Hof became part of Holmestrand, which merged with Sande later: the table does not tell with whom.
        ("0714", 2018, ("0713", "0715")),
        ("0714", 2020, ("3802",)),
        ("0714", TODAY, ("3903",)),
    ],
)
def test_what_an_old_number_is_in_a_later_year(number: str, year: int, heirs: tuple[str, ...]) -> None:
    assert REAL.heirs(number, year) == heirs


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: f"{row['old_number']}-{row['new_number']}")
def test_every_change(row: dict[str, object]) -> None:
    old, new, last = str(row["old_number"]), str(row["new_number"]), row["last_year"]
    assert isinstance(last, int)
    assert REAL.names[old] == row["old_name"]
    assert REAL.standing(old, last) == "valid"
    assert new in REAL.leads_to(old)
    assert old in REAL.parts(new, last)
    assert REAL.standing(old, last + 1) == "former"
    assert old not in REAL.valid_in(last + 1)
    if row["first_year"] is not None:
        assert REAL.standing(old, int(str(row["first_year"])) - 1) == "later"
    # In the end it is its successor, or the several targets of a split.
    targets = tuple(sorted(str(r["new_number"]) for r in CHANGES if r["old_number"] == old))
    assert (len(targets) > 1) == (row["kind"] == "split")
    assert REAL.heirs(old, TODAY) == REAL.leads_to(old) == targets
    # In the year after, what it is leads there too, and is sure unless it was divided or two stood there.
    heirs = REAL.heirs(old, last + 1)
    assert set(heirs) <= REAL.valid_in(last + 1)
    if (old, last) == ("1613", 2017):
        assert heirs == ("5012",)
    elif row["kind"] == "split":
        assert heirs == targets
    elif old == "0714":
        assert heirs == ("0713", "0715")
    else:
        (heir,) = heirs
        assert new in REAL.leads_to(heir)
        assert heir == new or REAL.standing(new, last + 1) == "later" or REAL.is_called_alike(heir, old)


def test_all_rows_of_the_change_table_are_looked_at() -> None:
    assert (len(CHANGES), len({row["old_number"] for row in CHANGES})) == (484, 478)


def test_who_received_a_part_of_what_was_split() -> None:
    assert sorted({str(row["new_number"]) for row in CHANGES if row["kind"] == "split"}) == [*RECEIVED_A_PART]


@pytest.mark.parametrize(
    ("number", "year", "earlier"),
    [("3203", 2023, "3025"), ("0301", 2017, "0301"), ("5001", 2019, "5001"), ("5001", 2017, None)],
)
def test_the_number_that_the_same_municipality_had(number: str, year: int, earlier: str | None) -> None:
    assert REAL.earlier(number, year) == earlier


def test_the_pack_knows_its_periods_years_and_former_municipalities() -> None:
    assert (pack().year("2024"), pack().year("2019"), pack().year("")) == (2024, TODAY, TODAY)
    assert pack().valid_numbers("2024") == pack().valid_numbers("") == pack().municipality_numbers
    assert (pack().is_fictional("5030"), pack().is_fictional("9901")) == (False, True)
    assert pack().numbers.standing("0302", 2019) is None
    assert pack().numbers.told(["5030", "5001"]) == ["5030 Klæbu", "5001 Trondheim"]
    with pytest.raises(KeyError):
        pack().numbers.parts("0302", 2019)


# What a pack may say of numbers and years

HEADERS = {
    "municipality_change": "old_number,old_name,first_year,last_year,new_number,new_name,kind",
    "participant": "municipality_number,period",
}


@pytest.mark.parametrize(
    ("table", "rows", "column", "says"),
    [
        ("municipality_change", ["1103,Stavanger,,2019,0301,Oslo,merged"], "old_number", "number of today"),
        ("municipality_change", ["8801,A,2020,2019,0301,Oslo,merged"], "last_year", "2019 is before 2020"),
        (
            "municipality_change",
            ["8801,A,,2019,0301,Oslo,split", "8801,A,,2020,1103,Stavanger,split"],
            "old_name, first_year, last_year",
            "8801 differs from row to row",
        ),
        ("participant", ["5030,2024"], "municipality_number", "5030 was valid up to 2019, not in 2024"),
        ("participant", ["8802,2024"], "municipality_number", "8802 is no municipality of the pack"),
    ],
)
def test_what_cannot_have_been_is_named(
    tmp_path: Path, table: str, rows: list[str], column: str, says: str
) -> None:
    (tmp_path / f"{table}.csv").write_text("\n".join([HEADERS[table], *rows, ""]), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_pack([BASE_PACK, tmp_path])
    (problem,) = caught.value.problems
    assert (problem.column, problem.file.name) == (column, f"{table}.csv")
    assert says in problem.found


@pytest.mark.parametrize(
    ("number", "period", "is_sound"),
    [("5030", "2019", True), ("5059", "2019", False), ("5001", "2017", False), ("5030", "2017", False)],
)
def test_a_participant_of_an_earlier_period_stands_under_its_number_of_then(
    tmp_path: Path, number: str, period: str, is_sound: bool
) -> None:
    old = "instrument_id,name_nb,name_en,valid_from,valid_to\ngammel,Gammel,Old,2010-01-01,2023-12-31\n"
    (tmp_path / "instrument.csv").write_text(old, encoding="utf-8")
    (tmp_path / "period.csv").write_text(f"period,instrument_id\n{period},gammel\n", encoding="utf-8")
    own = f"{HEADERS['participant']}\n{number},{period}\n"
    (tmp_path / "participant.csv").write_text(own, encoding="utf-8")
    if is_sound:
        assert number in load_pack([BASE_PACK, tmp_path]).valid_numbers(period)
        return
    with pytest.raises(PackError, match=f"{number} is valid from 20.., not in {period}"):
        load_pack([BASE_PACK, tmp_path])
