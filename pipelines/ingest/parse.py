"""One delivered file to its deliveries: the only door into this room.

Bad input gives a rejected delivery, never an exception; a fault of our own is told apart by the rule
``internal_error``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.ingest.body import Body, read_body
from pipelines.ingest.columns import Source, mask_body, type_sheet
from pipelines.ingest.contract import TEMPLATE_MARK, load_contract
from pipelines.ingest.dating import other_period, rows_of, undated_fault
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.masking import looks_like_person
from pipelines.ingest.model import CollectionMode, Finding, ParsedDelivery, Rejection, delivery_id
from pipelines.ingest.name_findings import name_findings
from pipelines.ingest.readers import ReadFile, Table, read_file
from pipelines.ingest.recognise import Book, Match, header_shown, make_book, target_name
from pipelines.ingest.reshape import at_headers, cells_told, find_match, lengthen
from pipelines.ingest.routing import (
    Place,
    check_municipality,
    find_other,
    is_official,
    is_routed,
    nearly_official,
    refused_rows,
    route,
    tells_of_respondent,
)
from pipelines.ingest.sharing import is_shared_folder, owners, shared_fault
from pipelines.ingest.shown import (
    file_name_shown,
    finding_shown,
    sheet_names_shown,
    sheet_wanted,
    with_sheets_shown,
)
from pipelines.ingest.survey import type_survey
from pipelines.ingest.survey_tools import Codebook, find_codebook
from pipelines.ingest.text import clean, column_letter, key
from pipelines.ingest.vocabulary import Vocabulary, vocabulary
from pipelines.reference.stopwatch import spent
from pipelines.settings import Limits

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

LOG = logging.getLogger(__name__)
# Enough to find a header among; a sheet of nothing but data has as many cells as it likes.
_MOST_CELLS = 500


@dataclass(frozen=True)
class _File:
    """What is the same for every delivery of one file."""

    name: str
    sha256: str
    period: str
    municipality_number: str
    mapping: Mapping | None
    vocabulary: Vocabulary
    # Straight in the inbox: its columns alone say of which period each row is.
    is_undated: bool = False

    @property
    def mapping_sha256(self) -> str | None:
        return self.mapping.sha256 if self.mapping else None


@dataclass
class _Part:
    """One contract sheet's rows: frames with a column ``place``, and where each place's text leads."""

    body: Body
    frames: dict[str, pl.DataFrame]
    given: pl.Series
    places: dict[str, Place]
    findings: list[Finding] = field(default_factory=list)


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
    file = _File(
        name=file_name_shown(file_name),
        sha256=hashlib.sha256(content).hexdigest(),
        period=period,
        municipality_number=municipality_number,
        mapping=mapping,
        vocabulary=vocabulary(pack, period),
        is_undated=not period,
    )
    expected = kind or (mapping.kind if mapping else None)
    try:
        return _parse(content, file, limits, expected)
    except Rejection as rejection:
        # Without a period there is no instrument, so a survey's items cannot even be looked for.
        fault = None if file.is_undated else _period_fault(file)
        return [_rejected(file, expected, fault or finding_shown(rejection.finding))]
    except Exception as error:
        LOG.exception("the reader failed on %s", file.name)
        # The exception's text may quote the file.
        fault = Finding("internal_error", "rejected", params={"found": type(error).__name__})
        return [_rejected(file, expected, fault)]


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


def _rejected(file: _File, kind: str | None, finding: Finding) -> ParsedDelivery:
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


def _parse(content: bytes, file: _File, limits: Limits, kind: str | None) -> list[ParsedDelivery]:
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
        file = replace(file, mapping=mapping.model_copy(update={"sheet": sheet_wanted(mapping.sheet, sheets)}))
    if not file.is_undated:
        return _kinds(read, book, file, kind)
    return _by_period(read, file, kind)


def _by_period(read: ReadFile, file: _File, kind: str | None) -> list[ParsedDelivery]:
    """A file straight in the inbox, read once for each period with that period's instrument.

    The last look, without a period, takes the rows that belong to none.
    """
    pack = file.vocabulary.pack
    deliveries: list[ParsedDelivery] = []
    unusable: Rejection | None = None
    for period in (*pack.periods, ""):
        known = vocabulary(pack, period or pack.periods[-1])
        dated = replace(file, period=period, vocabulary=known)
        try:
            _check_mapping(dated, kind)
            share = _kinds(read, make_book(known, file.mapping, kind), dated, kind)
        except Rejection as rejection:
            unusable = rejection
        else:
            # What is said of the file as a whole is said once.
            deliveries += [replace(d, findings=_own_findings(d)) for d in share] if deliveries else share
    if not deliveries:
        raise unusable or Rejection("no_rows", found="0")
    return deliveries


def _own_findings(delivery: ParsedDelivery) -> tuple[Finding, ...]:
    """The findings on the delivery's own cells."""
    return tuple(finding for finding in delivery.findings if finding.severity == "masked")


