"""What a value counts, thing by thing, as the models of its family judged them: yes, no or unknown.

A thing that nobody listed is here too (a core process without a row). What is out of scope is not. For
indicators that add up systems, a thing has how many instead. Questions to the build; nothing is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipelines.analysis.built import Row, rows

if TYPE_CHECKING:
    import duckdb

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Thing:
    """One thing. ids: (concept, id) of what it is made of, for its name.

    answer: as it counts; amount: how many systems surely; said: what the answer is taken from, a code;
    certain, possible: systems (or roles) that are and may be behind it; row: dataset and thing of
    int_lineage__row, where its rows are known by.
    """

    ids: tuple[tuple[str, str], ...]
    answer: Answer
    amount: int | None = None
    said: str | None = None
    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    row: tuple[str, str] | None = None


# Nothing that was delivered is looked at.
_BLOCKED = {"not_applicable", "not_delivered", "rejected", "break_in_series"}
# How the models judge a core process, by indicator, and what they take it from.
_PROCESS = {
    "PRO_OWN": ("c.ownership <> 'none'", "true", "c.ownership"),
    "PRO_OWNX": ("c.ownership = 'process_owner'", "c.is_cross_unit", "c.ownership"),
    "PRO_XUN": ("c.ownership = 'none'", "c.is_cross_unit", "c.ownership"),
    "PRO_GAP": ("c.ownership <> 'none'", "true", "c.ownership"),
    "PRO_X": ("c.is_cross_unit", "true", "null"),
    "PRO_DOC": ("c.is_described_recently", "true", "null"),
    "PRO_MEAS": ("c.is_measured", "true", "null"),
    "PRO_SELF": ("c.has_self_service", "true", "null"),
}
_INITIATIVE = {"INI_MAP": "is_mapped", "INI_OWN": "is_owned", "INI_BEN": "is_benefit_measured"}
# The systems that hold an object (of DUP_AVG and DUP_RED) or maintain it: surely, and perhaps.
_HOLDING = ("not may_be_none", "may_hold or may_maintain")
_MAINTAINING = ("is_expected and not may_be_none and not may_hold", "is_expected and may_maintain")
_PARTS = (
    "with parts as (select part_number as municipality_number, period, focus_area"
    " from intermediate.int_index__part where unit_id = ?),"
    # A system counts in the whole, and in every focus area that it carries.
    " areas as (select municipality_number, period, system_key, focus_area"
    " from intermediate.int_system__focus_area union all select distinct municipality_number, period,"
    " system_key, 'all' from lake.system where system_key is not null)"
)


def of_value(connection: duckdb.DuckDBPyConnection, value: Row, indicator: Row) -> list[Thing]:
    """The things of a value, those first that a reader may do something about. None for survey values."""
    sql = _query(value["indicator_id"], indicator["family"])
    if sql is None or value["status"] in _BLOCKED:
        return []
    found = [_thing(row) for row in rows(connection, f"{_PARTS} {sql}", [value["unit_id"]])]
    return sorted(found, key=lambda thing: _order(thing, indicator["better"]))


def _order(thing: Thing, better: str) -> tuple[int, int, tuple[tuple[str, str], ...]]:
    """The less favourable answers first, the unknown next; of these the greatest first."""
    worse = "yes" if better in {"down", "neutral"} else "no"
    place = {worse: 0, "unknown": 1}.get(thing.answer, 2)
    return (place, -(thing.amount or 0), thing.ids)


def _thing(row: Row) -> Thing:
    is_in_scope, answer = row.get("is_in_scope", True), row["answer"]
    if is_in_scope is None or answer is None:
        told: Answer = "unknown"
    else:
        told = "yes" if answer else "no"
    said = "scope_unknown" if is_in_scope is None else row.get("said")
    ids = tuple(zip(row["concepts"], row["ids"], strict=True))
    return Thing(
        ids,
        told,
        row.get("amount"),
        said,
        tuple(row.get("certain") or ()),
        tuple(row.get("possible") or ()),
        (row["dataset"], row["thing"]) if row.get("dataset") else None,
    )


def _query(indicator_id: str, family: str) -> str | None:
    """The question for the things of an indicator; None where it counts no things."""
    if indicator_id in _PROCESS:
        return _of_processes(indicator_id)
    if indicator_id in _BY_ID:
        return _BY_ID[indicator_id]
    if indicator_id in _INITIATIVE:
        return _initiatives(indicator_id)
    by_family = {"FUN": _functions, "DUP": _objects, "TIME": _systems, "SYS": _systems}
    return by_family[family](indicator_id) if family in by_family else None


def _initiatives(indicator_id: str) -> str:
    return (
        "select list_value('initiative') as concepts,"  # noqa: S608 our own names
        " list_value(coalesce(i.initiative_name, '?')) as ids,"
        f" i.{_INITIATIVE[indicator_id]} as answer, 'initiative' as dataset,"
        " coalesce(i.initiative_name, '') as thing from parts as p"
        " inner join intermediate.int_process__initiative as i using (municipality_number, period)"
        " order by i.municipality_number, i.initiative_key"
    )


def _of_processes(indicator_id: str) -> str:
    answer, scope, said = _PROCESS[indicator_id]
    only = " and c.is_citizen_facing" if indicator_id == "PRO_SELF" else ""
    return (
        "select list_value('process') as concepts, list_value(c.process_id) as ids,"  # noqa: S608 our own names
        f" {scope} as is_in_scope,"
        f" {answer} as answer, case when not c.is_delivered then 'not_listed' else {said} end as said,"
        " 'process' as dataset, c.process_id as thing from parts as p"
        " inner join intermediate.int_process__core_process as c using (municipality_number, period)"
        " where (p.focus_area = 'all' or p.focus_area = c.focus_area_id) and not c.is_absent"
        f" and ({scope}) is distinct from false{only} order by c.municipality_number, c.process_id"
    )


_DELIVERED = (
    "select list_value('process') as concepts, list_value(c.process_id) as ids, c.is_delivered as answer,"
    " 'process' as dataset, c.process_id as thing from parts as p"
    " inner join intermediate.int_process__core_process as c using (municipality_number, period)"
    " where (p.focus_area = 'all' or p.focus_area = c.focus_area_id)"
    " order by c.municipality_number, c.process_id"
)
_PAIR = (
    "select list_value('process', 'data_object') as concepts,"
    " list_value(c.process_id, c.data_object_id) as ids,"
    " case when c.is_delivered then c.is_gap end as answer,"
    " case when not c.is_delivered then 'not_listed' else c.gap_collection end as said,"
    " 'process_data' as dataset, c.process_id || ' · ' || c.data_object_id as thing from parts as p"
    " inner join intermediate.int_process__register_object as c using (municipality_number, period)"
    " where (p.focus_area = 'all' or p.focus_area = c.focus_area_id) and c.tier = 'kjerne'"
    " and not c.is_absent order by c.municipality_number, c.process_id, c.data_object_id"
)
_SHARED = (
    " from parts as p inner join intermediate.int_operation__thing as t using (municipality_number, period)"
)
_SERVICE = (
    "select list_value('shared_service') as concepts, list_value(t.thing_id) as ids, t.answer,"
    f" 'shared_service' as dataset, t.thing_id as thing {_SHARED} where t.indicator_id = 'NAT_USE'"
    " order by t.municipality_number, t.thing_id"
)
_REGISTER_CELL = (
    "select list_value('system', 'data_object') as concepts, string_split(t.thing_id, ' > ') as ids,"
    " t.is_in_scope, t.answer, 'system_data_object' as dataset, replace(t.thing_id, ' > ', ' · ') as thing"
    f" {_SHARED} inner join areas as a using (municipality_number, period, system_key, focus_area)"
    " where t.indicator_id = 'REG_USE' order by t.municipality_number, t.thing_id"
)
_EXCHANGE = (
    "select list_value('system', 'system', 'data_object') as concepts,"
    " list_value(coalesce(x.from_system_key, x.from_end), coalesce(x.to_system_key, x.to_end),"
    " x.data_object_id) as ids,"
    " x.is_automatic as answer, 'exchange' as dataset, x.from_system_key || ' → ' || x.to_system_key as thing"
    " from parts as p"
    " inner join intermediate.int_operation__exchange as x using (municipality_number, period)"
    " order by x.municipality_number, x.from_end, x.to_end, x.data_object_id"
)
_SILO = (
    "select list_value('data_object') as concepts, list_value(s.data_object_id) as ids, s.is_silo as answer"
    " from parts as p inner join intermediate.int_operation__silo_object as s"
    " using (municipality_number, period) where p.focus_area = 'all' and"
    " (s.is_silo is not null or s.may_be_silo or s.may_be_joined)"
    " order by s.municipality_number, s.data_object_id"
)
_MASTER = (
    "select list_value('data_object') as concepts, list_value(m.data_object_id) as ids,"
    " case when m.is_held then m.has_one_master end as answer,"
    " case when o.register_id is not null then 'register:' || o.register_id end as said,"
    " (select list(c.system_key order by c.system_key) from intermediate.int_system__cell as c"
    " inner join areas as a on c.system_key = a.system_key and c.municipality_number = a.municipality_number"
    " and c.period = a.period where c.municipality_number = m.municipality_number and c.period = m.period"
    " and c.data_object_id = m.data_object_id and c.is_expected and not c.may_be_none and c.is_master"
    " and a.focus_area = m.focus_area) as certain from parts as p"
    " inner join intermediate.int_system__master as m using (municipality_number, period, focus_area)"
    " inner join reference.data_object as o using (data_object_id) where m.may_be_yes or m.may_be_no"
    " order by m.municipality_number, m.data_object_id"
)
_EXPECTED_CELL = (
    "select list_value('system', 'data_object') as concepts,"
    " list_value(c.system_key, c.data_object_id) as ids, cast(c.may_be_none as integer)"
    " + cast(c.may_hold as integer) + cast(c.may_maintain as integer) = 1 as answer,"
    " 'system_data_object' as dataset, c.system_key || ' · ' || c.data_object_id as thing from parts as p"
    " inner join areas as a using (municipality_number, period, focus_area)"
    " inner join intermediate.int_system__cell as c using (municipality_number, period, system_key)"
    " where c.is_expected order by c.municipality_number, c.system_key, c.data_object_id"
)
_ANSWERED = (
    "select list_value('function') as concepts, list_value(f.function_id) as ids,"
    " exists(select 1 from lake.function_answer as l where l.municipality_number = f.municipality_number"
    " and l.period = f.period and l.function_id = f.function_id and not l.is_quarantined"
    " and (l.is_complete or l.has_none)) as answer, 'function_answer' as dataset, f.function_id as thing"
    " from parts as p inner join intermediate.int_system__core_function as f"
    " using (municipality_number, period) where p.focus_area = 'all' or p.focus_area = f.focus_area_id"
    " order by f.municipality_number, f.function_id"
)
# The most loaded role of each part; of several alike the first.
_OWNED = (
    ", most as (select municipality_number, period, role_key from intermediate.int_operation__role_load"
    " where n_owned > 0 qualify row_number() over (partition by municipality_number, period"
    " order by n_owned desc, role_key) = 1)"
    " select list_value(o.thing_kind) as concepts, list_value(o.thing_id) as ids, o.is_in_scope,"
    " list_contains(o.role_keys, m.role_key) as answer, o.role_keys as certain, o.thing_kind as dataset,"
    " o.thing_id as thing from parts as p inner join intermediate.int_operation__owned_thing as o"
    " using (municipality_number, period) left join most as m using (municipality_number, period)"
    " order by o.municipality_number, o.thing_kind, o.thing_id"
)
_BY_ID = {
    "SILO_OBJ": _SILO,
    "INT_AUTO": _EXCHANGE,
    "NAT_USE": _SERVICE,
    "REG_USE": _REGISTER_CELL,
    "DUP_SOR": _MASTER,
    "COV_SYS": _EXPECTED_CELL,
    "COV_FUN": _ANSWERED,
    "COV_PRO": _DELIVERED,
    "ONCE_GAP": _PAIR,
    "KEY1": _OWNED,
}


def _functions(indicator_id: str) -> str:
    amount = ", f.n_sure as amount" if indicator_id == "FUN_RED" else ""
    scope = "true" if indicator_id == "FUN_RED" else "case when f.is_settled then true end"
    answer = "f.n_sure >= 1" if indicator_id == "FUN_RED" else "f.n_sure >= 2"
    return (
        "select list_value('function') as concepts, list_value(f.function_id) as ids,"  # noqa: S608 our own names
        f" {scope} as is_in_scope,"
        f" {answer} as answer, case when not f.is_settled then 'not_complete' end as said{amount},"
        " (select list(distinct s.system_key order by s.system_key)"
        " from intermediate.int_system__function as s inner join lake.system as l"
        " using (municipality_number, period, system_key)"
        " where s.municipality_number = f.municipality_number and s.period = f.period"
        " and s.function_id = f.function_id and l.lifecycle = 'in_use' and not l.is_quarantined) as certain,"
        " 'function_answer' as dataset, f.function_id as thing from parts as p"
        " inner join intermediate.int_system__core_function as f using (municipality_number, period)"
        " where (p.focus_area = 'all' or p.focus_area = f.focus_area_id)"
        " and (f.n_sure >= 1 or not f.is_settled) order by f.municipality_number, f.function_id"
    )


def _objects(indicator_id: str) -> str:
    """Objects with the systems that hold or maintain them; the least number is what counts."""
    is_holding = indicator_id in {"DUP_AVG", "DUP_RED"}
    sure, perhaps = _HOLDING if is_holding else _MAINTAINING
    measure = "holding" if is_holding else "maintaining"
    answer = "o.n_least >= 2" if indicator_id == "DUP_MULTI" else "true"

    def systems(condition: str) -> str:
        return (
            "(select list(c.system_key order by c.system_key) from intermediate.int_system__cell as c"  # noqa: S608 our own names
            " inner join areas as a on c.system_key = a.system_key"
            " and c.municipality_number = a.municipality_number and c.period = a.period"
            " where c.municipality_number = o.municipality_number and c.period = o.period"
            f" and c.data_object_id = o.data_object_id and a.focus_area = o.focus_area and {condition})"
        )

    return (
        "select list_value('data_object') as concepts, list_value(o.data_object_id) as ids,"  # noqa: S608 our own names
        f" case when o.n_least >= 1 then {answer} end as answer, o.n_least as amount,"
        f" {systems(f'({sure})')} as certain, {systems(f'({perhaps}) and not ({sure})')} as possible"
        " from parts as p"
        " inner join intermediate.int_system__object as o using (municipality_number, period, focus_area)"
        f" where o.measure = '{measure}' and o.n_most >= 1 order by o.municipality_number, o.data_object_id"
    )


def _systems(indicator_id: str) -> str:
    return (
        "select list_value('system') as concepts, list_value(t.thing_id) as ids, t.is_in_scope, t.answer,"
        f" 'system' as dataset, t.thing_id as thing {_SHARED}"
        " inner join areas as a using (municipality_number, period, system_key, focus_area)"
        f" where t.indicator_id = '{indicator_id}' order by t.municipality_number, t.thing_id"
    )


# --- the most loaded -------------------------------------------------------------------------------


def most_loaded(connection: duckdb.DuckDBPyConnection, unit_id: str) -> list[Row]:
    """The roles of a unit's parts with how many things each owns, the greatest first."""
    return rows(
        connection,
        f"{_PARTS} select l.role_key, l.n_owned as n from parts as p"  # noqa: S608 our own names
        " inner join intermediate.int_operation__role_load as l using (municipality_number, period)"
        " where l.n_owned > 0 order by l.n_owned desc, l.role_key",
        [unit_id],
    )
