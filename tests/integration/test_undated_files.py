"""Files straight in the inbox, whose own columns say of which period each row is, under two instruments."""

from __future__ import annotations

from pathlib import Path

from pipelines.gate.single import check_deliveries
from pipelines.ingest.mapping import load_mapping
from pipelines.ingest.parse import parse_file
from pipelines.reference.pack import load_pack
from pipelines.settings import Limits
from tests.support import BASE_PACK, FICTIONAL_PACK
from tests.unit.test_ingest_support import MUNICIPALITY, csv_bytes


def test_a_period_whose_instrument_the_mapping_does_not_fit_loses_no_row(tmp_path: Path) -> None:
    tables = {
        "instrument": "instrument_id,name_nb,name_en,valid_from,valid_to\nny-2027,Ny,New,2027-01-01,\n",
        "instrument_dimension": "instrument_id,dimension_id,name_nb,name_en,sort_order\n"
        "ny-2027,PU,Prosess,Process,1\n",
        "instrument_item": "instrument_id,item_id,dimension_id,scale_id,text_nb,text_en,is_reversed,tier,"
        "sort_order\nny-2027,PU99,PU,agreement_5,Helt nytt spørsmål her,A new question here,false,kjerne,1\n",
        "period": "period,instrument_id\n2027,ny-2027\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    newer = load_pack([BASE_PACK, FICTIONAL_PACK, tmp_path])
    mapping = load_mapping(b'kind: survey\ncolumns:\n  "R": respondent_id\n  "A": item:PU1\n')
    rows = [["kommunenummer", "periode", "R", "A"], *([MUNICIPALITY, p, "1", "4"] for p in ("2026", "2027"))]
    deliveries = parse_file(csv_bytes(rows), "u.csv", "", "", newer, Limits(), mapping)
    assert [(d.period, d.rows_received, d.rejection and d.rejection.rule) for d in deliveries] == [
        ("2026", 1, None),
        ("2027", 1, "mapping_unknown_item"),
    ]
    rows_of = check_deliveries(deliveries, newer).deliveries
    assert rows_of["rows_received"].sum() == 2
