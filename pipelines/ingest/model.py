"""What reading one file gives: deliveries with typed frames, findings, or one rejection.

Plain data; nothing here reads or decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

Severity = Literal["rejected", "quarantine", "cell", "warning", "masked"]
CollectionMode = Literal["respondents", "official", "register"]

MASK = "***"

# Every rule this room can name, with its severity. "cell" rules stand in the <column>__error columns;
# the gate makes them a quarantined row where the column is a key or required.
RULES: dict[str, Severity] = {
    "empty_file": "rejected",
    "file_too_big": "rejected",
    "unreadable": "rejected",
    "unsupported_format": "rejected",
    "password_protected": "rejected",
    "unpacks_too_big": "rejected",
    "too_many_rows": "rejected",
    "too_many_columns": "rejected",
    "cell_too_long": "rejected",
    "unclosed_quote": "rejected",
    "sheet_not_found": "rejected",
    "not_recognised": "rejected",
    "wrong_kind": "rejected",
    "no_rows": "rejected",
    "required_column_missing": "rejected",
    "duplicate_header": "rejected",
    "two_headers_one_column": "rejected",
    "unknown_municipality": "rejected",
    "old_municipality": "rejected",
    "later_municipality": "rejected",
    "ambiguous_municipality": "rejected",
    "other_municipality": "rejected",
    "other_period": "rejected",
    "unplaced_file": "rejected",
    "shared_other_kind": "rejected",
    "unknown_shared_folder": "rejected",
    "no_owners": "rejected",
    "unknown_period": "rejected",
    "mapping_unreadable": "rejected",
    "mapping_unknown_item": "rejected",
    "mapping_unknown_scale": "rejected",
    "internal_error": "rejected",
    "purged": "rejected",
    "header_names_two": "rejected",
    "variables_without_texts": "rejected",
    "header_near_two_items": "warning",
    "answers_from_zero": "warning",
    "headers_near_one_item": "warning",
    "too_many_fields": "quarantine",
    "unknown_item": "quarantine",
    "repeated_answer": "quarantine",
    "respondent_missing": "quarantine",
    "contradicting_background": "cell",
    "several_options": "cell",
    "unknown_column": "warning",
    "column_without_header": "warning",
    "mapped_header_missing": "warning",
    "sheet_not_recognised": "warning",
    "sheet_repeated": "warning",
    "rows_below_table": "warning",
    "broken_characters": "warning",
    "broken_quotes": "warning",
    "encoding_guessed": "warning",
    "garbled_text_repaired": "warning",
    "control_characters": "warning",
    "error_cells": "warning",
    "nested_column": "warning",
    "official_repeated": "warning",
    "linked_by_likeness": "warning",
    "name_to_review": "warning",
    "masked_left": "warning",
    "masked_national_id": "masked",
    "masked_email": "masked",
    "masked_phone": "masked",
    "masked_person_name": "masked",
    "not_a_date": "cell",
    "not_a_number": "cell",
    "not_a_whole_number": "cell",
    "out_of_range": "cell",
    "not_yes_no": "cell",
    "unknown_code": "cell",
    "unknown_operation": "cell",
    "unknown_answer": "cell",
    "unknown_function": "cell",
    "unknown_process": "cell",
    "unknown_data_object": "cell",
    "unknown_shared_service": "cell",
    "unknown_focus_area": "cell",
    "unknown_role_group": "cell",
    "none_and_more": "cell",
    "comma_between_values": "cell",
}


class Rejection(Exception):  # noqa: N818 - it is an answer to the sender, not an error
    """A file or table that cannot be used at all; becomes the delivery's rejection.

    rule: one of RULES; params fill the sentence; value: what was found, where it may be shown.
    """

    def __init__(
        self,
        rule: str,
        *,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        **params: str,
    ) -> None:
        super().__init__(f"{rule} {params}")
        self.finding = Finding(rule, "rejected", sheet, row, column, value, params)


@dataclass(frozen=True)
class Finding:
    """One thing to tell the sender.

    sheet: the workbook's sheet, '' in a CSV file; row_number: 1-based row of the sheet or record of the
    file; column: the header as in the file; value: what stood there, already masked; params: what the
    rule's sentence names besides (``found``, ``expected``, ``other``, ``limit``).
    """

    rule: str
    severity: Severity
    sheet: str | None = None
    row_number: int | None = None
    column: str | None = None
    value: str | None = None
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ParsedDelivery:
    """One municipality's, period's and kind's share of one file.

    sheets: ids of the contract sheets found with rows; rows_received: distinct (sheet, row) of the
    file, None when no table was found; datasets: typed frames by data set, empty when rejected;
    recognised: what the reader made of the file (format, encoding, delimiter, sheets).
    """

    delivery_id: str
    municipality_number: str
    period: str
    kind: str
    collection_mode: CollectionMode
    file_name: str
    sha256: str
    mapping_sha256: str | None
    sheets: tuple[str, ...]
    rows_received: int | None
    rejection: Finding | None
    recognised: dict[str, Any]
    datasets: dict[str, pl.DataFrame]
    findings: tuple[Finding, ...]

    @property
    def is_rejected(self) -> bool:
        """Whether nothing of it can be used."""
        return self.rejection is not None


def delivery_id(
    sha256: str, municipality_number: str, period: str, kind: str, mapping_sha256: str | None
) -> str:
    """First 16 hex digits of SHA-256 over file hash, municipality, period, kind and mapping hash."""
    text = "\n".join((sha256, municipality_number, period, kind, mapping_sha256 or ""))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
