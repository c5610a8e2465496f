"""Reading stays column-wise: budgets of processor time, several times what it takes today."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.unit.test_ingest_support import HEALTH, csv_bytes, pack, parse_one

ITEMS = pack().items("2026")["item_id"].to_list()
ANSWERS = ("1", "2", "verken enig eller uenig", "4", "5", "vet ikke", "")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_a_small_delivery_takes_milliseconds() -> None:
    header = ["systemnavn", "funksjon", "livsløp", "årlig_kostnad", "avtaleslutt", "systemeier_rolle"]
    rows = [[f"System {i}", HEALTH, "i bruk", "1 200,50", "31.12.2027", "IKT-leder"] for i in range(30)]
    files = [csv_bytes([header, *rows, [f"Siste {i}", HEALTH, "", "", "", ""]]) for i in range(60)]
    parse_one(files[0])
    assert seconds(lambda: [parse_one(content) for content in files]) < 2.5


def test_a_hundred_thousand_answers_take_a_fraction_of_a_second() -> None:
    n_rows = 100_000 // len(ITEMS)
    rows = [[ANSWERS[(i * 7 + j) % len(ANSWERS)] for j in range(len(ITEMS))] for i in range(n_rows)]
    content = csv_bytes([["respondent", *ITEMS], *([f"r{i}", *row] for i, row in enumerate(rows))])
    delivery = parse_one(content)
    assert delivery.datasets["survey_answer"].height == n_rows * len(ITEMS)
    assert seconds(lambda: parse_one(content)) < 2.5
