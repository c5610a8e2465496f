"""How much is answered, as the indicators COV_FUN, COV_SYS and COV_PRO define it, and what raises it most.

Counted over what counts for a municipality and period, as the models of dbt_project/models/intermediate
(coverage, systems, processes) do; a test holds both to the same numbers. For a survey, which has no such
indicator, the share of answers to core items. Pure: frames in, plain data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.gate.rows import Frames, with_key
from pipelines.gate.wording import LANGUAGES, Language, joined, say, share
from pipelines.ingest.contract import load_contract

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

PLACE = ["municipality_number", "period"]
CELL = [*PLACE, "system_key", "data_object_id"]
MOST_HINTS = 5
MOST_NAMES = 8
_ANSWERED = ("ok", "dont_know", "not_relevant")
Place = tuple[str, str]
Found = dict[tuple[str, str, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class _Hint:
    """An answer that is missing. key: its text; gain: how many it makes known; names: what it concerns."""

    key: str
    gain: int
    names: Mapping[Language, Sequence[str]]
    objects: Mapping[Language, Sequence[str]] | None = None


def of_rows(frames: Frames, beside: Mapping[str, pl.DataFrame], pack: ReferencePack) -> Found:
    """(municipality, period, kind) → its coverages, of all rows that count.

    frames and beside: as the gate takes and gives them. Each coverage has coverage_id, n_known, n_all,
    needed_percent (None where nothing rests on it), is_united and hints (nb, en), the best first.
    """
    rows = {
        name: frame.hstack(beside[name].select(set(beside[name].columns) - set(frame.columns))).filter(
            "is_counting"
        )
        for name, frame in frames.items()
    }
    found: Found = {}
    needed = _needed_percent(pack)
    cells, names = _cells(rows, pack), _system_names(rows["system"])
    for place in _places(rows, "systems"):
        functions = _functions(_at(rows["function_answer"], place), pack)
        own = cells.get(place, pl.DataFrame(schema=cells_schema()))
        found[(*place, "systems")] = [
            _coverage("COV_FUN", *functions, needed),
            _coverage("COV_SYS", *_systems(own, names, place, pack), needed),
        ]
    for place in _places(rows, "processes"):
        found[(*place, "processes")] = [
            _coverage("COV_PRO", *_processes(_at(rows["process"], place), pack), needed)
        ]
    found |= _surveys(rows, pack)
    return found


def cells_schema() -> dict[str, pl.DataType]:
    """Columns of the cells of one municipality and period."""
    return {
        **{name: pl.String() for name in CELL},
        "is_open": pl.Boolean(),
        "is_aside": pl.Boolean(),
        "is_system_aside": pl.Boolean(),
        "may_be_inactive": pl.Boolean(),
        "is_settled": pl.Boolean(),
    }


def _needed_percent(pack: ReferencePack) -> int:
    table = pack.table("threshold").filter(pl.col("threshold_id") == "min_coverage_percent")
    return int(table["value"].item())


def _places(rows: Frames, kind: str) -> list[Place]:
    """Where something of a kind was delivered."""
    datasets = {sheet.dataset for sheet in load_contract().sheets if sheet.kind == kind}
    found = [rows[name].select(PLACE) for name in sorted(datasets)]
    return pl.concat(found).unique().sort(PLACE).rows()


def _at(frame: pl.DataFrame, place: Place) -> pl.DataFrame:
    number, period = place
    return frame.filter(pl.col("municipality_number") == number, pl.col("period") == period)


def _coverage(
    coverage_id: str, n_known: int, n_all: int, hints: Sequence[_Hint], needed: int | None
) -> dict[str, Any]:
    """One coverage with its best hints, in words."""
    ordered = sorted((h for h in hints if h.gain > 0), key=lambda h: (-h.gain, h.key, *h.names["nb"][:1]))
    return {
        "coverage_id": coverage_id,
        "n_known": n_known,
        "n_all": n_all,
        "needed_percent": needed,
        "is_united": needed is not None,
        "hints": [_told(hint, n_known, n_all) for hint in ordered[:MOST_HINTS]],
    }


def _told(hint: _Hint, n_known: int, n_all: int) -> dict[str, Any]:
    told: dict[str, Any] = {"key": hint.key, "gain": hint.gain}
    for language in LANGUAGES:
        objects = _listed(hint.objects[language], language) if hint.objects else ""
        names = _listed(hint.names[language], language)
        effect = say(
            "hint_effect",
            language,
            before=share(n_known, n_all, language),
            after=share(n_known + hint.gain, n_all, language),
        )
        told[language] = f"{say(hint.key, language, hint.gain, names=names, objects=objects)} {effect}"
    return told


def _listed(names: Sequence[str], language: Language) -> str:
    left = len(names) - MOST_NAMES
    more = f" {say('and_more', language, left)}" if left > 0 else ""
    return joined(names[:MOST_NAMES]) + more


def _named(table: pl.DataFrame, ids: Sequence[str]) -> dict[Language, list[str]]:
    """The names of a pack's things, in the order of ``ids``, as they stand in the sender's workbook."""
    names = dict(table.select(table.columns[0], "name_nb").iter_rows())
    return _same([names[one] for one in ids])


def _same(names: Sequence[str]) -> dict[Language, list[str]]:
    """Names that are the same in every language."""
    return {language: list(names) for language in LANGUAGES}


# Functions and processes


def _functions(rows: pl.DataFrame, pack: ReferencePack) -> tuple[int, int, list[_Hint]]:
    """Core functions with a row that says *komplett* or *har ikke*, of all core functions."""
    table = pack.table("function").filter(pl.col("tier") == "kjerne")
    core = table["function_id"].to_list()
    standing = rows.filter(~pl.col("is_quarantined"))
    is_answered = pl.col("is_complete").fill_null(value=False) | pl.col("has_none").fill_null(value=False)
    answered = set(standing.filter(is_answered)["function_id"])
    listed = set(standing["function_id"]) - answered
    aside = set(rows["function_id"]) - answered - listed
    unanswered = [one for one in core if one in listed]
    quarantined = [one for one in core if one in aside]
    missing = [one for one in core if one not in answered | listed | aside]
    hints = [
        _Hint("hint_COV_FUN_quarantined", len(quarantined), _named(table, quarantined)),
        _Hint("hint_COV_FUN_rows", len(unanswered), _named(table, unanswered)),
        _Hint("hint_COV_FUN_missing", len(missing), _named(table, missing)),
    ]
    n_unknown = len(unanswered) + len(quarantined) + len(missing)
    return len(core) - n_unknown, len(core), hints


def _processes(rows: pl.DataFrame, pack: ReferencePack) -> tuple[int, int, list[_Hint]]:
    """Core processes with a row that answers anything, or *har ikke*, of all core processes."""
    table = pack.table("process").filter(pl.col("tier") == "kjerne")
    core = table["process_id"].to_list()
    standing = rows.filter(~pl.col("is_quarantined"))
    is_absent = pl.col("is_absent").fill_null(value=False)
    present = standing.filter(~is_absent)
    is_answered = pl.any_horizontal(pl.col(_process_answers()).is_not_null())
    listed = set(present["process_id"])
    delivered = set(present.filter(is_answered)["process_id"])
    delivered |= set(standing.filter(is_absent)["process_id"]) - listed
    aside = set(rows["process_id"]) - delivered - listed
    unanswered = [one for one in core if one in listed - delivered]
    quarantined = [one for one in core if one in aside]
    missing = [one for one in core if one not in delivered | listed | aside]
    hints = [
        _Hint("hint_COV_PRO_quarantined", len(quarantined), _named(table, quarantined)),
        _Hint("hint_COV_PRO_unanswered", len(unanswered), _named(table, unanswered)),
        _Hint("hint_COV_PRO_missing", len(missing), _named(table, missing)),
    ]
    n_unknown = len(quarantined) + len(unanswered) + len(missing)
    return len(core) - n_unknown, len(core), hints


def _process_answers() -> list[str]:
    """The columns of *Prosesser* that a template does not print: a row without any of them tells nothing."""
    sheet = load_contract().sheet_by_id["processes"]
    return [column.name for column in sheet.columns if column.name not in sheet.printed] + ["is_described"]


# Systems and data objects


def _systems(
    cells: pl.DataFrame, names: Mapping[tuple[str, str, str], str], place: Place, pack: ReferencePack
) -> tuple[int, int, list[_Hint]]:
    """Expected cells with one possible state, of all expected cells."""
    unknown = cells.filter(~pl.col("is_settled"))
    objects = pack.table("data_object")
    hints = []
    for (system,), own in unknown.partition_by("system_key", as_dict=True, maintain_order=True).items():
        name = _same([names.get((*place, str(system)), str(system))])
        first = own.row(0, named=True)
        # Once the system's own row is right, what is listed for it is known.
        opened = own.filter(~pl.col("is_open")).height
        if first["is_system_aside"]:
            hints.append(_Hint("hint_COV_SYS_quarantined", opened, name))
        elif first["may_be_inactive"]:
            hints.append(_Hint("hint_COV_SYS_lifecycle", opened, name))
        if not first["is_system_aside"] and not first["may_be_inactive"]:
            for key, is_aside in (("hint_COV_SYS_system", False), ("hint_COV_SYS_rows", True)):
                chosen = own.filter("is_open", pl.col("is_aside") == is_aside)
                ids = chosen["data_object_id"].sort().to_list()
                hints.append(_Hint(key, len(ids), name, _named(objects, ids)))
    return cells.height - unknown.height, cells.height, hints


def _cells(rows: Frames, pack: ReferencePack) -> dict[Place, pl.DataFrame]:
    """The expected cells of every municipality and period (``cells_schema``), as int_system__cell has them.

    is_open: whether the cell's own rows leave more than one state; is_aside: whether one of them is set
    aside; is_settled: whether one state is left,
    that of the system considered.
    """
    expected = _expected(rows, pack).join(_active(rows["system"]), on=CELL[:3], how="inner")
    cells = expected.join(_listed_cells(rows["system_data_object"]), on=CELL, how="left").with_columns(
        is_open=pl.col("is_open").fill_null(value=True), is_aside=pl.col("is_aside").fill_null(value=False)
    )
    settled = ~pl.col("is_system_aside") & ~pl.col("is_open")
    # A system that may not be in use may hold nothing, which is a state more unless it says so anyway.
    settled &= ~pl.col("may_be_inactive") | pl.col("is_none").fill_null(value=False)
    found = cells.with_columns(is_settled=settled).select(list(cells_schema())).sort(CELL)
    return {
        (str(number), str(period)): own
        for (number, period), own in found.partition_by(PLACE, as_dict=True, maintain_order=True).items()
    }


def _expected(rows: Frames, pack: ReferencePack) -> pl.DataFrame:
    """CELL: the core objects that the pack expects of the functions that a system's own rows name."""
    core = pack.table("data_object").filter(pl.col("tier") == "kjerne").select("data_object_id")
    objects = pack.table("function_object").join(core, on="data_object_id", how="semi")
    own = rows["system"].select(*PLACE, "system_key", function_id="function_ids").explode("function_id")
    named = own.drop_nulls(["system_key", "function_id"])
    return named.join(objects, on="function_id", how="inner").select(CELL).unique()


