"""The files beside the database: CSV and its signs, the data package, the codebook as a page."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from frictionless import validate

from pipelines.disclosure.missing import missing_rules
from pipelines.disclosure.published import EDITIONS, MEMBER, PUBLIC, tables_of
from pipelines.disclosure.questions import questions, questions_for
from pipelines.storage import release_views
from pipelines.storage.release_views import ViewError
from pipelines.storage.releases import publish, resolve_current, verify
from tests.synthetic_build import Rows, example, settings_of, value_row, write_build

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIGNS = missing_rules().signs
# Texts that look like signs, like nulls or like CSV itself.
ODD_TEXTS = [
    ".",
    "..",
    ":",
    "\\.",
    "\\\\:",
    "...",
    "",
    "NULL",
    "null",
    'a "b", c',
    "two\nlines",
    "\\",
    " . ",
    "'",
]


def odd_example() -> Rows:
    """The example with statuses of all kinds, texts of all kinds and a municipality in no index."""
    rows = example()
    rows["fct_indicator_value"][0] = value_row("9900", "BAR_1", 40.0, focus_area="area")
    rows["fct_indicator_value"] += [
        value_row("9900", "MOD_PU", None, focus_area=status, status=status, n=None, numerator=None)
        | dict.fromkeys(("ci_low", "ci_high", "denominator"))
        for status in missing_rules().statuses
        if status != "ok"
    ]
    rows["delivery_finding"] += [
        {
            "delivery_id": "d2", "finding_number": 10 + i, "severity": "warning", "rule": text, "sheet": text,
            "column_name": "c",
        }
        for i, text in enumerate(ODD_TEXTS)
    ]  # fmt: skip
    rows["fct_once_only_gap"].append(
        {"municipality_number": "9999", "period": "2026", "process_id": "p", "data_object_id": "o"}
    )
    return rows


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = settings_of(tmp_path_factory.mktemp("folder of o'hara"))
    write_build(settings.build_file, odd_example())
    publish(settings, "1.0", "p" * 64, ["f" * 64], is_tested=True, now=NOON)
    assert verify(settings) == []
    return resolve_current(settings)


def package(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return found


def unescaped(text: str) -> str:
    """A text of a CSV file as it is in the tables: the codebook says how."""
    return text[1:] if re.fullmatch(r"\\+(\.\.?|:)", text) else text


def csv_rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def spelled(value: Any, data_type: str) -> str:
    """What a cell of the database is in CSV, worked out here once more."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if data_type == "TIMESTAMP":
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if data_type.endswith("[]"):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


@pytest.mark.parametrize("edition", EDITIONS)
def test_csv_and_database_say_the_same(release: Path, edition: str) -> None:
    folder = release / edition
    empty = 0
    with duckdb.connect(str(folder / "benchmark.duckdb"), read_only=True) as connection:
        for resource in package(folder)["resources"]:
            name, key = resource["name"], ", ".join(resource["schema"]["primaryKey"])
            cursor = connection.execute(f"from {name} order by {key}")
            columns = [(column[0], str(column[1])) for column in cursor.description or ()]
            for ours, theirs in zip(cursor.fetchall(), csv_rows(folder, name), strict=True):
                assert list(theirs) == [column for column, _ in columns]
                for value, (column, data_type) in zip(ours, columns, strict=True):
                    if value is None:
                        assert theirs[column] in SIGNS.values(), (name, column)
                        empty += 1
                    else:
                        assert theirs[column] not in SIGNS.values(), (name, column)
                        assert unescaped(theirs[column]) == spelled(value, data_type), (name, column)
    assert empty


def test_odd_texts_come_back_as_they_were(release: Path) -> None:
    found = csv_rows(release / MEMBER, "delivery_finding")
    assert [unescaped(row["sheet"]) for row in found if int(row["finding_number"]) >= 10] == ODD_TEXTS


def test_the_sign_follows_the_status(release: Path) -> None:
    found = {
        row["focus_area"]: row
        for row in csv_rows(release / MEMBER, "fct_indicator_value")
        if row["municipality_number"] == "9900" and row["indicator_id"] == "MOD_PU"
    }
    for status, reason in missing_rules().statuses.items():
        if status != "ok":
            row = found[status]
            assert (row["status"], row["value"], row["numerator"]) == (status, SIGNS[reason], SIGNS[reason])
            assert row["coverage"] == SIGNS["not_applicable"]  # of registers only, whatever the status
    assert {SIGNS[reason] for reason in missing_rules().statuses.values()} == {".", "..", ":"}


def test_what_is_withheld_and_what_does_not_exist_are_told_apart(release: Path) -> None:
    values = csv_rows(release / MEMBER, "fct_indicator_value")
    survey = next(r for r in values if r["indicator_id"] == "MOD_PU" and r["status"] == "ok")
    register = next(r for r in values if r["indicator_id"] == "PRO_OWN")
    assert (survey["numerator"], survey["lower_bound"]) == (":", ".")
    assert (register["numerator"], register["ci_low"]) == ("1.0", ".")
    told = csv_rows(release / PUBLIC, "fct_benchmark")
    assert told
    assert {(r["median"], r["q1"], r["q3"]) for r in told} == {(":", ":", ":")}


