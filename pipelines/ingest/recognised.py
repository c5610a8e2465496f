"""What a sender is told of how a file was read: format, header rows, which columns are used and which not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.ingest.body import Body
from pipelines.ingest.matching import names_told
from pipelines.ingest.model import Finding
from pipelines.ingest.readers import ReadFile
from pipelines.ingest.recognise import Match, target_name
from pipelines.ingest.reshape import cells_told
from pipelines.ingest.sent import SentFile
from pipelines.ingest.surplus import is_surplus_header
from pipelines.ingest.text import column_letter


def column_findings(body: Body) -> list[Finding]:
    """Columns that nobody asked for, mapped ones that are not there, and what the body left out."""
    match, sheet = body.match, body.match.table.sheet
    unknown = [
        Finding("unknown_column", "warning", sheet, match.header_row + 1, name, name, {"found": name})
        for i in match.unknown
        if (name := match.names[i] or column_letter(i)) and not is_surplus_header(name)
    ]
    missing = [
        Finding(
            "mapped_header_missing", "warning", sheet, params={"expected": target_name(match.sheet, target)}
        )
        for target in match.missing
    ]
    return [*unknown, *missing, *match.findings, *body.findings]


def recognition(read: ReadFile, bodies: Sequence[Body], file: SentFile) -> dict[str, Any]:
    """For the report and ``check``: format, dialect, and per sheet the header row and the columns."""
    used = {body.match.table.sheet for body in bodies}
    told = names_told(read, file)
    return {
        "format": read.file_format,
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "mapping": file.mapping_sha256,
        "sheets": [_recognised_sheet(body) for body in bodies],
        "other_sheets": [told[table.sheet] for table in read.tables if table.sheet not in used],
        **_survey_tool(bodies),
    }


def _survey_tool(bodies: Sequence[Body]) -> dict[str, str]:
    """The survey tool that the file's shape tells of, where there is one."""
    tools = [body.match.survey.tool for body in bodies if body.match.survey.tool]
    return {"survey_tool": tools[0]} if tools else {}


def _recognised_sheet(body: Body) -> dict[str, Any]:
    match = body.match
    return {
        "sheet": match.table.sheet,
        "contract_sheet": match.sheet.id,
        "header_row": match.header_row + 1,
        "rows": body.rows.height,
        "columns": {target: match.header_of(target) for target in match.targets},
        "positions": _positions(match),
        "options": {match.names[i]: f"{target}: {option}" for i, (target, option) in match.options.items()},
        "unknown_columns": [match.names[i] or "" for i in match.unknown],
        "is_hidden": match.table.is_hidden,
        **({"cells": cells_told(match)} if match.groups else {}),
    }


def _positions(match: Match) -> dict[str, list[int]]:
    """Header as in the file, or as findings join several -> 0-based columns; a report marks cells by it."""
    positions: dict[str, list[int]] = {}
    for i, name in enumerate(match.names):
        if name:
            positions.setdefault(name, []).append(i)
    for target, columns in match.targets.items():
        positions.setdefault(match.header_of(target) or "", list(columns))
    return positions
