"""Deliveries that are all alike in size, for measuring: one file per kind and municipality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.demo.catalogue import Catalogue, moment_of
from pipelines.demo.demo import write_senders
from pipelines.demo.files import norwegian_csv, workbook
from pipelines.demo.municipalities import KINDS, Municipality, invent
from pipelines.demo.sending import FILE_WORDS, fill_in
from pipelines.demo.tables import Delivery

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack


@dataclass(frozen=True)
class UniformFile:
    """One delivery as a file. n_records: its tables' rows, all told."""

    municipality_number: str
    kind: str
    name: str
    content: bytes
    n_records: int


def uniform_senders(municipalities: int, respondents: int, seed: int) -> list[Municipality]:
    """Municipalities that deliver every kind and have the same number of respondents.

    Raises ValueError as ``invent`` does.
    """
    return [
        replace(sender, respondents=respondents, kinds=KINDS, thin=frozenset(), is_flat=False)
        for sender in invent(municipalities, respondents, seed)
    ]


def uniform_files(senders: list[Municipality], period: str, pack: ReferencePack) -> Iterator[UniformFile]:
    """Three files for each sender: every other one sends workbooks, the rest CSV in cp1252.

    A CSV file is one sheet, so a register in CSV is its first sheet alone. Made one at a time: a
    thousand workbooks need not lie in memory together.
    """
    moment, catalogue = moment_of(pack, period), Catalogue.of(pack)
    for index, sender in enumerate(senders):
        for delivery in fill_in(sender, moment, catalogue):
            yield _as_file(sender, delivery, is_workbook=index % 2 == 0)


def _as_file(sender: Municipality, delivery: Delivery, *, is_workbook: bool) -> UniformFile:
    name = FILE_WORDS[delivery.kind]
    tables = delivery.tables if is_workbook else delivery.tables[:1]
    if is_workbook:
        file = workbook(f"{name}.xlsx", tables, (), compress=True)
    else:
        file = replace(norwegian_csv(tables[0], "cp1252"), name=f"{name}.csv")
    n_records = sum(len(table.rows) for table in tables)
    return UniformFile(sender.number, delivery.kind, file.name, file.content, n_records)


def write_uniform_pack(out: Path, senders: list[Municipality], period: str, pack: ReferencePack) -> Path:
    """The overlay pack of the senders, in ``out/reference``; returns that folder."""
    write_senders(out, senders, [moment_of(pack, period)])
    return out / "reference"
