"""The app's words, numbers and tables, without a browser."""

from __future__ import annotations

import csv
import re
from datetime import date

import polars as pl
import pytest

from app import charts, findings, peers
from app.findings import Words
from app.plain import escaped
from app.standing import conclusion, movement, standing
from app.tables import csv_file, for_download, table, worst_first
from app.texts import AREA_OF, TEXTS, advice, grouped, number, text
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import RULES
from pipelines.reference.export_text import neutral_csv
from tests.support import BASE_PACK, ROOT

SOURCES = {path: path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py")}


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


@pytest.mark.parametrize("name", ["=1+1.csv", "@a.csv", " -x.csv", "+x.csv", "systemer.csv", "a=b.csv", ""])
def test_a_file_name_in_a_downloaded_table_is_no_formula(name: str) -> None:
    assert for_download(name) == neutral_csv(name)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[klikk](x) *viktig* $x^2$", r"\[klikk\]\(x\) \*viktig\* \$x\^2\$"),
        ("Ås 1. del\n# to", r"Ås 1\. del \# to"),
        ("http://evil.example", "http\u2060\\:\\/\\/evil\\.example"),
        ("www.evil.example", "www\u2060\\.evil\\.example"),
        ("a@evil.example", "a\u2060\\@evil\\.example"),
        ("Lillevik – Ås", "Lillevik – Ås"),
    ],
)
def test_a_name_is_no_markup(written: str, shown: str) -> None:
    assert escaped(written) == shown


@pytest.mark.parametrize(
    ("unit", "value", "rank", "percentile", "said"),
    [
        ("level", 2.0, None, 57.1, "–"),
        ("level", 3.0, None, 92.9, "bedre enn 93\u00a0%"),
        ("points", 2.0, None, 57.1, "bedre enn 57\u00a0%"),
        ("level", 2.0, 1, None, "nr.\u00a01 av\u00a07"),
        ("level", 2.0, None, None, "–"),
    ],
)
def test_better_than_is_not_said_of_a_level_that_others_share(
    unit: str, value: float, rank: int | None, percentile: float | None, said: str
) -> None:
    row = {"indicator_id": "MOD_LVL", "unit": unit, "value": value}
    peers = pl.DataFrame({"indicator_id": ["MOD_LVL"] * 6, "value": [1.0, 1.0, 2.0, 2.0, 2.0, 2.0]})
    position = {"rank": rank, "percentile": percentile, "n_municipalities": 7}
    assert standing(row, position, peers, "nb") == said
    assert standing(row, None, peers, "nb") == "–"


def test_the_worst_delivery_stands_first() -> None:
    deliveries = pl.DataFrame(
        [
            ("good", "accepted", 0, 9),
            ("few", "partly_accepted", 2, 2),
            ("most", "partly_accepted", 5, 5),
            ("bad", "rejected", None, 1),
            ("double", "conflict", None, 1),
        ],
        schema=["delivery_id", "status", "rows_quarantined", "n_findings"],
        orient="row",
    )
    assert worst_first(deliveries)["delivery_id"].to_list() == ["bad", "double", "most", "few", "good"]


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same_things(key: str) -> None:
    nb, en = TEXTS[key]
    assert nb
    assert en
    assert placeholders(nb) == placeholders(en)


def test_every_key_that_a_page_asks_for_exists_and_no_text_is_left_over() -> None:
    code = "".join(source for path, source in SOURCES.items() if path.name != "texts.py")
    asked = {key for key in re.findall(r'(?:say|text)\(\s*"(\w+)"', code) if not key.endswith("_")}
    assert asked <= set(TEXTS)
    made_of_parts = (
        "do_",
        "reason_",
        "status_",
        "severity_",
        "kind_",
        "mode_",
        "area_",
        "group_",
        "find_",
        "shared_n_",
        "collected_",
        "missing_",
        "movement_",
        "moves_",
        "master_",
        "change_",
        "teacher",
        "sign_",
        "unit_",
        "better_",
        "advise_",
        "target_",
        "next_",
    )
    from_the_data = {"small", "medium", "large", "above", "below", "across", "unresolved"}
    from_the_data |= {
        "stable",
        "unstable",
        "stable_unknown",
        "stable_lead",
        "stable_none",
        "yes",
        "no",
        "unknown",
        "favourable",
        "unfavourable",
        "sure",
        "seeming",
    }
    left_over = {key for key in TEXTS if not key.startswith(made_of_parts)} - asked - from_the_data
    assert left_over == set()


