"""The build file of the last run, for reading: only when dbt built and tested all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.analysis.wording import Language, is_text, say
from pipelines.orchestration import build_note
from pipelines.settings import Settings

Row = dict[str, Any]


class AnalysisError(ValueError):
    """A question cannot be answered; the message says why and what to do.

    text: a key of texts.yml, whose places are filled (by what a function of the language gives, where it is
    one), or the message itself.
    """

    def __init__(self, text: str, /, **filled: object) -> None:
        self._text, self._filled = text, filled
        super().__init__(self.told("en"))

    def with_names(self, names: Mapping[Language, Mapping[str, str]]) -> AnalysisError:
        """The same error with names beside the ids that it tells of. names: language → id → name."""

        def named(key: str) -> Callable[[Language], str]:
            return lambda lang: f"{names[lang][key]} ({key})" if key in names[lang] else key

        filled = {k: named(one) if isinstance(one, str) else one for k, one in self._filled.items()}
        return AnalysisError(self._text, **filled)

    def told(self, lang: Language) -> str:
        """The message in a language."""
        if not is_text(self._text):
            return self._text
        words = {name: one(lang) if callable(one) else one for name, one in self._filled.items()}
        return say(self._text, lang, **words)


@contextmanager
def errors_in(lang: Language) -> Iterator[None]:
    """Let what cannot be answered be told in the language that was asked for."""
    try:
        yield
    except AnalysisError as error:
        raise AnalysisError(error.told(lang)) from error


def tested_build(settings: Settings) -> Path:
    """The build file. Raises AnalysisError where no run has built and tested one."""
    note = build_note.read(settings)
    if note is None or not note.is_tested or not settings.build_file.exists():
        raise AnalysisError("error_no_build", file=settings.build_file)
    return settings.build_file


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a build file that nobody writes: the caller holds its writer's lock."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(path), read_only=True, config=config)
    try:
        yield connection
    finally:
        connection.close()


def rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
    """The rows of a query as dictionaries, in the query's order."""
    result = connection.execute(sql, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
