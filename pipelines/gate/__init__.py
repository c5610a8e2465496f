"""The gate: what a delivery must be like before its rows count, and what is told to its sender.

Here belong the rules' texts, the expectations (Great Expectations, the only place for pandas), the
resolving of references between sheets, quarantine and the delivery report. How a cell is read belongs
to ``ingest``; whether the models agree with each other belongs to dbt's tests.
"""
