"""Every page of the app on a real release, in a real browser, at two widths."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support import EXAMPLE_INBOX, ROOT, environment

HERE = frozenset({"127.0.0.1", "localhost"})
WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}
PAGES = {
    "overview": "",
    "overview_processes": "?omrade=PRO&indikator=PRO_OWN",
    "overview_barriers": "?omrade=BAR&indikator=BAR_1",
    "municipality": "municipality?kommune=9901",
    "municipality_duplicates": "municipality?kommune=9902&omrade=DUP",
    "overview_neighbours": "?kommune=9902&gruppe=nearest",
    "municipality_neighbours": "municipality?kommune=9902&gruppe=nearest",
    "municipality_one_area": "municipality?kommune=9902&omrade=PRO&satsing=health_care",
    "findings": "findings?kommune=9902",
    "findings_once_only": "findings?kommune=9902&funn=once_only",
    "findings_silos": "findings?kommune=9902&funn=silos",
    "findings_initiatives": "findings?kommune=9902&funn=initiatives",
    "findings_procurement": "findings?kommune=9902&funn=procurement",
    "findings_processes": "findings?kommune=9902&funn=processes",
    "deliveries": "deliveries",
    "try_file": "try_file",
}
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / ".pytest_cache" / "screenshots"))


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, "the app's server ended"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError("the app did not answer in time")


@pytest.fixture(scope="module")
def app_url(example_home: Path) -> Iterator[str]:
    port = free_port()
    arguments = ["run", str(ROOT / "app" / "streamlit_app.py"), "--server.port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", *arguments, "--server.address", "127.0.0.1"],
        env=environment(example_home),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield started
        started.close()


def settle(page: Page) -> None:
    """Wait until the script has run and its charts are drawn."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_selector('[data-testid="stMain"] h1', timeout=60_000)
    page.wait_for_timeout(1_500)


def outside(addresses: Iterable[str]) -> list[str]:
    """Those that leave this machine: the member edition tells nobody that it is read."""
    return [
        f"asked for {address}"
        for address in addresses
        if urlsplit(address).scheme not in ("data", "blob") and urlsplit(address).hostname not in HERE
    ]


def open_page(browser: Browser, url: str, width: str) -> tuple[Page, list[str]]:
    size = WIDTHS[width]
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="nb-NO")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: errors.extend(outside([request.url])))
    page.goto(url)
    settle(page)
    return page, errors


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_opens_without_exception_or_axe_violation(
    browser: Browser, app_url: str, name: str, width: str
) -> None:
    page, errors = open_page(browser, f"{app_url}/{PAGES[name]}", width)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png")
    judge(page, errors, name, width)
    page.close()


def judge(page: Page, errors: list[str], name: str, width: str) -> None:
    """No exception, nothing wider than the window, nothing that axe objects to."""
    # The main column scrolls inside the window: made as tall as its content, the whole page is judged.
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": WIDTHS[width][0], "height": max(height, WIDTHS[width][1])})
    page.wait_for_timeout(500)
    page.screenshot(path=SCREENSHOTS / f"{name}-{width}-whole.png")

    assert page.locator('[data-testid="stException"]').count() == 0, page.inner_text("body")
    assert errors == []
    # The icon of the tab is fetched by the browser itself, which reports no request for it.
    assert outside(page.evaluate("[...document.querySelectorAll('link, img, script')]"
                                 ".map((e) => e.href || e.src).filter(Boolean)")) == []  # fmt: skip
    assert page.locator('[data-testid="stMain"] h1').inner_text().strip()
    overflow = page.evaluate(
        "(() => { const m = document.querySelector('[data-testid=stMain]');"
        " return m.scrollWidth - m.clientWidth })()"
    )
    assert overflow <= 1, f"the page is {overflow} px wider than the window"
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()


def test_the_overview_draws_dots_and_says_that_they_are_fictional(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, app_url, "wide")
    assert (
        page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg').count()
        >= 1
    )
    assert "fiktive" in page.inner_text('[data-testid="stMain"]').lower()
    page.close()


