"""Which municipality, system, process or data object of the build a text means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipelines.analysis.built import AnalysisError, rows
from pipelines.analysis.wording import Language, say
from pipelines.reference.names import normalise

if TYPE_CHECKING:
    import duckdb

# A name or an id, as it is written → the key it stands for. They are compared as `normalise` makes them.
Names = Mapping[str, str]
# Where something is looked for: words, or a function of the language that gives them.
Place = str | Callable[[Language], str]

_NEAR = 3
# So many are listed when none is like.
_LISTED = 12


def find(text: str, names: Names, what: str, where: Place) -> str:
    """The key that a text names. Raises AnalysisError with the nearest names where there is none.

    what: what is looked for, as texts.yml has it (``what_…``).
    """
    # The first of several alike is meant.
    written = {normalise(name): name for name in reversed(list(names))}
    name = written.get(normalise(text))
    if name is not None:
        return names[name]
    near = [written[one] for one in get_close_matches(normalise(text), list(written), _NEAR)]
    raise AnalysisError(
        "error_not_found",
        what=lambda lang: say(f"what_{what}", lang),
        text=text,
        where=where,
        hint=lambda lang: _hint(near, names, lang),
    )


def _hint(near: Sequence[str], names: Names, lang: Language) -> str:
    """The nearest, as they are written and what they mean; without them all that there is, or how many."""
    if near:
        meant: dict[str, str] = {}
        for name in near:
            meant.setdefault(names[name], name)
        told = [_both(name, key, called(key, names, lang)) for key, name in meant.items()]
        return say("hint_near", lang, names=", ".join(told))
    keys = sorted(set(names.values()))
    if 0 < len(keys) <= _LISTED:
        told = [_both(called(key, names, lang), key, key) for key in keys]
        return say("hint_all", lang, names=", ".join(told))
    return say("hint_many", lang, n=len(keys))


def _both(written: str, key: str, called: str) -> str:
    """What is written, and what it stands for where that is something else."""
    other = called if written == key else key
    return written if other == written else f"{written} ({other})"


def called(key: str, names: Names, lang: Language) -> str:
    """A key's name in a language: Norwegian names stand before English ones."""
    called = [name for name, one in names.items() if one == key and name != key]
    return (called[0] if lang == "nb" else called[-1]) if called else key


def check_period(connection: duckdb.DuckDBPyConnection, period: str) -> None:
    """Raises AnalysisError with the periods that there are, where the build has not this one."""
    known = rows(connection, "select distinct period from main.dim_municipality order by period")
    periods = [row["period"] for row in known]
    if period not in periods:
        raise AnalysisError("error_no_period", period=period, periods=", ".join(periods))


def system_names(connection: duckdb.DuckDBPyConnection, municipality: str, period: str) -> dict[str, str]:
    """Names and ids of a municipality's systems → system_key."""
    found = rows(
        connection,
        "select system_key, system_id, system_name from lake.system"
        " where municipality_number = ? and period = ? order by system_key, system_name",
        [municipality, period],
    )
    return _index((row["system_key"], (row["system_name"], row["system_id"])) for row in found)


def process_names(connection: duckdb.DuckDBPyConnection, municipality: str, period: str) -> dict[str, str]:
    """Codes and names of the pack's processes, and the municipality's own names for them → process_id."""
    found = rows(connection, "select process_id, name_nb, name_en from reference.process order by process_id")
    own = rows(
        connection,
        "select process_id, process_name from lake.process where municipality_number = ? and period = ?"
        " and process_id is not null and not coalesce(is_absent, false) order by process_id, process_name",
        [municipality, period],
    )
    ours = _index((r["process_id"], (r["process_id"], r["name_nb"], r["name_en"])) for r in found)
    return {**ours, **_index((r["process_id"], (r["process_name"],)) for r in own), **ours}


def object_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Codes and names of the pack's data objects → data_object_id."""
    found = rows(
        connection,
        "select data_object_id, name_nb, name_en from reference.data_object order by data_object_id",
    )
    return _index((r["data_object_id"], (r["data_object_id"], r["name_nb"], r["name_en"])) for r in found)


def area_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Codes and names of the pack's focus areas → focus_area_id."""
    found = rows(
        connection, "select focus_area_id, name_nb, name_en from reference.focus_area order by focus_area_id"
    )
    return _index((r["focus_area_id"], (r["focus_area_id"], r["name_nb"], r["name_en"])) for r in found)


def municipality_names(connection: duckdb.DuckDBPyConnection, period: str) -> dict[str, str]:
    """Numbers and names of a period's municipalities → municipality_number; a name of two is left out."""
    found = rows(
        connection,
        "select municipality_number, name from main.dim_municipality where period = ? order by all",
        [period],
    )
    alike = Counter(normalise(row["name"]) for row in found if row["name"])
    unique = {r["name"]: r["municipality_number"] for r in found if alike[normalise(r["name"] or "")] == 1}
    return {**{r["municipality_number"]: r["municipality_number"] for r in found}, **unique}


def _index(named: Iterable[tuple[str | None, Iterable[str | None]]]) -> dict[str, str]:
    index: dict[str, str] = {}
    for key, texts in named:
        for name in texts:
            if key and name:
                index.setdefault(name, key)
    return index


def place(key: str, **filled: object) -> Place:
    """A text of texts.yml as a place to look in."""
    return lambda lang: say(key, lang, **filled)