def _kinds(read: ReadFile, book: Book, file: _File, kind: str | None) -> list[ParsedDelivery]:
    """Every kind's deliveries."""
    matches, others = _find_sheets(read, book, file, kind)
    general = [*_reading_findings(read, matches), *_sheet_findings(others, _names_told(read, file))]
    kinds = list(dict.fromkeys(match.sheet.kind for match in matches))
    deliveries: list[ParsedDelivery] = []
    untouched: list[ParsedDelivery] = []
    for found in kinds:
        own = [match for match in matches if match.sheet.kind == found]
        share = _deliveries(own, read, file, found, [] if deliveries else general)
        # Of a template for several kinds, those that nobody has filled in are no deliveries.
        (untouched if all(map(_is_untouched, share)) else deliveries).extend(share)
    return deliveries or untouched[:1]


def _check_mapping(file: _File, kind: str | None) -> None:
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


# Sheets


@spent("recognising")
def _find_sheets(
    read: ReadFile, book: Book, file: _File, kind: str | None
) -> tuple[list[Match], list[Table]]:
    """The tables that are contract sheets, and the visible ones that are nothing we know.

    Hidden sheets count only where no visible one is usable. Raises Rejection when nothing is found.
    """
    tables = _named_sheets(read, file)
    codebook = find_codebook(read.tables, file.vocabulary) if file.mapping is None else None
    found = [(table, _match(table, book, file, codebook)) for table in tables]
    found = [(t, m if m and _is_meant(m, len(tables)) else None) for t, m in found]
    shown = [pair for pair in found if not pair[0].is_hidden]
    usable = [m for _, m in shown if m and m.fault is None] or [m for _, m in found if m and m.fault is None]
    elsewhere = _sheets_of_other_kinds(kind, file)
    faulty = [m for t, m in shown if m and m.fault is not None and key(t.sheet) not in elsewhere]
    others = [t for t, m in shown if m is None and t.frame.height and key(t.sheet) not in elsewhere]
    if usable or faulty:
        chosen = {id(m) for m in (*usable, *faulty)}
        return [m for _, m in found if m and id(m) in chosen], others
    raise _nothing_found(tables, file, kind)


def _sheets_of_other_kinds(kind: str | None, file: _File) -> set[str]:
    """Names of the sheets that a workbook for several kinds has besides those of the kind asked for."""
    if kind is None:
        return set()
    others = (sheet for sheet in file.vocabulary.contract.sheets if sheet.kind != kind)
    return {key(name) for sheet in others for name in (sheet.name_nb, sheet.name_en)}


def _match(table: Table, book: Book, file: _File, codebook: Codebook | None) -> Match | None:
    """The contract sheet that a table is; a survey's data set is read in the words of its structure."""
    if codebook is not None and table.sheet == codebook.sheet:
        match = find_match(codebook.translate(table), book, file.vocabulary, None)
        if match is not None and match.sheet.kind == "survey":
            return codebook.restore(match)
    return find_match(table, book, file.vocabulary, file.mapping)


def _named_sheets(read: ReadFile, file: _File) -> list[Table]:
    """The workbook's sheets that may hold answers, or the one that the mapping names."""
    mapping = file.mapping
    if mapping is None or mapping.sheet is None or not read.has_sheets:
        silent = file.vocabulary.contract.silent_sheets
        return [table for table in read.tables if key(table.sheet) not in silent] or list(read.tables)
    named = [table for table in read.tables if key(table.sheet) == key(mapping.sheet)]
    if not named:
        sheets = ", ".join(table.sheet for table in read.tables)
        raise Rejection("sheet_not_found", found=sheets[:500], expected=mapping.sheet)
    return [replace(table, is_hidden=False) for table in named]


def _is_meant(match: Match, n_tables: int) -> bool:
    """Whether an unusable table was meant as the contract sheet; of many sheets some only resemble one."""
    if match.is_complete or n_tables == 1:
        return True
    if match.is_long_survey:
        # Questions and answers of a guide, say: nobody is named who answered.
        return False
    n_known = len(match.targets)
    return n_known >= 2 and n_known * 2 >= sum(name is not None for name in match.names)


