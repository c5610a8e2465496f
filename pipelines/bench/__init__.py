"""Measuring: how much more than the bare floor the reading and judging of deliveries takes.

What belongs here: scripts that report ratios of times measured in the same run. No test depends on a
time.
"""
