"""Storage: what is kept on disk and how it is written so that a kill leaves nothing torn.

Here belong the archive (bytes as received, arrival records), the lake (typed rows per delivery),
the ledger (which delivery counts; pure), the build file, releases and the writer's lock.
Reading a delivery belongs to ``ingest``, judging it to ``gate``.
"""
