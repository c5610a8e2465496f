"""Disclosure: what of the finished build may leave it, and in which form.

Here belong the list of published tables, the two editions (members, the public) with their rules,
and the codebook. Files, folders and links belong to ``storage``; numbers are made in dbt.
"""
