"""The door of the room: the template of a municipality and period, as bytes or as a file."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.ingest.contract import load_contract
from pipelines.ingest.text import key
from pipelines.ingest.vocabulary import vocabulary
from pipelines.templates.labels import Labels, Lang
from pipelines.templates.last import LastAnswers, last_answers
from pipelines.templates.plan import TemplatePlan, make_plan
from pipelines.templates.texts import TemplateTexts
from pipelines.templates.workbook import workbook_bytes

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack
    from pipelines.settings import Settings

# Every kind in one workbook.
ALL = "all"


class TemplateError(ValueError):
    """No template can be written; says what was found and what would do."""


@dataclass(frozen=True)
class Written:
    """What was written, for the one who asked."""

    path: Path
    plan: TemplatePlan


def write_template(
    settings: Settings,
    pack: ReferencePack,
    *,
    kind: str,
    municipality: str,
    period: str,
    out: Path,
    lang: Lang = "nb",
    force: bool = False,
) -> Written:
    """Write the template of a municipality and period, with its last answers from the home.

    kind: one of the contract's, or ``all``. Raises TemplateError for what cannot be, and for a file that
    is there already, unless ``force``.
    """
    kinds = check_kind(kind)
    check_period(pack, period)
    number = check_municipality(pack, municipality, period)
    check_out(out, force=force)
    last = last_answers(settings, pack, number, period, kinds)
    plan, content = make_template(pack, kinds, number, period, lang, last)
    _write(out, content)
    return Written(out, plan)


def told(written: Written) -> list[str]:
    """For the terminal: the file, what stands in each sheet, what was left out and why."""
    plan = written.plan
    lines = [f"{written.path}: {plan.municipality_number} {plan.municipality_name}, {plan.period}"]
    for sheet in plan.sheets:
        before = f", answers from {sheet.from_period}" if sheet.from_period else ""
        lines.append(f"  {sheet.title}: {len(sheet.rows)} rows beforehand{before}")
    lines += [
        f"  {title}: {n} rows of last time left out (set aside then, or of what is no longer listed)"
        for title, n in plan.left_out.items()
    ]
    if plan.unread:
        lines.append(
            f"  {plan.unread} earlier files have not been read by this version, so nothing of them is filled "
            "in; kommunebench run reads them"
        )
    return lines


def make_template(
    pack: ReferencePack,
    kinds: tuple[str, ...],
    municipality_number: str,
    period: str,
    lang: Lang = "nb",
    last: LastAnswers | None = None,
) -> tuple[TemplatePlan, bytes]:
    """The plan and the bytes of a template; last: what was answered before, None for nothing."""
    texts = TemplateTexts(Labels(pack, load_contract(), lang))
    plan = make_plan(kinds, municipality_number, vocabulary(pack, period), texts, last or LastAnswers())
    return plan, workbook_bytes(plan, texts)


def check_kind(kind: str) -> tuple[str, ...]:
    """The kinds that a template holds. Raises TemplateError."""
    known = tuple(load_contract().kind_by_id)
    if kind == ALL:
        return known
    if kind not in known:
        raise TemplateError(f"unknown kind {kind!r}; there are {', '.join((*known, ALL))}")
    return (kind,)


def check_municipality(pack: ReferencePack, municipality: str, period: str) -> str:
    """The number of a municipality given by its number, valid in the period. Raises TemplateError with the
    nearest, or with the numbers that were valid then."""
    valid, year = pack.valid_numbers(period), pack.year(period)
    if municipality in valid:
        return municipality
    standing = pack.numbers.standing(municipality, year)
    if standing == "former":
        named = ", ".join(pack.numbers.told(pack.numbers.heirs(municipality, year)))
        raise TemplateError(f"municipality {municipality} is no more; it became {named}")
    if standing == "later":
        named = ", ".join(pack.numbers.told(pack.numbers.parts(municipality, year)))
        raise TemplateError(f"municipality {municipality} did not exist yet in {period}; then it was {named}")
    names = {number: pack.numbers.names[number] for number in sorted(valid)}
    shown = ", ".join(pack.numbers.told(_nearest(municipality, names)))
    advice = f"; nearest are {shown}" if shown else "; give its four digits, such as 0301"
    raise TemplateError(f"unknown municipality {municipality!r}{advice}")


def _nearest(municipality: str, names: Mapping[str, str]) -> list[str]:
    """The numbers of the municipalities that may have been meant: next in number, or like in name."""
    if municipality.isdecimal():
        return sorted(names, key=lambda number: (abs(int(number) - int(municipality)), number))[:3]
    by_name = {key(name): number for number, name in names.items()}
    return [by_name[name] for name in difflib.get_close_matches(key(municipality), by_name, n=3, cutoff=0.5)]


def check_period(pack: ReferencePack, period: str) -> None:
    """Raises TemplateError for a period that the pack does not have."""
    if period not in pack.periods:
        raise TemplateError(f"unknown period {period!r}; the pack has {', '.join(pack.periods)}")


def check_out(out: Path, *, force: bool) -> None:
    """Raises TemplateError where the file may not or cannot be written."""
    if out.suffix.lower() != ".xlsx":
        raise TemplateError(f"--out {out}: a template is a workbook, so its name ends in .xlsx")
    if not out.parent.is_dir():
        raise TemplateError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise TemplateError(f"--out {out}: this is a folder")
    if out.exists() and not force:
        raise TemplateError(f"--out {out}: the file is there already; --force writes over it")


def _write(out: Path, content: bytes) -> None:
    from pipelines.storage.files import atomic_write_bytes

    atomic_write_bytes(out, content)
