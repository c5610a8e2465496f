"""What a survey's headers say beyond the contract's columns: likenesses, check boxes, tool, invitations.

Works on headers and title rows alone; answers are read elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.ingest.contract import Sheet
from pipelines.ingest.items import plain, undressed
from pipelines.ingest.masking import header_shown
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.text import clean, header_key, is_blank, key
from pipelines.ingest.vocabulary import ITEM, LONG, Vocabulary

SURVEY = "survey"
# Columns of a long survey as they are called towards the sender.
LONG_NAMES = {"item": "spørsmålskode", "text": "spørsmål", "answer": "svar"}
# Unknown texts that are held against every question; more than that is no survey.
MOST_LIKENED = 500
_OPTION_SEPARATORS = (" | ", " - ", ".", ": ", "[", "/", "? ")
_WHOSE = ("respondent_id", "municipality_number", "municipality_name")
_NUMBER_AT_END = re.compile(r"^(.*?)[\s:=]*\(?([0-9][0-9.\s\u00a0]*?)\)?\.?$")


@dataclass(frozen=True)
class Links:
    """Headers near to questions. items: column -> item id; told: columns that a finding names."""

    items: dict[int, str] = field(default_factory=dict)
    told: frozenset[int] = frozenset()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class SurveySigns:
    """tool: the survey tool that wrote the file, where its headers tell; n_invited: as a title row has it."""

    tool: str | None = None
    n_invited: str | None = None


NO_SIGNS = SurveySigns()


def is_long(targets: Collection[str]) -> bool:
    """Whether a table has one row per answer: question and answer are columns, and no question is one."""
    named = {f"{LONG}item", f"{LONG}text"} & set(targets)
    return bool(named) and f"{LONG}answer" in targets and not any(t.startswith(ITEM) for t in targets)


def names_whose(targets: Collection[str]) -> bool:
    """Whether each row of a long survey says who answered: a respondent or a municipality."""
    return is_long(targets) and any(name in targets for name in _WHOSE)


def link_items(
    names: Sequence[str | None],
    targets: Sequence[str | None],
    unknown: Sequence[int],
    vocabulary: Vocabulary,
    sheet: str,
    row: int,
) -> Links:
    """Link unknown headers that are near to one question each; tell those that are near to several.

    A question that stands word for word, or that two headers are near to, is not linked.
    """
    finder = vocabulary.item_finder
    taken = {target.removeprefix(ITEM) for target in targets if target}
    near: dict[str, list[tuple[int, float]]] = {}
    findings: list[Finding] = []
    told: set[int] = set()

    def tell(rule: str, index: int, **params: str) -> None:
        shown = header_shown(names[index] or "")
        findings.append(Finding(rule, "warning", sheet, row, shown, shown, {"found": shown, **params}))
        told.add(index)

    for index in unknown[:MOST_LIKENED]:
        name = names[index] or ""
        found = [] if len(finder.find(name)) > 1 else finder.near(name)
        if len(found) > 1:
            tell("header_near_two_items", index, expected=", ".join(close.id for close in found))
        elif found and found[0].id not in taken:
            near.setdefault(found[0].id, []).append((index, found[0].score))
    for item, columns in near.items():
        if len(columns) > 1:
            others = ", ".join(header_shown(names[index] or "") for index, _ in columns)
            for index, _ in columns:
                tell("headers_near_one_item", index, other=others, expected=_called(item, vocabulary))
    links = {item: columns[0] for item, columns in near.items() if len(columns) == 1}
    for item, (index, score) in links.items():
        tell("linked_by_likeness", index, expected=_called(item, vocabulary), score=f"{score:.1f}")
    linked = {index: item for item, (index, _) in links.items()}
    return Links(linked, frozenset(told), tuple(sorted(findings, key=lambda f: (f.rule, f.column or ""))))


def header_of_two(names: Iterable[str], vocabulary: Vocabulary, place: Mapping[str, Any]) -> Rejection | None:
    """A header that names two questions word for word, as the code of one and the text of another."""
    for name in names:
        items = vocabulary.item_finder.find(name)
        if len(items) > 1:
            shown = header_shown(name)
            expected = ", ".join(sorted(items))
            return Rejection(
                "header_names_two", column=shown, value=shown, found=shown, expected=expected, **place
            )
    return None


def without_texts(
    names: Iterable[str | None], vocabulary: Vocabulary, place: Mapping[str, Any]
) -> Rejection | None:
    """Why a data set of mere variable names (s_1, G01Q01) cannot be read: nothing says what they ask."""
    pattern = vocabulary.contract.survey_exports.variable_pattern
    variables = [name for name in names if name and pattern.fullmatch(header_key(name))]
    if len(variables) < 2:
        return None
    return Rejection("variables_without_texts", found=", ".join(variables)[:200], **place)


def find_options(
    sheet: Sheet,
    names: MutableSequence[str | None],
    unknown: Sequence[int],
    groups: Sequence[str | None],
    vocabulary: Vocabulary,
) -> dict[int, tuple[str, str]]:
    """Check boxes in a column per option: ``satsingsområde.Helse og omsorg``, or under a merged header.

    Gives column -> (contract column, concept id); names of columns known by their group become the pair.
    """
    found: dict[int, tuple[str, str]] = {}
    for index in unknown:
        name, group = names[index] or "", groups[index]
        pair = f"{group} | {plain(name)}" if group and not name.startswith(f"{group} | ") else None
        for text in dict.fromkeys((name, undressed(name), pair)):
            if text and (option := _option(text, sheet, vocabulary)) is not None:
                found[index] = option
                names[index] = pair if text == pair else name
                break
    return found


def survey_signs(
    names: Iterable[str | None], above: Iterable[Sequence[str | None]], vocabulary: Vocabulary
) -> SurveySigns:
    """The tool that the headers tell of, and the number invited that a row above them states."""
    compared = [header_key(part) for name in names if name for part in {name, name.rsplit(" | ", 1)[-1]}]
    return SurveySigns(_tool(compared, vocabulary), _n_invited(above, vocabulary))


def _called(item: str, vocabulary: Vocabulary) -> str:
    return f"{item} {vocabulary.item_texts.get(item, '')}".strip()


def _option(text: str, sheet: Sheet, vocabulary: Vocabulary) -> tuple[str, str] | None:
    if text.startswith("[") and text.endswith("]"):
        # A choice whose question was left out, where only one column has such a choice.
        columns = [(c.name, vocabulary.concepts[c.concept]) for c in sheet.columns if c.concept]
        found = [(name, known[key(text[1:-1])]) for name, known in columns if key(text[1:-1]) in known]
        return found[0] if len(found) == 1 else None
    for left, right in _splits(text):
        target = sheet.header_index.get(header_key(left)) or sheet.header_index.get(
            header_key(undressed(left))
        )
        column = sheet.by_name[target] if target else None
        if column is None or column.concept is None:
            continue
        concept_id = vocabulary.concepts[column.concept].get(key(right))
        if concept_id is not None:
            return column.name, concept_id
    return None


def _splits(name: str) -> Iterator[tuple[str, str]]:
    for separator in _OPTION_SEPARATORS:
        left, found, right = name.partition(separator)
        if found:
            yield left, right.rstrip("]")


def _tool(compared: Collection[str], vocabulary: Vocabulary) -> str | None:
    """The tool of which most headers are there; none where no tool has enough."""
    best: tuple[int, str] | None = None
    for tool in vocabulary.contract.survey_exports.tools:
        n = sum(h in tool.headers or bool(tool.pattern and tool.pattern.fullmatch(h)) for h in compared)
        if n >= tool.at_least and (best is None or n > best[0]):
            best = (n, tool.name)
    return best[1] if best else None


def _n_invited(rows: Iterable[Sequence[str | None]], vocabulary: Vocabulary) -> str | None:
    """``Antall inviterte: 120`` in one cell, or the words and the number in neighbouring cells."""
    words = vocabulary.contract.sheet_by_id[SURVEY].by_name["n_invited"].header_keys
    for row in rows:
        cells = [clean(cell or "") for cell in row if not is_blank(cell)]
        for index, cell in enumerate(cells):
            if header_key(cell) in words:
                return cells[index + 1] if index + 1 < len(cells) else None
            match = _NUMBER_AT_END.match(cell)
            if match and header_key(match[1]) in words:
                return match[2]
    return None
