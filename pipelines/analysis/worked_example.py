"""``python -m pipelines.analysis.worked_example``: docs/worked_example.md, told by a release's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from pipelines.analysis.built import AnalysisError, Row
from pipelines.analysis.explain import Explanation
from pipelines.analysis.explain_lines import lines as explain_lines
from pipelines.analysis.wording import number, say
from pipelines.analysis.worked_data import Cell, Story, explained_value, read_story
from pipelines.analysis.worked_lists import EXTRAS, learn, paragraph, procurement, table, total_words, whole
from pipelines.analysis.worked_summary import summary
from pipelines.analysis.worked_words import (
    Places,
    Sign,
    change_sentence,
    clear_of_told,
    content,
    listing,
    opening,
    position_sentence,
    range_sentence,
    sign_line,
    signs_summary,
    spread_sentence,
    word,
)
from pipelines.settings import Settings

Lines = Iterator[str]


def document(story: Story, explained: Row) -> str:
    """The whole page as Markdown. explained: the row of the value that is explained at the end."""
    places = _places(story)
    parts: list[str] = [*_opening(story), *summary(story, _signs_of(story), _span_of(story), places)]
    parts += [*_owners(story), *_how_to_read(story), *_glance(story)]
    for finding in content()["findings"]:
        parts += _finding(story, finding, places)
    parts += ["## " + content()["headings"]["procurement"], "", *procurement(story)]
    parts += ["## " + content()["headings"]["next"], "", *_next(story, explained)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _places(story: Story) -> Places:
    """Names of municipalities as a list in words; all of them in two words."""

    def named(numbers: Iterable[str]) -> str:
        wanted = set(numbers)
        if wanted == set(story.numbers) and len(wanted) > 1:
            return word("all", count=total_words(story))
        return listing([story.place(one) for one in story.numbers if one in wanted])

    return named


def _opening(story: Story) -> Lines:
    texts = content()["opening"]
    yield f"# {texts['title']}"
    yield ""
    for text in texts["paragraphs"]:
        yield from paragraph(
            text.format(total=total_words(story), Total=opening(total_words(story)), period=story.period)
        )


def _owners(story: Story) -> Lines:
    """Who the municipalities are."""
    yield from table(
        ("Municipality", "Inhabitants", "Size class", "KOSTRA group", "Centrality"),
        (
            (
                f"{row['name']} ({row['municipality_number']})",
                whole(row["population"]),
                row["size_class"] or word("unknown"),
                row["kostra_group"] or word("unknown"),
                str(row["centrality_class"] or word("unknown")),
            )
            for row in story.municipalities
        ),
        (1, 4),
    )


def _how_to_read(story: Story) -> Lines:
    texts = content()["reading"]
    yield f"## {texts['title']}"
    yield ""
    for text in texts["points"]:
        yield f"- {text.format(total=total_words(story), **_limits(story), **_few())}"
    yield ""


def _signs(story: Story, finding: Mapping[str, Any]) -> list[Sign]:
    """A finding's signs, the numbers of their claims filled in."""
    limits = _limits(story)
    signs = [Sign(**given) for given in finding["indicators"]]
    return [replace(sign, claim=sign.claim.format(line=whole(sign.line), **limits)) for sign in signs]


def _signs_of(story: Story) -> dict[str, list[Sign]]:
    """The signs of each finding that its part of the summary tells, by the finding's title."""
    return {
        finding["title"]: [sign for sign in _signs(story, finding) if sign.indicator_id in finding["short"]]
        for finding in content()["findings"]
        if "short" in finding
    }


def _few() -> dict[str, str]:
    """From how many things a share is called clear, and how far one thing may then move it."""
    least = content()["least_denominator"]
    return {"least": whole(least), "step": whole(100 / least)}


def _limits(story: Story) -> dict[str, str]:
    return {name: whole(value) for name, value in story.thresholds.items()}


