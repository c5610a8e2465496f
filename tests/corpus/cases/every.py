"""All cases together."""

from __future__ import annotations

from tests.corpus.cases import handwritten, libreoffice, reading, rows, shapes, surveys, whole_file
from tests.corpus.model import Case

CASES: list[Case] = [
    *whole_file.CASES,
    *rows.CASES,
    *reading.CASES,
    *surveys.CASES,
    *shapes.CASES,
    *libreoffice.CASES,
    *handwritten.CASES,
]
