"""What the tests of this tier share."""

from __future__ import annotations

import pytest

from tests.integration.model_runner import Models, compile_models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """All models as dbt compiles them: once, which takes half a minute."""
    return compile_models(tmp_path_factory.mktemp("compiled"))
