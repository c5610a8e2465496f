"""Which words the worked example chooses: other numbers, other sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.analysis.built import AnalysisError
from pipelines.analysis.worked_data import LISTS, Cell, Story, read_story
from pipelines.analysis.worked_example import _change, _places, _rests_on, _signed
from pipelines.analysis.worked_lists import (
    barriers,
    barriers_in_short,
    barriers_verdict,
    cross_unit,
    duplicates,
    learn,
    once_only,
    procurement,
    silos,
    table,
    whole,
)
from pipelines.analysis.worked_summary import in_short
from pipelines.analysis.worked_words import (
    Sign,
    Verdict,
    change_sentence,
    clear_of_told,
    content,
    listing,
    position_sentence,
    range_sentence,
    sign_line,
    signs_summary,
    spread_sentence,
    verdict,
)
from pipelines.reference.pack import load_pack
from tests.support import BASE_PACK, FICTIONAL_PACK

NAMES = {"1": "Ås", "2": "Bø", "3": "Vik"}


def places(numbers: Iterable[str]) -> str:
    return listing([NAMES[number] for number in numbers])


def span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def cell(number: str = "1", **given: Any) -> Cell:
    """A value of 40 with the bounds 30 and 45, without place and change."""
    plain = Cell(
        municipality_number=number,
        indicator_id="X",
        status="ok",
        value=40.0,
        low=30.0,
        high=45.0,
        is_estimate=False,
        numerator=None,
        denominator=None,
        n=None,
        coverage=None,
        rank=None,
        n_ranked=None,
        conclusion=None,
        change=None,
        change_low=None,
        change_high=None,
        is_sure_change=None,
        previous_period=None,
    )
    return replace(plain, **given)


def untold(number: str = "1", status: str = "not_delivered") -> Cell:
    return cell(number, status=status, value=None, low=None, high=None)


def below(line: float) -> Sign:
    return Sign("X", "below", line, "the value is low")


@pytest.mark.parametrize(
    ("sign", "given", "expected"),
    [
        (below(50), {}, "clear"),
        (below(45), {}, "open"),
        (below(40), {}, "open"),
        (below(30), {}, "not"),
        (below(30), {"is_estimate": True}, "open"),
        (below(29), {"is_estimate": True}, "not"),
        (below(50), {"low": None, "high": None}, "clear"),
        (below(40), {"low": None, "high": None}, "not"),
        (Sign("X", "above", 29), {}, "clear"),
        (Sign("X", "above", 30), {}, "open"),
        (Sign("X", "above", 45), {}, "not"),
        (Sign("X", "above", 45), {"is_estimate": True}, "open"),
        (Sign("X", "above", 46), {}, "not"),
        # Bounds without a value are not told of, though they would lie on one side.
        (below(50), {"value": None, "status": "insufficient_coverage"}, "untold"),
        (Sign("X"), {}, "untold"),
    ],
)
def test_a_sign_is_clear_only_over_the_whole_range(
    sign: Sign, given: dict[str, Any], expected: Verdict
) -> None:
    assert verdict(sign, cell(**given)) == expected


def test_a_sign_says_where_it_holds_where_not_and_why_it_cannot_be_told() -> None:
    cells = [cell("1"), cell("2", high=60.0), untold("3", "rejected")]
    assert sign_line(below(50), cells, places, span) == (
        "The value is low: clearly so in Ås (40); open in Bø (40), where the range reaches the line; "
        "cannot be told in Vik (the delivery is rejected)."
    )
    cells = [cell("1", low=60.0, value=70.0, high=80.0), untold("2", "rejected"), untold("3", "suppressed")]
    assert sign_line(below(50), cells, places, span) == (
        "The value is low: not so in Ås (70); cannot be told in Bø (the delivery is rejected); "
        "cannot be told in Vik (suppressed)."
    )


def test_a_share_of_few_things_is_never_called_clear() -> None:
    """From the least denominator on it is; an estimate has its interval instead."""
    least = float(content()["least_denominator"])
    few, enough = cell("1", value=20.0, denominator=least - 1), cell("2", denominator=least)
    estimate = cell("3", denominator=least - 1, is_estimate=True)
    assert sign_line(below(50), [few, enough, estimate], places, span) == (
        "The value is low: clearly so in Bø and Vik (40); so, but on few things, in Ås (20)."
    )
    assert clear_of_told([below(50), below(50)], [few, enough]) == (1, 2)
    moved = [
        replace(one, change=2.0, change_low=1.0, change_high=3.0, is_sure_change=True, previous_period="2025")
        for one in (few, enough)
    ]
    assert change_sentence("up", moved, places) == (
        "Since 2025: clearly better in Bø; moved, but on few things, in Ås."
    )
    beside = [replace(one, conclusion="above") for one in (few, enough)]
    assert position_sentence("up", beside, places).endswith(
        ": clearly better in Bø; on one side of it, but on few things, in Ås."
    )


def test_how_far_the_ranges_reach_and_whose_is_the_widest() -> None:
    cells = [cell("1"), cell("2", low=10.0, high=20.0), cell("3", low=None, high=None)]
    assert range_sentence(cells, lambda value: f"{value:.0f} %", places) == (
        "The ranges reach from 10 % (Bø) to 45 % (Ås); the widest is that of Ås, 30 % to 45 %."
    )
    assert range_sentence(cells[2:], str, places) == ""


def high(number: str) -> Cell:
    return cell(number, low=60.0, value=70.0, high=80.0)


def test_the_signs_are_counted_for_each_municipality() -> None:
    signs = [Sign("A", "below", 50, "a"), Sign("B", "below", 50, "b"), Sign("C")]
    cells = {
        "A": [cell("1"), cell("2"), high("3")],
        "B": [cell("1"), high("2"), high("3")],
        "C": [cell("1"), cell("2"), cell("3")],
    }
    assert signs_summary(signs, cells, places) == (
        "What shows clearly: both signs in Ås; one of the two signs in Bø; none in Vik."
    )
    cells["D"] = cells["A"]
    assert signs_summary([*signs, Sign("D", "below", 50, "d")], cells, places) == (
        "What shows clearly: all three signs in Ås; two of the three signs in Bø; none in Vik."
    )
    assert signs_summary(signs[:1], cells, places) == "The sign of it shows clearly in Ås and Bø."
    none = {"A": [high("1"), high("2"), high("3")]}
    assert signs_summary(signs[:1], none, places) == "The sign of it shows clearly in none of the three."
    assert signs_summary(signs[2:], cells, places) == ""
    assert clear_of_told(signs[:2], [cell(), untold()]) == (1, 1)


def changed(number: str, low: float | None, high: float | None) -> Cell:
    middle = 1.0 if low is None or high is None else (low + high) / 2
    return cell(
        number,
        change=middle,
        change_low=low,
        change_high=high,
        is_sure_change=low is not None and high is not None and not low <= 0 <= high,
        previous_period="2025",
    )


@pytest.mark.parametrize(
    ("better", "low", "high", "words"),
    [
        ("up", 1.0, 3.0, "clearly better in Ås"),
        ("up", -3.0, -1.0, "clearly worse in Ås"),
        ("down", 1.0, 3.0, "clearly worse in Ås"),
        ("down", -3.0, -1.0, "clearly better in Ås"),
        ("neutral", 1.0, 3.0, "clearly up in Ås"),
        ("near_zero", -3.0, -1.0, "clearly down in Ås"),
        ("up", 0.0, 3.0, "no clear change in Ås"),
        ("up", -1.0, 3.0, "no clear change in Ås"),
        ("up", 0.0, 0.0, "exactly as before in Ås"),
        ("up", None, None, "no clear change in Ås"),
    ],
)
def test_a_change_is_clear_only_away_from_nought(
    better: str, low: float | None, high: float | None, words: str
) -> None:
    said = change_sentence(better, [changed("1", low, high), cell("2")], places)
    assert said == f"Since 2025: {words}; nothing to compare with in Bø."


def test_without_an_earlier_period_there_is_no_change() -> None:
    assert change_sentence("up", [cell("1")], places) == "There is no earlier period to compare with."


def test_the_place_beside_the_others_is_judged_by_what_is_better() -> None:
    cells = [
        cell("1", conclusion="above"),
        cell("2", conclusion="below"),
        cell("3", conclusion="unresolved"),
    ]
    start = "Against the median of the other owners: clearly"
    assert position_sentence("up", cells, places) == (
        f"{start} better in Ås; clearly worse in Bø; on neither side in Vik."
    )
    assert position_sentence("down", cells, places) == (
        f"{start} better in Bø; clearly worse in Ås; on neither side in Vik."
    )
    assert position_sentence("neutral", cells, places) == (
        f"{start} above it in Ås; clearly below it in Bø; on neither side in Vik."
    )
    assert position_sentence("up", [cell("3", conclusion="across")], places) == (
        "Against the median of the other owners: on neither side in Vik."
    )
    assert position_sentence("up", [untold()], places) == ""


def test_the_spread_names_all_that_look_alike() -> None:
    def shown(value: float) -> str:
        return f"{value:.0f} %"

    cells = [cell("1", value=9.6), cell("2", value=10.4), cell("3", value=80.0)]
    assert spread_sentence(cells, shown, places) == "It runs from 10 % (Ås and Bø) to 80 % (Vik)."
    assert spread_sentence(cells[:2], shown, places) == "It is 10 % in all that have a value."
    assert spread_sentence([untold()], shown, places) == ""


# What the finding tables tell


def story(**given: Any) -> Story:
    """Three municipalities with an indicator X and nothing in the finding tables."""
    lists = dict.fromkeys(LISTS, ()) | given.pop("lists", {})
    plain = Story(
        period="2026",
        reference_date=date(2026, 12, 31),
        municipalities=tuple({"municipality_number": key, "name": name} for key, name in NAMES.items()),
        indicators={
            "X": {"name_nb": "Iks", "name_en": "Ex", "better": "up", "family": "FOO"},
            **{f"BAR_{n}": barrier(n) for n in (1, 2, 10, 4, 5)},
        },
        cells={(one, "X"): cell(one) for one in NAMES},
        lists=lists,
        procurement=(),
        names={
            "focus_area": {"a": "Area A", "b": "Area B"},
            "data_object": {"o": "Thing"},
            "process": {"p": "Doing"},
            "register": {"r": "Register R", "s": "Register S"},
            "function": {"f": "Function F", "g": "Function G"},
        },
        targets={"X": 75.0},
        thresholds={"min_n_share_release": 10.0},
    )
    return replace(plain, **given)


def barrier(n: int) -> dict[str, str]:
    return {"name_nb": f"Barriere: nb{n}", "name_en": f"Barrier: en{n}", "better": "down", "family": "BAR"}


def told(lines: Iterator[str]) -> str:
    return "\n".join(lines)


def test_the_barriers_are_those_of_the_study_or_they_are_not() -> None:
    assert barriers_verdict(story(), ["BAR_10", "BAR_1", "BAR_2", "BAR_4", "BAR_5"]) == (
        "The finding shows: the three barriers that the study points to are the three highest of the five "
        "that can be ranked, by the median of the shares that are shown."
    )
    assert barriers_verdict(story(), ["BAR_10", "BAR_4", "BAR_5", "BAR_1"]) == (
        "The finding shows in part: of the three barriers that the study points to one is among the "
        "three highest of the four that can be ranked, by the median of the shares that are shown; "
        "*Barriere: nb1* (barrier: en1) is number 4 and *Barriere: nb2* (barrier: en2) is not ranked."
    )
    assert "two are among" in barriers_verdict(story(), ["BAR_10", "BAR_1", "BAR_4", "BAR_2"])
    assert barriers_verdict(story(), ["BAR_4", "BAR_5"]).startswith("The finding does not show: none of")


def test_empty_finding_tables_say_so() -> None:
    nothing = story()
    assert told(cross_unit(nothing, places)).startswith("No process through several units lacks an owner")
    assert told(silos(nothing, places)).startswith("No two focus areas hold the same")
    assert told(duplicates(nothing, places)).startswith("No object is maintained in more than one")
    assert told(once_only(nothing, places)).startswith("Nothing is asked for or typed")
    assert told(procurement(nothing)).startswith("No function is served by systems of two owners")


def test_cross_unit_processes_are_counted_by_what_is_missing() -> None:
    def row(missing: str, volume: int | None, *, is_local: bool = False) -> dict[str, Any]:
        return {
            "municipality_number": "2", "process_name_en": "Doing", "n_units": 3, "missing": missing,
            "is_local": is_local, "volume_per_year": volume,
        }  # fmt: skip

    found = (row("owner", 1200), row("mandate_across_units", 30), row("owner", None, is_local=True))
    said = told(cross_unit(story(lists={"fct_cross_unit_process": found}), places))
    assert "in the three together: 3." in said
    assert (
        "In 1 of them a line manager owns a piece, in 2 nobody owns it. Local processes among them: 1;"
        in said
    )
    assert "stated for 2: 1 230 cases a year" in said
    assert "| Bø | Doing | 3 | nobody owns it | – |" in said


def test_hidden_shares_are_left_out_and_counted() -> None:
    """Ranked are the barriers of which more than half of the shares are shown."""
    shares = {
        "BAR_1": (10.0, 20.0, None), "BAR_2": (90.0, None, None), "BAR_10": (None, None, None),
        "BAR_4": (30.0, 40.0, 50.0), "BAR_5": (1.0, 2.0, None),
    }  # fmt: skip
    cells = {
        (one, indicator): cell(one, indicator_id=indicator, value=value)
        for indicator, values in shares.items()
        for one, value in zip(NAMES, values, strict=True)
    }
    said = told(barriers(story(cells=cells), places))
    assert "Of the 15 shares behind the list 7 are hidden" in said
    assert "Two barriers of which no more than half of the shares are shown have no rank" in said
    assert "| 1 | nb4 (en4) | 40.0 | 30 | 50 | Vik | 3 | 0 |" in said
    assert "| 2 | nb1 (en1) | 15.0 | 10 | 20 | Bø | 2 | 1 |" in said
    assert "| – | nb2 (en2) | – | 90 | 90 | Ås | 1 | 2 |" in said
    assert "| – | nb10 (en10) | – | – | – | – | 0 | 3 |" in said
    assert barriers_in_short(story(cells=cells)).endswith(
        "The highest: en4 40 %, en1 15 % and en5 2 % (medians)."
    )


@pytest.mark.parametrize(
    ("n", "register", "words", "column"),
    [
        (0, None, "none is marked as its master, and no national register is", 5),
        (1, None, "one is marked", 4),
        (2, None, "two are marked", 6),
        (0, "r", "its master is a national register, the Register R. What is to be mended is not", 2),
        (1, "r", "the Register R, and besides it one marked as master. Let the register be", 3),
    ],
)
def test_the_object_of_most_systems_is_shown_with_who_does_what(
    n: int, register: str | None, words: str, column: int
) -> None:
    thing = {
        "municipality_number": "3", "data_object_id": "o", "n_maintaining": 2, "n_systems": 2,
        "n_masters": n, "master_register": register,
    }  # fmt: skip
    base = {"municipality_number": "3", "data_object_id": "o"}
    systems = (
        {**base, "system_name": "S0", "operations": None, "state": "open", "is_master": None, "fed_by": None},
        {**base, "system_name": "S1", "operations": "CU", "state": "maintains", "is_master": n > 0,
         "fed_by": "own_entry; register_auto"},
        {**base, "system_name": "S2", "operations": "none", "state": "none", "is_master": False,
         "fed_by": None},
    )  # fmt: skip
    lists = {"fct_duplicate_object": (thing,), "fct_object_system": systems}
    everything = told(duplicates(story(lists=lists), places))
    (masters,) = (line for line in everything.splitlines() if line.startswith("| Vik |"))
    counted = [cell.strip() for cell in masters.split("|")[2:-1]]
    assert [place for place, text in enumerate(counted, start=1) if text == "1"] == [1, column]
    assert f"Of them {1 if register else 0} have a national register as master" in everything
    said = everything[everything.index("The object that") :].splitlines()
    assert "«Thing» in Vik: two surely maintain it" in said[0]
    assert words in said[0]
    assert "What is done in one more is not known." in said[0]
    mark = "yes" if n else "no"
    assert said[4] == (
        f"| S1 | creates, updates | maintains | entered here; from the register, automatically | {mark} |"
    )
    assert said[5] == "| S0 | unknown | not known | unknown | unknown |"
    assert "S2" not in "".join(said)


def test_the_worklist_names_every_register() -> None:
    row = {
        "municipality_number": "1", "process_id": "p", "data_object_id": "o", "register": "r; s",
        "collection_mode": "asked_user", "volume_per_year": 7,
    }  # fmt: skip
    said = told(once_only(story(lists={"fct_once_only_gap": (row,)}), places))
    assert "worklist of the three: 1. In 1 of them the user is asked, in 0 it is typed" in said
    assert "| Ås | Doing | Thing | Register R; Register S | the user is asked | 7 |" in said


def bought(function: str, products: int, end: date | None) -> dict[str, Any]:
    return {
        "function_id": function, "n_owners": 2, "n_products": products, "product_diversity": 0.5,
        "annual_cost": None, "next_contract_end": end,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((bought("f", 2, None),), "In every one of them different products are in use."),
        ((bought("f", 1, None),), "In every one of them only one product is in use."),
        (
            (bought("f", 2, None), bought("g", 1, None)),
            "In 1 of them different products are in use, in 1 only",
        ),
    ],
)
def test_products_are_alike_or_different(rows: tuple[dict[str, Any], ...], words: str) -> None:
    assert words in told(procurement(story(procurement=rows)))


def test_contracts_that_end_within_the_year_are_counted() -> None:
    ends = (date(2027, 12, 31), date(2028, 1, 1), None)
    said = told(procurement(story(procurement=tuple(bought("f", 2, end) for end in ends))))
    assert "the period's last day: 1." in said
    assert "| Function F | 2 | 2 | 0.50 | – | 2027-12-31 |" in said


def shown(_indicator: str, value: float) -> str:
    return f"{value:.0f}"


def taught(pupil: str, teacher: str, place: int = 1, *, is_sure: bool = True) -> dict[str, Any]:
    return {
        "municipality_number": pupil, "indicator_id": "X", "collection_mode": "register", "place": place,
        "teacher_number": teacher, "teacher_value": 80.0, "is_sure": is_sure,
    }  # fmt: skip


def test_whom_to_learn_from_and_which_targets_are_reached() -> None:
    lists = {"fct_learn_from": (taught("1", "3"), taught("1", "2", place=2), taught("2", "3"))}
    reached = {**story().cells, ("3", "X"): cell("3", value=80.0, low=75.0, high=90.0)}
    said = told(learn(story(lists=lists, cells=reached), ["X"], shown))
    assert said.startswith(
        "There is somebody to learn from in 2 places below; in 2 of them that owner is surely better, in the "
        "other 0 perhaps. Vik is the one that is most often surely better (2 of the 2)."
    )
    assert "clearly reached by somebody: X." in said
    assert "| Iks (X) | 75 | Vik, 80 | Vik, 80 | – |" in said
    nearly = {**reached, ("3", "X"): cell("3", value=80.0, low=74.0, high=90.0)}
    tied = {"fct_learn_from": (taught("1", "3"), taught("2", "1"))}
    said = told(learn(story(lists=tied, cells=nearly), ["X"], shown))
    assert "Ås and Vik are the ones that are most often surely better (1 of the 2 each). None of" in said
    assert told(learn(story(), ["X"], shown)).startswith("Nobody's range lies beyond another's value")


def test_better_is_said_only_of_who_is_surely_so() -> None:
    lists = {"fct_learn_from": (taught("1", "3"), taught("2", "3", is_sure=False))}
    said = told(learn(story(lists=lists), ["X"], shown))
    assert "in 1 of them that owner is surely better, in the other 1 perhaps" in said
    assert "| Iks (X) | 75 | Vik, 80 | perhaps Vik, 80 | – |" in said
    unsure = {"fct_learn_from": (taught("2", "3", is_sure=False),)}
    assert told(learn(story(lists=unsure), ["X"], shown)).startswith(
        "There is somebody to learn from in 1 places below; in none of them is that owner surely better."
    )


# The summary at the top


def test_the_summary_counts_and_gives_the_values_and_their_ranges() -> None:
    def span_of(_indicator: str, values: Sequence[float]) -> str:
        return span(values)

    def said(*cells: Cell) -> str:
        numbered = {(one.municipality_number, "X"): one for one in cells}
        return in_short(story(cells=numbered), below(50), span_of)

    assert said(cell("1"), high("2"), untold("3")) == (
        "The value is low: clearly so in one of two (40 to 70; with their ranges 30 to 80)."
    )
    assert said(cell("1", denominator=4.0), high("2"), high("3")) == (
        "The value is low: clearly so in none of three, and on few things in one of three (40 to 70; "
        "with their ranges 30 to 80)."
    )
    assert "clearly so in all three" in said(cell("1"), cell("2"), cell("3"))
    assert said(untold("1"), untold("2"), untold("3")) == "The value is low: nobody has a value."


# How numbers and names are written


def test_all_municipalities_are_named_in_two_words() -> None:
    named = _places(story())
    assert named(["3", "1", "2"]) == "all three"
    assert named(["3", "1"]) == "Ås and Vik"
    assert named([]) == ""


@pytest.mark.parametrize(("text", "expected"), [("5", "+5"), ("0.0", "0.0"), ("0", "0"), ("−2", "−2")])
def test_a_rise_has_a_plus(text: str, expected: str) -> None:
    assert _signed(text) == expected


def test_what_a_value_rests_on() -> None:
    assert _rests_on(cell(n=8)) == "n = 8"
    assert _rests_on(cell(numerator=2.0, denominator=14.0, coverage=77.8)) == "2 of 14; 78 % known"
    assert _rests_on(cell(numerator=2.0, denominator=14.0, coverage=99.6)) == "2 of 14; 99 % known"
    assert _rests_on(cell(numerator=2.0, denominator=14.0, coverage=100.0)) == "2 of 14"
    assert _rests_on(cell()) == "–"
    assert _change(cell(), str) == "no earlier value"
    assert _change(untold(), str) == "–"


def test_thousands_are_set_apart_and_a_bar_breaks_no_table() -> None:
    assert whole(28646) == "28 646"
    assert list(table(["a"], [["x|y"]], [0])) == ["| a |", "|---:|", "| x/y |", ""]


def test_no_number_is_typed_into_a_sentence() -> None:
    """Lines are filled into the claims, counts into the sentences."""
    texts = content()
    sentences = [*texts["sentences"].values(), *texts["words"].values(), *texts["next"].values()]
    for finding in texts["findings"]:
        sentences += [finding["title"], finding["study"]]
        sentences += [given.get("claim", "") for given in finding["indicators"]]
    assert [text for text in sentences if re.search(r"\d", re.sub(r"\{.*?\}", "", text))] == []


# What may be told of


def test_real_municipalities_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "release.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create table dim_municipality as select '0301' as municipality_number, '2026' as period,"
            " 'Oslo' as name, true as is_owner, false as is_fictional"
        )
    pack = load_pack([BASE_PACK, FICTIONAL_PACK])
    with pytest.raises(AnalysisError, match="Oslo"):
        read_story(file, pack)
    with duckdb.connect(str(file)) as connection:
        connection.execute("update dim_municipality set is_owner = false")
    with pytest.raises(AnalysisError, match="no owners"):
        read_story(file, pack)
