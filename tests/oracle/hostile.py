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
PERIODS = ("2025", "2026")
UNITS = ("HR", "Plan", "Arkiv", "Helse", "hr ", "PLAN")


def write_hostile(out: Path, packs: Sequence[Path], municipalities: int = 40, seed: int = 7) -> Path:
    """Write ``out/inbox`` and the overlay pack ``out/reference``; returns ``out``.

    After the ordinary municipalities follows one for each of ``SPECIALS``.
    """
    pack = load(packs)
    numbers = [str(9100 + index) for index in range(municipalities + len(SPECIALS))]
    _write_pack(out / "reference", numbers)
    for index, number in enumerate(numbers):
        is_special = index >= municipalities
        # From hardly any fault to one row in four.
        fault = 0.01 if is_special else 0.25 * index / municipalities
        # Every other ordinary municipality has answered before.
        for period in PERIODS if index % 2 and not is_special else PERIODS[1:]:
            draw = Random(f"{seed}-{number}" if period == PERIODS[1] else f"{seed}-{number}-{period}")
            files = _deliveries(pack, draw, fault)
            if is_special:
                SPECIALS[index - municipalities](files, pack, number)
            _write_files(out / "inbox" / period / number, files, index)
    for index, number in enumerate(FORMER):
        files = _deliveries(pack, Random(f"{seed}-{number}"), fault=0.02)
        if number == FORMER[1]:
            # Together with the other part there are respondents enough.
            files["undersokelse"] = files["undersokelse"][:4]
        if number == FORMER[3]:
            del files["undersokelse"], files["prosesser"], files["opplysninger"], files["tiltak"]
        _write_files(out / "inbox" / PERIODS[0] / number, files, index)
    return out


# Merged into 9301 (two parts) and 9302 (one of two delivered but systems), and divided between 9303 and 9304.
FORMER = ("9311", "9312", "9313", "9314", "9315")
CHANGES = (
    *(("9311", "9301", "merged"), ("9312", "9301", "merged"), ("9313", "9302", "merged")),
    *(("9314", "9302", "merged"), ("9315", "9303", "split"), ("9315", "9304", "split")),
)


def _write_files(folder: Path, files: Files, index: int) -> None:
    encoding, delimiter = DIALECTS[index % len(DIALECTS)]
    for name, rows in files.items():
        _write(folder / f"{name}.csv", _padded(rows), delimiter, encoding)


def _padded(rows: Rows) -> Rows:
    """Every row below the header, the first of the longest rows, as long as it."""
    width = max(map(len, rows))
    header = next(place for place, row in enumerate(rows) if len(row) == width)
    return [row if place < header else [*row, *[""] * (width - len(row))] for place, row in enumerate(rows)]


def _write_pack(folder: Path, numbers: Sequence[str]) -> None:
    municipality = (
        *("municipality_number", "name", "first_year", "county_number", "county_name", "kostra_group"),
        *("centrality_class", "area_km2", "latitude", "longitude", "is_fictional"),
    )
    today = sorted({new for _, new, _ in CHANGES})
    rows = [
        [
            *(n, f"Kantvik {n}", "2026" if n in today else "", "99", "Høgland", f"EKG0{4 + index % 3}"),
            *(str(1 + index % 6) if index % 9 else "", str(100 + 37 * (index % 11)), "", "", "true"),
        ]
        for index, n in enumerate([*numbers, *today])
    ]
    _write(folder / "municipality.csv", [list(municipality), *rows], ",")
    change = ("old_number", "old_name", "first_year", "last_year", "new_number", "new_name", "kind")
    changes = [[old, f"Gamle {old}", "", "2025", new, f"Kantvik {new}", kind] for old, new, kind in CHANGES]
    _write(folder / "municipality_change.csv", [list(change), *changes], ",")
    people = [[n, "2025", str(1000 + 700 * index)] for index, n in enumerate([*numbers, *today])]
    _write(folder / "population.csv", [["municipality_number", "year", "population"], *people], ",")
    periods = [[n, "2026"] for n in [*numbers, *today]]
    _write(folder / "participant.csv", [["municipality_number", "period"], *periods], ",")
    bodies = [["innsjo", "Innsjø IKT", "Innsjø ICT"], ["utsjo", "Utsjø IKT", "Utsjø ICT"]]
    _write(folder / "sbo.csv", [["sbo_id", "name_nb", "name_en"], *bodies], ",")
    owners = [[bodies[index % 2][0], n] for index, n in enumerate(numbers[:24])]
    _write(folder / "owner.csv", [["sbo_id", "municipality_number"], *owners], ",")


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
        "opplysninger": _process_data(pack, draw, fault),
        "tiltak": _initiatives(pack, draw, fault),
        "systemer": systems,
        "funksjoner": _functions(pack, draw, fault, names),
        "dataobjekter": _objects(pack, draw, fault, names),
        "integrasjoner": _exchanges(pack, draw, fault, names),
        "felleslosninger": _services(pack, draw, fault),
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
    for name in ("systemer", "funksjoner", "dataobjekter", "integrasjoner", "felleslosninger"):
        del files[name]


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
    del files["systemer"], files["dataobjekter"], files["integrasjoner"]


