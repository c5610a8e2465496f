"""A source's own headers and values, put into the contract's by a ``mapping.yml`` beside its files.

Read by Pydantic, so that a mistake fails at load and names the nearest legal names. What it holds::

    kind: systems
    files: "*.csv"                   # which files of the folder; default all
    sheet: Data                      # the workbook's sheet; default: the one that matches
    contract_sheet: systems          # needed only where the columns fit several
    encoding: cp1252                 # default: told by the bytes
    delimiter: ";"
    header_rows: 2                   # two-row headers: "group | item", the group row filled forward
    columns:
      ID: system_id                  # source header -> contract column, or a list of them
      "Group | Question": item:PU1   # a survey item
    values:
      lifecycle: {Live: in_use}      # source value -> contract value (or a list of them)
      function_ids:                  # or rules, also over several source columns
        otherwise: blank             # what matches no rule: keep (default) or blank
        rules:
          - {from: Department, value: Police, to: policing}
          - {from: Purpose, pattern: "payroll|salar", to: [payroll]}
    constants: {lifecycle: in_use}
    split: {function_ids: "[,/]"}    # separators instead of ; | and line breaks
    ignore: [Comment]                # headers that are left out without a warning
    scale: {how_often: {eher häufig: 4, keine Angabe: dont_know}}
    unpivot:                         # wide forms: several columns for each thing that headers name
      - pattern: "{function_id}: {field}"          # header "Lønn: system"
        fields: {system: system_names, komplett: is_complete}
      - pattern: "{data_object_name} - CRUD"       # one column for each thing: what its cell fills
        cell: operations

Of a pattern in ``unpivot`` the contract column in braces takes the name of the thing; with ``cell`` it may
stand alone (``"{service_id}"``: the headers are the things). Other patterns are regular expressions as
``ingest.patterns`` reads them.
"""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.ingest.contract import Sheet, load_contract
from pipelines.ingest.patterns import pattern_fault
from pipelines.ingest.text import header_key, key
from pipelines.ingest.unpivot import Unpivot
from pipelines.ingest.vocabulary import ITEM

# Sheets that say something of each thing beside another; the others are lists of things.
WIDE_SHEETS = frozenset({"functions", "process_data", "shared_services", "system_data_objects"})
ANSWER_STATUSES = ("dont_know", "not_relevant", "blank")
Kind = Literal["survey", "processes", "systems"]


class MappingError(ValueError):
    """A mapping that cannot be used; the text names the place, what was found and what to do."""


class ValueRule(BaseModel):
    """One value: a text (``value``) or a regular expression (``pattern``, found anywhere, case ignored)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    to: tuple[str, ...]
    value: str | None = None
    pattern: str | None = None
    source: str | None = Field(default=None, alias="from")

    @field_validator("to", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_way(self) -> ValueRule:
        if (self.value is None) == (self.pattern is None):
            raise ValueError("a rule needs either value or pattern")
        if self.pattern is not None and (fault := pattern_fault(self.pattern)):
            raise ValueError(f"pattern {self.pattern[:80]!r} {fault}")
        return self


class ValueMap(BaseModel):
    """How one contract column's values are read; every matching rule of a multi-valued column counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[ValueRule, ...]
    otherwise: Literal["keep", "blank"] = "keep"


