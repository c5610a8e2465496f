"""The recomputation of the families from small raw files: cuts, boundaries, and every sheet."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from tests.oracle.answers import answer_distribution, reliability
from tests.oracle.cell import Cell
from tests.oracle.change import recompute_change
from tests.oracle.findings import duplicate_objects, joint_procurement, once_only_gaps
from tests.oracle.recompute import Recomputed, recompute_all
from tests.oracle.units import CURRENT, DELIVERED

Rows = Sequence[Sequence[str]]
DIMENSIONS = ("PU", "PO", "CS", "EN", "P1", "P2", "P3", "P4", "P5")
ITEMS = [(f"{d}{n}", d) for d in DIMENSIONS for n in (1, 2)]
INDICATORS = {
    "survey": ["MOD_PU", "MOD_IDX", "PRO_GAP"],
    "processes": ["PRO_OWN", "PRO_SELF", "INI_MAP", "INI_OWN", "INI_BEN", "ONCE_GAP", "KEY1", "COV_PRO"],
    "systems": [
        *("DUP_SOR", "REG_USE", "NAT_USE", "FUN_OVL", "FUN_RED", "INT_AUTO", "SILO_OBJ", "TIME_E"),
        *("SYS_ROS", "SYS_NEW", "COV_SYS", "COV_FUN"),
    ],
}
SECOND = {"PRO_GAP": "processes", "KEY1": "systems"}
UNCUT = {"INI_MAP", "INI_OWN", "INI_BEN", "NAT_USE", "INT_AUTO", "SILO_OBJ", "KEY1"}


def named(concept: str, rows: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    return [
        {f"{concept}_id": key, "name_nb": key.title(), "name_en": f"the {key}", "tier": "kjerne", **more}
        for key, more in rows.items()
    ]


def change_row(old: str, new: str, last: str, first: str = "") -> dict[str, str]:
    return {"old_number": old, "new_number": new, "first_year": first, "last_year": last, "kind": "merged"}


TABLES: dict[str, list[dict[str, str]]] = {
    "municipality": [
        {"municipality_number": number, "name": name, "first_year": first, "is_fictional": "false"}
        for number, name, first in (
            *(("5001", "Trondheim", "2018"), ("1508", "Ålesund", "2024"), ("1580", "Haram", "2024")),
            ("4601", "Bergen", "2020"),
        )
    ],
    "municipality_change": [
        change_row("5030", "5001", "2019", "2018"),
        change_row("1507", "1508", "2023", "2020"),
        change_row("1507", "1580", "2023", "2020"),
    ],
    "population": [{"municipality_number": "5001", "year": "2019", "population": "190000"}],
    "size_class": [{"size_class": "any", "min_population": "0", "max_population": ""}],
    "period": [{"period": period, "instrument_id": "i"} for period in ("2019", "2020", "2023", "2024")],
    "participant": [],
    "owner": [{"sbo_id": "b", "municipality_number": number} for number in ("5001", "4601")],
    "instrument_dimension": [{"instrument_id": "i", "dimension_id": d} for d in DIMENSIONS],
    "instrument_item": [
        {
            "instrument_id": "i",
            "item_id": item,
            "dimension_id": dimension,
            "scale_id": "s",
            "text_nb": f"Påstand {item}",
            "text_en": f"Statement {item}",
            "is_reversed": "false",
        }
        for item, dimension in ITEMS
    ],
    "scale": [{"scale_id": "s", "n_points": "5"}],
    "scale_label": [
        {"scale_id": "s", "value": "5", "answer_status": "ok", "label_nb": "Enig", "label_en": "Agree"}
    ],
    "focus_area": [
        {"focus_area_id": area, "name_nb": area.title(), "name_en": f"the {area}"}
        for area in ("helse", "plan")
    ],
    "function": named("function", {"journal": {"focus_area_id": "helse"}, "kart": {"focus_area_id": "plan"}}),
    "process": named(
        "process",
        {
            "omsorg": {"focus_area_id": "helse", "is_citizen_facing": "true"},
            "byggesak": {"focus_area_id": "plan", "is_citizen_facing": "false"},
        },
    ),
    "data_object": named("data_object", {"person": {"register_id": "freg"}, "sak": {"register_id": ""}}),
    "function_object": [
        {"function_id": "journal", "data_object_id": "person"},
        {"function_id": "kart", "data_object_id": "person"},
    ],
    "process_object": [
        {"process_id": "omsorg", "data_object_id": "person", "register_id": "freg"},
        {"process_id": "byggesak", "data_object_id": "person", "register_id": "freg"},
    ],
    "shared_service": [
        {"service_id": key, "name_nb": key.title(), "name_en": f"the {key}", "is_relevant": relevant}
        for key, relevant in (("altinn", "true"), ("feide", "true"), ("annet", "false"))
    ],
    "role": [{"role_id": "leder", "name_nb": "Enhetsleder", "name_en": "Unit manager"}],
    "alias": [{"concept": "role", "alias": "Leder", "concept_id": "leder"}],
    "indicator": [
        {
            "indicator_id": indicator,
            "source_kind": kind,
            "second_source_kind": SECOND.get(indicator, ""),
            "family": indicator.split("_")[0],
            "has_focus_area_cut": "false" if indicator in UNCUT else "true",
            "dimension_id": "PU" if indicator == "MOD_PU" else "",
            "item_id": "",
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
        heads = list(rows[0]) if rows else ["municipality_number", "period"]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, heads)
            writer.writeheader()
            writer.writerows(rows)
    return folder


SYSTEMS: Rows = [
    [
        *(
            "system_id",
            "systemnavn",
            "funksjon",
            "satsingsområde",
            "systemeier_rolle",
            "livsløp",
            "anskaffet",
        ),
        *("personopplysninger", "ros_dato", "funksjonell_egnethet", "teknisk_egnethet"),
    ],
    ["A", "Alfa", "Journal", "Helse", "Leder", "i bruk", "2019", "ja", "01.06.2019", "2", "1"],
    ["B", "Beta", "Kart", "Plan;Helse", "enhetsleder", "i bruk", "2010", "nei", "nei", "3", ""],
    ["C", "Gamma", "Kart", "Plan", "Arkivar", "under utfasing", "", "ja", "2017", "", "2"],
]
OBJECTS: Rows = [
    ["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master", "kilde"],
    ["Alfa", "Person", "CRU", "", "nei", "register_auto"],
    ["Beta", "Person", "CRU", "", "nei", "egenregistrert"],
    ["Gamma", "Person", "R", "ja", "nei", "egenregistrert"],
]
FUNCTIONS: Rows = [["funksjon", "systemer", "komplett"], ["Journal", "A", "ja"], ["Kart", "B;C", "ja"]]
EXCHANGES: Rows = [
    ["fra_system", "til_system", "dataobjekt", "automatisk"],
    ["Alfa", "Beta", "Person", "ja"],
    ["Alfa", "Beta", "Person", "ja"],
    ["Beta", "Gamma", "Sak", "nei"],
]
SERVICES: Rows = [["løsning", "i_bruk"], ["Altinn", "ja"], ["Feide", "nei"], ["Annet", "ja"]]
PROCESSES: Rows = [
    ["prosessnavn", "referanseprosess", "eierskap", "eier_rolle", "selvbetjening", "volum_per_år"],
    ["Omsorg", "", "linjeleder", "Leder", "ja", "100"],
    ["Bygg", "byggesak", "ingen", "Byggesjef", "ikke relevant", ""],
]
DATA: Rows = [
    ["prosessnavn", "dataobjekt", "innhenting"],
    ["Omsorg", "Person", "spurt_bruker"],
    ["Bygg", "Person", "register_auto"],
    ["Bygg", "Person", "gjenbruk_internt"],
]
INITIATIVES: Rows = [
    ["tiltak", "prosesser", "kartlagt_før", "ansvarlig_rolle", "gevinst_måles"],
    ["Portal", "Bygg", "ja", "Leder", "nei"],
    ["portal ", "", "nei", "", "nei"],
    ["Robot", "", "ja", "ingen", "ja"],
]
ALL: dict[str, Rows] = {
    "systemer": SYSTEMS,
    "dataobjekter": OBJECTS,
    "funksjoner": FUNCTIONS,
    "integrasjoner": EXCHANGES,
    "felleslosninger": SERVICES,
    "prosesser": PROCESSES,
    "opplysninger": DATA,
    "tiltak": INITIATIVES,
}


class Inbox:
    """Writes deliveries and recomputes them."""

    def __init__(self, root: Path, pack: Path) -> None:
        self.root, self.pack = root, pack

    def put(self, number: str, period: str = "2020", **files: Rows) -> None:
        folder = self.root / period / number
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter=";").writerows(rows)

    def numbers(self) -> Recomputed:
        return recompute_all([self.root], [self.pack])


@pytest.fixture
def inbox(tmp_path: Path, pack: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", pack)


def one(
    found: Recomputed,
    indicator: str,
    number: str = "4601",
    period: str = "2020",
    mode: str = "register",
    boundary: str = DELIVERED,
    area: str = "all",
) -> Cell:
    return found.cells[(number, period, indicator, mode, boundary, area)]


def shares(found: Recomputed, *indicators: str) -> dict[str, tuple[object, object, object]]:
    cells = {indicator: one(found, indicator) for indicator in indicators}
    return {name: (cell.numerator, cell.denominator, cell.n) for name, cell in cells.items()}


def test_every_register_indicator_by_hand(inbox: Inbox) -> None:
    inbox.put("4601", **ALL)
    found = inbox.numbers()
    assert shares(found, *INDICATORS["systems"], "INI_MAP", "INI_OWN", "INI_BEN", "ONCE_GAP", "PRO_SELF") == {
        # The register is the only master of person.
        "DUP_SOR": (1, 1, 1),
        # Alfa is fed, Beta reached from it; Gamma is not reached with *sak*, and not automatically.
        "REG_USE": (2, 3, 3),
        "NAT_USE": (1, 2, 2),
        # Gamma is being phased out, so Kart has one system.
        "FUN_OVL": (0, 2, 2),
        "FUN_RED": (0, 2, 2),
        # The two equal rows are one exchange.
        "INT_AUTO": (1, 2, 2),
        # Helse and Plan: Beta is of both by itself.
        "SILO_OBJ": (0, 1, 1),
        "TIME_E": (1, 2, 3),
        "SYS_ROS": (1, 2, 2),
        # 1 January 2019 is within 24 months of 31 December 2020; Gamma's date is blank.
        "SYS_NEW": (1, 2, 3),
        "COV_SYS": (3, 3, 3),
        "COV_FUN": (2, 2, 2),
        # The least favourable answer of Portal's rows; its owner is unknown in one of them.
        "INI_MAP": (1, 2, 2),
        "INI_OWN": (0, 1, 2),
        "INI_BEN": (1, 2, 2),
        "ONCE_GAP": (1, 2, 2),
        "PRO_SELF": (1, 1, 1),
    }
    # Enhetsleder has one process and two systems, of five things.
    assert shares(found, "KEY1") == {"KEY1": (3, 5, 5)}
    assert one(found, "KEY1").value == 60


def test_cuts_by_the_areas_of_systems_and_of_the_pack(inbox: Inbox) -> None:
    inbox.put("4601", **ALL)
    found = inbox.numbers()
    own = {
        (name, area): one(found, name, area=area)
        for name in ("REG_USE", "SYS_NEW", "COV_SYS", "COV_FUN", "PRO_OWN", "FUN_OVL")
        for area in ("helse", "plan")
    }
    assert {key: (cell.numerator, cell.denominator, cell.n) for key, cell in own.items()} == {
        ("REG_USE", "helse"): (2, 2, 2),
        # Beta is reached from a system of another area.
        ("REG_USE", "plan"): (1, 2, 2),
        ("SYS_NEW", "helse"): (1, 2, 2),
        ("SYS_NEW", "plan"): (0, 1, 2),
        ("COV_SYS", "helse"): (2, 2, 2),
        ("COV_SYS", "plan"): (2, 2, 2),
        ("COV_FUN", "helse"): (1, 1, 1),
        ("COV_FUN", "plan"): (1, 1, 1),
        ("PRO_OWN", "helse"): (1, 1, 1),
        ("PRO_OWN", "plan"): (0, 1, 1),
        ("FUN_OVL", "helse"): (0, 1, 1),
        ("FUN_OVL", "plan"): (0, 1, 1),
    }
    cut = {key[2] for key in found.cells if key[5] != "all"}
    assert cut & UNCUT == set()


def survey_rows(n: int, answer: str, area: str = "") -> list[list[str]]:
    head = ["respondent_id", "satsingsområde", *(item for item, _ in ITEMS)]
    return [head, *([f"r{place}", area, *[answer] * len(ITEMS)] for place in range(n))]


def test_survey_cuts_are_of_the_areas_that_respondents_carry(inbox: Inbox) -> None:
    rows = survey_rows(6, "5", "Helse; Plan") + survey_rows(4, "1", "Plan")[1:] + survey_rows(2, "3")[1:]
    for place, row in enumerate(rows[1:]):
        row[0] = str(place)
    inbox.put("4601", undersokelse=rows)
    found = inbox.numbers()
    whole, helse, plan = (
        one(found, "MOD_PU", mode="respondents", area=area) for area in ("all", "helse", "plan")
    )
    assert (whole.n, helse.n, plan.n) == (12, 6, 10)
    assert (helse.value, plan.value) == (100, 60)


def test_gap_is_the_score_of_one_item_less_the_documented_share(inbox: Inbox) -> None:
    inbox.put("4601", undersokelse=survey_rows(6, "4", "Helse"), **ALL)
    found = inbox.numbers()
    gap = one(found, "PRO_GAP", mode="respondents")
    # 75 as they see it, 50 documented: one of two processes has an owner.
    assert (gap.value, gap.lower_bound, gap.upper_bound, gap.n) == (25, 25, 25, 6)
    assert gap.numerator is None
    assert gap.ci_low is not None
    assert gap.ci_high is not None
    assert gap.ci_low < 25 < gap.ci_high
    helse = one(found, "PRO_GAP", mode="respondents", area="helse")
    assert helse.value == -25
    few = one(found, "PRO_GAP", mode="respondents", number="4601")
    assert few.status == "ok"


def test_gap_needs_both(inbox: Inbox) -> None:
    inbox.put("4601", undersokelse=survey_rows(6, "4"))
    assert one(inbox.numbers(), "PRO_GAP", mode="respondents").status == "not_delivered"
    inbox.put("4601", prosesser=PROCESSES[:2])
    gap = one(inbox.numbers(), "PRO_GAP", mode="respondents")
    assert (gap.status, gap.lower_bound, gap.upper_bound) == ("insufficient_coverage", -25, 25)


def test_klaebu_and_trondheim_are_summed_on_todays_boundary(inbox: Inbox) -> None:
    inbox.put("5001", "2019", undersokelse=survey_rows(3, "5"), **ALL)
    alone = inbox.numbers()
    assert one(alone, "KEY1", "5001", "2019").status == "ok"
    merged = one(alone, "KEY1", "5001", "2019", boundary=CURRENT)
    assert merged.status == "not_delivered"
    inbox.put("5030", "2019", undersokelse=survey_rows(2, "1"), **ALL)
    found = inbox.numbers()
    both = {
        name: one(found, name, "5001", "2019", boundary=CURRENT)
        for name in ("REG_USE", "KEY1", "SILO_OBJ", "ONCE_GAP", "FUN_RED", "COV_SYS")
    }
    assert {name: (cell.numerator, cell.denominator, cell.n) for name, cell in both.items()} == {
        "REG_USE": (4, 6, 6),
        "KEY1": (6, 10, 10),
        "SILO_OBJ": (0, 2, 2),
        "ONCE_GAP": (2, 4, 4),
        "FUN_RED": (0, 4, 4),
        "COV_SYS": (6, 6, 6),
    }
    # Three and two respondents are too few apart, and five together.
    assert one(found, "MOD_PU", "5001", "2019", "respondents").status == "too_few_respondents"
    pooled = one(found, "MOD_PU", "5001", "2019", "respondents", CURRENT)
    assert (pooled.status, pooled.n, pooled.value) == ("ok", 5, 60)
    assert ("5030", "2019", "KEY1", "register", CURRENT, "all") not in found.cells


def test_a_split_is_a_break_for_who_received_a_part(inbox: Inbox) -> None:
    inbox.put("1507", "2023", prosesser=PROCESSES)
    inbox.put("1508", "2024", prosesser=PROCESSES)
    found = inbox.numbers()
    assert one(found, "PRO_OWN", "1507", "2023").status == "ok"
    for number in ("1508", "1580"):
        assert one(found, "PRO_OWN", number, "2023", boundary=CURRENT).status == "break_in_series"
        assert one(found, "NAT_USE", number, "2023", boundary=CURRENT).status == "not_delivered"
    changes = recompute_change(found.of(CURRENT), found.pack)
    assert changes[("1508", "2024", "PRO_OWN", "register")].status == "break_in_series"
    assert changes[("1508", "2023", "PRO_OWN", "register")].status == "break_in_series"


def test_change_of_a_register_has_the_bounds_of_both(inbox: Inbox) -> None:
    inbox.put("4601", "2020", prosesser=PROCESSES)
    owned = [PROCESSES[0], PROCESSES[1], ["Bygg", "byggesak", "prosesseier", "", "ja", ""]]
    inbox.put("4601", "2023", prosesser=[PROCESSES[0], *PROCESSES[1:2]])
    inbox.put("4601", "2024", prosesser=owned)
    found = inbox.numbers()
    change = recompute_change(found.of(CURRENT), found.pack)[("4601", "2024", "PRO_OWN", "register")]
    # 2023 has one process of two, so no value to compare with.
    assert (change.previous_period, change.previous_value, change.change) == ("2020", 50, 50)
    assert (change.change_low, change.change_high) == (50, 50)


def test_an_unknown_collection_is_no_answer_and_a_gap_beats_it(inbox: Inbox) -> None:
    rows = [*DATA, ["Omsorg", "Person", ""], ["Bygg", "Person", ""]]
    inbox.put("4601", prosesser=PROCESSES, opplysninger=rows)
    gap = one(inbox.numbers(), "ONCE_GAP")
    assert (gap.status, gap.numerator, gap.denominator, gap.n) == ("insufficient_coverage", 1, 1, 2)
    assert (gap.lower_bound, gap.upper_bound) == (50, 100)


def test_worklist_names_register_and_volume(inbox: Inbox) -> None:
    inbox.put("4601", prosesser=PROCESSES, opplysninger=[*DATA, ["Bygg", "Person", "tastet_manuelt"]])
    gaps = once_only_gaps(inbox.numbers().parts)
    assert {key[2:]: (gap.register, gap.volume) for key, gap in gaps.items()} == {
        ("omsorg", "person"): ("freg", 100),
        ("byggesak", "person"): ("freg", None),
    }


def test_duplicates_and_procurement_count_what_is_sure(inbox: Inbox) -> None:
    inbox.put("4601", **ALL)
    inbox.put("5001", **{**ALL, "systemer": [SYSTEMS[0], *(["", *row[1:]] for row in SYSTEMS[1:])]})
    parts = inbox.numbers().parts
    found = duplicate_objects(parts)[("4601", "2020", "person")]
    assert (found.n_systems, found.n_maintaining, found.n_masters) == (3, 2, 0)
    bought = joint_procurement(parts)
    assert set(bought) == {("2020", "journal"), ("2020", "kart")}
    assert (bought[("2020", "kart")].n_owners, bought[("2020", "kart")].diversity) == (2, 0)
    assert bought[("2020", "kart")].annual_cost is None


def test_reliability_and_answers(inbox: Inbox) -> None:
    rows = survey_rows(30, "2")
    for place, row in enumerate(rows[1:]):
        row[2:4] = [str(1 + place % 5), str(1 + (place + place % 2) % 5)]
    inbox.put("4601", undersokelse=rows)
    parts = inbox.numbers().parts
    found = reliability(parts)[("2020", "all", "i", "PU")]
    assert (found.n, found.n_items, found.status) == (30, 2, "ok")
    assert reliability(parts)[("2020", "all", "i", "PO")].status == "no_denominator"
    answers = answer_distribution(parts)
    assert answers[("2020", "PO1", "respondents", "all", "all", "2")].n == 30
    assert answers[("2020", "PU1", "respondents", "owners", "b", "5")].n == 6
    assert answers[("2020", "PO1", "respondents", "all", "all", "5")].n == 0


def test_a_person_in_a_role_column_is_unknown(inbox: Inbox) -> None:
    rows = [*INITIATIVES[:2], ["Robot", "", "ja", "Kari Nordmann", "ja"]]
    inbox.put("4601", prosesser=PROCESSES, tiltak=rows)
    owned = one(inbox.numbers(), "INI_OWN")
    assert (owned.status, owned.numerator, owned.denominator, owned.n) == ("insufficient_coverage", 1, 1, 2)


def test_an_initiative_follows_a_quarantined_process(inbox: Inbox) -> None:
    late = [PROCESSES[0], ["Omsorg", "", "linjeleder", "", "ja", ""]]
    late = [[*row, head] for row, head in zip(late, ("beskrevet_dato", "01.01.2021"), strict=True)]
    rows = [INITIATIVES[0], ["Portal", "Omsorg", "ja", "Leder", "ja"]]
    inbox.put("4601", prosesser=[*late, ["Bygg", "byggesak", "ingen", "", "", "", ""]], tiltak=rows)
    mapped = one(inbox.numbers(), "INI_MAP")
    assert (mapped.status, mapped.denominator, mapped.n) == ("insufficient_coverage", 0, 1)


def test_a_blank_lifecycle_leaves_the_scope_open(inbox: Inbox) -> None:
    open_row = ["D", "Delta", "Kart", "Plan", "Leder", "", "2019", "", "2019", "1", "1"]
    inbox.put("4601", **{**ALL, "systemer": [*SYSTEMS, open_row]})
    found = inbox.numbers()
    new = one(found, "SYS_NEW")
    # Two unknown of four: Gamma's date and Delta's scope.
    assert (new.status, new.n, new.lower_bound, new.upper_bound) == (
        "insufficient_coverage",
        4,
        Fraction(100, 3),
        75,
    )
    # Kart is no longer answered for FUN_, though it is for COV_FUN.
    assert one(found, "COV_FUN").value == 100
    assert one(found, "FUN_OVL").status == "insufficient_coverage"


def test_a_process_that_is_not_delivered_leaves_its_pairs_unknown(inbox: Inbox) -> None:
    inbox.put("4601", prosesser=PROCESSES[:2], opplysninger=[*DATA, ["Byggesak", "Person", "register_auto"]])
    found = inbox.numbers()
    assert shares(found, "ONCE_GAP") == {"ONCE_GAP": (1, 1, 2)}
    absent = [*PROCESSES[:2], ["Har ikke", "byggesak", "", "", "", ""]]
    inbox.put("4601", prosesser=absent)
    assert shares(inbox.numbers(), "ONCE_GAP") == {"ONCE_GAP": (1, 1, 1)}


def test_a_printed_row_delivers_nothing_and_takes_no_process_out(inbox: Inbox) -> None:
    printed = ["Bygg", "byggesak", "", "", "", ""]
    inbox.put("4601", prosesser=[*PROCESSES[:2], printed])
    assert shares(inbox.numbers(), "COV_PRO") == {"COV_PRO": (1, 2, 2)}
    inbox.put("4601", prosesser=[*PROCESSES[:2], printed, ["Har ikke", "byggesak", "", "", "", ""]])
    assert shares(inbox.numbers(), "COV_PRO", "PRO_OWN") == {"COV_PRO": (1, 2, 2), "PRO_OWN": (1, 1, 2)}


def test_what_funksjoner_lists_serves_and_expects_nothing(inbox: Inbox) -> None:
    with (inbox.pack / "function_object.csv").open("a", encoding="utf-8") as file:
        file.write("journal,sak\n")
    more = [FUNCTIONS[0], ["Journal", "A;B", "ja"], FUNCTIONS[2]]
    inbox.put("4601", **{**ALL, "funksjoner": more})
    found = inbox.numbers()
    # Of *sak* only Alfa's cell is expected, not that of Beta.
    assert shares(found, "FUN_OVL", "COV_SYS") == {"FUN_OVL": (1, 2, 2), "COV_SYS": (3, 4, 4)}


def test_a_local_object_of_an_exchange_is_not_any_object(inbox: Inbox) -> None:
    rows = [EXCHANGES[0], ["Alfa", "Beta", "Noe eget", "ja"], ["Alfa", "Beta", "", "nei"]]
    inbox.put("4601", **{**ALL, "integrasjoner": rows})
    found = inbox.numbers()
    assert shares(found, "INT_AUTO", "REG_USE") == {"INT_AUTO": (1, 2, 2), "REG_USE": (1, 3, 3)}


def test_official_answers_of_several_parts_are_none_of_the_whole(inbox: Inbox) -> None:
    head = ["kommunenummer", *(item for item, _ in ITEMS)]
    for number in ("5001", "5030"):
        inbox.put(number, "2019", offisielle_svar=[head, [number, *["4"] * len(ITEMS)]])
    found = inbox.numbers()
    assert one(found, "MOD_PU", "5030", "2019", "official").value == 75
    assert one(found, "MOD_PU", "5001", "2019", "official", CURRENT).status == "not_delivered"


def test_diversity_gives_each_owner_one_vote(inbox: Inbox) -> None:
    head = ["systemnavn", "leverandør", "funksjon", "livsløp", "årlig_kostnad", "avtaleslutt"]
    mine = ["Ett", "Ås", "Kart", "i bruk", "1 000,50", "31.12.2021"]
    inbox.put("4601", systemer=[head, mine, ["To", "Ås", "Kart", "i bruk", "10", "2019"]])
    inbox.put("5001", systemer=[head, ["ETT", "ås", "Kart", "i bruk", "20", ""]])
    found = joint_procurement(inbox.numbers().parts)[("2020", "kart")]
    # One has half its vote on each product, the other all on the first: 1 − (9/16 + 1/16).
    assert (found.n_owners, found.n_products, found.diversity) == (2, 2, Fraction(3, 8))
    assert found.annual_cost == Fraction("1030.5")
    assert str(found.next_contract_end) == "2021-12-31"
