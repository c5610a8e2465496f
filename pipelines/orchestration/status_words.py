"""A delivery's status as the terminal says it."""

from __future__ import annotations

NO_ROW = "no row accepted"


def status_word(status: str, accepted: int | None, received: int | None) -> str:
    """The published status in words; of a delivery whose rows are all set aside, that none is accepted."""
    if status == "partly_accepted" and accepted == 0 and received:
        return NO_ROW
    return status.replace("_", " ")
