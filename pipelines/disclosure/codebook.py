"""What the codebook of an edition says, as blocks that Markdown and HTML are written from.

Nothing is described here: tables and columns by dbt's descriptions, indicators by ``dim_indicator``, signs
by missing.yml, questions by questions.yml; the words between stand in texts.yml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.disclosure.edition_table import EditionTable
from pipelines.disclosure.missing import missing_rules, reason_rules
from pipelines.disclosure.questions import Question
from pipelines.disclosure.wording import Language, say, table_text

FACTS = ("formula", "unit", "better", "tier", "principle", "sub_goal", "source_kind", "version")
# What a reader meets in the folder, in the order of use; the words stand in texts.yml under file_….
FILES = (
    ("benchmark.duckdb", "database"),
    ("parquet/*.parquet", "parquet"),
    ("csv/*.csv", "csv"),
    ("datapackage.json", "datapackage"),
    ("codebook.html, codebook.md", "codebook"),
    ("manifest.json", "manifest"),
    ("SHA256SUMS", "checksums"),
)


@dataclass(frozen=True)
class Said:
    """A text with the language it is in; none for codes, which are written as such."""

    text: str
    lang: Language | None = "nb"


Cell = tuple[Said, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of a level from 1; the anchor is what links lead to."""

    level: int
    parts: Cell
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph in one language."""

    said: Said


@dataclass(frozen=True)
class Grid:
    """A table: its caption, the heads of its columns, its rows; the first column names the row."""

    caption: Cell
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Facts:
    """A list of facts, each with its name."""

    items: tuple[tuple[Cell, Cell], ...]


Block = Heading | Paragraph | Grid | Facts


def both(key: str, **filled: object) -> Cell:
    """A text of texts.yml in both languages."""
    return Said(say(key, "nb", **filled), "nb"), Said(say(key, "en", **filled), "en")


def code(text: str) -> Cell:
    """A name as files and SQL have it."""
    return (Said(text, None),)


def codebook_blocks(
    edition: str,
    release_id: str,
    tables: Sequence[EditionTable],
    questions: Sequence[Question],
    indicators: Iterable[Mapping[str, Any]],
) -> list[Block]:
    """The codebook of an edition, bokmål first; ``indicators`` are rows of ``dim_indicator``."""
    blocks: list[Block] = [Heading(1, both(f"title_{edition}"), "top")]
    blocks += _paragraphs(both("release_line", release_id=release_id))
    blocks += _paragraphs(both(f"rules_{edition}"))
    blocks += _files()
    blocks += _questions(questions)
    blocks += _signs(edition, tables)
    blocks.append(Heading(2, both("tables"), "tables"))
    for table in tables:
        blocks += _table(table)
    blocks.append(Heading(2, both("indicators"), "indicators"))
    for indicator in indicators:
        blocks += _indicator(indicator)
    return blocks


def _paragraphs(parts: Cell) -> list[Block]:
    return [Paragraph(said) for said in parts]


def _files() -> Iterator[Block]:
    yield Heading(2, both("files"), "files")
    rows = tuple((code(name), both(f"file_{kind}")) for name, kind in FILES)
    yield Grid(both("files"), (both("file"), both("what")), rows)


def _questions(questions: Sequence[Question]) -> Iterator[Block]:
    if not questions:
        return
    yield Heading(2, both("questions"), "questions")
    yield from _paragraphs(both("questions_lead", view=questions[0].view))
    rows = tuple((code(q.view), (Said(q.question.nb, "nb"), Said(q.question.en, "en"))) for q in questions)
    yield Grid(both("questions"), (both("view"), both("question")), rows)


def _signs(edition: str, tables: Sequence[EditionTable]) -> Iterator[Block]:
    rules = missing_rules()
    yield Heading(2, both("signs"), "signs")
    yield from _paragraphs(both("signs_lead"))
    signs = tuple((code(sign), both(reason)) for reason, sign in rules.signs.items())
    yield Grid(both("signs"), (both("sign"), both("what")), signs)
    statuses = tuple((code(status), code(rules.signs[reason])) for status, reason in rules.statuses.items())
    yield Grid(both("sign_of_status"), (both("status"), both("sign")), statuses)
    own = tuple(_own_signs(edition, tables))
    yield from _paragraphs(both("signs_otherwise", missing=rules.signs["missing"]))
    if own:
        yield Grid(both("own_signs"), (both("column"), both("sign")), own)


def _own_signs(edition: str, tables: Sequence[EditionTable]) -> Iterator[tuple[Cell, Cell]]:
    """Columns whose empty cells do not go by the status, as far as they are in the edition."""
    signs = missing_rules().signs
    for table in tables:
        for column in table.column_names:
            rules = reason_rules(table.name, column, edition)
            if not rules:
                continue
            parts: list[Said] = []
            for rule in rules:
                parts.append(Said(signs[rule.sign], None))
                if rule.when is not None:
                    parts.append(Said(f"({rule.when})", None))
            yield code(f"{table.name}.{column}"), tuple(parts)


def _table(table: EditionTable) -> Iterator[Block]:
    yield Heading(3, code(table.name), table.name)
    for text, lang in table_text(table.name, table.comment):
        yield Paragraph(Said(text, lang))
    items = [(both("key"), code(", ".join(table.key)))]
    items += [
        (both("refers_to"), code(f"{', '.join(key.columns)} → {key.table} ({', '.join(key.references)})"))
        for key in table.foreign_keys
    ]
    yield Facts(tuple(items))
    rows = tuple(
        (code(name), code(data_type), _comment(comment)) for name, data_type, comment in table.columns
    )
    head = (both("column"), both("type"), both("description"))
    yield Grid(both("columns_of", name=table.name), head, rows)


def _comment(comment: str) -> Cell:
    """A model's words are English; those of the release's own table say it in bokmål first."""
    nb, slash, en = comment.partition(" / ")
    return (Said(nb, "nb"), Said(en, "en")) if slash else (Said(comment, "en"),)


def _indicator(row: Mapping[str, Any]) -> Iterator[Block]:
    name = (Said(f"{row['indicator_id']}: {row['name_nb']}", "nb"), Said(str(row["name_en"]), "en"))
    yield Heading(3, name, str(row["indicator_id"]))
    for lang in ("nb", "en"):
        if (text := row[f"description_{lang}"]) is not None:
            yield Paragraph(Said(str(text), lang))
    # An edition may leave columns of the catalogue out.
    facts = tuple((both(f"fact_{f}"), code(str(row[f]))) for f in FACTS if row.get(f) is not None)
    yield Facts(facts)
