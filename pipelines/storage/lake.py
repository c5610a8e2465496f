"""The lake: typed rows, one parquet file per dataset and delivery, and what the reader said of each.

Everything here is rebuilt from the archive when it is deleted. Three kinds of file::

    inputs/<input id>.json                         archived file + folder + mapping → delivery ids
    parsed/<delivery_id>.json                      what the reader said (no rows)
    <dataset>/period=<period>/<delivery_id>.parquet  the rows

Each carries the ingest key it was made under (reader's source, pack, limits); another key means that
it is read again. They are written rows first, then meta, then input, without forcing them to disk:
a kill cannot tear them, and a meta states the size of every rows file, so a hole is noticed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.ingest.shown import file_name_shown
from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.archive import Archive, Arrival

if TYPE_CHECKING:
    from pipelines.ingest.model import Finding, ParsedDelivery
    from pipelines.reference.pack import ReferencePack

LOG = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]

IDENTITY: dict[str, pl.DataType] = {
    "delivery_id": pl.String(),
    "sheet": pl.String(),
    "row_number": pl.Int64(),
}
TEXT_SUFFIXES = ("__raw", "__error")


@cache
def dataset_columns() -> dict[str, dict[str, pl.DataType]]:
    """Dataset → its typed columns, the row's identity first; the contract says which there are."""
    from pipelines.ingest.contract import dataset_schema, datasets_of_sheet, load_contract

    names = {name for sheet in load_contract().sheets for name in datasets_of_sheet(sheet.id)}
    return {name: {**IDENTITY, **dataset_schema(name)} for name in sorted(names)}


@dataclass(frozen=True)
class DeliveryMeta:
    """What the reader said of one delivery, without its rows.

    datasets: rows file of each dataset → its size in bytes. The other fields are those of
    ``ParsedDelivery``. Metas of purged files outlive every version, so a new field needs a default.
    """

    delivery_id: str
    municipality_number: str
    period: str
    kind: str
    collection_mode: str
    file_name: str
    sha256: str
    mapping_sha256: str | None
    sheets: tuple[str, ...]
    rows_received: int | None
    rejection: Finding | None
    recognised: dict[str, Any]
    findings: tuple[Finding, ...]
    datasets: dict[str, int]
    ingest_key: str

    @property
    def contract_sheets(self) -> tuple[str, ...]:
        """The contract sheets that stood in the file as tables of their own, with rows.

        An empty sheet of a template claims no place. A flat column's rows belong to the table they
        stand in: they count and are superseded with it.
        """
        sheets = self.recognised.get("sheets", ())
        found = {sheet["contract_sheet"] for sheet in sheets if sheet.get("rows", 1) > 0}
        return tuple(sheet for sheet in self.sheets if sheet in found)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The rejection, where there is one, and the rest."""
        return ((self.rejection,) if self.rejection else ()) + self.findings


@dataclass(frozen=True)
class IngestResult:
    """metas: by delivery_id; deliveries_of: arrival's sequence → its delivery ids; parsed: files read."""

    metas: dict[str, DeliveryMeta]
    deliveries_of: dict[int, tuple[str, ...]]
    parsed: int