def test_a_link_to_a_page_has_the_apps_own_menu(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/deliveries", "wide")
    menu = page.inner_text('[data-testid="stSidebarNav"]')
    assert "Prøv en fil" in menu
    assert "streamlit" not in menu
    page.close()


def test_english_is_a_switch(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, app_url, "wide")
    page.locator('[data-testid="stSidebar"]').get_by_role("combobox").first.click()
    page.get_by_role("option", name="English").click()
    heading = page.locator('[data-testid="stMain"] h1', has_text="How things stand")
    heading.wait_for(timeout=30_000)
    page.close()


def test_a_delivery_shows_its_findings_in_norwegian(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/deliveries", "wide")
    found = page.locator(".kb-table tbody tr")
    assert found.count() > 0
    assert found.first.locator("td").nth(2).inner_text().endswith(".")
    page.close()


@pytest.mark.parametrize("name", ["overview", "municipality", "findings_once_only", "findings_initiatives"])
def test_a_table_needs_no_sideways_scroll_on_a_telephone(browser: Browser, app_url: str, name: str) -> None:
    page, _ = open_page(browser, f"{app_url}/{PAGES[name]}", "narrow")
    assert page.locator(".kb-table").count() > 0
    hidden = "[...document.querySelectorAll('.kb-table')].map((t) => t.scrollWidth - t.clientWidth)"
    assert max(page.evaluate(hidden)) <= 1
    page.close()


def test_the_findings_of_a_delivery_need_no_sideways_scroll_on_a_telephone(
    browser: Browser, app_url: str
) -> None:
    page, _ = open_page(browser, f"{app_url}/deliveries", "narrow")
    assert page.locator(".kb-stack tbody tr").count() > 0
    assert page.evaluate("(() => { const t = document.querySelector('.kb-stack');"
                         " return t.scrollWidth - t.clientWidth })()") <= 1  # fmt: skip
    page.close()


# Peers, change and findings


def main_text(page: Page) -> str:
    """All that the page says beside its menu."""
    return page.inner_text('[data-testid="stMain"]')


def pick(page: Page, label: str, option: str) -> None:
    """Choose in one of the page's lists, and wait for what it shows."""
    page.get_by_test_id("stMain").get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(500)
    settle(page)


def test_an_owner_is_compared_with_the_owners_until_another_group_is_chosen(
    browser: Browser, app_url: str
) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality?kommune=9902", "wide")
    said = main_text(page)
    assert "Sammenlignet med: Nordfjella digitaliseringssamarbeid" in said
    assert "av\u00a06" in said, "six owners have a rank"
    assert "bedre enn" not in said, "six owners have no percentile"
    pick(page, "Sammenlign med", "Nærmeste naboer")
    said = main_text(page)
    assert "Sammenlignet med: Nærmeste naboer til Kvitlia" in said
    neighbours = page.locator(".kb-table", has_text="Naboene og avstanden til dem").locator("tbody tr")
    assert neighbours.count() == 5
    distances = [
        float(cell.replace(",", ".")) for cell in neighbours.locator("td:last-child").all_inner_texts()
    ]
    assert distances == sorted(distances)
    assert distances[0] > 0
    page.close()


def test_each_indicator_says_how_it_has_changed(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality?kommune=9902&omrade=MOD", "wide")
    changes = page.locator(".kb-table").first.locator("tbody tr td:last-child").all_inner_texts()
    assert len(changes) >= 10
    assert any("siden 2025" in said for said in changes)
    page.close()


def test_one_focus_area_shows_values_and_no_place_among_others(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality?kommune=9902&omrade=PRO", "wide")
    assert page.locator(".kb-table thead").first.inner_text().count("Plassering") == 1
    pick(page, "Satsingsområde", "Helse og omsorg")
    assert page.locator(".kb-table thead").first.inner_text().count("Plassering") == 0
    assert "regnes for hele kommunen" in main_text(page)
    page.close()


def test_every_finding_says_what_it_shows_or_that_there_is_nothing(browser: Browser, app_url: str) -> None:
    page, errors = open_page(browser, f"{app_url}/findings?kommune=9902", "wide")
    for finding in (
        "Hent én gang", "Uten eier på tvers", "Siloer", "Tiltak", "Lær av", "Felles anskaffelser",
        "Felles prosesskart", "Duplikatkart",
    ):  # fmt: skip
        pick(page, "Vis", finding)
        assert page.locator('[data-testid="stException"]').count() == 0, finding
        assert page.locator('[data-testid="stMain"] h2', has_text=finding).count() == 1
        assert page.locator(".kb-table tbody tr").count() > 0, finding
    assert errors == []
    page.close()


def test_what_is_chosen_follows_to_the_next_page_and_into_another_language(
    browser: Browser, app_url: str
) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality", "wide")
    for name in ("Granvåg", "Kvitlia", "Tindelid"):
        pick(page, "Kommune", name)
        assert name in page.locator('[data-testid="stMain"] h1').inner_text()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Funn").click()
    page.locator('[data-testid="stMain"] h1', has_text="Funn for Tindelid").wait_for(timeout=30_000)
    page.locator('[data-testid="stSidebar"]').get_by_role("combobox").first.click()
    page.get_by_role("option", name="English").click()
    page.locator('[data-testid="stMain"] h1', has_text="Findings for Tindelid").wait_for(timeout=30_000)
    assert "kommune=9901" in page.url
    page.close()


def test_a_municipality_whose_systems_were_rejected_is_told_so(browser: Browser, app_url: str) -> None:
    page, errors = open_page(browser, f"{app_url}/findings?kommune=9901&periode=2025", "narrow")
    assert "systemlisten er ikke levert" in main_text(page)
    judge(page, errors, "findings-empty", "narrow")
    page.close()


def test_a_finding_is_taken_along_as_csv(browser: Browser, app_url: str, tmp_path: Path) -> None:
    page, _ = open_page(browser, f"{app_url}/findings?kommune=9902&periode=2026&funn=once_only", "wide")
    with page.expect_download() as download:
        page.get_by_role("button", name="Last ned tabellen (CSV)").click()
    download.value.save_as(tmp_path / "once.csv")
    assert download.value.suggested_filename == "once_only-9902-2026.csv"
    lines = (tmp_path / "once.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "Prosess;Dataobjekt;Register;I dag;Saker i året"
    assert len(lines) > page.locator(".kb-table").last.locator("tbody tr").count()
    page.close()


def columns_of(page: Page, caption: str) -> dict[str, list[str]]:
    """The cells of the table with a caption, by heading."""
    found = page.locator(".kb-table table").filter(has=page.locator("caption", has_text=caption))
    heads = found.locator("thead th").all_inner_texts()
    rows = [row.locator("th, td").all_inner_texts() for row in found.locator("tbody tr").all()]
    return {head: [row[place] for row in rows] for place, head in enumerate(heads)}


def test_an_object_of_a_national_register_has_that_register_for_a_master(
    browser: Browser, app_url: str
) -> None:
    page, _ = open_page(browser, f"{app_url}/findings?kommune=9902&periode=2026", "wide")
    shown = columns_of(page, "Duplikatkart, 2026")
    masters = dict(zip(shown["Dataobjekt"], shown["Master"], strict=True))
    assert masters["Offisiell adresse"] == "Matrikkelen"
    assert masters["Brukerkonto"] == "ingen"
    appointing = [m for m, do in zip(shown["Master"], shown["Gjør dette"], strict=True) if "Utpek" in do]
    assert set(appointing) == {"ingen"}
    hidden = (
        "(() => { const t = document.querySelector('.kb-table'); return t.scrollWidth - t.clientWidth })()"
    )
    assert page.evaluate(hidden) <= 1, "the table is cut off"
    page.close()


def test_the_median_beside_the_conclusion_is_that_of_the_others(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality?kommune=9902&omrade=PRO&periode=2026", "wide")
    assert "medianen av de andre, uten kommunen selv" in main_text(page)
    shown = columns_of(page, "Tallene bak figuren")
    rows = zip(shown["Verdi (usikkerhet)"], shown["De andres median"], shown["Konklusjon"], strict=True)
    sure = [(v, m, c) for v, m, c in rows if c.startswith(("Over", "Under")) and "(" not in v]
    assert sure
    for value, median, said in sure:
        assert (float(value) > float(median)) == said.startswith("Over"), (value, median, said)
    page.close()


def test_beside_a_hidden_member_no_place_is_told(browser: Browser, app_url: str) -> None:
    page, errors = open_page(browser, f"{app_url}/municipality?kommune=9903&omrade=BAR&periode=2026", "wide")
    assert "vises verken plassering, de andres median eller konklusjon" in main_text(page)
    shown = columns_of(page, "Tallene bak figuren")
    beside = [
        place
        for place, median in zip(shown["Plassering"], shown["De andres median"], strict=True)
        if median == "–"
    ]
    assert set(beside) == {"–"}
    judge(page, errors, "municipality-hidden", "wide")
    page.close()


def test_targets_that_are_missed_are_said_to_be(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/municipality?kommune=9902&omrade=PRO&periode=2026", "wide")
    shown = columns_of(page, "Tallene bak figuren")
    missed = [
        name for name, said in zip(shown["Indikator"], shown["Mål"], strict=True) if "ikke\u00a0nådd" in said
    ]
    assert missed
    said = page.locator('[data-testid="stMain"] li', has_text="Målet er ikke nådd").inner_text()
    assert all(name in said for name in missed)
    page.close()


def test_registers_to_connect_to_are_a_worklist(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/findings?kommune=9902&periode=2026&funn=once_only", "wide")
    registers = columns_of(page, "Arbeidsliste per register")
    gaps = columns_of(page, "Hent én gang, 2026")
    assert sum(map(int, registers["Opplysninger"])) == len(gaps["Prosess"])
    for volumes in (registers["Ganger i året"], gaps["Saker i året"]):
        unknown = [volume == "ukjent" for volume in volumes]
        assert unknown == sorted(unknown), "the unknown stand last"
    page.close()


# Trying a file


def upload(page: Page, path: Path, number: str, period: str) -> None:
    """Fill in the form and wait for what is said."""
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_label("Kommunenummer").fill(number)
    page.get_by_label("Periode").fill(period)
    page.get_by_text(path.name).first.wait_for(timeout=30_000)
    page.get_by_role("button", name="Prøv filen").click()
    page.get_by_text("sekunder.").wait_for(timeout=120_000)
    page.wait_for_timeout(1_000)


def test_the_name_of_a_file_is_text_and_an_empty_file_has_nothing_to_mark(
    browser: Browser, app_url: str, tmp_path: Path
) -> None:
    page, errors = open_page(browser, f"{app_url}/try_file", "narrow")
    empty = tmp_path / "_a_ www.b.no.csv"
    empty.write_bytes(b"")
    upload(page, empty, "9901", "2026")
    assert page.locator('[data-testid="stText"]').first.inner_text() == empty.name
    assert page.locator('[data-testid="stMain"] :is(a[href*="www.b"], em)').count() == 0
    assert page.get_by_role("button", name="Last ned filen med merkede celler").count() == 0
    assert page.get_by_role("button", name="Last ned rapporten (HTML)").count() == 1
    judge(page, errors, "try_file-empty", "narrow")
    page.close()


def test_the_uploader_speaks_the_language_of_the_page(browser: Browser, app_url: str) -> None:
    page, errors = open_page(browser, f"{app_url}/try_file", "wide")
    zone = page.locator('[data-testid="stFileUploaderDropzone"]')
    assert zone.inner_text().split("\n")[-1] == "Velg fil"
    assert "Høyst 50 MB." in page.inner_text('[data-testid="stMain"]')
    page.locator('[data-testid="stSidebar"]').get_by_role("combobox").first.click()
    page.get_by_role("option", name="English").click()
    page.get_by_text("At most 50 MB.").wait_for(timeout=30_000)
    zone.get_by_role("button", name="Choose a file").wait_for(timeout=30_000)
    judge(page, errors, "try_file-english", "wide")
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_faulty_file_is_tried_and_comes_back_marked(
    browser: Browser, app_url: str, width: str, tmp_path: Path
) -> None:
    before = set(Path(tempfile.gettempdir()).glob("kommunebench-trial-*"))
    page, errors = open_page(browser, f"{app_url}/try_file", width)
    upload(page, EXAMPLE_INBOX / "2025" / "9905" / "systemer.xlsx", "9905", "2025")
    said = page.inner_text('[data-testid="stMain"]')
    assert "Noen rader ville bli satt til side" in said
    assert "Rett 1 rad og send filen på nytt." in said
    assert "er ikke en funksjon i referanselisten" in said
    with page.expect_download() as download:
        page.get_by_role("button", name="Last ned filen med merkede celler").click()
    download.value.save_as(tmp_path / "marked.xlsx")
    assert download.value.suggested_filename == "systemer-merket.xlsx"
    assert openpyxl.load_workbook(tmp_path / "marked.xlsx").sheetnames[-1] == "Funn"
    with page.expect_download() as download:
        page.get_by_role("button", name="Last ned rapporten (HTML)").click()
    download.value.save_as(tmp_path / "report.html")
    assert "er ikke en funksjon i referanselisten" in (tmp_path / "report.html").read_text("utf-8")
    judge(page, errors, "try_file-faulty", width)
    assert set(Path(tempfile.gettempdir()).glob("kommunebench-trial-*")) <= before, "nothing may be kept"
    page.close()


def test_a_good_file_asks_for_nothing(browser: Browser, app_url: str) -> None:
    page, errors = open_page(browser, f"{app_url}/try_file", "wide")
    upload(page, EXAMPLE_INBOX / "2026" / "9901" / "systemer.xlsx", "9901", "2026")
    said = page.inner_text('[data-testid="stMain"]')
    assert "Alle rader kan tas i bruk" in said
    assert page.get_by_role("button", name="Last ned filen med merkede celler").count() == 0
    judge(page, errors, "try_file-good", "wide")
    page.close()


def test_what_is_missing_in_the_form_is_said_before_anything_is_tried(browser: Browser, app_url: str) -> None:
    page, _ = open_page(browser, f"{app_url}/try_file", "wide")
    page.get_by_role("button", name="Prøv filen").click()
    page.get_by_text("Velg en fil først.").wait_for(timeout=30_000)
    page.close()
