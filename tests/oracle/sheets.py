"""Which table of the contract a sheet is, found from its headers, and its rows as column → text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .files import Table
from .names import header, norm
from .pack import Item, Pack
from .personal import masked

# Sheet of the contract → its columns by the Norwegian template's header; ``*`` marks the required.
COLUMNS: dict[str, tuple[str, ...]] = {
    "systems": (
        *("system id", "systemnavn*", "leverandør", "produkt", "funksjon*", "satsingsområde"),
        *("eier enhet", "systemeier rolle", "driftsmodell", "livsløp", "anskaffet", "avtaleslutt"),
        *("årlig kostnad", "brukere", "personopplysninger", "ros dato", "funksjonell egnethet"),
        *("teknisk egnethet", "dataobjekter"),
    ),
    "functions": ("funksjon*", "systemer", "komplett"),
    "system_data_objects": ("systemnavn*", "dataobjekt*", "operasjoner", "lagrer kopi", "master", "kilde"),
    "exchanges": ("fra system*", "til system*", "dataobjekt", "automatisk"),
    "shared_services": ("løsning*", "i bruk"),
    "processes": (
        *("prosessnavn*", "referanseprosess", "prosesstype", "satsingsområde", "eierskap", "eier rolle"),
        *("eier enhet", "enheter", "systemer", "beskrevet dato", "måles", "selvbetjening", "volum per år"),
    ),
    "process_data": ("prosessnavn*", "dataobjekt*", "innhenting"),
    "initiatives": (
        *("tiltak*", "prosesser", "mål", "besluttet dato", "kartlagt før", "ansvarlig rolle"),
        *("gevinst måles", "status"),
    ),
}
KIND_OF_SHEET = {
    **dict.fromkeys(
        ("systems", "functions", "system_data_objects", "exchanges", "shared_services"), "systems"
    ),
    **dict.fromkeys(("processes", "process_data", "initiatives"), "processes"),
    "survey": "survey",
}
SYNONYMS = {
    "system": "systemnavn",
    "navn på system": "systemnavn",
    "system name": "systemnavn",
    "system navn": "systemnavn",
    "vendor": "leverandør",
    "function": "funksjon",
    "functions": "funksjon",
    "funksjoner": "funksjon",
    "lifecycle": "livsløp",
    "systems": "systemer",
    "complete": "komplett",
    "data object": "dataobjekt",
    "operations": "operasjoner",
    "keeps copy": "lagrer kopi",
    "source": "kilde",
    "process name": "prosessnavn",
    "prosess navn": "prosessnavn",
    "prosess": "prosessnavn",
    "reference process": "referanseprosess",
    "process type": "prosesstype",
    "ownership": "eierskap",
    "units": "enheter",
    "described date": "beskrevet dato",
    "is measured": "måles",
    "data objects": "dataobjekter",
    "focus area": "satsingsområde",
    "focus areas": "satsingsområde",
    "satsingsområder": "satsingsområde",
    "owner role": "eier rolle",
    "self service": "selvbetjening",
    "yearly volume": "volum per år",
    "collection": "innhenting",
    "from system": "fra system",
    "to system": "til system",
    "automatic": "automatisk",
    "is automatic": "automatisk",
    "shared service": "løsning",
    "in use": "i bruk",
    "initiative": "tiltak",
}
MUNICIPALITY_HEADERS = {
    "kommunenummer",
    "kommunenr",
    "kommune nr",
    "kommune",
    "municipality number",
    "municipality",
}
LONG_ITEM = {"item", "item id", "spørsmål", "spørsmålskode", "question"}
LONG_ANSWER = {"svar", "answer", "verdi", "value"}
LONG_RESPONDENT = {"respondent", "respondent id", "svar id", "$submission id"}
WIDE_RESPONDENT = LONG_RESPONDENT | {"submission id", "svar-id", "respons-id", "response id", "id"}
# What only a respondent's own answer has beside it; a municipality's official answer has none of it.
OF_AREAS = {
    *("satsingsområde", "satsingsområder", "satsningsområde", "satsningsområder", "focus area"),
    *("focus areas", "hvilket satsingsområde arbeider du med"),
}
OF_RESPONDENTS = {
    *("rollegruppe", "role group", "rolle", "role", "stillingsgruppe", "hvilken rolle har du", "din rolle"),
    *("your role", "satsingsområde", "satsingsområder", "satsningsområde", "satsningsområder", "focus area"),
    *("focus areas", "hvilket satsingsområde arbeider du med", "stilling", "avdeling", "enhet", "$created"),
    *("created", "opprettet", "$answer time ms", "starttidspunkt", "fullføringstidspunkt", "start time"),
    *("completion time", "tidspunkt", "tidsstempel", "timestamp", "submitdate", "startdate", "datestamp"),
    *("innsendt", "dato", "date", "e-post", "e-postadresse", "email", "navn", "name"),
}
HEADER_SEARCH_ROWS = 40
# So many columns of a contract sheet show which one was meant, though a required one is missing.
MEANT_FROM = 3
NAMES_OF_KINDS = (
    ("undersokelse", "survey"),
    ("survey", "survey"),
    ("prosess", "processes"),
    ("system", "systems"),
)


@dataclass(frozen=True)
class Sheet:
    """A recognised sheet.

    sheet: the contract's id; rows: (row number, {column: text}) without the rows that are blank in
    every recognised column; offered: the survey items that had a column; missing: the required
    columns that had none; has_respondents: whether a column tells of who answered.
    """

    sheet: str
    rows: list[tuple[int, dict[str, str]]]
    score: int
    offered: tuple[str, ...] = ()
    has_municipality: bool = False
    missing: tuple[str, ...] = ()
    has_respondents: bool = False


@dataclass(frozen=True)
class _Match:
    sheet: str
    columns: dict[int, str]
    offered: tuple[str, ...] = field(default=())
    doubled: tuple[str, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())

    @property
    def score(self) -> int:
        return len(self.columns)

    @property
    def rank(self) -> tuple[int, bool]:
        """The sheet whose columns match best; of two as good, the one that misses nothing."""
        return self.score, not self.missing


def recognise(table: Table, pack: Pack, items: Sequence[Item]) -> Sheet | None:
    """The contract sheet that the table's best header row matches, or None.

    Raises ValueError where a header stands twice.
    """
    best: tuple[int, _Match] | None = None
    for index, row in enumerate(table.rows[:HEADER_SEARCH_ROWS]):
        for match in _matches(row, pack, items):
            if best is None or match.rank > best[1].rank:
                best = (index, match)
    if best is None:
        return None
    index, match = best
    if match.doubled:
        raise ValueError(f"two columns for {match.doubled}")
    if match.sheet == "matrix":
        return _from_matrix(table, index, match)
    rows = [
        (number, cells)
        for number, row in enumerate(table.rows[index + 1 :], start=index + 2)
        if any((cells := {name: _cell(row, place, name) for place, name in match.columns.items()}).values())
    ]
    has_municipality = "municipality" in match.columns.values()
    if match.sheet == "long":
        return _from_long(rows, match, items, has_municipality)
    heads = {header(cell) for cell in table.rows[index]}
    asked = "respondent" in match.columns.values() or not OF_RESPONDENTS.isdisjoint(heads)
    return Sheet(match.sheet, rows, match.score, match.offered, has_municipality, match.missing, asked)


def _cell(row: list[str], place: int, column: str) -> str:
    return masked(row[place].replace("\u00a0", " ").strip(), column) if place < len(row) else ""


def _matches(row: list[str], pack: Pack, items: Sequence[Item]) -> list[_Match]:
    heads = [header(cell) for cell in row]
    found = [m for sheet in COLUMNS if (m := _register_match(sheet, heads))]
    found += [
        m for m in (_survey_match(heads, items), _long_match(heads), _matrix_match(row, heads, pack)) if m
    ]
    return found


def _municipality_column(heads: list[str]) -> dict[int, str]:
    places = [i for i, head in enumerate(heads) if head in MUNICIPALITY_HEADERS]
    return {places[0]: "municipality"} if places else {}


def _register_match(sheet: str, heads: list[str]) -> _Match | None:
    known = {column.rstrip("*") for column in COLUMNS[sheet]}
    columns: dict[int, str] = {}
    for place, head in enumerate(heads):
        name = head if head in known else SYNONYMS.get(head, "")
        if name in known:
            columns[place] = name
    required = {column[:-1] for column in COLUMNS[sheet] if column.endswith("*")}
    missing = tuple(sorted(required - set(columns.values())))
    if len(columns) < (MEANT_FROM if missing else 2):
        return None
    doubled = tuple(name for name, count in Counter(columns.values()).items() if count > 1)
    return _Match(sheet, {**columns, **_municipality_column(heads)}, doubled=doubled, missing=missing)


def _survey_match(heads: list[str], items: Sequence[Item]) -> _Match | None:
    columns: dict[int, str] = {}
    for place, head in enumerate(heads):
        for item in items:
            if head in item.headers:
                columns[place] = item.item_id
    if not columns:
        return None
    doubled = tuple(name for name, count in Counter(columns.values()).items() if count > 1)
    offered = tuple(sorted(set(columns.values())))
    for place, head in enumerate(heads):
        if head and place not in columns and head not in MUNICIPALITY_HEADERS:
            is_id = head in WIDE_RESPONDENT and "respondent" not in columns.values()
            is_area = head in OF_AREAS and "focus area" not in columns.values()
            columns[place] = "respondent" if is_id else "focus area" if is_area else f"background:{place}"
    return _Match("survey", {**columns, **_municipality_column(heads)}, offered, doubled)


def _long_match(heads: list[str]) -> _Match | None:
    columns: dict[int, str] = {}
    for name, headers in (("respondent", LONG_RESPONDENT), ("item", LONG_ITEM), ("answer", LONG_ANSWER)):
        places = [place for place, head in enumerate(heads) if head in headers]
        if not places:
            return None
        columns[places[0]] = name
    return _Match("long", {**columns, **_municipality_column(heads)})


def _matrix_match(row: list[str], heads: list[str], pack: Pack) -> _Match | None:
    """Systems down, objects across: a name column and at least two data objects as headers."""
    if "systemnavn" not in [SYNONYMS.get(head, head) for head in heads]:
        return None
    objects = pack.concepts("data_object")
    columns = {place: norm(cell) for place, cell in enumerate(row) if norm(cell) in objects}
    if len(columns) < 2:
        return None
    place = [SYNONYMS.get(head, head) for head in heads].index("systemnavn")
    return _Match("matrix", {**columns, place: "systemnavn"})


def _from_matrix(table: Table, index: int, match: _Match) -> Sheet:
    name_place = next(place for place, name in match.columns.items() if name == "systemnavn")
    rows = [
        (number, {"systemnavn": system, "dataobjekt": name, "operasjoner": operations})
        for number, row in enumerate(table.rows[index + 1 :], start=index + 2)
        for system in [_cell(row, name_place, "systemnavn")]
        for place, name in match.columns.items()
        if name != "systemnavn" and (operations := _cell(row, place, "operasjoner"))
    ]
    return Sheet("system_data_objects", rows, match.score)


def _from_long(
    rows: list[tuple[int, dict[str, str]]], match: _Match, items: Sequence[Item], has_municipality: bool
) -> Sheet:
    """One row per answer → one row per respondent."""
    by_header = {name: item.item_id for item in items for name in item.headers}
    wide: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    offered: set[str] = set()
    for number, cells in rows:
        question = header(cells["item"])
        column = by_header.get(question, "focus area" if question in OF_AREAS else "")
        if not column:
            continue
        offered |= {column} - {"focus area"}
        key = (cells.get("municipality", ""), cells["respondent"])
        row = wide.setdefault(key, (number, {"municipality": cells.get("municipality", "")}))[1]
        # Two answers of one respondent to one question: nobody can say which is meant.
        row[column] = "" if column in row else cells["answer"]
    found = tuple(sorted(offered))
    return Sheet("survey", list(wide.values()), match.score, found, has_municipality, has_respondents=True)


def kind_from_name(file_name: str) -> str:
    """The kind of a file of which nothing was recognised."""
    plain = norm(file_name).replace("ø", "o")
    return next((kind for part, kind in NAMES_OF_KINDS if part in plain), "unknown")
