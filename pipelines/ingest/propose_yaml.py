"""A proposed mapping as text: entries with their reasons behind, what is left to a person as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from pipelines.ingest.model import MASK
from pipelines.ingest.profiles import Profile
from pipelines.ingest.propose_concepts import UNCERTAIN
from pipelines.ingest.propose_words import load_words
from pipelines.ingest.shown import file_name_shown
from pipelines.ingest.text import header_key, without_parenthesis
from pipelines.ingest.vocabulary import ITEM

if TYPE_CHECKING:
    from pipelines.ingest.propose import Draft, Values

_HEAD = (
    "# Forslag til mapping. Se over hver linje: tallet bak er hvor sikkert forslaget er (0-100), og hvorfor.",
    "# A proposed mapping. Look at every line: the number behind it says how sure it is (0-100), and why.",
    f"# {UNCERTAIN}: like gjerne galt som riktig / as likely wrong as right.",
)
# What YAML takes for the end of a line or does not take at all; json writes it as it is.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_OPEN = "# FYLL UT / FILL IN"
# What a person writes something else for.
_ONE_OF = "<one of …>"
_ANSWER = "<number, dont_know, not_relevant or blank>"
_COLUMN = "<contract column>"
_WIDTH = 90


def write_mapping(draft: Draft, file_name: str, *, is_one_of_several: bool) -> str:
    """The mapping.yml of a draft. is_one_of_several: whether the workbook has other sheets."""
    # What is personal in the name is any text in the pattern.
    pattern = "*".join(_escaped(part) for part in file_name_shown(file_name).split(MASK))
    lines = [*_HEAD, f"kind: {draft.sheet.kind}", f"files: {_quoted(pattern)}"]
    if is_one_of_several and draft.profiled.table.sheet:
        lines.append(f"sheet: {_quoted(draft.profiled.table.sheet)}")
    lines.append(f"contract_sheet: {draft.sheet.id}")
    if draft.profiled.header_rows == 2:
        lines.append(
            f"header_rows: 2  # overskrift i rad {draft.profiled.header_row + 1}, grupper i raden over"
        )
    lines += _columns(draft)
    lines += _unpivot(draft)
    lines += _values(draft)
    if draft.split:
        lines.append("split:")
        lines += [f"  {name}: {_quoted(pattern)}" for name, pattern in sorted(draft.split.items())]
    lines += _scale(draft)
    lines += _ignored(draft)
    return "\n".join(lines) + "\n"


def _columns(draft: Draft) -> Iterator[str]:
    entries = list(_entries(draft))
    yield "columns:" if entries else "columns: {}"
    yield from entries
    for column in draft.missing:
        words = f"{column.header_nb} / {column.header_en}"
        yield f'  # "…": {column.name}  {_OPEN}: kolonnen med {words} (påkrevd / required)'
    if draft.sheet.kind == "survey" and not draft.items:
        yield f'  # "…": {ITEM}…  {_OPEN}: kolonnene med spørsmålene / the questions (påkrevd / required)'


def _entries(draft: Draft) -> Iterator[str]:
    for profile in draft.profiled.columns:
        own = [(c.target, c.score, c.reason) for c in draft.columns if c.profile.index == profile.index]
        own += [(c.target, c.score, c.reason) for c in draft.more.get(profile.index, [])]
        own += [
            (f"{ITEM}{i.item_id}", i.score, i.reason) for i in draft.items if i.profile.index == profile.index
        ]
        if own:
            targets = own[0][0] if len(own) == 1 else f"[{', '.join(target for target, _, _ in own)}]"
            why = "; ".join(f"{score:g}: {reason}" for _, score, reason in own)
            yield f"  {_quoted(profile.header)}: {targets}  # {why}"


def _unpivot(draft: Draft) -> Iterator[str]:
    if draft.wide is None:
        return
    why = f"overskriften i {len(draft.wide.indexes)} kolonner / the header of so many columns"
    yield "unpivot:"
    yield f"  - pattern: {_quoted(draft.wide.pattern)}  # {why}"
    if draft.wide.cell is not None:
        yield f"    cell: {draft.wide.cell}"
    for place, (words, target) in enumerate(draft.wide.fields.items()):
        if place == 0:
            yield "    fields:"
        yield f"      {_quoted(words)}: {target}"


def _values(draft: Draft) -> Iterator[str]:
    blocks = {name: found for name, found in sorted(draft.values.items()) if found.known or found.patterns}
    open_ones = [(n, v) for n, v in sorted(draft.values.items()) if n not in blocks and v.left]
    if blocks or open_ones:
        yield "values:" if blocks else f"# values:  {_OPEN}"
    for name, values in blocks.items():
        yield f"  {name}:"
        yield from _rules(values)
        yield from _choices(values)
    for name, values in open_ones:
        # The same lines as above but for the marks in front, so that a person only takes those away.
        yield f"  # {name}:  {_OPEN}"
        yield "  #   rules:"
        yield from (f"  #     {_open_rule(source, value)}" for source, value in values.left)
        yield from _choices(values)


def _rules(values: Values) -> Iterator[str]:
    if values.is_blank_otherwise:
        yield "    otherwise: blank"
    yield "    rules:"
    for source, value, target, why in values.known:
        yield f"      - {{{_from(source)}value: {_quoted(value)}, to: {target}}}  # {why}"
    for source, pattern, target in values.patterns:
        yield f"      - {{{_from(source)}pattern: {_quoted(pattern)}, to: {target}}}"
    for source, value in values.left:
        yield f"      # {_open_rule(source, value)}  {_OPEN}"


def _open_rule(source: str | None, value: str) -> str:
    """A rule whose answer a person fills in."""
    return f"- {{{_from(source)}value: {_quoted(value)}, to: {_ONE_OF}}}"


def _choices(values: Values) -> Iterator[str]:
    """What may stand where a person fills in."""
    if values.left and values.choices:
        lines = wrap(", ".join(values.choices), _WIDTH, break_long_words=False, break_on_hyphens=False)
        yield f"      # {_ONE_OF} = én av / one of:"
        yield from (f"      #   {line}" for line in lines)


def _from(source: str | None) -> str:
    return "" if source is None else f"from: {_quoted(source)}, "


def _scale(draft: Draft) -> Iterator[str]:
    is_begun = any(labels.known for labels in draft.scale.values())
    if is_begun:
        yield "scale:  # rekkefølgen er gjettet av ordene / the order is guessed from the words"
    for name, labels in sorted(draft.scale.items()):
        if labels.known:
            yield f"  {name}:"
            yield from (f"    {_quoted(label)}: {value}" for label, value in labels.known.items())
        elif labels.left:
            if not is_begun:
                yield "# scale:"
            yield f"  # {name}:"
        mark = "    # " if labels.known else "  #   "
        yield from (f"{mark}{_quoted(label)}: {_ANSWER}  {_OPEN}" for label in labels.left)


def _ignored(draft: Draft) -> Iterator[str]:
    used = {c.profile.index for c in draft.columns} | set(draft.more) | {i.profile.index for i in draft.items}
    used |= set(draft.wide.indexes) if draft.wide else set()
    left = [profile for profile in draft.profiled.columns if profile.index not in used]
    ignored = [profile for profile in left if _reason_to_ignore(profile)]
    if ignored:
        yield "ignore:"
        for profile in ignored:
            yield f"  - {_quoted(profile.header)}  # {_reason_to_ignore(profile)}"
    rest = [profile for profile in left if not _reason_to_ignore(profile)]
    if rest:
        yield "# Ikke gjenkjent / not recognised: sett en linje under columns, eller under ignore."
        yield from (f"#   {_quoted(profile.header)}: {_COLUMN}  # {profile.shape}" for profile in rest)


def _reason_to_ignore(profile: Profile) -> str:
    if profile.personal is not None:
        return "personopplysninger, leses aldri / personal data, never read"
    if {header_key(profile.name), header_key(without_parenthesis(profile.name))} & load_words().remarks:
        return f"merknader / remarks ({profile.shape})"
    if profile.is_long_text:
        return f"fri tekst / free text ({profile.shape})"
    return ""


def _quoted(text: str) -> str:
    """A double-quoted scalar, whatever stands in it."""
    return _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text, ensure_ascii=False))


def _escaped(file_name: str) -> str:
    """The name as a ``files`` pattern that means that name alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in file_name)
