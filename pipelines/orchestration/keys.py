"""The names of the graph, written once."""

from __future__ import annotations

from dagster import AssetKey

ARRIVALS = AssetKey(["arrivals"])
LAKE = AssetKey(["lake"])
GATE = AssetKey(["gate"])
BUILD_FILE = AssetKey(["build_file"])
RELEASE = AssetKey(["release"])

JOB = "kommunebench_run"
SENSOR = "inbox_sensor"
SCHEDULE = "nightly"
WORKSPACE = "workspace"
