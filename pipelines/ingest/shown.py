"""Names of sheets and files as they may be told: with a person's data in them they are told otherwise.

A sheet is then told by its place ("ark 3"), so that it can still be found; in a file's name what is
personal is masked and the rest stands. Only the archive's records keep the names as they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pipelines.ingest.identity_numbers import spans_of_national_ids
from pipelines.ingest.masking import find_personal, spans_of_personal
from pipelines.ingest.model import MASK, Finding
from pipelines.ingest.person_names import person_names
from pipelines.ingest.readers import ReadFile
from pipelines.ingest.text import clean, key

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ENDING = re.compile(r"\.[A-Za-z]{1,7}[0-9]?$")


def is_personal_sheet(name: str) -> bool:
    """Whether a sheet's name holds personal data or a common name of persons."""
    words = clean(name).replace("_", " ").split()
    return find_personal(name, with_phone=True) is not None or person_names().has_name(words)


def sheet_names_shown(
    names: Sequence[str], is_personal: Callable[[str], bool] = is_personal_sheet
) -> dict[str, str]:
    """Each sheet's name as it may be told; ``ark 3`` for the third where the name is personal."""
    shown: dict[str, str] = {}
    taken = {key(name) for name in names}
    for number, name in enumerate(names, start=1):
        place = f"ark {number}"
        shown[name] = name if not is_personal(name) else place if place not in taken else f"ark nr. {number}"
    return shown


def with_sheets_shown(read: ReadFile) -> tuple[ReadFile, Mapping[str, str]]:
    """A file whose sheets are called as they may be told, and the names as they were with the new ones."""
    shown = sheet_names_shown([table.sheet for table in read.tables])
    if all(name == told for name, told in shown.items()):
        return read, shown
    tables = tuple(replace(table, sheet=shown[table.sheet]) for table in read.tables)
    findings = tuple(
        replace(f, sheet=None if f.sheet is None else shown.get(f.sheet, f.sheet)) for f in read.findings
    )
    return replace(read, tables=tables, findings=findings), shown


def sheet_wanted(name: str, shown: Mapping[str, str]) -> str:
    """The sheet that a mapping names, as the file's sheets are called now; ``***`` for one not to be told."""
    for original, told in shown.items():
        if key(original) == key(name):
            return told
    return MASK if is_personal_sheet(name) else name


def finding_shown(finding: Finding) -> Finding:
    """What was told while the file was read, before its sheets had other names."""
    sheet = MASK if finding.sheet and is_personal_sheet(finding.sheet) else finding.sheet
    params = {
        name: MASK if find_personal(text, with_phone=False) else text for name, text in finding.params.items()
    }
    return replace(finding, sheet=sheet, params=params)


def file_name_shown(name: str) -> str:
    """A file's name, or its path in an inbox, with what is personal in it masked.

    Identity numbers, e-mail addresses and phone numbers; a common given name beside a common surname. A
    person's name that is neither cannot be told from other words.
    """
    ending = _ENDING.search(name)
    stem, tail = (name[: ending.start()], ending[0]) if ending else (name, "")
    folders, slash, last = stem.rpartition("/")
    shown = f"{folders}{slash}{_masked(last)}{tail}"
    # The ending may have been an address's own: kari@kommune.no
    return (
        shown if find_personal(shown, with_phone=False) is None else f"{folders}{slash}{_masked(last + tail)}"
    )


def _masked(text: str) -> str:
    spaced = text.replace("_", " ")
    found = list(_WORD.finditer(spaced))
    names = person_names().has_full_name([word[0] for word in found])
    spans = [
        *spans_of_national_ids(text),
        *spans_of_personal(text),
        *spans_of_personal(spaced),
        *((found[i].start(), found[i + 1].end()) for i in names),
    ]
    if not spans and find_personal(text, with_phone=False):
        return MASK
    kept, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            kept += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*kept, text[end:]])
