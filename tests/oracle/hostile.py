"""Deliveries that crowd the corners of the rules: many faults, repeats and unknowns in few rows.

The demo's municipalities are realistic and so rarely meet two corners at once. These do: repeated
and ambiguous keys, contradictions, blank lifecycles, several rows per process, *har ikke* beside
rows, columns left out. One seed gives the same files. Only the pack's tables are read.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .pack import Pack, load

Rows = list[list[str]]
Files = dict[str, Rows]  # file name without its ending → rows
DIALECTS = (("utf-8", ";"), ("cp1252", ";"), ("utf-8-sig", ","), ("utf-16", "\t"))
UNITS = ("HR", "Plan", "Arkiv", "Helse", "hr ", "PLAN")


def write_hostile(out: Path, packs: Sequence[Path], municipalities: int = 40, seed: int = 7) -> Path:
    """Write ``out/inbox`` and the overlay pack ``out/reference``; returns ``out``.

    After the ordinary municipalities follows one for each of ``SPECIALS``.
    """
    pack = load(packs)
    numbers = [str(9100 + index) for index in range(municipalities + len(SPECIALS))]
    _write_pack(out / "reference", numbers)
    for index, number in enumerate(numbers):
        draw = Random(f"{seed}-{number}")
        is_special = index >= municipalities
        # From hardly any fault to one row in four.
        files = _deliveries(pack, draw, fault=0.01 if is_special else 0.25 * index / municipalities)
        if is_special:
            SPECIALS[index - municipalities](files, pack, number)
        encoding, delimiter = DIALECTS[index % len(DIALECTS)]
        for name, rows in files.items():
            _write(out / "inbox" / "2026" / number / f"{name}.csv", rows, delimiter, encoding)
    return out


def _write_pack(folder: Path, numbers: Sequence[str]) -> None:
    municipality = (
        *("municipality_number", "name", "first_year", "county_number", "county_name", "kostra_group"),
        *("centrality_class", "area_km2", "latitude", "longitude", "is_fictional"),
    )
    rows = [[n, f"Kantvik {n}", "", "99", "Høgland", "EKG05", "5", "100.0", "", "", "true"] for n in numbers]
    _write(folder / "municipality.csv", [list(municipality), *rows], ",")
    people = [[n, "2026", str(1000 + 700 * index)] for index, n in enumerate(numbers)]
    _write(folder / "population.csv", [["municipality_number", "year", "population"], *people], ",")
    periods = [[n, "2026"] for n in numbers]
    _write(folder / "participant.csv", [["municipality_number", "period"], *periods], ",")


def _write(path: Path, rows: Rows, delimiter: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def _deliveries(pack: Pack, draw: Random, fault: float) -> Files:
    systems = _systems(pack, draw, fault)
    names = [draw.choice([row[0] or row[1], row[1]]) for row in systems[3:]]
    return {
        "undersokelse": _survey(pack, draw, fault),
        "prosesser": _processes(pack, draw, fault, names),
        "systemer": systems,
        "funksjoner": _functions(pack, draw, fault, names),
        "dataobjekter": _objects(pack, draw, fault, names),
    }


# --- municipalities that meet one corner on purpose -----------------------------------------


def _all_absent(files: Files, pack: Pack, number: str) -> None:
    """No process in scope: no denominator anywhere."""
    files["prosesser"][1:] = [["har ikke", row["process_id"], *[""] * 5] for row in pack.rows("process")]


def _no_cross_unit(files: Files, pack: Pack, number: str) -> None:
    rows = [[row["name_nb"], "", "linjeleder", "HR; hr", "nei", "ja", ""] for row in pack.rows("process")]
    files["prosesser"][1:] = rows


def _unknown_scope(files: Files, pack: Pack, number: str) -> None:
    """Units unknown for some owned and some unowned processes, others at exactly 70 %."""
    answers = [("prosesseier", "A;B")] * 14 + [("prosesseier", ""), ("ingen", ""), ("", ""), ("", "A;B")] * 2
    files["prosesser"][1:] = [
        [row["name_nb"], "", *answer, "", "", ""]
        for row, answer in zip(pack.rows("process"), answers, strict=False)
    ]


def _nothing_held(files: Files, pack: Pack, number: str) -> None:
    """Every cell of the only system is none: no object in any denominator."""
    functions = [row["name_nb"] for row in pack.rows("function")]
    files["systemer"] = [["systemnavn", "funksjon", "livsløp"], ["Alt", ";".join(functions), "i bruk"]]
    files["funksjoner"] = [["funksjon", "systemer", "komplett"], *([name, "Alt", "ja"] for name in functions)]
    objects = [["Alt", row["name_nb"], "ingen"] for row in pack.rows("data_object")]
    files["dataobjekter"] = [["systemnavn", "dataobjekt", "operasjoner"], *objects]


def _nothing_certain(files: Files, pack: Pack, number: str) -> None:
    """As above, but one object may be held: some completion has a denominator, the value has none."""
    _nothing_held(files, pack, number)
    files["dataobjekter"][1][2] = "R"


def _blank_lifecycles(files: Files, pack: Pack, number: str) -> None:
    """Everything is maintained, by systems that may be gone."""
    _nothing_held(files, pack, number)
    files["systemer"][1][2] = ""
    for row in files["dataobjekter"][1:]:
        row[2] = "CRUD"


def _objects_in_systemer(files: Files, pack: Pack, number: str) -> None:
    """The flat table's column, beside two rows of *Dataobjekter* for the same cells."""
    _nothing_held(files, pack, number)
    objects = [row["name_nb"] for row in pack.rows("data_object")]
    files["systemer"][0].append("dataobjekter")
    files["systemer"][1].append("|".join(objects))
    files["dataobjekter"] = [files["dataobjekter"][0], ["Alt", objects[0], "C"], ["Alt", objects[1], "R"]]


