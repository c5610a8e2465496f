"""Small invented worlds as rows of the source tables: a pack, municipalities, and random register deliveries.

A world is a mapping from table (``lake.system``) to rows (dictionaries); a test changes copies of it and
looks at what the models make of both. Several periods stand beside each other, each a world of its own.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from tests.support import BASE_PACK

Row = dict[str, Any]
World = dict[str, list[Row]]

FUNCTIONS = {"f1": "a1", "f2": "a1", "f3": "a2", "f4": "a2"}
EXPECTED = {"f1": ("o1", "o2"), "f2": ("o2", "o3"), "f3": ("o1", "o4"), "f4": ("o5",)}
OBJECTS = {"o1": "r1", "o2": "r1", "o3": None, "o4": None, "o5": None}
PROCESSES = {"p1": "a1", "p2": "a1", "p3": "a2", "p4": "a2", "p5": "a1"}
PAIRS = (("p1", "o1"), ("p1", "o2"), ("p2", "o1"), ("p3", "o2"), ("p4", "o1"))
SERVICES = ("s1", "s2", "s3", "s4")
AREAS = ("a1", "a2")
KINDS = ("systems", "processes")
OPERATIONS = ("none", "none", "R", "CU", "CRUD", "RU", "CU", "CRUD", "x", None)
SOURCES = ("register_auto", "own_entry", "system_auto", "register_manual", None)


def thresholds() -> list[Row]:
    """Those of the base pack, as they are."""
    with (BASE_PACK / "threshold.csv").open(encoding="utf-8", newline="") as file:
        return [{"threshold_id": r["threshold_id"], "value": r["value"]} for r in csv.DictReader(file)]


def indicators() -> list[Row]:
    """The base pack's catalogue."""
    with (BASE_PACK / "indicator.csv").open(encoding="utf-8", newline="") as file:
        found = [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]
    return found


def pack(municipalities: Iterable[str], periods: Iterable[str]) -> World:
    """A pack of four core functions, five core objects (two with a register) and five core processes."""
    numbers, years = list(municipalities), list(periods)
    core = {"tier": "kjerne"}
    return {
        "reference.threshold": thresholds(),
        "reference.indicator": indicators(),
        "reference.municipality": [_municipality(n, i) for i, n in enumerate(numbers)],
        "reference.population": [
            {"municipality_number": n, "year": 2000, "population": 1_500 + 1_700 * i}
            for i, n in enumerate(numbers)
        ],
        "reference.size_class": [
            {"size_class": "small", "min_population": 0, "max_population": 9_999},
            {"size_class": "large", "min_population": 10_000},
        ],
        "reference.peer_weight": [
            {"variable": v, "weight": 1} for v in ("log_population", "log_area", "centrality_class")
        ],
        "reference.period": [
            {"period": y, "instrument_id": "i", "reference_date": f"{y}-12-31", "year": int(y)} for y in years
        ],
        "reference.focus_area": [{"focus_area_id": a, "name_nb": a, "name_en": a} for a in AREAS],
        "reference.function": [{"function_id": f, "focus_area_id": a, **core} for f, a in FUNCTIONS.items()],
        "reference.data_object": [
            {"data_object_id": o, "register_id": r, **core} for o, r in OBJECTS.items()
        ],
        "reference.register": [{"register_id": "r1", "is_available": True}],
        "reference.function_object": [
            {"function_id": f, "data_object_id": o} for f, objects in EXPECTED.items() for o in objects
        ],
        "reference.process": [
            {"process_id": p, "focus_area_id": a, "is_citizen_facing": p != "p5", **core}
            for p, a in PROCESSES.items()
        ],
        "reference.process_object": [
            {"process_id": p, "data_object_id": o, "register_id": "r1"} for p, o in PAIRS
        ],
        **_instrument(),
        "reference.shared_service": [{"service_id": s, "is_relevant": s != "s4"} for s in SERVICES],
    }


