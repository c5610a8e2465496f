"""The parts of the worked example that are told from the finding tables: what to act on, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from statistics import median

from pipelines.analysis.built import Row
from pipelines.analysis.wording import number
from pipelines.analysis.worked_data import Cell, Story
from pipelines.analysis.worked_words import (
    Places,
    content,
    count,
    listing,
    opening,
    sentence,
    values_of,
    word,
)

Lines = Iterator[str]


def table(headings: Sequence[str], body: Iterable[Sequence[str]], numeric: Iterable[int] = ()) -> Lines:
    """A Markdown table and a blank line after it; the numeric columns (from 0) are set to the right."""
    right = set(numeric)
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---:' if place in right else '---' for place in range(len(headings)))}|"
    for cells in body:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    yield ""


def paragraph(*sentences: str) -> Lines:
    """The sentences that there are, and a blank line."""
    told = " ".join(filter(None, sentences))
    if told:
        yield told
        yield ""


def whole(value: float | Decimal | None) -> str:
    """A whole number with spaces between thousands; a dash for none."""
    return word("nothing") if value is None else f"{value:,.0f}".replace(",", " ")


def total_words(story: Story) -> str:
    """How many municipalities there are, in words."""
    return count(len(story.numbers))


def cross_unit(story: Story, _places: Places) -> Lines:
    """Processes through several units that nobody has a mandate across."""
    found = story.lists["fct_cross_unit_process"]
    if not found:
        yield from paragraph(sentence("cross_unit_none"))
        return
    missing = Counter(row["missing"] for row in found)
    volumes = [row["volume_per_year"] for row in found if row["volume_per_year"] is not None]
    yield from paragraph(
        sentence(
            "cross_unit",
            total=total_words(story),
            n=len(found),
            line_manager=missing["mandate_across_units"],
            owner=missing["owner"],
            local=sum(row["is_local"] for row in found),
            stated=len(volumes),
            volume=whole(sum(volumes)),
        )
    )
    yield from table(
        ("Municipality", "Process", "Units", "What is missing", "Cases a year"),
        (
            (
                story.place(row["municipality_number"]),
                row["process_name_en"],
                str(row["n_units"]),
                word(f"missing_{row['missing']}"),
                whole(row["volume_per_year"]),
            )
            for row in found[: content()["list_length"]]
        ),
        (2, 4),
    )


def silos(story: Story, _places: Places) -> Lines:
    """What the focus areas of each municipality share, and how much of it flows by itself."""
    apart = [row for row in story.lists["fct_silo"] if row["focus_area_a"] != row["focus_area_b"]]
    shared = [row for row in apart if row["n_objects"]]
    if not shared:
        yield from paragraph(sentence("silo_none"))
        return
    without = sum(not row["n_exchanges"] for row in shared)
    yield from paragraph(sentence("silo", total=total_words(story), shared=len(shared), without=without))
    yield from table(
        (
            "Municipality",
            "Pairs of areas with the same objects",
            "of them without an automatic exchange",
            "Most objects in common",
        ),
        (
            _silo_row(story, number, [row for row in apart if row["municipality_number"] == number])
            for number in story.numbers
        ),
        (1, 2),
    )


def _silo_row(story: Story, municipality_number: str, pairs: Sequence[Row]) -> tuple[str, ...]:
    shared = [row for row in pairs if row["n_objects"]]
    most = max(shared, key=lambda row: int(row["n_objects"]), default=None)
    areas = story.names["focus_area"]
    told = word("nothing")
    if most is not None:
        told = f"{areas[most['focus_area_a']]} – {areas[most['focus_area_b']]} ({most['n_objects']})"
    return (
        story.place(municipality_number),
        str(len(shared)),
        str(sum(not row["n_exchanges"] for row in shared)),
        told,
    )


def duplicates(story: Story, _places: Places) -> Lines:
    """One object that is maintained in many systems, and who does what with it."""
    most = next(iter(in_several_systems(story)), None)
    if most is None:
        yield from paragraph(sentence("duplicate_none"))
        return
    systems = _object_systems(story, most)
    unknown = sum(row["state"] == "open" for row in systems)
    name = story.names["data_object"][most["data_object_id"]]
    yield from _masters(story)
    yield from paragraph(
        sentence(
            "duplicate",
            object=f"«{name}»",
            place=story.place(most["municipality_number"]),
            maintaining=count(most["n_maintaining"]),
            holding=count(most["n_systems"]),
            masters=_master_words(story, most, systems),
            unknown=sentence("duplicate_unknown", count=count(unknown)) if unknown else "",
        )
    )
    yield from table(
        ("System", "Does", "so it", "Has it from", "Marked as master"),
        (_system_row(row) for row in systems),
    )


MASTERS = ("register", "register_and_system", "one", "none", "many")


def masters_of(row: Row) -> str:
    """Who is master of an object: the national register, systems, both or nobody (one of MASTERS)."""
    marked = int(row["n_masters"])
    if row["master_register"] is not None:
        return "register_and_system" if marked else "register"
    return "none" if marked == 0 else "one" if marked == 1 else "many"


def in_several_systems(story: Story) -> list[Row]:
    """The objects that surely several systems of one municipality maintain."""
    return [row for row in story.lists["fct_duplicate_object"] if row["n_maintaining"] > 1]


def _masters(story: Story) -> Lines:
    """Who is master of what several systems maintain, in all and for each municipality."""
    found = in_several_systems(story)
    kinds = Counter(masters_of(row) for row in found)
    with_register = kinds["register"] + kinds["register_and_system"]
    yield from paragraph(
        sentence(
            "duplicate_masters",
            total=total_words(story),
            n=len(found),
            **{**dict.fromkeys(MASTERS, 0), **kinds, "register": with_register},
            local=len(found) - with_register,
        )
    )
    own = {
        one: Counter(masters_of(row) for row in found if row["municipality_number"] == one)
        for one in story.numbers
    }
    yield from table(
        ("Municipality", "Objects in several systems", *(f"Master: {word(f'masters_{k}')}" for k in MASTERS)),
        (
            (story.place(one), str(sum(own[one].values())), *(str(own[one][kind]) for kind in MASTERS))
            for one in story.numbers
        ),
        range(1, 2 + len(MASTERS)),
    )


def _master_words(story: Story, thing: Row, systems: Sequence[Row]) -> str:
    """Who is the object's master, and how many of those that maintain it a register feeds."""
    fed = sum(row["state"] == "maintains" and "register_auto" in (row["fed_by"] or "") for row in systems)
    return sentence(
        f"masters_{masters_of(thing)}",
        count=count(thing["n_masters"]),
        register=story.names["register"].get(thing["master_register"] or "", ""),
        fed=count(fed),
    )


