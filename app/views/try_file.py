"""Trying a file before it is sent: upload → ``kommunebench check`` → words. Nothing is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app.state import language, say
from app.tables import table
from app.trial import Trial, TrialError, TrialTimeoutError, try_file

KINDS = ("systems", "processes", "survey", "all")
FORMATS = ["xlsx", "xlsm", "xls", "ods", "csv", "tsv", "txt", "parquet"]
LISTED = 8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RESULT = "trial"
# Streamlit calls the drop zone presentation and yet gives it a name, so screen readers disagree on it; and
# it speaks English whatever the page does: its button and its hint get our words, the rest is left out.
MEND_DROP_ZONE = """<style>
[data-testid="stFileUploaderDropzoneInstructions"], [data-testid="InputInstructions"] { display: none; }
</style>
<script>
window.kommunebenchWords = WORDS;
window.kommunebenchMend = window.kommunebenchMend || (() => {
  const {button, drop} = window.kommunebenchWords;
  document.querySelectorAll('[data-testid="stFileUploaderDropzone"]').forEach((zone) => {
    if (zone.getAttribute("role") === "presentation") zone.setAttribute("role", "group");
    const texts = document.createTreeWalker(zone, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (node.parentElement.closest('button p')) { if (node.data !== button) node.data = button; }
      else if (node.data.startsWith("Drag and drop")) node.data = drop;
    }
  });
});
window.kommunebenchObserver = window.kommunebenchObserver || new MutationObserver(window.kommunebenchMend);
window.kommunebenchObserver.observe(document.body, {subtree: true, childList: true});
window.kommunebenchMend();
</script>"""


def ask_for_file() -> None:
    """The form; a valid answer is tried at once and its result kept for this session only."""
    with st.form("try"):
        upload = st.file_uploader(say("try_file"), type=FORMATS)
        st.write(say("try_file_help", megabytes=st.get_option("server.maxUploadSize")))
        left, middle, right = st.columns(3)
        kind = left.selectbox(say("kind"), KINDS, format_func=lambda one: say(f"kind_{one}"))
        number = middle.text_input(say("try_number"), max_chars=4).strip()
        period = right.text_input(say("period"), value=str(datetime.now(UTC).year), max_chars=7).strip()
        if not st.form_submit_button(say("try_run"), type="primary"):
            return
    st.session_state.pop(RESULT, None)
    if upload is None:
        st.error(say("try_no_file"))
    elif not re.fullmatch(r"\d{4}", number):
        st.error(say("try_no_number"))
    elif not re.fullmatch(r"\d{4}(-H[12])?", period):
        st.error(say("try_no_period"))
    else:
        run(upload.getvalue(), upload.name, kind, number, period)


def run(content: bytes, name: str, kind: str, number: str, period: str) -> None:
    """Try the file and keep what was said."""
    try:
        with st.spinner(say("try_running"), show_time=True):
            st.session_state[RESULT] = try_file(
                content, name, kind=kind, municipality=number, period=period, language=language()
            )
    except TrialTimeoutError as error:
        st.error(say("try_failed"))
        st.text(say("try_timeout", seconds=error))
    except TrialError as error:
        st.error(say("try_failed"))
        # It may name the file.
        st.text(str(error))


def show(trial: Trial) -> None:
    """The result: verdicts, findings, hints, files to take along."""
    st.header(say("try_result"))
    # Text, never markup: the name is the sender's.
    st.text(trial.file_name)
    deliveries = trial.result["deliveries"]
    for report in deliveries:
        if len(deliveries) > 1:
            st.subheader(say(f"kind_{report['kind']}"))
        show_delivery(report)
    offer(trial)
    st.write(say("try_alone"))
    st.write(say("try_time", seconds=round(sum(trial.result["seconds"].values()))))


def show_delivery(report: Mapping[str, Any]) -> None:
    """What is said of one delivery."""
    boxes = {"accepted": st.success, "partly_accepted": st.warning}
    box = boxes.get(report["status"], st.error)
    box(f"**{report[f'status_{language()}']}.** {report[f'next_{language()}']}")
    for column, name in zip(st.columns(3), ("received", "accepted", "quarantined"), strict=True):
        rows = report[f"rows_{name}"]
        column.metric(say(f"rows_{name}"), "–" if rows is None else rows)
    if report["groups"]:
        found = [line for group in report["groups"] for line in lines_of(group)]
        st.html(table(found, say("try_findings"), stack=True))
    hints = [hint for one in report["coverage"] for hint in one["hints"]]
    if hints:
        st.subheader(say("try_coverage"))
        # Names in a hint stand in the sender's file: text, never markup.
        for number, hint in enumerate(hints, start=1):
            st.text(f"{number}. {hint[language()]}")


def lines_of(group: Mapping[str, Any]) -> list[dict[str, object]]:
    """A group of equal findings as rows of a table."""
    consequence = say("severity_" + group["severity"])
    return [
        {
            say("row"): places(group["sheet"], entry["rows"]),
            say("column"): group["column"] or "–",
            say("found"): entry["value"] or "–",
            say("what_to_do"): entry[f"sentence_{language()}"],
            say("severity"): consequence,
        }
        for entry in group["entries"]
    ]


def places(sheet: str | None, rows: list[int]) -> str:
    """The sheet and its rows, the first of many."""
    more = "" if len(rows) <= LISTED else say("and_more", count=len(rows) - LISTED)
    return f"{sheet or ''} {', '.join(map(str, rows[:LISTED]))}{more}".strip() or "–"


def offer(trial: Trial) -> None:
    """The report, the marked workbook and a proposed mapping, to be downloaded."""
    stem = trial.file_name.rsplit(".", 1)[0]
    if trial.page is not None:
        st.download_button(
            say("try_report"), trial.page, f"{stem}-rapport.html", "text/html", on_click="ignore"
        )
    is_faulty = any(
        group["severity"] != "warning" for r in trial.result["deliveries"] for group in r["groups"]
    )
    if trial.marked is not None and is_faulty and trial.is_marked:
        name = f"{stem}-merket{trial.marked_suffix}"
        st.download_button(
            say("try_marked"), trial.marked, name, XLSX, help=say("try_marked_help"), on_click="ignore"
        )
    if (proposal := trial.result.get("proposal")) is not None:
        text = proposal["mapping_yaml"]
        st.download_button(say("try_mapping"), text, "mapping.yml", "text/yaml", on_click="ignore")


st.title(say("try_title"))
st.write(say("try_lead"))
ask_for_file()
words = json.dumps({"button": say("try_choose"), "drop": say("try_drop")})
st.html(MEND_DROP_ZONE.replace("WORDS", words), unsafe_allow_javascript=True)
if RESULT in st.session_state:
    show(st.session_state[RESULT])
