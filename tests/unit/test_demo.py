"""The generator: the same seed gives the same bytes, and what it makes is invented, varied and complete."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from pipelines.demo import write_demo, write_survey_only
from pipelines.demo.catalogue import Catalogue, moment_of
from pipelines.demo.dice import Dice
from pipelines.demo.faults import FAULTS, fault_of
from pipelines.demo.files import nettskjema_csv, norwegian_csv, workbook
from pipelines.demo.municipalities import MOST_MUNICIPALITIES, invent
from pipelines.demo.names import (
    KEY_ROLES,
    LOCAL_OBJECTS,
    LOCAL_PROCESSES,
    MOST_NAMES,
    municipality_name,
)
from pipelines.demo.sending import fill_in
from pipelines.demo.systems import views
from pipelines.demo.tables import Table
from pipelines.reference.names import normalise
from pipelines.reference.pack import ReferencePack, load_pack
from tests.support import BASE_PACK, FICTIONAL_PACK

SMALL = {"municipalities": 9, "periods": ("2025", "2026"), "respondents": 8}


@pytest.fixture(scope="module")
def pack() -> ReferencePack:
    return load_pack([BASE_PACK])


@pytest.fixture(scope="module")
def catalogue(pack: ReferencePack) -> Catalogue:
    return Catalogue.of(pack)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_same_bytes_and_another_seed_differs(pack: ReferencePack, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        summary = write_demo(tmp_path / name, seed=seed, pack=pack, **SMALL)
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert any(name.endswith(".xlsx") for name in one)
    # What a damaged file holds and who takes part do not depend on the seed; all else does.
    damaged = {f"inbox/{fault.path}" for fault in summary.faults if fault.fault == "unreadable_file"}
    same = {name for name in one if one[name] == other.get(name)}
    assert damaged
    assert same - damaged == {"reference/participant.csv"}


def test_a_period_is_the_same_whatever_other_periods_are_written(pack: ReferencePack, tmp_path: Path) -> None:
    write_demo(tmp_path / "two", municipalities=1, periods=("2025", "2026"), pack=pack)
    write_demo(tmp_path / "one", municipalities=1, periods=("2025",), pack=pack)
    assert contents(tmp_path / "two" / "inbox" / "2025") == contents(tmp_path / "one" / "inbox" / "2025")


def test_the_overlay_loads_with_the_packs_and_holds_all_size_classes(
    pack: ReferencePack, tmp_path: Path
) -> None:
    summary = write_demo(tmp_path, seed=3, pack=pack, **SMALL)
    both = load_pack([BASE_PACK, FICTIONAL_PACK, tmp_path / "reference"])
    numbers = [str(9001 + index) for index in range(9)]
    assert set(numbers) <= both.municipality_numbers
    assert all(both.is_fictional(number) for number in numbers)
    people = both.table("population").filter(
        (both.table("population")["year"] == 2026)
        & both.table("population")["municipality_number"].is_in(numbers)
    )["population"]
    assert min(people) < 5_000 <= sorted(people)[5] < 20_000 <= max(people)
    assert summary.municipalities == 9
    assert summary.files == len(list((tmp_path / "inbox").rglob("*.*")))
    assert summary.bytes == sum(len(data) for data in contents(tmp_path / "inbox").values())


def test_no_name_is_or_was_a_municipalitys(pack: ReferencePack) -> None:
    now, before = pack.table("municipality"), pack.table("municipality_change")
    real = {name.casefold() for name in (*now["name"], *before["old_name"], *before["new_name"])}
    assert "oslo" in real
    invented = [municipality_name(index) for index in range(MOST_NAMES)]
    assert len(set(invented)) == MOST_NAMES
    assert not real & {name.casefold() for name in invented}
    with pytest.raises(ValueError, match="invented municipality names"):
        municipality_name(MOST_NAMES)


def test_what_is_local_to_a_municipality_is_unknown_to_the_pack(pack: ReferencePack) -> None:
    for concept, names in (("data_object", LOCAL_OBJECTS), ("process", LOCAL_PROCESSES)):
        assert not {normalise(name) for name in names} & set(pack.concept_index(concept))
    roles = set(pack.table("role")["name_nb"])
    assert roles >= KEY_ROLES


def test_as_many_municipalities_as_norway_has_can_be_invented(pack: ReferencePack, tmp_path: Path) -> None:
    senders = invent(357, 1000, seed=1)
    assert len({one.number for one in senders}) == len({one.name for one in senders}) == 357
    assert min(one.respondents for one in senders) == 3
    with pytest.raises(ValueError, match=str(MOST_MUNICIPALITIES)):
        invent(MOST_MUNICIPALITIES + 1, 30, seed=1)
    with pytest.raises(ValueError, match="respondent"):
        invent(3, 0, seed=1)
    # The largest set's numbers do not meet the committed example's.
    assert str(9000 + MOST_MUNICIPALITIES) < "9901"
    with pytest.raises(ValueError, match="'1999' is not in the reference pack"):
        write_demo(tmp_path / "wrong", municipalities=1, periods=("1999",), pack=pack)


def test_sixty_municipalities_show_every_kind_format_and_fault(catalogue: Catalogue) -> None:
    senders = invent(60, 30, seed=2026)
    assert {one.register_format for one in senders} == {"xlsx", "csv-cp1252", "csv-utf8"}
    assert {one.survey_format for one in senders} == {"xlsx", "csv-cp1252", "nettskjema"}
    kinds = Counter(kind for one in senders for kind in one.kinds)
    assert all(45 < kinds[kind] < 60 for kind in ("survey", "processes", "systems")), kinds
    assert 0 < sum(one.respondents < 5 for one in senders) < 10
    assert any(one.is_flat for one in senders)
    assert {kind for one in senders for kind in one.thin} == {"processes", "systems"}
    for period_index in range(3):
        planted = [fault for index in range(60) if (fault := fault_of(index, period_index))]
        assert set(planted) == set(FAULTS)
        assert len(planted) < 60 * 0.4


def test_the_hidden_maturity_shows_in_time(pack: ReferencePack, catalogue: Catalogue) -> None:
    """More processes have owners and are measured in 2026 than in 2024, over all municipalities."""

    def share(period: str, header: str, wanted: set[object]) -> float:
        cells: list[object] = []
        for one in invent(30, 5, seed=5):
            for delivery in fill_in(one, moment_of(pack, period), catalogue):
                if (table := delivery.table("Prosesser")) is not None:
                    cells += [row[table.column(header)] for row in table.rows]
        return sum(cell in wanted for cell in cells) / len(cells)

    assert share("2024", "måles", {"ja"}) < share("2026", "måles", {"ja"})
    owned: set[object] = {"linjeleder", "prosesseier"}
    assert 0.3 < share("2024", "eierskap", owned) < share("2026", "eierskap", owned) < 0.95


def test_cells_that_a_reader_must_tell_apart_all_occur(pack: ReferencePack, catalogue: Catalogue) -> None:
    seen: dict[str, Counter[object]] = {}
    for one in invent(30, 20, seed=2026):
        for delivery in fill_in(one, moment_of(pack, "2026"), catalogue):
            for table in delivery.tables:
                for place, header in enumerate(table.headers):
                    counter = seen.setdefault(header, Counter())
                    counter.update(row[place] for row in table.rows)
    assert {"x", "ingen", None, "R", "CRUD"} <= set(seen["operasjoner"])
    assert {"i bruk", "under utfasing", "avviklet", "planlagt"} <= set(seen["livsløp"])
    assert {"ja", "nei", None} <= set(seen["komplett"])
    assert {"ingen", "linjeleder", "prosesseier", None} <= set(seen["eierskap"])
    assert "har ikke" in seen["systemer"]
    assert "har ikke" in seen["prosessnavn"]
    assert {"nei", None} <= set(seen["beskrevet_dato"])
    answered = set().union(*(seen[item.item_id] for item in moment_of(pack, "2026").items))
    assert {"vet ikke", "ikke relevant", None} <= answered


# Where a blank, a no and a yes mean different things to an indicator.
TOLD_APART = {
    ("Systemer", "satsingsområde"): {None},
    ("Systemer", "systemeier_rolle"): {None, "ingen"},
    ("Systemer", "livsløp"): {None, "i bruk", "under utfasing"},
    ("Systemer", "anskaffet"): {None},
    ("Systemer", "personopplysninger"): {None, "ja", "nei"},
    ("Systemer", "ros_dato"): {None, "nei"},
    ("Systemer", "funksjonell_egnethet"): {None, 1, 2, 3, 4, 5},
    ("Systemer", "teknisk_egnethet"): {None, 1, 2, 3, 4, 5},
    ("Dataobjekter", "lagrer_kopi"): {None, "ja", "nei"},
    ("Dataobjekter", "master"): {None, "ja", "nei"},
    ("Dataobjekter", "kilde"): {
        None, "register_auto", "register_manuell", "egenregistrert", "system_auto", "system_manuell",
    },
    ("Integrasjoner", "dataobjekt"): {None},
    ("Integrasjoner", "automatisk"): {None, "ja", "nei"},
    ("Fellesløsninger", "i_bruk"): {None, "ja", "nei"},
    ("Prosesser", "eier_rolle"): {None, "ingen"},
    ("Prosesser", "enheter"): {None},
    ("Prosesser", "selvbetjening"): {None, "ja", "nei", "ikke relevant"},
    ("Opplysninger", "innhenting"): {
        None, "spurt_bruker", "tastet_manuelt", "register_auto", "gjenbruk_internt",
    },
    ("Tiltak", "kartlagt_før"): {None, "ja", "nei"},
    ("Tiltak", "ansvarlig_rolle"): {None, "ingen"},
    ("Tiltak", "gevinst_måles"): {None, "ja", "nei"},
}  # fmt: skip


def test_every_answer_that_an_indicator_tells_apart_occurs(pack: ReferencePack, catalogue: Catalogue) -> None:
    seen: dict[tuple[str, str], Counter[object]] = {key: Counter() for key in TOLD_APART}
    for one in invent(30, 5, seed=2026):
        for delivery in fill_in(one, moment_of(pack, "2026"), catalogue):
            for table in delivery.tables:
                for header in table.headers:
                    if (table.name, header) in seen:
                        cells = (row[table.column(header)] for row in table.rows)
                        seen[table.name, header].update(cells)
    missing = {key: wanted - set(seen[key]) for key, wanted in TOLD_APART.items() if wanted - set(seen[key])}
    assert missing == {}
    # Beside what is named above there are real answers: a role, a date, an object.
    assert all(len(seen[key]) > len(wanted) for key, wanted in TOLD_APART.items() if len(wanted) < 3)


def test_much_rests_on_one_role_and_more_so_in_small_municipalities(
    pack: ReferencePack, catalogue: Catalogue
) -> None:
    loads: dict[str, list[float]] = {"small": [], "medium": [], "large": []}
    for one in invent(48, 5, seed=11):
        roles: Counter[object] = Counter()
        for delivery in fill_in(one, moment_of(pack, "2026"), catalogue):
            for name, header in (("Systemer", "systemeier_rolle"), ("Prosesser", "eier_rolle")):
                if (table := delivery.table(name)) is not None:
                    roles.update(row[table.column(header)] for row in table.rows)
        known = {role: n for role, n in roles.items() if role not in (None, "ingen")}
        if sum(known.values()) >= 15:
            loads[one.size_class].append(max(known.values()) / sum(known.values()))
    means = {size: sum(found) / len(found) for size, found in loads.items()}
    assert means["small"] > means["medium"] > means["large"] > 0.1


def test_systems_pass_on_what_both_may_hold(pack: ReferencePack, catalogue: Catalogue) -> None:
    expected = {function.name: set(function.objects) for function in catalogue.functions}
    named = shared = 0
    for one in invent(20, 5, seed=3):
        for delivery in fill_in(one, moment_of(pack, "2026"), catalogue):
            systems, exchanges = delivery.table("Systemer"), delivery.table("Integrasjoner")
            if systems is None or exchanges is None:
                continue
            holds = {
                row[systems.column("systemnavn")]: set().union(
                    *(expected[name] for name in str(row[systems.column("funksjon")]).split(";"))
                )
                for row in systems.rows
            }
            for sender, receiver, thing, _ in exchanges.rows:
                if thing is not None:
                    named += 1
                    shared += thing in holds[sender] & holds[receiver]
    assert shared > 0.9 * named > 0


def test_every_system_that_is_named_is_listed(pack: ReferencePack, catalogue: Catalogue) -> None:
    moment = moment_of(pack, "2026")
    for one in invent(12, 5, seed=7):
        names = [view.name for view in views(one, moment, catalogue)]
        assert len(names) == len(set(names))
        for delivery in fill_in(one, moment, catalogue):
            for table in delivery.tables:
                for header in {"systemer", "fra_system", "til_system"} & set(table.headers):
                    cells = [row[table.column(header)] for row in table.rows]
                    named = {part for cell in cells if isinstance(cell, str) for part in cell.split(";")}
                    assert named - {"har ikke"} <= set(names)


def test_csv_files_are_written_as_norwegian_tools_write_them() -> None:
    from datetime import date
    from decimal import Decimal

    table = Table(
        "Fellesløsninger", ["løsning", "når", "kr"], [["a;b", date(2026, 3, 9), Decimal("12345.5")]]
    )
    file = norwegian_csv(table, "cp1252")
    assert file.name == "fellesl\u00f8sninger.csv".replace("\u00f8", "o")
    assert file.content == 'løsning;når;kr\r\n"a;b";09.03.2026;12\u00a0345,50\r\n'.encode("cp1252")
    with_bom = norwegian_csv(table, "utf-8-sig").content
    assert with_bom.startswith(b"\xef\xbb\xbf")
    assert "12345,50" in with_bom.decode("utf-8-sig")
    assert nettskjema_csv(table).content.startswith('"løsning";"når";"kr"\r\n"a;b";'.encode())


def test_title_rows_move_the_row_numbers() -> None:
    table = Table("T", ["a", "b"], [["1", "2"]], ["Tittel"])
    rows = list(
        csv.reader(io.StringIO(norwegian_csv(table, "cp1252").content.decode("cp1252")), delimiter=";")
    )
    assert rows[table.row_number(0) - 1] == ["1", "2"]
    table.titles = []
    assert table.row_number(0) == 2


def test_a_workbook_carries_no_clock() -> None:
    import openpyxl

    file = workbook("t.xlsx", [Table("Ark", ["a"], [[1], [None], ["b"]])], ("les meg",), compress=False)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        stamps = archive.read("docProps/core.xml")
    assert stamps.count(b"2026-01-01T00:00:00Z") == stamps.count(b"T00:00:00Z") == 2
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert book.sheetnames == ["Veiledning", "Ark"]
    assert [row[0].value for row in book["Ark"].iter_rows()] == ["a", 1, None, "b"]


def test_survey_only_writes_exactly_the_answers_asked_for(pack: ReferencePack, tmp_path: Path) -> None:
    summary = write_survey_only(
        tmp_path, municipalities=3, respondents=40, periods=("2026",), seed=4, pack=pack
    )
    assert summary.respondents == 120
    assert summary.faults == []
    files = sorted((tmp_path / "inbox").rglob("*.*"))
    assert len(files) == 3
    assert {path.suffix for path in files} == {".csv"}
    assert load_pack([BASE_PACK, tmp_path / "reference"]).is_fictional("9003")


def test_a_folder_that_holds_something_is_left_alone(pack: ReferencePack, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "2026").mkdir(parents=True)
    with pytest.raises(ValueError, match="is not empty"):
        write_demo(tmp_path, municipalities=1, periods=("2026",), pack=pack)


def test_dice_are_fair_enough_and_keep_to_their_bounds() -> None:
    dice = Dice("fair", 1)
    drawn = Counter(dice.between(1, 6) for _ in range(6_000))
    assert set(drawn) == {1, 2, 3, 4, 5, 6}
    assert all(800 < count < 1_200 for count in drawn.values())
    assert dice.some("abcdef", 6) == list("abcdef")
    assert len(set(dice.some("abcdef", 3))) == 3
    # Fixed for ever: a change here changes every generated file.
    assert Dice("key", 1).between(0, 10**9) == 65_101_067
