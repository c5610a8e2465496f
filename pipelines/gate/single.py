"""What the pipeline would say of some deliveries if they came now; nothing is stored.

Used by ``kommunebench check``. Where a home is given, what counts there already is taken along, so that
a file may refer to systems that came in another file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.gate.gate import GateResult, run_gate
from pipelines.settings import Settings
from pipelines.storage import ledger
from pipelines.storage.archive import Archive, Arrival, Withdrawal
from pipelines.storage.lake import (
    DeliveryMeta,
    IngestResult,
    Lake,
    conform,
    dataset_columns,
    known_deliveries,
    meta_of,
)

if TYPE_CHECKING:
    from pipelines.ingest.model import ParsedDelivery
    from pipelines.reference.pack import ReferencePack


@dataclass(frozen=True)
class Checked:
    """deliveries: the ledger's rows of the checked deliveries; metas: by id; gate: with the findings;
    frames: what was judged, the home's rows with them."""

    deliveries: pl.DataFrame
    metas: dict[str, DeliveryMeta]
    gate: GateResult
    frames: Mapping[str, pl.DataFrame]

    @property
    def findings(self) -> pl.DataFrame:
        """The findings on the checked deliveries alone."""
        return self.gate.findings.filter(pl.col("delivery_id").is_in(list(self.metas)))


@dataclass(frozen=True)
class _Home:
    """What is there already."""

    arrivals: list[Arrival]
    withdrawals: list[Withdrawal]
    ingested: IngestResult
    frames: Mapping[str, pl.DataFrame]


def check_deliveries(
    parsed: Sequence[ParsedDelivery], pack: ReferencePack, settings: Settings | None = None, folder: str = ""
) -> Checked:
    """Judge deliveries as if their file arrived after all that is in the home (None: an empty one).

    folder: the one below its period that the file would lie in, where it is not the municipality's own.
    """
    home = _home(parsed, pack, settings)
    own = {delivery.delivery_id: meta_of(delivery) for delivery in parsed}
    arrivals, deliveries_of = _arrivals(parsed, home, folder)
    metas = {**home.ingested.metas, **own}
    known = ledger.derive(arrivals, deliveries_of, metas, home.withdrawals)
    frames = _frames(parsed, home)
    metas = ledger.with_file_names(metas, known)
    gate = run_gate(frames, metas, known.counting, pack, ledger.notes(known))
    table = ledger.with_rows(known, gate.rows).filter(pl.col("delivery_id").is_in(list(own)))
    return Checked(table, own, gate, frames)


def _home(parsed: Sequence[ParsedDelivery], pack: ReferencePack, settings: Settings | None) -> _Home:
    """Deliveries of the same municipalities and periods that the home has read."""
    if settings is None:
        return _Home([], [], IngestResult({}, {}, 0), {})
    archive, lake = Archive(settings), Lake(settings.lake)
    periods = {delivery.period for delivery in parsed}
    # A file straight in the inbox has no period's folder.
    arrivals = [arrival for arrival in archive.arrivals() if arrival.period in {*periods, ""}]
    everything = known_deliveries(settings, pack, arrivals)
    places = {(delivery.municipality_number, delivery.period) for delivery in parsed}
    metas = {n: m for n, m in everything.metas.items() if (m.municipality_number, m.period) in places}
    deliveries_of = {n: tuple(i for i in ids if i in metas) for n, ids in everything.deliveries_of.items()}
    ingested = IngestResult(metas, deliveries_of, 0)
    return _Home(arrivals, archive.withdrawals(), ingested, lake.read_all(metas.values()))


def _arrivals(
    parsed: Sequence[ParsedDelivery], home: _Home, folder: str
) -> tuple[list[Arrival], dict[int, tuple[str, ...]]]:
    """The home's arrivals and one scan more, with the files at hand."""
    arrivals, deliveries_of = list(home.arrivals), dict(home.ingested.deliveries_of)
    scan = 1 + max((arrival.scan for arrival in arrivals), default=0)
    sequence = max((arrival.sequence for arrival in arrivals), default=0)
    by_file: dict[str, list[ParsedDelivery]] = {}
    for delivery in parsed:
        by_file.setdefault(delivery.sha256, []).append(delivery)
    for own in by_file.values():
        sequence += 1
        arrivals.append(_arrival(own[0], sequence, scan, folder))
        deliveries_of[sequence] = tuple(sorted(delivery.delivery_id for delivery in own))
    return arrivals, deliveries_of


def _arrival(delivery: ParsedDelivery, sequence: int, scan: int, folder: str) -> Arrival:
    return Arrival(
        sequence=sequence,
        scan=scan,
        received_at="",
        inbox_path=delivery.file_name,
        file_name=delivery.file_name,
        period=delivery.period,
        municipality_number=folder or delivery.municipality_number,
        sha256=delivery.sha256,
        mapping_sha256=delivery.mapping_sha256,
    )


def _frames(parsed: Sequence[ParsedDelivery], home: _Home) -> dict[str, pl.DataFrame]:
    """Every dataset: the home's rows and those at hand, each delivery once."""
    frames = {}
    for dataset, columns in dataset_columns().items():
        new = [conform(d.datasets[dataset], dataset) for d in parsed if dataset in d.datasets]
        empty = pl.DataFrame(schema=columns)
        ids = [delivery.delivery_id for delivery in parsed]
        old = home.frames.get(dataset, empty).filter(~pl.col("delivery_id").is_in(ids))
        frames[dataset] = pl.concat([empty, old, *new], how="diagonal")
    return frames
