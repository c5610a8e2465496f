"""One delivered file to its deliveries: the only door into this room.

Bad input gives a rejected delivery, never an exception; a fault of our own is told apart by the rule
``internal_error``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipelines.ingest.body import Body, read_body
from pipelines.ingest.column_texts import Source
from pipelines.ingest.contract import TEMPLATE_MARK
from pipelines.ingest.dating import count_periods, other_period, rows_of, undated_fault
from pipelines.ingest.dividing import (
    by_place,
    delivery_of,
    is_for_owners,
    other_municipality,
    type_part,
)
from pipelines.ingest.header_rows import Book, make_book
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.matching import find_sheets, names_told, reading_findings, sheet_findings
from pipelines.ingest.model import CollectionMode, Finding, ParsedDelivery, Rejection
from pipelines.ingest.readers import ReadFile, read_file
from pipelines.ingest.recognise import Match
from pipelines.ingest.recognised import column_findings, recognition
from pipelines.ingest.routing import (
    Place,
    check_municipality,
    is_official,
    is_routed,
    nearly_official,
    tells_of_respondent,
)
from pipelines.ingest.sent import SentFile, period_fault, rejected
from pipelines.ingest.sharing import is_shared_folder, owners, shared_fault
from pipelines.ingest.shown import (
    file_name_shown,
    finding_shown,
    sheet_wanted,
    with_sheets_shown,
)
from pipelines.ingest.tables import Table
from pipelines.ingest.vocabulary import vocabulary
from pipelines.reference.stopwatch import spent
from pipelines.settings import Limits

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

LOG = logging.getLogger(__name__)


def parse_file(
    content: bytes,
    file_name: str,
    period: str,
    municipality_number: str,
    pack: ReferencePack,
    limits: Limits,
    mapping: Mapping | None = None,
    kind: str | None = None,
) -> list[ParsedDelivery]:
    """Read one file: at least one delivery, one per kind and municipality that it holds.

    period and municipality_number: the folder's, both '' for a file straight in the inbox; the folder of
    shared systems gives one delivery per owner. kind: what the file is expected to be (then another kind
    is rejected), None to tell it from the headers.
    """
    file = SentFile(
        name=file_name_shown(file_name),
        sha256=hashlib.sha256(content).hexdigest(),
        period=period,
        municipality_number=municipality_number,
        mapping=mapping,
        vocabulary=vocabulary(pack, period),
        is_undated=not period,
        limits=limits,
    )
    expected = kind or (mapping.kind if mapping else None)
    try:
        return _parse(content, file, limits, expected)
    except Rejection as rejection:
        # Without a period there is no instrument, so a survey's items cannot even be looked for.
        fault = None if file.is_undated else period_fault(file)
        return [rejected(file, expected, fault or finding_shown(rejection.finding))]
    except Exception as error:
        LOG.exception("the reader failed on %s", file.name)
        # The exception's text may quote the file.
        fault = Finding("internal_error", "rejected", params={"found": type(error).__name__})
        return [rejected(file, expected, fault)]


def _parse(content: bytes, file: SentFile, limits: Limits, kind: str | None) -> list[ParsedDelivery]:
    _check_mapping(file, kind)
    mapping = file.mapping
    book = make_book(file.vocabulary, mapping, kind)
    with spent("reading"):
        read = read_file(
            content,
            limits,
            book.score,
            encoding=mapping.encoding if mapping else None,
            delimiter=mapping.delimiter if mapping else None,
        )
    read, sheets = with_sheets_shown(read)
    if mapping is not None and mapping.sheet is not None:
        file = replace(
            file, mapping=mapping.model_copy(update={"sheet": sheet_wanted(mapping.sheet, sheets)})
        )
    if not file.is_undated:
        return _kinds(read, book, file, kind)
    return _by_period(read, file, kind)


def _by_period(read: ReadFile, file: SentFile, kind: str | None) -> list[ParsedDelivery]:
    """A file straight in the inbox, read once for each period with that period's instrument.

    The last look, without a period, takes the rows that belong to none. A period whose rows cannot be read
    with its instrument is a rejected delivery beside the others.
    """
    pack = file.vocabulary.pack
    deliveries: list[ParsedDelivery] = []
    unusable: dict[str, Rejection] = {}
    for period in (*pack.periods, ""):
        dated = replace(file, period=period, vocabulary=vocabulary(pack, period or pack.periods[-1]))
        try:
            _check_mapping(dated, kind)
            share = _kinds(read, make_book(dated.vocabulary, file.mapping, kind), dated, kind)
        except Rejection as rejection:
            unusable[period] = rejection
        else:
            deliveries += _told_once(share, deliveries)
    if not deliveries:
        raise next(reversed(unusable.values()), Rejection("no_rows", found="0"))
    if not unusable:
        return deliveries
    return [*deliveries, *_unread_periods(read, file, kind, unusable)]


def _told_once(
    share: Sequence[ParsedDelivery], earlier: Sequence[ParsedDelivery]
) -> Iterable[ParsedDelivery]:
    """Deliveries without what an earlier period's said of the file as a whole."""
    if not earlier:
        return share
    said = {repr(finding) for delivery in earlier for finding in delivery.findings}
    return [replace(d, findings=tuple(f for f in d.findings if repr(f) not in said)) for d in share]


