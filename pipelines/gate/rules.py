"""The rules' words: ``rules.yml`` read once, and sentences made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

RULES_FILE = Path(__file__).with_name("rules.yml")
SEVERITIES = ("rejected", "quarantine", "cell", "warning", "masked")
_BLANK = "–"


class RulesError(ValueError):
    """rules.yml lacks a rule or has one that cannot be used."""


@dataclass(frozen=True)
class Rule:
    """One rule's sentences, with ``{placeholders}`` for what a finding names."""

    rule: str
    sentence_nb: str
    sentence_en: str


@dataclass(frozen=True)
class Rules:
    """All rules; consequences: severity → (nb, en); nearest: a sentence that names likely values.

    variants: ``rule.variant`` → the sentences where a case of the rule needs its own; nearest_one: where
    one likely value is named.
    """

    rules: Mapping[str, Rule]
    consequences: Mapping[str, tuple[str, str]]
    nearest: tuple[str, str]
    nearest_one: tuple[str, str]
    variants: Mapping[str, Rule]

    def __getitem__(self, rule: str) -> Rule:
        if rule not in self.rules:
            raise RulesError(f"{RULES_FILE.name} has no rule {rule!r}; write its sentences there")
        return self.rules[rule]

    def sentences(self, rule: str, severity: str, params: Mapping[str, str]) -> tuple[str, str]:
        """The whole message in Norwegian and English: what is wrong, likely values, what follows.

        ``params["variant"]`` chooses a variant of the rule's sentence. A placeholder that ``params`` does
        not fill becomes a dash.
        """
        own = self[rule]
        own = self.variants[f"{rule}.{params['variant']}"] if params.get("variant") else own
        parts = [(own.sentence_nb, own.sentence_en)]
        if near := params.get("nearest"):
            parts.append(self.nearest if _is_several(near) else self.nearest_one)
        parts.append(self.consequences[severity])
        words = _Filled(params)
        nb, en = (" ".join(filter(None, side)).format_map(words) for side in zip(*parts, strict=True))
        return nb, en


def _is_several(names: str) -> bool:
    """Whether a text lists names; within quotes a comma is part of one."""
    return bool(re.search("»[,;] «", names)) if names.startswith("«") else bool(re.search("[,;] ", names))


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _BLANK


@cache
def load_rules() -> Rules:
    """Read rules.yml. Raises RulesError for a severity without words or a rule without its sentences."""
    raw: dict[str, Any] = yaml.safe_load(RULES_FILE.read_text("utf-8"))
    rules = {name: _rule(name, content) for name, content in raw["rules"].items()}
    consequences = {name: (str(c["nb"]), str(c["en"])) for name, c in raw["consequences"].items()}
    if missing := sorted(set(SEVERITIES) - set(consequences)):
        raise RulesError(f"{RULES_FILE.name}: consequences lacks {', '.join(missing)}")
    variants = {name: _rule(name, content) for name, content in raw["variants"].items()}
    if strays := sorted(name for name in variants if name.partition(".")[0] not in rules):
        raise RulesError(f"{RULES_FILE.name}: variants of no rule: {', '.join(strays)}")
    nearest, one = ((raw[name]["nb"], raw[name]["en"]) for name in ("nearest", "nearest_one"))
    return Rules(rules, consequences, nearest, one, variants)


def _rule(name: str, content: Mapping[str, str]) -> Rule:
    if set(content) != {"nb", "en"}:
        raise RulesError(
            f"{RULES_FILE.name}, {name}: needs nb and en and nothing else (how grave it is stands where the "
            f"rule is: ingest/model.py or the gate's checks); found {', '.join(map(str, content))}"
        )
    return Rule(name, content["nb"], content["en"])
