"""The recomputation on small raw files: dialects, quarantine, conflicts, collection modes, statuses."""

from __future__ import annotations

import ast
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from tests.oracle import recompute as recompute_module
from tests.oracle.cell import Cell, Key
from tests.oracle.peers import recompute_peers
from tests.oracle.personal import is_identity, masked
from tests.oracle.recompute import recompute

INDICATORS = {
    "survey": ["MOD_PU", "MOD_IDX", "MOD_LVL", "BAR_1"],
    "processes": ["PRO_OWN", "PRO_OWNX", "PRO_XUN", "PRO_X", "PRO_DOC", "PRO_MEAS", "COV_PRO"],
    "systems": ["DUP_AVG", "DUP_RED", "DUP_MULTI", "DUP_UNC", "COV_SYS", "COV_FUN"],
}
DIMENSIONS = ("PU", "PO", "CS", "EN", "P1", "P2", "P3", "P4", "P5")
ITEMS = [(f"{d}{n}", d) for d in DIMENSIONS for n in (1, 2)] + [(f"BAR_{n}", "BAR") for n in range(1, 13)]


def core_rows(concept: str, names: Sequence[str]) -> list[dict[str, str]]:
    return [
        {f"{concept}_id": n, "name_nb": n.title(), "name_en": f"the {n}", "tier": "kjerne"} for n in names
    ]