def codes(table_name: str, column: str) -> set[str]:
    with (BASE_PACK / f"{table_name}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_every_code_that_data_may_hold_has_its_words() -> None:
    needed = {f"unit_{unit}" for unit in codes("indicator", "unit")}
    needed |= {f"better_{better}" for better in codes("indicator", "better")}
    # The owners together have no value of a single municipality's.
    families = codes("indicator", "family") - {"SBO"}
    needed |= {f"area_{AREA_OF.get(family, family)}" for family in families}
    needed |= codes("size_class", "size_class")
    needed |= {f"kind_{kind.id}" for kind in load_contract().kinds}
    needed |= {f"severity_{severity}" for severity in RULES.values()}
    assert needed <= set(TEXTS)


def test_advice_is_for_indicators_of_the_catalogue() -> None:
    known = codes("indicator", "indicator_id")
    assert {key.removeprefix("do_") for key in TEXTS if key.startswith("do_")} <= known
    assert advice("PRO_OWNX", "nb").endswith(".")
    assert advice("MOD_IDX", "nb") == ""


@pytest.mark.parametrize(
    ("value", "unit", "nb", "en"),
    [
        (None, "percent", "–", "–"),
        (0.0, "percent", "0", "0"),
        (-0.2, "points", "0", "0"),
        (33.4, "percent", "33", "33"),
        (3.456, "count", "3,46", "3.46"),
        (-2.5, "count", "\u22122,50", "-2.50"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float | None, unit: str, nb: str, en: str) -> None:
    assert (number(value, unit, "nb"), number(value, unit, "en")) == (nb, en)


def test_thousands_are_told_apart() -> None:
    assert grouped(1234567, "nb") == "1\u00a0234\u00a0567"
    assert grouped(1234567, "en") == "1,234,567"


def test_an_unknown_key_fails() -> None:
    with pytest.raises(KeyError):
        text("no such text", "nb")


def test_whatever_stands_in_a_cell_is_escaped() -> None:
    html = table([{"Kommune": "<script>alert(1)</script>", "Verdi": '"><img src=x>'}], "a & b", ["Verdi"])
    assert "<script>" not in html
    assert "<img" not in html
    assert "a &amp; b" in html
    assert '<th scope="row">' in html


def test_pages_hold_no_sql() -> None:
    for path, source in SOURCES.items():
        if path.parent.name == "views":
            assert not re.search(r"duckdb|\bselect \w", source), path


def test_a_chart_without_values_has_no_empty_layer() -> None:
    empty = pl.DataFrame(
        schema={"group": pl.String, "value": pl.Float64, "label": pl.String, "jitter": pl.Float64}
    )
    chart = charts.group_dots(empty, empty.drop("jitter"), empty, ["Små"], "percent", "prosent", "tom")
    assert len(chart.to_dict()["layer"]) == 1
    assert chart.to_dict()["description"] == "tom"


# Peer groups


def groups_of(**members: list[str]) -> pl.DataFrame:
    """Groups by ``type__name``, with the municipalities that stand in them."""
    rows = [(*key.split("__"), number) for key, numbers in members.items() for number in numbers]
    return pl.DataFrame(rows, schema=["peer_group_type", "peer_group", "municipality_number"], orient="row")


@pytest.mark.parametrize(
    ("n_owners", "first"), [(1, "size_class"), (2, "owners"), (10, "owners"), (11, "size_class")]
)
def test_the_owners_stand_first_where_they_are_few_and_not_alone(n_owners: int, first: str) -> None:
    numbers = [f"99{i:02}" for i in range(n_owners)]
    groups = groups_of(owners__body=numbers, size_class__small=[*numbers, "1000"])
    assert peers.first_choice(groups, "9900") == first
    assert peers.first_choice(groups, "1000") == "size_class"
    assert peers.first_choice(groups, None) == "size_class"


def test_the_nearest_of_a_municipality_are_not_those_it_is_a_neighbour_of() -> None:
    groups = groups_of(nearest__1=["1", "2", "3"], nearest__2=["2", "1"])
    assert peers.own_group(groups, "nearest", "1") == "1"
    assert peers.own_group(groups, "nearest", "3") is None
    assert sorted(peers.own_groups(groups, "1")["municipality_number"]) == ["1", "2", "3"]


# What may be said


@pytest.mark.parametrize(
    ("status", "size", "low", "high", "said"),
    [
        ("ok", 12.0, 3.0, 21.0, "Økt med 12 (3 til 21) siden 2025"),
        ("ok", -12.0, -21.0, -3.0, "Gått ned med 12 (\u221221 til \u22123) siden 2025"),
        ("ok", 5.0, 5.0, 5.0, "Økt med 5 siden 2025"),
        ("ok", 12.0, 0.0, 24.0, "Ingen sikker endring siden 2025 (0 til 24)"),
        ("ok", -12.0, -24.0, 0.0, "Ingen sikker endring siden 2025 (\u221224 til 0)"),
        ("ok", 12.0, -1.0, 25.0, "Ingen sikker endring siden 2025 (\u22121 til 25)"),
        ("ok", 0.0, 0.0, 0.0, "Uendret siden 2025"),
        ("ok", 0.0, None, None, "Uendret siden 2025"),
        ("ok", 1.0, None, None, "1 høyere enn i 2025, usikkerheten er ukjent"),
        ("ok", -1.0, None, None, "1 lavere enn i 2025, usikkerheten er ukjent"),
        ("break_in_series", None, None, None, "Brudd i tidsserien"),
        ("no_earlier_value", None, None, None, "Ingen tidligere verdi"),
        ("not_delivered", None, None, None, "–"),
    ],
)
def test_a_change_is_said_as_surely_as_its_interval_allows(
    status: str, size: float | None, low: float | None, high: float | None, said: str
) -> None:
    change = {
        "status": status,
        "change": size,
        "change_low": low,
        "is_sure": low is not None and high is not None and (low > 0 or high < 0),
        "change_high": high,
        "previous_period": "2025",
    }
    assert movement(change, "points", "nb") == said
    assert movement(None, "points", "nb") == "–"


@pytest.mark.parametrize(
    ("found", "is_stable", "said"),
    [
        ("above", True, "Over midten (stabil)"),
        ("below", False, "Under midten (ulikt i ulike grupper)"),
        ("across", None, "Kan ikke skilles fra midten (for få til å si om den er stabil)"),
        ("unresolved", True, "Uavklart: for mye er ubesvart"),
        (None, None, "–"),
    ],
)
def test_a_conclusion_says_whether_it_is_stable(found: str | None, is_stable: bool | None, said: str) -> None:
    position = {"conclusion": found, "is_favourable": None, "is_conclusion_stable": is_stable}
    assert conclusion(position, "nb", with_stability=True) == said
    assert conclusion(position, "nb", with_stability=False) == said.partition(" (")[0]
    assert conclusion(None, "nb", with_stability=True) == "–"


# Findings


WORDS = Words(
    "nb",
    {
        "data_object": {"person": "Person"},
        "focus_area": {"health": "Helse", "school": "Skole"},
        "process": {"permit": "Tillatelse"},
    },
)


def test_the_matrix_tells_master_unanswered_and_systems_of_one_name_apart() -> None:
    objects = pl.DataFrame({"data_object_id": ["person"]})
    cells = pl.DataFrame(
        [
            ("person", "s1", "Fag", "CU", "maintains", True),
            ("person", "s2", "Fag", None, "open", None),
            ("person", "s3", "Arkiv", "R", "none", False),
            ("person", "s4", "Sak", "x", "holds", False),
            ("address", "s5", "Kart", "CU", "maintains", True),
        ],
        schema=["data_object_id", "system_key", "system_name", "operations", "state", "is_master"],
        orient="row",
    )
    assert findings.crud_matrix(objects, cells, WORDS) == [
        {"Dataobjekt": "Person", "Fag (s1)": "CU ★", "Fag (s2)": "?", "Sak": "x"}
    ]


def test_a_pair_of_areas_that_shares_objects_without_an_exchange_has_a_ring() -> None:
    silos = pl.DataFrame(
        [("health", "health", 4, 0), ("health", "school", 2, 0), ("school", "school", None, None)],
        schema=["focus_area_a", "focus_area_b", "n_objects", "n_exchanges"],
        orient="row",
    )
    assert findings.silo_matrix(silos, "n_objects", WORDS) == [
        {"Satsingsområde": "Helse", "I området selv": "4", "Skole": "2 ○"},
        {"Satsingsområde": "Skole", "I området selv": "–", "Skole": ""},
    ]
    assert findings.silo_matrix(silos, "n_exchanges", WORDS)[0]["Skole"] == "0"


def test_the_process_map_tells_none_from_not_delivered() -> None:
    columns = [
        "process_id",
        "municipality_number",
        "is_delivered",
        "is_absent",
        "ownership",
        "is_described_recently",
        "is_measured",
    ]
    rows = [
        ("permit", "1", True, False, "line_manager", True, None),
        ("permit", "2", True, False, "none", False, None),
        ("permit", "3", True, True, None, None, None),
        ("permit", "4", False, False, None, None, None),
        ("nobody", "1", False, False, None, None, None),
    ]
    processes = pl.DataFrame(rows, schema=columns, orient="row")
    of = [("1", "Ås"), ("2", "Bø"), ("3", "Os"), ("4", "Os")]
    assert findings.process_matrix(processes, of, WORDS) == [
        {"Prosess": "Tillatelse", "Ås": "E B", "Bø": "–", "Os (3)": "har ikke", "Os (4)": ""}
    ]


def test_an_initiative_says_what_moved_and_what_is_unknown() -> None:
    initiative = {
        "initiative": "=1+1",
        "decided_date": date(2025, 8, 28),
        "initiative_status": None,
        "is_mapped": None,
        "is_owned": True,
        "is_benefit_measured": False,
        "processes": "permit; Egen",
        "owner_movement": "improved",
        "description_movement": "unknown",
        "measurement_movement": "mixed",
    }
    (row,) = findings.initiatives(pl.DataFrame([initiative]), WORDS)
    assert list(row.values()) == [
        "=1+1",
        "28.08.2025",
        "–",
        "ukjent",
        "ja",
        "nei",
        "Tillatelse, Egen",
        "eier: bedre, måling: både bedre og svakere",
    ]
    assert csv_file([row]).decode("utf-8-sig").splitlines()[1].startswith("'=1+1;28.08.2025;")


def test_a_file_to_take_along_keeps_numbers_and_holds_no_formula() -> None:
    rows = [
        {"Navn": "@a", "Antall": 2},
        {"Navn": "b;c", "Antall": "ukjent"},
        {"Navn": "\t=d", "Antall": None},
    ]
    lines = csv_file(rows).decode("utf-8-sig").splitlines()
    assert lines == ["Navn;Antall", "'@a;2", '"b;c";ukjent', "'\t=d;"]
