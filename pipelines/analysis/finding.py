"""Which municipality, system, process or data object of the build a text means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipelines.analysis.built import AnalysisError, rows
from pipelines.reference.names import normalise

if TYPE_CHECKING:
    import duckdb

# A name or an id, as it is written → the key it stands for. They are compared as `normalise` makes them.
Names = Mapping[str, str]

_NEAR = 3
# So many are listed when none is like.
_LISTED = 12


def find(text: str, names: Names, what: str, where: str) -> str:
    """The key that a text names. Raises AnalysisError with the nearest names where there is none."""
    # The first of several alike is meant.
    written = {normalise(name): name for name in reversed(list(names))}
    name = written.get(normalise(text))
    if name is not None:
        return names[name]
    near = get_close_matches(normalise(text), list(written), _NEAR)
    raise AnalysisError(f"no {what} {text!r} in {where}; {_hint([written[one] for one in near], names)}")


def _hint(near: Sequence[str], names: Names) -> str:
    if near:
        return f"did you mean {', '.join(near)}?"
    keys = sorted(set(names.values()))
    return f"there is {', '.join(keys)}" if 0 < len(keys) <= _LISTED else f"there are {len(keys)}"


def check_period(connection: duckdb.DuckDBPyConnection, period: str) -> None:
    """Raises AnalysisError with the periods that there are, where the build has not this one."""
    known = rows(connection, "select distinct period from main.dim_municipality order by period")
    periods = [row["period"] for row in known]
    if period not in periods:
        raise AnalysisError(f"the build has no period {period!r}; it has {', '.join(periods)}")


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
