"""The independent recomputation: what the definitions say, in plain Python.

Reads the raw delivery files with ``csv`` and ``openpyxl`` only and shares no code with the
pipeline: nothing here may import ``pipelines``. It is written from the definitions of deliveries
and indicators and from ``docs/decisions.md``, never from the models, and it prefers the plain
reading of a sentence to speed. Numbers are ``fractions.Fraction`` until a square root is taken.

Does not belong here: anything the pipeline could call, and anything copied from it.
"""
