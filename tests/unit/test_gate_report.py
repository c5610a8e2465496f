"""The report back: what is said first, equal findings once, both languages, nothing of a sender's markup."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from pipelines.gate import coverage
from pipelines.gate.grouping import grouped, needs_action, rows_to_mend, sheet_order
from pipelines.gate.report import make_report
from pipelines.gate.report_page import SHOWN_ENTRIES, page, pages
from pipelines.gate.rules import SEVERITIES, load_rules
from pipelines.gate.wording import LANGUAGES, TextsError, load_texts, say, share

EVIL = "<script>alert(1)</script>"


def finding(severity: str, rule: str, row: int | None = None, value: str | None = None, **more: Any) -> Any:
    nb, en = load_rules().sentences(rule, severity, {"found": value or "", "column": "funksjon"})
    base = {"severity": severity, "rule": rule, "sheet": "Systemer", "row_number": row, "value": value}
    return {**base, "column_name": "funksjon", "sentence_nb": nb, "sentence_en": en, **more}


def report(
    status: str, findings: list[Any], *, is_counting: bool = True, none_accepted: bool = False, **more: Any
) -> dict[str, Any]:
    delivery = {
        "delivery_id": "0123456789abcdef",
        "municipality_number": "9901",
        "period": "2026",
        "kind": "systems",
        "file_name": f"systemer {EVIL}.xlsx",
        "sha256": "a" * 64,
        "status": status,
        "is_counting": is_counting,
        "rows_received": 12,
        "rows_accepted": 0 if none_accepted else 9,
        "rows_quarantined": 3 if status == "partly_accepted" else 0,
        "supersedes": None,
    }
    meta: Any = SimpleNamespace(
        recognised={
            "format": "csv",
            "encoding": "cp1252",
            "delimiter": "\t",
            "sheets": [
                {
                    "sheet": "Systemer",
                    "contract_sheet": "systems",
                    "header_row": 2,
                    "rows": 12,
                    "columns": {"function_ids": "Hva gjør det?", "item:PU1": EVIL},
                }
            ],
        }
    )
    return make_report(delivery, findings, meta, {"9901": "Skjærvik"}, **more)


OWN = finding("quarantine", "unknown_function", 5, "Barenvern")
FOLLOWER = finding("quarantine", "follows_quarantined_system", 9, "Alfa", sheet="Dataobjekter")
CELL = finding("cell", "not_a_number", 4, "ca. 2")
MASKED = finding("masked", "masked_email", 6, "***")
NOTE = finding("warning", "unknown_column", 1, "arkivkode")


@pytest.mark.parametrize(
    ("status", "findings", "nb", "en"),
    [
        ("accepted", [], "Ingenting å gjøre.", "Nothing to do."),
        ("accepted", [NOTE], "Ingenting må gjøres. Se gjerne", "Nothing has to be done."),
        ("partly_accepted", [OWN], "Rett 3 rader og send filen på nytt.", "Mend 3 rows and send"),
        ("partly_accepted", [OWN, FOLLOWER], "Rett 2 rader og send filen på nytt. 1 rad til", "Mend 2 rows"),
        ("partly_accepted", [FOLLOWER], "1 rad viser til noe i en annen leveranse", "1 row refers"),
        ("accepted", [CELL], "1 verdi teller som ukjent. Rett den", "1 value counts as unknown."),
        ("accepted", [MASKED, MASKED], "2 celler hadde personopplysninger", "2 cells held personal data"),
        ("rejected", [finding("rejected", "empty_file")], "Rett det som står under", "Mend what is said"),
        ("rejected", [finding("rejected", "internal_error")], "Feilen er hos oss.", "The fault is ours."),
        (
            "conflict",
            [finding("rejected", "conflict")],
            # Under its old name the same file is no new one.
            "Velg hvilken fil som skal gjelde, og send den alene under et nytt filnavn.",
            "Choose the file that is to count and send it alone under a new file name.",
        ),
        ("withdrawn", [finding("warning", "withdrawn")], "Ingenting å gjøre, med mindre", "Nothing to do"),
    ],
)
def test_the_first_sentence_says_what_to_do(status: str, findings: list[Any], nb: str, en: str) -> None:
    made = report(status, findings)
    assert made["next_nb"].startswith(nb)
    assert made["next_en"].startswith(en)
    assert html.escape(made["next_nb"]) in page(made, "nb")
    assert html.escape(made["next_en"]) in page(made, "en")


def test_a_superseded_delivery_asks_for_nothing() -> None:
    made = report("partly_accepted", [OWN], is_counting=False)
    assert made["status_nb"] == "Lest, men en nyere leveranse gjelder"
    assert made["next_nb"] == "Ingenting å gjøre: en nyere leveranse gjelder."


def test_equal_findings_stand_once_with_all_their_rows() -> None:
    same = [finding("quarantine", "unknown_function", row, "Barenvern") for row in (9, 5, 7)]
    (group,) = grouped(same)
    (entry,) = group["entries"]
    assert entry["rows"] == [5, 7, 9]
    assert group["n_findings"] == 3
    assert entry["sentence_nb"].startswith("«Barenvern» er ikke en funksjon")
    assert group["consequence_nb"] not in entry["sentence_nb"]
    text = page(report("partly_accepted", same))
    assert text.count("er ikke en funksjon") == 1
    assert "Rad 5, 7, 9" in text
    assert text.count(html.escape(group["consequence_nb"])) == 1


def test_sheets_come_in_the_contracts_order_whatever_they_hold() -> None:
    read = [("Utveksling", "exchanges"), ("Våre systemer", "systems")]
    order = sheet_order({"sheets": [{"sheet": name, "contract_sheet": sheet} for name, sheet in read]})
    many = [finding("quarantine", "ambiguous_system", row, "A", sheet="Utveksling") for row in (2, 3, 4)]
    found = [*many, finding("quarantine", "required_missing", 2, sheet="Våre systemer")]
    assert [group["sheet"] for group in grouped(found, order)] == ["Våre systemer", "Utveksling"]
    assert sheet_order(None) == {}


def test_one_sentence_about_many_values_stands_once() -> None:
    same = {"sentence_nb": "Systemlisten mangler.", "sentence_en": "There is no list of systems."}
    found = [finding("quarantine", "unresolved_system", row, f"S{row}", **same) for row in (2, 3)]
    ((entry,),) = (group["entries"] for group in grouped(found))
    assert (entry["value"], entry["rows"]) == (None, [2, 3])


def test_a_delivery_without_an_accepted_row_says_so_and_keeps_its_status() -> None:
    told = report("partly_accepted", [OWN], none_accepted=True)
    assert (told["status"], told["status_nb"]) == ("partly_accepted", "Ingen rader er tatt i bruk")
    assert told["status_en"] == "No row is in use"
    assert report("partly_accepted", [OWN])["status_en"] != "No row is in use"


def test_what_matters_most_comes_first_and_causes_before_what_follows() -> None:
    many = [finding("quarantine", "follows_quarantined_system", row, "Alfa") for row in range(20, 40)]
    rejected = finding("rejected", "conflict")
    order = [g["rule"] for g in grouped([NOTE, MASKED, CELL, *many, OWN, rejected])]
    assert order == [
        "conflict",
        "unknown_function",
        "follows_quarantined_system",
        "not_a_number",
        "unknown_column",
        "masked_email",
    ]


def test_rows_are_counted_once_and_followers_apart() -> None:
    twice = finding("quarantine", "required_missing", 5)
    both = finding("quarantine", "follows_quarantined_system", 5, "Alfa")
    assert rows_to_mend([OWN, twice, both, FOLLOWER]) == (1, 1)
    assert not needs_action([NOTE, MASKED])
    assert needs_action([CELL])


def test_nothing_of_the_delivery_is_markup_in_the_page() -> None:
    evil = finding("cell", "not_a_number", 4, EVIL, column_name=EVIL, sheet=EVIL)
    text = page(report("accepted", [evil]))
    assert "<script" not in text
    assert html.escape(EVIL) in text


def test_a_page_says_all_of_a_finding_and_what_was_recognised() -> None:
    text = page(report("partly_accepted", [OWN]))
    for said in ("Systemer", "funksjon", "Rad 5", "Barenvern", "unknown_function", "Skjærvik", "cp1252"):
        assert said in text
    assert "tabulator" in text
    assert "overskrifter i rad 2, 12 rader" in text
    assert "<td>Hva gjør det?</td><td>funksjon</td>" in text
    assert "<td>PU1</td>" in text


def test_a_page_leads_to_the_other_language_and_to_the_marked_workbook() -> None:
    made = {**report("partly_accepted", [OWN]), "marked_workbook": {"name": "x.xlsx", "made_from": "1"}}
    text = page(made, "nb", other_page="x.en.html")
    assert '<html lang="nb">' in text
    assert '<a href="x.en.html" hreflang="en" lang="en">English</a>' in text
    assert '<a href="x.xlsx">x.xlsx</a>' in text


def test_long_lists_are_cut_and_say_so() -> None:
    many = [finding("cell", "not_a_number", row, f"tekst {row}") for row in range(SHOWN_ENTRIES + 7)]
    text = page(report("accepted", many))
    assert text.count("<li>") == SHOWN_ENTRIES
    assert "7 til står i JSON-filen" in text


def test_several_deliveries_of_one_file_share_a_page() -> None:
    both = [report("accepted", []), {**report("rejected", [OWN]), "municipality_number": "9902"}]
    text = pages(both, "nb")
    assert text.count("<main>") == 1
    assert text.count('class="verdict') == 2
    assert "9902" in text


def test_a_trial_speaks_of_what_would_be() -> None:
    assert report("rejected", [OWN], is_trial=True)["status_nb"] == "Ville ikke bli tatt i bruk"
    assert "Prøve av fil" in page(report("rejected", [OWN], is_trial=True))


# The words


def test_every_text_has_the_same_placeholders_in_both_languages() -> None:
    for key, texts in load_texts().items():
        named = {
            lang: [set(re.findall(r"{(\w+)}", form)) - {"n"} for form in texts[lang]] for lang in LANGUAGES
        }
        assert set.union(*named["nb"]) == set.union(*named["en"]), key


def test_every_severity_and_rule_can_be_said() -> None:
    for severity in SEVERITIES:
        for language in LANGUAGES:
            assert say(f"severity_{severity}", language)
            assert say(f"one_{severity}", language)
    with pytest.raises(TextsError, match="no text"):
        say("nonsense", "nb")


def test_one_and_several_differ() -> None:
    assert say("next_rows", "nb", 1).startswith("Rett 1 rad ")
    assert say("next_rows", "nb", 1200).startswith("Rett 1\u00a0200 rader ")
    assert say("next_rows", "en", 1200).startswith("Mend 1,200 rows ")


@pytest.mark.parametrize(
    ("known", "total", "said"), [(0, 0, "100"), (199, 200, "99"), (0, 3, "0"), (1, 3, "33"), (7, 10, "70")]
)
def test_a_share_is_never_rounded_up_over_a_limit(known: int, total: int, said: str) -> None:
    assert share(known, total, "nb") == f"{said}\u00a0%"


# Coverage


class Pack:
    """The few tables that coverage asks for."""

    def table(self, name: str) -> pl.DataFrame:
        named = {"name_nb": ["Én", "To", "Tre"], "name_en": ["One", "Two", "Three"], "tier": ["kjerne"] * 3}
        ids = {"function": "function_id", "process": "process_id", "data_object": "data_object_id"}
        if name == "threshold":
            return pl.DataFrame({"threshold_id": ["min_coverage_percent"], "value": [70]})
        if name == "function_object":
            return pl.DataFrame({"function_id": ["a", "a"], "data_object_id": ["a", "b"]})
        return pl.DataFrame({ids[name]: ["a", "b", "c"], **named})


def covered(**rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """coverage_id → coverage of one municipality whose rows are given by dataset."""
    from pipelines.gate.coverage import PLACE
    from pipelines.storage.lake import dataset_columns

    extra = {
        "municipality_number": pl.String,
        "period": pl.String,
        "is_counting": pl.Boolean,
        "is_quarantined": pl.Boolean,
        "system_key": pl.String,
        "system_keys": pl.List(pl.String),
    }
    frames, beside = {}, {}
    for dataset, columns in dataset_columns().items():
        own = [
            {
                "municipality_number": "9901",
                "period": "2026",
                "is_counting": True,
                "is_quarantined": False,
                **row,
            }
            for row in rows.get(dataset, [])
        ]
        frames[dataset] = pl.DataFrame(own, schema=columns, orient="row")
        beside[dataset] = pl.DataFrame(own, schema=extra, orient="row")
    pack: Any = Pack()
    found = coverage.of_rows(frames, beside, pack)
    assert all(place[: len(PLACE)] == ("9901", "2026") for place in found)
    return {one["coverage_id"]: one for ones in found.values() for one in ones}


def counts(one: dict[str, Any]) -> tuple[int, int]:
    return one["n_known"], one["n_all"]


def test_functions_are_answered_by_komplett_or_har_ikke() -> None:
    rows = [
        {"function_id": "a", "is_complete": True},
        {"function_id": "b", "is_complete": False},
        {"function_id": "c", "has_none": True, "is_quarantined": True},
    ]
    one = covered(function_answer=rows)["COV_FUN"]
    assert counts(one) == (1, 3)
    assert [(hint["key"], hint["gain"]) for hint in one["hints"]] == [
        ("hint_COV_FUN_quarantined", 1),
        ("hint_COV_FUN_rows", 1),
    ]
    assert "Dekningen går fra 33\u00a0% til 66\u00a0%." in one["hints"][0]["nb"]
    assert "Rett raden i Funksjoner for Tre, som er satt til side." in one["hints"][0]["nb"]
    assert "Tre" in one["hints"][0]["en"], "the name as it stands in the sender's workbook"
    (missing,) = (h for h in covered(function_answer=rows[:2])["COV_FUN"]["hints"] if "missing" in h["key"])
    assert "Skriv inn 1 funksjon til" in missing["nb"]


def test_processes_are_delivered_or_absent_and_a_row_set_aside_is_neither() -> None:
    rows = [
        {"process_id": "a", "is_described": False},
        {"process_id": "b", "ownership": "none", "is_quarantined": True},
        {"process_id": None, "process_name": "Vår egen", "ownership": "none"},
    ]
    one = covered(process=rows)["COV_PRO"]
    assert counts(one) == (1, 3)
    assert {hint["key"] for hint in one["hints"]} == {"hint_COV_PRO_missing", "hint_COV_PRO_quarantined"}


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        ([{"process_type": "main"}], 0),
        ([{"process_type": "main"}, {"volume_per_year": 0}], 1),
        ([{"is_absent": True}], 1),
        ([{"is_absent": True}, {"process_type": "main"}], 0),
        ([{"is_absent": True}, {"is_measured": False}], 1),
    ],
)
def test_a_process_of_which_only_the_name_is_given_is_not_delivered(
    rows: list[dict[str, Any]], known: int
) -> None:
    one = covered(process=[{"process_id": "a", "process_name": "Alfa", **row} for row in rows])["COV_PRO"]
    assert counts(one) == (known, 3)
    told = {hint["key"] for hint in one["hints"]}
    assert ("hint_COV_PRO_unanswered" in told) is (known == 0)


@pytest.mark.parametrize(
    ("cell", "known"),
    [
        ({"operations": "CRU"}, 1),
        ({"operations": "none"}, 1),
        ({"operations": "R", "keeps_copy": True}, 1),
        ({"operations": "R", "keeps_copy": False}, 1),
        ({"operations": "R"}, 0),
        ({"operations": "x"}, 0),
        ({"operations": None, "keeps_copy": False}, 0),
        ({"operations": "CRU", "is_quarantined": True}, 0),
    ],
)
def test_a_cell_is_settled_when_one_state_is_left(cell: dict[str, Any], known: int) -> None:
    system = {"system_key": "s", "system_name": "Alfa", "function_ids": ["a"], "lifecycle": "in_use"}
    one = covered(system=[system], system_data_object=[{"system_key": "s", "data_object_id": "a", **cell}])
    assert counts(one["COV_SYS"]) == (known, 2)
    hints = {hint["key"]: hint for hint in one["COV_SYS"]["hints"]}
    aside = int(cell.get("is_quarantined", False))
    assert hints["hint_COV_SYS_system"]["gain"] == 2 - known - aside
    assert all("Alfa" in hint["nb"] for hint in hints.values())
    assert ("hint_COV_SYS_rows" in hints) == bool(aside), "what is filled in is not asked for once more"


@pytest.mark.parametrize("none", [{"operations": "none"}, {"operations": "R", "keeps_copy": False}])
def test_a_blank_lifecycle_leaves_every_cell_open_but_those_that_are_none(none: dict[str, Any]) -> None:
    system = {"system_key": "s", "system_name": "Alfa", "function_ids": ["a"], "lifecycle": None}
    cells = [
        {"system_key": "s", "data_object_id": "a", "operations": "CRU"},
        {"system_key": "s", "data_object_id": "b", **none},
    ]
    one = covered(system=[system], system_data_object=cells)["COV_SYS"]
    assert counts(one) == (1, 2)
    assert [(hint["key"], hint["gain"]) for hint in one["hints"]] == [("hint_COV_SYS_lifecycle", 1)]


def test_a_system_set_aside_leaves_its_cells_open_and_a_discontinued_one_has_none() -> None:
    cells = [{"system_key": "s", "data_object_id": "a", "operations": "CRU"}]
    system = {"system_key": "s", "system_name": "Alfa", "function_ids": ["a"], "lifecycle": "in_use"}
    aside = covered(system=[{**system, "is_quarantined": True}], system_data_object=cells)["COV_SYS"]
    assert counts(aside) == (0, 2)
    assert [hint["key"] for hint in aside["hints"]] == ["hint_COV_SYS_quarantined"]
    assert counts(covered(system=[{**system, "lifecycle": "discontinued"}])["COV_SYS"]) == (0, 0)


def test_what_does_not_count_covers_nothing() -> None:
    assert covered(process=[{"process_id": "a", "is_counting": False}]) == {}
