"""The summary at the top of the worked example: what the numbers say of each finding, what to do first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pipelines.analysis.built import Row
from pipelines.analysis.worked_data import Story
from pipelines.analysis.worked_lists import (
    barriers_in_short,
    in_several_systems,
    masters_of,
    paragraph,
    total_words,
    whole,
)
from pipelines.analysis.worked_words import Places, Sign, content, count, ends, opening, values_of, verdict

Lines = Iterator[str]
# (indicator, values) → from the least to the greatest, as they are shown.
SpanOf = Callable[[str, Sequence[float]], str]


def summary(story: Story, signs: Mapping[str, Sequence[Sign]], span: SpanOf, places: Places) -> Lines:
    """Half a page for who reads no more. signs: finding → the signs that stand for it."""
    texts = content()["summary"]
    yield f"## {texts['title']}"
    yield ""
    yield from paragraph(texts["text"].format(total=total_words(story)))
    for finding, told in signs.items():
        yield f"- **{finding}.** {' '.join(in_short(story, sign, span) for sign in told)}"
    for finding in content()["findings"]:
        if finding.get("extra") == "barriers":
            yield f"- **{finding['title']}.** {barriers_in_short(story)}"
    yield ""
    actions = [action for action in (*_first_of_lists(story, places), *_bought(story)) if action]
    if actions:
        yield from paragraph(texts["next_title"])
        yield from (f"- {action}" for action in actions)
        yield ""


def in_short(story: Story, sign: Sign, span: SpanOf) -> str:
    """In how many municipalities a sign shows, and the values that it is judged by."""
    texts = content()["summary"]
    told = [cell for cell in story.of(sign.indicator_id) if verdict(sign, cell) != "untold"]
    if not told:
        return str(texts["sign_untold"]).format(claim=opening(sign.claim))
    verdicts = [verdict(sign, cell) for cell in told]
    few = verdicts.count("few")
    return str(texts["sign_few" if few else "sign"]).format(
        claim=opening(sign.claim),
        clear=_of(verdicts.count("clear"), len(told)),
        few=_of(few, len(told)),
        values=span(sign.indicator_id, values_of(told)),
        ranges=span(sign.indicator_id, [end for cell in told for end in ends(cell)]),
    )


def _of(n: int, told: int) -> str:
    """``none of six``, ``two of six``, ``all six``."""
    key = "none_of" if n == 0 else "all_of" if n == told else "some_of"
    return str(content()["summary"][key]).format(n=count(n), told=count(told))


def _first_of_lists(story: Story, places: Places) -> Lines:
    """The first line of each finding table, where its volume is known."""
    texts = content()["summary"]
    for row in story.lists["fct_cross_unit_process"][:1]:
        yield _first(
            texts["cross_unit"], story, "fct_cross_unit_process", row, places, process=row["process_name_en"]
        )
    for row in story.lists["fct_once_only_gap"][:1]:
        registers = [story.names["register"][one.strip()] for one in row["register"].split(";")]
        yield _first(
            texts["once_only"],
            story,
            "fct_once_only_gap",
            row,
            places,
            what=story.names["data_object"][row["data_object_id"]],
            process=story.names["process"][row["process_id"]],
            register=" or the ".join(registers),
        )
    several = in_several_systems(story)
    with_register = [row for row in several if masters_of(row).startswith("register")]
    if with_register:
        yield str(texts["register"]).format(n=len(with_register), all=len(several))


def _first(text: str, story: Story, table: str, row: Row, places: Places, **named: str) -> str:
    return text.format(
        n=len(story.lists[table]),
        place=places([row["municipality_number"]]),
        volume=whole(row["volume_per_year"]),
        **named,
    )


def _bought(story: Story) -> Lines:
    different = [row for row in story.procurement if row["n_products"] > 1]
    first = next((row for row in different if row["next_contract_end"] is not None), None)
    if first is not None:
        yield str(content()["summary"]["procurement"]).format(
            n=len(different),
            function=story.names["function"][first["function_id"]],
            owners=count(first["n_owners"]),
            products=count(first["n_products"]),
            end=first["next_contract_end"].isoformat(),
        )
