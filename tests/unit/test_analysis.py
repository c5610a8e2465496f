"""explain and what-if without a run: texts, numbers, names, and what an assumption does to delivered rows."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.analysis import explain_lines, finding, what_if_lines
from pipelines.analysis.assuming import CELL_ANSWERS, PROCESS_ANSWERS, Change, apply
from pipelines.analysis.built import AnalysisError, errors_in
from pipelines.analysis.explain import Explanation, shown_columns
from pipelines.analysis.survey_counts import ItemCount
from pipelines.analysis.things import Thing
from pipelines.analysis.what_if import Answer, Left, Moved, RegisterIsMaster
from pipelines.analysis.wording import LANGUAGES, TEXTS, Language, number, say
from pipelines.ingest.contract import load_contract
from pipelines.storage.lake import dataset_columns
from tests.support import BASE_PACK

ROOM = TEXTS.parent
texts: dict[str, dict[str, str]] = yaml.safe_load(TEXTS.read_text("utf-8"))


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(texts))
def test_every_text_stands_in_both_languages_with_the_same_places(key: str) -> None:
    assert set(texts[key]) == set(LANGUAGES)
    places = [re.findall(r"{(\w+)}", text) for text in texts[key].values()]
    assert sorted(places[0]) == sorted(places[1])
    assert all(text.strip() for text in texts[key].values())


def test_a_text_that_is_not_there_is_an_error() -> None:
    assert say("rank", "nb", rank=1, n=6) == "plass 1 av 6"
    with pytest.raises(KeyError):
        say("nothing of the kind", "nb")


@pytest.mark.parametrize(
    ("value", "lang", "decimals", "text"),
    [
        (None, "nb", 1, "–"),
        (12.345, "nb", 1, "12,3"),
        (12.345, "en", 2, "12.35"),
        (-3.5, "en", 1, "−3.5"),
        (-0.04, "nb", 1, "0,0"),
        (66.0, "nb", 0, "66"),
    ],
)
def test_numbers_are_written_as_in_the_language(
    value: float | None, lang: Language, decimals: int, text: str
) -> None:
    assert number(value, lang, decimals) == text


# --- names ------------------------------------------------------------------------------------------

NAMES = {"PRO_OWN": "PRO_OWN", "Prosesser med eier": "PRO_OWN", "PRO_OWNX": "PRO_OWNX"}


@pytest.mark.parametrize("text", ["PRO_OWN", "pro_own", " prosesser  med EIER "])
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert finding.find(text, NAMES, "indicator", "the catalogue") == "PRO_OWN"


def test_an_unknown_name_gets_the_nearest_as_they_are_written() -> None:
    with pytest.raises(AnalysisError, match=r"no indicator 'PRO_OWM' in the catalogue; did you mean PRO_OWN"):
        finding.find("PRO_OWM", NAMES, "indicator", "the catalogue")
    with pytest.raises(AnalysisError, match=r"there is Prosesser med eier \(PRO_OWN\), PRO_OWNX"):
        finding.find("zzz", NAMES, "indicator", "the catalogue")
    with pytest.raises(AnalysisError, match=r"did you mean Prosesser med eier \(PRO_OWN\)"):
        finding.find("Prosesser med eiere", NAMES, "indicator", "the catalogue")
    many = {str(name): str(name) for name in range(100, 200)}
    with pytest.raises(AnalysisError, match="there are 100"):
        finding.find("zzz", many, "municipality", "period 2026")


def test_an_error_is_told_in_the_language_and_with_the_names_of_ids() -> None:
    error = AnalysisError("error_not_granted", process="p1", data_object="o1")
    assert str(error) == "the reference pack grants p1 no register for o1"
    named = error.with_names({"nb": {"p1": "Byggesøknad"}, "en": {"p1": "Permit"}})
    assert named.told("nb") == "referansepakken gir ikke Byggesøknad (p1) noe register for o1"
    assert str(named) == "the reference pack grants Permit (p1) no register for o1"
    with pytest.raises(AnalysisError, match=r"^referansepakken gir ikke p1"), errors_in("nb"):
        raise error
    area = {"a": "a", "Helse": "a", "Health": "a"}
    with pytest.raises(AnalysisError, match=r"did you mean Helse \(a\)\?") as raised:
        finding.find("Helsa", area, "focus_area", finding.place("where_pack"))
    assert raised.value.told("nb") == (
        "fant ikke satsingsområdet «Helsa» i referansepakken; mente du Helse (a)?"
    )
    with pytest.raises(AnalysisError, match=r"there is Health \(a\)"):
        finding.find("zzz", area, "focus_area", finding.place("where_pack"))


def test_the_first_of_two_that_read_alike_is_meant() -> None:
    assert finding.find("sak", {"Sak": "pack", "SAK": "own"}, "process", "x") == "pack"


# --- what explain shows -----------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", sorted(shown_columns()))
def test_what_is_shown_of_a_row_is_there_and_has_a_heading(dataset: str) -> None:
    spec = shown_columns()[dataset]
    sheet = load_contract().sheet_by_id[spec["sheet"]]
    shown = {c for key, names in spec.items() if key not in {"sheet", "thing", "named"} for c in names}
    # The gate adds the keys of the systems that the names mean.
    assert shown <= {*dataset_columns()[dataset], "system_keys"}
    assert [name for name in shown if name not in sheet.by_name and f"column_{name}" not in texts] == []


def explanation(**value: Any) -> Explanation:
    row = {
        "name": "Granvåg", "municipality_number": "9904", "period": "2026", "focus_area": "all",
        "boundary": "delivered", "collection_mode": "register", "status": "ok", "value": 50.0,
        "numerator": 1.0, "denominator": 2.0, "n": 3, "lower_bound": 33.0, "upper_bound": 67.0,
        "ci_low": None, "ci_high": None, "coverage": 66.7,
    }  # fmt: skip
    indicator = {
        "indicator_id": "PRO_OWN", "family": "PRO", "unit": "percent", "formula": "100 · owned ÷ all",
        "better": "up", "name_nb": "Prosesser med eier", "name_en": "Processes with an owner",
        "description_nb": "Andel med eier. Mer.", "description_en": "Share with an owner. More.",
    }  # fmt: skip
    used = {
        "dataset": "process", "used_for": "value", "delivery_id": "d1", "sheet": "", "is_quarantined": False,
    }  # fmt: skip
    rows = [
        {**used, "thing": "p1", "row_number": 2, "said": {"is_absent": False, "ownership": "line_manager"}},
        {**used, "thing": "p2", "row_number": 3, "said": {"is_absent": False, "ownership": None}},
        {**used, "thing": "p3", "row_number": 4, "said": {"is_absent": True, "ownership": None}},
    ]
    rows[1] |= {"is_quarantined": True, "sheet": "Prosesser"}
    rows[2] |= {"used_for": "coverage"}
    file = {"delivery_id": "d1", "file_name": "prosesser.csv", "kind": "processes", "sha256": "ab" * 32}
    named: dict[Language, dict[str, str]] = {
        "nb": {"process:p1": "Byggesøknad"},
        "en": {"process:p1": "Building application"},
    }
    things = (
        Thing((("process", "p4"),), "no", said="none", row=("process", "p4")),
        Thing((("process", "p2"),), "unknown", row=("process", "p2")),
        Thing((("process", "p5"),), "unknown", said="not_listed", row=("process", "p5")),
        Thing((("process", "p1"),), "yes", said="line_manager", row=("process", "p1")),
    )
    return Explanation({**row, **value}, indicator, (), tuple(rows), (file,), named, things)


def told(what: Explanation, lang: Language = "nb", *, show_all: bool = False) -> list[str]:
    return list(explain_lines.lines(what, lang, show_all=show_all))


HEAD = [
    "Prosesser med eier (PRO_OWN): Granvåg 9904 2026",
    "  hele kommunen · slik den leverte · registre",
    "",
    "Andel med eier.",
    "Formel: 100 · owned ÷ all",
    "Med tallene i: 100 · 1 ÷ 2 = 50,00 %",
    "Status: regnet ut",
    "Grenser: 33,0 til 67,0 · Dekning: 66,7 % · n: 3",
    "Høyere er bedre",
    "",
]
THINGS = [
    "Det som telles (4): 1 ja, 1 nei, 2 ukjent",
    "  nei     p4: ingen",
    "  ukjent  p2 (prosesser.csv, rad 3; satt til side, teller som ukjent)",
    "  ukjent  p5: prosessen er ikke levert",
    "  ja      Byggesøknad: linjeleder (prosesser.csv, rad 2)",
    "",
]
FILES = ["Filene:", "  prosesser.csv (prosesser, d1)", f"    sha256 {'ab' * 32}"]


def test_an_explanation_tells_formula_numbers_things_and_files() -> None:
    assert told(explanation()) == [*HEAD, *THINGS, *FILES]


def test_all_tells_the_rows_too() -> None:
    rows = [
        "Radene bak tallet (3 av 3):",
        "  Byggesøknad: har ikke = nei, eierskap = linjeleder",
        "    prosesser.csv, rad 2",
        "  p2: har ikke = nei, eierskap = – [satt til side, teller som ukjent]",
        "    prosesser.csv, ark Prosesser, rad 3",
        "  p3: har ikke = ja, eierskap = – (bare til dekningen)",
        "    prosesser.csv, rad 4",
        "",
    ]
    assert told(explanation(), show_all=True) == [*HEAD, *THINGS, *rows, *FILES]


def test_an_explanation_in_english() -> None:
    lines = told(explanation(), "en", show_all=True)
    assert "  Building application: does not have it = no, ownership = line manager" in lines
    assert "  yes      Building application: line manager (prosesser.csv, row 2)" in lines
    assert "With the numbers in: 100 · 1 ÷ 2 = 50.00 %" in lines


def test_target_place_change_and_release_stand_by_the_value() -> None:
    place = {**PLACE, "peer_group_type": "owners"}
    change = {
        "change": 5.0,
        "previous_period": "2025",
        "change_low": 1.0,
        "change_high": 9.0,
        "is_sure": True,
    }
    around = {"target": 100.0, "place": place, "change": change, "release": "r1", "is_hidden": False}
    lines = told(replace(explanation(), around=around))
    assert lines[8:12] == [
        "Høyere er bedre; mål: 100 %",
        "Plass: eierne, plass 3 av 6, uavklart",
        "Endring siden 2025: +5,0 prosentpoeng (1,0 til 9,0; sikker endring)",
        "Utgave: r1",
    ]
    hidden = told(replace(explanation(), around={**around, "is_hidden": True}))
    assert "Skjult i utgaven, siden få står bak: skal ikke deles videre." in hidden
    assert not any("Skjult" in line for line in lines)
    unsure = {**around, "change": {**change, "change_low": 0.0, "is_sure": False}, "release": None}
    lines = told(replace(explanation(), around=unsure), "en")
    assert "Change since 2025: +5.0 percentage points (0.0 to 9.0; may be no change)" in lines
    assert "Release: not published" in lines


def test_a_value_that_is_none_is_told_in_words_and_without_numbers() -> None:
    lines = told(explanation(status="insufficient_coverage", value=None))
    assert "Status: for lite er besvart" in lines
    assert not any(line.startswith("Med tallene i") for line in lines)


def test_composites_and_differences_show_their_parts() -> None:
    parts = (
        {"indicator_id": "PO1", "status": "ok", "value": 40.0, "name_nb": None},
        {"indicator_id": "PRO_OWN", "status": "ok", "value": 65.0, "name_nb": "Prosesser med eier"},
    )
    base = explanation(value=-25.0, numerator=None, denominator=None, ci_low=-38.0, ci_high=-12.0)
    points = {**base.indicator, "unit": "points", "better": "near_zero"}
    gap = told(replace(base, parts=parts, indicator=points))
    assert "Med tallene i: PO1 40,00 − PRO_OWN 65,00 = −25,00 poeng" in gap
    assert "Begge under ett: −38,0 til 67,0" in gap
    assert "Det oppleves 25,0 poeng mindre eierskap enn det er dokumentert." in gap
    assert "  Spørsmålet (PO1): 40,0" in gap
    missing = ({**parts[0], "status": "too_few_respondents", "value": None}, parts[1])
    index = replace(base, parts=missing, indicator={**points, "family": "MOD"})
    assert "Med tallene i: PO1 for få respondenter, PRO_OWN 65,00 → −25,00 poeng" in told(index)


def test_things_and_rows_beyond_the_first_are_counted_unless_all_are_asked_for() -> None:
    base = explanation()
    many = replace(base, used=base.used * 20, things=base.things * 15)  # sixty of each
    assert "  … og 35 til (--all viser alle)" in told(many)
    everything = told(many, show_all=True)
    assert sum(line.startswith("    prosesser.csv") for line in everything) == 60
    assert sum(line.startswith(("  ja", "  nei", "  ukjent")) for line in everything) == 60
    assert "Radene bak tallet (60 av 60):" in everything


def test_the_systems_behind_a_thing_are_named_the_most_first() -> None:
    base = explanation()
    indicator = {**base.indicator, "family": "DUP", "indicator_id": "DUP_UNC"}
    things = (
        Thing((("data_object", "o1"),), "yes", 5, certain=("s1", "s2", "s3", "s4", "s5")),
        Thing((("data_object", "o2"),), "yes", 1, certain=("s1",), possible=("s2",)),
        Thing((("data_object", "o3"),), "unknown", 0, possible=("s2",)),
    )
    names: dict[Language, dict[str, str]] = {"nb": {"data_object:o1": "Person", "system:s1": "Arkivet"}}
    lines = told(replace(base, indicator=indicator, things=things, names=names))
    assert lines[10:15] == [
        "Flest systemer: Person (5)",
        "Det som telles (3), med antall systemer:",
        "  5       Person: Arkivet, s2, s3 og 2 til",
        "  1       o2: Arkivet; kanskje s2",
        "  ukjent  o3: kanskje s2",
    ]


def test_the_most_loaded_roles_are_named() -> None:
    base = explanation()
    indicator = {**base.indicator, "family": "KEY", "indicator_id": "KEY1"}
    loaded = ({"role_key": "role:r1", "n": 7}, {"role_key": "text:vaktmester", "n": 2})
    names: dict[Language, dict[str, str]] = {"nb": {"role:r1": "IKT-leder"}}
    lines = told(replace(base, indicator=indicator, loaded=loaded, names=names))
    assert "Eier mest: IKT-leder (7), vaktmester (2)" in lines


def test_answers_are_told_as_counts_and_those_of_too_few_never() -> None:
    ends = ({"nb": "uenig", "en": "disagree"}, {"nb": "enig", "en": "agree"})
    answers = (
        ItemCount("PU1", "Kart", "Map", {"1": 2, "5": 3, "dont_know": 1}, *ends),
        ItemCount("PU2", "Beskrevet", "Described", None, *ends),
    )
    base = explanation()
    answer = {**base.used[0], "dataset": "survey_answer", "thing": "PU1"}
    used = (
        {**answer, "said": {"answer_status": "ok", "answer": 5}},
        {**answer, "thing": "PU2", "said": None},
    )
    what = replace(base, things=(), answers=answers, used=used)
    assert told(what)[10:15] == [
        "Svarene, fra 1 (uenig) oppover (enig), med antall respondenter:",
        "  PU1 Kart",
        "    1: 2 · 5: 3 · vet ikke: 1",
        "  PU2 Beskrevet",
        "    for få respondenter til at svarene vises",
    ]
    assert "Radene bak tallet (2 av 2):" not in told(what)
    everything = told(what, show_all=True)
    assert "  PU1: svart = svart, svar = 5" in everything
    assert "  PU2: for få respondenter til at svarene vises" in everything
    assert [row["said"] for row in json.loads(explain_lines.as_json(what))["used"]] == [None, None]
    said = [row["said"] for row in json.loads(explain_lines.as_json(what, show_all=True))["used"]]
    assert said == [{"answer_status": "ok", "answer": 5}, None]


@pytest.mark.parametrize(
    ("code", "lang", "words"),
    [("CU", "nb", "oppretter, endrer"), ("x", "en", "is there"), ("dont_know", "nb", "vet ikke")],
)
def test_codes_are_told_in_words(code: str, lang: Language, words: str) -> None:
    base = explanation()
    dataset, column = (
        ("survey_answer", "answer_status") if "_" in code else ("system_data_object", "operations")
    )
    row = {**base.used[0], "dataset": dataset, "said": {column: code}}
    lines = told(replace(base, used=(row,), names={"nb": {}, "en": {}}), lang, show_all=True)
    assert any(line.endswith(f" = {words}") for line in lines)


def test_every_formula_of_the_catalogue_stands_in_norwegian() -> None:
    with (BASE_PACK / "indicator.csv").open(encoding="utf-8", newline="") as file:
        written = {row["formula"] for row in csv.DictReader(file)}
    content = yaml.safe_load(explain_lines.FORMULAS.read_text("utf-8"))
    assert set(content) == written
    indicator = {"formula": "100 · measured processes ÷ core processes with a known answer"}
    assert explain_lines.formula(indicator, "nb").startswith("100 · målte prosesser ÷")
    assert explain_lines.formula(indicator, "en") == indicator["formula"]


def test_without_rows_it_is_said() -> None:
    base = explanation(status="not_delivered", value=None)
    empty = replace(base, used=(), files=(), things=())
    assert told(empty)[-1] == ""
    assert "Ingen rader står bak tallet." in told(empty)


def test_json_has_everything_but_the_words() -> None:
    found = json.loads(explain_lines.as_json(explanation()))
    assert set(found) == {
        "value", "indicator", "parts", "used", "files", "things", "loaded", "answers", "around",
    }  # fmt: skip
    assert len(found["used"]) == 3
    assert found["things"][0]["answer"] == "no"


# --- what what-if shows -----------------------------------------------------------------------------

VALUE = {
    "status": "ok", "value": 50.0, "lower_bound": 40.0, "upper_bound": 60.0, "ci_low": None, "ci_high": None,
    "numerator": 5.0, "denominator": 10.0, "n": 12, "coverage": 80.0,
}  # fmt: skip
PLACE = {
    "peer_group": "g", "n_municipalities": 6, "rank": 3, "percentile": None, "gap_to_median": 1.0,
    "conclusion": "unresolved",
}  # fmt: skip


def answer(after: dict[str, Any], unit: str = "percent", better: str = "up", **places: Any) -> Answer:
    moved = Moved("PRO_OWN", "register", VALUE, {**VALUE, **after}, places, unit, better)
    changes = (Change("give_owner", "p1"), Change("appoint_master", "s1", "o1"))
    return Answer("9904", "2026", changes, (moved,))


WORDS = {
    "9904": "Granvåg",
    "PRO_OWN": "Prosesser med eier",
    "process:p1": "Byggesøknad",
    "system:s1": "Arkivet",
    "data_object:o1": "Person",
}


def test_an_answer_tells_what_was_assumed_and_what_moves() -> None:
    higher = {**PLACE, "rank": 2, "conclusion": "above"}
    given = answer(
        {"value": 55.0, "lower_bound": 45.0, "numerator": 5.5},
        owners=(PLACE, higher), county=(PLACE, PLACE), all=(None, PLACE),
    )  # fmt: skip
    head = [
        "Antatt for Granvåg (9904), 2026:",
        "  Byggesøknad (p1) har en prosesseier på tvers",
        "  Arkivet (s1) er master for Person (o1)",
        "",
        "Én indikator endrer seg:",
        "  Prosesser med eier (PRO_OWN)",
        "    50,0 % (5 av 10) → 55,0 % (5,50 av 10): bedre",
        "    grenser: 40,0 til 60,0 → 45,0 til 60,0",
        "    eierne: plass 3 av 6, uavklart → plass 2 av 6, over de andre",
    ]
    tail = ["", "Regnet ut på en kopi av siste kjøring. Ingenting er lagret eller publisert."]
    assert list(what_if_lines.lines(given, WORDS, "nb")) == [*head, *tail]
    assert list(what_if_lines.lines(given, WORDS, "nb", show_all=True)) == [
        *head,
        "    alle: ikke blant de andre → plass 3 av 6, uavklart",
        "    som før: fylket plass 3 av 6, uavklart",
        *tail,
    ]


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ({"value": 50.02, "numerator": 6}, "    50.00 % (5 of 10) → 50.02 % (6 of 10): better"),
        ({"coverage": 85.0}, "    Coverage: 80.0 → 85.0 %"),
        (
            {"status": "insufficient_coverage", "value": None},
            "    50.0 % (5 of 10) → too little is answered (5 of 10)",
        ),
        ({"value": 60.0, "lower_bound": 60.0}, "    bounds: 40.0 to 60.0 → –"),
        ({"ci_low": -5.0}, "    interval and bounds together: 40.0 to 60.0 → −5.0 to 60.0"),
        ({"lower_bound": 45.0}, "    50.0 % (5 of 10), as before"),
        (
            {"lower_bound": 45.0, "n": 11},
            "    Only the bounds move, since there are 11 things to compute from instead of 12.",
        ),
        (
            {"lower_bound": 45.0, "coverage": 85.0},
            "    Only the bounds move, since more is known (80.0 → 85.0 %).",
        ),
        ({"lower_bound": 45.0}, "    Only the bounds move, since the unknown can turn out in other ways."),
        (
            {"value": 55.6, "denominator": 9.0},
            "    Rises because the denominator falls (10 → 9), not because the numerator grows.",
        ),
        (
            {"value": 45.5, "denominator": 11.0},
            "    Falls because the denominator grows (10 → 11), not because the numerator falls.",
        ),
    ],
)
def test_a_change_can_be_seen_with_what_it_comes_from(after: dict[str, Any], line: str) -> None:
    assert line in list(what_if_lines.lines(answer(after), WORDS, "en"))


def test_a_share_whose_numerator_grows_is_not_said_to_rise_by_its_denominator() -> None:
    given = answer({"value": 66.7, "numerator": 6.0, "denominator": 9.0})
    assert "denominator" not in "\n".join(what_if_lines.lines(given, WORDS, "en"))


@pytest.mark.parametrize(
    ("better", "value", "outcome"),
    [
        ("up", 55.0, "better"), ("up", 45.0, "worse"), ("down", 55.0, "worse"), ("down", 45.0, "better"),
        ("neutral", 55.0, "other"), ("near_zero", -40.0, "better"), ("near_zero", -60.0, "worse"),
        ("near_zero", -50.0, "other"), ("up", None, "other"), ("up", 50.0, "same"),
    ],
)  # fmt: skip
def test_which_way_is_better_is_the_catalogues(better: str, value: float | None, outcome: str) -> None:
    (moved,) = answer({"value": value}, better=better).moved
    assert moved.outcome == outcome


def test_a_gap_is_told_in_a_sentence_with_its_unit() -> None:
    none = {"numerator": None, "denominator": None}
    moved = Moved("PRO_OWN", "respondents", {**VALUE, **none, "value": -20.0},
                  {**VALUE, **none, "value": -30.0}, {}, "points", "near_zero")  # fmt: skip
    lines = list(what_if_lines.lines(Answer("9904", "2026", (), (moved,)), WORDS, "en"))
    assert "    −20.0 points → −30.0 points: worse" in lines
    sentence = "Ownership is perceived 30.0 points lower than it is documented."
    assert f"    {sentence} The distance becomes larger." in lines


def test_those_whose_place_changes_come_first_then_the_largest() -> None:
    first = {**PLACE, "rank": 1}
    given = [
        ("SMALL", {"value": 51.0}, {}),
        ("LARGE", {"value": 70.0}, {}),
        ("PLACED", {"value": 50.5}, {"owners": (PLACE, first)}),
        ("ELSEWHERE", {"value": 50.6}, {"owners": (PLACE, PLACE), "all": (PLACE, first)}),
    ]
    moved = tuple(Moved(name, "register", VALUE, {**VALUE, **after}, places) for name, after, places in given)

    def order(*, show_all: bool) -> list[str]:
        lines = what_if_lines.lines(Answer("9904", "2026", (), moved), {}, "en", show_all=show_all)
        return [line.split(" ")[2] for line in lines if re.match(r"  [A-Z]", line)]

    assert order(show_all=False) == ["PLACED", "LARGE", "SMALL", "ELSEWHERE"]
    assert order(show_all=True) == ["ELSEWHERE", "PLACED", "LARGE", "SMALL"]


def test_a_percentile_is_told_where_there_is_one_and_a_group_of_one_says_nothing() -> None:
    many = {**PLACE, "n_municipalities": 40, "percentile": 61.4}
    alone = {**PLACE, "n_municipalities": 1, "rank": 1}
    given = answer({"value": 51.0}, all=(many, {**many, "percentile": 70.0}), county=(alone, alone))
    lines = "\n".join(what_if_lines.lines(given, WORDS, "en"))
    assert "all: percentile 61 of 40, unresolved → percentile 70 of 40, unresolved" in lines
    assert "county" not in lines


def test_what_is_left_without_a_system_is_told_surely_or_perhaps() -> None:
    left = (Left("function", "f1", True), Left("data_object", "o1", False), Left("data_object", "o2", True))
    retired = Answer("9904", "2026", (Change("retire_system", "s1"),), (), left)
    lines = list(what_if_lines.lines(retired, WORDS, "en"))
    assert lines[3:6] == [
        "Core functions without a system afterwards: f1",
        "Data objects without a system afterwards: o2",
        "Data objects perhaps without a system afterwards (another may hold them; it is not answered):"
        " Person",
    ]
    none = replace(retired, left_without=())
    said = "No core function and no data object is left without a system."
    assert said in list(what_if_lines.lines(none, WORDS, "en"))
    assert said not in list(what_if_lines.lines(answer({"value": 51.0}), WORDS, "en"))


def test_a_master_besides_a_register_is_warned_of() -> None:
    given = replace(answer({"value": 45.0}), warnings=(RegisterIsMaster("o1", "r1"),))
    lines = list(what_if_lines.lines(given, {**WORDS, "register:r1": "Folkeregisteret"}, "nb"))
    assert lines[4].startswith("Merk: Folkeregisteret er master for «Person» alt.")


def test_nothing_that_moves_is_said() -> None:
    none = Answer("9904", "2026", (), ())
    assert "No indicator changes." in list(what_if_lines.lines(none, WORDS, "en"))


def test_json_says_before_and_after() -> None:
    found = json.loads(what_if_lines.as_json(answer({"value": 51.0}, owners=(None, PLACE))))
    (moved,) = found["moved"]
    assert (moved["before"]["value"], moved["after"]["value"]) == (50.0, 51.0)
    assert moved["places"] == {"owners": {"before": None, "after": PLACE}}
    assert (moved["outcome"], moved["unit"], moved["better"]) == ("better", "percent", "up")


# --- what an assumption does to the rows ------------------------------------------------------------

ROW = {"municipality_number": "m", "period": "2026", "delivery_id": "d", "sheet": "", "is_quarantined": False}


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two systems, three processes, cells of both, with a row that was set aside of each kind."""
    connection = duckdb.connect()
    common = "municipality_number varchar, period varchar, delivery_id varchar, sheet varchar,"
    common += " row_number bigint, is_quarantined boolean"
    flags = {"is_absent", "is_master", "keeps_copy", "is_described", "is_measured"}
    tables = {
        "lake.system": ["system_key", "lifecycle"],
        "lake.process": ["process_id", *PROCESS_ANSWERS],
        "lake.process_data": ["process_id", "process_key", "data_object_id", "collection"],
        "lake.system_data_object": ["system_key", "data_object_id", *CELL_ANSWERS],
    }
    for schema in ("lake", "reference", "intermediate"):
        connection.execute(f"create schema {schema}")
    for table, columns in tables.items():
        typed = ", ".join(f"{name} {'boolean' if name in flags else 'varchar'}" for name in columns)
        connection.execute(f"create table {table} ({common}, {typed})")
    connection.execute(
        "create table reference.process_object as select 'p1' as process_id, 'o1' as data_object_id"
    )
    connection.execute(
        "insert into reference.process_object values ('p2', 'o1'), ('p3', 'o1'), ('p4', 'o1');"
        "create table reference.data_object (data_object_id varchar, register_id varchar);"
        "insert into reference.data_object values ('o1', 'r1'), ('o2', null);"
        "create table intermediate.int_system__cell (municipality_number varchar, period varchar,"
        " system_key varchar, data_object_id varchar);"
        "insert into intermediate.int_system__cell values"
        " ('m', '2026', 's2', 'o1'), ('m', '2026', 's1', 'o1')"
    )
    put(connection, "lake.system", {"system_key": "s1", "lifecycle": "in_use"})
    put(connection, "lake.system", {"system_key": "s2", "lifecycle": "in_use"})
    put(connection, "lake.system", {"system_key": "s3", "lifecycle": None, "is_quarantined": True})
    put(connection, "lake.process", {"process_id": "p1", "ownership": "none", "unit_names": "a"})
    put(connection, "lake.process", {"process_id": "p1", "unit_names": "b", "is_quarantined": True})
    put(connection, "lake.process", {"process_id": "p2", "is_absent": True})
    put(
        connection,
        "lake.process_data",
        {"process_key": "p1", "data_object_id": "o1", "collection": "asked_user"},
    )
    cell = {"system_key": "s1", "data_object_id": "o1"}
    put(connection, "lake.system_data_object", {**cell, "operations": "CRUD", "is_quarantined": True})
    yield connection
    connection.close()


