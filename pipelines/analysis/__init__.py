"""Asking the finished build: where a number comes from (explain), and what it would become (what_if).

What belongs here: questions of analysts and data engineers that read the build file of the last run. Nothing
here changes it, and nothing is published from here. Numbers come from the models, never from this room.
"""
