"""An explanation as lines for the terminal, or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache

import yaml

from pipelines.analysis.built import Row
from pipelines.analysis.catalogue import CONCEPTS
from pipelines.analysis.explain import Explanation, shown_columns
from pipelines.analysis.survey_counts import ItemCount
from pipelines.analysis.things import Thing
from pipelines.analysis.what_if_lines import ENDS, gap_sentence, shown_place
from pipelines.analysis.wording import TEXTS, Language, count, is_text, number, say, with_unit
from pipelines.ingest.contract import load_contract

# So many things or rows are shown unless all are asked for.
SHOWN = 25
# The most loaded that are named in the heading.
_MOST = 3
FORMULAS = TEXTS.with_name("formulas_nb.yml")
# What adds up systems: a thing has a number of them, not a yes or no.
_AMOUNTS = ("DUP_AVG", "DUP_RED", "DUP_UNC", "FUN_RED")
_OF_SYSTEMS = (*_AMOUNTS, "DUP_MULTI", "FUN_OVL")


@cache
def _formulas() -> dict[str, str]:
    """A formula of the catalogue → the same in Norwegian."""
    content: dict[str, str] = yaml.safe_load(FORMULAS.read_text("utf-8"))
    return content


def formula(indicator: Row, lang: Language) -> str:
    """The formula in the language; as the catalogue has it where it is a pack's own."""
    written = str(indicator["formula"])
    return _formulas().get(written, written) if lang == "nb" else written


def as_json(explanation: Explanation, *, show_all: bool = False) -> str:
    """One JSON object with everything but the words for it, dates as ISO.

    The answers of single respondents stand in it only when all is asked for; else how many gave which.
    """
    told = {name: what for name, what in asdict(explanation).items() if name != "names"}
    if not show_all:
        for row in told["used"]:
            row["said"] = None if row["dataset"] in _OF_RESPONDENTS else row["said"]
    return json.dumps(told, ensure_ascii=False, indent=2, default=str)


_OF_RESPONDENTS = ("survey_answer", "survey_respondent")