class Mapping(BaseModel):
    """A mapping, checked against the contract. ``sha256`` is the hash of the file it was read from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    files: str = "*"
    sheet: str | None = None
    contract_sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    header_rows: Literal[1, 2] = 1
    columns: dict[str, tuple[str, ...]]
    unpivot: tuple[Unpivot, ...] = ()
    values: dict[str, ValueMap] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    split: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    scale: dict[str, dict[str, int | str]] = Field(default_factory=dict)
    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """Hash of the mapping's bytes."""
        return self._sha256

    @property
    def target_sheet(self) -> Sheet:
        """The contract sheet that the columns belong to."""
        contract = load_contract()
        if self.contract_sheet is not None:
            return contract.sheet_by_id[self.contract_sheet]
        return next(s for s in contract.kind_by_id[self.kind].sheets if self._targets <= set(s.by_name))

    @property
    def _targets(self) -> set[str]:
        mapped = {target for targets in self.columns.values() for target in targets}
        wide = {name for one in self.unpivot for name in (one.by, *one.filled)}
        named = mapped | wide | set(self.values) | set(self.constants) | set(self.split)
        return {target for target in named if not target.startswith(ITEM)}

    @property
    def item_ids(self) -> list[str]:
        """Survey items that columns are mapped to."""
        targets = {target for group in self.columns.values() for target in group}
        return sorted(target.removeprefix(ITEM) for target in targets if target.startswith(ITEM))

    @property
    def wide_targets(self) -> frozenset[str]:
        """Contract columns that ``unpivot`` fills: the things' names and the cells."""
        return frozenset(name for one in self.unpivot for name in (one.by, *one.filled))

    def read_wide(self, header: str) -> tuple[str, str] | None:
        """What ``unpivot`` makes of a header: (name of the thing, contract column), or None."""
        if header_key(header) in self._left_alone:
            return None
        return next((found for one in self.unpivot if (found := one.read(header))), None)

    @cached_property
    def _left_alone(self) -> frozenset[str]:
        """Headers, as compared, that ``columns`` and ``ignore`` speak of."""
        return frozenset(header_key(header) for header in (*self.columns, *self.ignore))

    def applies_to(self, file_name: str) -> bool:
        """Whether the mapping is meant for the file, by its ``files`` pattern."""
        return pattern_applies(self.files, file_name)

    @model_validator(mode="before")
    @classmethod
    def _columns_may_be_wide(cls, given: Any) -> Any:
        """A form may be nothing but wide columns; any other mapping names at least one header."""
        if not isinstance(given, dict):
            return given
        if given.get("unpivot"):
            return {**given, "columns": given.get("columns") or {}}
        if given.get("columns") == {}:
            raise ValueError("columns must name at least one source header")
        return given

    @field_validator("columns", mode="before")
    @classmethod
    def _column_lists(cls, given: Any) -> Any:
        return (
            {str(k): [v] if isinstance(v, str) else v for k, v in given.items()}
            if isinstance(given, dict)
            else given
        )

    @field_validator("values", mode="before")
    @classmethod
    def _value_maps(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {column: _value_map(content) for column, content in given.items()}

    @field_validator("constants", mode="before")
    @classmethod
    def _texts(cls, given: Any) -> Any:
        return (
            {k: v if isinstance(v, str) else str(v) for k, v in given.items()}
            if isinstance(given, dict)
            else given
        )

    @field_validator("split")
    @classmethod
    def _expressions(cls, given: dict[str, str]) -> dict[str, str]:
        for column, pattern in given.items():
            if fault := pattern_fault(pattern):
                raise ValueError(f"split.{column}: {pattern[:80]!r} {fault}")
        return given

    @field_validator("scale")
    @classmethod
    def _answers(cls, given: dict[str, dict[str, int | str]]) -> dict[str, dict[str, int | str]]:
        for scale, labels in given.items():
            for label, answer in labels.items():
                if isinstance(answer, str) and answer not in ANSWER_STATUSES:
                    statuses = ", ".join(ANSWER_STATUSES)
                    raise ValueError(f"scale.{scale}.{label}: {answer!r} is no number and none of {statuses}")
        return given

    @model_validator(mode="after")
    def _fits_contract(self) -> Mapping:
        sheets = load_contract().kind_by_id[self.kind].sheets
        if self.contract_sheet is not None and self.contract_sheet not in {s.id for s in sheets}:
            raise ValueError(_unknown("contract sheet", self.contract_sheet, [s.id for s in sheets]))
        if self.item_ids and self.kind != "survey":
            raise ValueError(f"{ITEM}{self.item_ids[0]} is a survey item, but kind is {self.kind}")
        chosen = [s for s in sheets if self.contract_sheet in (None, s.id)]
        known = {name for sheet in chosen for name in sheet.by_name}
        for target in sorted(self._targets - known):
            raise ValueError(_unknown("contract column", target, known))
        fitting = [s.id for s in chosen if self._targets <= set(s.by_name)]
        if not fitting:
            raise ValueError("the columns belong to several contract sheets: write one mapping for each")
        if len(fitting) > 1:
            raise ValueError(f"the columns fit {' and '.join(fitting)}: say which with contract_sheet")
        self._check_value_sources()
        self._check_codes()
        self._check_wide()
        return self

    def _check_wide(self) -> None:
        """The groups of ``unpivot`` are about one sort of thing, which no other column speaks of."""
        if not self.unpivot:
            return
        if self.target_sheet.id not in WIDE_SHEETS:
            wide = ", ".join(sorted(WIDE_SHEETS))
            raise ValueError(f"unpivot is for the contract sheets {wide}, not for {self.target_sheet.id}")
        if len(things := sorted({one.by for one in self.unpivot})) > 1:
            raise ValueError(f"unpivot names both {' and '.join(things)}: write one mapping for each")
        routing = {column.name for column in self.target_sheet.routing}
        mapped = {target for group in self.columns.values() for target in group} | set(self.constants)
        for target in sorted(self.wide_targets):
            if target in mapped or target in routing or target in {c.name for c in self.target_sheet.flat}:
                raise ValueError(f"{target} cannot be filled by unpivot and by something else as well")
        if self.unpivot[0].by in {target for one in self.unpivot for target in one.filled}:
            raise ValueError(f"{self.unpivot[0].by} is the thing's name and cannot be its cell as well")

    def _check_codes(self) -> None:
        """What coded columns are given must be a code or a label of the contract."""
        by_name = self.target_sheet.by_name
        given = [(f"constants.{name}", name, text) for name, text in self.constants.items()]
        given += [
            (f"values.{name}", name, text)
            for name, value_map in self.values.items()
            for rule in value_map.rules
            for text in rule.to
        ]
        for place, name, text in given:
            index = by_name[name].code_index if name in by_name else {}
            if index and header_key(text) not in index:
                raise ValueError(f"{place}: " + _unknown("code", text, index.values()))

    def _check_value_sources(self) -> None:
        """A rule's ``from`` must be one of the source headers of its column."""
        for column, value_map in self.values.items():
            sources = [s for s, targets in self.columns.items() if column in targets]
            keys = {header_key(source) for source in sources}
            for rule in value_map.rules:
                if rule.source is not None and header_key(rule.source) not in keys:
                    raise ValueError(f"values.{column}: " + _unknown("source header", rule.source, sources))


def pattern_applies(files: str | None, file_name: str) -> bool:
    """Whether the pattern of ``files`` means a file: case does not matter; none means every file."""
    return files is None or fnmatch.fnmatch(file_name.lower(), files.lower())


def load_mapping(content: bytes, place: str = "mapping.yml") -> Mapping:
    """Read a mapping. Raises MappingError with every fault found and the nearest legal names."""
    try:
        raw = yaml.safe_load(content.decode("utf-8-sig"))
    # A date such as 2026-02-30 is a ValueError, ten thousand brackets a RecursionError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MappingError(f"{place}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise MappingError(f"{place}: expected kind, columns and so on, found {type(raw).__name__}")
    if raw.get("files", "") is None:
        del raw["files"]  # nothing written after it: as if it were not there
    try:
        mapping = Mapping.model_validate(raw)
    except ValidationError as error:
        raise MappingError("; ".join(f"{place}: {_sentence(fault)}" for fault in error.errors())) from None
    mapping._sha256 = hashlib.sha256(content).hexdigest()
    return mapping


def load_mapping_file(path: Path) -> Mapping:
    """Read the mapping at a path; errors name the path."""
    return load_mapping(path.read_bytes(), str(path))


def _value_map(content: Any) -> Any:
    """The short form ``{source value: contract value}`` as rules."""
    if not isinstance(content, dict) or "rules" in content:
        return content
    return {"rules": [{"value": str(value), "to": to} for value, to in content.items()]}


def _unknown(what: str, found: str, known: Iterable[str]) -> str:
    names = sorted(known)
    nearest = difflib.get_close_matches(key(found), names, n=3, cutoff=0.4) or names[:3]
    return f"unknown {what} {found!r}; nearest are {', '.join(nearest)}"


def _sentence(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