def _conflict(files: Files, pack: Pack, number: str) -> None:
    """Two process files that differ, and the same survey twice."""
    files["prosesser 2"] = files["prosesser"][:-4]
    files["undersokelse kopi"] = files["undersokelse"]


def _only_rejected(files: Files, pack: Pack, number: str) -> None:
    for name in list(files):
        if name in {"undersokelse", "prosesser", "systemer"}:
            files[name] = [["overskrift", "uten mening"], ["1", "2"]]
        else:
            del files[name]


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


def _areas(pack: Pack, draw: Random, fault: float) -> str:
    """None, one or several focus areas, now and then one that nobody knows."""
    names = [row["name_nb"] for row in pack.rows("focus_area")[:4]]
    own = draw.sample(names, draw.choice([0, 1, 1, 1, 2, 3]))
    return "; ".join([*own, "Ukjent område"] if draw.random() < fault / 4 else own)


ROLES = ("Enhetsleder", "IKT-leder", "it-leder", "Rektor", "Kommunal tusenkunstner", "ingen", "nei", "", "")


def _role(draw: Random, fault: float) -> str:
    return "post@kommune.no" if draw.random() < fault / 4 else draw.choice(ROLES)


def _process_data(pack: Pack, draw: Random, fault: float) -> Rows:
    """The pairs with a register, some twice, of processes that are delivered or not."""
    names = {row["process_id"]: row["name_nb"] for row in pack.rows("process")}
    rows = [["prosessnavn", "dataobjekt", "innhenting"]]
    plain = ["spurt_bruker", "tastet_manuelt", "register_auto", "gjenbruk_internt"]
    for row in pack.rows("process_object"):
        if draw.random() < 0.05 + fault / 2:
            continue
        for _ in range(2 if draw.random() < 0.1 + fault else 1):
            answer = draw.choice(["", "kanskje"]) if draw.random() < fault else draw.choice(plain)
            process = draw.choice([row["process_id"], names[row["process_id"]], "Eget navn"])
            rows.append([process, row["data_object_id"], answer])
    return [*rows, ["Finnes ikke", "person", plain[0]], ["Lokal", "Noe eget", plain[1]]]


def _initiatives(pack: Pack, draw: Random, fault: float) -> Rows:
    head = ["tiltak", "prosesser", "kartlagt_før", "ansvarlig_rolle", "gevinst_måles", "besluttet_dato"]
    rows = [head]
    processes = [row["name_nb"] for row in pack.rows("process")]
    for number in range(draw.randint(0, 6)):
        for _ in range(draw.choice([1, 1, 1, 2])):
            named = draw.sample([*processes, "Eget navn", "Finnes ikke"], draw.choice([0, 0, 1, 2]))
            name = "" if draw.random() < fault / 8 else _spelt(f"Tiltak {number}", draw)
            cells = [draw.choice(["ja", "nei", "ja", ""]), _role(draw, fault), draw.choice(["ja", "nei", ""])]
            day = "01.01.2028" if draw.random() < fault / 4 else draw.choice(["2024", "", "nei"])
            rows.append([name, "; ".join(named), *cells, day])
    return rows


def _exchanges(pack: Pack, draw: Random, fault: float, names: list[str]) -> Rows:
    objects = [row["name_nb"] for row in pack.rows("data_object")[:6]]
    rows = [["fra_system", "til_system", "dataobjekt", "automatisk"]]
    for _ in range(draw.randint(2, 14)):
        ends = [_reference(draw, fault, names) for _ in "ab"]
        row = [*ends, draw.choice([*objects, *objects, "", "Noe eget"]), draw.choice(["ja", "ja", "nei", ""])]
        rows.append(row)
        if draw.random() < 0.15:
            rows.append([*row[:3], draw.choice(["ja", "nei", ""])])
    return rows


