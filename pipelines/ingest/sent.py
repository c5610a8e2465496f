"""A file as it was sent, and the delivery that it is when nothing of it can be used."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace

from pipelines.ingest.contract import load_contract
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.model import Finding, ParsedDelivery, Rejection, delivery_id
from pipelines.ingest.shown import file_name_shown
from pipelines.ingest.vocabulary import Vocabulary
from pipelines.settings import Limits


@dataclass(frozen=True)
class SentFile:
    """What is the same for every delivery of one file."""

    name: str
    sha256: str
    period: str
    municipality_number: str
    mapping: Mapping | None
    vocabulary: Vocabulary
    # Straight in the inbox: its columns alone say of which period each row is.
    is_undated: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def mapping_sha256(self) -> str | None:
        """Hash of the mapping's bytes."""
        return self.mapping.sha256 if self.mapping else None


def reject(
    rule: str,
    params: MappingType[str, str],
    *,
    file_name: str,
    sha256: str,
    mapping_sha256: str | None,
    period: str,
    municipality_number: str,
    kind: str | None = None,
) -> ParsedDelivery:
    """A delivery rejected before anything was read, for example because its mapping cannot be used."""
    kind = kind or load_contract().kind_of_file_name(file_name)
    return ParsedDelivery(
        delivery_id=delivery_id(sha256, municipality_number, period, kind, mapping_sha256),
        municipality_number=municipality_number,
        period=period,
        kind=kind,
        collection_mode="respondents" if kind == "survey" else "register",
        file_name=file_name_shown(file_name),
        sha256=sha256,
        mapping_sha256=mapping_sha256,
        sheets=(),
        rows_received=None,
        rejection=Finding(rule, "rejected", params=dict(params)),
        recognised={},
        datasets={},
        findings=(),
    )


def rejected(file: SentFile, kind: str | None, finding: Finding) -> ParsedDelivery:
    """The file rejected whole, with the finding that says why."""
    base = reject(
        finding.rule,
        finding.params,
        file_name=file.name,
        sha256=file.sha256,
        mapping_sha256=file.mapping_sha256,
        period=file.period,
        municipality_number=file.municipality_number,
        kind=kind,
    )
    return replace(base, rejection=finding)


def period_fault(file: SentFile) -> Finding | None:
    """Why the folder's period is none of the pack's, or None."""
    periods = file.vocabulary.pack.periods
    if file.period in periods:
        return None
    return Rejection(
        "unknown_period", value=file.period, found=file.period, expected=", ".join(periods)
    ).finding
