"""``kommunebench demo``: an inbox and an overlay pack of invented municipalities, and a large survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.demo.catalogue import Catalogue, Moment, moment_of
from pipelines.demo.faults import fault_of
from pipelines.demo.files import write_files, write_overlay
from pipelines.demo.municipalities import Municipality, invent, overlay_rows
from pipelines.demo.sending import Expected, Post, send
from pipelines.demo.tables import PlantedFault

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

DEMO_PERIODS = ("2024", "2025", "2026")


@dataclass
class DemoSummary:
    """What was written: counts over all periods, the faults, and the outcome each file must get."""

    municipalities: int
    periods: tuple[str, ...]
    files: int = 0
    respondents: int = 0
    bytes: int = 0
    faults: list[PlantedFault] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)

    def add(self, inbox: Path, post: Post) -> None:
        """Write one municipality's files for one period and count them."""
        self.bytes += write_files(inbox / post.folder, post.files)
        self.files += len(post.files)
        self.respondents += post.respondents
        self.faults += post.faults
        self.expected += post.expected


def write_demo(
    out: Path,
    *,
    municipalities: int = 60,
    periods: Sequence[str] = DEMO_PERIODS,
    respondents: int = 30,
    seed: int = 2026,
    pack: ReferencePack,
) -> DemoSummary:
    """Write ``out/inbox/<period>/<number>/`` and the overlay pack ``out/reference/``.

    respondents: about as many per survey in a medium-sized municipality. Same arguments and pack, same
    bytes. Raises ValueError for a period that the pack does not have, for too many municipalities, and
    where ``out`` already holds something.
    """
    senders = invent(municipalities, respondents, seed)
    moments = _moments(pack, periods)
    _must_be_empty(out)
    catalogue = Catalogue.of(pack)
    summary = DemoSummary(len(senders), tuple(moment.period for moment in moments))
    for place, moment in enumerate(moments):
        for index, sender in enumerate(senders):
            fault = fault_of(index, place)
            summary.add(out / "inbox", send(sender, moment, catalogue, [fault] if fault else []))
    write_senders(out, senders, moments)
    return summary


def write_survey_only(
    out: Path,
    municipalities: int,
    respondents: int,
    periods: Sequence[str],
    seed: int,
    pack: ReferencePack,
) -> DemoSummary:
    """Many answers, nothing else: exactly ``respondents`` per municipality and period, as CSV, no faults.

    Writes the same two folders as ``write_demo`` and raises as it does.
    """
    senders = [
        replace(
            sender,
            respondents=respondents,
            kinds=("survey",),
            survey_format="csv-cp1252" if index % 2 else "nettskjema",
        )
        for index, sender in enumerate(invent(municipalities, respondents, seed))
    ]
    moments = _moments(pack, periods)
    _must_be_empty(out)
    catalogue = Catalogue.of(pack)
    summary = DemoSummary(len(senders), tuple(moment.period for moment in moments))
    for moment in moments:
        for sender in senders:
            summary.add(out / "inbox", send(sender, moment, catalogue))
    write_senders(out, senders, moments)
    return summary


def _moments(pack: ReferencePack, periods: Sequence[str]) -> list[Moment]:
    """Oldest first, each once."""
    if not periods:
        raise ValueError("no period was given")
    return [moment_of(pack, period) for period in sorted(set(periods))]


def _must_be_empty(out: Path) -> None:
    """Files left from another set would be delivered with this one."""
    for folder in (out / "inbox", out / "reference"):
        if folder.is_dir() and any(folder.iterdir()):
            raise ValueError(f"{folder} is not empty; choose another folder or delete it first")


def write_senders(out: Path, senders: Sequence[Municipality], moments: Sequence[Moment]) -> None:
    """The overlay pack of invented municipalities that take part in the periods, in ``out/reference``."""
    years = sorted({moment.reference_date.year for moment in moments})
    years = list(range(years[0] - 1, years[-1] + 1))
    periods = [moment.period for moment in moments]
    write_overlay(out / "reference", overlay_rows(senders, periods, years))