def _services(pack: Pack, draw: Random, fault: float) -> Rows:
    rows = [["løsning", "i_bruk"]]
    for row in pack.rows("shared_service"):
        if draw.random() >= 0.05 + fault / 2:
            for _ in range(2 if draw.random() < fault / 4 else 1):
                rows.append(
                    [draw.choice([row["service_id"], row["name_nb"]]), draw.choice(["ja", "nei", "ja"])]
                )
    return [*rows, ["Ukjent løsning", "ja"]]


def _survey(pack: Pack, draw: Random, fault: float) -> Rows:
    offered = [item for item in pack.items("2026") if draw.random() >= fault]
    rows = [["respondent_id", *(item.item_id for item in offered), "satsingsområde"]]
    for respondent in range(draw.randint(3, 18)):
        answers = []
        for item in offered:
            status = draw.random()
            special = ["vet ikke", "ikke relevant", "", "9", "tja", "3,5", next(iter(item.labels))]
            answers.append(
                draw.choice(special) if status < 0.15 + fault else str(draw.randint(1, item.points))
            )
        rows.append([str(respondent + 1), *answers, _areas(pack, draw, fault)])
    return rows


def _processes(pack: Pack, draw: Random, fault: float, systems: list[str]) -> Rows:
    head = ["prosessnavn", "referanseprosess", "eierskap", "enheter", "beskrevet_dato", "måles", "systemer"]
    head += ["eier_rolle", "selvbetjening", "volum_per_år"]
    rows = [head]
    for row in pack.rows("process"):
        names = [row["process_id"], row["name_nb"], row["name_en"], row["name_nb"].upper()]
        for _ in range(draw.choice([1, 1, 1, 1, 2, 3] if draw.random() >= fault else [0, 0, 2, 3])):
            named = [_reference(draw, fault, systems) for _ in range(draw.choice([0, 0, 0, 1, 2]))]
            rows.append([*_process_row(draw, fault, names), "; ".join(named), *_process_more(draw, fault)])
    rows += [["Lokal prosess", "finnes ikke", "ingen", "A;B", "nei", "nei", ""]]
    rows += [["Lokal", *[""] * 6], [""] * 7, ["Merk: tallene er foreløpige", *[""] * 6]]
    return rows


def _process_more(draw: Random, fault: float) -> list[str]:
    served = draw.choice(["ja", "nei", "ja", "ikke relevant", ""])
    return [_role(draw, fault), served, draw.choice(["", "1 200", "17"])]


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
    more = ["satsingsområde", "systemeier_rolle", "personopplysninger", "funksjonell_egnethet"]
    more += ["teknisk_egnethet", "produkt", "årlig_kostnad"]
    rows = [["Systemoversikt"], [], [*head, "anskaffet", "ros_dato", "avtaleslutt", *more]]
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
            "2027" if draw.random() < fault / 8 else draw.choice(["", "nei", "2024", "31.12.2024"])
            for _ in "ab"
        )
        ending = draw.choice(["31.12.2029", "2026-12-31", "01.02.2025", ""])
        row = [identifier, name, vendor, served, life, bought, assessed, ending]
        ratings = [draw.choice(["1", "2", "3", "4", "5", "", "9"]) for _ in "ab"]
        personal = draw.choice(["ja", "ja", "nei", ""])
        product = draw.choice([*(product["name"] for product in pack.rows("product")[:5]), "", "Eget"])
        cost = draw.choice(["1 000,50", "12.5", "", "300"])
        rows.append([*row, _areas(pack, draw, fault), _role(draw, fault), personal, *ratings, product, cost])
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
    rows = [["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master", "kilde"]]
    sources = ["register_auto", "register_manuell", "egenregistrert", "system_auto", "", "annet"]
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
                is_master = draw.random() < (0.02 if operations == "ingen" else 0.15)
                master = "ja" if is_master else draw.choice(["nei", "nei", ""])
                source = draw.choice(sources)
                rows.append([_spelt(name, draw), name_of_object, operations, copy, master, source])
        rows.append([_reference(draw, fault, names), "Noe eget", "CRU", "", "", ""])
    return rows