def _nothing_found(tables: Sequence[Table], file: _File, kind: str | None) -> Rejection:
    """Why no table was found: another kind, no content, or headers that nobody knows."""
    if kind is not None and file.mapping is None:
        every = make_book(file.vocabulary, None, None)
        for table in tables:
            match = find_match(table, every, file.vocabulary, None)
            if match is not None and match.fault is None:
                return Rejection("wrong_kind", sheet=table.sheet, found=match.sheet.kind, expected=kind)
    if all(table.frame.height == 0 for table in tables):
        return Rejection("empty_file", found="0")
    return Rejection(
        "not_recognised",
        found=_known_words(tables, file.vocabulary),
        other=str(max(table.frame.width for table in tables)),
        count=str(sum(table.frame.height for table in tables)),
    )


def _known_words(tables: Sequence[Table], vocabulary: Vocabulary) -> str:
    """Headers that stand among the first rows. What else stands there may be anything, so it is not told."""
    cells = (
        clean(cell) for table in tables for row in table.head(5) for cell in row if cell and cell.strip()
    )
    first = islice(dict.fromkeys(cells), _MOST_CELLS)
    known = [text for text in first if vocabulary.is_like_header(text)]
    return ", ".join(header_shown(text) for text in known)[:300]


def _reading_findings(read: ReadFile, matches: Sequence[Match]) -> list[Finding]:
    """What was told of the reading, but of a sheet only where the sheet is used."""
    used = {None, *(match.table.sheet for match in matches)}
    return [finding for finding in read.findings if finding.sheet in used]


def _sheet_findings(others: Iterable[Table], told: MappingType[str, str]) -> list[Finding]:
    names = (told[table.sheet] for table in others)
    return [Finding("sheet_not_recognised", "warning", name, params={"found": name}) for name in names]


def _names_told(read: ReadFile, file: _File) -> dict[str, str]:
    """What sheets that are not used are called: of those nobody needs more than the place."""
    words, role_words = file.vocabulary.field_words, file.vocabulary.contract.role_words
    return sheet_names_shown(
        [table.sheet for table in read.tables], lambda name: looks_like_person(name, words, role_words)
    )


# Deliveries


@spent("typing")
def _deliveries(
    matches: Sequence[Match], read: ReadFile, file: _File, kind: str, general: Sequence[Finding]
) -> list[ParsedDelivery]:
    """One kind's deliveries, one per municipality."""
    is_template = file.mapping is None and _is_template(read)
    bodies = [read_body(match, file.vocabulary, is_template=is_template) for match in matches]
    source = Source(file.vocabulary, file.mapping, read.is_typed)
    if file.is_undated:
        bodies = [rows_of(body, source, file.period) for body in bodies]
        if not any(body.rows.height for body in bodies):
            return []
    recognised = _recognised(read, bodies, file)
    n_rows = sum(body.rows.height for body in bodies)
    # Without a period there is no instrument, so that a survey lacks all its questions.
    undone = _period_fault(file) if kind == "survey" and not file.is_undated else None
    fault = undone or next((match.fault.finding for match in matches if match.fault), None)
    fault = fault or _place_fault(bodies, source, file, kind)
    if fault is None and n_rows == 0 and is_template:
        told = [*general, *(finding for body in bodies for finding in _column_findings(body))]
        return [_untouched(file, kind, recognised=recognised, told=told)]
    if fault is None and n_rows == 0:
        fault = Finding("no_rows", "rejected", matches[0].table.sheet, params={"found": "0"})
    if fault is not None:
        whole = replace(_rejected(file, kind, fault), rows_received=n_rows, recognised=recognised)
        return [replace(whole, findings=tuple(general))]
    parts = [_type_part(body, source, file) for body in bodies if body.rows.height]
    official = kind == "survey" and is_official([(p.body, p.given) for p in parts], file.vocabulary)
    mode: CollectionMode = "register" if kind != "survey" else "official" if official else "respondents"
    shared = [*general, *(f for body in bodies for f in _column_findings(body))]
    if (other := _other_municipality(parts, file)) is not None:
        whole = replace(_rejected(file, kind, other), rows_received=n_rows, recognised=recognised)
        return [replace(whole, findings=tuple(shared))]
    if kind == "survey" and not official:
        answered = (
            p for p in parts if is_routed(p.body) and not tells_of_respondent(p.body, file.vocabulary)
        )
        warned = (nearly_official(p.given, p.body.match.table.sheet, file.vocabulary) for p in answered)
        shared += [finding for finding in warned if finding]
    if _is_for_owners(bodies, file):
        numbers = owners(file.municipality_number, file.vocabulary.pack)
        return [_delivery(file, kind, mode, Place(n), recognised, parts, shared) for n in numbers]
    return _by_place(parts, file, kind, mode, recognised, shared)