def test_a_status_without_a_sign_stops_the_release(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    rows = example()
    rows["fct_change"].append(
        {
            "municipality_number": "9900", "period": "2026", "indicator_id": "PRO_OWN",
            "collection_mode": "register", "status": "on_holiday",
        }
    )  # fmt: skip
    write_build(settings.build_file, rows)
    with pytest.raises(
        duckdb.Error, match=r"fct_change: status without a sign in .*missing\.yml: on_holiday"
    ):
        publish(settings, "1.0", "p" * 64, [], is_tested=True)
    assert not (settings.releases / "current").exists()


@pytest.mark.parametrize("edition", EDITIONS)
def test_frictionless_finds_the_package_valid(release: Path, edition: str) -> None:
    report = validate(str(release / edition / "datapackage.json"))
    assert report.valid, report.flatten(["title", "fieldName", "rowNumber", "note"])
    assert [task.name for task in report.tasks] == [*(t.name for t in tables_of(edition)), "release"]


BREAKINGS = {
    "a cell of another type": ("fct_benchmark", lambda t: t.replace("2026,all,", "2026,all,x,", 1)),
    "a key twice": ("release", lambda t: t + t.splitlines()[1] + "\n"),
    "a sign in a key": ("delivery", lambda t: t.replace("\nd1,", "\n..,", 1)),
    "a reference to nothing": ("delivery_finding", lambda t: t.replace("d2,1,", "d3,1,", 1)),
}


@pytest.mark.parametrize("name", BREAKINGS)
def test_frictionless_finds_what_is_broken(release: Path, tmp_path: Path, name: str) -> None:
    """The test above can fail, for types, keys and references alike."""
    table, change = BREAKINGS[name]
    folder = Path(shutil.copytree(release / MEMBER, tmp_path / "copy"))
    path = folder / "csv" / f"{table}.csv"
    path.chmod(0o644)
    before = path.read_text("utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text("utf-8") != before
    # Without the sizes and hashes, which alone would tell.
    described = package(folder)
    for resource in described["resources"]:
        del resource["bytes"], resource["hash"]
    (folder / "datapackage.json").chmod(0o644)
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    assert not validate(str(folder / "datapackage.json")).valid


def test_the_package_says_what_the_tables_are(release: Path) -> None:
    for edition in EDITIONS:
        described = {r["name"]: r for r in package(release / edition)["resources"]}
        for table in tables_of(edition):
            schema = described[table.name]["schema"]
            assert schema["primaryKey"] == list(table.key)
            assert [field["name"] for field in schema["fields"]] == list(table.columns)
            assert all(field["description"] for field in schema["fields"])
            assert [entry["value"] for entry in schema["missingValues"]] == [".", "..", ":"]
            assert all(entry["label"] for entry in schema["missingValues"])


def test_only_references_that_hold_are_claimed(release: Path) -> None:
    told = {
        r["name"]: [key["fields"] for key in r["schema"].get("foreignKeys", [])]
        for r in package(release / MEMBER)["resources"]
    }
    assert ["municipality_number", "period"] in told["fct_indicator_value"]
    assert ["indicator_id"] in told["fct_benchmark"]
    assert told["delivery"] == [["municipality_number", "period"], ["supersedes"]]
    # 9999 is in no index.
    assert told["fct_once_only_gap"] == []


def test_a_view_that_nobody_describes_or_that_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path)
    write_build(settings.build_file, example())
    view = questions()[0]
    for change, fault in (
        ({"sql": "select 1 as period, 2 as nobody"}, "describes nobody"),
        ({"sql": "select 1 as period from fct_benchmark", "key": ("period",)}, "two rows .* share period"),
        ({"sql": "select gone from fct_benchmark"}, "gone"),
    ):
        broken = view.model_copy(update={"key": ("period",), **change})
        monkeypatch.setattr(release_views, "questions_for", lambda _, q=broken: (q,))
        with pytest.raises(ViewError, match=f"(?s)view {view.view}: .*{fault}"):
            publish(settings, "1.0", "p" * 64, [], is_tested=True)
    assert not (settings.releases / "current").exists()


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_codebook_is_one_page_without_network_or_script(release: Path, edition: str) -> None:
    text = (release / edition / "codebook.html").read_text("utf-8")
    page = Page(text)
    assert page.all("html") == [{"lang": "nb"}]
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?://|url\(|@import", text)
    anchors = [a["id"] for _, a in page.tags if "id" in a]
    assert len(anchors) == len(set(anchors))
    for link in page.all("a"):
        assert (link["href"] or "").removeprefix("#") in anchors
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(head.get("scope") in ("col", "row") for head in page.all("th"))
    for table in tables_of(edition):
        assert table.name in anchors
        assert all(f"<code>{column}</code>" in text for column in table.columns)
    for question in questions():
        is_asked = question in questions_for({table.name for table in tables_of(edition)})
        assert (question.question.nb in text) == is_asked
    assert {"BAR_1", "MOD_PU"} <= set(anchors)


def test_the_codebook_escapes_what_it_is_given(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    rows = example()
    rows["dim_indicator"][0]["description_nb"] = "<script>alert(1)</script> & `a<b`"
    write_build(settings.build_file, rows)
    publish(settings, "1.0", "p" * 64, [], is_tested=True)
    text = (resolve_current(settings) / PUBLIC / "codebook.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>a&lt;b</code>" in text
    assert "<script" not in text


@pytest.mark.parametrize("edition", EDITIONS)
def test_markdown_and_page_say_the_same(release: Path, edition: str) -> None:
    """Every text of the page stands in the Markdown too."""
    page = (release / edition / "codebook.html").read_text("utf-8")
    main = re.sub(r"<[^>]+>", "\n", page[page.index("<main") :])
    markdown = (release / edition / "codebook.md").read_text("utf-8").replace("\\|", "|").replace("`", "\n")
    said = " ".join(markdown.split())
    for line in main.splitlines():
        text = " ".join(line.replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&").split())
        text = text.replace("&lt;", "<").replace("&gt;", ">").strip(" /")
        assert text in said, text