def _instrument() -> World:
    """The base pack's instrument, under the name that the periods here use."""
    folder = BASE_PACK
    tables: World = {}
    for table in ("instrument_item", "scale", "composite_part"):
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            tables[f"reference.{table}"] = [
                {k: v or None for k, v in row.items()} for row in csv.DictReader(file)
            ]
    for row in tables["reference.instrument_item"]:
        row["instrument_id"] = "i"
    degrees = [{"df": df, "t_975": 2.0 + 10.0 / df} for df in range(1, 200)]
    return {**tables, "reference.t_quantile": degrees}


def survey(number: str, period: str, dice: random.Random, respondents: int = 12) -> World:
    """Answers of respondents with focus areas; some items unanswered."""
    items = [row["item_id"] for row in _instrument()["reference.instrument_item"]]
    place = {"municipality_number": number, "period": period, "delivery_id": f"survey-{number}-{period}"}
    own = {**place, "sheet": "", "is_quarantined": False, "collection_mode": "respondents"}
    people = [
        {**own, "row_number": 2 + i, "focus_area_ids": dice.choice([[], ["a1"], ["a2"], ["a1", "a2"]])}
        for i in range(respondents)
    ]
    answers = []
    for person in people:
        for item in items:
            status = dice.choices(["ok", "dont_know", "not_relevant", "blank"], [92, 3, 3, 2])[0]
            answers.append(
                {
                    **own,
                    "row_number": person["row_number"],
                    "respondent_row": person["row_number"],
                    "item_id": item,
                    "answer_status": status,
                    "answer": dice.randint(1, 5) if status == "ok" else None,
                }
            )
    sent = {**delivery("survey", number, period), "collection_mode": "respondents"}
    return {
        "ledger.delivery": [sent],
        "lake.survey_respondent": people,
        "lake.survey_answer": answers,
    }


def _municipality(number: str, place: int) -> Row:
    return {
        "municipality_number": number,
        "name": number,
        "county_number": f"c{place % 2}",
        "county_name": f"c{place % 2}",
        "kostra_group": f"k{place % 2}",
        "centrality_class": 1 + place % 6,
        "area_km2": 100.0 + 37 * place,
        "is_fictional": True,
    }


def delivery(kind: str, number: str, period: str) -> Row:
    """One that counts."""
    return {
        "delivery_id": f"{kind}-{number}-{period}", "municipality_number": number, "period": period,
        "kind": kind, "collection_mode": "register", "status": "accepted", "is_counting": True,
    }  # fmt: skip


def registers(number: str, period: str, dice: random.Random) -> World:
    """Everything that one municipality delivers for a period, mostly answered, drawn at random."""
    end = date(int(period), 12, 31)

    def said(choices: Iterable[Any], blank: float = 0.04) -> Any:
        return None if dice.random() < blank else dice.choice(list(choices))

    def day() -> date:
        return end - timedelta(days=dice.choice([0, 30, 400, 720, 740, 2000]))

    def row(kind: str, place: int, **cells: Any) -> Row:
        return {
            "municipality_number": number, "period": period, "delivery_id": f"{kind}-{number}-{period}",
            "sheet": "", "row_number": place, "is_quarantined": dice.random() < 0.02, **cells,
        }  # fmt: skip

    keys = [f"{number}-{i}" for i in range(dice.randint(2, 5))]
    systems = [
        row(
            "systems", i,
            system_key=key, system_id=key, system_name=f"System {key}",
            function_ids=sorted(dice.sample(sorted(FUNCTIONS), dice.randint(0, 2))),
            focus_area_ids=said([["a1"], ["a2"], ["a1", "a2"]]),
            lifecycle=said(["in_use", "in_use", "in_use", "phasing_out", "retired"]),
            owner_role=said(["Rådmann", "Enhetsleder", "IKT-leder"]),
            acquired_date=said([day()]), risk_assessed_date=said([day()]),
            has_personal_data=said([True, False]),
            functional_fit=said([1, 2, 3, 5]), technical_fit=said([1, 2, 3, 5]),
        )
        for i, key in enumerate(keys)
    ]  # fmt: skip
    cells = [(key, item) for key in keys for item in OBJECTS if dice.random() < 0.9]
    objects = []
    for i, (key, item) in enumerate(cells):
        operations = said(OPERATIONS, 0.0)
        objects.append(
            row(
                "systems", i, system_key=key, system_name=key, data_object_id=item, data_object_name=item,
                operations=operations,
                keeps_copy=None if operations == "none" else said([True, False], 0.05),
                is_master=None if operations == "none" else said([True, False], 0.05),
                source_kind=None if operations == "none" else said(SOURCES, 0.0),
            )
        )  # fmt: skip
    answers = [
        row(
            "systems", i, function_id=name, system_names=[], has_none=False,
            system_keys=sorted(dice.sample(keys, dice.randint(1, 2))), is_complete=dice.random() < 0.9,
        )
        if dice.random() < 0.8
        else row("systems", i, function_id=name, system_names=[], system_keys=[], has_none=True)
        for i, name in enumerate(sorted(FUNCTIONS))
        if dice.random() < 0.95
    ]  # fmt: skip
    ways = sorted({tuple(dice.sample(keys, 2)) for _ in range(dice.randint(0, 4))})
    return {
        "ledger.delivery": [delivery(kind, number, period) for kind in KINDS],
        "lake.system": systems,
        "lake.system_data_object": objects,
        "lake.function_answer": answers,
        "lake.exchange": [
            row("systems", i, from_system_key=a, to_system_key=b, from_system=a, to_system=b,
                data_object_id=said(OBJECTS, 0.1), is_automatic=said([True, True, False]))
            for i, (a, b) in enumerate(ways)
        ],
        "lake.shared_service": [
            row("systems", i, service_id=s, is_used=said([True, False]))
            for i, s in enumerate(SERVICES) if dice.random() < 0.9
        ],
        **_processes(number, period, dice, row, said, day),
    }  # fmt: skip


