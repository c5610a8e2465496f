"""The codebook of an edition: its tables and columns from their comments, its indicators from the catalogue.

Nothing is described here: the words come from dbt's descriptions and from ``dim_indicator``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.disclosure.published import MEMBER, PUBLIC


@dataclass(frozen=True)
class CodebookTable:
    """One table as it stands in the edition: key, comment and (name, type, comment) per column."""

    name: str
    key: tuple[str, ...]
    comment: str
    columns: tuple[tuple[str, str, str], ...]


TITLES = {
    MEMBER: "# Kodebok: medlemsutgaven\n\n*Codebook of the member edition*",
    PUBLIC: "# Kodebok: den åpne utgaven\n\n*Codebook of the public edition*",
}
RULES = {
    MEMBER: (
        "Svar fra respondenter er avrundet til hele poeng og gis uten teller. Andeler av respondenter gis "
        "bare der mange nok har svart og ingen nesten er alene på en av sidene; ellers er statusen "
        "`suppressed` og tallene tomme. Tomt betyr at tallet mangler, aldri null.",
        "Respondents' answers are rounded to whole points and come without numerators. Shares of "
        "respondents are given only where enough have answered and nobody is nearly alone on either side; "
        "otherwise the status is `suppressed` and the figures are empty. Empty means missing, never zero.",
    ),
    PUBLIC: (
        "Bare gjennomsnitt i hele poeng for størrelsesklasser og alle, der gruppen er stor nok. "
        "Ingen enkeltkommuner. Tomt betyr at tallet ikke gis, aldri null.",
        "Only means in whole points of size classes and of all, where the group is large enough. "
        "No single municipality. Empty means that the figure is not given, never zero.",
    ),
}


def codebook(edition: str, tables: Sequence[CodebookTable], indicators: Iterable[Mapping[str, Any]]) -> str:
    """The codebook as Markdown, bokmål first; ``indicators`` are rows of ``dim_indicator``."""
    rule_nb, rule_en = RULES[edition]
    parts = [TITLES[edition], rule_nb, f"*{rule_en}*", "## Tabeller / Tables"]
    parts += [_table(table) for table in tables]
    parts += ["## Indikatorer / Indicators"]
    parts += [_indicator(indicator) for indicator in indicators]
    return "\n\n".join(parts) + "\n"


def _table(table: CodebookTable) -> str:
    rows = [("Kolonne / Column", "Type", "Beskrivelse / Description"), ("---", "---", "---"), *table.columns]
    lines = "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)
    key = ", ".join(f"`{name}`" for name in table.key)
    return f"### {table.name}\n\n{table.comment}\n\nNøkkel / Key: {key}\n\n{lines}"


def _indicator(row: Mapping[str, Any]) -> str:
    facts = ("formula", "unit", "better", "tier", "principle", "sub_goal", "source_kind", "version")
    lines = "\n".join(f"- {fact}: {row[fact]}" for fact in facts if row[fact] is not None)
    return (
        f"### {row['indicator_id']}: {row['name_nb']} / {row['name_en']}\n\n"
        f"{row['description_nb']}\n\n*{row['description_en']}*\n\n{lines}"
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