def _active(systems: pl.DataFrame) -> pl.DataFrame:
    """Systems whose cells are looked at, as int_system__active has them."""
    lifecycle = pl.col("lifecycle")
    combined = systems.group_by(CELL[:3]).agg(
        is_system_aside=pl.col("is_quarantined").any(),
        is_known=lifecycle.is_in(["in_use", "phasing_out"]).fill_null(value=False).any(),
        is_blank=lifecycle.is_null().any(),
    )
    chosen = combined.filter(pl.col("is_system_aside") | pl.col("is_known") | pl.col("is_blank"))
    return chosen.select(
        *CELL[:3], "is_system_aside", may_be_inactive=~pl.col("is_system_aside") & ~pl.col("is_known")
    )


def _listed_cells(listed: pl.DataFrame) -> pl.DataFrame:
    """What a cell's rows say: CELL, is_aside, is_open (several states left), is_none (none is the one)."""
    operations = pl.col("operations")
    cells = (
        listed.filter(pl.col("system_key").is_not_null() & pl.col("data_object_id").is_not_null())
        .group_by(CELL)
        .agg(
            is_aside=pl.col("is_quarantined").any(),
            says_none=(operations == "none").fill_null(value=False).any(),
            maintains=operations.str.contains("[CUD]").fill_null(value=False).any(),
            reads=operations.str.contains("R").fill_null(value=False).any(),
            is_there=(operations == "x").fill_null(value=False).any(),
            copy=pl.col("keeps_copy").any(),
            knows_copy=pl.col("keeps_copy").is_not_null().any(),
        )
    )
    # Reading settles the cell where it is known whether a copy is kept; everything weaker never does.
    reads_only = pl.col("reads") & ~pl.col("is_there") & pl.col("knows_copy")
    is_one = pl.col("says_none") | pl.col("maintains") | reads_only
    is_none = pl.col("says_none") | (reads_only & ~pl.col("copy") & ~pl.col("maintains"))
    return cells.select(*CELL, "is_aside", is_none=is_none, is_open=pl.col("is_aside") | ~is_one)