def _object_systems(story: Story, thing: Row) -> list[Row]:
    """The systems that hold an object or may do so: those that maintain it first."""
    states = ("maintains", "holds", "open")
    found = [
        row
        for row in story.lists["fct_object_system"]
        if (row["municipality_number"], row["data_object_id"])
        == (thing["municipality_number"], thing["data_object_id"])
        and row["state"] in states
    ]
    return sorted(found, key=lambda row: states.index(row["state"]))


def _system_row(row: Row) -> tuple[str, ...]:
    letters = [letter for letter in row["operations"] or "" if letter in "CRUD"]
    sources = [word(f"fed_{source.strip()}") for source in (row["fed_by"] or "").split(";") if source.strip()]
    is_master = row["is_master"]
    return (
        row["system_name"],
        ", ".join(word(f"operation_{letter}") for letter in letters) or word("unknown"),
        word(f"state_{row['state']}"),
        "; ".join(sources) or word("unknown"),
        word("unknown") if is_master is None else word("yes" if is_master else "no"),
    )


def once_only(story: Story, _places: Places) -> Lines:
    """The worklist: what to fetch from which register, by volume."""
    found = story.lists["fct_once_only_gap"]
    if not found:
        yield from paragraph(sentence("once_only_none"))
        return
    ways = Counter(row["collection_mode"] for row in found)
    yield from paragraph(
        sentence(
            "once_only",
            total=total_words(story),
            n=len(found),
            asked=ways["asked_user"],
            typed=ways["typed_manually"],
            stated=sum(row["volume_per_year"] is not None for row in found),
        )
    )
    registers = story.names["register"]
    yield from table(
        ("Municipality", "Process", "What", "Fetch it from", "Today", "Cases a year"),
        (
            (
                story.place(row["municipality_number"]),
                story.names["process"][row["process_id"]],
                story.names["data_object"][row["data_object_id"]],
                "; ".join(registers[one.strip()] for one in row["register"].split(";")),
                word(f"collected_{row['collection_mode']}"),
                whole(row["volume_per_year"]),
            )
            for row in found[: content()["list_length"]]
        ),
        (5,),
    )


