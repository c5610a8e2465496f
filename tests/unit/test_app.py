"""The app's words, numbers and tables, without a browser."""

from __future__ import annotations

import csv
import re

import polars as pl
import pytest

from app import charts
from app.plain import escaped
from app.standing import standing
from app.tables import for_download, table, worst_first
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
    )
    from_the_data = {"small", "medium", "large", "above", "below", "across", "unresolved"}
    from_the_data |= {"stable", "unstable", "stable_unknown", "yes", "no", "unknown"}
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