def put(connection: duckdb.DuckDBPyConnection, table: str, cells: dict[str, Any]) -> None:
    row = {**ROW, "row_number": 2, **cells}
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))


def found(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def test_a_retired_system_counts_as_retired_also_when_its_row_was_set_aside(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    apply(lake, "m", "2026", Change("retire_system", "s3"))
    sql = "select lifecycle, is_quarantined from lake.system where system_key = 's3'"
    assert found(lake, sql) == [("retired", False)]
    assert found(lake, "select count(*) from lake.system where lifecycle = 'retired'") == [(1,)]


def test_an_owner_makes_nothing_else_known_of_a_row_that_was_set_aside(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    apply(lake, "m", "2026", Change("give_owner", "p1"))
    sql = (
        "select ownership, unit_names, is_quarantined from lake.process where process_id = 'p1' order by all"
    )
    assert found(lake, sql) == [("process_owner", "a", False), ("process_owner", None, False)]


def test_a_process_that_was_not_delivered_gets_a_row(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("give_owner", "p3"))
    sql = "select ownership, is_absent, delivery_id from lake.process where process_id = 'p3'"
    assert found(lake, sql) == [("process_owner", False, "what_if")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("give_owner", "p2"), "does not have the process p2"),
        (Change("connect_register", "p2", "o1"), "does not have the process p2"),
        (Change("connect_register", "p4", "o1"), "p4 is not delivered"),
        (Change("connect_register", "p1", "o2"), "grants p1 no register for o2"),
        (Change("connect_register", "s1", "o2"), "knows no register for o2"),
        (Change("connect_register", "s3", "o1"), "the row of s3 was set aside"),
        (Change("appoint_master", "s3", "o1"), "the row of s3 was set aside"),
    ],
)
def test_what_contradicts_the_delivery_is_refused(
    lake: duckdb.DuckDBPyConnection, change: Change, words: str
) -> None:
    with pytest.raises(AnalysisError, match=words):
        apply(lake, "m", "2026", change)


def test_a_process_is_connected_also_by_its_own_name(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("connect_register", "p1", "o1"))
    assert found(lake, "select process_key, collection from lake.process_data") == [("p1", "register_auto")]


def test_a_connected_system_has_the_object(lake: duckdb.DuckDBPyConnection) -> None:
    for system in ("s1", "s2"):
        apply(lake, "m", "2026", Change("connect_register", system, "o1"))
    sql = (
        "select system_key, operations, source_kind, is_quarantined from lake.system_data_object order by all"
    )
    # What the set-aside row said of operations stays unknown; that the object is there, is known now.
    assert found(lake, sql) == [("s1", "x", "register_auto", False), ("s2", "x", "register_auto", False)]


def test_one_system_is_master_and_no_other_listed_or_not(lake: duckdb.DuckDBPyConnection) -> None:
    apply(lake, "m", "2026", Change("appoint_master", "s2", "o1"))
    sql = "select system_key, is_master, operations, is_quarantined from lake.system_data_object order by all"
    assert found(lake, sql) == [("s1", False, None, False), ("s2", True, "x", False)]


def test_what_a_system_only_reads_it_keeps_a_copy_of_when_it_is_the_master(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    put(lake, "lake.system_data_object", {"system_key": "s2", "data_object_id": "o1", "operations": "R"})
    apply(lake, "m", "2026", Change("appoint_master", "s2", "o1"))
    sql = "select operations, keeps_copy from lake.system_data_object where system_key = 's2'"
    assert found(lake, sql) == [("R", True)]


def test_rows_of_other_municipalities_and_periods_stay(lake: duckdb.DuckDBPyConnection) -> None:
    for place in ({"municipality_number": "n"}, {"period": "2025"}):
        put(lake, "lake.system", {"system_key": "s1", "lifecycle": "in_use", **place})
    apply(lake, "m", "2026", Change("retire_system", "s1"))
    assert found(lake, "select count(*) from lake.system where lifecycle = 'retired'") == [(1,)]


def test_the_room_has_no_numbers_of_its_own() -> None:
    """Whatever is shown of a value comes from the models: nothing here sums or averages.

    The worked example counts and ranks what the release says, for its sentences.
    """
    paths = [path for path in sorted(Path(ROOM).glob("*.py")) if not path.name.startswith("worked_")]
    assert len(paths) >= 8
    code = "".join(path.read_text("utf-8") for path in paths)
    assert not re.search(r"\b(avg|sum|median)\(", code)