def barriers(story: Story, places: Places) -> Lines:
    """The barriers in the order of the median of what is released of each."""
    ranked = _ranked_barriers(story)
    cells = [cell for indicator, _ in ranked for cell in story.of(indicator)]
    hidden = sum(cell.value is None for cell in cells)
    unranked = sum(middle is None for _, middle in ranked)
    yield from paragraph(
        barriers_verdict(story, [indicator for indicator, middle in ranked if middle is not None]),
        sentence(
            "barriers_hidden",
            hidden=hidden,
            all=len(cells),
            least=whole(story.thresholds["min_n_share_release"]),
        )
        if hidden
        else sentence("barriers_shown"),
        sentence("barriers_unranked", n=opening(count(unranked))) if unranked else "",
    )
    yield from table(
        ("", "Barrier", "Median, %", "Lowest", "Highest", "Highest in", "Shown", "Hidden"),
        (
            _barrier_row(story, place, indicator, middle, places)
            for place, (indicator, middle) in enumerate(ranked, start=1)
        ),
        (0, 2, 3, 4, 6, 7),
    )


def _ranked_barriers(story: Story) -> list[tuple[str, float | None]]:
    """(indicator, median of the shares that are shown), highest first; those without a median last."""
    found = [
        (indicator, _middle(story.of(indicator)))
        for indicator, row in story.indicators.items()
        if row["family"] == "BAR" and all((one, indicator) in story.cells for one in story.numbers)
    ]
    return sorted(found, key=lambda pair: (pair[1] is None, -(pair[1] or 0.0), _of_family(pair[0])))


def barriers_in_short(story: Story) -> str:
    """Whether the barriers that the study points to are the highest, and which are, with their medians."""
    ranked = [(one, middle) for one, middle in _ranked_barriers(story) if middle is not None]
    highest = [
        f"{_barrier_name(story, one)} {number(middle, 'en', 0)} %"
        for one, middle in ranked[: content()["barriers"]["among"]]
    ]
    verdict = barriers_verdict(story, [one for one, _ in ranked])
    return f"{verdict} {sentence('barriers_highest', highest=listing(highest))}" if highest else verdict


def _barrier_name(story: Story, indicator_id: str) -> str:
    """What the barrier is, without the word for barrier before it."""
    return str(story.indicators[indicator_id]["name_en"]).split(": ", 1)[-1]


def _of_family(indicator_id: str) -> tuple[int, str]:
    tail = indicator_id.rsplit("_", maxsplit=1)[-1]
    return (int(tail) if tail.isdigit() else 0, indicator_id)


def _middle(cells: Sequence[Cell]) -> float | None:
    """The median of the values that are shown; none where they are not more than half of all."""
    values = values_of(cells)
    return median(values) if 2 * len(values) > len(cells) else None


def barriers_verdict(story: Story, ranked: Sequence[str]) -> str:
    """Whether the barriers that the study points to are the highest. ranked: indicators, highest first."""
    named, among = content()["barriers"]["named"], content()["barriers"]["among"]
    inside = [one for one in named if one in ranked[:among]]
    outside = [
        sentence("barrier_place", name=indicator_name(story, one), place=ranked.index(one) + 1)
        if one in ranked
        else sentence("barrier_untold", name=indicator_name(story, one))
        for one in named
        if one not in inside
    ]
    partly = "partly" if len(inside) == 1 else "partly_many"
    key = "shows" if not outside else partly if inside else "not"
    return sentence(
        f"barriers_{key}",
        count=count(len(named)),
        among=count(among),
        total=count(len(ranked)),
        inside=count(len(inside)),
        outside=listing(outside),
    )


def indicator_name(story: Story, indicator_id: str) -> str:
    """The indicator's name in Norwegian, with the English one beside it."""
    row = story.indicators[indicator_id]
    return f"*{row['name_nb']}* ({row['name_en'].lower()})"


def _barrier_row(
    story: Story, place: int, indicator_id: str, middle: float | None, places: Places
) -> tuple[str, ...]:
    cells = [cell for cell in story.of(indicator_id) if cell.value is not None]
    values = values_of(cells)
    counts = (str(len(values)), str(len(story.numbers) - len(values)))
    dash = word("nothing")
    row = story.indicators[indicator_id]
    name = f"{row['name_nb'].split(': ', 1)[-1]} ({_barrier_name(story, indicator_id)})"
    if not values:
        return (dash, name, dash, dash, dash, dash, *counts)
    return (
        dash if middle is None else str(place),
        name,
        number(middle, "en"),
        number(min(values), "en", 0),
        number(max(values), "en", 0),
        places(cell.municipality_number for cell in cells if cell.value == max(values)),
        *counts,
    )


