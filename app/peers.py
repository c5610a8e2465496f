"""Peer groups: which there are, which to begin with, who stands in them. No SQL, no words, no Streamlit."""

from __future__ import annotations

import polars as pl

# In the order in which they are offered.
TYPES = ("owners", "size_class", "kostra_group", "nearest", "county", "centrality", "all")
# Types whose groups the reference pack names, and the kind of thing they are there.
NAMED = {"owners": "sbo", "kostra_group": "kostra_group"}
MOST_OWNERS = 10
_FICTIONAL = "fictional:"


def code(peer_group: str) -> str:
    """The group's id in the reference pack: fictional and real groups are told apart by a prefix."""
    return peer_group.removeprefix(_FICTIONAL)


def own_group(groups: pl.DataFrame, group_type: str, number: str) -> str | None:
    """The group of a type that a municipality is compared with; null where it has none."""
    of_type = groups.filter(pl.col("peer_group_type") == group_type)
    if group_type == "nearest":
        return number if number in of_type["peer_group"] else None
    found = of_type.filter(pl.col("municipality_number") == number)["peer_group"]
    return None if found.is_empty() else str(found[0])


def own_groups(groups: pl.DataFrame, number: str) -> pl.DataFrame:
    """Members of the groups that a municipality is compared with, one group of each type."""
    own = {kind: own_group(groups, kind, number) for kind in TYPES}
    rows = [(kind, group) for kind, group in own.items() if group is not None]
    schema = {"peer_group_type": pl.String, "peer_group": pl.String}
    return groups.join(
        pl.DataFrame(rows, schema=schema, orient="row"), on=["peer_group_type", "peer_group"], how="semi"
    )


def first_choice(groups: pl.DataFrame, number: str | None) -> str:
    """The owners where the municipality owns a small body together with others, else those of its size."""
    if number is None:
        return "size_class"
    owners = own_groups(groups, number).filter(pl.col("peer_group_type") == "owners")
    return "owners" if 1 < owners.height <= MOST_OWNERS else "size_class"