def lines(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    """Heading, formula with the numbers in it, what is counted, files; the rows where all is asked for."""
    value, indicator = explanation.value, explanation.indicator
    place = [value["name"] or "", value["municipality_number"], value["period"]]
    yield f"{indicator[f'name_{lang}']} ({indicator['indicator_id']}): {' '.join(filter(None, place))}"
    area = value["focus_area"]
    names = explanation.names[lang]
    whole = say("whole", lang) if area == "all" else names.get(f"focus_area:{area}", area)
    yield f"  {whole} · {say(value['boundary'], lang)} · {say(value['collection_mode'], lang)}"
    yield ""
    # What a reader needs first; the whole definition stands in the catalogue.
    yield f"{str(indicator[f'description_{lang}']).split('. ', maxsplit=1)[0].rstrip('.')}."
    yield f"{say('formula', lang)}: {formula(indicator, lang)}"
    if value["status"] == "ok":
        yield f"{say('with_numbers', lang)}: {_with_numbers(explanation, lang)}"
    yield f"{say('status', lang)}: {say('status_' + value['status'], lang)}"
    yield from _uncertainty(value, lang)
    yield from _around(explanation, lang)
    yield ""
    yield from _parts_told(explanation, lang)
    yield from _loaded(explanation, lang)
    yield from _things(explanation, lang, show_all=show_all)
    yield from _answers(explanation, lang, show_all=show_all)
    is_told = explanation.things or explanation.answers or explanation.parts
    if show_all or not is_told:
        yield from _rows(explanation, lang, show_all=show_all)
        yield ""
    if not explanation.files:
        return
    yield say("files_title", lang)
    for file in explanation.files:
        kind = f"kind_{file['kind']}"
        shown = say(kind, lang) if is_text(kind) else file["kind"]
        yield f"  {file['file_name']} ({shown}, {file['delivery_id']})"
        yield f"    sha256 {file['sha256']}"


# --- the value -------------------------------------------------------------------------------------


def _around(explanation: Explanation, lang: Language) -> Iterator[str]:
    """Which way is better and the target, the place among others, the change, and the release."""
    indicator, around = explanation.indicator, explanation.around
    unit = indicator["unit"]
    better = say(f"better_{indicator['better']}", lang)
    if indicator["better"] == "near_zero" and explanation.value["value"] is not None:
        yield gap_sentence(explanation.value["value"], lang)
    if around.get("target") is not None:
        decimals = 0 if float(around["target"]).is_integer() else 1
        better = f"{better}; {say('target', lang, target=with_unit(around['target'], unit, lang, decimals))}"
    yield better
    place = around.get("place")
    if place:
        group = say(f"group_{place['peer_group_type']}", lang)
        yield f"{say('place', lang)}: {group}, {shown_place(place, lang)}"
    change = around.get("change")
    if change:
        yield _change(change, unit, lang)
    if around:
        release = around["release"]
        yield say("release", lang, release=release) if release else say("release_none", lang)
        if around["is_hidden"]:
            yield say("hidden_in_release", lang)


def _change(change: Row, unit: str, lang: Language) -> str:
    """How the value has changed, and whether it surely has."""
    shown = f"{'+' if change['change'] > 0 else ''}{number(change['change'], lang)}"
    unit_text = say("percentage_points", lang) if unit == "percent" else say("points", lang)
    told = f"{say('change', lang, period=change['previous_period'])}: {shown}"
    told += f" {unit_text}" if unit in {"percent", "points"} else ""
    low, high = change["change_low"], change["change_high"]
    if low is None or high is None:
        return told
    ends = say("range", lang, low=number(low, lang), high=number(high, lang))
    key = "change_sure" if change["is_sure"] else "change_none" if low == high == 0 else "change_unsure"
    return f"{told} ({ends}; {say(key, lang)})"


# --- what is counted -------------------------------------------------------------------------------


def _parts_told(explanation: Explanation, lang: Language) -> Iterator[str]:
    """The values that it is put together from, by name."""
    if not explanation.parts:
        return
    yield say("parts_title", lang)
    for part in explanation.parts:
        is_ok = part["status"] == "ok"
        shown = number(part["value"], lang) if is_ok else say("status_" + part["status"], lang)
        yield f"  {part[f'name_{lang}'] or say('question', lang)} ({part['indicator_id']}): {shown}"
    yield ""


def _loaded(explanation: Explanation, lang: Language) -> Iterator[str]:
    """Who or what has the most, where that is what the indicator is about."""
    names = explanation.names[lang]
    if explanation.loaded:
        most = [f"{_role(row['role_key'], names)} ({row['n']})" for row in explanation.loaded[:_MOST]]
        yield say("most_loaded", lang, names=", ".join(most))
    elif explanation.indicator["indicator_id"] in _OF_SYSTEMS:
        many = sorted(explanation.things, key=lambda thing: (-len(thing.certain), thing.ids))
        first = [thing for thing in many[:_MOST] if len(thing.certain) > 1]
        most = [f"{_name(thing, names)} ({len(thing.certain)})" for thing in first]
        if most:
            yield say("most_systems", lang, names=", ".join(most))


def _things(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    """One line for each thing: how it counts, what that is taken from, and where it stands."""
    told = explanation.things
    if not told:
        return
    is_amount = explanation.indicator["indicator_id"] in _AMOUNTS
    number_of = {one: len([thing for thing in told if thing.answer == one]) for one in _ANSWERS}
    if is_amount:
        yield say("amounts_title", lang, n=len(told))
    else:
        yield say("things_title", lang, n=len(told), **number_of)
    shown = told if show_all else told[:SHOWN]
    width = max(len(say(f"answer_{one}", lang)) for one in _ANSWERS)
    for thing in shown:
        answer = say(f"answer_{thing.answer}", lang)
        if is_amount and thing.answer != "unknown":
            answer = str(thing.amount)
        detail = _detail(thing, explanation, lang, show_all=show_all)
        yield f"  {answer:<{width}}  {_name(thing, explanation.names[lang])}{detail}"
    if len(shown) < len(told):
        yield "  " + say("more_rows", lang, n=len(told) - len(shown))
    yield ""


_ANSWERS = ("yes", "no", "unknown")


def _name(thing: Thing, names: dict[str, str]) -> str:
    """What a thing is called; of what has no name its id."""
    parts = [names.get(f"{concept}:{one}", one) for concept, one in thing.ids]
    if [concept for concept, _ in thing.ids][:2] == ["system", "system"]:
        # What goes from one to the other; of an object that is not named, nothing more is said.
        ends = [part.removeprefix("key:").removeprefix("name:") for part in parts[:2]]
        return " → ".join(ends) + (f" · {parts[2]}" if parts[2] not in {"", "*"} else "")
    return " · ".join(parts)


def _detail(thing: Thing, explanation: Explanation, lang: Language, *, show_all: bool) -> str:
    """What the answer is taken from, and the file and row where it stands."""
    names = explanation.names[lang]
    told = []
    if thing.said:
        told.append(_said_of(thing.said, names, lang))
    if thing.certain:
        listed = _listed(thing.certain, names, lang, show_all=show_all)
        beside_register = thing.said.startswith("register:") if thing.said else False
        told.append(say("also_marked", lang, systems=listed) if beside_register else listed)
    if thing.possible:
        told.append(say("perhaps", lang, names=_listed(thing.possible, names, lang, show_all=show_all)))
    if explanation.indicator["indicator_id"] == "DUP_SOR" and thing.answer == "no" and not told:
        told.append(say("no_master", lang))
    places = _where(thing, explanation, lang)
    if thing.row and not places and not told and thing.answer == "unknown":
        told.append(say("not_given", lang))
    text = f": {'; '.join(told)}" if told else ""
    return f"{text} ({places})" if places else text


def _listed(keys: Sequence[str], names: dict[str, str], lang: Language, *, show_all: bool) -> str:
    """Systems or roles by name, the first few of many."""
    shown = keys if show_all or len(keys) <= _MOST + 1 else keys[:_MOST]
    told = ", ".join(_role(one, names) for one in shown)
    return told if len(shown) == len(keys) else say("and_more", lang, names=told, n=len(keys) - len(shown))


def _role(key: str, names: dict[str, str]) -> str:
    """A role or a system by name; a role that no pack knows as it was written."""
    return names.get(key) or names.get(f"system:{key}") or key.removeprefix("text:")


def _said_of(code: str, names: dict[str, str], lang: Language) -> str:
    """A code in words: a text of ours, a register, or a label of the delivery's sheets."""
    if code.startswith("register:"):
        return say("register_master", lang, register=names.get(code, code.removeprefix("register:")))
    if is_text(f"said_{code}"):
        return say(f"said_{code}", lang)
    return _labels(lang).get(code, code)


@cache
def _labels(lang: Language) -> dict[str, str]:
    """Codes of ownership and collection → what they are called."""
    sheets = load_contract().sheet_by_id
    columns = (sheets["processes"].by_name["ownership"], sheets["process_data"].by_name["collection"])
    return {
        code.code: getattr(code, f"label_{lang}").replace("_", " ")
        for column in columns
        for code in column.codes
    }


def _where(thing: Thing, explanation: Explanation, lang: Language) -> str:
    """The files and rows that tell of a thing."""
    files = {file["delivery_id"]: file["file_name"] for file in explanation.files}
    found: dict[str, list[str]] = {}
    is_set_aside = False
    for row in explanation.used:
        if (row["dataset"], row["thing"]) == thing.row:
            name = str(files.get(row["delivery_id"]) or row["delivery_id"])
            found.setdefault(name, []).append(str(row["row_number"]))
            is_set_aside |= row["is_quarantined"]
    told = [
        f"{name}, {say('row_place', lang, row=', '.join(numbers))}" for name, numbers in sorted(found.items())
    ]
    return "; ".join([*told, *([say("set_aside", lang)] if is_set_aside else [])])


def _answers(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    """How many respondents gave which answer to each question; not for what is put together of scores."""
    is_composite = explanation.parts and explanation.indicator["family"] == "MOD"
    told = [] if is_composite and not show_all else list(explanation.answers)
    if not told:
        return
    ends = {"low": told[0].lowest[lang], "high": told[0].highest[lang]}
    yield say("answers_title", lang, **ends) if all(ends.values()) else say("answers_title_plain", lang)
    for item in told:
        yield f"  {item.item_id} {getattr(item, f'text_{lang}')}"
        yield f"    {_counted(item, lang)}"
    yield ""


def _counted(item: ItemCount, lang: Language) -> str:
    if item.counts is None:
        return say("too_few_to_tell", lang)
    counts = sorted(item.counts.items(), key=lambda one: (not one[0].isdigit(), one[0]))
    return " · ".join(
        f"{say(f'said_{answer}', lang) if is_text(f'said_{answer}') else answer}: {n}" for answer, n in counts
    )


def _with_numbers(explanation: Explanation, lang: Language) -> str:
    """The calculation: parts of a composite, else numerator ÷ denominator."""
    value, unit = explanation.value, explanation.indicator["unit"]
    result = with_unit(value["value"], unit, lang, {"count": 4, "level": 0}.get(unit, 2))
    if explanation.indicator["family"] == "PRO" and explanation.parts:
        return f"{_parts(explanation.parts, lang).replace(', ', ' − ')} = {result}"
    if explanation.parts:
        return f"{_parts(explanation.parts, lang)} → {result}"
    above, below = value["numerator"], value["denominator"]
    if above is None or below is None:
        return result
    factor = "100 · " if unit == "percent" else ""
    return f"{factor}{count(above, lang)} ÷ {count(below, lang)} = {result}"


def _parts(parts: tuple[Row, ...], lang: Language) -> str:
    told = [
        f"{part['indicator_id']} {number(part['value'], lang, 2)}"
        if part["status"] == "ok"
        else f"{part['indicator_id']} {say('status_' + part['status'], lang)}"
        for part in parts
    ]
    return ", ".join(told)


def _uncertainty(value: Row, lang: Language) -> Iterator[str]:
    told = []
    if value["ci_low"] is not None:
        low, high = (number(value[name], lang) for name in ("ci_low", "ci_high"))
        told.append(f"{say('interval', lang)}: {say('range', lang, low=low, high=high)}")
    if value["lower_bound"] is not None:
        low, high = (number(value[name], lang) for name in ("lower_bound", "upper_bound"))
        told.append(f"{say('limits', lang)}: {say('range', lang, low=low, high=high)}")
    if value["coverage"] is not None:
        told.append(f"{say('coverage', lang)}: {number(value['coverage'], lang)} %")
    if value["n"] is not None:
        told.append(f"n: {value['n']}")
    if told:
        yield " · ".join(told)
    ends = [value[name] for name in ENDS if value[name] is not None]
    if value["ci_low"] is not None and value["lower_bound"] is not None:
        yield say("hull", lang, low=number(min(ends), lang), high=number(max(ends), lang))


def _rows(explanation: Explanation, lang: Language, *, show_all: bool) -> Iterator[str]:
    used, named = explanation.used, explanation.names[lang]
    if not used:
        yield say("no_rows", lang)
        return
    shown = used if show_all else used[:SHOWN]
    yield say("rows_title", lang, shown=len(shown), total=len(used))
    names = {file["delivery_id"]: file["file_name"] for file in explanation.files}
    for row in shown:
        where = say("row_place", lang, row=row["row_number"])
        if row["sheet"]:
            where = f"{say('sheet_place', lang, sheet=row['sheet'])}, {where}"
        mark = f" [{say('set_aside', lang)}]" if row["is_quarantined"] else ""
        use = f" ({say('only_coverage', lang)})" if row["used_for"] == "coverage" else ""
        yield f"  {_thing(row, named)}: {_said(row, named, lang)}{use}{mark}"
        yield f"    {names.get(row['delivery_id'], row['delivery_id'])}, {where}"
    if len(shown) < len(used):
        yield "  " + say("more_rows", lang, n=len(used) - len(shown))


def _thing(row: Row, named: dict[str, str]) -> str:
    """What the row is about, by name: a part that has none keeps its id."""
    concepts = shown_columns()[row["dataset"]].get("named")
    if not row["thing"] or not concepts:
        return str(row["thing"] or row["dataset"])
    mark = " → " if row["dataset"] == "exchange" else " · "
    parts = str(row["thing"]).split(mark)
    told = [named.get(f"{concept}:{part}", part) for concept, part in zip(concepts, parts, strict=False)]
    return mark.join([*told, *parts[len(told) :]])


def _said(row: Row, named: dict[str, str], lang: Language) -> str:
    sheet = load_contract().sheet_by_id[shown_columns()[row["dataset"]]["sheet"]]
    if row["said"] is None:
        return say("too_few_to_tell", lang)
    told = []
    for name, cell in row["said"].items():
        column = sheet.by_name.get(name)
        labels = {code.code: getattr(code, f"label_{lang}") for code in column.codes} if column else {}
        heading = say(f"column_{name}", lang) if not column else getattr(column, f"header_{lang}")
        heading = heading.replace("_", " ")
        if name in {"operations", "answer_status"}:
            shown = _coded(str(cell), lang) if cell else "–"
        else:
            shown = _cell(cell, labels, _concept(name), named, lang)
        told.append(f"{heading} = {shown}")
    return ", ".join(told)


def _coded(code: str, lang: Language) -> str:
    """What is done with an object, letter by letter, or how a question was answered."""
    if set(code) <= set("CRUD"):
        return ", ".join(say(f"operation_{letter}", lang) for letter in code)
    return say(f"said_{code}", lang) if is_text(f"said_{code}") else code


def _concept(column: str) -> str | None:
    """Which names stand in a column of ids."""
    if column == "system_keys":
        return "system"
    ids = {one: concept for concept, key in CONCEPTS.items() for one in (key, f"{key}s")}
    return ids.get(column)


def _cell(
    cell: object, labels: dict[str, str], concept: str | None, named: dict[str, str], lang: Language
) -> str:
    """A cell in words: ``–`` for a blank one, codes by their labels, ids by their names."""
    if cell is None or cell == []:
        return "–"
    if isinstance(cell, list):
        return "; ".join(_cell(one, labels, concept, named, lang) for one in cell)
    if isinstance(cell, bool):
        return say("yes" if cell else "no", lang)
    return labels.get(str(cell)) or named.get(f"{concept}:{cell}") or str(cell)
