"""People's data is masked before anything is typed."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.ingest.contract import load_contract
from pipelines.ingest.identity_numbers import is_national_id
from pipelines.ingest.masking import find_personal, is_person_name, mask_frame
from pipelines.ingest.person_names import NAMES_FILE, person_names
from pipelines.ingest.vocabulary import vocabulary
from tests.unit.person_labels import NAMES, ROLES
from tests.unit.test_ingest_support import HEALTH, PERIOD, pack, parse_one, parse_rows
from tests.writers import table_bytes


def with_check_digits(nine: str) -> str | None:
    """An identity number of nine digits with its two check digits, computed here on its own."""
    first = -sum(int(d) * w for d, w in zip(nine, (3, 7, 6, 1, 8, 9, 4, 5, 2), strict=True)) % 11
    ten = f"{nine}{first}"
    second = -sum(int(d) * w for d, w in zip(ten, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    return None if 10 in (first, second) else f"{ten}{second}"


BORN = next(n for i in range(100) if (n := with_check_digits(f"010190{i:03}")))
D_NUMBER = next(n for i in range(100) if (n := with_check_digits(f"410190{i:03}")))
IMPOSSIBLE_DAY = next(n for i in range(100) if (n := with_check_digits(f"990190{i:03}")))
NO_FEBRUARY_30 = next(n for i in range(100) if (n := with_check_digits(f"300290{i:03}")))
NO_MONTH_13 = next(n for i in range(100) if (n := with_check_digits(f"011390{i:03}")))
# An H-number, and synthetic ones as test data have them.
MONTH_40 = next(n for i in range(100) if (n := with_check_digits(f"014190{i:03}")))
MONTH_80 = next(n for i in range(100) if (n := with_check_digits(f"298196{i:03}")))
D_MONTH_80 = next(n for i in range(100) if (n := with_check_digits(f"618290{i:03}")))


def test_identity_numbers_have_both_check_digits() -> None:
    assert is_national_id(BORN)
    assert is_national_id(D_NUMBER)
    assert all(map(is_national_id, (MONTH_40, MONTH_80, D_MONTH_80)))
    assert not any(map(is_national_id, (IMPOSSIBLE_DAY, NO_FEBRUARY_30, NO_MONTH_13)))
    for place in range(11):
        changed = BORN[:place] + str((int(BORN[place]) + 1) % 10) + BORN[place + 1 :]
        assert not is_national_id(changed)


def test_the_first_check_digit_counts_of_its_own() -> None:
    wrong = [f"{BORN[:9]}{digit}" for digit in range(10) if str(digit) != BORN[9]]
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    for ten in wrong:
        last = -sum(int(d) * w for d, w in zip(ten, weights, strict=True)) % 11
        assert last == 10 or not is_national_id(f"{ten}{last}")


TEXTS: list[tuple[str, str | None]] = [
    (f"fnr {BORN}", "masked_national_id"),
    (f"{BORN[:6]} {BORN[6:]}", "masked_national_id"),
    (D_NUMBER, "masked_national_id"),
    (f"{BORN[:6]}-{BORN[6:]}", "masked_national_id"),
    (f"{BORN[:6]} – {BORN[6:]}", "masked_national_id"),
    (f"{BORN[:6]}\u00a0{BORN[6:]}", "masked_national_id"),
    (f"{BORN[:6]} {BORN[6:9]} {BORN[9:]}", "masked_national_id"),
    (f"{BORN[:2]}.{BORN[2:4]}.{BORN[4:6]} {BORN[6:]}", "masked_national_id"),
    (f"sak 12 {BORN[:6]} {BORN[6:]}, haster", "masked_national_id"),
    (f"{MONTH_40[:6]} {MONTH_40[6:]}", "masked_national_id"),
    (MONTH_80, "masked_national_id"),
    (f"d{D_MONTH_80}x", "masked_national_id"),
    # As a spreadsheet's number, with the zero in front lost.
    (BORN[1:], "masked_national_id"),
    (f"{BORN[1:]}.0", "masked_national_id"),
    (f"{BORN[1]}.{BORN[2:]}E9", "masked_national_id"),
    (f"{BORN[1]},{BORN[2:]}E+09", "masked_national_id"),
    (f"{D_NUMBER[0]}.{D_NUMBER[1:]}E10", "masked_national_id"),
    (f"saksnummer {BORN[1:]}", None),
    # Account numbers, organisation numbers and other long numbers.
    (NO_FEBRUARY_30, None),
    ("1503.40.12345", None),
    ("15034012345", None),
    ("974 760 673", None),
    ("NO 974760673 MVA", None),
    ("974760673", None),
    ("1700000000", None),
    ("1.5E10", None),
    ("1.01802E+10", None),
    ("12345678901", None),
    ("post@kommune.no", "masked_email"),
    ("Ring ola.nordmann+x@kommune.example.no!", "masked_email"),
    ("kari.nordmann @ kommune.no", "masked_email"),
    ("kåre.ås@målselv.kommune.no", "masked_email"),
    ("kari＠kommune.no", "masked_email"),
    ("kari.nordmann(at)kommune.no", "masked_email"),
    ("kari [AT] kommune.no", "masked_email"),
    ("møtes (at) kontoret", None),
    ("@tagg", None),
    ("22 33 44 55", "masked_phone"),
    ("tlf. 22334455", "masked_phone"),
    ("912 34 567", "masked_phone"),
    ("+47 912 34 567", "masked_phone"),
    ("0047 22334455", "masked_phone"),
    ("+4791234567", "masked_phone"),
    ("+47 91 23 45 67", "masked_phone"),
    ("(+47) 912 34 567", "masked_phone"),
    ("+47-912-34-567", "masked_phone"),
    ("0047 91 23 45 67", "masked_phone"),
    ("+47\u00a0912\u202f34 567", "masked_phone"),
    ("mob 912 34567", "masked_phone"),
    ("(415) 555-0123", "masked_phone"),
    ("sist endret 20240501", None),
    ("2024-05-01", None),
    ("31.12.2026", None),
    ("12345678", None),
    ("version 10.2.33445566", None),
    ("1 234 567,50", None),
    ("22334455,50", None),
    ("933445566", None),
    ("Oracle Database 11g; Informatica 9.1; IBM/Cognos 10.2", None),
]


@pytest.mark.parametrize(("text", "rule"), TEXTS)
def test_what_is_masked_in_any_text(text: str, rule: str | None) -> None:
    assert find_personal(text, with_phone=True) == rule


@pytest.mark.parametrize("text", [text for text, rule in TEXTS if rule])
def test_a_column_with_one_such_cell_is_looked_at(text: str) -> None:
    frame = pl.DataFrame({"c0": ["a", text, None]})
    masked, hits = mask_frame(frame, lambda _, one: find_personal(one, with_phone=True), ())
    assert masked["c0"].to_list() == ["a", "***", None]
    assert [hit.index for hit in hits["c0"]] == [1]


@pytest.mark.parametrize("file_format", ["xlsx", "xls", "ods", "parquet", "csv"])
def test_an_identity_number_that_became_a_number_is_masked(file_format: str) -> None:
    rows = [["systemnavn", "funksjon", "årlig_kostnad"], *(["A", HEALTH, n] for n in (float(BORN), 2.5e9))]
    delivery = parse_one(table_bytes(rows, file_format), f"systemer.{file_format}")
    cost = delivery.datasets["system"]["annual_cost"].to_list()
    assert (cost[0], float(cost[1])) == (None, 2.5e9)
    assert [(f.rule, f.row_number) for f in delivery.findings] == [("masked_national_id", 2)]


@pytest.mark.parametrize(
    ("text", "is_person"),
    [
        ("Ola Nordmann", True),
        ("Nordmann, Ola", True),
        ("Kari Anne Nordmann-Hansen", True),
        ("IKT-leder Ola Nordmann", True),
        ("Ola Nordmann (systemeier)", True),
        ("Ola N.", True),
        ("KARI NORDMANN", True),
        ("OLA LIE", True),
        ("NORDMANN, Kari", True),
        ("NORDMANN, KARI", True),
        ("kari nordmann", True),
        ("kari anne nordmann-hansen", True),
        ("Kari Meier", True),
        ("Kari Meier (systemeier)", True),
        ("IKT-leder KARI NORDMANN", True),
        ("Ánte Utsi", True),
        ("Łukasz Żak", True),
        ("Leif O'Brien", True),
        ("leder for byggesak", False),
        ("HR og lønn", False),
        ("IKT-leder skole", False),
        ("Leder PPT", False),
        ("LEDER FOR BYGGESAK", False),
        ("byggesaksleder plan", False),
        ("Leder av virksomhetsutvikling", False),
        ("ikke avklart", False),
        ("vet ikke", False),
        ("Seniorrådgiver digital samhandling", False),
        ("assisterende rektor", False),
        ("Kommunalsjef oppvekst", False),
        ("Head of IT", False),
        ("Front office staff", False),
        ("IKT-leder", False),
        ("HR-leder", False),
        ("Teknisk sjef", False),
        ("Teknisk Sjef", False),
        ("Leder Plan Bygg", False),
        ("Municipal Director", False),
        ("System Owner", False),
        ("Kommunedirektør", False),
        ("enhetsleder helse og omsorg", False),
    ],
)
def test_persons_are_told_from_roles(text: str, is_person: bool) -> None:
    words = vocabulary(pack(), PERIOD)
    endings = load_contract().role_words
    assert is_person_name(text, words.concepts["role"], words.field_words, endings) == is_person


def test_how_often_a_role_is_taken_for_a_person_and_a_person_for_a_role() -> None:
    words = vocabulary(pack(), PERIOD)

    def is_person(text: str) -> bool:
        return is_person_name(text, words.concepts["role"], words.field_words, load_contract().role_words)

    assert len(set(ROLES)) == 80
    assert len(set(NAMES)) == 71
    # Two unknown words and no other: 2 of 80, without the list of names the same.
    assert [text for text in ROLES if is_person(text)] == ["Logoped nord", "Miljøterapeut Solsiden"]
    # Rare names of one word, and rare ones in lower case beside a role: 3 of 71, without the list 22.
    missed = [text for text in NAMES if not is_person(text)]
    assert missed == ["Torkjell", "kvisvik", "rektor torkjell kvisvik"]


@pytest.mark.parametrize("text", ["dag og natt", "Line manager", "for liv og helse", "Berg", "Strand", "dag"])
def test_a_name_that_is_a_word_as_well_tells_of_nobody_alone(text: str) -> None:
    assert not person_names().has_name(text.split())


def test_the_list_of_names_says_of_itself_where_it_is_from() -> None:
    text = NAMES_FILE.read_text("utf-8")
    assert "Of general knowledge" in text
    names = person_names()
    assert len(names.given) >= 150
    assert len(names.surnames) >= 100


@pytest.mark.parametrize("table", ["role", "role_group"])
def test_the_packs_own_roles_are_no_persons(table: str) -> None:
    words = vocabulary(pack(), PERIOD)
    role_words = load_contract().role_words
    texts = [text for row in pack().table(table).rows() for text in row]
    assert len(texts) > 20
    # Not by being known, but by their words: other municipalities write nearly the same.
    assert [t for t in texts if is_person_name(f"{t}", set(), words.field_words, role_words)] == []


def test_a_person_in_the_place_of_a_role_group_is_masked() -> None:
    rows = [
        ["rollegruppe", "PU1"],
        ["Kari Nordmann", "4"],
        ["kari nordmann", "4"],
        ["IKT og digitalisering", "4"],
    ]
    delivery = parse_rows(rows, name="undersokelse.csv")
    assert "ordmann" not in repr([f.rows() for f in delivery.datasets.values()]) + repr(delivery.findings)
    assert [(f.rule, f.row_number) for f in delivery.findings] == [
        ("masked_person_name", 2),
        ("masked_person_name", 3),
    ]
    groups = delivery.datasets["survey_respondent"]["role_group_id"].to_list()
    assert groups == [None, None, "ict_digitalisation"]


def test_a_header_with_personal_data_is_masked_wherever_it_is_told() -> None:
    headers = ["Systemnavn (kontakt kari@x.no)", "funksjon", "Leverandør (ring 22334455)", "ola@x.no"]
    delivery = parse_rows([headers, ["Alfa", HEALTH, "kari@y.no", "x"]])
    assert delivery.rejection is None
    twice = parse_rows([["Systemnavn (kontakt kari@x.no)", "System", "funksjon"], ["Alfa", "Beta", HEALTH]])
    assert twice.rejection is not None
    assert twice.rejection.rule == "two_headers_one_column"
    for told in (delivery.recognised, delivery.findings, twice):
        assert "@" not in repr(told)
        assert "22334455" not in repr(told)
    assert delivery.recognised["sheets"][0]["columns"]["system_name"] == "***"


def test_masked_cells_are_masked_everywhere_and_told_with_their_place() -> None:
    header = ["system_id", "systemnavn", "funksjon", "leverandør", "systemeier_rolle", "brukere"]
    delivery = parse_rows(
        [
            header,
            ["22334455", f"Alfa {BORN}", HEALTH, "ring 22334455", "Ola Nordmann", "22334455"],
            ["S2", "Beta", "kari@kommune.no", "Fjord", "IKT-leder", BORN],
        ]
    )
    frame = delivery.datasets["system"]
    assert frame["system_name"].to_list() == ["***", "Beta"]
    assert frame["vendor"].to_list() == ["***", "Fjord"]
    assert frame["owner_role"].to_list() == ["***", "IKT-leder"]
    assert frame["system_id"].to_list() == ["22334455", "S2"]
    assert frame["n_users"].to_list() == [22334455, None]
    found = {(f.rule, f.row_number, f.column) for f in delivery.findings}
    assert found == {
        ("masked_national_id", 2, "systemnavn"),
        ("masked_phone", 2, "leverandør"),
        ("masked_person_name", 2, "systemeier_rolle"),
        ("masked_email", 3, "funksjon"),
        ("masked_national_id", 3, "brukere"),
    }
    everything = repr(frame.rows()) + repr(delivery.findings)
    assert BORN not in everything
    assert "Nordmann" not in everything
    assert "kari@" not in everything


def test_a_masked_code_is_unknown() -> None:
    delivery = parse_rows([["systemnavn", "funksjon"], ["Alfa", "ola@kommune.no"]])
    frame = delivery.datasets["system"]
    assert frame["function_ids__raw"].to_list() == ["***"]
    assert frame["function_ids__error"].to_list() == ["unknown_function"]


def test_a_masked_respondent_has_no_id_and_is_told_by_the_row() -> None:
    rows = [["respondent_id", "PU1"], ["kari@kommune.no", "4"], ["ola@kommune.no", "3"], ["7", "2"]]
    delivery = parse_rows(rows, name="undersokelse.csv")
    respondents = delivery.datasets["survey_respondent"]
    assert respondents.select("row_number", "respondent_id", "respondent_id__raw").rows() == [
        (2, None, "***"),
        (3, None, "***"),
        (4, "7", "7"),
    ]
    assert delivery.datasets["survey_answer"]["respondent_row"].to_list() == [2, 3, 4]
    assert [(f.rule, f.row_number) for f in delivery.findings] == [("masked_email", 2), ("masked_email", 3)]


def test_a_system_with_a_masked_id_has_none_and_is_known_by_its_name() -> None:
    header = ["system_id", "systemnavn", "funksjon", "dataobjekter"]
    rows = [["kari@x.no", "Alfa", HEALTH, "person"], ["ola@x.no", "Beta", HEALTH, "person"]]
    delivery = parse_rows([header, *rows, ["S3", "Gamma", HEALTH, "person"]])
    systems = delivery.datasets["system"]
    assert systems["system_id"].to_list() == [None, None, "S3"]
    assert systems["system_id__raw"].to_list() == ["***", "***", "S3"]
    listed = delivery.datasets["system_data_object"]
    assert listed["system_name"].to_list() == ["Alfa", "Beta", "S3"]
    assert listed["system_name__raw"].to_list() == ["Alfa", "Beta", "S3"]


def test_a_masked_cell_of_several_values_tells_nothing() -> None:
    header = ["prosessnavn", "enheter", "systemer", "eier_rolle"]
    delivery = parse_rows([header, ["A", "post@kommune.no", "ring 22334455", "Ola Nordmann"]], name="p.csv")
    frame = delivery.datasets["process"]
    assert frame["unit_names"].to_list() == [None]
    assert frame["system_names"].to_list() == [None]
    assert frame["owner_role"].to_list() == ["***"]
    functions = parse_rows([["funksjon", "systemer", "komplett"], [HEALTH, "ring 22334455", "ja"]])
    answer = functions.datasets["function_answer"]
    assert answer.select("system_names", "has_none", "is_complete").rows() == [(None, None, True)]


def test_headers_that_are_data_are_not_shown() -> None:
    delivery = parse_rows([["livsløp", "ola@kommune.no", BORN], ["i bruk", "x", "y"]])
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "required_column_missing"
    assert "ola@" not in repr(delivery)
    assert BORN not in repr(delivery)
