"""Ingest: from the bytes of one delivered file to typed, masked rows.

Here belong readers, dialects, header recognition, mappings, the delivery contract and masking. Rules
about whole deliveries (repeated keys, references, dates after the period) belong to the gate; nothing
here writes a file.
"""