class Lake:
    """Reads and writes a lake's folder; only the holder of the writer's lock may write.

    There are two: ``HOME/lake``, and the archive's rows of files whose bytes were purged.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, parsed: ParsedDelivery, ingest_key: str) -> DeliveryMeta:
        """Store a delivery's rows, then its meta."""
        sizes = {
            dataset: self._write_rows(dataset, parsed, frame)
            for dataset, frame in sorted(parsed.datasets.items())
        }
        meta = meta_of(parsed, sizes, ingest_key)
        files.atomic_write_json(self._meta_path(meta.delivery_id), asdict(meta), durable=False)
        return meta

    def read_meta(self, delivery_id: str) -> DeliveryMeta | None:
        """A delivery's meta; None where there is none or it cannot be read."""
        try:
            return _meta_from_json(json.loads(self._meta_path(delivery_id).read_bytes()))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def read(self, dataset: str, metas: Iterable[DeliveryMeta]) -> pl.DataFrame:
        """All rows of a dataset in the given deliveries, in one scan, sorted by identity.

        Columns: delivery_id, sheet, row_number, the dataset's typed columns, then every ``__raw`` and
        ``__error`` column that any of them has. Always typed, also without rows.
        """
        paths = [self._rows_path(dataset, meta) for meta in _sorted(metas) if dataset in meta.datasets]
        if not paths:
            return pl.DataFrame(schema=dataset_columns()[dataset])
        # Rows of a purged file may be older than a column of the contract: it is unknown there.
        schema = dict(dataset_columns()[dataset])
        for path in paths:
            schema |= pl.read_parquet_schema(path)
        frames = pl.scan_parquet(
            paths, schema=schema, missing_columns="insert", hive_partitioning=False, glob=False
        )
        # Deliveries follow each other by id, and each is written in the file's own order of rows.
        return conform(frames.collect(), dataset)

    def read_all(self, metas: Iterable[DeliveryMeta]) -> dict[str, pl.DataFrame]:
        """Every dataset of the contract, as ``read`` gives it."""
        given = list(metas)
        return {dataset: self.read(dataset, given) for dataset in dataset_columns()}

    # Inputs

    def read_input(self, input_id: str, ingest_key: str | None) -> list[DeliveryMeta] | None:
        """The deliveries that a file gave, when they are all here under this key (None: under one)."""
        try:
            content = json.loads(self._input_path(input_id).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        made_under = content.get("ingest_key")
        if ingest_key not in (None, made_under):
            return None
        metas = [self._whole(self.read_meta(name), made_under) for name in content["delivery_ids"]]
        return None if None in metas else [meta for meta in metas if meta is not None]

    def recorded(self, arrival: Arrival) -> tuple[str, ...]:
        """The ids of an arrival's deliveries, as its file was last read, under whatever key."""
        try:
            names = json.loads(self._input_path(input_id_of(arrival)).read_bytes())["delivery_ids"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return ()
        return arrival.of_these(names)

    def write_input(self, input_id: str, metas: Sequence[DeliveryMeta], ingest_key: str) -> None:
        """Record which deliveries a file gave, after they are stored."""
        content = {"ingest_key": ingest_key, "delivery_ids": [meta.delivery_id for meta in metas]}
        files.atomic_write_json(self._input_path(input_id), content, durable=False)

    def take_over(self, other: Lake, input_id: str) -> list[DeliveryMeta] | None:
        """Copy here, as it is, what a file gave in another lake; None where that does not hold it whole."""
        metas = other.read_input(input_id, None)
        if metas is None:
            return None
        for meta in metas:
            for dataset in sorted(meta.datasets):
                content = other._rows_path(dataset, meta).read_bytes()
                files.atomic_write_bytes(self._rows_path(dataset, meta), content)
            files.atomic_write_json(self._meta_path(meta.delivery_id), asdict(meta))
        if metas:
            self.write_input(input_id, metas, metas[0].ingest_key)
        return metas

    # Paths

    def _rows_path(self, dataset: str, meta: DeliveryMeta | ParsedDelivery) -> Path:
        folder = self.root / dataset / f"period={_safe(meta.period)}"
        return folder / f"{meta.delivery_id}.parquet"

    def _meta_path(self, delivery_id: str) -> Path:
        return self.root / "parsed" / f"{delivery_id}.json"

    def _input_path(self, input_id: str) -> Path:
        return self.root / "inputs" / f"{input_id}.json"

    def _write_rows(self, dataset: str, parsed: ParsedDelivery, frame: pl.DataFrame) -> int:
        path = self._rows_path(dataset, parsed)
        rows = conform(frame, dataset)
        files.atomic_write(path, rows.write_parquet, durable=False)
        return path.stat().st_size

    def _whole(self, meta: DeliveryMeta | None, ingest_key: str | None) -> DeliveryMeta | None:
        if meta is None or meta.ingest_key != ingest_key:
            return None
        for dataset, size in meta.datasets.items():
            path = self._rows_path(dataset, meta)
            if not path.is_file() or path.stat().st_size != size:
                return None
        return meta


def ingest_pending(
    settings: Settings, pack: ReferencePack, arrivals: Sequence[Arrival], progress: Progress | None = None
) -> IngestResult:
    """Read every archived file whose deliveries are not in the lake under today's ingest key.

    progress: called with (done, all to read, file) before each file is read. The result does not
    depend on the order of ``arrivals``. A reader that fails costs its own file, not the others.
    """
    lake, archive = Lake(settings.lake), Archive(settings)
    files.remove_leftovers(lake.root)
    key = ingest_key(settings, pack)
    inputs = {input_id_of(arrival): arrival for arrival in sorted(arrivals, key=lambda a: -a.sequence)}
    known = {i: _known(lake, archive, arrival, key) for i, arrival in inputs.items()}
    pending = sorted((i for i, metas in known.items() if metas is None), key=lambda i: inputs[i].sequence)
    for done, input_id in enumerate(pending):
        if progress:
            progress(done, len(pending), file_name_shown(inputs[input_id].inbox_path))
        parsed = _parse(archive, settings, pack, inputs[input_id])
        metas = known[input_id] = [lake.write(delivery, key) for delivery in parsed]
        lake.write_input(input_id, metas, key)
    if progress and pending:
        progress(len(pending), len(pending), "")
    # The same content under two names is one delivery: the one written last stands, as in the lake.
    in_order = sorted(known, key=lambda i: inputs[i].sequence)
    return IngestResult(
        metas={m.delivery_id: m for i in in_order for m in known[i] or ()},
        deliveries_of={a.sequence: _ids_of(a, known[input_id_of(a)]) for a in arrivals},
        parsed=len(pending),
    )


def known_deliveries(settings: Settings, pack: ReferencePack, arrivals: Sequence[Arrival]) -> IngestResult:
    """What the lake holds of these arrivals under today's ingest key; reads no delivered file."""
    lake, archive, key = Lake(settings.lake), Archive(settings), ingest_key(settings, pack)
    found = {
        arrival.sequence: lake.read_input(
            input_id_of(arrival), None if archive.is_purged(arrival.sha256) else key
        )
        or []
        for arrival in arrivals
    }
    return IngestResult(
        metas={meta.delivery_id: meta for metas in found.values() for meta in metas},
        deliveries_of={a.sequence: _ids_of(a, found[a.sequence]) for a in arrivals},
        parsed=0,
    )


def _ids_of(arrival: Arrival, metas: Iterable[DeliveryMeta] | None) -> tuple[str, ...]:
    return arrival.of_these(meta.delivery_id for meta in metas or ())


def _known(lake: Lake, archive: Archive, arrival: Arrival, key: str) -> list[DeliveryMeta] | None:
    """What a file gave, where it need not be read: because it was, or because it cannot be any more."""
    name = input_id_of(arrival)
    if not archive.is_purged(arrival.sha256):
        return lake.read_input(name, key)
    # What was read before the purge stands, under whatever key: nobody can read the file again.
    return lake.read_input(name, None) or lake.take_over(Lake(archive.rows), name)


def ingest_key(settings: Settings, pack: ReferencePack) -> str:
    """A hash of all that decides how a file is read, besides the file and its mapping."""
    parts = [_reader_source(), pack.pack_hash, repr(settings.limits)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _reader_source() -> str:
    """Hash of the files of the rooms ingest and reference, of this one, and of the readers' versions."""
    pipelines = Path(__file__).resolve().parent.parent
    sources = [p for p in (pipelines / "ingest").rglob("*") if p.suffix in {".py", ".yml", ".yaml"}]
    sources += (pipelines / "reference").glob("*.py")
    sources.append(Path(__file__).resolve())
    libraries = ("polars", "fastexcel", "lxml", "charset-normalizer", "rapidfuzz")
    versions = [f"{name} {version(name)}" for name in libraries]
    return files.sha256_of_files(sources, pipelines) + " ".join(versions)


def _parse(
    archive: Archive, settings: Settings, pack: ReferencePack, arrival: Arrival
) -> list[ParsedDelivery]:
    """Read one archived file; whatever goes wrong in the reader becomes a rejected delivery."""
    from pipelines.ingest.mapping import MappingError, load_mapping
    from pipelines.ingest.parse import parse_file

    limits = settings.limits
    if archive.is_purged(arrival.sha256):
        return [_rejected(arrival, "purged")]
    if (size := archive.size(arrival.sha256)) > limits.max_file_bytes:
        # Not even read into memory.
        return [_rejected(arrival, "file_too_big", found=str(size), limit=str(limits.max_file_bytes))]
    content = archive.read_bytes(arrival.sha256)
    words = archive.read_bytes(arrival.mapping_sha256) if arrival.mapping_sha256 else None
    try:
        mapping = load_mapping(words) if words is not None else None
        return parse_file(
            content, arrival.file_name, arrival.period, arrival.municipality_number, pack, limits, mapping
        )
    except MappingError as error:
        return [_rejected(arrival, "mapping_unreadable", found=str(error))]
    except BaseException as error:
        # A Rust panic in a reader is no Exception; a keyboard interrupt is not the file's fault.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        LOG.exception("the reader failed on %s", file_name_shown(arrival.inbox_path))
        return [_rejected(arrival, "internal_error", found=type(error).__name__)]


def _rejected(arrival: Arrival, rule: str, **params: str) -> ParsedDelivery:
    """A delivery of which nothing was read; its kind is guessed from the file's name."""
    from pipelines.ingest.sent import reject

    return reject(
        rule,
        params,
        file_name=arrival.file_name,
        sha256=arrival.sha256,
        mapping_sha256=arrival.mapping_sha256,
        period=arrival.period,
        municipality_number=arrival.municipality_number,
    )


def input_id_of(arrival: Arrival) -> str:
    """What decides the result of reading an archived file: content, folder, mapping and name."""
    parts = (
        arrival.sha256,
        arrival.mapping_sha256 or "",
        arrival.period,
        arrival.municipality_number,
        arrival.file_name,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def meta_of(parsed: ParsedDelivery, sizes: Mapping[str, int] | None = None, key: str = "") -> DeliveryMeta:
    """What the reader said of a delivery; sizes and key: where its rows lie, if they are stored."""
    return DeliveryMeta(
        delivery_id=parsed.delivery_id,
        municipality_number=parsed.municipality_number,
        period=parsed.period,
        kind=parsed.kind,
        collection_mode=parsed.collection_mode,
        file_name=parsed.file_name,
        sha256=parsed.sha256,
        mapping_sha256=parsed.mapping_sha256,
        sheets=tuple(parsed.sheets),
        rows_received=parsed.rows_received,
        rejection=parsed.rejection,
        recognised=parsed.recognised,
        findings=tuple(parsed.findings),
        datasets=dict(sizes or {}),
        ingest_key=key,
    )


def _meta_from_json(content: dict[str, Any]) -> DeliveryMeta:
    from pipelines.ingest.model import Finding

    meta = DeliveryMeta(**content)
    return replace(
        meta,
        sheets=tuple(content["sheets"]),
        rejection=Finding(**content["rejection"]) if content["rejection"] else None,
        findings=tuple(Finding(**finding) for finding in content["findings"]),
    )


def conform(frame: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """The contract's columns in its types, then the texts and error columns by name.

    Raises ValueError where the reader left a column out.
    """
    if dataset not in dataset_columns():
        raise ValueError(f"the contract has no dataset {dataset}; it has {', '.join(dataset_columns())}")
    typed = dataset_columns()[dataset]
    if missing := sorted(set(typed) - set(frame.columns)):
        raise ValueError(f"dataset {dataset}: the reader gave no column {', '.join(missing)}")
    texts = sorted(name for name in frame.columns if name.endswith(TEXT_SUFFIXES))
    return frame.select(
        *(pl.col(name).cast(dtype) for name, dtype in typed.items()),
        *(pl.col(name).cast(pl.String) for name in texts),
    )


def _sorted(metas: Iterable[DeliveryMeta]) -> list[DeliveryMeta]:
    return sorted(metas, key=lambda meta: meta.delivery_id)


def _safe(period: str) -> str:
    """A period as part of a path; an illegal one (the delivery is rejected) cannot leave the folder."""
    return "".join(c if c.isalnum() or c == "-" else "_" for c in period)[:40] or "_"