def procurement(story: Story) -> Lines:
    """Functions that several owners buy for, with different products: whose contract ends first."""
    found = story.procurement
    if not found:
        yield from paragraph(sentence("procurement_none"))
        return
    different = [row for row in found if row["n_products"] > 1]
    until = _a_year_after(story.reference_date)
    ends = [row["next_contract_end"] for row in different if row["next_contract_end"] is not None]
    same = len(found) - len(different)
    key = "some" if different and same else "all" if different else "same"
    yield from paragraph(
        sentence(
            "procurement",
            functions=len(found),
            which=sentence(f"procurement_{key}", different=len(different), same=same),
            soon=sum(end <= until for end in ends),
        )
    )
    yield from table(
        ("Function", "Owners", "Products", "Product diversity", "Cost a year, kroner", "First contract end"),
        (
            (
                story.names["function"][row["function_id"]],
                str(row["n_owners"]),
                str(row["n_products"]),
                number(row["product_diversity"], "en", 2),
                whole(row["annual_cost"]),
                word("nothing") if row["next_contract_end"] is None else row["next_contract_end"].isoformat(),
            )
            for row in different[: content()["list_length"]]
        ),
        (1, 2, 3, 4),
    )


def _a_year_after(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


EXTRAS: dict[str, Callable[[Story, Places], Lines]] = {
    "cross_unit": cross_unit,
    "silos": silos,
    "duplicates": duplicates,
    "once_only": once_only,
    "barriers": barriers,
}


def learn(story: Story, told: Sequence[str], shown: Callable[[str, float], str]) -> Lines:
    """Whom each can learn from about the indicators that are told of, and who has reached the targets."""
    first = first_teachers(story, told)
    yield from paragraph(_teachers(story, list(first.values())), _targets(story, told))
    yield from table(
        ("Indicator", "Target", *map(story.place, story.numbers)),
        (
            (
                f"{story.indicators[indicator]['name_nb']} ({indicator})",
                shown(indicator, story.targets[indicator]) if indicator in story.targets else word("nothing"),
                *(_teacher(story, first.get((one, indicator)), shown) for one in story.numbers),
            )
            for indicator in told
            if story.indicators[indicator]["better"] != "neutral"
        ),
    )


def first_teachers(story: Story, told: Sequence[str]) -> dict[tuple[str, str], Row]:
    """(municipality, indicator) → the owner that stands first among those to learn from."""
    return {
        (row["municipality_number"], row["indicator_id"]): row
        for row in story.lists["fct_learn_from"]
        if row["place"] == 1 and row["collection_mode"] != "official" and row["indicator_id"] in told
    }


def _teacher(story: Story, row: Row | None, shown: Callable[[str, float], str]) -> str:
    if row is None:
        return word("nothing")
    teacher = f"{story.place(row['teacher_number'])}, {shown(row['indicator_id'], row['teacher_value'])}"
    return teacher if row["is_sure"] else word("perhaps", teacher=teacher)


def _teachers(story: Story, first: Sequence[Row]) -> str:
    """How many have somebody to learn from, of how many that is surely better, and who most often."""
    if not first:
        return sentence("learn_none")
    times = Counter(row["teacher_number"] for row in first if row["is_sure"])
    if not times:
        return sentence("learn_none_sure", all=len(first))
    sure, most = sum(times.values()), max(times.values())
    names = [story.place(one) for one in story.numbers if times[one] == most]
    key = "learn" if len(names) == 1 else "learn_tied"
    every = sentence("learn_sure", all=len(first), sure=sure, perhaps=len(first) - sure)
    return f"{every} {sentence(key, name=listing(names), n=most, sure=sure)}"


def _targets(story: Story, told: Sequence[str]) -> str:
    """Which targets somebody has reached over the whole range of its value."""
    targets = [one for one in told if one in story.targets]
    reached = [one for one in targets if any(_has_reached(story, cell) for cell in story.of(one))]
    if not reached:
        return sentence("targets_none_reached", n=len(targets))
    return sentence("targets_reached", n=len(targets), reached=opening(listing(reached)))


def _has_reached(story: Story, cell: Cell) -> bool:
    if cell.value is None:
        return False
    target, better = story.targets[cell.indicator_id], story.indicators[cell.indicator_id]["better"]
    low = cell.value if cell.low is None else cell.low
    high = cell.value if cell.high is None else cell.high
    if better == "near_zero":
        return low == target == high
    return low >= target if better == "up" else high <= target