def _system_names(systems: pl.DataFrame) -> dict[tuple[str, str, str], str]:
    """(municipality, period, key) → what a system is called."""
    named = systems.drop_nulls(["system_key", "system_name"]).sort("delivery_id", "sheet", "row_number")
    first = with_key(named, "system_name", "_").group_by(CELL[:3]).agg(pl.col("system_name").first())
    return {(number, period, key): name for number, period, key, name in first.iter_rows()}


# Surveys


def _surveys(rows: Frames, pack: ReferencePack) -> Found:
    """Answers to core items, of respondents × core items of the period's instrument."""
    counts = rows["survey_respondent"].group_by(PLACE).len()
    respondents = {(number, period): n for number, period, n in counts.iter_rows()}
    answered = (
        rows["survey_answer"]
        .filter(pl.col("answer_status").is_in(_ANSWERED) & ~pl.col("is_quarantined"))
        .group_by(*PLACE, "item_id")
        .len()
    )
    counted: dict[Place, dict[str, int]] = {}
    for number, period, item, n in answered.iter_rows():
        counted.setdefault((number, period), {})[item] = n
    # An item whose answers are blank or not to be read has a column all the same.
    asked: dict[Place, set[str]] = {}
    for number, period, item in rows["survey_answer"].select(*PLACE, "item_id").unique().iter_rows():
        asked.setdefault((number, period), set()).add(item)
    found: Found = {}
    for place, n_rows in sorted(respondents.items()):
        items = pack.items(place[1]).filter(pl.col("tier") == "kjerne")["item_id"].to_list()
        own = counted.get(place, {})
        known = sum(min(own.get(item, 0), n_rows) for item in items)
        absent = [item for item in items if item not in asked.get(place, set())]
        hints = [_Hint("hint_CORE_ITEMS_missing", len(absent), _same(absent))] if absent else []
        found[(*place, "survey")] = [_coverage("CORE_ITEMS", known, n_rows * len(items), hints, None)]
    return found
