"""What indicators and municipalities are called, from the tested build."""

from __future__ import annotations

from pipelines.analysis.built import reading, rows, tested_build
from pipelines.analysis.wording import Language
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock


def shown_names(settings: Settings, period: str, lang: Language) -> dict[str, str]:
    """indicator_id, municipality_number → the name to show. Raises AnalysisError without a tested build."""
    with writer_lock(settings), reading(tested_build(settings)) as connection:
        indicators = rows(connection, "select indicator_id, name_nb, name_en from main.dim_indicator")
        places = rows(
            connection,
            "select municipality_number, name from main.dim_municipality where period = ?",
            [period],
        )
    return {
        **{row["indicator_id"]: row[f"name_{lang}"] for row in indicators},
        **{row["municipality_number"]: row["name"] for row in places},
    }
