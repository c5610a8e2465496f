"""Reading and judging deliveries beside the bare floor: what the libraries take to load the same bytes.

The floor loads a file's cells as text and, for a survey, turns one row per respondent into one per
answer; it knows the encoding, the delimiter and the header row, checks nothing and keeps nothing. Floor
and reader take turns file by file, so that a busy machine slows both.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pipelines.demo.uniform import UniformFile
    from pipelines.ingest.model import ParsedDelivery
    from pipelines.reference.pack import ReferencePack
    from pipelines.settings import Settings

Say = Callable[[str], None]


@dataclass
class Times:
    """Seconds of one group of files: the bare floor, the reader; n_files and n_cells read by the floor."""

    n_files: int = 0
    n_cells: int = 0
    floor: float = 0.0
    parsing: float = 0.0

    @property
    def ratio(self) -> float:
        """How many times the floor the reader takes."""
        return self.parsing / self.floor


@dataclass
class Measured:
    """by_group: ``kind/format`` → times; gate: seconds; rows: received, accepted, quarantined."""

    by_group: dict[str, Times] = field(default_factory=dict)
    gate: float = 0.0
    rows: tuple[int, int, int] = (0, 0, 0)
    n_rejected: int = 0

    @property
    def total(self) -> Times:
        """All groups together."""
        groups = self.by_group.values()
        return Times(
            sum(one.n_files for one in groups),
            sum(one.n_cells for one in groups),
            sum(one.floor for one in groups),
            sum(one.parsing for one in groups),
        )


def measure(
    settings: Settings, *, municipalities: int, respondents: int, period: str, seed: int, say: Say
) -> Measured:
    """Make the files one by one, load each barely, parse it, and at the end judge all of them.

    Raises ValueError for more municipalities than can be invented, and for an unknown period.
    """
    from pipelines.demo.uniform import uniform_files, uniform_senders, write_uniform_pack
    from pipelines.reference.pack import load_pack

    base = load_pack(settings.reference)
    senders = uniform_senders(municipalities, respondents, seed)
    with tempfile.TemporaryDirectory(prefix="kommunebench-bench-") as folder:
        overlay = write_uniform_pack(Path(folder), senders, period, base)
        pack = load_pack((*settings.reference, overlay))
    measured, parsed = Measured(), []
    for number, file in enumerate(uniform_files(senders, period, pack), start=1):
        parsed += _take_turns(file, period, pack, settings, measured)
        if number % 50 == 0:
            total = measured.total
            say(f"{number} of {3 * municipalities} files: {total.parsing:.1f} s, floor {total.floor:.1f} s")
    say("judging all of them")
    _judge(parsed, pack, measured)
    return measured


def lines(measured: Measured) -> list[str]:
    """What was measured, as a table and two ratios."""
    shown = [f"{'files':24}{'n':>6}{'cells':>12}{'floor s':>10}{'reader s':>10}{'ratio':>7}"]
    for name, times in [*sorted(measured.by_group.items()), ("all", measured.total)]:
        shown.append(
            f"{name:24}{times.n_files:>6}{times.n_cells:>12}{times.floor:>10.2f}"
            f"{times.parsing:>10.2f}{times.ratio:>7.2f}"
        )
    received, accepted, quarantined = measured.rows
    total = measured.total
    both = (total.parsing + measured.gate) / total.floor
    shown.append(
        f"gate: {measured.gate:.2f} s for {received} rows ({accepted} accepted, {quarantined} set aside)"
    )
    shown.append(f"rejected deliveries: {measured.n_rejected}")
    shown.append(f"parsing and validating take {both:.2f} times the bare floor")
    return shown


def _take_turns(
    file: UniformFile, period: str, pack: ReferencePack, settings: Settings, measured: Measured
) -> list[ParsedDelivery]:
    from pipelines.ingest.parse import parse_file

    group = f"{file.kind}/{file.name.rpartition('.')[2]}"
    times = measured.by_group.setdefault(group, Times())
    started = time.perf_counter()
    times.n_cells += _load_barely(file)
    loaded = time.perf_counter()
    found = parse_file(
        file.content, file.name, period, file.municipality_number, pack, settings.limits, kind=file.kind
    )
    times.parsing += time.perf_counter() - loaded
    times.floor += loaded - started
    times.n_files += 1
    return found


def _load_barely(file: UniformFile) -> int:
    """Load the file's cells as text with the libraries alone; how many cells there were."""
    frames = _workbook(file.content) if file.name.endswith(".xlsx") else [_csv(file.content)]
    for frame in frames if file.kind == "survey" else ():
        frame.unpivot()
    return sum(frame.height * frame.width for frame in frames)


def _workbook(content: bytes) -> list[pl.DataFrame]:
    import fastexcel

    reader = fastexcel.read_excel(content)
    return [
        reader.load_sheet(name, header_row=None, dtypes="string").to_polars() for name in reader.sheet_names
    ]


def _csv(content: bytes) -> pl.DataFrame:
    text = content.decode("cp1252").encode()
    return pl.read_csv(
        io.BytesIO(text), separator=";", has_header=False, infer_schema=False, truncate_ragged_lines=True
    )


def _judge(parsed: list[ParsedDelivery], pack: ReferencePack, measured: Measured) -> None:
    from pipelines.gate.single import check_deliveries

    # The first call loads Great Expectations: that is the start of the program, not the judging.
    check_deliveries(parsed[:1], pack)
    started = time.perf_counter()
    checked = check_deliveries(parsed, pack)
    measured.gate = time.perf_counter() - started
    counts = checked.deliveries.select("rows_received", "rows_accepted", "rows_quarantined").sum().row(0)
    measured.rows = (int(counts[0] or 0), int(counts[1] or 0), int(counts[2] or 0))
    measured.n_rejected = sum(delivery.is_rejected for delivery in parsed)