def _glance(story: Story) -> Lines:
    """How many signs of each finding show clearly, for each municipality."""
    texts = content()["glance"]
    yield f"## {texts['title']}"
    yield ""
    yield from paragraph(texts["text"])
    body = []
    for finding in content()["findings"]:
        signs = [sign for sign in _signs(story, finding) if sign.line is not None]
        if signs:
            counted = [
                clear_of_told(signs, [story.cells[one, sign.indicator_id] for sign in signs])
                for one in story.numbers
            ]
            body.append(
                (
                    finding["title"],
                    *(word("clear_of_told", clear=clear, told=told) for clear, told in counted),
                )
            )
    yield from table(("Finding", *map(story.place, story.numbers)), body)


def _finding(story: Story, finding: Mapping[str, Any], places: Places) -> Lines:
    signs = _signs(story, finding)
    cells = {sign.indicator_id: story.of(sign.indicator_id) for sign in signs}
    yield f"## {finding['title']}"
    yield ""
    yield from paragraph(finding["study"], signs_summary(signs, cells, places))
    span = _span_of(story)
    claims = [
        sign_line(sign, cells[sign.indicator_id], places, partial(span, sign.indicator_id))
        for sign in signs
        if sign.line is not None
    ]
    yield from (f"- {claim}" for claim in claims)
    if claims:
        yield ""
    for sign in signs:
        yield from _indicator(story, sign.indicator_id, cells[sign.indicator_id], places)
    if "extra" in finding:
        yield from EXTRAS[finding["extra"]](story, places)


def _indicator(story: Story, indicator_id: str, cells: Sequence[Cell], places: Places) -> Lines:
    row = story.indicators[indicator_id]
    better = str(row["better"])
    name = str(row["name_nb"])
    yield f"### {name} ({indicator_id}): {row['name_en'].lower()}"
    yield ""
    yield from paragraph(
        word(f"better_{better}"),
        spread_sentence(cells, lambda value: _with_unit(story, indicator_id, value), places),
        range_sentence(cells, lambda value: _with_unit(story, indicator_id, value), places),
        position_sentence(better, cells, places),
        change_sentence(better, cells, places),
    )
    unit = word(f"unit_{row['unit']}")
    yield from table(
        (
            "Municipality",
            f"Value, {unit}",
            "Range",
            "Rests on",
            "Rank",
            "Beside the others",
            "Change",
        ),
        (_row(story, cell) for cell in cells),
        (1,),
    )


def _row(story: Story, cell: Cell) -> tuple[str, ...]:
    dash = word("nothing")
    shown = _shown_of(story, cell.indicator_id)
    value = shown(cell.value) if cell.value is not None else say(f"status_{cell.status}", "en")
    return (
        story.place(cell.municipality_number),
        value,
        dash if cell.low is None else word("range", low=shown(cell.low), high=shown(cell.high)),
        _rests_on(cell),
        dash if cell.rank is None else word("rank", rank=cell.rank, n=cell.n_ranked),
        dash if cell.conclusion is None else word(f"conclusion_{cell.conclusion}"),
        _change(cell, shown),
    )


def _rests_on(cell: Cell) -> str:
    """Respondents, or yes of known things and how many are unknown."""
    if cell.numerator is not None and cell.denominator is not None:
        told = {"numerator": whole(cell.numerator), "denominator": whole(cell.denominator)}
        is_all_known = cell.coverage is None or cell.coverage == 100
        # Nearly all is not all.
        percent = number(None if cell.coverage is None else min(cell.coverage, 99.0), "en", 0)
        return word("rests_things" if is_all_known else "rests_partly", **told, coverage=percent)
    return word("nothing") if cell.n is None else word("rests_people", n=cell.n)


def _change(cell: Cell, shown: Any) -> str:
    if cell.change is None:
        return word("no_earlier_value") if cell.value is not None else word("nothing")
    if cell.change_low is None:
        return _signed(shown(cell.change))
    low, high = _signed(shown(cell.change_low)), _signed(shown(cell.change_high))
    return word("change", change=_signed(shown(cell.change)), low=low, high=high)