def _unread_periods(
    read: ReadFile, file: SentFile, kind: str | None, unusable: MappingType[str, Rejection]
) -> Iterable[ParsedDelivery]:
    """The periods that have rows in the file and whose instrument or mapping could not read them."""
    usable = next(p for p in (*file.vocabulary.pack.periods, "") if p not in unusable)
    known = vocabulary(file.vocabulary.pack, usable or file.vocabulary.pack.periods[-1])
    looked = replace(file, period=usable, vocabulary=known)
    matches, _ = find_sheets(read, make_book(known, file.mapping, kind), looked, kind)
    bodies = [read_body(match, known, delimiter=read.delimiter) for match in matches]
    n_rows = count_periods(bodies, Source(known, file.mapping, read.is_typed))
    for period, rejection in unusable.items():
        if n := n_rows.get(period):
            lost = rejected(replace(file, period=period), kind, rejection.finding)
            yield replace(lost, rows_received=n)


def _kinds(read: ReadFile, book: Book, file: SentFile, kind: str | None) -> list[ParsedDelivery]:
    """Every kind's deliveries."""
    matches, others = find_sheets(read, book, file, kind)
    general = [*reading_findings(read, matches), *sheet_findings(others, names_told(read, file))]
    kinds = list(dict.fromkeys(match.sheet.kind for match in matches))
    deliveries: list[ParsedDelivery] = []
    untouched: list[ParsedDelivery] = []
    for found in kinds:
        own = [match for match in matches if match.sheet.kind == found]
        share = _deliveries(own, read, file, found, [] if deliveries else general)
        # Of a template for several kinds, those that nobody has filled in are no deliveries.
        (untouched if all(map(_is_untouched, share)) else deliveries).extend(share)
    return deliveries or untouched[:1]


def _check_mapping(file: SentFile, kind: str | None) -> None:
    """A mapping must be of the expected kind, and its items in the period's instrument."""
    if file.mapping is None or file.period not in file.vocabulary.pack.periods:
        return
    if kind != file.mapping.kind:
        raise Rejection("wrong_kind", found=file.mapping.kind, expected=kind or "")
    unknown = [item for item in file.mapping.item_ids if item not in file.vocabulary.items]
    if unknown:
        known = ", ".join(sorted(file.vocabulary.items))
        raise Rejection("mapping_unknown_item", found=", ".join(unknown), expected=known[:500])
    scales = {item.scale_id for item in file.vocabulary.items.values()}
    if strange := sorted(set(file.mapping.scale) - scales):
        raise Rejection("mapping_unknown_scale", found=", ".join(strange), expected=", ".join(sorted(scales)))


