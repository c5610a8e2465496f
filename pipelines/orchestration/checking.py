"""``kommunebench check``: what the pipeline would say of one file. Stores nothing. No dagster here."""

from __future__ import annotations

import hashlib
import importlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.gate.single import Checked
    from pipelines.gate.wording import Language
    from pipelines.ingest.model import ParsedDelivery
    from pipelines.ingest.propose import Proposal
    from pipelines.reference.pack import ReferencePack
    from pipelines.settings import Settings

ACCEPTED, QUARANTINED, REJECTED = 0, 1, 2
# Where a mapping may help, one is proposed without being asked for.
UNMAPPED_RULES = frozenset({"not_recognised", "required_column_missing"})


@dataclass(frozen=True)
class Question:
    """What is asked of a file: as if it lay in the inbox of a municipality and period.

    kind: what it is meant to be, None to tell it from the file.
    """

    path: Path
    kind: str | None
    municipality: str
    period: str
    mapping: Path | None = None
    wants_proposal: bool = False


@dataclass(frozen=True)
class Trial:
    """What is said of a file: a report per delivery; times: part → seconds; proposal: a mapping for it."""

    reports: tuple[dict[str, Any], ...]
    content: bytes = b""
    times: dict[str, float] = field(default_factory=dict)
    proposal: Proposal | None = None


class TargetError(ValueError):
    """A file may not be written where it was asked for."""


def try_file(settings: Settings, question: Question, started: float | None = None) -> Trial:
    """Read and judge one file. started: when the command began, for the times.

    What the home holds of that municipality and period is taken along, since a file may refer to
    systems of another. Raises PackError for a faulty pack, MappingError for a mapping that cannot
    be used, OSError for a file that cannot be read.
    """
    from pipelines.reference.stopwatch import measured, spent

    began = time.perf_counter()
    with measured() as times:
        with spent("start"):
            for module in ("pipelines.gate.report", "pipelines.ingest.parse", "pipelines.reference.pack"):
                importlib.import_module(module)
        from pipelines.reference.pack import load_pack

        with spent("pack"):
            pack = load_pack(settings.reference)
        content = _content(settings, question.path)
        parsed = _parse(settings, pack, question, content)
        if any(not delivery.is_rejected for delivery in parsed):
            with spent("gate_import"):
                importlib.import_module("great_expectations")
        with spent("gate"):
            checked = _judge(settings, pack, question, parsed)
        with spent("coverage"):
            reports = _reports(checked, pack)
        proposal = None
        if content is not None and (question.wants_proposal or _may_need_mapping(reports, question)):
            with spent("proposal"):
                proposal = _propose(settings, pack, question, content)
    times["start"] += 0.0 if started is None else began - started
    times["rest"] = max(0.0, time.perf_counter() - (started or began) - sum(times.values()))
    return Trial(tuple(reports), content or b"", times, proposal)


def _content(settings: Settings, path: Path) -> bytes | None:
    """The file's bytes; None for one that is too big to read."""
    return None if path.stat().st_size > settings.limits.max_file_bytes else path.read_bytes()


def _parse(
    settings: Settings, pack: ReferencePack, question: Question, content: bytes | None
) -> list[ParsedDelivery]:
    from pipelines.ingest.mapping import load_mapping_file
    from pipelines.ingest.parse import parse_file
    from pipelines.ingest.sent import reject

    if content is None:
        # The same answer as in a run, without reading what is too big to read.
        found, limit = question.path.stat().st_size, settings.limits.max_file_bytes
        return [
            reject(
                "file_too_big",
                {"found": str(found), "limit": str(limit)},
                file_name=question.path.name,
                sha256=hashlib.sha256(b"").hexdigest(),
                mapping_sha256=None,
                period=question.period,
                municipality_number=question.municipality,
            )
        ]
    mapping = load_mapping_file(question.mapping) if question.mapping else None
    return parse_file(
        content,
        question.path.name,
        question.period,
        question.municipality,
        pack,
        settings.limits,
        mapping,
        question.kind,
    )


def _judge(
    settings: Settings, pack: ReferencePack, question: Question, parsed: list[ParsedDelivery]
) -> Checked:
    from pipelines.gate.single import check_deliveries

    home = settings if settings.archive.is_dir() else None
    return check_deliveries(parsed, pack, home, question.municipality)


def _reports(checked: Checked, pack: ReferencePack) -> list[dict[str, Any]]:
    """A report per delivery, as a run would write it."""
    from pipelines.gate import coverage
    from pipelines.gate.report import make_report

    covered = coverage.of_rows(checked.frames, checked.gate.beside, pack)
    findings = checked.findings.to_dicts()
    reports = []
    for delivery in checked.deliveries.sort("delivery_id").iter_rows(named=True):
        own = [_without_id(f) for f in findings if f["delivery_id"] == delivery["delivery_id"]]
        place = (delivery["municipality_number"], delivery["period"], delivery["kind"])
        mine = covered.get(place, []) if delivery["is_counting"] else []
        meta = checked.metas[delivery["delivery_id"]]
        reports.append(make_report(delivery, own, meta, pack.numbers.names, mine, is_trial=True))
    return reports


def _may_need_mapping(reports: Sequence[Mapping[str, Any]], question: Question) -> bool:
    rules = {finding["rule"] for report in reports for finding in report["findings"]}
    return question.mapping is None and bool(rules & UNMAPPED_RULES)


