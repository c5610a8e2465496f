"""What of a respondent's faulty cell is kept: numbers and misspelt labels, never a remark."""

from __future__ import annotations

import pytest

from pipelines.ingest.tellable import tellable_answer, tellable_number
from tests.unit.test_ingest_support import parse_rows

LABELS = ("helt uenig", "delvis uenig", "verken enig eller uenig", "delvis enig", "helt enig", "vet ikke")


@pytest.mark.parametrize(
    "text",
    ["0", "9", " 12 ", "-1", "3,5", "3.25", "999", "Helt eniig", "HELTENIG", "vetikke", "delvis  enig."],
)
def test_numbers_and_misspelt_labels_are_told_as_they_stand(text: str) -> None:
    assert tellable_answer(text, LABELS) == text


@pytest.mark.parametrize(
    "text",
    [
        "Kari Nordmann i postmottaket vet",
        "Kari Nordmann",
        "Ola Uenig",
        "Kari",
        "1984",
        "01.02.84",
        "3,555",
        "9 Kari",
        "helt enig med Kari",
        "verken enig eler uenig",
        "***",
        "",
    ],
)
def test_anything_else_is_masked(text: str) -> None:
    assert tellable_answer(text, LABELS) == "***"


def test_a_cell_for_a_number_tells_a_short_number_only() -> None:
    assert [tellable_number(t) for t in ("-5", "12,5", "mange", "Kari 5", "22334455")] == [
        "-5",
        "12,5",
        "***",
        "***",
        "***",
    ]


def test_the_lake_does_not_hold_what_respondents_wrote() -> None:
    said = ["8", "Helt eniig", "Kari Nordmann i postmottaket vet", "Nordmann", "4", "i stor gradd"]
    delivery = parse_rows([["respondent_id", "PU2"], *([f"r{n}", text] for n, text in enumerate(said))])
    answers = delivery.datasets["survey_answer"]
    assert answers["answer__raw"].to_list() == ["8", "Helt eniig", "***", "***", None, "***"]
    assert answers["answer__error"].to_list() == [None if t == "4" else "unknown_answer" for t in said]
    assert "Nordmann" not in str(answers.to_dicts())