def _contradicted(files: Files, pack: Pack, number: str) -> None:
    """The flat table's column against *Dataobjekter*: the cells are open, the system itself stands."""
    _objects_in_systemer(files, pack, number)
    for row in files["dataobjekter"][1:]:
        row[2] = "ingen"
    files["prosesser"][1:] = [
        [row["name_nb"], "", "linjeleder", "HR", "nei", "ja", "Alt"] for row in pack.rows("process")
    ]


def _same_name(files: Files, pack: Pack, number: str) -> None:
    """Two systems of one name, of which one has an id, and a third without a name: each lists its own."""
    function, objects = pack.rows("function")[0]["name_nb"], [r["name_nb"] for r in pack.rows("data_object")]
    files["systemer"] = [
        ["system_id", "systemnavn", "funksjon", "livsløp", "dataobjekter"],
        ["", "Likt", function, "i bruk", "|".join(objects[:9])],
        ["S2", "Likt", function, "i bruk", "|".join(objects[5:])],
        ["", "", function, "i bruk", objects[2]],
    ]


def _asides(files: Files, pack: Pack, number: str) -> None:
    """References of *Prosesser* that lead nowhere, masked cells, and units that are known to be none."""
    units = ["ingen", "Nei", "har ikke", "post@kommune.no", "tlf. 22334455", "A;B", "A", "", "ingen;A"]
    systems = ["Finnes ikke", "Alt", "ring 912 34 567", "", "ingen", "Alt|Finnes ikke", "Borte"]
    files["prosesser"][1:] = [
        [row["name_nb"], "", "linjeleder", units[i % 9], "2026", "ja", systems[i % 7]]
        for i, row in enumerate(pack.rows("process"))
    ]
    _nothing_held(files, pack, number)
    files["systemer"].append(["Borte", "ukjent funksjon", "i bruk"])
    files["funksjoner"][1][1] = "ring 22 33 44 55"
    files["funksjoner"][2][1] = "Finnes ikke"
    files["funksjoner"][3][1] = "Borte"


def _without_systems(files: Files, pack: Pack, number: str) -> None:
    """Processes name systems, but no list of systems came."""
    _asides(files, pack, number)
    del files["systemer"], files["funksjoner"], files["dataobjekter"]


