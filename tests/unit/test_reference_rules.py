"""Each rule of a reference pack broken once, in a copy of the pack cut down to three municipalities."""

import csv
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.reference.pack import load_pack
from pipelines.reference.schema import TABLES, PackError
from pipelines.settings import ROOT

BASE = ROOT / "data" / "seeds" / "reference"
KEPT = {"0301", "1508", "1580"}
CUT = {"municipality": 0, "population": 0, "municipality_change": 4}


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(BASE, tmp_path_factory.mktemp("small") / "pack"))
    for table, column in CUT.items():
        header, *rows = read(folder / f"{table}.csv")
        write(folder / f"{table}.csv", [header, *(row for row in rows if row[column] in KEPT)])
    return folder


@pytest.fixture
def pack(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "pack"))


def test_the_cut_down_pack_is_sound(pack: Path) -> None:
    assert load_pack([pack]).municipality_numbers == KEPT


@dataclass(frozen=True)
class Broken:
    """A table, what is done to its rows (header first), and the one fault that must be found."""

    table: str
    edit: Callable[[list[list[str]]], object]
    row: int | None
    column: str | None
    says: str
    reported_in: str | None = None


def put(row: int, column: str, value: str) -> Callable[[list[list[str]]], object]:
    """One cell replaced."""

    def edit(rows: list[list[str]]) -> None:
        rows[row - 1][rows[0].index(column)] = value

    return edit


def cell(table: str, row: int, column: str, value: str, says: str, at: str | None = None) -> Broken:
    """One cell replaced; ``at`` where the fault is reported for other columns than the edited one."""

    return Broken(table, put(row, column, value), row, at or column, says)


def added(table: str, values: str, column: str, says: str) -> Broken:
    """One row added at the end; the fault is reported there."""
    rows = len(read(BASE / f"{table}.csv"))
    return Broken(table, lambda found: found.append(values.split(",")), rows + 1, column, says)


def row_of(table: str, *values: str) -> int:
    """The 1-based row of the base pack's table that holds all these values."""
    return next(n for n, row in enumerate(read(BASE / f"{table}.csv"), 1) if set(values) <= set(row))


def every_row(change: Callable[[list[str]], object]) -> Callable[[list[list[str]]], object]:
    """The same done to each row, the header too."""
    return lambda rows: list(map(change, rows))


def put_last(value: str) -> Callable[[list[str]], object]:
    """The last cell of a row replaced, the header's left alone."""

    def edit(row: list[str]) -> None:
        row[-1] = value if row[-1] in ("true", "false") else row[-1]

    return edit


def only(*rows: list[str]) -> Callable[[list[list[str]]], object]:
    """The table's rows replaced by these."""

    def edit(found: list[list[str]]) -> None:
        found[1:] = rows

    return edit


def one_item_too_many(rows: list[list[str]]) -> None:
    for number in range(10):
        rows.append(["prosess-2026", f"PU1{number}", "PU", "agreement_5", f"s{number}", f"q{number}",
                     "false", "utvidet", "99"])  # fmt: skip


