"""The pack that ships: its facts, its size, its look-ups, its hash."""

import csv
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.reference.names import normalise
from pipelines.reference.pack import DTYPES, ReferencePack, load_pack
from pipelines.reference.schema import CONCEPTS, FAMILIES, TABLES
from pipelines.settings import ROOT

BASE = ROOT / "data" / "seeds" / "reference"
OVERLAY = ROOT / "data" / "seeds" / "fictional"
FICTIONAL = ["9901", "9902", "9903", "9904", "9905", "9906"]


@pytest.fixture(scope="module")
def base() -> ReferencePack:
    return load_pack([BASE])


@pytest.fixture(scope="module")
def both() -> ReferencePack:
    return load_pack([BASE, OVERLAY])


def rewrite(
    path: Path, *, reverse: bool = False, line_end: str = "\n", first_row: dict[int, str] | None = None
) -> None:
    """Write a CSV file again: rows turned round, another line end, cells of the first row replaced."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for column, value in (first_row or {}).items():
        rows[0][column] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator=line_end).writerows([header, *(rows[::-1] if reverse else rows)])


def test_facts_about_norwegian_municipalities(base: ReferencePack) -> None:
    population = base.table("population").filter(pl.col("year") == 2024)
    assert base.table("municipality").height == len(base.municipality_numbers) == 357
    assert population["population"].sum() == 5_550_203
    assert {"0301", "1508", "1580"} <= base.municipality_numbers
    # Absent is never zero: SSB gives no 2020-2023 for the two parts of the split Ålesund.
    parts = base.table("population").filter(pl.col("municipality_number").is_in(["1508", "1580"]))
    assert not set(parts["year"]) & {2020, 2021, 2022, 2023}
    assert (parts["population"] > 0).all()
    changes = base.table("municipality_change")
    # Alive in 2019: what ended with that year, and what goes on since. Stavanger and Steinkjer took in
    # neighbours in 2020 and kept their numbers, as nobody else did.
    ended = set(changes.filter(pl.col("last_year") == 2019)["old_number"])
    begun = set(changes.filter(pl.col("last_year") >= 2019)["new_number"]) - {"1103", "5006"}
    assert len(ended | (base.municipality_numbers - begun)) == 422


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("focus_area", 8),
        ("principle", 5),
        ("sub_goal", 3),
        ("indicator", 54),
        ("kostra_group", 17),
        ("threshold", 16),
        ("instrument_item", 42),
    ],
)
def test_the_pack_has_its_size(base: ReferencePack, table: str, rows: int) -> None:
    assert base.table(table).height == rows


def test_every_table_is_there_typed_and_sorted_by_key(both: ReferencePack) -> None:
    assert set(both.tables) == set(TABLES)
    for name, frame in both.tables.items():
        table = TABLES[name]
        assert frame.schema == {column.name: DTYPES[column.type] for column in table.columns}, name
        assert frame.sort(table.key, nulls_last=False).equals(frame), name
    assert both.table("threshold").filter(threshold_id="min_coverage_percent")["value"].item() == Decimal(70)


def test_real_municipalities_have_no_participants_owners_or_bodies(base: ReferencePack) -> None:
    assert [base.table(name).height for name in ("participant", "owner", "sbo")] == [0, 0, 0]
    assert not any(base.table("municipality")["is_fictional"])


@pytest.mark.parametrize(
    ("table", "least", "core"),
    [("function", 50, 25), ("process", 80, 20), ("data_object", 40, 52), ("shared_service", 15, None)],
)
def test_the_pack_is_as_large_as_it_must_be(
    base: ReferencePack, table: str, least: int, core: int | None
) -> None:
    """The core of functions and processes is what a municipality answers in an afternoon."""
    frame = base.table(table)
    assert frame.height >= least
    if core is None:
        assert frame["is_relevant"].sum() >= least
    else:
        assert frame.filter(tier="kjerne").height == core
    assert base.table("data_object").filter(tier="kjerne").height >= 40


def test_every_part_of_the_pack_is_used(base: ReferencePack) -> None:
    areas = set(base.table("focus_area")["focus_area_id"])
    for table in ("function", "process"):
        assert set(base.table(table)["focus_area_id"]) == areas
        assert set(base.table(table).filter(tier="kjerne")["focus_area_id"]) == areas
        assert set(base.table(table)["tier"]) == {"kjerne", "utvidet"}
    types = base.table("process").group_by("process_type").len()
    assert set(types["process_type"]) == {"main", "support", "management"}
    assert min(types["len"]) >= 10
    # What is only in the extended tier is expected of nothing that the core asks about.
    expected = base.table("function_object")
    assert set(expected["data_object_id"]) == set(base.table("data_object")["data_object_id"])
    per_function = base.table("function").join(
        expected.group_by("function_id").len(), on="function_id", how="left"
    )
    assert per_function["len"].is_between(2, 6).all()
    assert per_function.filter(tier="kjerne")["len"].is_between(3, 6).all()
    of_core = expected.join(base.table("function").filter(tier="kjerne"), on="function_id", how="semi")
    core_objects = set(base.table("data_object").filter(tier="kjerne")["data_object_id"])
    assert set(of_core["data_object_id"]) <= core_objects


def test_every_object_with_a_register_is_granted_to_a_process_from_it(base: ReferencePack) -> None:
    objects = base.table("data_object").filter(pl.col("register_id").is_not_null())
    granted = base.table("process_object")
    assert set(granted["data_object_id"]) == set(objects["data_object_id"])
    # A process is granted the register that is authoritative for the object, and it may be used.
    both = granted.join(base.table("data_object"), on="data_object_id")
    assert (both["register_id"] == both["register_id_right"]).all()
    assert base.table("register").join(objects, on="register_id", how="semi")["is_available"].all()
    # A core process is granted core objects alone, and few enough to be asked about in an afternoon.
    of_core = both.join(base.table("process").filter(tier="kjerne"), on="process_id", how="semi")
    assert set(of_core["tier"]) == {"kjerne"}
    assert of_core.height <= 60
    assert max(of_core.group_by("process_id").len()["len"]) <= 6


def test_instrument_covers_the_indicators(base: ReferencePack) -> None:
    items = base.items("2026")
    assert items["item_id"].head(6).to_list() == ["PU1", "PU2", "PU3", "PU4", "PU5", "PU6"]
    assert dict(items.group_by("dimension_id").len().iter_rows()) == {
        "PU": 6, "PO": 4, "CS": 6, "EN": 4, "P1": 2, "P2": 2, "P3": 2, "P4": 2, "P5": 2, "BAR": 12,
    }  # fmt: skip
    core = set(items.filter(tier="kjerne")["item_id"])
    assert core == {
        "PU1", "PU2", "PO1", "PO2", "CS1", "CS2", "EN1", "EN2", "P1A", "P2A", "P3A", "P4A", "P5A",
        "BAR_1", "BAR_2", "BAR_10", "BAR_12",
    }  # fmt: skip
    indicators = base.table("indicator")
    assert indicators.filter(family="BAR")["tier"].to_list() == [
        items.filter(item_id=item)["tier"].item() for item in indicators.filter(family="BAR")["item_id"]
    ]
    neutral = {"PRO_X", "DUP_AVG", "DUP_RED", "FUN_RED", "INT_AUTO", "SYS_NEW", "SBO_DIV"}
    assert set(indicators.filter(better="neutral")["indicator_id"]) == neutral
    assert all(indicators.filter(family="COV")["better"] == "up")
    assert indicators.filter(better="near_zero")["indicator_id"].to_list() == ["PRO_GAP"]


def test_the_catalogue_says_what_each_indicator_rests_on(base: ReferencePack) -> None:
    indicators = base.table("indicator")
    assert set(indicators["family"]) == set(FAMILIES)
    # An indicator's name begins with its family, but for the one that has no more than one.
    odd = [i for i, f in indicators.select("indicator_id", "family").iter_rows() if i.split("_")[0] != f]
    assert odd == ["KEY1"]
    uncut = set(indicators.filter(~pl.col("has_focus_area_cut"))["indicator_id"])
    assert uncut == {
        "INI_MAP", "INI_OWN", "INI_BEN", "NAT_USE", "INT_AUTO", "SILO_OBJ", "KEY1", "SBO_DIV",
    }  # fmt: skip
    second = indicators.filter(pl.col("second_source_kind").is_not_null())
    assert dict(second.select("indicator_id", "source_kind").iter_rows()) == {
        "PRO_GAP": "survey",
        "KEY1": "systems",
    }
    assert set(second["second_source_kind"]) == {"processes"}
    assert indicators.filter(indicator_id="PRO_GAP").select("dimension_id", "item_id").row(0) == ("PO", "PO1")
    for language, says_cut in (("nb", "satsingsområde"), ("en", "focus area")):
        texts = dict(indicators.select("indicator_id", f"description_{language}").iter_rows())
        assert all(len(text) > 250 for text in texts.values())
        assert [i for i, text in texts.items() if says_cut not in text] == ["SBO_DIV"]


def test_targets_say_what_they_rest_on(base: ReferencePack) -> None:
    targets = base.table("target")
    assert {"PRO_OWN", "ONCE_GAP", "NAT_USE", "SYS_ROS"} <= set(targets["indicator_id"])
    # What is the house's own, and what follows from a rule or the definition, is said.
    said = targets["basis_nb"].str.to_lowercase()
    assert said.str.contains("eget|følger av definisjonen|digitaliseringspolitikk").all()
    assert min(targets["basis_nb"].str.len_chars()) > 40
    assert min(targets["basis_en"].str.len_chars()) > 40


def test_the_index_is_made_of_its_dimensions(base: ReferencePack) -> None:
    parts = base.table("composite_part")
    dimensions = set(base.table("instrument_dimension")["dimension_id"]) - {"BAR"}
    assert set(parts.filter(indicator_id="MOD_IDX")["dimension_id"]) == dimensions
    required = {"PU", "PO", "CS", "EN"}
    assert set(parts.filter(indicator_id="MOD_IDX", is_required=True)["dimension_id"]) == required
    assert set(parts.filter(indicator_id="MOD_LVL")["dimension_id"]) == required
    assert base.table("peer_weight")["weight"].to_list() == [Decimal(1)] * 3


def test_item_texts_and_aliases_are_recognised(base: ReferencePack) -> None:
    index = base.item_index("2026")
    text = "Noen er utpekt til å fremme  samarbeid på tvers. "
    assert index[normalise(text)] == "CS4"
    assert index["p1a"] == "P1A"
    assert index["mangel på felles løsninger"] == "BAR_12"
    assert (
        index[normalise("I hvilken grad hemmer dette digitaliseringen? Mangel på felles løsninger")]
        == "BAR_12"
    )


def test_scale_index(base: ReferencePack) -> None:
    labels = base.scale_index("extent_5")
    assert labels["i svært liten grad"] == ("ok", 1)
    assert labels["to a very large extent"] == ("ok", 5)
    assert labels["vet ikke"] == ("dont_know", None)
    assert base.scale_index("agreement_5")["not relevant"] == ("not_relevant", None)
    with pytest.raises(KeyError, match="agreement_5"):
        base.scale_index("agreement_7")


@pytest.mark.parametrize(
    ("concept", "text", "expected"),
    [
        ("function", "Sak\N{NO-BREAK SPACE}og  ARKIV:", "records_management"),
        ("function", "building_case", "building_case"),
        ("process", "Handle a building application", "building_permit"),
        ("data_object", "Matrikkelenhet", "property"),
        ("shared_service", "KRR", "contact_register_lookup"),
        ("focus_area", "Økonomi, HR og lønn", "finance_hr_payroll"),
        ("role", "rådmann", "municipal_director"),
        ("role_group", "Tillitsvalgte", "employee_representatives"),
        ("register", "Grunnbok", "land_register"),
    ],
)
def test_concepts_are_found_by_id_name_and_alias(
    base: ReferencePack, concept: str, text: str, expected: str
) -> None:
    assert base.concept_index(concept)[normalise(text)] == expected


def test_unknown_look_ups_name_what_there_is(base: ReferencePack) -> None:
    assert set(CONCEPTS) == set(base.concepts)
    with pytest.raises(KeyError, match="shared_service"):
        base.concept_index("service")
    with pytest.raises(KeyError, match="municipality_change"):
        base.table("municipalities")
    with pytest.raises(KeyError, match="2024, 2025, 2026"):
        base.reference_date("2023")
    with pytest.raises(KeyError):
        base.is_fictional("9901")


def test_successors_of_old_numbers(base: ReferencePack) -> None:
    assert base.successors("1507") == [("1508", "Ålesund", "split"), ("1580", "Haram", "split")]
    assert base.successors("5012") == [
        ("5055", "Heim", "split"), ("5056", "Hitra", "split"), ("5059", "Orkland", "split"),
    ]  # fmt: skip
    assert base.successors("0714") == [("3903", "Holmestrand", "merged")]
    assert base.successors("0301") == []


def test_overlay_adds_the_fictional_municipalities(base: ReferencePack, both: ReferencePack) -> None:
    assert both.municipality_numbers - base.municipality_numbers == set(FICTIONAL)
    assert [both.is_fictional(number) for number in (*FICTIONAL, "0301")] == [True] * 6 + [False]
    assert both.pack_hash != base.pack_hash
    assert both.table("owner")["municipality_number"].to_list() == FICTIONAL
    assert set(both.table("participant").iter_rows()) == {(n, p) for n in FICTIONAL for p in ("2025", "2026")}
    sizes = both.table("population").filter(pl.col("municipality_number").is_in(FICTIONAL))
    for year in (2024, 2025, 2026):
        people = sizes.filter(year=year)["population"]
        assert (people < 5_000).sum() == 3
        assert people.is_between(5_000, 19_999).sum() == 3


def test_fictional_names_belong_to_no_real_municipality(both: ReferencePack) -> None:
    municipalities, changes = both.table("municipality"), both.table("municipality_change")
    real = pl.concat(
        [municipalities.filter(~pl.col("is_fictional"))["name"], changes["old_name"], changes["new_name"]]
    )
    names = {normalise(part) for name in real for part in (name, *name.split(" - "))}
    assert not names & {normalise(name) for name in municipalities.filter(pl.col("is_fictional"))["name"]}


def test_periods_and_their_reference_dates(base: ReferencePack) -> None:
    assert base.periods == ["2024", "2025", "2026"]
    assert base.reference_date("2025") == date(2025, 12, 31)
    assert base.instrument("2026") == "prosess-2026"


def test_hash_ignores_row_order_folder_and_line_ends(both: ReferencePack, tmp_path: Path) -> None:
    moved = [Path(shutil.copytree(folder, tmp_path / folder.name / "moved")) for folder in (BASE, OVERLAY)]
    for folder in moved:
        for path in folder.glob("*.csv"):
            rewrite(path, reverse=True, line_end="\r\n")
    assert b"\r\n" in (moved[0] / "period.csv").read_bytes()
    again = load_pack(moved)
    assert again.pack_hash == both.pack_hash
    assert all(again.table(name).equals(frame) for name, frame in both.tables.items())


def test_hash_sees_one_changed_cell(both: ReferencePack, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(OVERLAY, tmp_path / "overlay"))
    rewrite(folder / "population.csv", first_row={2: "1963"})
    assert load_pack([BASE, folder]).pack_hash != both.pack_hash