def _propose(settings: Settings, pack: ReferencePack, question: Question, content: bytes) -> Proposal | None:
    from pipelines.ingest.propose import propose_mapping
    from pipelines.ingest.vocabulary import vocabulary

    known = vocabulary(pack, question.period)
    return propose_mapping(content, question.path.name, question.kind, known, settings.limits)


def exit_status(trial: Trial) -> int:
    """0 all rows accepted, 1 rows quarantined, 2 rejected: the gravest of the file's deliveries."""
    if {report["status"] for report in trial.reports} & {"rejected", "conflict"}:
        return REJECTED
    is_aside = any((report["rows_quarantined"] or 0) > 0 for report in trial.reports)
    return QUARANTINED if is_aside else ACCEPTED


# What is written beside


def check_targets(
    given: Sequence[Path | None], outputs: Sequence[Path | None], mapping: Path | None, *, force: bool
) -> None:
    """Refuse, before anything is read, to write over a file that is there.

    given: what is read, never written over; nor is a mapping, which a person may have mended by hand;
    outputs: what ``force`` writes over. Raises TargetError.
    """
    taken = {path.resolve() for path in given if path is not None}
    for target in (*outputs, mapping):
        if target is None:
            continue
        if target.resolve() in taken:
            raise TargetError(f"{target} is named twice; give each file to write a name of its own")
        taken.add(target.resolve())
        if target.exists() and (target == mapping or not force):
            advice = "give another name" if target == mapping else "--force writes over it"
            raise TargetError(f"{target} is there already; {advice}")


def write_page(trial: Trial, target: Path, language: Language) -> None:
    """The report as a page."""
    from pipelines.gate.report_page import pages
    from pipelines.storage.files import atomic_write_text

    atomic_write_text(target, pages(trial.reports, language), durable=False)


def write_marked(settings: Settings, trial: Trial, target: Path, language: Language) -> None:
    """The sender's own workbook with the failing cells marked."""
    from pipelines.gate.marking import mark_workbook
    from pipelines.storage.files import atomic_write_bytes

    marked = mark_workbook(trial.content, trial.reports, language, settings.limits)
    atomic_write_bytes(target, marked, durable=False)


def write_mapping(trial: Trial, target: Path) -> bool:
    """The proposed mapping, where there is one; whether it was written."""
    from pipelines.storage.files import atomic_write_text

    if trial.proposal is None:
        return False
    atomic_write_text(target, trial.proposal.mapping_yaml, durable=False)
    return True


# What is said


def result_as_json(trial: Trial) -> str:
    """Everything, in both languages."""
    content = {
        "exit_status": exit_status(trial),
        "deliveries": trial.reports,
        "seconds": {part: round(seconds, 3) for part, seconds in trial.times.items()},
        "proposal": None if trial.proposal is None else _proposed(trial.proposal),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=str)


def _proposed(proposal: Proposal) -> dict[str, Any]:
    return {
        "mapping_yaml": proposal.mapping_yaml,
        "columns": [
            {"header": c.header, "target": c.target, "reason": c.reason, "score": c.score}
            for c in proposal.columns
        ],
    }


def result_lines(trial: Trial, language: Language) -> Iterator[str]:
    """For people: each delivery's verdict, what to do, the findings, the coverage; then the times."""
    from pipelines.gate.wording import say

    for report in trial.reports:
        counts = {
            name: "–" if report[f"rows_{name}"] is None else str(report[f"rows_{name}"])
            for name in ("received", "accepted", "quarantined")
        }
        yield (
            f"{report['file_name']} · {report['municipality_number']} · {report['period']} · "
            f"{report['kind']}: {report[f'status_{language}']}"
        )
        yield "  " + say("check_counts", language, None, **counts)
        yield "  " + report[f"next_{language}"]
        yield from _findings_lines(report, language)
        yield from _coverage_lines(report, language)
    if trial.times:
        yield _time_line(trial.times, language)


def _findings_lines(report: Mapping[str, Any], language: Language) -> Iterator[str]:
    from pipelines.gate.report_page import place_of, rows_said
    from pipelines.gate.wording import say

    if not report["groups"]:
        yield "  " + say("check_no_findings", language)
    for group in report["groups"]:
        head = place_of(group, language) if group["sheet"] or group["column"] else ""
        for entry in group["entries"]:
            place = ", ".join(part for part in (head, rows_said(entry["rows"], language)) if part)
            sentence = f"{entry[f'sentence_{language}']} {group[f'consequence_{language}']}".strip()
            yield f"  {place}: {sentence}" if place else f"  {sentence}"


def _coverage_lines(report: Mapping[str, Any], language: Language) -> Iterator[str]:
    from pipelines.gate.report_page import covered

    for one in report["coverage"]:
        yield "  " + covered(one, language)
        for hint in one["hints"]:
            yield "    " + hint[language]


def proposal_lines(trial: Trial, language: Language) -> Iterator[str]:
    """The proposed mapping, to be looked over."""
    from pipelines.gate.wording import say

    if trial.proposal is None:
        yield say("check_no_proposal", language)
        return
    yield say("check_proposal", language)
    yield trial.proposal.mapping_yaml.rstrip("\n")


def _time_line(times: Mapping[str, float], language: Language) -> str:
    from pipelines.gate.wording import say

    def said(seconds: float) -> str:
        text = f"{seconds:.1f}"
        return text.replace(".", ",") if language == "nb" else text

    parts = ", ".join(
        f"{say(f'time_{part}', language)} {said(seconds)}"
        for part, seconds in times.items()
        if seconds >= 0.05
    )
    return say("check_time", language, total=said(sum(times.values())), parts=parts or "–")


def _without_id(finding: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in finding.items() if name != "delivery_id"}
