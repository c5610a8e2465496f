"""Invented deliveries: the demo set, the committed example, and large surveys for tests.

What belongs here: everything that makes up data. Nothing in the pipeline imports this room except
the command ``kommunebench demo``. Real municipalities never get invented answers.
"""

from pipelines.demo.demo import DEMO_PERIODS, DemoSummary, write_demo, write_survey_only
from pipelines.demo.example import write_example

__all__ = ["DEMO_PERIODS", "DemoSummary", "write_demo", "write_example", "write_survey_only"]