@spent("typing")
def _deliveries(
    matches: Sequence[Match], read: ReadFile, file: SentFile, kind: str, general: Sequence[Finding]
) -> list[ParsedDelivery]:
    """One kind's deliveries, one per municipality."""
    is_template = file.mapping is None and _is_template(read)
    bodies = [
        read_body(match, file.vocabulary, is_template=is_template, delimiter=read.delimiter)
        for match in matches
    ]
    source = Source(file.vocabulary, file.mapping, read.is_typed)
    if file.is_undated:
        bodies = [rows_of(body, source, file.period) for body in bodies]
        if not any(body.rows.height for body in bodies):
            return []
    recognised = recognition(read, bodies, file)
    n_rows = sum(body.rows.height for body in bodies)
    if kind != "survey" and n_rows > file.limits.max_register_rows:
        limit = str(file.limits.max_register_rows)
        raise Rejection("too_many_rows", sheet=matches[0].table.sheet, found=str(n_rows), limit=limit)
    # Without a period there is no instrument, so that a survey lacks all its questions.
    undone = period_fault(file) if kind == "survey" and not file.is_undated else None
    fault = undone or next((match.fault.finding for match in matches if match.fault), None)
    fault = fault or _place_fault(bodies, source, file, kind)
    if fault is None and n_rows == 0 and is_template:
        told = [*general, *(finding for body in bodies for finding in column_findings(body))]
        return [_untouched(file, kind, recognised=recognised, told=told)]
    if fault is None and n_rows == 0:
        fault = Finding("no_rows", "rejected", matches[0].table.sheet, params={"found": "0"})
    if fault is not None:
        whole = replace(rejected(file, kind, fault), rows_received=n_rows, recognised=recognised)
        return [replace(whole, findings=tuple(general))]
    parts = [type_part(body, source, file) for body in bodies if body.rows.height]
    official = kind == "survey" and is_official([p.sound for p in parts], file.vocabulary)
    mode: CollectionMode = "register" if kind != "survey" else "official" if official else "respondents"
    shared = [*general, *(f for body in bodies for f in column_findings(body))]
    if (other := other_municipality(parts, file)) is not None:
        whole = replace(rejected(file, kind, other), rows_received=n_rows, recognised=recognised)
        return [replace(whole, findings=tuple(shared))]
    if kind == "survey" and not official:
        answered = (
            p for p in parts if is_routed(p.body) and not tells_of_respondent(p.body, file.vocabulary)
        )
        warned = (nearly_official(p.sound[1], p.body.match.table.sheet, file.vocabulary) for p in answered)
        shared += [finding for finding in warned if finding]
    if is_for_owners(bodies, file):
        numbers = owners(file.municipality_number, file.vocabulary.pack, file.vocabulary.year)
        return [delivery_of(file, kind, mode, Place(n), recognised, parts, shared) for n in numbers]
    return by_place(parts, file, kind, mode, recognised, shared)


def _place_fault(bodies: Sequence[Body], source: Source, file: SentFile, kind: str) -> Finding | None:
    """Why the file cannot lie where it lies."""
    if file.is_undated:
        is_placed = file.period and all(map(is_routed, bodies))
        return None if is_placed else undated_fault(bodies, source)
    if (unknown := period_fault(file)) is not None:
        return unknown
    if (other := other_period(bodies, source, file.period)) is not None:
        return other.finding
    if not is_for_owners(bodies, file):
        return None
    return shared_fault(file.municipality_number, kind, file.vocabulary)


def _is_template(read: ReadFile) -> bool:
    """Whether a workbook is one of our templates, by the mark on its sheet of lists."""
    return any(TEMPLATE_MARK in (cell or "") for table in read.tables for cell in _first_cell(table))


def _first_cell(table: Table) -> tuple[str | None, ...]:
    return table.head(1)[0][:1] if table.frame.height and table.frame.width else ()


def _untouched(
    file: SentFile, kind: str, *, recognised: dict[str, Any], told: Sequence[Finding]
) -> ParsedDelivery:
    """A template that nobody has filled in is no fault: nothing is delivered, and nothing takes its place."""
    is_shared = is_shared_folder(file.municipality_number)
    fault = None if is_shared else check_municipality(file.municipality_number, file.vocabulary)
    whole = rejected(file, kind, fault.finding if fault else Finding("no_rows", "rejected"))
    return replace(
        whole,
        rejection=fault.finding if fault else None,
        rows_received=0,
        recognised=recognised,
        findings=tuple(told),
    )


def _is_untouched(delivery: ParsedDelivery) -> bool:
    return delivery.rejection is None and delivery.rows_received == 0 and not delivery.findings