CASES = {
    # cells
    "not an int": cell("population", 2, "population", "12.5", "whole number"),
    "negative population": cell("population", 2, "population", "-1", "at least 0"),
    "not a float": cell("municipality", 2, "area_km2", "454,12", "decimal point"),
    "centrality beyond 6": cell("municipality", 2, "centrality_class", "7", "at most 6"),
    "not a bool": cell("municipality", 2, "is_fictional", "False", "true or false"),
    "not a date": cell("instrument", 2, "valid_from", "2024-02-30", "YYYY-MM-DD"),
    "not a decimal": cell("threshold", 2, "value", "fem", "write a number"),
    "blank where required": cell("function", 2, "name_nb", "", "the cell is blank"),
    "white space around": cell("function", 2, "name_en", "Record ", "white space"),
    "value not allowed": cell("process", 2, "process_type", "hoved", "main, support, management"),
    "id with a space": cell("function", 2, "function_id", "health record", "characters"),
    # shape
    "unknown column": Broken("period", every_row(lambda row: row.append("x")), 1, "x", "no such column"),
    "missing column": Broken("role", every_row(lambda row: row.pop()), 1, "name_en", "is missing"),
    "column twice": Broken("role", every_row(lambda row: row.append(row[2])), 1, "name_en", "stands twice"),
    "too few cells": Broken("role", lambda r: r[2].pop(), 3, None, "2 cells where the header has 3"),
    # keys
    "repeated key": added("period", "2026,prosess-2026", "period", "'2026' stands already"),
    "repeated key of two columns": added(
        "function_object", "risk_incident,employee", "function_id, data_object_id", "stands already"
    ),
    # references, one per table that has any
    "kostra group": cell("municipality", 2, "kostra_group", "EKG99", "kostra_group.csv"),
    "population of nobody": cell("population", 2, "municipality_number", "0302", "municipality.csv"),
    "change to nobody": cell("municipality_change", 2, "new_number", "0302", "municipality.csv"),
    "instrument of a period": cell("period", 2, "instrument_id", "prosess-2025", "instrument.csv"),
    "scale of a label": added("scale_label", "agreement_7,1,ok,a,b", "scale_id", "scale.csv"),
    "instrument of a dimension": added(
        "instrument_dimension", "annet,XX,a,b,1", "instrument_id", "instrument.csv"
    ),
    "dimension of an item": cell(
        "instrument_item", 2, "dimension_id", "XX", "instrument_dimension.csv", "instrument_id, dimension_id"
    ),
    "scale of an item": added(
        "instrument_item", "prosess-2026,P1C,P1,agreement_7,a,b,false,utvidet,99", "scale_id", "scale.csv"
    ),
    "participant": added("participant", "9999,2026", "municipality_number", "no municipality of the pack"),
    "participant under a former number": added(
        "participant", "1507,2024", "municipality_number", "valid up to 2023, not in 2024"
    ),
    "participant under a number to come": added(
        "participant", "1508,2023", "municipality_number", "valid from 2024, not in 2023"
    ),
    "participant's period": added("participant", "0301,2031", "period", "period.csv"),
    "owner's body": added("owner", "ingen,0301", "sbo_id", "sbo.csv"),
    "principle": cell("indicator", 2, "principle", "P6", "principle.csv"),
    "sub-goal": cell("indicator", 2, "sub_goal", "x", "sub_goal.csv"),
    "indicator's dimension": cell("indicator", 2, "dimension_id", "XX", "instrument_dimension.csv"),
    "indicator's item": cell(
        "indicator",
        row_of("indicator", "BAR_1"),
        "item_id",
        "BAR_13",
        "instrument_item.csv",
        "dimension_id, item_id",
    ),
    "composite of no indicator": cell("composite_part", 2, "indicator_id", "MOD_X", "indicator.csv"),
    "composite's dimension": cell("composite_part", 2, "dimension_id", "XX", "instrument_dimension.csv"),
    "target of no indicator": cell("target", 2, "indicator_id", "MOD_X", "indicator.csv"),
    "linked item": added(
        "item_link", "prosess-2026,PU9,annet,PU1", "instrument_id, item_id", "instrument_item.csv"
    ),
    "item linked to": added(
        "item_link",
        "prosess-2026,PU1,annet,PU1",
        "earlier_instrument_id, earlier_item_id",
        "instrument_item.csv",
    ),
    "function's focus area": cell("function", 2, "focus_area_id", "helse", "focus_area.csv"),
    "process's focus area": cell("process", 2, "focus_area_id", "helse", "focus_area.csv"),
    "object's register": cell("data_object", 2, "register_id", "freg", "register.csv"),
    "expected object": cell("function_object", 2, "data_object_id", "x", "data_object.csv"),
    "function of an expected object": cell("function_object", 2, "function_id", "x", "function.csv"),
    "process of a granted register": cell("process_object", 2, "process_id", "x", "process.csv"),
    "object of a granted register": cell("process_object", 2, "data_object_id", "x", "data_object.csv"),
    "owner": added("owner", "ingen,9999", "municipality_number", "municipality.csv"),
    "product's vendor": cell("product", 2, "vendor_id", "nobody", "vendor.csv"),
    "granted register": cell("process_object", 2, "register_id", "x", "register.csv"),
    "alias of nothing": cell(
        "alias", row_of("alias", "process", "byggesak"), "concept_id", "x", "process.csv"
    ),
    # rules over several rows
    "item linked within its instrument": added(
        "item_link", "prosess-2026,PU1,prosess-2026,PU2", "earlier_instrument_id", "linked with itself"
    ),
    "composite that has a dimension": cell(
        "composite_part", 2, "indicator_id", "MOD_PU", "no indicator of several dimensions"
    ),
    "composite of another family": cell(
        "composite_part", 2, "indicator_id", "PRO_OWN", "no indicator of several dimensions"
    ),
    "composite without a required part": Broken(
        "composite_part", every_row(put_last("false")), 2, "is_required", "MOD_IDX has no required part"
    ),
    "target that cannot be reached": cell("target", 2, "value", "100.5", "cannot be reached"),
    "target of a neutral indicator": cell("target", 2, "indicator_id", "PRO_X", "neither better"),
    "weight of an unknown variable": added("peer_weight", "area,1", "variable", "use one of"),
    "weight below nought": cell("peer_weight", 2, "weight", "-1", "at least 0"),
    "register that may not be used": cell(
        "process_object", 2, "register_id", "health_user_register", "may not use"
    ),
    "gap between size classes": cell("size_class", 3, "min_population", "5001", "where 5000 was expected"),
    "overlap of size classes": cell("size_class", 3, "min_population", "4999", "where 5000 was expected"),
    "largest class closed": cell("size_class", 4, "max_population", "99999", "has an end"),
    "class after an open one": added(
        "size_class", "huge,a,b,30000,", "min_population", "after an open class"
    ),
    "class that is empty": cell("size_class", 3, "max_population", "4000", "4000 is below 5000"),
    "split with one target": Broken(
        "municipality_change",
        only(["1", "A", "", "2019", "0301", "Oslo", "split"]),
        2,
        "kind",
        "split with 1 target",
    ),
    "merger with two targets": Broken(
        "municipality_change",
        only(*(["1", "A", "", "2019", number, "B", "merged"] for number in ("0301", "1508"))),
        2,
        "kind",
        "merged with 2 target",
    ),
    "period that is none": cell("period", 2, "period", "2024-H3", "'2024-H3'"),
    "two frequencies": cell("period", 4, "period", "2026-H1", "another length"),
    "instrument not valid yet": Broken(
        "instrument",
        put(2, "valid_from", "2025-01-01"),
        2,
        "instrument_id",
        "not valid on 2024-12-31",
        "period",
    ),
    "instrument valid backwards": cell("instrument", 2, "valid_to", "2023-01-01", "is before 2024-01-01"),
    "two scales in a dimension": cell(
        "instrument_item", 3, "scale_id", "extent_5", "agreement_5 and extent_5"
    ),
    "sixteen items in a dimension": Broken(
        "instrument_item", one_item_too_many, 53, "dimension_id", "dimension PU has 16 items"
    ),
    "item text of two items": cell(
        "instrument_item", 3, "text_nb", "pu1", "leads to both PU1 and PU2 (instrument prosess-2026)"
    ),
    "scale label missing": Broken(
        "scale_label", lambda r: r.pop(1), 2, "n_points", "no label for 1", "scale"
    ),
    "label beyond the scale": added("scale_label", "extent_5,6,ok,a,b", "value", "scale of 5 points"),
    "status with a value": cell("scale_label", row_of("scale_label", "vet ikke"), "value", "5", "dont_know"),
    "label with two meanings": cell("scale_label", 3, "label_nb", "Helt uenig", "two meanings"),
    "reserved focus area": added("focus_area", "all,Alt,Everything,a,b,sectoral", "focus_area_id", "whole"),
    "threshold missing": Broken("threshold", lambda r: r.pop(1), None, "threshold_id", "min_respondents"),
    "threshold unknown": added("threshold", "min_people,5,a,b", "threshold_id", "use one of"),
    "required table without rows": Broken("size_class", only(), None, None, "the table has no rows"),
    "alias of two ids": added(
        "alias", "function,Barnevern:,building_case", "alias", "both child_welfare and"
    ),
    "alias without a letter": added("alias", "function,...,building_case", "alias", "no letter"),
    "name that is another's id": cell(
        "data_object", 3, "name_en", "Person", "both person and family_relation"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_broken_rule_is_named_with_its_place(pack: Path, case: Broken) -> None:
    path = pack / f"{case.table}.csv"
    rows = read(path)
    case.edit(rows)
    write(path, rows)
    with pytest.raises(PackError) as caught:
        load_pack([pack])
    place = (pack / f"{case.reported_in or case.table}.csv", case.row, case.column)
    at_place = [
        problem for problem in caught.value.problems if (problem.file, problem.row, problem.column) == place
    ]
    assert any(case.says in str(problem) for problem in at_place), str(caught.value)
    assert all(problem.to_do for problem in caught.value.problems)


def test_items_are_linked_once_and_over_scales_of_one_length(pack: Path) -> None:
    def append(table: str, *lines: str) -> None:
        rows = read(pack / f"{table}.csv")
        write(pack / f"{table}.csv", rows + [line.split(",") for line in lines])

    append("instrument", "gammel,Gammel,Old,2020-01-01,2023-12-31")
    append("instrument_dimension", "gammel,PU,Forståelse,Understanding,1")
    append("scale", "agreement_2,2")
    append("scale_label", "agreement_2,1,ok,nei,no", "agreement_2,2,ok,ja,yes")
    append(
        "instrument_item",
        "gammel,G1,PU,agreement_2,Spørsmål en,Question one,false,kjerne,1",
        "gammel,G2,PU,agreement_2,Spørsmål to,Question two,false,kjerne,2",
    )
    load_pack([pack])
    append("item_link", "prosess-2026,PU1,gammel,G1")
    assert ["5 points against 2" in problem for problem in problems_of(pack)] == [True]
    for row, item in ((2, "PU1"), (3, "PU2")):
        put(row, "scale_id", "agreement_2")(rows := read(pack / "instrument_item.csv"))
        assert rows[row - 1][1] == item
        write(pack / "instrument_item.csv", rows)
    for row in range(4, 8):
        put(row, "scale_id", "agreement_2")(rows := read(pack / "instrument_item.csv"))
        write(pack / "instrument_item.csv", rows)
    load_pack([pack])
    append("item_link", "prosess-2026,PU2,gammel,G1")
    assert ["is linked already" in problem for problem in problems_of(pack)] == [True]


def test_every_foreign_key_is_broken_by_a_case() -> None:
    broken = {(case.table, case.column, case.says) for case in CASES.values()}
    for table in TABLES.values():
        for reference in table.foreign_keys:
            assert (table.name, ", ".join(reference.columns), f"{reference.table}.csv") in broken


def problems_of(*folders: Path) -> list[str]:
    with pytest.raises(PackError) as caught:
        load_pack(folders)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_that_is_no_table_is_refused_with_the_nearest_names(pack: Path) -> None:
    (pack / "municipalities.csv").write_text("a\n", encoding="utf-8")
    assert problems_of(pack) == [
        f"{pack}/municipalities.csv: no reference table has this name; "
        "name it after a table (nearest: municipality, municipality_change)"
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "row 1: the file is empty; write the header role_id,name_nb,name_en"),
        ("role_id,name_nb,name_en\nx,Økonomisjef,y\n".encode("cp1252"), "row 2: byte 0xd8 is not UTF-8"),
        (b'role_id,name_nb,name_en\nx,"y,z\n', "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read(pack: Path, content: bytes, says: str) -> None:
    (pack / "role.csv").write_bytes(content)
    (problem,) = problems_of(pack)
    assert says in problem


def test_byte_order_mark_blank_lines_and_column_order_do_not_matter(pack: Path) -> None:
    before = load_pack([pack])
    rows = read(pack / "role.csv")
    write(pack / "role.csv", [row[::-1] for row in rows] + [[]])
    (pack / "role.csv").write_bytes(b"\xef\xbb\xbf" + (pack / "role.csv").read_bytes())
    assert load_pack([pack]).pack_hash == before.pack_hash


def test_decomposed_letters_are_composed(pack: Path) -> None:
    before = load_pack([pack])
    path = pack / "process.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    assert load_pack([pack]).pack_hash == before.pack_hash


def test_all_faults_are_told_at_once(pack: Path) -> None:
    for table in ("role", "function", "process"):
        rows = read(pack / f"{table}.csv")
        rows[1][1] = ""
        write(pack / f"{table}.csv", rows)
    assert len(problems_of(pack)) == 3


def test_a_key_repeated_in_an_overlay_names_both_places(pack: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    write(overlay / "period.csv", [["period", "instrument_id"], ["2026", "prosess-2026"]])
    (problem,) = problems_of(pack, overlay)
    assert f"{overlay}/period.csv, row 2, column period" in problem
    assert f"{pack}/period.csv, row 4" in problem


def test_a_table_that_is_not_required_may_be_absent(pack: Path) -> None:
    (pack / "participant.csv").unlink()
    table = load_pack([pack]).table("participant")
    assert table.columns == ["municipality_number", "period"]
    assert table.height == 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such folder" in problems_of(tmp_path / "gone")[0]
    assert "no folder was given" in problems_of()[0]
