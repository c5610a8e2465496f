"""NAT_USE: the national shared services that the pack calls relevant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from .names import norm
from .pack import Pack
from .processes import yes_no
from .shares import Options, option
from .sheets import Sheet


def service_options(sheet: Sheet | None, pack: Pack) -> dict[str, Options]:
    """Each relevant service; one that stands twice, or not at all, is unknown."""
    services = pack.names("shared_service", "service_id")
    answers: dict[str, list[bool | None]] = defaultdict(list)
    for _, cells in sheet.rows if sheet else []:
        if (service := services.get(norm(cells.get("løsning", "")))) is not None:
            answers[service].append(yes_no(cells.get("i bruk", "")))
    relevant = [row["service_id"] for row in pack.rows("shared_service") if row["is_relevant"] == "true"]
    return {service: option(_only(answers, service)) for service in sorted(relevant)}


def _only(answers: Mapping[str, list[bool | None]], service: str) -> bool | None:
    own = answers.get(service, [])
    return own[0] if len(own) == 1 else None