def _is_for_owners(bodies: Sequence[Body], file: _File) -> bool:
    """Whether the file lies in the shared folder and does not say itself whose its rows are."""
    return is_shared_folder(file.municipality_number) and not any(map(is_routed, bodies))


def _place_fault(bodies: Sequence[Body], source: Source, file: _File, kind: str) -> Finding | None:
    """Why the file cannot lie where it lies."""
    if file.is_undated:
        is_placed = file.period and all(map(is_routed, bodies))
        return None if is_placed else undated_fault(bodies, source)
    if (unknown := _period_fault(file)) is not None:
        return unknown
    if (other := other_period(bodies, source, file.period)) is not None:
        return other.finding
    if not _is_for_owners(bodies, file):
        return None
    return shared_fault(file.municipality_number, kind, file.vocabulary)


def _is_template(read: ReadFile) -> bool:
    """Whether a workbook is one of our templates, by the mark on its sheet of lists."""
    return any(TEMPLATE_MARK in (cell or "") for table in read.tables for cell in _first_cell(table))


def _first_cell(table: Table) -> tuple[str | None, ...]:
    return table.head(1)[0][:1] if table.frame.height and table.frame.width else ()


def _untouched(
    file: _File, kind: str, *, recognised: dict[str, Any], told: Sequence[Finding]
) -> ParsedDelivery:
    """A template that nobody has filled in is no fault: nothing is delivered, and nothing takes its place."""
    is_shared = is_shared_folder(file.municipality_number)
    fault = None if is_shared else check_municipality(file.municipality_number, file.vocabulary)
    whole = _rejected(file, kind, fault.finding if fault else Finding("no_rows", "rejected"))
    return replace(
        whole,
        rejection=fault.finding if fault else None,
        rows_received=0,
        recognised=recognised,
        findings=tuple(told),
    )


def _is_untouched(delivery: ParsedDelivery) -> bool:
    return delivery.rejection is None and delivery.rows_received == 0 and not delivery.findings


def _other_municipality(parts: Sequence[_Part], file: _File) -> Finding | None:
    """A folder speaks for one municipality: nobody can deliver for another from it."""
    routed = [part for part in parts if is_routed(part.body)]
    places = [place for part in routed for place in part.places.values()]
    sheet = routed[0].body.match.table.sheet if routed else None
    fault = find_other(places, file.municipality_number, file.vocabulary, sheet) if routed else None
    return fault.finding if fault else None


def _period_fault(file: _File) -> Finding | None:
    periods = file.vocabulary.pack.periods
    if file.period in periods:
        return None
    return Rejection(
        "unknown_period", value=file.period, found=file.period, expected=", ".join(periods)
    ).finding


def _type_part(body: Body, source: Source, file: _File) -> _Part:
    """Mask and type one sheet; every frame says for each row which municipality's text it has."""
    rows, masked = mask_body(body, source)
    long, long_rows = lengthen(body, rows)
    if is_routed(body):
        given, places = route(body, rows, source, file.municipality_number)
    else:
        number = file.municipality_number
        given = pl.Series([number], dtype=pl.String).new_from_index(0, rows.height)
        places = {number: Place(number, check_municipality(number, file.vocabulary))}
    numbers = given.replace_strict({text: place.number for text, place in places.items()}, default=None)
    numbers = numbers.cast(pl.String)
    told: tuple[Finding, ...] = ()
    if body.match.sheet.kind == "survey":
        frames, told = type_survey(long, long_rows, source, numbers)
    else:
        frames = type_sheet(long, long_rows, source)
    whose = pl.DataFrame({"row_number": rows["row_number"], "place": numbers})
    by_row = type_sheet(long, long_rows, source) if body.match.is_long_survey else frames
    names = at_headers(name_findings(long, long_rows, by_row, whose, source), body.match, long.match)
    return _Part(body, frames, given, places, [*masked, *told, *names])


def _by_place(
    parts: Sequence[_Part],
    file: _File,
    kind: str,
    mode: CollectionMode,
    recognised: dict[str, Any],
    shared: Sequence[Finding],
) -> list[ParsedDelivery]:
    """Divide the rows among the municipalities they belong to, in order of their numbers."""
    places = {place.number: place for part in parts for place in part.places.values()}
    if len(places) == 1:
        (place,) = places.values()
        return [_delivery(file, kind, mode, place, recognised, parts, shared)]
    divided: dict[str, list[_Part]] = {number: [] for number in sorted(places)}
    for part in parts:
        for number, share in _divide(part).items():
            divided[number].append(share)
    deliveries = []
    for position, (number, shares) in enumerate(divided.items()):
        # What is said of the file as a whole is said once.
        said = shared if position == 0 else []
        deliveries.append(_delivery(file, kind, mode, places[number], recognised, shares, said))
    return deliveries


