"""One run's work, step by step: the settings, the pack, and what each step found. No dagster here.

Each step takes what the step before it found; where a run begins in the middle (a single asset chosen
on Dagster's page), the earlier ones are done first, from the archive, without looking into the inboxes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.orchestration import build_note
from pipelines.orchestration.dbt_worker import DbtWorker
from pipelines.orchestration.progress import Progress
from pipelines.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from pipelines.gate.gate import GateResult
    from pipelines.reference.pack import ReferencePack
    from pipelines.storage.archive import ScanResult
    from pipelines.storage.lake import IngestResult
    from pipelines.storage.release_record import MadeFrom
    from pipelines.storage.releases import PublishResult


class NotBuiltError(RuntimeError):
    """There is nothing to publish yet."""


@dataclass(frozen=True)
class Judged:
    """What the gate made of everything in the lake.

    frames: dataset → the lake's rows; deliveries: the ledger's delivery table after the gate, one row
    per delivery that ever arrived; gate: findings, quarantine and results of the expectations;
    made_from: how far the archive's records reached, for the record of a release.
    """

    frames: dict[str, pl.DataFrame]
    deliveries: pl.DataFrame
    gate: GateResult
    made_from: MadeFrom

    @property
    def summary(self) -> dict[str, int | float]:
        """Counts for Dagster's page; quarantine_rate is a share of the rows received, 0 without rows."""
        received, accepted, quarantined = (
            int(self.deliveries[f"rows_{name}"].sum()) for name in ("received", "accepted", "quarantined")
        )
        statuses = dict(self.deliveries["status"].value_counts().sort("status").iter_rows())
        return {
            "rows_received": received,
            "rows_accepted": accepted,
            "rows_quarantined": quarantined,
            "quarantine_rate": quarantined / received if received else 0.0,
            **{f"deliveries_{status}": count for status, count in statuses.items()},
        }


@dataclass
class Workspace:
    """What the steps of one run share. Only the holder of the writer's lock may call its steps."""

    settings: Settings
    progress: Progress = field(default_factory=Progress)
    dbt_worker: DbtWorker | None = None
    scan: ScanResult | None = None
    ingested: IngestResult | None = None
    judged: Judged | None = None
    published: PublishResult | None = None
    names_waiting: int = 0

    @cached_property
    def pack(self) -> ReferencePack:
        """The reference pack of the settings, loaded once. Raises PackError."""
        from pipelines.reference.pack import load_pack

        return load_pack(self.settings.reference)

    def look(self, periods: Collection[str] | None) -> ScanResult:
        """Archive what is new in the inboxes; periods None means all."""
        from pipelines.storage.archive import SETTLE_SECONDS, scan_inboxes
        from pipelines.storage.purge import finish_purges

        with self.progress.step("Looking into the inboxes") as step:
            finish_purges(self.settings)
            self.scan = scan_inboxes(self.settings, self.pack, periods, SETTLE_SECONDS)
            step.detail = f"{self.scan.seen} files, {len(self.scan.new)} new"
        return self.scan

    def read(self) -> IngestResult:
        """Read every archived file that the lake does not hold."""
        from pipelines.storage.archive import Archive
        from pipelines.storage.lake import ingest_pending

        with self.progress.step("Reading deliveries") as step:
            archive = Archive(self.settings)
            archive.store_pack(self.pack)
            arrivals = archive.arrivals()
            self.ingested = ingest_pending(self.settings, self.pack, arrivals)
            step.detail = f"{self.ingested.parsed} files read, {len(self.ingested.metas)} deliveries in all"
        return self.ingested

    def judge(self) -> Judged:
        """Settle which deliveries count, hold their rows to the contract, write the reports.

        Raises GateError where an expectation could not be evaluated.
        """
        from pipelines.gate import coverage
        from pipelines.gate.gate import run_gate
        from pipelines.gate.name_review import waiting_names, write_waiting_names
        from pipelines.gate.report import write_reports
        from pipelines.orchestration.making import made_from
        from pipelines.storage import ledger
        from pipelines.storage.archive import Archive
        from pipelines.storage.lake import Lake

        ingested = self.ingested or self.read()
        with self.progress.step("The gate") as step:
            archive = Archive(self.settings)
            arrivals = [a for a in archive.arrivals() if a.sequence in ingested.deliveries_of]
            withdrawals = archive.withdrawals()
            known = ledger.derive(arrivals, ingested.deliveries_of, ingested.metas, withdrawals)
            metas = ledger.with_file_names(ingested.metas, known)
            frames = Lake(self.settings.lake).read_all(metas.values())
            gate = run_gate(frames, metas, known.counting, self.pack, ledger.notes(known))
            deliveries = ledger.with_rows(known, gate.rows)
            self.judged = Judged(
                frames, deliveries, gate, made_from(self.settings, arrivals, withdrawals, metas)
            )
            summary = self.judged.summary
            step.detail = (
                f"{summary['rows_received']} rows: {summary['rows_accepted']} accepted, "
                f"{summary['rows_quarantined']} quarantined"
            )
        with self.progress.step("Reports") as step:
            count = write_reports(
                self.settings,
                self.judged.deliveries,
                gate.findings,
                metas,
                self.pack.numbers.names,
                coverage.of_rows(frames, gate.beside, self.pack),
                lambda sha256: archive.read_bytes(sha256) if archive.holds(sha256) else None,
            )
            counting = self.judged.deliveries.filter("is_counting")["delivery_id"].to_list()
            waiting = waiting_names(metas, counting)
            write_waiting_names(self.settings, waiting)
            self.names_waiting = len({(name.concept, name.text) for name in waiting})
            step.detail = f"{count} deliveries"
        return self.judged

    def fill(self) -> Path:
        """Write the build file anew, with a note of what it was made from."""
        from pipelines.storage.build import create_build
        from pipelines.version import code_version

        judged = self.judged or self.judge()
        with self.progress.step("Filling the build file"):
            build_note.forget(self.settings)
            path = create_build(self.settings, self.pack, judged.frames, judged.deliveries, judged.gate)
            inputs = tuple(sorted(set(judged.deliveries["sha256"])))
            note = build_note.BuildNote(
                code_version(), self.pack.pack_hash, inputs, made_from=judged.made_from
            )
            build_note.write(self.settings, note)
        return path

    def take_dbt_worker(self) -> DbtWorker:
        """The process of dbt that was started early, or a new one; whoever takes it closes it."""
        worker, self.dbt_worker = self.dbt_worker or DbtWorker(self.settings), None
        return worker

    def note_tests(self, *, passed_all: bool) -> None:
        """Keep dbt's verdict on the build file for the publication."""
        build_note.mark_tested(self.settings, passed_all)

    def publish(self) -> PublishResult:
        """Publish the build file; nothing new where its content is current already.

        Raises NotBuiltError without a build, ReleaseError when the audit objects or dbt's tests failed.
        """
        from pipelines.storage.releases import publish

        with self.progress.step("Publishing") as step:
            note = build_note.read(self.settings)
            if note is None:
                raise NotBuiltError("there is no build file to publish; build it first (kommunebench run)")
            self.published = publish(
                self.settings,
                note.code_version,
                note.pack_hash,
                note.inputs,
                is_tested=note.is_tested,
                made_from=note.made_from,
            )
            step.detail = self.published.release_id
        return self.published

    def close(self) -> None:
        """End what a run that stopped early left running."""
        if self.dbt_worker is not None:
            self.dbt_worker.close()
            self.dbt_worker = None
