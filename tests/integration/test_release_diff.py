"""What differs between two releases and why, cause by cause, on small builds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.analysis.release_diff import Difference, ValueChange, difference
from pipelines.analysis.release_diff_lines import as_json, lines
from pipelines.settings import Settings
from pipelines.storage.release_files import ReleaseError
from pipelines.storage.releases import publish
from tests.synthetic_build import Rows, delivery_row, example, peers, settings_of, value_row, write_build

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Home:
    """Publishes builds one after the other."""

    settings: Settings
    made: list[str] = field(default_factory=list)

    def publish(self, rows: Rows, code: str = "1.0+abc", pack: str = "p" * 64) -> str:
        write_build(self.settings.build_file, rows)
        moment = NOON + timedelta(hours=len(self.made))
        done = publish(self.settings, code, pack, (), is_tested=True, now=moment)
        assert done.published
        self.made.append(done.release_id)
        return done.release_id

    def diff(self) -> Difference:
        return difference(self.settings, self.made[-2], self.made[-1])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(settings_of(tmp_path / "home"))


def counting(delivery_id: str, number: str, kind: str = "survey", **cells: Any) -> dict[str, Any]:
    row = delivery_row(delivery_id, "accepted", 10, 10, 0)
    return row | {"municipality_number": number, "kind": kind, "is_counting": True} | cells


def not_counting(delivery_id: str, number: str, status: str = "accepted") -> dict[str, Any]:
    return counting(delivery_id, number, status=status, is_counting=False)


def build(deliveries: list[dict[str, Any]], *changed: tuple[str, str, float | None]) -> Rows:
    """The example with these deliveries, in which some values are others."""
    rows = example()
    rows["delivery"], rows["delivery_finding"] = deliveries, []
    for number, indicator, value in changed:
        place = next(
            i
            for i, row in enumerate(rows["fct_indicator_value"])
            if (row["municipality_number"], row["indicator_id"]) == (number, indicator)
        )
        hidden = {} if value is not None else {"status": "suppressed", "n": None}
        row = value_row(number, indicator, value, **hidden)
        if value is None:
            row |= dict.fromkeys(("ci_low", "ci_high", "numerator", "denominator"))
        rows["fct_indicator_value"][place] = row
    peers(rows)
    return rows


def of(found: Difference, number: str, indicator: str) -> ValueChange:
    (value,) = [
        v
        for v in found.values
        if (v.key["municipality_number"], v.key["indicator_id"]) == (number, indicator)
    ]
    return value


def told(found: Difference, lang: Any = "nb", *, show_all: bool = False) -> str:
    return "\n".join(lines(found, lang, show_all=show_all))


OLD = counting("old1", "9900")
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], str, str]] = {
    "new": ([], [counting("new1", "9900")], "Nye leveranser: 1", "Ny leveranse: 1"),
    "corrected": (
        [OLD],
        [not_counting("old1", "9900"), counting("new1", "9900", supersedes="old1")],
        "Rettede leveranser: 1",
        "Rettet leveranse: 1",
    ),
    "withdrawn": (
        [OLD],
        [not_counting("old1", "9900", "withdrawn")],
        "Trukne leveranser: 1",
        "Trukket leveranse: 1",
    ),
    "again": (
        [not_counting("old1", "9900")],
        [OLD],
        "Leveranser som teller igjen: 1",
        "Eldre leveranse teller igjen: 1",
    ),
    "gone": (
        [OLD],
        [not_counting("old1", "9900", "conflict")],
        "Leveranser som ikke teller lenger: 1",
        "Leveranse teller ikke lenger: 1",
    ),
    "judged_otherwise": (
        [OLD],
        [counting("old1", "9900", rows_accepted=9, rows_quarantined=1)],
        "Samme fil, men andre rader er godtatt: 1",
        "Andre rader godtatt: 1",
    ),
}


@pytest.mark.parametrize("cause", CASES)
def test_a_value_changes_with_its_own_delivery(cause: str, home: Home) -> None:
    before, after, heading, group = CASES[cause]
    elsewhere = counting("other", "9901", "systems")
    home.publish(build([*before, elsewhere], ("9900", "MOD_PU", 40.0)))
    home.publish(build([*after, elsewhere], ("9900", "MOD_PU", 60.0)))
    found = home.diff()
    assert [change.cause for change in found.deliveries] == [cause]
    assert of(found, "9900", "MOD_PU").causes == (cause,)
    assert len(found.values) == 1
    text = told(found)
    assert heading in text
    assert group in text
    assert "Prøvekommune 9900 (9900), 2026, på dagens grenser: MOD_PU Navn på MOD_PU: 40,0 → 60,0" in text
    assert "Reglene (programversjonen) er de samme." in text
    assert "Referansedataene er de samme." in text


def test_a_correction_names_what_it_replaced_and_counts_once(home: Home) -> None:
    before, after, _, _ = CASES["corrected"]
    home.publish(build(before))
    home.publish(build(after, ("9900", "MOD_PU", 60.0)))
    found = home.diff()
    assert [(change.cause, change.replaced) for change in found.deliveries] == [("corrected", ("old1.csv",))]
    assert "new1.csv, i stedet for old1.csv (new1)" in told(found)


def test_what_anothers_delivery_moves_is_said_to_be_anothers(home: Home) -> None:
    home.publish(build([]))
    home.publish(build([counting("new1", "9901")], ("9901", "MOD_PU", 61.0), ("9902", "DUP_AVG", 3.0)))
    found = home.diff()
    assert of(found, "9901", "MOD_PU").causes == ("new",)
    assert of(found, "9902", "DUP_AVG").causes == ("others",)
    tables = {(table.edition, table.table): table for table in found.tables}
    assert ("member", "fct_benchmark") in tables
    assert set(tables["member", "fct_benchmark"].causes) == {("others",)}


def test_changed_rules_are_told_alone_and_beside_a_delivery(home: Home) -> None:
    home.publish(build([]))
    home.publish(
        build([counting("new1", "9900")], ("9900", "MOD_PU", 1.0), ("9901", "BAR_1", 2.0)), "1.1+def"
    )
    found = home.diff()
    assert of(found, "9900", "MOD_PU").causes == ("new", "rule")
    assert of(found, "9901", "BAR_1").causes == ("others", "rule")
    assert "Ny leveranse eller endret regel: 1" in told(found)
    assert "Reglene er endret: programversjon 1.0+abc → 1.1+def" in told(found)
    assert "New delivery or changed rule: 1" in told(found, "en")


def test_a_changed_formula_is_a_changed_rule(home: Home) -> None:
    home.publish(build([]))
    rows = build([], ("9900", "PRO_OWN", 12.0))
    for row in rows["dim_indicator"]:
        row["version"] += row["indicator_id"] == "PRO_OWN"
    home.publish(rows)
    assert of(home.diff(), "9900", "PRO_OWN").causes == ("rule",)


def test_a_changed_pack_is_told_row_by_row(home: Home) -> None:
    home.publish(build([]), pack="a" * 64)
    home.publish(build([], ("9900", "PRO_OWN", 12.0)), pack="b" * 64)
    assert home.diff().pack_changes is None
    assert "arkivet har ikke begge pakkene" in told(home.diff())
    for name, rows in (("a", "min_respondents,5\nold,1\n"), ("b", "min_respondents,6\nnew,2\n")):
        folder = home.settings.archive / "packs" / (name * 64)
        folder.mkdir(parents=True)
        (folder / "threshold.csv").write_text(f"threshold_id,value\n{rows}", "utf-8")
    found = home.diff()
    assert of(found, "9900", "PRO_OWN").causes == ("reference",)
    text = told(found)
    assert "Referansedataene er endret, rader per tabell: threshold (3)" in text
    for line in (
        "threshold min_respondents: value 5 → 6",
        "threshold new: ny rad",
        "threshold old: raden er borte",
    ):
        assert f"  {line}" in text


def test_a_value_that_is_hidden_or_shown_is_a_suppression(home: Home) -> None:
    home.publish(build([OLD]))
    home.publish(build([OLD, counting("new1", "9900")], ("9900", "MOD_PU", None)))
    found = home.diff()
    assert of(found, "9900", "MOD_PU").causes[0] == "suppressed"
    assert "Skjerming (" in told(found)
    assert "→ skjermet" in told(found)


def test_a_hidden_value_that_is_not_delivered_any_more_is_no_suppression(home: Home) -> None:
    home.publish(build([OLD], ("9900", "MOD_PU", None)))
    rows = build([not_counting("old1", "9900", "withdrawn")], ("9900", "MOD_PU", None))
    for row in rows["fct_indicator_value"]:
        if row["status"] == "suppressed":
            row["status"] = "not_delivered"
    home.publish(rows)
    assert of(home.diff(), "9900", "MOD_PU").causes == ("withdrawn",)


def test_it_is_short_unless_all_is_asked_for_and_json_has_everything(home: Home) -> None:
    changed = [(f"99{i:02d}", "BAR_1", float(i + 90)) for i in range(8)]
    home.publish(build([]))
    home.publish(build([], *changed), "1.1+def")
    found = home.diff()
    short, full = told(found), told(found, show_all=True)
    assert "Endret regel: 8" in short
    assert "  … og 3 til" in short
    assert full.count("BAR_1 Navn på BAR_1") == 8
    content = json.loads(as_json(found))
    assert len(content["values"]) == 8
    assert content["releases"] == home.made
    assert content["values"][0]["causes"] == ["rule"]


def test_equal_releases_and_unknown_ones(home: Home, tmp_path: Path) -> None:
    one = home.publish(build([]))
    assert "Innholdet er det samme." in told(difference(home.settings, one, one))
    folder = str(home.settings.releases / one)
    assert difference(home.settings, folder, one).values == ()
    with pytest.raises(ReleaseError, match="no release"):
        difference(home.settings, one, "nothing")


def test_a_release_that_is_not_kept_any_more_is_to_be_rebuilt(home: Home) -> None:
    for number in range(5):
        home.publish(example(number))
    with pytest.raises(ReleaseError, match=r"is not kept any more; make it again with .* rebuild"):
        difference(home.settings, home.made[0], home.made[-1])