def _signed(text: str) -> str:
    """A plus before what is above nought."""
    is_nought = not text.strip("0.")
    return text if is_nought or text.startswith("−") else f"+{text}"


def _shown_of(story: Story, indicator_id: str) -> Any:
    """How the indicator's numbers are written: survey values are released in whole points."""
    row = story.indicators[indicator_id]
    decimals = 0 if row["source_kind"] == "survey" else 2 if row["unit"] == "count" else 1
    return lambda value: number(value, "en", decimals)


def _with_unit(story: Story, indicator_id: str, value: float) -> str:
    unit = story.indicators[indicator_id]["unit"]
    text = _shown_of(story, indicator_id)(value)
    return text if unit == "count" else f"{text} {word(f'unit_{unit}')}"


def _span_of(story: Story) -> Callable[[str, Sequence[float]], str]:
    """How the values of an indicator are told from the least to the greatest."""

    def span(indicator_id: str, values: Sequence[float]) -> str:
        low, high = min(values), max(values)
        shown = _shown_of(story, indicator_id)
        told = _with_unit(story, indicator_id, high)
        return told if shown(low) == shown(high) else word("range", low=shown(low), high=told)

    return span


def _next(story: Story, explained: Row) -> Lines:
    texts = content()["next"]
    told = [given["indicator_id"] for finding in content()["findings"] for given in finding["indicators"]]
    yield from paragraph(texts["learn"])
    yield from learn(story, told, lambda indicator, value: _with_unit(story, indicator, value))
    yield from paragraph(texts["explain"])
    yield "```sh"
    command = ("kommunebench explain", explained["indicator_id"], explained["name"], explained["period"])
    yield " ".join(command) + " --lang en"
    yield "```"
    yield ""
    yield "```text"
    yield from formula_lines(story.indicators[explained["indicator_id"]], explained)
    yield "```"
    yield ""
    yield from paragraph(texts["what_if"])


def formula_lines(indicator: Row, value: Row) -> list[str]:
    """What ``kommunebench explain`` says before it lists the rows."""
    shown = list(explain_lines(Explanation(value, indicator, (), (), (), {"en": {}}), "en", show_all=False))
    place = shown.index("")
    return [*shown[:place], "", *takewhile(bool, shown[place + 1 :])]


def explained_municipality(story: Story) -> str:
    """Whose value is explained: the first with a value, from the one whose process heads the list."""
    indicator = content()["explained"]
    listed = [row["municipality_number"] for row in story.lists["fct_cross_unit_process"]]
    for number_ in [*listed, *story.numbers]:
        if story.cells[number_, indicator].value is not None:
            return str(number_)
    raise AnalysisError(f"no municipality has a value of {indicator} in {story.period}")


def generate(release: Path, settings: Settings) -> str:
    """The page of a release's member edition. Raises AnalysisError as read_story does, and for no file."""
    from pipelines.reference.pack import load_pack

    if not release.exists():
        raise AnalysisError(f"{release} is not there; kommunebench run publishes a release")
    story = read_story(release, load_pack(settings.reference))
    explained = explained_value(release, content()["explained"], explained_municipality(story), story.period)
    return document(story, explained)


@click.command()
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The page to write."
)
@click.option(
    "--release",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A member edition's benchmark.duckdb; without it the current release of KOMMUNEBENCH_HOME.",
)
def main(out: Path, release: Path | None) -> None:
    """Write the worked example from a release of the fictional municipalities."""
    settings = Settings.from_environment()
    file = release or settings.releases / "current" / "member" / "benchmark.duckdb"
    try:
        page = generate(file, settings)
    except AnalysisError as error:
        raise click.ClickException(str(error)) from error
    out.write_text(page, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