def _same_respondent(files: Files, pack: Pack, number: str) -> None:
    """Nine rows, three of them of one respondent, two of nobody, two masked: six count, as do both masked."""
    items = [item.item_id for item in pack.items("2026")]
    names = ["a", "B", " A ", "d", "a", "", "", "ola@kommune.no", "kari@kommune.no"]
    rows = [
        [name, *(str(1 + (who * 3 + n) % 5) for n in range(len(items)))] for who, name in enumerate(names)
    ]
    files["undersokelse"] = [["respondent_id", *items], *rows]


def _only_functions(files: Files, pack: Pack, number: str) -> None:
    files["funksjoner"] = [
        ["funksjon", "komplett"],
        *([r["function_id"], "ja"] for r in pack.rows("function")),
    ]
    del files["systemer"], files["dataobjekter"]


def _conflict(files: Files, pack: Pack, number: str) -> None:
    """Two process files that differ, and the same survey twice."""
    files["prosesser 2"] = files["prosesser"][:-4]
    files["undersokelse kopi"] = files["undersokelse"]


def _only_rejected(files: Files, pack: Pack, number: str) -> None:
    for name in ("undersokelse", "prosesser", "systemer"):
        files[name] = [["overskrift", "uten mening"], ["1", "2"]]
    del files["funksjoner"], files["dataobjekter"]


def _official(files: Files, pack: Pack, number: str) -> None:
    """One official answer beside the respondents', not valid for P5 and without BAR_12."""
    offered = [item for item in pack.items("2026") if item.item_id != "BAR_12"]
    answers = ["" if item.dimension_id == "P5" else "4" for item in offered]
    files["offisielle_svar"] = [["kommunenummer", *(i.item_id for i in offered)], [number, *answers]]


def _four_principles(files: Files, pack: Pack, number: str) -> None:
    """P3 was not asked; eight respondents who differ."""
    items = [item.item_id for item in pack.items("2026") if item.dimension_id != "P3"]
    rows = [[str(1 + (who * (place + 2)) % 5) for place in range(len(items))] for who in range(8)]
    files["undersokelse"] = [items, *rows]


def _all_alike(files: Files, pack: Pack, number: str) -> None:
    """No variance at all: the index has an interval of no width, the scores have their floor."""
    items = [item.item_id for item in pack.items("2026")]
    files["undersokelse"] = [items, *([["3"] * len(items)] * 6)]


SPECIALS = (
    *(_all_absent, _no_cross_unit, _unknown_scope, _nothing_held, _nothing_certain, _blank_lifecycles),
    *(_objects_in_systemer, _only_functions, _conflict, _only_rejected, _official, _four_principles),
    *(_all_alike, _contradicted, _same_name, _asides, _without_systems, _same_respondent),
)


# --- ordinary municipalities, with ever more faults -----------------------------------------


def _survey(pack: Pack, draw: Random, fault: float) -> Rows:
    offered = [item for item in pack.items("2026") if draw.random() >= fault]
    rows = [["respondent_id", *(item.item_id for item in offered)]]
    for respondent in range(draw.randint(3, 12)):
        answers = []
        for item in offered:
            status = draw.random()
            special = ["vet ikke", "ikke relevant", "", "9", "tja", "3,5", next(iter(item.labels))]
            answers.append(
                draw.choice(special) if status < 0.15 + fault else str(draw.randint(1, item.points))
            )
        rows.append([str(respondent + 1), *answers])
    return rows


def _processes(pack: Pack, draw: Random, fault: float, systems: list[str]) -> Rows:
    head = ["prosessnavn", "referanseprosess", "eierskap", "enheter", "beskrevet_dato", "måles", "systemer"]
    rows = [head]
    for row in pack.rows("process"):
        names = [row["process_id"], row["name_nb"], row["name_en"], row["name_nb"].upper()]
        for _ in range(draw.choice([1, 1, 1, 1, 2, 3] if draw.random() >= fault else [0, 0, 2, 3])):
            named = [_reference(draw, fault, systems) for _ in range(draw.choice([0, 0, 0, 1, 2]))]
            rows.append([*_process_row(draw, fault, names), "; ".join(named)])
    rows += [["Lokal prosess", "finnes ikke", "ingen", "A;B", "nei", "nei", ""]]
    rows += [["Lokal", *[""] * 6], [""] * 7, ["Merk: tallene er foreløpige", *[""] * 6]]
    return rows


