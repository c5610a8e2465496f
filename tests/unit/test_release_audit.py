"""The audit before a release: each objection, raised by a build that deserves it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.storage.releases import ReleaseError, audit
from tests.synthetic_build import delivery_row, example, settings_of, write_build


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose build is in order; tests change a copy of the file."""
    home = tmp_path_factory.mktemp("audit")
    write_build(settings_of(home).build_file, example())
    return home


def problems(home: Path, *statements: str, is_tested: bool = True) -> list[str]:
    """The audit's sentences after changes to the build, which are taken back."""
    settings = settings_of(home)
    whole = settings.build_file.read_bytes()
    try:
        with duckdb.connect(str(settings.build_file)) as connection:
            for statement in statements:
                connection.execute(statement)
        return audit(settings, is_tested=is_tested)
    finally:
        settings.build_file.write_bytes(whole)


def test_a_build_in_order_passes(build: Path) -> None:
    assert problems(build) == []


def test_what_dbt_did_not_pass_is_not_published(build: Path) -> None:
    assert problems(build, is_tested=False) == ["dbt did not build and test the marts without failures"]


@pytest.mark.parametrize("table", ["dim_municipality", "dim_indicator", "fct_indicator_value"])
def test_an_empty_index_is_no_release(build: Path, table: str) -> None:
    assert problems(build, f"delete from {table}") == [f"{table} has no rows"]


@pytest.mark.parametrize(
    ("numbers", "is_lost"),
    [
        (("accepted", 10, 9, 1), False),
        (("accepted", 10, 9, 0), True),
        (("accepted", 10, 9, 2), True),
        (("accepted", 10, None, 10), True),
        (("accepted", 10, 10, None), True),
        (("accepted", None, 10, 0), True),
        (("rejected", 10, 0, 10), False),
        (("rejected", 10, 1, 9), True),
        (("rejected", None, 0, None), False),
        (("rejected", None, 0, 3), True),
        (("withdrawn", 10, 9, 1), False),
        (("conflict", 10, 8, 1), True),
    ],
)
def test_law_1_rows_received_are_accepted_or_quarantined(
    tmp_path: Path, numbers: tuple[str, int | None, int | None, int | None], is_lost: bool
) -> None:
    rows = example()
    rows["delivery"].append(delivery_row("lost", *numbers))
    rows["delivery_finding"].append({"delivery_id": "lost", "finding_number": 1, "severity": "rejected"})
    settings = settings_of(tmp_path)
    write_build(settings.build_file, rows)
    found = audit(settings, is_tested=True)
    assert ["lost" in problem and "lost.csv" in problem for problem in found] == [True] * is_lost


@pytest.mark.parametrize("table", ["fct_indicator_value", "fct_position", "delivery", "fct_duplicate_object"])
def test_a_repeated_key_is_named(build: Path, table: str) -> None:
    (found,) = problems(build, f"insert into {table} from {table} limit 1")
    assert found.startswith(f"{table}: ")
    assert "complete keys" in found


def test_an_incomplete_key_is_named(build: Path) -> None:
    (found,) = problems(build, "update delivery_finding set finding_number = null")
    assert found.startswith("delivery_finding: 1 rows but 0 different, complete keys")


def test_what_is_not_described_is_not_published(build: Path) -> None:
    found = problems(build, "comment on table delivery is null", "comment on column fct_benchmark.mean is ''")
    assert found == [
        "fct_benchmark.mean has no comment; describe it in dbt",
        "delivery has no comment; describe it in dbt",
    ]


def test_without_a_build_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no build file .*kommunebench\.duckdb; .*kommunebench run"):
        audit(settings_of(tmp_path), is_tested=True)


def test_law_2_a_rejection_without_a_reason_is_not_published(build: Path) -> None:
    assert problems(build, "delete from main.delivery_finding") == [
        "delivery d2 (d2.csv) is rejected without a finding that says why"
    ]


@pytest.mark.parametrize(
    "change",
    [
        "update main.fct_indicator_value set status = 'not_delivered'",
        "update main.fct_indicator_value set value = null",
    ],
)
def test_law_2_missing_is_never_a_value(build: Path, change: str) -> None:
    where = "where municipality_number = '9900' and indicator_id = 'PRO_OWN'"
    (problem,) = problems(build, f"{change} {where}")
    assert "9900 2026 PRO_OWN" in problem


def test_law_5_rows_lead_to_a_delivery(build: Path) -> None:
    (problem,) = problems(build, "delete from ledger.delivery where delivery_id = 'd1'")
    assert problem == "lake.survey_respondent has rows of delivery d1, which the ledger does not know"


def test_law_5_a_delivery_leads_to_its_file(build: Path) -> None:
    unknown = "0" * 64
    (problem,) = problems(build, f"update ledger.delivery set sha256 = '{unknown}' where delivery_id = 'd1'")
    assert problem.startswith("delivery d1: ")
