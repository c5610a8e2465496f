"""Orchestration: Dagster's assets, checks, job, partitions, sensor and schedule, and how dbt is run.

The only room that imports dagster. What a step does belongs to the other rooms; here stands in which
order, under which lock and with what shown. Importing this package imports nothing heavy.
"""