def _process_row(draw: Random, fault: float, names: list[str]) -> list[str]:
    name, reference = draw.choice([("Eget navn", draw.choice(names)), (draw.choice(names), "")])
    if draw.random() < 0.05 + fault / 2:
        return ["Har ikke", draw.choice(names), "", "", "", ""]
    if draw.random() < fault / 2:
        name = ""
    units = draw.sample(UNITS, draw.randint(1, 3))
    dates = ["nei", "2024-12-31", "01.01.2025", "2025", "2026-12-31", "2024", "46000", "ukjent"]
    cells = [
        draw.choice(["ingen", "linjeleder", "prosesseier", "Prosesseier "]),
        "; ".join(units),
        "01.01.2027" if draw.random() < fault / 4 else draw.choice(dates),
        draw.choice(["ja", "nei", "Ja"]),
    ]
    return [name, reference, *("" if draw.random() < fault / 2 else cell for cell in cells)]


def _systems(pack: Pack, draw: Random, fault: float) -> Rows:
    functions = [row["function_id"] for row in pack.rows("function")]
    head = ["system_id", "systemnavn", "leverandør", "funksjon", "livsløp"]
    rows = [["Systemoversikt"], [], [*head, "anskaffet", "ros_dato", "avtaleslutt"]]
    for index in range(draw.randint(3, 9)):
        own = draw.sample(functions, draw.randint(1, 4))
        if draw.random() < fault / 2:
            own.append("ukjent funksjon")
        identifier = draw.choice([f"S{index}", f"S{index}", ""])
        name = f"System {index}"
        if draw.random() < fault / 2 and index:
            identifier, name = draw.choice([(rows[-1][0], name), (identifier, rows[-1][1])])
        life = draw.choice(["i bruk"] * 12 + ["under utfasing", "planlagt", "avviklet", "", "kanskje"])
        vendor = "" if draw.random() < 0.1 else "Ås AS"
        served = "" if draw.random() < fault / 6 else ";".join(own)
        bought, assessed = (
            "2027" if draw.random() < fault / 8 else draw.choice(["", "nei", "2024"]) for _ in "ab"
        )
        rows.append([identifier, name, vendor, served, life, bought, assessed, "31.12.2029"])
    return rows


def _reference(draw: Random, fault: float, names: list[str]) -> str:
    if draw.random() < fault / 4:
        return draw.choice(["Finnes ikke", ""])
    return _spelt(draw.choice(names), draw)


def _spelt(name: str, draw: Random) -> str:
    return draw.choice([name, name, name.upper(), f"  {name} "])


def _functions(pack: Pack, draw: Random, fault: float, names: list[str]) -> Rows:
    rows = [["funksjon", "systemer", "komplett"]]
    for row in pack.rows("function"):
        if draw.random() < fault / 2:
            continue
        listed = [_reference(draw, fault, names) for _ in range(draw.randint(0, 2))]
        cell = draw.choice([";".join(listed)] * 5 + ["har ikke"])
        rows.append([row["name_nb"], cell, draw.choice(["ja"] * 8 + ["nei", "", "tja"])])
        if draw.random() < fault / 4:
            rows.append([row["function_id"], "", "ja"])
    return rows


def _objects(pack: Pack, draw: Random, fault: float, names: list[str]) -> Rows:
    objects = [row["data_object_id"] for row in pack.rows("data_object")]
    rows = [["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master"]]
    plain = ["CRU", "C", "R", "U", "D", "r,u", "CRUD", "ingen", "R", "R"]
    for name in names:
        for name_of_object in draw.sample(
            objects, draw.randint(round(len(objects) * (1 - fault)), len(objects))
        ):
            for _ in range(2 if draw.random() < 0.03 + fault / 4 else 1):
                operations = (
                    draw.choice(plain) if draw.random() >= fault else draw.choice(["x", "", "Q", "ingen"])
                )
                copy = "nei" if operations == "ingen" else draw.choice(["ja", "nei", "ja", "nei", ""])
                master = "ja" if draw.random() < fault / 4 else draw.choice(["nei", ""])
                rows.append([_spelt(name, draw), name_of_object, operations, copy, master])
        rows.append([_reference(draw, fault, names), "Noe eget", "CRU", "", ""])
    return rows
