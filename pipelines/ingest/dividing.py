"""One contract sheet's rows masked and typed, and divided among the municipalities that they belong to."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.column_texts import Source
from pipelines.ingest.columns import mask_body, type_sheet
from pipelines.ingest.contract import load_contract
from pipelines.ingest.model import CollectionMode, Finding, ParsedDelivery, delivery_id
from pipelines.ingest.name_findings import name_findings
from pipelines.ingest.reshape import at_headers, lengthen
from pipelines.ingest.routing import (
    Place,
    check_municipality,
    find_other,
    is_routed,
    refused_rows,
    route,
)
from pipelines.ingest.sent import SentFile
from pipelines.ingest.sharing import is_shared_folder
from pipelines.ingest.surplus import set_aside
from pipelines.ingest.survey import type_survey


@dataclass
class Part:
    """One contract sheet's rows, typed.

    frames: by data set; given: the municipality of each row of the body, a key of places.
    """

    body: Body
    frames: dict[str, pl.DataFrame]
    given: pl.Series
    places: dict[str, Place]
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> tuple[Body, pl.Series]:
        """The rows that were read, and whose they are."""
        return self.body.sound, self.given.filter(self.body.is_sound)


def is_for_owners(bodies: Sequence[Body], file: SentFile) -> bool:
    """Whether the file lies in the shared folder and does not say itself whose its rows are."""
    return is_shared_folder(file.municipality_number) and not any(map(is_routed, bodies))


def type_part(body: Body, source: Source, file: SentFile) -> Part:
    """Mask and type one sheet; every frame says for each row which municipality's text it has."""
    rows, masked = mask_body(body, source)
    if is_routed(body):
        given, places = route(body, rows, source, file.municipality_number)
    else:
        number = file.municipality_number
        given = pl.Series([number], dtype=pl.String).new_from_index(0, rows.height)
        places = {number: Place(number, check_municipality(number, file.vocabulary))}
    read = body.sound
    numbers, rows = given.filter(body.is_sound), rows.filter(body.is_sound)
    long, long_rows = lengthen(read, rows)
    told: tuple[Finding, ...] = ()
    if body.match.sheet.kind == "survey":
        frames, told = type_survey(long, long_rows, source, numbers)
    else:
        frames = type_sheet(long, long_rows, source)
    whose = pl.DataFrame({"row_number": rows["row_number"], "place": numbers})
    by_row = type_sheet(long, long_rows, source) if read.match.is_long_survey else frames
    names = at_headers(name_findings(long, long_rows, by_row, whose, source), read.match, long.match)
    dataset, sheet = long.match.sheet.dataset, body.match.table.sheet
    aside = body.rows.filter(~body.is_sound)["row_number"]
    frames[dataset] = set_aside(frames[dataset], sheet, aside.to_list())
    faults = body.surplus.findings(sheet, aside)
    return Part(body, frames, given, places, [*masked, *faults, *told, *names])


def other_municipality(parts: Sequence[Part], file: SentFile) -> Finding | None:
    """A folder speaks for one municipality: nobody can deliver for another from it."""
    routed = [part for part in parts if is_routed(part.body)]
    places = [place for part in routed for place in part.places.values()]
    sheet = routed[0].body.match.table.sheet if routed else None
    fault = find_other(places, file.municipality_number, file.vocabulary, sheet) if routed else None
    return fault.finding if fault else None


def by_place(
    parts: Sequence[Part],
    file: SentFile,
    kind: str,
    mode: CollectionMode,
    recognised: dict[str, Any],
    shared: Sequence[Finding],
) -> list[ParsedDelivery]:
    """Divide the rows among the municipalities they belong to, in order of their numbers."""
    places = {place.number: place for part in parts for place in part.places.values()}
    if len(places) == 1:
        (place,) = places.values()
        return [delivery_of(file, kind, mode, place, recognised, parts, shared)]
    divided: dict[str, list[Part]] = {number: [] for number in sorted(places)}
    for part in parts:
        for number, share in _divide(part).items():
            divided[number].append(share)
    deliveries = []
    for position, (number, shares) in enumerate(divided.items()):
        # What is said of the file as a whole is said once.
        said = shared if position == 0 else []
        deliveries.append(delivery_of(file, kind, mode, places[number], recognised, shares, said))
    return deliveries


def _divide(part: Part) -> dict[str, Part]:
    """A sheet's rows by municipality number."""
    owner = pl.DataFrame({"row_number": part.body.rows["row_number"], "place": part.given})
    frames = {
        dataset: frame.join(owner, on="row_number", how="left", maintain_order="left").partition_by(
            "place", as_dict=True, include_key=False
        )
        for dataset, frame in part.frames.items()
    }
    rows = part.body.rows.with_columns(part.given.alias("place")).partition_by(
        "place", as_dict=True, include_key=False
    )
    number_of_row = dict(owner.iter_rows())
    findings: dict[str | None, list[Finding]] = {}
    for finding in part.findings:
        findings.setdefault(number_of_row.get(finding.row_number), []).append(finding)
    return {
        number: Part(
            body=replace(part.body, rows=own_rows),
            frames={
                dataset: by_place[name]
                for dataset, by_place in frames.items()
                if (name := (number,)) in by_place
            },
            given=part.given,
            places=part.places,
            findings=findings.get(number, []),
        )
        for (number,), own_rows in rows.items()
    }


def delivery_of(
    file: SentFile,
    kind: str,
    mode: CollectionMode,
    place: Place,
    recognised: dict[str, Any],
    parts: Sequence[Part],
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


def _united(parts: Sequence[Part], identity: str) -> dict[str, pl.DataFrame]:
    """Frames by data set, those of several sheets of a workbook one after the other."""
    by_dataset: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        for dataset, frame in part.frames.items():
            by_dataset.setdefault(dataset, []).append(frame)
    return {
        dataset: (frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")).select(
            pl.lit(identity).alias("delivery_id"), pl.all()
        )
        for dataset, frames in by_dataset.items()
    }


def _sheets_in(parts: Sequence[Part], datasets: MappingType[str, object]) -> tuple[str, ...]:
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