def _divide(part: _Part) -> dict[str, _Part]:
    """A sheet's rows by municipality number."""
    numbers = part.given.replace_strict({text: place.number for text, place in part.places.items()})
    owner = pl.DataFrame({"row_number": part.body.rows["row_number"], "place": numbers})
    frames = {
        dataset: frame.join(owner, on="row_number", how="left", maintain_order="left").partition_by(
            "place", as_dict=True, include_key=False
        )
        for dataset, frame in part.frames.items()
    }
    rows = part.body.rows.with_columns(numbers.alias("place")).partition_by(
        "place", as_dict=True, include_key=False
    )
    number_of_row = dict(owner.iter_rows())
    return {
        number: _Part(
            body=replace(part.body, rows=own_rows),
            frames={
                dataset: by_place[name]
                for dataset, by_place in frames.items()
                if (name := (number,)) in by_place
            },
            given=part.given,
            places=part.places,
            findings=[f for f in part.findings if number_of_row.get(f.row_number) == number],
        )
        for (number,), own_rows in rows.items()
    }


def _delivery(
    file: _File,
    kind: str,
    mode: CollectionMode,
    place: Place,
    recognised: dict[str, Any],
    parts: Sequence[_Part],
    shared: Sequence[Finding],
) -> ParsedDelivery:
    """One municipality's delivery out of its shares of the sheets."""
    identity = delivery_id(file.sha256, place.number, file.period, kind, file.mapping_sha256)
    base = ParsedDelivery(
        delivery_id=identity,
        municipality_number=place.number,
        period=file.period,
        kind=kind,
        collection_mode=mode,
        file_name=file.name,
        sha256=file.sha256,
        mapping_sha256=file.mapping_sha256,
        sheets=(),
        rows_received=sum(part.body.rows.height for part in parts),
        rejection=place.fault.finding if place.fault else None,
        recognised=recognised,
        datasets={},
        findings=tuple(shared),
    )
    if place.fault:
        first, *more = refused_rows(place.fault.finding, [part.body for part in parts])
        return replace(base, rejection=first, findings=(*shared, *more))
    datasets = _united(parts, identity)
    own = [finding for part in parts for finding in part.findings]
    return replace(base, sheets=_sheets_in(parts, datasets), datasets=datasets, findings=(*shared, *own))


def _united(parts: Sequence[_Part], identity: str) -> dict[str, pl.DataFrame]:
    """Frames by data set, those of several sheets of a workbook one after the other."""
    by_dataset: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for dataset, frame in part.frames.items():
            by_dataset.setdefault(dataset, []).append(frame)
    return {
        dataset: (frames[0] if len(frames) == 1 else pl.concat(frames)).select(
            pl.lit(identity).alias("delivery_id"), pl.all()
        )
        for dataset, frames in by_dataset.items()
    }


def _sheets_in(parts: Sequence[_Part], datasets: MappingType[str, object]) -> tuple[str, ...]:
    """Contract sheets that came with rows; a flat column of objects counts as the sheet it stands for."""
    contract = load_contract()
    found = {part.body.match.sheet.id for part in parts}
    found |= {
        column.flat_sheet
        for part in parts
        for column in part.body.match.sheet.flat
        if column.flat_sheet and contract.sheet_by_id[column.flat_sheet].dataset in datasets
    }
    return tuple(sheet.id for sheet in contract.sheets if sheet.id in found)


def _column_findings(body: Body) -> list[Finding]:
    """Columns that nobody asked for, mapped ones that are not there, and what the body left out."""
    match, sheet = body.match, body.match.table.sheet
    unknown = [
        Finding("unknown_column", "warning", sheet, match.header_row + 1, name, name, {"found": name})
        for i in match.unknown
        if (name := match.names[i] or column_letter(i))
    ]
    missing = [
        Finding(
            "mapped_header_missing", "warning", sheet, params={"expected": target_name(match.sheet, target)}
        )
        for target in match.missing
    ]
    return [*unknown, *missing, *match.findings, *body.findings]


# What was recognised


def _recognised(read: ReadFile, bodies: Sequence[Body], file: _File) -> dict[str, Any]:
    """For the report and ``check``: format, dialect, and per sheet the header row and the columns."""
    used = {body.match.table.sheet for body in bodies}
    told = _names_told(read, file)
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
