"""The rules of disclosure, each with its name and reason, and the macros that apply them.

A rule is on unless somebody says otherwise, and only tests say otherwise: with each of them switched off
in turn the attack on what is published must succeed, which shows that the rule is needed. No command and
no setting reaches the switches.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

THRESHOLDS = (
    "min_respondents",
    "min_n_share_release",
    "public_min_municipalities",
    "protection_points",
    "public_min_count",
    "min_owners_shielded",
)

RULES = {
    "rounding": "respondents' values in whole points: a sum of answers cannot be worked out from their mean",
    "no_numerator": "a sum of answers undoes the rounding of their mean",
    "share_of_few": "a share of few, or with one or two on a side, shows who is alone",
    "complement": "the whole minus a cut gives the rest, which must be as large as the cut",
    "merged_rest": "what was merged minus the parts that are told gives the part that is not",
    "rest_of_cuts": "the whole minus all cuts that are told gives who is in none of them",
    "group_of_hidden": "the mean of a group times N, less those that are shown, gives those that are hidden",
    "position_beside_hidden": "ranks, conclusions and lessons of the others tell where a hidden value stands",
    "composite_of_hidden": "a composite less the parts that are told gives the part that is hidden",
    "shielded_of_few": "a cost or a contract's date of few owners is nearly each of theirs",
    "change_of_hidden": "a change and the earlier value give the hidden value",
    "answers_in_fives": "an exact distribution shows who is alone with an answer",
    "public_large_groups": "a group of few municipalities is nearly each of them",
    "public_rest": "the whole less the classes that are shown leaves the classes that are not",
    "public_extremes": "a mean at the end of the scale is everybody's value",
    "primary_counts": "a count of one or two shows them",
    "secondary_counts": "a hidden count is its total less the counts that are shown",
    "counts_beside_hidden": "exact counts less what members are told of the others give who is hidden",
    "joint_attack": "what is safe in each table may be solved from the tables together",
    "least_change": "a value that changes by few respondents gives these respondents' answers",
}


@dataclass(frozen=True)
class Rules:
    """Which rules are on. switched_off: names of RULES, for tests of the attack only.

    Raises ValueError for a name that is no rule.
    """

    switched_off: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        """A misspelt rule would be on, and a test of its being off would show nothing."""
        if unknown := sorted(self.switched_off - set(RULES)):
            raise ValueError(f"no rule of disclosure is named {', '.join(unknown)}")

    def is_on(self, rule: str) -> bool:
        """Whether a rule applies. Raises KeyError for a name that is no rule."""
        return bool(RULES[rule]) and rule not in self.switched_off


# Whole points, half away from zero. Twelve decimals first: 62.5 may come as 62.49999999999999, and
# two municipalities that look alike are to be released alike. Adding 0.0 turns -0.0 into 0.0.
WHOLE = "create macro whole(x) as if(is_on('rounding'), round(round(x, 12)), x) + 0.0"
RELEASED = """
create macro released(x, is_hidden, is_people) as
    case when is_hidden then null when is_people then whole(x) else x end
"""
THRESHOLD = """
create macro threshold(id) as (
    select t.value from build.reference.threshold as t where t.threshold_id = id
)
"""

# A mean of few is nearly each one's answer; a share of few shows who is alone with one, on either side of it.
TELLS_OF_FEW = """
create macro tells_of_few(n, is_share, n_yes, n_all) as
    coalesce(n, 0) < threshold('min_respondents')
    or (
        is_share
        and is_on('share_of_few')
        and (
            coalesce(n, 0) < threshold('min_n_share_release')
            or coalesce(n_yes in (1, 2), true)
            or coalesce(n_all - n_yes in (1, 2), true)
        )
    )
"""


def install_rules(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Create the macros of the rules; ``is_on('<rule>')`` tells SQL whether a rule applies."""
    switched_off = ", ".join(f"'{name}'" for name in ("", *sorted(rules.switched_off)))
    connection.execute(f"create macro is_on(rule) as rule not in ({switched_off})")
    for statement in (WHOLE, RELEASED, THRESHOLD, TELLS_OF_FEW):
        connection.execute(statement)
