"""Every published column has a class, and stands only where its class allows it."""

from __future__ import annotations

import pytest

from pipelines.disclosure.column_classes import CLASS_LABELS
from pipelines.disclosure.published import PUBLISHED, BuildFileError
from tests.synthetic_build import Rows, example
from tests.told import Told

CLASSES = "build.reference.column_class"


def test_the_pack_gives_every_published_column_a_class() -> None:
    described = Told(example()).made.described
    for table in PUBLISHED:
        assert {column.column_class for column in described[table.name].columns} <= set(CLASS_LABELS)
        if table.is_public:
            assert {column.column_class for column in described[table.name].columns} == {"open"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (f"delete from {CLASSES} where column_name = 'others_median'", r"fct_position\.others_median has no"),
        (f"drop table {CLASSES}", r"column_class\.csv"),
        (
            f"update {CLASSES} set column_class = 'shielded' where column_name = 'distance'",
            r"fct_neighbour\.distance is shielded, but the table tells of single municipalities",
        ),
        (
            f"update {CLASSES} set column_class = 'internal' where table_name = 'fct_benchmark'",
            r"fct_benchmark\.mean is internal, but the table is in the public edition",
        ),
    ],
)
def test_a_column_without_a_fitting_class_stops_publication(change: str, fault: str) -> None:
    with pytest.raises(BuildFileError, match=fault):
        Told(example(), change=change)


def procured(n_owners: int | None) -> Rows:
    rows = example()
    rows["fct_joint_procurement"][0] |= {"n_owners": n_owners, "n_products": 2}
    return rows


@pytest.mark.parametrize(("n_owners", "is_told"), [(None, False), (1, False), (2, False), (3, True)])
def test_costs_and_contracts_need_several_owners(n_owners: int | None, is_told: bool) -> None:
    asked = (
        "select annual_cost is not null and next_contract_end is not null from member.fct_joint_procurement"
    )
    either = (
        "select annual_cost is not null or next_contract_end is not null from member.fct_joint_procurement"
    )
    told = Told(procured(n_owners))
    assert (told.column(asked), told.column(either)) == ([is_told], [is_told])
    assert told.column("select n_products from member.fct_joint_procurement") == [2]
    assert Told(procured(n_owners), "shielded_of_few").column(asked) == [True]


def test_the_least_number_of_owners_is_the_pack_s() -> None:
    asked = "select annual_cost is null from member.fct_joint_procurement"
    assert Told(procured(3), min_owners_shielded=4).column(asked) == [True]
