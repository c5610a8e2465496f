"""``python -m pipelines.demo`` writes the committed example and its expected outcomes again."""

from __future__ import annotations

from pipelines.demo.example import write_example, write_expected
from pipelines.settings import ROOT


def main() -> None:
    """Overwrite ``data/seeds/deliveries`` and the two fixtures; a file that is no longer made stays."""
    summary = write_example(ROOT / "data" / "seeds" / "deliveries")
    fixtures = ROOT / "tests" / "fixtures"
    write_expected(summary, fixtures / "example_expected.csv", fixtures / "example_faults.csv")


if __name__ == "__main__":
    main()
