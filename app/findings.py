"""The findings of a release in words: frames of app.queries in, rows of tables out. No SQL, no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from app.texts import Language, grouped, number, text

Row = dict[str, object]
SHARED = ("n_objects", "n_exchanges", "n_systems", "n_processes")
MOVES = ("owner", "description", "measurement")
MASTER = "★"
ALONE = "○"


@dataclass(frozen=True)
class Words:
    """The language in use, and what the reference pack calls its things: kind → code → name."""

    language: Language
    names: Mapping[str, Mapping[str, str]]

    def say(self, key: str, **values: object) -> str:
        """The text behind a key."""
        return text(key, self.language, **values)

    def called(self, kind: str, code: str | None) -> str:
        """A thing by its name; by its id where the pack has no name for it."""
        return "–" if code is None else self.names.get(kind, {}).get(code, code)

    def listed(self, kind: str, codes: str | None) -> str:
        """Things that stand together in one column, separated by semicolons."""
        found = [code.strip() for code in (codes or "").split(";") if code.strip()]
        return ", ".join(self.called(kind, code) for code in found) or "–"

    def truth(self, value: bool | None) -> str:
        """Yes, no or unknown."""
        return self.say({True: "yes", False: "no", None: "unknown"}[value])

    def date(self, value: date | None) -> str:
        """A day as people write it, or that it is unknown."""
        if value is None:
            return self.say("unknown")
        return value.strftime("%d.%m.%Y") if self.language == "nb" else value.isoformat()

    def count(self, value: float | None) -> str:
        """A whole number, or that it is unknown."""
        return self.say("unknown") if value is None else grouped(value, self.language)


def duplicates(objects: pl.DataFrame, words: Words) -> list[Row]:
    """One row per data object that several systems hold."""
    return [
        {
            words.say("data_object"): words.called("data_object", row["data_object_id"]),
            words.say("systems_maintaining"): row["n_maintaining"],
            words.say("systems_holding"): row["n_systems"],
            words.say("master"): _master(row, words),
            words.say("what_to_do"): _master_advice(row, words),
            words.say("systems"): row["systems"],
        }
        for row in objects.iter_rows(named=True)
    ]


def _master(row: Mapping[str, Any], words: Words) -> str:
    """Who is the master: the national register by its name, and how many local systems are marked."""
    marked = row["n_masters"]
    if row["master_register"] is None:
        return words.say(f"master_{marked}" if marked < 2 else "master_many", count=marked)
    register = words.called("register", row["master_register"])
    return words.say("master_register_marked", register=register, count=marked) if marked else register


def _master_advice(row: Mapping[str, Any], words: Words) -> str:
    """What to do about the object; nobody is to appoint a master where a national register is it."""
    marked, register = row["n_masters"], row["master_register"]
    if register is not None:
        key = "advise_unmark" if marked else "advise_register"
        return words.say(key, register=words.called("register", register))
    if marked == 1:
        return words.say("advise_stop" if row["n_maintaining"] > 1 else "advise_none")
    return words.say("advise_choose" if marked else "advise_appoint")


def crud_matrix(objects: pl.DataFrame, cells: pl.DataFrame, words: Words) -> list[Row]:
    """The objects against the systems that do something with one of them; letters as in ``crud_lead``."""
    ids = objects["data_object_id"].to_list()
    used = cells.filter(pl.col("data_object_id").is_in(ids), pl.col("state") != "none")
    heads = _system_heads(used.sort("system_name", "system_key"))
    signs = {(row["data_object_id"], row["system_key"]): _sign(row) for row in used.iter_rows(named=True)}
    return [
        {
            words.say("data_object"): words.called("data_object", of),
            **{head: signs.get((of, key), "") for key, head in heads.items()},
        }
        for of in ids
    ]


def _system_heads(cells: pl.DataFrame) -> dict[str, str]:
    """system_key → name, with the key where two systems are called the same."""
    systems = dict(cells.select("system_key", "system_name").iter_rows())
    names = list(systems.values())
    return {key: name if names.count(name) == 1 else f"{name} ({key})" for key, name in systems.items()}


def _sign(cell: Mapping[str, Any]) -> str:
    operations = cell["operations"]
    is_known = operations not in (None, "none")
    return (operations if is_known else "?") + (f" {MASTER}" if cell["is_master"] else "")


def once_only(gaps: pl.DataFrame, words: Words) -> list[Row]:
    """One row per process and data object that a register holds."""
    return [
        {
            words.say("process"): words.called("process", row["process_id"]),
            words.say("data_object"): words.called("data_object", row["data_object_id"]),
            words.say("register"): words.listed("register", row["register"]),
            words.say("collected"): words.say(f"collected_{row['collection_mode']}"),
            words.say("volume"): words.count(row["volume_per_year"]),
        }
        for row in gaps.iter_rows(named=True)
    ]


def once_only_registers(gaps: pl.DataFrame, words: Words) -> list[Row]:
    """One row per register (or registers that hold the same): gaps, and how often a year they are felt.

    The most known occasions first, registers of which no volume is known last. A case that lacks two things
    of one register counts twice.
    """
    volume = pl.col("volume_per_year")
    summed = gaps.group_by("register").agg(
        gaps=pl.len(), occasions=volume.sum(), known=volume.count(), unknown=volume.null_count()
    )
    ordered = summed.sort(
        pl.col("known") > 0, "occasions", "gaps", "register", descending=[True, True, True, False]
    )
    return [
        {
            words.say("register"): words.listed("register", row["register"]),
            words.say("gaps"): row["gaps"],
            words.say("occasions"): _occasions(row, words),
            words.say("gaps_unknown"): row["unknown"],
        }
        for row in ordered.iter_rows(named=True)
    ]


def _occasions(row: Mapping[str, Any], words: Words) -> str:
    """Occasions a year, marked where some or all are unknown."""
    if row["known"] == 0:
        return words.say("unknown")
    count = words.count(row["occasions"])
    return words.say("at_least", count=count) if row["unknown"] else count


def cross_unit(processes: pl.DataFrame, words: Words) -> list[Row]:
    """One row per cross-unit process without an owner across."""
    return [
        {
            words.say("process"): _process_name(row, words),
            words.say("missing"): words.say(f"missing_{row['missing']}"),
            words.say("units"): words.count(row["n_units"]),
            words.say("volume"): words.count(row["volume_per_year"]),
        }
        for row in processes.iter_rows(named=True)
    ]


def _process_name(row: Mapping[str, Any], words: Words) -> str:
    name = str(row["process_name" if words.language == "nb" else "process_name_en"])
    return words.say("local", name=name) if row["is_local"] else name


def silo_pairs(silos: pl.DataFrame, words: Words) -> list[Row]:
    """One row per pair of focus areas with all that is counted, then one per area for what it has itself."""
    is_inside = pl.col("focus_area_a") == pl.col("focus_area_b")
    return [
        {
            words.say("area_a"): words.called("focus_area", row["focus_area_a"]),
            words.say("area_b"): words.say("within_area")
            if row["focus_area_a"] == row["focus_area_b"]
            else words.called("focus_area", row["focus_area_b"]),
            **{words.say(f"shared_{what}"): row[what] for what in SHARED},
        }
        for row in silos.sort(is_inside, maintain_order=True).iter_rows(named=True)
    ]


def silo_worst(silos: pl.DataFrame, words: Words) -> list[Row]:
    """Pairs that share data objects without one automatic exchange, those that share the most first."""
    alone = silos.filter(
        pl.col("focus_area_a") != pl.col("focus_area_b"), pl.col("n_objects") > 0, pl.col("n_exchanges") == 0
    )
    by = ["n_objects", "n_systems", "n_processes", "focus_area_a", "focus_area_b"]
    return silo_pairs(alone.sort(by, descending=[True, True, True, False, False], nulls_last=True), words)


def silo_matrix(silos: pl.DataFrame, what: str, words: Words) -> list[Row]:
    """Focus areas against focus areas, each pair once; what: the column that is counted. What an area has
    itself stands in a column of its own: that is no silo. A dash is not delivered; a ring beside shared
    objects is that no automatic exchange ties the two areas together.
    """
    shared: dict[tuple[str, str], str] = {}
    for row in silos.iter_rows(named=True):
        a, b = row["focus_area_a"], row["focus_area_b"]
        is_alone = what == "n_objects" and a != b and bool(row["n_objects"]) and row["n_exchanges"] == 0
        shared[a, b] = shared[b, a] = f"{_or_dash(row[what])}{f' {ALONE}' if is_alone else ''}"
    areas = sorted({a for a, _ in shared}, key=lambda area: words.called("focus_area", area))
    return [
        {
            words.say("focus_area"): words.called("focus_area", a),
            words.say("within_area"): shared.get((a, a), "–"),
            **{
                words.called("focus_area", b): shared.get((a, b), "–") if place < other else ""
                for other, b in enumerate(areas)
                if other > 0
            },
        }
        for place, a in enumerate(areas)
    ]


def _or_dash(value: object) -> object:
    return "–" if value is None else value


def initiatives(found: pl.DataFrame, words: Words) -> list[Row]:
    """One row per initiative."""
    return [
        {
            words.say("initiative"): row["initiative"],
            words.say("decided"): words.date(row["decided_date"]),
            words.say("status"): _or_dash(row["initiative_status"]),
            words.say("mapped"): words.truth(row["is_mapped"]),
            words.say("owned"): words.truth(row["is_owned"]),
            words.say("benefit"): words.truth(row["is_benefit_measured"]),
            words.say("process"): words.listed("process", row["processes"]),
            words.say("movement"): _movements(row, words),
        }
        for row in found.iter_rows(named=True)
    ]


def _movements(row: Mapping[str, Any], words: Words) -> str:
    known = {what: row[f"{what}_movement"] for what in MOVES if row[f"{what}_movement"] != "unknown"}
    if list(known.values()) == ["unchanged"] * len(MOVES):
        return words.say("movement_unchanged")
    said = [
        words.say("moved", what=words.say(f"moves_{what}"), how=words.say(f"movement_{how}"))
        for what, how in known.items()
    ]
    return ", ".join(said) or words.say("unknown")


def learn_from(teachers: pl.DataFrame, catalogue: pl.DataFrame, words: Words) -> list[Row]:
    """One row per indicator and way of answering, in the catalogue's order, with those to learn from: apart
    those who are surely better, and those who only seem so.
    """
    rows: list[Row] = []
    for indicator in catalogue.iter_rows(named=True):
        of_one = teachers.filter(pl.col("indicator_id") == indicator["indicator_id"])
        for (mode,), found in of_one.group_by("collection_mode", maintain_order=True):
            name = indicator[f"name_{words.language}"]
            is_official = mode == "official"
            rows.append(
                {
                    words.say("indicator"): f"{name} ({words.say('mode_official')})" if is_official else name,
                    words.say("own_value"): number(found["own_value"][0], indicator["unit"], words.language),
                    **{
                        words.say(key): _teachers(found.filter(is_sure), indicator["unit"], words)
                        for key, is_sure in (("sure", pl.col("is_sure")), ("seeming", ~pl.col("is_sure")))
                    },
                }
            )
    return rows


def _teachers(found: pl.DataFrame, unit: str, words: Words) -> str:
    return ", ".join(_teacher(row, unit, words) for row in found.iter_rows(named=True)) or "–"


def _teacher(row: Mapping[str, Any], unit: str, words: Words) -> str:
    key = "teacher_target" if row["has_reached_target"] else "teacher"
    return words.say(key, name=row["teacher_name"], value=number(row["teacher_value"], unit, words.language))


def procurement(functions: pl.DataFrame, words: Words) -> list[Row]:
    """One row per function that several owners have systems for."""
    return [
        {
            words.say("function"): words.called("function", row["function_id"]),
            words.say("n_owners"): words.count(row["n_owners"]),
            words.say("n_products"): words.count(row["n_products"]),
            words.say("contract_end"): words.date(row["next_contract_end"]),
            words.say("annual_cost"): words.count(
                None if row["annual_cost"] is None else float(row["annual_cost"])
            ),
            words.say("products"): row["products"],
        }
        for row in functions.iter_rows(named=True)
    ]


def process_matrix(
    processes: pl.DataFrame, municipalities: Sequence[tuple[str, str]], words: Words
) -> list[Row]:
    """Reference processes that anybody has delivered against municipalities (number, name)."""
    numbers = [number for number, _ in municipalities]
    chosen = processes.filter(pl.col("municipality_number").is_in(numbers))
    delivered = chosen.filter(pl.col("is_delivered"))["process_id"].unique(maintain_order=True)
    signs = {
        (row["process_id"], row["municipality_number"]): _process_sign(row, words)
        for row in chosen.iter_rows(named=True)
    }
    names = [name for _, name in municipalities]
    heads = {n: name if names.count(name) == 1 else f"{name} ({n})" for n, name in municipalities}
    return [
        {
            words.say("process"): words.called("process", process_id),
            **{head: signs.get((process_id, n), "") for n, head in heads.items()},
        }
        for process_id in delivered
    ]


def _process_sign(row: Mapping[str, Any], words: Words) -> str:
    if row["is_absent"]:
        return words.say("absent")
    if not row["is_delivered"]:
        return ""
    letters = [
        (row["ownership"] in ("line_manager", "process_owner"), "sign_owned"),
        (row["is_described_recently"], "sign_described"),
        (row["is_measured"], "sign_measured"),
    ]
    return " ".join(words.say(key) for is_so, key in letters if is_so) or "–"
