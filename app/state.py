"""What the pages share within Streamlit: the release in use, the language, kept query results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import peers, queries
from app.texts import AREA_OF, LANGUAGES, TEXTS, Language, text
from pipelines.settings import Settings


def language() -> Language:
    """The language chosen in the side bar; bokmål until somebody chooses."""
    return LANGUAGES[st.session_state.get("language", next(iter(LANGUAGES)))]


def say(key: str, **values: object) -> str:
    """The text behind a key in the language in use."""
    return text(key, language(), **values)


def choose_language() -> None:
    """The switch in the side bar."""
    st.sidebar.selectbox(text("language", "nb"), list(LANGUAGES), key="language")


def release_path() -> Path:
    """The current member file; without one the page says what to do and stops."""
    try:
        path = queries.current_release(Settings.from_environment().releases)
    except queries.NoReleaseError:
        st.info(say("no_release"))
        st.stop()
    st.sidebar.caption(say("release", release_id=ask(queries.release, path)["release_id"]))
    return path


@st.cache_data(show_spinner=False, max_entries=200)
def _kept(query: str, path: Path, *arguments: Any) -> Any:
    return getattr(queries, query)(path, *arguments)


def ask(query: Callable[..., Any], path: Path, *arguments: Any) -> Any:
    """The result of one of our queries on a release, kept as long as the release is the same."""
    return _kept(query.__name__, path, *arguments)


def choose_period(path: Path) -> str:
    """The period in use, newest first, shared by the pages through the address (``?periode=``)."""
    periods: list[str] = ask(queries.periods, path)
    if not periods:
        st.info(say("no_values"))
        st.stop()
    return choose("periode", say("period"), periods)


def choose(
    parameter: str,
    label: str,
    options: list[str],
    names: dict[str, str] | None = None,
    default: str | None = None,
) -> str:
    """A selection that stands in the page's address, so that a link shows what its sender saw, and that the
    next page begins with.
    """
    # A key of its own: without one a new start value would make it another widget, and lose the choice.
    # Set in every run: the widget of another page would begin anew. Kept: a page between may lack it.
    key, kept = f"choice_{parameter}", f"kept_{parameter}"
    wanted = (st.session_state.get(key), st.query_params.get(parameter), st.session_state.get(kept), default)
    st.session_state[key] = next((option for option in wanted if option in options), options[0])
    chosen: str = st.selectbox(label, options, key=key, format_func=lambda o: (names or {}).get(o, o))
    st.query_params[parameter] = st.session_state[kept] = chosen
    return chosen


def choose_municipality(everyone: pl.DataFrame, place: DeltaGenerator) -> dict[str, Any]:
    """The municipality in use, owners first; place: where its selection stands."""
    is_fictional = choose_fictional(everyone)
    candidates = everyone.filter(pl.col("is_fictional") == is_fictional).sort(
        "is_owner", "name", "municipality_number", descending=[True, False, False]
    )
    names = dict(zip(candidates["municipality_number"], candidates["name"], strict=True))
    with place:
        chosen = choose("kommune", say("municipality"), list(names), names)
    return candidates.filter(pl.col("municipality_number") == chosen).row(0, named=True)


def choose_fictional(municipalities: pl.DataFrame) -> bool:
    """Fictional and real municipalities never stand together: with both there is a choice."""
    kinds = sorted(set(municipalities["is_fictional"].to_list()))
    is_fictional = kinds[0]
    if len(kinds) == 2:
        label = {False: say("real"), True: say("fictional_short")}
        is_fictional = st.radio(
            say("kind_of_municipality"), kinds, format_func=lambda k: label[k], horizontal=True
        )
    if is_fictional:
        st.info(say("fictional"), icon=":material/info:")
    return bool(is_fictional)


def size_name(size_class: str | None) -> str:
    """A size class in words; a class of somebody's own pack has its id for a name."""
    if size_class is None:
        return say("size_unknown")
    return say(size_class) if size_class in TEXTS else size_class


def called(path: Path, kind: str) -> dict[str, str]:
    """code → name in the language in use, of one kind of thing in the reference pack."""
    known: pl.DataFrame = ask(queries.names, path)
    of_kind = known.filter(pl.col("kind") == kind)
    return dict(zip(of_kind["code"], of_kind[f"name_{language()}"], strict=True))


def choose_group(groups: pl.DataFrame, default: str) -> str:
    """The type of peer group to compare with, of those that there are."""
    types = set(groups["peer_group_type"])
    found = {kind: say(f"group_{kind}") for kind in peers.TYPES if kind in types}
    return choose("gruppe", say("group"), list(found), found, default if default in found else None)


def group_name(path: Path, everyone: pl.DataFrame, group_type: str, peer_group: str | None) -> str:
    """A peer group in words; everyone: the municipalities of the period."""
    if peer_group is None:
        return say("size_unknown") if group_type == "size_class" else say("group_none")
    code = peers.code(peer_group)
    match group_type:
        case "size_class":
            name = size_name(code)
        case "centrality":
            name = say("centrality_class", code=code)
        case "county":
            name = dict(everyone.select("county_number", "county_name").iter_rows()).get(code) or code
        case "nearest":
            names = dict(everyone.select("municipality_number", "name").iter_rows())
            name = say("nearest_of", name=names.get(code, code))
        case "all":
            name = say("group_all")
        case _:
            name = called(path, peers.NAMED[group_type]).get(code, code)
    return name


def indicators(path: Path) -> pl.DataFrame:
    """The catalogue with the area that each indicator is shown in."""
    catalogue: pl.DataFrame = ask(queries.indicators, path)
    return catalogue.with_columns(area=pl.col("family").replace(AREA_OF))


def indicator_names(catalogue: pl.DataFrame) -> dict[str, str]:
    """indicator_id → name in the language in use."""
    return dict(zip(catalogue["indicator_id"], catalogue[f"name_{language()}"], strict=True))


def areas(catalogue: pl.DataFrame) -> dict[str, str]:
    """area → name, in the catalogue's order; a family of somebody's own pack is called by its id."""
    found = catalogue["area"].unique(maintain_order=True).to_list()
    return {area: say(f"area_{area}") if f"area_{area}" in TEXTS else area for area in found}
