"""The committed example: six fictional owners of one cooperation body, two periods, the study's story.

Little process understanding, owners in the line but hardly any across units, the same objects kept up
in several systems, benefits that nobody follows up; a little better in the second year. Made again with
``python -m pipelines.demo``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.demo import faults
from pipelines.demo.catalogue import Catalogue, Moment, moment_of
from pipelines.demo.demo import DemoSummary
from pipelines.demo.dice import Dice
from pipelines.demo.files import OutFile, norwegian_csv
from pipelines.demo.municipalities import Municipality, RegisterFormat, SurveyFormat
from pipelines.demo.sending import Expected, Post, send
from pipelines.demo.survey import official_table
from pipelines.demo.tables import Delivery
from pipelines.settings import ROOT

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

SEED = 2026
PERIODS = ("2025", "2026")
EXPECTED_HEADERS = ("path", "kind", "status", "rows_received", "rows_accepted", "rows_quarantined")
FAULT_HEADERS = ("fault", "path", "sheet", "row", "column", "outcome", "rule")
FIRST_YEAR, SECOND_YEAR = PERIODS

# number: maturity, format of the registers, format of the survey, respondents in each period.
SENDERS: dict[str, tuple[float, RegisterFormat, SurveyFormat, tuple[int, int]]] = {
    "9901": (0.20, "xlsx", "xlsx", (4, 8)),
    "9902": (0.24, "csv-cp1252", "nettskjema", (12, 14)),
    "9903": (0.27, "xlsx", "csv-cp1252", (15, 17)),
    "9904": (0.30, "csv-utf8", "nettskjema", (18, 21)),
    "9905": (0.33, "xlsx", "xlsx", (22, 24)),
    "9906": (0.38, "csv-cp1252", "nettskjema", (28, 31)),
}
# How much the hidden maturity grows beside the demo's yearly growth: some get on, others stand still.
GAIN = {"9901": -0.035, "9902": 0.04, "9903": 0.0, "9904": 0.06, "9905": -0.035, "9906": 0.03}
# Processes and systems in one workbook.
TOGETHER = {"9903"}
# Delivers half of its processes in the first year.
THIN = {("2025", "9902"): frozenset({"processes"})}
# One official answer besides the respondents'.
OFFICIAL = {"9903", "9906"}


def _objects_without_system(
    deliveries: Sequence[Delivery], _moment: Moment, _dice: Dice
) -> list[faults.Planted]:
    """The data objects without the column that says which system holds them: rejected."""
    return faults.drop_column(deliveries, "systems", "Dataobjekter", "systemnavn")


FAULTS: dict[tuple[str, str], tuple[faults.Fault, ...]] = {
    ("2025", "9901"): (faults.unreadable_file, faults.title_rows, faults.person_in_role),
    ("2025", "9902"): (faults.letters_in_number, faults.repeated_system_id),
    ("2025", "9903"): (faults.future_date,),
    ("2025", "9904"): (faults.illegal_answer, faults.title_rows),
    ("2025", "9905"): (faults.misspelt_function, faults.extra_columns),
    ("2025", "9906"): (_objects_without_system,),
    ("2026", "9902"): (faults.address_in_role,),
    ("2026", "9904"): (faults.extra_columns,),
    ("2026", "9905"): (faults.illegal_answer,),
}


def write_example(out: Path, pack: ReferencePack | None = None) -> DemoSummary:
    """Write ``out/<period>/<number>/`` for the six municipalities of the fictional overlay.

    pack: the base pack with the overlay, loaded from ``data/seeds`` where it is not given. Raises
    KeyError when the pack lacks one of the six.
    """
    pack = pack or _load()
    catalogue = Catalogue.of(pack)
    summary = DemoSummary(len(SENDERS), PERIODS)
    for place, period in enumerate(PERIODS):
        moment = moment_of(pack, period)
        for number in SENDERS:
            summary.add(out, _post(sender_of(pack, number, place), moment, catalogue))
    return summary


def _load() -> ReferencePack:
    from pipelines.reference.pack import load_pack

    seeds = ROOT / "data" / "seeds"
    return load_pack([seeds / "reference", seeds / "fictional"])


def sender_of(pack: ReferencePack, number: str, place: int) -> Municipality:
    """One of the six in the first (0) or second (1) period."""
    maturity, registers, survey, respondents = SENDERS[number]
    names = dict(pack.table("municipality").select("municipality_number", "name").iter_rows())
    year = int(PERIODS[place])
    rows = pack.table("population").iter_rows(named=True)
    population = next(
        int(r["population"]) for r in rows if r["municipality_number"] == number and r["year"] == year
    )
    return Municipality(
        seed=SEED,
        number=number,
        name=names[number],
        population=population,
        size_class="small" if population < 5_000 else "medium",
        maturity=maturity + GAIN[number] * place,
        respondents=respondents[place],
        register_format=registers,
        survey_format=survey,
        thin=THIN.get((PERIODS[place], number), frozenset()),
    )


def _post(sender: Municipality, moment: Moment, catalogue: Catalogue) -> Post:
    planted = FAULTS.get((moment.period, sender.number), ())
    post = send(sender, moment, catalogue, planted, together=sender.number in TOGETHER, compress=True)
    return _with_official(post, sender, moment, catalogue) if sender.number in OFFICIAL else post


def _with_official(post: Post, sender: Municipality, moment: Moment, catalogue: Catalogue) -> Post:
    table = official_table(sender, moment, catalogue)
    file: OutFile = norwegian_csv(table, "utf-8-sig")
    outcome = Expected(f"{post.folder}/{file.name}", "survey", "accepted", 1, 1, 0)
    return replace(post, files=(*post.files, file), expected=(*post.expected, outcome))


def write_expected(summary: DemoSummary, outcomes: Path, planted: Path) -> None:
    """Two CSV files: the outcome of every file and kind, and where each planted fault stands."""
    rows = [
        (e.path, e.kind, e.status, e.received, e.accepted, e.quarantined)
        for e in sorted(summary.expected, key=lambda e: (e.path, e.kind))
    ]
    _write_csv(outcomes, EXPECTED_HEADERS, rows)
    found = [(f.fault, f.path, f.sheet, f.row, f.column, f.outcome, f.rule) for f in summary.faults]
    _write_csv(
        planted, FAULT_HEADERS, sorted(found, key=lambda row: (row[1], row[0], row[3] or 0, row[4] or ""))
    )


def _write_csv(path: Path, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(rows)
    path.write_bytes(buffer.getvalue().encode("utf-8"))