def _processes(number: str, period: str, dice: random.Random, row: Any, said: Any, day: Any) -> World:
    processes = []
    for i, name in enumerate(sorted(PROCESSES)):
        if dice.random() < 0.06:
            continue
        if dice.random() < 0.08:
            processes.append(row("processes", i, process_name="har ikke", process_id=name, is_absent=True))
            continue
        ownership = said(["none", "line_manager", "process_owner"])
        is_described = said([True, False])
        processes.append(
            row(
                "processes", i, process_name=name, process_id=name, is_absent=False, ownership=ownership,
                owner_role=said(["Rådmann", "Enhetsleder", "IKT-leder"]),
                unit_names=said([["u1"], ["u1", "u2"], ["u1", "u2", "u3"]]), system_names=[], system_keys=[],
                is_described=is_described, described_date=day() if is_described else None,
                is_measured=said([True, False]), self_service=said(["yes", "no", "not_relevant"]),
                volume_per_year=said([10, 200]),
            )
        )  # fmt: skip
    ways = ("asked_user", "typed_manually", "register_auto", "internal_reuse")
    return {
        "lake.process": processes,
        "lake.process_data": [
            row("processes", i, process_name=p, process_id=p, process_key=p, data_object_id=o,
                collection=said(ways))
            for i, (p, o) in enumerate(PAIRS)
            if dice.random() < 0.95
        ],
        "lake.initiative": [
            row("processes", i, initiative_name=f"Tiltak {i}", process_names=["p1"], process_keys=["p1"],
                is_mapped_before=said([True, False]), responsible_role=said(["Rådmann", "ingen"]),
                is_benefit_measured=said([True, False]))
            for i in range(dice.randint(0, 4))
        ],
    }  # fmt: skip


def joined(worlds: Iterable[World]) -> World:
    """All rows of several worlds together."""
    together: World = {}
    for world in worlds:
        for table, rows in world.items():
            together.setdefault(table, []).extend(rows)
    return together


def load(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Fill the source tables; what a row does not name, and the tables not named, stay null and empty."""
    for table, rows in world.items():
        connection.execute(f"delete from {table}")
        known = {column[0] for column in connection.execute(f"describe {table}").fetchall()}
        # Rows with the same columns go in together: one by one takes seconds.
        alike: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            alike.setdefault(tuple(name for name in row if name in known), []).append(row)
        for names, some in alike.items():
            incoming = pa.table({name: [row[name] for row in some] for name in names})
            connection.register("incoming", incoming)
            connection.execute(f"insert into {table} by name select * from incoming")
            connection.unregister("incoming")
