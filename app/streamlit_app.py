"""Entry of the app: navigation only."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this file's folder on the path, not the checkout that holds the packages.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.state import choose_language, language
from app.texts import text

# A letter sign: the browser would fetch one of Streamlit's named icons for the tab from another host.
st.set_page_config(page_title=text("title", "nb"), page_icon="📊", layout="wide")
choose_language()
# Not in a folder called pages: until somebody has been here, Streamlit would run one of those by itself.
page = st.navigation(
    [
        st.Page("views/overview.py", title=text("nav_overview", language()), icon=":material/scatter_plot:"),
        st.Page(
            "views/municipality.py",
            title=text("nav_municipality", language()),
            icon=":material/person_pin_circle:",
        ),
        st.Page("views/findings.py", title=text("nav_findings", language()), icon=":material/lightbulb:"),
        st.Page("views/deliveries.py", title=text("nav_deliveries", language()), icon=":material/inbox:"),
        st.Page("views/try_file.py", title=text("nav_try_file", language()), icon=":material/fact_check:"),
    ]
)
page.run()