TABLES: dict[str, list[dict[str, str]]] = {
    "municipality": [
        {"municipality_number": n, "name": f"Kommune {n}", "is_fictional": "true"} for n in ("9901", "9902")
    ],
    "population": [
        {"municipality_number": "9901", "year": "2025", "population": "4999"},
        {"municipality_number": "9902", "year": "2025", "population": "5000"},
    ],
    "size_class": [
        {"size_class": "small", "min_population": "0", "max_population": "4999"},
        {"size_class": "medium", "min_population": "5000", "max_population": ""},
    ],
    "period": [{"period": "2026", "instrument_id": "i"}],
    "participant": [{"municipality_number": "9901", "period": "2026"}],
    "instrument_dimension": [{"instrument_id": "i", "dimension_id": d} for d in (*DIMENSIONS, "BAR")],
    "instrument_item": [
        {
            "instrument_id": "i",
            "item_id": item,
            "dimension_id": dimension,
            "scale_id": "s",
            "text_nb": f"Påstand {item}?",
            "text_en": f"Statement {item}",
            "is_reversed": "false",
        }
        for item, dimension in ITEMS
    ],
    "scale": [{"scale_id": "s", "n_points": "5"}],
    "scale_label": [
        {"scale_id": "s", "value": "5", "answer_status": "ok", "label_nb": "Helt enig", "label_en": "Agree"},
        {"scale_id": "s", "value": "", "answer_status": "dont_know", "label_nb": "Vet ikke", "label_en": "?"},
    ],
    "function": core_rows("function", ["arkiv", "lønn"]),
    "process": core_rows("process", ["byggesak", "ansettelse"]),
    "data_object": core_rows("data_object", ["person", "sak"]),
    "function_object": [
        {"function_id": "arkiv", "data_object_id": "sak"},
        {"function_id": "lønn", "data_object_id": "person"},
    ],
    "alias": [{"concept": "function", "alias": "HR", "concept_id": "lønn"}],
    "indicator": [
        {
            "indicator_id": indicator,
            "source_kind": kind,
            "family": indicator[:3],
            "dimension_id": "PU" if indicator == "MOD_PU" else "",
            "item_id": indicator if indicator.startswith("BAR") else "",
            "better": "up",
        }
        for kind, names in INDICATORS.items()
        for indicator in names
    ],
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, rows in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


Rows = Sequence[Sequence[object]]
SYSTEMS: Rows = [
    ["System_ID", "Systemnavn *◆", "Leverandør", "Funksjon", "Livsløp"],
    ["A1", "Arkivet", "Ås AS", "Arkiv", "I bruk"],
    ["L1", "Lønna", "Ås AS", "HR; arkiv", "i bruk"],
]
OBJECTS: Rows = [
    ["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master"],
    ["arkivet", "Sak", "CRU", "", ""],
    ["L1", "sak", "C", "", ""],
    ["LØNNA ", "the person", "U", "", ""],
]
FUNCTIONS: Rows = [
    ["Funksjon", "Systemer", "Komplett"],
    ["arkiv", "A1", "ja"],
    ["lønn", "L1", "ja"],
]


class Inbox:
    """Writes raw files as municipalities would."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, name: str, municipality: str = "9901") -> Path:
        folder = self.root / "2026" / municipality
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def text(
        self, name: str, rows: Rows, encoding: str = "cp1252", delimiter: str = ";", **more: str
    ) -> None:
        with self.place(name, **more).open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)

    def workbook(self, name: str, sheets: Mapping[str, Rows], **more: str) -> None:
        book = openpyxl.Workbook()
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        book.remove(book.worksheets[0])
        book.save(self.place(name, **more))


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


def numbers(inbox: Inbox, pack: Path) -> dict[Key, Cell]:
    return recompute([inbox.root], [pack])


def got(*found: object) -> tuple[object, ...]:
    """What was found, to be compared with plain numbers."""
    return found


def one(cells: Mapping[Key, Cell], indicator: str, mode: str = "register", number: str = "9901") -> Cell:
    return cells[(number, "2026", indicator, mode)]


def test_an_empty_inbox_gives_the_index_of_participants(inbox: Inbox, pack: Path) -> None:
    cells = numbers(inbox, pack)
    assert len(cells) == 17
    assert {cell.status for cell in cells.values()} == {"not_delivered"}


def deliver(inbox: Inbox, dialect: str) -> None:
    sheets = {"Systemer": SYSTEMS, "Dataobjekter": OBJECTS, "Funksjoner": FUNCTIONS}
    if dialect == "xlsx":
        titled = {name: [["Systemoversikt 2026"], [], *rows] for name, rows in sheets.items()}
        inbox.workbook("systemer.xlsx", titled)
        return
    encoding, delimiter = dialect.split()
    for name, rows in sheets.items():
        plain = [[str(cell).replace("◆", "") for cell in row] for row in rows]
        inbox.text(f"{name}.csv", plain, encoding, {"tab": "\t"}.get(delimiter, delimiter))


@pytest.mark.parametrize("dialect", ["xlsx", "cp1252 ;", "utf-8-sig ,", "utf-8 ;", "utf-16 tab"])
def test_every_dialect_gives_the_same_numbers(inbox: Inbox, pack: Path, dialect: str) -> None:
    deliver(inbox, dialect)
    cells = numbers(inbox, pack)
    # Sak is maintained by both, person by Lønna; Lønna serves arkiv too, so all three are expected.
    found = {name: (one(cells, name).status, one(cells, name).value) for name in INDICATORS["systems"]}
    assert {status for status, _ in found.values()} == {"ok"}
    assert {name: float(value or 0) for name, (_, value) in found.items()} == pytest.approx(
        {
            "DUP_AVG": 1.5,
            "DUP_RED": 100 / 3,
            "DUP_MULTI": 50,
            "DUP_UNC": 100 / 3,
            "COV_SYS": 100,
            "COV_FUN": 100,
        }
    )
    assert one(cells, "COV_SYS").n == 3


def test_a_quarantined_system_leaves_its_expected_cells_unknown(inbox: Inbox, pack: Path) -> None:
    rows = [*SYSTEMS[:2], ["L1", "Lønna", "", "HR; arkiv; ukjent", "i bruk"]]
    inbox.workbook("systemer.xlsx", {"S": rows, "D": OBJECTS, "F": FUNCTIONS})
    cells = numbers(inbox, pack)
    assert one(cells, "COV_SYS").value == pytest.approx(100 / 3)
    # The row of Funksjoner that lists it follows it: lønn is no longer answered.
    assert one(cells, "COV_FUN").value == 50
    assert one(cells, "DUP_AVG").status == "insufficient_coverage"
    assert one(cells, "DUP_AVG").lower_bound == 1
    assert one(cells, "DUP_AVG").upper_bound == 2


@pytest.mark.parametrize("absent", ["har ikke", "Nei", "ingen"])
def test_only_the_words_for_no_answer_a_function_without_systems(
    inbox: Inbox, pack: Path, absent: str
) -> None:
    functions = [FUNCTIONS[0], ["arkiv", "A1", "nei"], ["lønn", absent, ""]]
    inbox.workbook("systemer.xlsx", {"S": SYSTEMS, "D": OBJECTS, "F": functions})
    assert one(numbers(inbox, pack), "COV_FUN").value == 50


def test_repeated_ids_are_one_quarantined_system(inbox: Inbox, pack: Path) -> None:
    rows = [*SYSTEMS, ["L1", "Lønna 2", "Ås AS", "arkiv", "i bruk"]]
    inbox.workbook("systemer.xlsx", {"S": rows, "D": OBJECTS, "F": FUNCTIONS})
    cell = one(numbers(inbox, pack), "COV_SYS")
    assert got(cell.numerator, cell.denominator) == (1, 3)


def test_an_unknown_or_ambiguous_reference_leaves_no_cell(inbox: Inbox, pack: Path) -> None:
    rows = [*SYSTEMS, ["L2", "Lønna", "Ås AS", "lønn", "i bruk"]]
    objects = [*OBJECTS, ["Finnes ikke", "sak", "C", "", ""]]
    inbox.workbook("systemer.xlsx", {"S": rows, "D": objects, "F": FUNCTIONS})
    cell = one(numbers(inbox, pack), "COV_SYS")
    # Lønna is two systems now: the row "LØNNA person" names neither; their two cells stay unknown.
    assert got(cell.numerator, cell.denominator) == (2, 4)


def test_objects_in_a_column_of_systemer_are_known_to_be_there(inbox: Inbox, pack: Path) -> None:
    rows = [[*SYSTEMS[0], "dataobjekter"], [*SYSTEMS[1], "sak; person"], [*SYSTEMS[2], "Sak|Noe eget"]]
    inbox.workbook("systemer.xlsx", {"S": rows, "F": FUNCTIONS})
    cells = numbers(inbox, pack)
    average = one(cells, "DUP_AVG")
    # sak: both certain; person: Arkivet certain (though not expected), Lønna's expected cell unknown.
    assert got(average.numerator, average.denominator) == (3, 2)
    assert average.status == "insufficient_coverage"  # 2 of 3 expected cells are settled
    assert one(cells, "COV_SYS").value == 0


def test_a_matrix_is_read_as_rows(inbox: Inbox, pack: Path) -> None:
    matrix = [["systemnavn", "Person", "Sak"], ["Arkivet", "", "CRU"], ["Lønna", "U", "x"]]
    inbox.workbook("systemer.xlsx", {"S": SYSTEMS, "M": matrix, "F": FUNCTIONS})
    cell = one(numbers(inbox, pack), "DUP_AVG")
    assert got(cell.status, cell.numerator, cell.denominator) == ("ok", 3, 2)


PROCESSES: Rows = [
    ["prosessnavn", "referanseprosess", "eierskap", "enheter", "beskrevet_dato", "måles"],
    ["Byggesaker", "byggesak", "prosesseier", "Plan; Arkiv;plan ", "31.12.2024", "ja"],
    ["Ansettelse", "", "linjeleder", "HR", "nei", "nei"],
    ["Lokal prosess", "", "ingen", "A;B", "2026", "nei"],
]


def values(cells: Mapping[Key, Cell], names: Sequence[str]) -> dict[str, object]:
    return {name: one(cells, name).value for name in names}


def test_processes_by_reference_or_name(inbox: Inbox, pack: Path) -> None:
    inbox.text("prosesser.csv", PROCESSES)
    found = values(numbers(inbox, pack), INDICATORS["processes"])
    assert found == {
        "PRO_OWN": 100,
        "PRO_OWNX": 100,
        "PRO_XUN": 0,
        "PRO_X": 50,
        "PRO_DOC": 0,
        "PRO_MEAS": 50,
        "COV_PRO": 100,
    }


def test_a_date_after_the_period_quarantines_its_row(inbox: Inbox, pack: Path) -> None:
    late = [*PROCESSES[:2], ["Ansettelse", "", "linjeleder", "HR", "01.01.2027", "nei"]]
    inbox.text("prosesser.csv", late)
    cells = numbers(inbox, pack)
    assert one(cells, "COV_PRO").value == 50
    assert one(cells, "PRO_OWN").status == "insufficient_coverage"


def test_har_ikke_takes_a_process_out(inbox: Inbox, pack: Path) -> None:
    inbox.text("prosesser.csv", [*PROCESSES[:2], ["Har ikke", "ansettelse", "", "", "", ""]])
    cells = numbers(inbox, pack)
    assert got(one(cells, "COV_PRO").value, one(cells, "PRO_X").n) == (100, 1)


def test_no_unit_is_known_and_a_masked_cell_is_not(inbox: Inbox, pack: Path) -> None:
    none, masked = (["Ansettelse", "", "", cell, "", ""] for cell in ("har ikke", "post@kommune.no"))
    inbox.text("prosesser.csv", [*PROCESSES[:2], none])
    inbox.text("prosesser.csv", [*PROCESSES[:2], masked], municipality="9902")
    cells = numbers(inbox, pack)
    known, unknown = one(cells, "PRO_X"), one(cells, "PRO_X", number="9902")
    assert got(known.status, known.value, known.coverage) == ("ok", 50, 100)
    assert got(unknown.status, unknown.coverage) == ("insufficient_coverage", 50)


@pytest.mark.parametrize(("named", "owned"), [("Finnes ikke", 100), ("Lønna", 50), ("ring 22334455", 100)])
def test_only_a_quarantined_system_takes_its_process_along(
    inbox: Inbox, pack: Path, named: str, owned: int
) -> None:
    rows = [[*PROCESSES[0], "systemer"], [*PROCESSES[1], "A1"], [*PROCESSES[2], named]]
    inbox.text("prosesser.csv", rows)
    assert one(numbers(inbox, pack), "COV_PRO").value == 100
    inbox.text("systemer.csv", [*SYSTEMS[:2], ["L1", "Lønna", "", "ukjent", "i bruk"]], "utf-8")
    assert one(numbers(inbox, pack), "COV_PRO").value == owned


def test_a_contradiction_opens_its_cell_and_leaves_the_system(inbox: Inbox, pack: Path) -> None:
    rows = [[*SYSTEMS[0], "dataobjekter"], [*SYSTEMS[1], "sak"], [*SYSTEMS[2], ""]]
    objects = [*OBJECTS, ["A1", "sak", "ingen", "", ""]]
    inbox.workbook("systemer.xlsx", {"S": rows, "D": objects, "F": FUNCTIONS})
    cells = numbers(inbox, pack)
    assert got(one(cells, "COV_SYS").numerator, one(cells, "COV_SYS").n) == (2, 3)
    assert one(cells, "COV_FUN").value == 100


def test_respondents_that_stand_twice_do_not_count(inbox: Inbox, pack: Path) -> None:
    rows = survey_rows(NETTSKJEMA, 7)
    rows[1][0] = rows[2][0] = "Samme"
    rows[3][0] = ""
    inbox.text("undersokelse.csv", rows)
    assert one(numbers(inbox, pack), "MOD_PU", "respondents").n == 5


def test_masked_respondents_are_told_apart_by_their_rows(inbox: Inbox, pack: Path) -> None:
    rows = survey_rows(NETTSKJEMA, 7)
    for number, row in enumerate(rows[1:]):
        row[0] = f"svarer{number}@kommune.no"
    inbox.text("undersokelse.csv", rows)
    assert one(numbers(inbox, pack), "MOD_PU", "respondents").n == 7


def test_identity_numbers_by_their_check_digits() -> None:
    found = {n for n in ("01019000083", "41019000077", "01019000084", "01019000093") if is_identity(n)}
    assert found == {"01019000083", "41019000077"}
    assert masked("fnr 010190 00083", "system id") == "***"


@pytest.mark.parametrize(
    ("text", "column", "is_masked"),
    [
        ("ola.n@kommune.no", "enheter", True),
        ("fnr 010190 00188", "enheter", False),
        ("ring 22 33 44 55", "enheter", True),
        ("+47 912 34 567", "enheter", True),
        ("20240501", "enheter", False),
        ("22334455", "system id", False),
        ("Plan; Arkiv", "enheter", False),
    ],
)
def test_what_is_masked(text: str, column: str, is_masked: bool) -> None:
    assert (masked(text, column) == "***") == is_masked


def survey_rows(header: Sequence[str], n: int, answer: str = "5") -> list[list[str]]:
    return [list(header), *([str(100 + i), *[answer] * (len(header) - 1)] for i in range(n))]


NETTSKJEMA = ["$submission_id", *(item for item, _ in ITEMS)]


def test_survey_by_code_and_by_text(inbox: Inbox, pack: Path) -> None:
    inbox.text("undersokelse.csv", survey_rows(NETTSKJEMA, 5))
    forms = ["ID", *(f"Påstand {item}?" for item, _ in ITEMS)]
    inbox.workbook("svar.xlsx", {"Ark1": survey_rows(forms, 5, "Helt enig")}, municipality="9902")
    cells = numbers(inbox, pack)
    for number in ("9901", "9902"):
        assert {one(cells, i, "respondents", number).status for i in INDICATORS["survey"]} == {"ok"}
        assert one(cells, "MOD_IDX", "respondents", number).value == 100
        assert one(cells, "MOD_LVL", "respondents", number).value == 5


def test_five_respondents_are_needed(inbox: Inbox, pack: Path) -> None:
    inbox.text("undersokelse.csv", survey_rows(NETTSKJEMA, 4))
    cells = numbers(inbox, pack)
    assert {one(cells, i, "respondents").status for i in INDICATORS["survey"]} == {"too_few_respondents"}


def test_one_row_per_municipality_is_official(inbox: Inbox, pack: Path) -> None:
    head = ["Kommunenummer", *(item for item, _ in ITEMS)]
    inbox.text("undersokelse.csv", [head, ["9901", *["3"] * len(ITEMS)]])
    cells = numbers(inbox, pack)
    cell = one(cells, "MOD_IDX", "official")
    assert got(cell.value, cell.n, cell.ci_low) == (50, 1, None)
    assert one(cells, "MOD_IDX", "respondents").status == "not_delivered"


@pytest.mark.parametrize("column", ["$submission_id", "$created", "Rollegruppe", "satsingsområde"])
def test_one_respondent_is_no_official_answer(inbox: Inbox, pack: Path, column: str) -> None:
    head = [column, "Kommunenummer", *(item for item, _ in ITEMS)]
    inbox.text("undersokelse.csv", [head, ["x", "9901", *["3"] * len(ITEMS)]])
    cells = numbers(inbox, pack)
    assert "official" not in {mode for *_, mode in cells}
    assert one(cells, "MOD_IDX", "respondents").status == "too_few_respondents"


def test_a_folder_does_not_deliver_for_another_municipality(inbox: Inbox, pack: Path) -> None:
    head = ["Kommunenummer", *(item for item, _ in ITEMS)]
    inbox.text("undersokelse.csv", [head, *([number, *["3"] * len(ITEMS)] for number in ("9901", "9902"))])
    cells = numbers(inbox, pack)
    assert "official" not in {mode for *_, mode in cells}
    assert one(cells, "MOD_IDX", "respondents").status == "rejected"
    assert "9902" not in {number for number, *_ in cells}


def test_two_files_with_one_sheet_are_a_conflict_and_copies_are_not(inbox: Inbox, pack: Path) -> None:
    inbox.text("prosesser.csv", PROCESSES)
    inbox.text("prosesser kopi.csv", PROCESSES)
    assert one(numbers(inbox, pack), "PRO_OWN").status == "ok"
    inbox.text("prosesser ny.csv", PROCESSES[:2])
    assert one(numbers(inbox, pack), "PRO_OWN").status == "rejected"


def test_what_cannot_be_read_is_rejected_under_the_kind_of_its_name(inbox: Inbox, pack: Path) -> None:
    inbox.place("prosesser.xlsx").write_bytes(b"")
    inbox.text("systemer.csv", [["a", "b"], ["1", "2"]])
    cells = numbers(inbox, pack)
    assert one(cells, "PRO_OWN").status == "rejected"
    assert one(cells, "DUP_AVG").status == "rejected"
    assert one(cells, "MOD_PU", "respondents").status == "not_delivered"


def test_the_recomputation_shares_no_code_with_the_pipeline() -> None:
    shared = set(sys.stdlib_module_names) | {"openpyxl", "scipy"}
    for path in sorted(Path(recompute_module.__file__).parent.glob("*.py")):
        # The comparison reads the build; nothing that recomputes does.
        allowed = shared | ({"duckdb"} if path.name == "compare.py" else set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, (path.name, names)


def test_a_required_column_missing_in_one_sheet_rejects_the_kind_whole(inbox: Inbox, pack: Path) -> None:
    nameless = [[row[0], *row[2:]] for row in SYSTEMS]
    inbox.workbook("alt.xlsx", {"S": nameless, "D": OBJECTS, "F": FUNCTIONS, "P": PROCESSES})
    cells = numbers(inbox, pack)
    assert one(cells, "COV_FUN").status == "rejected"
    assert one(cells, "COV_PRO").status == "ok"


def test_peers_of_fictional_municipalities_stand_apart(inbox: Inbox, pack: Path) -> None:
    inbox.text("prosesser.csv", PROCESSES)
    inbox.text(
        "prosesser.csv", [*PROCESSES[:2], ["Har ikke", "ansettelse", "", "", "", ""]], municipality="9902"
    )
    benchmarks, positions = recompute_peers(numbers(inbox, pack), [pack])
    whole = benchmarks[("2026", "all", "fictional:all", "PRO_X", "register")]
    assert got(whole.n, whole.median) == (2, 75)
    assert benchmarks[("2026", "size_class", "fictional:small", "PRO_X", "register")].n == 1
    assert benchmarks[("2026", "size_class", "fictional:medium", "PRO_X", "register")].n == 1
    position = positions[("9901", "2026", "PRO_X", "register", "all")]
    assert got(position.rank, position.gap_to_median, position.conclusion) == (2, -25, "below")
