"""Which words a finding about a cell is told with."""

import pytest

from pipelines.gate.cell_words import choices, of_cell, of_reading
from pipelines.gate.rules import load_rules
from pipelines.gate.wording import bare_header, joined
from pipelines.ingest.contract import Column, load_contract


def column(sheet: str, name: str) -> Column:
    return load_contract().sheet_by_id[sheet].by_name[name]


@pytest.mark.parametrize(
    ("name", "rule", "value", "said"),
    [
        ("functional_fit", "not_a_number", "bra", "«bra» er ikke et tall. Skriv ett helt tall fra 1 til 5."),
        ("functional_fit", "not_a_whole_number", "2,5", "Skriv ett helt tall fra 1 til 5."),
        ("n_users", "not_a_number", "mange", "for eksempel 300."),
        ("annual_cost", "not_a_number", "dyrt", "for eksempel 200000."),
        ("contract_end_date", "not_a_date", "31.06.2027", "Datoen «31.06.2027» finnes ikke."),
        ("contract_end_date", "not_a_date", "snart", "Skriv dd.mm.åååå eller et årstall."),
        ("risk_assessed_date", "not_a_date", "snart", "Skriv dd.mm.åååå, et årstall eller nei."),
        ("acquired_date", "date_after_period", "2027", "Skriv den rette datoen."),
        ("risk_assessed_date", "date_after_period", "2027", "eller nei hvis det ikke var gjort da."),
    ],
)
def test_the_advice_fits_the_column(name: str, rule: str, value: str, said: str) -> None:
    params = {"found": value, **of_cell(rule, column("systems", name), value)}
    assert said in load_rules().sentences(rule, "warning", params)[0]


def test_choices_are_shown_as_in_the_templates_lists() -> None:
    shown = choices(column("system_data_objects", "source_kind"))
    assert shown.startswith("«register auto», «register manuell», ")
    assert "_" not in shown


def test_a_file_that_is_no_text_is_told_in_plain_words() -> None:
    params = {"found": "binary content"}
    nb, _ = load_rules().sentences("unreadable", "warning", params | of_reading("unreadable", params))
    assert nb.startswith("Dette er ikke en fil av den typen navnet sier.")
    assert of_reading("unreadable", {"found": "zip"}) == {}


@pytest.mark.parametrize(
    ("found", "said"), [("9", "Rad 9 under"), ("9, 12", "Radene 9 og 12 under"), ("9, 12, 14", "9, 12 og 14")]
)
def test_rows_below_a_table_are_listed_as_in_a_sentence(found: str, said: str) -> None:
    params = {"found": found, **of_reading("rows_below_table", {"found": found})}
    assert said in load_rules().sentences("rows_below_table", "warning", params)[0]


def test_headers_lose_the_templates_marks_and_nothing_else() -> None:
    assert bare_header("◆ funksjon *, systemer, ◆ livsløp") == "funksjon, systemer, livsløp"
    assert bare_header("2*3 felt") == "2*3 felt"
    told = of_reading("required_column_missing", {"found": "◆ navn *", "expected": "funksjon"})
    assert told == {"found": "navn"}


def test_names_with_commas_are_told_apart() -> None:
    assert joined(["a", "b"]) == "a, b"
    assert joined(["a, b", "c"], "«»") == "«a, b»; «c»"
