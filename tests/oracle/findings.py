"""The findings to act on: the once-only worklist, duplicate objects and joint procurement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .names import norm
from .once_only import Gap
from .pack import Pack
from .parts import Parts
from .systems import MAINTAINS, NONE, System
from .units import index

ObjectKey = tuple[str, str, str]  # municipality, period, data object
GapKey = tuple[str, str, str, str]  # municipality, period, process, data object
FunctionKey = tuple[str, str]  # period, function


@dataclass(frozen=True)
class DuplicateObject:
    """Systems that hold an object for sure, that maintain it, that are marked its master; its register."""

    n_systems: int
    n_maintaining: int
    n_masters: int
    register: str | None


@dataclass(frozen=True)
class Procurement:
    """What the owners have of one function."""

    n_owners: int
    n_products: int
    diversity: Fraction | None
    annual_cost: Fraction | None
    next_contract_end: date | None


def once_only_gaps(parts: Parts) -> dict[GapKey, Gap]:
    return {
        (number, period, *pair): gap
        for number, period in index(parts)
        if parts.status(number, period, "processes", "register") == "delivered"
        for pair, gap in parts.processes(number, period).worklist.items()
    }


def duplicate_objects(parts: Parts) -> dict[ObjectKey, DuplicateObject]:
    """Every core object that a system holds for sure."""
    found = {}
    registers = {row["data_object_id"]: row["register_id"] or None for row in parts.pack.rows("data_object")}
    for number, period in index(parts):
        if parts.status(number, period, "systems", "register") != "delivered":
            continue
        grid = parts.systems(number, period).grid
        for object_id in sorted({key[1] for key in grid.states}):
            sure = [k for k, states in grid.states.items() if k[1] == object_id and NONE not in states]
            if sure:
                maintaining = sum(grid.states[key] == {MAINTAINS} for key in sure)
                masters = sum(1 for key in sure if grid.masters.get(key))
                register = registers.get(object_id)
                found[(number, period, object_id)] = DuplicateObject(
                    len(sure), maintaining, masters, register
                )
    return found


def joint_procurement(parts: Parts) -> dict[FunctionKey, Procurement]:
    """The functions that a system in use of an owner serves."""
    pack = parts.pack
    return {key: _procurement(own, pack, pack.reference_date(key[0])) for key, own in in_use(parts).items()}


def owner_products(parts: Parts) -> dict[tuple[str, str, str, str], None]:
    """(owner, period, function, product as it is shown) of the systems in use."""
    names = {f"product:{row['product_id']}": row["name"].lower() for row in parts.pack.rows("product")}

    def shown(system: System) -> str:
        """The pack's name, else vendor and name as written, in small letters."""
        written = f"{(system.vendor or '').strip()} {(system.name or '').strip()}"
        return names.get(product_of(system, parts.pack)) or written.strip().lower()

    return {
        (owner, period, function_id, shown(system)): None
        for (period, function_id), own in in_use(parts).items()
        for owner, system in own
    }


def in_use(parts: Parts) -> dict[FunctionKey, list[tuple[str, System]]]:
    """Period and function → (owner, system in use that serves it)."""
    pack = parts.pack
    owners = {row["municipality_number"] for row in pack.rows("owner")}
    real = {number for number in owners if not pack.is_fictional(number)}
    used: dict[FunctionKey, list[tuple[str, System]]] = defaultdict(list)
    for number, period in index(parts):
        # Who a number was then is who votes; one that was split is nobody's.
        ends = [end for end in pack.successors(number) if end in (real or owners)]
        is_delivered = parts.status(number, period, "systems", "register") == "delivered"
        if pack.is_split(number) or not ends or not is_delivered:
            continue
        for system in parts.systems(number, period).systems:
            if system.lifecycle == "in_use" and not system.is_quarantined:
                for function_id in system.serves:
                    used[(period, function_id)].append((ends[0], system))
    return used


def _procurement(own: Sequence[tuple[str, System]], pack: Pack, reference: date) -> Procurement:
    products: dict[str, set[str]] = defaultdict(set)
    for number, system in own:
        products[number].add(product_of(system, pack))
    shares: dict[str, Fraction] = defaultdict(Fraction)
    for named in products.values():
        for product in named:
            shares[product] += Fraction(1, len(named) * len(products))
    diversity = 1 - sum((share * share for share in shares.values()), Fraction(0))
    costs = [system.cost for _, system in own]
    known = [cost for cost in costs if cost is not None]
    return Procurement(
        len(products),
        len(shares),
        diversity if len(products) >= 2 else None,
        sum(known, Fraction(0)) if len(known) == len(costs) else None,
        next_end((system.contract_end for _, system in own), reference),
    )


def next_end(ends: Iterable[date | None], reference: date) -> date | None:
    """The first contract end that is not before the reference date."""
    return min((end for end in ends if end is not None and end >= reference), default=None)


def product_of(system: System, pack: Pack) -> str:
    """The pack's product, else vendor and name: a product as written may be anything."""
    products = pack.names("product", "product_id")
    vendors = pack.names("vendor", "vendor_id")
    own = {row["product_id"]: row["vendor_id"] for row in pack.rows("product")}
    for text in (system.product, system.name):
        product, vendor = products.get(norm(text)), vendors.get(norm(system.vendor))
        # A product of another vendor than the row's own is not meant.
        if product is not None and vendor in {None, own[product]}:
            return f"product:{product}"
    return f"name:{norm(system.vendor)}/{norm(system.name)}"
