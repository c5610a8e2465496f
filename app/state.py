"""What the pages share within Streamlit: the release in use, the language, kept query results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from app import queries
from app.texts import LANGUAGES, TEXTS, Language, text
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


def choose(parameter: str, label: str, options: list[str], names: dict[str, str] | None = None) -> str:
    """A selection that stands in the page's address, so that a link shows what its sender saw."""
    wanted = st.query_params.get(parameter)
    start = options.index(wanted) if wanted in options else 0
    chosen: str = st.selectbox(label, options, index=start, format_func=lambda o: (names or {}).get(o, o))
    st.query_params[parameter] = chosen
    return chosen


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


def size_classes(values: pl.DataFrame) -> list[str | None]:
    """The size classes of municipalities, smallest first; those without population last."""
    smallest = (
        values.group_by("size_class")
        .agg(pl.col("population").min())
        .sort("population", "size_class", nulls_last=True)
    )
    return smallest["size_class"].to_list()


def indicator_names(catalogue: pl.DataFrame) -> dict[str, str]:
    """indicator_id → name in the language in use."""
    return dict(zip(catalogue["indicator_id"], catalogue[f"name_{language()}"], strict=True))


def families(catalogue: pl.DataFrame) -> dict[str, str]:
    """family → name, in the catalogue's order."""
    found = catalogue["family"].unique(maintain_order=True).to_list()
    return {family: say(f"family_{family}") for family in found}
